//! What waits to be written: many threads push, one takes everything there is.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::AppendError;

use super::group::Waiting;

/// A bounded queue. Pushing takes one short lock and never waits for the disk.
#[derive(Debug)]
pub struct Queue {
    records_max: usize,
    bytes_max: usize,
    inner: Mutex<Inner>,
    filled: Condvar,
}

#[derive(Debug, Default)]
struct Inner {
    records: Vec<Waiting>,
    bytes: usize,
    closed: bool,
    /// Whether the taker sleeps. Waking costs a system call, so nobody wakes it in vain.
    taker_sleeps: bool,
}

impl Queue {
    /// An empty queue with its bounds.
    pub fn new(records_max: usize, bytes_max: usize) -> Self {
        Self { records_max, bytes_max, inner: Mutex::default(), filled: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing in here panics between two changes that belong together.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a record at the end. One record is always taken, however long, when nothing waits.
    pub fn push(&self, waiting: Waiting) -> Result<(), AppendError> {
        let bytes = waiting.framed_bytes();
        let mut inner = self.lock();
        if inner.closed {
            return Err(AppendError::Closed);
        }
        let (records, waiting_bytes) = (inner.records.len(), inner.bytes);
        let full = records >= self.records_max || waiting_bytes + bytes > self.bytes_max;
        if full && records > 0 {
            return Err(AppendError::Full { records, bytes: waiting_bytes });
        }
        inner.records.push(waiting);
        inner.bytes += bytes;
        let wake = std::mem::take(&mut inner.taker_sleeps);
        drop(inner);
        if wake {
            self.filled.notify_one();
        }
        Ok(())
    }

    /// Waits until something is there and takes all of it into `records`, which is empty.
    /// `false` when the queue is closed and nothing is left.
    pub fn take(&self, records: &mut Vec<Waiting>) -> bool {
        let mut inner = self.lock();
        while inner.records.is_empty() && !inner.closed {
            inner.taker_sleeps = true;
            inner = self.filled.wait(inner).unwrap_or_else(PoisonError::into_inner);
        }
        inner.taker_sleeps = false;
        std::mem::swap(&mut inner.records, records);
        inner.bytes = 0;
        !records.is_empty()
    }

    /// Takes nothing more; what waits can still be taken out.
    pub fn close(&self) {
        self.lock().closed = true;
        self.filled.notify_one();
    }
}

#[cfg(test)]
mod tests;
