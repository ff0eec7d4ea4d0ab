//! What waits to be written: many threads push, one takes everything there is.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

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
    /// With how many records the taker wants to be woken; 0 while it does not sleep. Waking costs
    /// a system call, so nobody wakes it in vain.
    wake_at: usize,
}

/// With fewer records than this in the last group there is nothing to gain by gathering.
const CROWD: usize = 8;

/// The longest that the taker waits for a crowd to come back.
const GATHER_MAX: Duration = Duration::from_micros(60);

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
        let wake = inner.wake_at > 0 && inner.records.len() >= inner.wake_at;
        if wake {
            inner.wake_at = 0;
        }
        drop(inner);
        if wake {
            self.filled.notify_one();
        }
        Ok(())
    }

    /// Waits until something is there and takes all of it into `records`, which is empty.
    /// `false` when the queue is closed and nothing is left.
    ///
    /// `last` is how many were taken the time before. When they were many, those who wait for
    /// their answers come back about now, all at once. Left alone they would fall into two crowds
    /// that take turns, each waiting for the other's sync before its own. So most of the crowd
    /// that just left is waited for, shortly, and one sync serves both.
    pub fn take(&self, records: &mut Vec<Waiting>, last: usize) -> bool {
        let mut inner = self.lock();
        while inner.records.is_empty() && !inner.closed {
            inner.wake_at = 1;
            inner = self.filled.wait(inner).unwrap_or_else(PoisonError::into_inner);
        }
        if last >= CROWD {
            let count = (inner.records.len() + last) / 4 * 3;
            inner = self.gather(inner, count);
        }
        inner.wake_at = 0;
        std::mem::swap(&mut inner.records, records);
        inner.bytes = 0;
        !records.is_empty()
    }

    /// Takes what is there into `records`, which is empty, and waits for nothing.
    pub fn take_now(&self, records: &mut Vec<Waiting>) {
        let mut inner = self.lock();
        std::mem::swap(&mut inner.records, records);
        inner.bytes = 0;
    }

    fn gather<'a>(&self, mut inner: MutexGuard<'a, Inner>, count: usize) -> MutexGuard<'a, Inner> {
        if inner.records.len() >= count || inner.closed {
            return inner;
        }
        inner.wake_at = count;
        // Woken early or for nothing, it takes what there is.
        match self.filled.wait_timeout(inner, GATHER_MAX) {
            Ok((inner, _)) => inner,
            Err(poisoned) => poisoned.into_inner().0,
        }
    }

    /// Takes nothing more; what waits can still be taken out.
    pub fn close(&self) {
        self.lock().closed = true;
        self.filled.notify_one();
    }

    /// Takes nothing more, and forgets what waits: nobody was told that it is durable.
    pub fn abandon(&self) {
        let mut inner = self.lock();
        inner.closed = true;
        let forgotten = std::mem::take(&mut inner.records);
        drop(inner);
        self.filled.notify_one();
        drop(forgotten);
    }
}

#[cfg(test)]
mod tests;
