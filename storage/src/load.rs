//! Loading: every row, once, as the first input of a restart.

use std::panic::resume_unwind;
use std::thread;

use dataflows::{AvailabilityKey, AvailabilityRow, ViewKey, ViewRow};
use events::{Link, Position};
use ledger::{Digest, Row};

use crate::kinds::Kind;
use crate::tables::{MetaRow, Stored, decode_any};
use crate::{Error, Snapshot, Store};

/// All that a restart needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// What the rows reflect; the next record to read.
    pub position: Position,
    /// The last step of the log's chain so far, for each partition that does not stand at 0.
    pub chains: Vec<(u16, Link)>,
    /// The hash over the decisions so far, for each partition that does not stand at 0.
    pub digests: Vec<(u16, Digest)>,
    /// How many partitions the log has.
    pub partitions: u16,
    /// The ledger's rows of each partition, in the order of their keys: the clock, then the
    /// slots, the properties and what they sell, then holds, bookings and answers.
    pub rows: Vec<Vec<Row>>,
    /// The rows of the view `availability`, in the order of their keys.
    pub availability: Vec<(AvailabilityKey, AvailabilityRow)>,
    /// The rows of the keepers, in the order of their keys on disk.
    pub views: Vec<(ViewKey, ViewRow)>,
}

/// The rows of some of the tables.
pub(crate) struct Part {
    rows: Vec<Vec<Row>>,
    availability: Vec<(AvailabilityKey, AvailabilityRow)>,
    views: Vec<(ViewKey, ViewRow)>,
}

impl Store {
    /// Reads the whole state in one scan, checking each row. Nothing but the result grows with it.
    ///
    /// Two threads share the scan: what is kept for later answers is about as much as the rest.
    pub fn load(&self) -> Result<Loaded, Error> {
        self.load_up_to(None)
    }

    /// The same without the rows of the views: all that deciding needs.
    pub fn load_ledger(&self) -> Result<Loaded, Error> {
        self.load_up_to(Some(&[Kind::Availability.byte()]))
    }

    fn load_up_to(&self, end: Option<&[u8]>) -> Result<Loaded, Error> {
        let snapshot = self.snapshot()?;
        let meta = snapshot.meta().ok_or(Error::Invalid {
            what: "a state that has never met its log was asked for its rows".to_owned(),
            remedy: "call `check_against` first",
        })?;
        let middle = [Kind::Decision.byte()];
        let (first, second) = thread::scope(|scope| {
            let second = scope.spawn(|| part(&snapshot, meta, &middle, end));
            let first = part(&snapshot, meta, &[], Some(&middle));
            (first, second.join().unwrap_or_else(|panic| resume_unwind(panic)))
        });
        let (Part { mut rows, mut availability, mut views }, mut second) = (first?, second?);
        for (rows, more) in rows.iter_mut().zip(&mut second.rows) {
            rows.append(more);
        }
        availability.append(&mut second.availability);
        views.append(&mut second.views);
        Ok(finish(meta, Part { rows, availability, views }))
    }
}

/// The rows of all tables, and what they reflect.
pub(crate) fn finish(meta: &MetaRow, Part { rows, availability, views }: Part) -> Loaded {
    let reaches = || meta.reaches.iter();
    Loaded {
        position: meta.position(),
        chains: reaches().map(|(partition, reach)| (*partition, reach.chain)).collect(),
        digests: reaches().map(|(partition, reach)| (*partition, reach.digest)).collect(),
        partitions: meta.partitions,
        rows,
        availability,
        views,
    }
}

fn part(
    snapshot: &Snapshot<'_>,
    meta: &MetaRow,
    from: &[u8],
    to: Option<&[u8]>,
) -> Result<Part, Error> {
    collect(meta, snapshot.scan(from, to).map(|item| item.map_err(|error| snapshot.failed(error))))
}

/// Reads rows as they stand on disk.
pub(crate) fn collect<B: AsRef<[u8]>>(
    meta: &MetaRow,
    items: impl Iterator<Item = Result<(B, B), Error>>,
) -> Result<Part, Error> {
    let rows = vec![Vec::new(); meta.partitions.into()];
    let mut part = Part { rows, availability: Vec::new(), views: Vec::new() };
    for item in items {
        let (key, value) = item?;
        match decode_any(meta.partitions, key.as_ref(), value.as_ref())? {
            Stored::Aside => {}
            Stored::Availability(row) => part.availability.push(row),
            Stored::View(row) => part.views.push(row),
            Stored::Ledger(partition, row) => {
                if let Some(rows) = part.rows.get_mut(usize::from(partition)) {
                    rows.push(row);
                }
            }
        }
    }
    Ok(part)
}
