//! Readers: from memory when they keep up, from the files when they do not.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use events::{ChainHash, Position};

use crate::{LogError, Reader, Record, Topic};

use super::disk::NamedFile;
use super::group::{Entry, Group};
use super::layout::{GROUP_HEADER_BYTES, GroupHeader, Location};
use super::segment::Segment;
use super::shared::{Found, Shared};

/// How much is read from a file at a time.
const CHUNK_BYTES: u64 = 256 * 1024;

/// Goes through the groups of a log, one after the other.
pub struct Cursor {
    shared: Arc<Shared>,
    /// The group that comes next.
    number: u64,
    /// Where it begins, or where its segment has no room for it and the next one has it.
    start: Location,
    /// What was read ahead from a file, and from where.
    chunk: Option<(Location, Bytes)>,
}

impl Cursor {
    /// Begins so early that none of the records asked for stands before it.
    pub fn new(shared: &Arc<Shared>, topic: Topic, next_offsets: &[u64]) -> Self {
        let post = shared.lock().index.before(topic, next_offsets).clone();
        let shared = Arc::clone(shared);
        Self { shared, number: post.group, start: post.start, chunk: None }
    }

    /// The next group; `None` when it does not come until then.
    pub fn next(&mut self, until: Option<Instant>) -> Result<Option<Arc<Group>>, LogError> {
        let group = match self.shared.find(self.number, until) {
            Found::InMemory(group) => group,
            Found::OnDisk(end) => Arc::new(self.read(end)?),
            Found::NotYet => return Ok(None),
            Found::Never => return Err(LogError::Closed),
        };
        self.number += 1;
        self.start = group.end();
        Ok(Some(group))
    }

    /// Reads the next group, which is there, from its file, and checks every checksum again.
    fn read(&mut self, log_end: Location) -> Result<Group, LogError> {
        let mut start = self.start;
        loop {
            let segment = Arc::clone(&self.shared.lock().segments[start.segment as usize]);
            let is_last = start.segment == log_end.segment;
            let limit = if is_last { log_end.at } else { segment.length };
            let head = self.bytes(&segment, start, GROUP_HEADER_BYTES as u64, limit)?;
            match head.filter(|head| head.iter().any(|byte| *byte != 0)) {
                Some(head) => return self.decode(&segment, start, &head, limit),
                None if is_last => break,
                // The segment had no more room for the group, so the next one has it.
                None => start = Location::start_of(start.segment + 1),
            }
        }
        Err(self.missing())
    }

    fn decode(
        &mut self,
        segment: &Segment,
        start: Location,
        head: &Bytes,
        limit: u64,
    ) -> Result<Group, LogError> {
        let damaged = |at: u64, what: String| damaged(&segment.file, start.at + at, what);
        let header = GroupHeader::decode(head, self.shared.seed)
            .ok_or_else(|| damaged(0, "the checksum of a group's header is wrong".to_owned()))?;
        if header.number != self.number {
            return Err(self.missing());
        }
        let length = GROUP_HEADER_BYTES as u64 + u64::from(header.body_bytes);
        let bytes = self
            .bytes(segment, start, length, limit)?
            .ok_or_else(|| damaged(0, "a group is longer than its file".to_owned()))?;
        Group::decode(header, &bytes, start, self.shared.partitions, self.shared.seed)
            .map_err(|flaw| damaged(flaw.at as u64, flaw.what))
    }

    /// What to say when the next group is not where it was written.
    fn missing(&self) -> LogError {
        let file = Arc::clone(&self.shared.lock().segments[self.start.segment as usize]);
        damaged(&file.file, self.start.at, format!("group {} is not there", self.number))
    }

    /// Bytes of a file, through the chunk; `None` when they reach past the limit.
    fn bytes(
        &mut self,
        segment: &Segment,
        start: Location,
        length: u64,
        limit: u64,
    ) -> Result<Option<Bytes>, LogError> {
        if start.at + length > limit {
            return Ok(None);
        }
        if let Some((from, chunk)) = &self.chunk
            && from.segment == start.segment
            && from.at <= start.at
            && start.at + length <= from.at + chunk.len() as u64
        {
            let at = (start.at - from.at) as usize;
            return Ok(Some(chunk.slice(at..at + length as usize)));
        }
        // Never past the limit: what stands there now may be written before it is asked for.
        let chunk = vec![0; length.max(CHUNK_BYTES).min(limit - start.at) as usize];
        let chunk = read_exact(&segment.file, chunk, start.at)?;
        let bytes = chunk.slice(..length as usize);
        self.chunk = Some((start, chunk));
        Ok(Some(bytes))
    }
}

