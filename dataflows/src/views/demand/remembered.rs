//! The searches that are remembered by their ids, so that one that is told twice counts once.

use std::collections::VecDeque;

use events::{SearchId, SourceId, Stamp};
use rustc_hash::FxHashMap;

/// A map that grows in pieces: doubling one of millions of entries at once would stop everything.
const SHARDS: usize = 64;

/// How many that are due are forgotten with each one that is remembered.
const FORGOTTEN_AT_ONCE: usize = 2;

/// A search as it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counted {
    pub observed: Stamp,
    /// The place that was searched.
    pub place: u32,
    /// The market it is in.
    pub market: Option<u32>,
    pub arrival: i32,
    pub nights_count: u16,
    /// The minute in which it counts.
    pub minute: i32,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    counted: Counted,
    heard: i32,
}

/// What a telling is to those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Telling {
    /// The first.
    New,
    /// A later one of what counted so.
    Instead(Counted),
    /// One that changes nothing.
    Known,
}

/// The memory of ids.
#[derive(Debug)]
pub(super) struct Remembered {
    shards: Vec<FxHashMap<u128, Entry>>,
    /// Ids by the clock when they were heard, the oldest first.
    queue: VecDeque<(i32, Vec<u128>)>,
    /// The latest minute at which a search that counted was appended.
    clock: i32,
    horizon: i32,
    count: usize,
}

/// The fingerprint under which a search is remembered: no two searches share one.
pub(super) fn fingerprint(source: &SourceId, id: &SearchId) -> u128 {
    let mut hasher = blake3::Hasher::new();
    // A source has at most 64 characters.
    hasher.update(&[source.as_str().len() as u8]);
    hasher.update(source.as_str().as_bytes()).update(id.as_str().as_bytes());
    let hash = hasher.finalize();
    hash.as_bytes().iter().take(16).fold(0, |value, byte| value << 8 | u128::from(*byte))
}

impl Remembered {
    pub fn new(horizon: i32) -> Self {
        let shards = vec![FxHashMap::default(); SHARDS];
        Self { shards, queue: VecDeque::new(), clock: i32::MIN, horizon, count: 0 }
    }

    pub fn clock(&self) -> i32 {
        self.clock
    }

    pub fn count(&self) -> usize {
        self.count
    }

    /// Whether what was heard at that clock is remembered no longer.
    pub fn is_forgotten(&self, heard: i32) -> bool {
        i64::from(heard) <= i64::from(self.clock) - i64::from(self.horizon)
    }

    /// Hears a telling that was appended in that minute; `is_later` says whether it holds against
    /// what counted so far.
    pub fn hear(
        &mut self,
        id: u128,
        counted: Counted,
        appended: i32,
        is_later: impl FnOnce(&Counted) -> bool,
    ) -> Telling {
        let clock = self.clock.max(appended);
        let due = i64::from(clock) - i64::from(self.horizon);
        let shard = &mut self.shards[(id >> 122) as usize];
        let old = shard.get(&id).copied();
        let held = old.filter(|old| i64::from(old.heard) > due);
        if held.is_some_and(|held| !is_later(&held.counted)) {
            return Telling::Known;
        }
        shard.insert(id, Entry { counted, heard: clock });
        self.count += usize::from(old.is_none());
        self.clock = clock;
        match self.queue.back_mut() {
            Some((heard, ids)) if *heard == clock => ids.push(id),
            _ => self.queue.push_back((clock, vec![id])),
        }
        self.forget();
        held.map_or(Telling::New, |held| Telling::Instead(held.counted))
    }

    /// Forgets a few of those that are due. They count as forgotten already.
    fn forget(&mut self) {
        for _ in 0..FORGOTTEN_AT_ONCE {
            let clock = self.clock;
            let horizon = self.horizon;
            let Some((heard, ids)) = self.queue.front_mut() else { return };
            if i64::from(*heard) > i64::from(clock) - i64::from(horizon) {
                return;
            }
            if let Some(id) = ids.pop() {
                let shard = &mut self.shards[(id >> 122) as usize];
                if shard.get(&id).is_some_and(|entry| entry.heard == *heard) {
                    shard.remove(&id);
                    self.count -= 1;
                }
            }
            if ids.is_empty() {
                self.queue.pop_front();
            }
        }
    }
}
