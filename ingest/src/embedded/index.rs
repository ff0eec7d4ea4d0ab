//! A sparse index: where in the files to begin when a reader asks for an offset.

use crate::Topic;

use super::ends::{Ends, row};
use super::layout::Location;

/// At least this much of the log lies between two entries.
const SPACING_BYTES_MIN: u64 = 256 * 1024;

/// A group at which reading can begin, and what had been written before it.
#[derive(Debug, Clone)]
pub struct Signpost {
    /// Its number.
    pub group: u64,
    /// Where it stands.
    pub start: Location,
    next_offsets: Box<[u64]>,
}

/// Signposts in the order of the log.
#[derive(Debug)]
pub struct Index {
    partitions: u16,
    posts: Vec<Signpost>,
    spacing_bytes: u64,
    since_bytes: u64,
}

impl Index {
    /// An index that knows where the log begins.
    pub fn new(partitions: u16) -> Self {
        let next_offsets = Ends::new(partitions).next_offsets();
        let post_bytes = size_of_val(&*next_offsets) as u64;
        Self {
            partitions,
            posts: vec![Signpost { group: 1, start: Location::start_of(0), next_offsets }],
            // With many partitions a signpost is long; it stays a small part of the log.
            spacing_bytes: SPACING_BYTES_MIN.max(post_bytes * 256),
            since_bytes: 0,
        }
    }

    /// Takes note of a group; `ends` is where the log ended before it.
    pub fn note(&mut self, group: u64, start: Location, length: u64, ends: &Ends) {
        if self.since_bytes >= self.spacing_bytes {
            self.posts.push(Signpost { group, start, next_offsets: ends.next_offsets() });
            self.since_bytes = 0;
        }
        self.since_bytes += length;
    }

    /// The last signpost before which none of the records asked for stands.
    pub fn before(&self, topic: Topic, next_offsets: &[u64]) -> &Signpost {
        let from = row(self.partitions, topic, 0);
        let rows = from..from + usize::from(self.partitions);
        let early = |post: &Signpost| {
            post.next_offsets[rows.clone()].iter().zip(next_offsets).all(|(had, next)| had <= next)
        };
        // The first signpost stands at the beginning, before everything.
        &self.posts[self.posts.partition_point(early).saturating_sub(1)]
    }
}
