//! The same state without RocksDB: the bytes of its rows in an ordered map, for simulations.
//!
//! What is written, read, checked and loaded is encoded and decided by the code of the real store.
//! In place of the disk there is a map that a simulation may put back to an earlier batch, as a
//! loss of power does to what was never synced.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;

use dataflows::{AvailabilityRow, Changes};
use events::{BookingId, CommandId, HoldId, Night, Position, PropertyId, RoomTypeId, Stamp, Stay};
use ingest::Log;
use ingest::planted::{self, Bug};
use ledger::rows::{BookingRow, DecisionRow, HoldRow};

use crate::Error;
use crate::batch::{reach, rows_of};
use crate::check::{CheckError, Checked, compare};
use crate::key::{push_night, push_text};
use crate::load::{Loaded, collect, finish};
use crate::read::{end_of, night_by_night};
use crate::table::{Table, decode, encode, encode_key};
use crate::tables::{Availability, Booking, Decision, Hold, Inventory, Limits, Meta, MetaRow};

/// How many batches can be taken back.
const UNDO_MAX: usize = 16;

/// A row before a batch: its key, and its value if there was one.
type Before = (Vec<u8>, Option<Vec<u8>>);

/// The bytes of a state.
#[derive(Debug, Default, Clone)]
pub struct Image {
    rows: BTreeMap<Vec<u8>, Vec<u8>>,
    undo: VecDeque<Vec<Before>>,
    checked: bool,
}

impl Image {
    /// A state without rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// The process ended, and with the power the last batches: a state that must meet its log
    /// again. A batch goes whole or stays whole, and a later one never stays without an earlier.
    pub fn crash(&mut self, batches_lost: usize) {
        for before in self.undo.drain(..).rev().take(batches_lost).collect::<Vec<_>>() {
            for (key, value) in before.into_iter().rev() {
                self.set(key, value);
            }
        }
        self.undo.clear();
        self.checked = false;
    }

    /// Keeps the changes and the position up to which they are complete.
    pub fn write(&mut self, changes: &Changes, stamp: Stamp) -> Result<(), Error> {
        let before = self.meta()?.filter(|_| self.checked).ok_or(Error::Invalid {
            what: "changes for a state that was not held against its log".to_owned(),
            remedy: "call `check_against` first",
        })?;
        let after = reach(&before, changes, stamp)?;
        let mut undo = Vec::new();
        rows_of(changes, &after, |key, value| {
            undo.push((key.to_vec(), self.rows.get(key).cloned()));
            self.set(key.to_vec(), value.map(<[u8]>::to_vec));
        });
        self.keep(undo);
        Ok(())
    }

    /// Remembers how a batch is taken back: all of it at once.
    fn keep(&mut self, mut undo: Vec<Before>) {
        let meta = undo.pop();
        let rows = (undo, Vec::from_iter(meta));
        match rows {
            (rows, meta) if planted::is_on(Bug::PositionBeforeRows) => {
                self.undo.extend([meta, rows]);
            }
            (rows, meta) if planted::is_on(Bug::RowsBeforePosition) => {
                self.undo.extend([rows, meta]);
            }
            (mut whole, mut meta) => {
                whole.append(&mut meta);
                self.undo.push_back(whole);
            }
        }
        while self.undo.len() > UNDO_MAX {
            self.undo.pop_front();
        }
    }

    /// Holds the state against its log, as [`crate::Store::check_against`] does.
    pub fn check_against(&mut self, log: &dyn Log) -> Result<Checked, CheckError> {
        let meta = match self.meta()? {
            Some(meta) => meta,
            None => {
                let meta = MetaRow::fresh(log.partitions(), log.identity());
                let (mut key, mut value) = (Vec::new(), Vec::new());
                encode::<Meta>(&meta, &mut key, &mut value);
                self.rows.insert(key, value);
                meta
            }
        };
        let checked = compare(&meta, log, Path::new("state"))?;
        self.checked = true;
        Ok(checked)
    }

    /// Reads the whole state, checking each row.
    pub fn load(&self) -> Result<Loaded, Error> {
        let meta = self.meta()?.ok_or(Error::Invalid {
            what: "a state that has never met its log was asked for its rows".to_owned(),
            remedy: "call `check_against` first",
        })?;
        let rows = self.rows.iter().map(|(key, value)| (&key[..], &value[..]));
        Ok(finish(&meta, collect(&meta, rows)?))
    }

    /// The position that the rows reflect.
    pub fn position(&self) -> Result<Position, Error> {
        Ok(self.meta()?.as_ref().map(MetaRow::position).unwrap_or_default())
    }

    /// A hold, if it is remembered.
    pub fn hold(&self, hold: HoldId) -> Result<Option<HoldRow>, Error> {
        self.get::<Hold>(&hold)
    }

    /// A booking.
    pub fn booking(&self, booking: BookingId) -> Result<Option<BookingRow>, Error> {
        self.get::<Booking>(&booking)
    }

    /// What was answered to a command; when its id was used in several slots, the first of them.
    pub fn decision(&self, id: CommandId) -> Result<Option<DecisionRow>, Error> {
        let mut prefix = vec![Decision::KIND.byte()];
        prefix.extend_from_slice(&id.to_bytes());
        let rows = self.between::<Decision>(&prefix, &end_of(&prefix))?;
        Ok(rows.into_iter().min_by_key(|row| (row.stamp, row.slot)))
    }

    /// Every night of the stay, and what is left of the room type on it.
    pub fn availability(
        &self,
        property: &PropertyId,
        room_type: &RoomTypeId,
        stay: Stay,
    ) -> Result<Vec<(Night, AvailabilityRow)>, Error> {
        let inventory = self.get::<Inventory>(&(property.clone(), room_type.clone()))?;
        let limits = self.get::<Limits>(&(property.clone(), room_type.clone()))?;
        let mut from = vec![Availability::KIND.byte()];
        push_text(&mut from, property.as_str());
        push_text(&mut from, room_type.as_str());
        let mut to = from.clone();
        push_night(&mut from, stay.arrival());
        push_night(&mut to, stay.departure());
        let touched = self.between::<Availability>(&from, &to)?;
        Ok(night_by_night(inventory.as_ref(), limits.as_ref(), touched, stay))
    }

    fn meta(&self) -> Result<Option<MetaRow>, Error> {
        self.get::<Meta>(&())
    }

    fn get<T: Table>(&self, key: &T::Key) -> Result<Option<T::Row>, Error> {
        let mut bytes = Vec::new();
        encode_key::<T>(key, &mut bytes);
        self.rows.get(&bytes).map(|value| decode::<T>(&bytes, value)).transpose()
    }

    fn between<T: Table>(&self, from: &[u8], to: &[u8]) -> Result<Vec<T::Row>, Error> {
        let rows = self
            .rows
            .range::<[u8], _>((std::ops::Bound::Included(from), std::ops::Bound::Excluded(to)));
        rows.map(|(key, value)| decode::<T>(key, value)).collect()
    }

    fn set(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) {
        match value {
            Some(value) => drop(self.rows.insert(key, value)),
            None => drop(self.rows.remove(&key)),
        }
    }
}
