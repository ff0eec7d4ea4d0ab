//! Loading: every row, once, as the first input of a restart.

use std::collections::BTreeMap;

use dataflows::{AvailabilityKey, AvailabilityRow};
use events::{ChainHash, Position};
use ledger::{Digest, Row};

use crate::tables::{Stored, decode_any};
use crate::{Error, Store};

/// All that a restart needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// What the rows reflect; the next record to read.
    pub position: Position,
    /// The hash over the log so far, for each partition that does not stand at 0.
    pub chains: Vec<(u16, ChainHash)>,
    /// The hash over the decisions so far, for each partition that does not stand at 0.
    pub digests: Vec<(u16, Digest)>,
    /// How many partitions the log has.
    pub partitions: u16,
    /// The ledger's rows of each partition, in the order of their keys: the clock, then the
    /// slots, the properties and what they sell, then holds, bookings and answers.
    pub rows: Vec<Vec<Row>>,
    /// The rows of the view `availability`, in the order of their keys.
    pub availability: Vec<(AvailabilityKey, AvailabilityRow)>,
}

impl Store {
    /// Reads the whole state in one scan, checking each row. Nothing but the result grows with it.
    pub fn load(&self) -> Result<Loaded, Error> {
        let snapshot = self.snapshot()?;
        let meta = snapshot.meta().ok_or(Error::Invalid {
            what: "a state that has never met its log was asked for its rows".to_owned(),
            remedy: "call `check_against` first",
        })?;
        let reaches: &BTreeMap<_, _> = &meta.reaches;
        let mut loaded = Loaded {
            position: meta.position(),
            chains: reaches.iter().map(|(partition, reach)| (*partition, reach.chain)).collect(),
            digests: reaches.iter().map(|(partition, reach)| (*partition, reach.digest)).collect(),
            partitions: meta.partitions,
            rows: vec![Vec::new(); meta.partitions.into()],
            availability: Vec::new(),
        };
        for item in snapshot.everything() {
            let (key, value) = item.map_err(|error| snapshot.failed(error))?;
            match decode_any(meta.partitions, &key, &value)? {
                Stored::Meta => {}
                Stored::Availability(row) => loaded.availability.push(row),
                Stored::Ledger(partition, row) => {
                    if let Some(rows) = loaded.rows.get_mut(usize::from(partition)) {
                        rows.push(row);
                    }
                }
            }
        }
        Ok(loaded)
    }
}
