//! Where each partition of each topic ends: its next offset and its running hash.

use events::{ChainHash, Position};

use crate::Topic;

use super::group::Entry;

/// The end of one partition of one topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct End {
    /// The offset that the next record gets.
    pub next_offset: u64,
    /// The running hash after the last record.
    pub chain: ChainHash,
}

/// The ends of all partitions of all topics.
#[derive(Debug, Clone)]
pub struct Ends {
    partitions: u16,
    ends: Vec<End>,
}

impl Ends {
    /// The ends of an empty log.
    pub fn new(partitions: u16) -> Self {
        let count = Topic::ALL.len() * usize::from(partitions);
        Self { partitions, ends: vec![End::default(); count] }
    }

    /// The end of one partition, which must exist.
    pub fn of(&self, topic: Topic, partition: u16) -> &End {
        &self.ends[row(self.partitions, topic, partition)]
    }

    /// Goes on by one record: gives it its offset and its running hash.
    pub fn push(&mut self, topic: Topic, partition: u16, payload: &[u8]) -> (u64, ChainHash) {
        let end = &mut self.ends[row(self.partitions, topic, partition)];
        let offset = end.next_offset;
        *end = End { next_offset: offset + 1, chain: end.chain.then(payload) };
        (offset, end.chain)
    }

    /// Takes over where records that were written end.
    pub fn advance(&mut self, entries: &[Entry]) {
        for Entry { topic, record } in entries {
            let end = &mut self.ends[row(self.partitions, *topic, record.partition)];
            *end = End { next_offset: record.offset + 1, chain: record.chain };
        }
    }

    /// The next offsets of one topic.
    pub fn position(&self, topic: Topic) -> Position {
        (0..self.partitions)
            .map(|partition| (partition, self.of(topic, partition).next_offset))
            .collect()
    }

    /// The next offsets of all topics, row by row.
    pub fn next_offsets(&self) -> Box<[u64]> {
        self.ends.iter().map(|end| end.next_offset).collect()
    }
}

/// The row of one partition of one topic, where rows stand topic by topic.
pub fn row(partitions: u16, topic: Topic, partition: u16) -> usize {
    topic.index() * usize::from(partitions) + usize::from(partition)
}
