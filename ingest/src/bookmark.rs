//! A bookmark: how far somebody has read, with what proves which log it was.

use std::collections::BTreeMap;

use events::{Link, Position};

use crate::Record;

/// The next offset of each partition, and the last step of the chain before it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bookmark(BTreeMap<u16, (u64, Link)>);

impl Bookmark {
    /// The position it stands for.
    pub fn position(&self) -> Position {
        self.iter().map(|(partition, next_offset, _)| (partition, next_offset)).collect()
    }

    /// The next offset of a partition and the last step before it.
    pub fn get(&self, partition: u16) -> (u64, Link) {
        self.0.get(&partition).copied().unwrap_or_default()
    }

    /// Moves one partition to a next offset.
    pub fn set(&mut self, partition: u16, next_offset: u64, link: Link) {
        if next_offset == 0 {
            self.0.remove(&partition);
        } else {
            self.0.insert(partition, (next_offset, link));
        }
    }

    /// Moves past a record that was read from here on.
    pub fn pass(&mut self, record: &Record) {
        let (_, link) = self.get(record.partition);
        self.set(record.partition, record.offset + 1, link.then(&record.bytes));
    }

    /// Each partition that does not stand at 0, its next offset, and the last step before it.
    pub fn iter(&self) -> impl Iterator<Item = (u16, u64, Link)> + '_ {
        self.0.iter().map(|(partition, (next_offset, link))| (*partition, *next_offset, *link))
    }
}

impl FromIterator<(u16, u64, Link)> for Bookmark {
    fn from_iter<I: IntoIterator<Item = (u16, u64, Link)>>(marks: I) -> Self {
        let mut bookmark = Self::default();
        marks.into_iter().for_each(|(partition, next, link)| bookmark.set(partition, next, link));
        bookmark
    }
}
