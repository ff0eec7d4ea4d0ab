//! Writing: the rows of one [`Changes`] and the position they reflect, all or none.

use std::collections::BTreeMap;
use std::ops::Range;

use dataflows::Changes;
use events::Stamp;
use ledger::RowChange;
use rocksdb::{WriteBatch, WriteOptions};

use crate::table::{encode, encode_key};
use crate::tables::{
    Availability, Bookmark, BookmarkRow, Meta, MetaRow, Reach, encode_row, encode_row_key,
};
use crate::views::{encode_view, encode_view_key};
use crate::{Error, Store};

impl Store {
    /// Keeps the changes and the position up to which they are complete, in one batch.
    ///
    /// When it returns the rows are visible to new snapshots and survive a kill of the process.
    /// They are not synced: the log is the durable truth, and what a power cut takes away here
    /// is replayed from there. `stamp` is the wall time at the writer.
    ///
    /// An error of the disk stays: the caller stops the process.
    pub fn write(&self, changes: &Changes, stamp: Stamp) -> Result<(), Error> {
        let mut standing = self.standing();
        let before = standing.meta.as_ref().filter(|_| standing.checked).ok_or(Error::Invalid {
            what: "changes for a state that was not held against its log".to_owned(),
            remedy: "call `check_against` first",
        })?;
        let after = reach(before, changes, stamp)?;
        let batch = batch_of(changes, &after);
        let mut options = WriteOptions::default();
        options.set_sync(false);
        options.disable_wal(false);
        self.db.write_opt(batch, &options).map_err(|error| self.failed("writing", error))?;
        standing.meta = Some(after);
        Ok(())
    }
}

/// What the state reflects once the changes are in it. The position never goes back, and every
/// step of it comes with the hash that proves which log it was a step in.
pub(crate) fn reach(before: &MetaRow, changes: &Changes, stamp: Stamp) -> Result<MetaRow, Error> {
    let position = before.position();
    if !changes.up_to.covers(&position) {
        return Err(Error::Invalid {
            what: format!("changes up to {} for a state at {position}", changes.up_to),
            remedy: "start again: the writer has lost its place",
        });
    }
    let chains: BTreeMap<_, _> = changes.chains.iter().copied().collect();
    let digests: BTreeMap<_, _> = changes.digests.iter().copied().collect();
    let mut after = MetaRow { stamp, ..before.clone() };
    for (partition, next_offset) in changes.up_to.iter() {
        if position.next_offset(partition) == next_offset {
            continue;
        }
        let (Some(chain), Some(digest)) = (chains.get(&partition), digests.get(&partition)) else {
            return Err(unproven(partition, next_offset));
        };
        if partition >= before.partitions {
            return Err(unproven(partition, next_offset));
        }
        let reach = Reach { next_offset, chain: *chain, digest: *digest };
        after.reaches.insert(partition, reach);
    }
    Ok(after)
}

fn unproven(partition: u16, next_offset: u64) -> Error {
    Error::Invalid {
        what: format!(
            "changes up to offset {next_offset} of partition {partition} without its hashes"
        ),
        remedy: "hand over the chain and the digest of every partition of the log that moves",
    }
}

/// The rows in the order of their keys, as a memtable takes them soonest; the position last.
fn batch_of(changes: &Changes, meta: &MetaRow) -> WriteBatch {
    let mut batch = WriteBatch::default();
    rows_of(changes, meta, |key, value| match value {
        Some(value) => batch.put(key, value),
        None => batch.delete(key),
    });
    batch
}

/// Hands each row of the batch to `row` with its key, and with its value unless it is gone.
pub(crate) fn rows_of(
    changes: &Changes,
    meta: &MetaRow,
    mut row: impl FnMut(&[u8], Option<&[u8]>),
) {
    let mut rows = Rows::default();
    let (mut key, mut value) = (Vec::new(), Vec::new());
    for change in &changes.ledger {
        match change {
            RowChange::Put(put) => {
                encode_row(put, &mut key, &mut value);
                rows.put(&key, &value);
            }
            RowChange::Delete(gone) => {
                encode_row_key(gone, &mut key);
                rows.delete(&key);
            }
        }
    }
    for (cell, left) in &changes.availability {
        match left {
            Some(left) => {
                encode::<Availability>(&(cell.clone(), *left), &mut key, &mut value);
                rows.put(&key, &value);
            }
            None => {
                encode_key::<Availability>(cell, &mut key);
                rows.delete(&key);
            }
        }
    }
    for (view, change) in &changes.views {
        match change {
            Some(change) => {
                encode_view(view, change, &mut key, &mut value);
                rows.put(&key, &value);
            }
            None => {
                encode_view_key(view, &mut key);
                rows.delete(&key);
            }
        }
    }
    for (topic, bookmark) in &changes.bookmarks {
        for (partition, next_offset, link) in bookmark.iter() {
            let row = BookmarkRow { topic: *topic, partition, next_offset, link };
            encode::<Bookmark>(&row, &mut key, &mut value);
            rows.put(&key, &value);
        }
    }
    rows.in_order(&mut row);
    encode::<Meta>(meta, &mut key, &mut value);
    row(&key, Some(&value));
}

/// Encoded rows, one after the other in one piece of memory.
#[derive(Default)]
struct Rows {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
}

struct Entry {
    key: Range<usize>,
    /// `None` where the row is gone.
    value: Option<Range<usize>>,
}

impl Rows {
    fn put(&mut self, key: &[u8], value: &[u8]) {
        let (key, value) = (self.push(key), self.push(value));
        self.entries.push(Entry { key, value: Some(value) });
    }

    fn delete(&mut self, key: &[u8]) {
        let key = self.push(key);
        self.entries.push(Entry { key, value: None });
    }

    fn push(&mut self, part: &[u8]) -> Range<usize> {
        let from = self.bytes.len();
        self.bytes.extend_from_slice(part);
        from..self.bytes.len()
    }

    fn in_order(mut self, row: &mut impl FnMut(&[u8], Option<&[u8]>)) {
        let bytes = &self.bytes;
        // The sort is stable: of several changes of one row the last stays the last.
        self.entries.sort_by(|one, other| bytes[one.key.clone()].cmp(&bytes[other.key.clone()]));
        for Entry { key, value } in self.entries {
            row(&bytes[key], value.map(|value| &bytes[value]));
        }
    }
}
