//! What the committer publishes and readers see: only groups that are durable.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::ends::Ends;
use super::group::Group;
use super::index::Index;
use super::layout::{Location, Seed};
use super::segment::Segment;
use super::witness::Mark;

/// The published state of a log.
pub struct Shared {
    /// How many partitions each topic has.
    pub partitions: u16,
    /// With what the crcs of this log begin.
    pub seed: Seed,
    cache_bytes_max: usize,
    published: Mutex<Published>,
    grown: Condvar,
    begun: Instant,
    /// Since when the disk has owed an answer, in milliseconds after `begun` and one; 0 if it owes
    /// none.
    owed_since: AtomicU64,
}

/// What is durable.
pub struct Published {
    /// The ends of all partitions.
    pub ends: Ends,
    /// The last group.
    pub mark: Mark,
    /// Where to begin reading.
    pub index: Index,
    /// The files, by their index.
    pub segments: Vec<Arc<Segment>>,
    /// The last groups, oldest first; their numbers are dense and end with the mark's.
    recent: VecDeque<Arc<Group>>,
    recent_bytes: usize,
    closed: bool,
    readers_waiting: usize,
}

/// What a reader finds when it asks for a group.
pub enum Found {
    /// It is in memory.
    InMemory(Arc<Group>),
    /// It is durable and must be read from its file; the log now ends there.
    OnDisk(Location),
    /// It is not there yet, and nothing came while waiting.
    NotYet,
    /// It will not come: the log is closed.
    Never,
}

impl Shared {
    /// The state of a log that was just opened.
    pub fn new(partitions: u16, seed: Seed, cache_bytes_max: usize, published: Published) -> Self {
        Self {
            partitions,
            seed,
            cache_bytes_max,
            published: Mutex::new(published),
            grown: Condvar::new(),
            begun: Instant::now(),
            owed_since: AtomicU64::new(0),
        }
    }

    /// Says that the disk is asked for something, or that it has answered.
    pub fn disk_owes(&self, owes: bool) {
        let since = if owes { 1 + self.begun.elapsed().as_millis() as u64 } else { 0 };
        self.owed_since.store(since, Ordering::Release);
    }

    /// For how long the disk has owed an answer.
    pub fn stalled_for(&self) -> Duration {
        let since = self.owed_since.load(Ordering::Acquire).checked_sub(1);
        since.map_or(Duration::ZERO, |since| {
            self.begun.elapsed().saturating_sub(Duration::from_millis(since))
        })
    }

    /// Looks at the state, shortly.
    pub fn lock(&self) -> MutexGuard<'_, Published> {
        // Every change below is complete before anything that could panic.
        self.published.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a group visible, which must be durable and the next.
    pub fn publish(&self, group: Arc<Group>, mark: Mark) {
        let mut published = self.lock();
        let state = &mut *published;
        state.index.note(group.header.number, group.start, group.length(), &state.ends);
        state.ends.advance(&group.entries);
        state.mark = mark;
        state.recent_bytes += group.memory_bytes();
        state.recent.push_back(group);
        let mut old = Vec::new();
        while state.recent_bytes > self.cache_bytes_max && state.recent.len() > 1 {
            if let Some(group) = state.recent.pop_front() {
                state.recent_bytes -= group.memory_bytes();
                old.push(group);
            }
        }
        let wake = state.readers_waiting > 0;
        drop(published);
        if wake {
            self.grown.notify_all();
        }
        // Freed only now, when nobody waits for the lock or the records.
        drop(old);
    }

    /// Adds a segment that the log goes on in.
    pub fn add_segment(&self, segment: Arc<Segment>) {
        self.lock().segments.push(segment);
    }

    /// Says that nothing more will be published.
    pub fn close(&self) {
        self.lock().closed = true;
        self.grown.notify_all();
    }

    /// Finds a group, waiting until `until` if it is not there yet; `None` waits for ever.
    pub fn find(&self, number: u64, until: Option<Instant>) -> Found {
        let mut published = self.lock();
        loop {
            if number <= published.mark.group {
                return published.get(number);
            }
            if published.closed {
                return Found::Never;
            }
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            let left = left.unwrap_or(Duration::MAX);
            if left.is_zero() {
                return Found::NotYet;
            }
            published.readers_waiting += 1;
            published = match self.grown.wait_timeout(published, left) {
                Ok((published, _)) => published,
                Err(poisoned) => poisoned.into_inner().0,
            };
            published.readers_waiting -= 1;
        }
    }
}

impl Published {
    /// What is durable when a log is opened; nothing of it is in memory.
    pub fn new(ends: Ends, mark: Mark, index: Index, segments: Vec<Arc<Segment>>) -> Self {
        Self {
            ends,
            mark,
            index,
            segments,
            recent: VecDeque::new(),
            recent_bytes: 0,
            closed: false,
            readers_waiting: 0,
        }
    }

    fn get(&self, number: u64) -> Found {
        let oldest = self.mark.group + 1 - self.recent.len() as u64;
        let index = number.checked_sub(oldest);
        match index.and_then(|index| self.recent.get(index as usize)) {
            Some(group) => Found::InMemory(Arc::clone(group)),
            None => Found::OnDisk(self.mark.end),
        }
    }
}
