//! The change stream of the views: what was stored lately, for whoever follows.
//!
//! Bounded: somebody who is further behind than what is kept here gets a snapshot again. Nothing
//! waits for a follower.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dataflows::{AvailabilityKey, AvailabilityRow, Changes, ViewChange};
use events::{Position, Stamp};
use tokio::sync::watch;

#[cfg(test)]
mod tests;

/// About how many rows are kept for those who come back.
const ROWS_KEPT_MAX: usize = 100_000;

/// What one write has changed in the views.
#[derive(Debug)]
pub(crate) struct Told {
    /// Which write of this process it was, counted from 1.
    pub(crate) number: u64,
    pub(crate) position: Position,
    pub(crate) stamp: Stamp,
    pub(crate) availability: Vec<(AvailabilityKey, Option<AvailabilityRow>)>,
    pub(crate) views: Vec<ViewChange>,
}

impl Told {
    fn rows_count(&self) -> usize {
        // One more, so that writes without rows are bounded too.
        self.availability.len() + self.views.len() + 1
    }
}

#[derive(Debug, Default)]
struct Kept {
    told: VecDeque<Arc<Told>>,
    rows_count: usize,
}

/// The latest changes, and how to hear of the next.
#[derive(Debug)]
pub struct Feed {
    /// Which start of which process: numbers of another start mean nothing here.
    start: u64,
    kept: Mutex<Kept>,
    latest: watch::Sender<u64>,
}

impl Feed {
    /// Nothing was told yet.
    pub fn new(start: u64) -> Self {
        Self { start, kept: Mutex::default(), latest: watch::Sender::new(0) }
    }

    /// Tells what was just stored; after the write, so that a snapshot taken later has it.
    pub fn publish(&self, changes: Changes, stamp: Stamp) {
        let Changes { up_to: position, availability, mut views, .. } = changes;
        // What only a restart needs is nobody's to follow.
        views.retain(|(key, _)| !key.is_base());
        let mut kept = self.kept();
        let number = *self.latest.borrow() + 1;
        let told = Told { number, position, stamp, availability, views };
        kept.rows_count += told.rows_count();
        kept.told.push_back(Arc::new(told));
        while kept.rows_count > ROWS_KEPT_MAX && kept.told.len() > 1 {
            let oldest = kept.told.pop_front();
            kept.rows_count -= oldest.map_or(0, |told| told.rows_count());
        }
        drop(kept);
        self.latest.send_replace(number);
    }

    /// The number of the last write that was told.
    pub(crate) fn latest(&self) -> u64 {
        *self.latest.borrow()
    }

    /// Which start this is.
    pub(crate) fn start(&self) -> u64 {
        self.start
    }

    /// What was told after that number; `None` where some of it is not kept any more.
    pub(crate) fn after(&self, number: u64) -> Option<Vec<Arc<Told>>> {
        let kept = self.kept();
        let first = kept.told.front().map_or(1, |told| told.number);
        if number > self.latest() || number + 1 < first {
            return None;
        }
        Some(kept.told.iter().filter(|told| told.number > number).cloned().collect())
    }

    /// To wait for the next.
    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.latest.subscribe()
    }

    /// No panic can leave it half changed: what is told is pushed whole.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
