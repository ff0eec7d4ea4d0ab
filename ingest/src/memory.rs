//! A log in vectors, for tests and simulations. What it holds ends with the process.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use events::{ChainHash, Position};

use crate::{AppendError, Log, LogError, Reader, Record, Topic};

/// A log that keeps everything in memory; what is appended can be read at once.
///
/// Clones are the same log.
#[derive(Clone)]
pub struct MemoryLog {
    shared: Arc<Shared>,
}

struct Shared {
    partitions: u16,
    rows: Mutex<Rows>,
    grown: Condvar,
}

struct Rows {
    /// One row of records for each partition of each topic, topic by topic.
    rows: Vec<Vec<Record>>,
    closed: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Rows> {
        // A thread that panicked while it held the lock has pushed its record or has not: both
        // leave the rows whole.
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn row(&self, topic: Topic, partition: u16) -> usize {
        topic.index() * usize::from(self.partitions) + usize::from(partition)
    }
}

impl MemoryLog {
    /// An empty log.
    pub fn new(partitions: u16) -> Self {
        let rows = Topic::ALL.len() * usize::from(partitions);
        let rows = Rows { rows: vec![Vec::new(); rows], closed: false };
        Self {
            shared: Arc::new(Shared { partitions, rows: Mutex::new(rows), grown: Condvar::new() }),
        }
    }

    /// Takes nothing more; readers get what there is and then [`LogError::Closed`].
    pub fn close(&self) {
        self.shared.lock().closed = true;
        self.shared.grown.notify_all();
    }
}

impl Log for MemoryLog {
    fn partitions(&self) -> u16 {
        self.shared.partitions
    }

    fn append(&self, topic: Topic, partition: u16, bytes: Bytes) -> Result<(), AppendError> {
        crate::log::check_append(topic, partition, self.shared.partitions, bytes.len())?;
        let mut rows = self.shared.lock();
        if rows.closed {
            return Err(AppendError::Closed);
        }
        let row = &mut rows.rows[self.shared.row(topic, partition)];
        let chain = row.last().map(|record| record.chain).unwrap_or_default().then(&bytes);
        row.push(Record { partition, offset: row.len() as u64, bytes, chain });
        drop(rows);
        self.shared.grown.notify_all();
        Ok(())
    }

    fn identity(&self) -> String {
        "memory".to_owned()
    }

    fn end(&self, topic: Topic) -> Result<Position, LogError> {
        let rows = self.shared.lock();
        let length = |partition| rows.rows[self.shared.row(topic, partition)].len() as u64;
        Ok((0..self.shared.partitions).map(|partition| (partition, length(partition))).collect())
    }

    fn reader(&self, topic: Topic, from: &Position) -> Result<Box<dyn Reader>, LogError> {
        crate::log::check_position(topic, from, self.shared.partitions, &self.end(topic)?)?;
        let next_offsets = (0..self.shared.partitions).map(|partition| from.next_offset(partition));
        Ok(Box::new(MemoryReader {
            shared: Arc::clone(&self.shared),
            topic,
            next_offsets: next_offsets.collect(),
            first: 0,
        }))
    }

    fn chain_at(
        &self,
        topic: Topic,
        partition: u16,
        next_offset: u64,
    ) -> Result<ChainHash, LogError> {
        let asked = Position::from_iter([(partition, next_offset)]);
        crate::log::check_partition(partition, self.shared.partitions)?;
        crate::log::check_position(topic, &asked, self.shared.partitions, &self.end(topic)?)?;
        let Some(index) = next_offset.checked_sub(1) else { return Ok(ChainHash::default()) };
        let rows = self.shared.lock();
        Ok(rows.rows[self.shared.row(topic, partition)][index as usize].chain)
    }
}

struct MemoryReader {
    shared: Arc<Shared>,
    topic: Topic,
    next_offsets: Vec<u64>,
    /// The partition to look at first, so that a busy one does not starve the others.
    first: usize,
}

impl MemoryReader {
    fn take(&mut self, rows: &Rows, records_max: usize) -> Vec<Record> {
        let mut records = Vec::new();
        let partitions = self.next_offsets.len();
        for step in 0..partitions {
            let partition = (self.first + step) % partitions;
            let row = &rows.rows[self.shared.row(self.topic, partition as u16)];
            let next = &mut self.next_offsets[partition];
            let from = *next as usize;
            let to = row.len().min(from + (records_max - records.len()));
            records.extend_from_slice(&row[from..to]);
            *next = to as u64;
        }
        self.first = (self.first + 1) % partitions.max(1);
        records
    }
}

impl Reader for MemoryReader {
    fn next(&mut self, records_max: usize, wait: Duration) -> Result<Vec<Record>, LogError> {
        let until = Instant::now().checked_add(wait);
        let shared = Arc::clone(&self.shared);
        let mut rows = shared.lock();
        loop {
            let records = self.take(&rows, records_max);
            if !records.is_empty() || records_max == 0 {
                return Ok(records);
            }
            if rows.closed {
                return Err(LogError::Closed);
            }
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            let left = left.unwrap_or(Duration::MAX);
            if left.is_zero() {
                return Ok(records);
            }
            rows = match shared.grown.wait_timeout(rows, left) {
                Ok((rows, _)) => rows,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }
}

#[cfg(test)]
mod tests;
