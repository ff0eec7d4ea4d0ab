//! A group: the records that were written and synced together.

use bytes::{BufMut, Bytes, BytesMut};
use events::ChainHash;

use crate::{Record, Topic};

use super::ends::Ends;
use super::layout::{
    GROUP_HEADER_BYTES, GroupHeader, Location, RECORD_HEADER_BYTES, RecordHeader, Seed,
};

/// A record and its topic.
#[derive(Debug)]
pub struct Entry {
    /// Its topic.
    pub topic: Topic,
    /// The record; its bytes are a slice of the group's.
    pub record: Record,
}

/// A group as readers share it.
#[derive(Debug)]
pub struct Group {
    /// Its header.
    pub header: GroupHeader,
    /// Where it begins.
    pub start: Location,
    /// Its records.
    pub entries: Vec<Entry>,
}

/// A record that waits to be written.
#[derive(Debug)]
pub struct Waiting {
    /// Where it goes.
    pub topic: Topic,
    /// Where it goes.
    pub partition: u16,
    /// What it says.
    pub bytes: Bytes,
}

impl Waiting {
    /// How much of a group it takes.
    pub fn framed_bytes(&self) -> usize {
        RECORD_HEADER_BYTES + self.bytes.len()
    }
}

/// What is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// Where in the group it begins, in bytes from the group's beginning.
    pub at: usize,
    /// What is wrong.
    pub what: String,
    /// Whether a write that was cut short may have left it so. What has a right checksum and says
    /// the wrong thing was written in full, and not by this log.
    pub may_be_torn: bool,
}

impl Flaw {
    fn torn(at: usize, what: impl Into<String>) -> Self {
        Self { at, what: what.into(), may_be_torn: true }
    }

    /// A flaw that no cut-off write leaves.
    pub fn foreign(at: usize, what: impl Into<String>) -> Self {
        Self { at, what: what.into(), may_be_torn: false }
    }
}

impl Group {
    /// Makes a group of those records: its bytes, and what readers get once these are durable.
    pub fn of(
        waiting: impl ExactSizeIterator<Item = Waiting>,
        body_bytes: usize,
        mark: (u64, ChainHash),
        ends: &mut Ends,
        seed: Seed,
    ) -> (Bytes, GroupHeader, Vec<Entry>) {
        let (number, witness) = mark;
        let header = GroupHeader {
            number,
            body_bytes: body_bytes as u32,
            records: waiting.len() as u32,
            witness,
        };
        let mut bytes = BytesMut::with_capacity(GROUP_HEADER_BYTES + body_bytes);
        bytes.put_slice(&header.encode(seed));
        let mut entries = Vec::with_capacity(waiting.len());
        for Waiting { topic, partition, bytes: payload } in waiting {
            let (offset, chain) = ends.push(topic, partition, &payload);
            let header = RecordHeader {
                payload_bytes: payload.len() as u32,
                topic: topic.number(),
                partition,
                offset,
                chain,
            };
            bytes.put_slice(&header.encode(seed, &payload));
            let at = bytes.len();
            bytes.put_slice(&payload);
            entries.push((topic, partition, offset, chain, at..bytes.len()));
        }
        let bytes = bytes.freeze();
        let entry = |(topic, partition, offset, chain, range)| Entry {
            topic,
            record: Record { partition, offset, bytes: bytes.slice(range), chain },
        };
        let entries = entries.into_iter().map(entry).collect();
        (bytes, header, entries)
    }

    /// Reads the records of a group, whose bytes begin with its header.
    pub fn decode(
        header: GroupHeader,
        bytes: &Bytes,
        start: Location,
        partitions: u16,
        seed: Seed,
    ) -> Result<Self, Flaw> {
        let end = GROUP_HEADER_BYTES + header.body_bytes as usize;
        let mut at = GROUP_HEADER_BYTES;
        let mut entries = Vec::with_capacity(header.records.min(65_536) as usize);
        while at < end {
            let rest = bytes.get(at..end).unwrap_or_default();
            let record = RecordHeader::decode(rest, seed)
                .ok_or_else(|| Flaw::torn(at, "the checksum of a record is wrong"))?;
            let topic = Topic::from_number(record.topic)
                .filter(|_| record.partition < partitions)
                .ok_or_else(|| {
                    let RecordHeader { topic, partition, .. } = record;
                    let what = format!("a record of topic {topic} and partition {partition}");
                    Flaw::foreign(at, what + ", which this log does not have")
                })?;
            let from = at + RECORD_HEADER_BYTES;
            at = from + record.payload_bytes as usize;
            let RecordHeader { partition, offset, chain, .. } = record;
            let bytes = bytes.slice(from..at);
            entries.push(Entry { topic, record: Record { partition, offset, bytes, chain } });
        }
        if entries.len() != header.records as usize {
            let what = format!("{} records, where {} belong", entries.len(), header.records);
            return Err(Flaw::foreign(0, what));
        }
        Ok(Self { header, start, entries })
    }

    /// Compares offsets and running hashes with where the log ended before this group, and goes
    /// on to where it ends after.
    pub fn check(&self, ends: &mut Ends) -> Result<(), Flaw> {
        let mut at = GROUP_HEADER_BYTES;
        for Entry { topic, record } in &self.entries {
            let expected = ends.push(*topic, record.partition, &record.bytes);
            if expected.0 != record.offset {
                let what = format!("offset {}, where {} belongs", record.offset, expected.0);
                return Err(Flaw::foreign(at, what));
            }
            if expected.1 != record.chain {
                return Err(Flaw::foreign(at, "the running hash does not continue the one before"));
            }
            at += RECORD_HEADER_BYTES + record.bytes.len();
        }
        Ok(())
    }

    /// How long it is, with its header.
    pub fn length(&self) -> u64 {
        GROUP_HEADER_BYTES as u64 + u64::from(self.header.body_bytes)
    }

    /// Where the next group begins, unless the segment ends before.
    pub fn end(&self) -> Location {
        Location { segment: self.start.segment, at: self.start.at + self.length() }
    }

    /// What it takes in memory, about.
    pub fn memory_bytes(&self) -> usize {
        self.length() as usize + self.entries.len() * size_of::<Entry>() + size_of::<Self>()
    }
}

/// The running hash over groups, after one more: over the header and each record's running hash,
/// which vouch for the payloads.
pub fn hash_after(header: &GroupHeader, entries: &[Entry], scratch: &mut Vec<u8>) -> ChainHash {
    scratch.clear();
    scratch.extend_from_slice(&header.number.to_le_bytes());
    scratch.extend_from_slice(&header.body_bytes.to_le_bytes());
    scratch.extend_from_slice(&header.records.to_le_bytes());
    for entry in entries {
        scratch.extend_from_slice(&entry.record.chain.0);
    }
    header.witness.then(scratch)
}