fn read_exact(file: &NamedFile, mut bytes: Vec<u8>, at: u64) -> Result<Bytes, LogError> {
    use std::os::unix::fs::FileExt;
    match file.file.read_exact_at(&mut bytes, at) {
        Ok(()) => Ok(bytes.into()),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            Err(damaged(file, at, "the file ends too soon".to_owned()))
        }
        Err(source) => Err(LogError::Io { file: file.path.clone(), source }),
    }
}

fn damaged(file: &NamedFile, at: u64, what: String) -> LogError {
    LogError::Damaged { file: file.path.clone(), at, what }
}

/// A reader of one topic.
pub struct EmbeddedReader {
    cursor: Cursor,
    topic: Topic,
    next_offsets: Vec<u64>,
    /// The group that is being given out, and the next of its entries.
    current: Option<(Arc<Group>, usize)>,
}

impl EmbeddedReader {
    /// A reader from a position, which must lie within the log.
    pub fn new(shared: &Arc<Shared>, topic: Topic, from: &Position) -> Self {
        let next_offsets = (0..shared.partitions).map(|partition| from.next_offset(partition));
        let next_offsets: Vec<_> = next_offsets.collect();
        let cursor = Cursor::new(shared, topic, &next_offsets);
        Self { cursor, topic, next_offsets, current: None }
    }

    /// Moves records of the current group over; the group is done when this says so.
    fn give(&mut self, records: &mut Vec<Record>, records_max: usize) -> bool {
        let Some((group, next)) = &mut self.current else { return true };
        while let Some(Entry { topic, record }) = group.entries.get(*next) {
            if records.len() == records_max {
                return false;
            }
            *next += 1;
            let next_offset = &mut self.next_offsets[usize::from(record.partition)];
            // Reading begins at a signpost, which may stand before what was asked for.
            if *topic == self.topic && record.offset >= *next_offset {
                assert_eq!(record.offset, *next_offset, "groups are read in order, without gaps");
                *next_offset += 1;
                records.push(record.clone());
            }
        }
        true
    }
}

impl Reader for EmbeddedReader {
    fn next(&mut self, records_max: usize, wait: Duration) -> Result<Vec<Record>, LogError> {
        let started = Instant::now();
        let until = started.checked_add(wait);
        let mut records = Vec::new();
        loop {
            if !self.give(&mut records, records_max) || records.len() == records_max {
                return Ok(records);
            }
            self.current = None;
            // Only the first record is worth waiting for.
            let until = if records.is_empty() { until } else { Some(started) };
            match self.cursor.next(until) {
                Ok(Some(group)) => self.current = Some((group, 0)),
                Ok(None) => return Ok(records),
                // What was read before the error is good; the error comes up again.
                Err(_) if !records.is_empty() => return Ok(records),
                Err(error) => return Err(error),
            }
        }
    }
}

/// The running hash stored with the record at that offset, which must lie within the log.
pub fn chain_of(
    shared: &Arc<Shared>,
    topic: Topic,
    partition: u16,
    offset: u64,
) -> Result<ChainHash, LogError> {
    // Any place in the other partitions will do, so only this one limits where to begin.
    let mut next_offsets = vec![u64::MAX; usize::from(shared.partitions)];
    next_offsets[usize::from(partition)] = offset;
    let mut cursor = Cursor::new(shared, topic, &next_offsets);
    let is_it = |entry: &&Entry| {
        let place = (entry.topic, entry.record.partition, entry.record.offset);
        place == (topic, partition, offset)
    };
    loop {
        let group = cursor.next(Some(Instant::now()))?.ok_or_else(|| cursor.missing())?;
        if let Some(entry) = group.entries.iter().find(is_it) {
            return Ok(entry.record.chain);
        }
    }
}
