//! The follower: a thread that writes the witness a little after each sync. Nobody waits for it.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::disk::Disk;
use super::fatal::Fatal;
use super::witness::{Mark, Witness};

/// What the follower is told.
pub struct Follower {
    after: Duration,
    inner: Mutex<Inner>,
    told: Condvar,
}

struct Inner {
    /// The last group that was acknowledged.
    latest: Mark,
    sleeps: bool,
    stopped: bool,
}

impl Follower {
    /// A follower whose witness stands at that mark.
    pub fn new(mark: Mark, after: Duration) -> Self {
        let inner = Inner { latest: mark, sleeps: false, stopped: false };
        Self { after, inner: Mutex::new(inner), told: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells it that a group was acknowledged.
    pub fn follow(&self, mark: Mark) {
        let mut inner = self.lock();
        inner.latest = mark;
        let wake = std::mem::take(&mut inner.sleeps);
        drop(inner);
        if wake {
            self.told.notify_all();
        }
    }

    /// Has it write what it was told last, and end.
    pub fn stop(&self) {
        self.lock().stopped = true;
        self.told.notify_all();
    }

    /// The thread: writes the latest mark `after` the first one that is not written yet.
    pub fn run(&self, mut witness: Witness, disk: &Arc<dyn Disk>) -> Result<(), Fatal> {
        let mut written = self.lock().latest;
        while let Some(mark) = self.next(written) {
            witness.write(mark, &**disk).map_err(Fatal::of(witness.path(), "written"))?;
            written = mark;
        }
        Ok(())
    }

    fn next(&self, written: Mark) -> Option<Mark> {
        let mut inner = self.lock();
        while inner.latest == written && !inner.stopped {
            inner.sleeps = true;
            inner = self.told.wait(inner).unwrap_or_else(PoisonError::into_inner);
        }
        inner.sleeps = false;
        let until = Instant::now() + self.after;
        while !inner.stopped {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            inner = match self.told.wait_timeout(inner, left) {
                Ok((inner, _)) => inner,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
        (inner.latest != written).then_some(inner.latest)
    }
}
