//! A keeper: a view whose state is its own, kept by key and told epoch by epoch.
//!
//! Windows that slide over millions of events cost differential a scan of everything they hold at
//! each step of time, so that such views keep their state themselves. A keeper is a plain value:
//! it needs no dataflow to be tested, and it can be fed the same history twice.

use std::hash::{DefaultHasher, Hash, Hasher};

use events::Minute;

use crate::views::days::DayPassed;

#[cfg(test)]
pub(crate) mod testing;

/// A view with state of its own.
///
/// What it tells depends on what it has heard and on the clock alone, never on how the events were
/// cut into epochs: closing twice at the same minute tells nothing the second time.
pub trait Keeper {
    /// What it hears: events of its own key only, each key in the order of the log.
    type Event;
    /// What it tells: a row of a table under its key, or that the row is gone.
    type Change;

    /// Hears one event.
    fn hear(&mut self, event: Self::Event);

    /// Ends an epoch: the clock of the views stands at `now`, which never goes back. Tells every
    /// row that differs from what was told last, each once.
    fn close(&mut self, now: Minute, tell: &mut dyn FnMut(Self::Change));

    /// The same in parts, so that nobody has to take millions of rows at once: nothing is heard
    /// until one part says that it was the last.
    fn close_part(&mut self, now: Minute, tell: &mut dyn FnMut(Self::Change)) -> bool {
        self.close(now, tell);
        true
    }

    /// How much it holds, for whoever watches that it stays bounded.
    fn size(&self) -> KeeperSize;

    /// What the last day that began made it look at; none of a view that does not turn with days.
    fn day_passed(&self) -> Option<DayPassed> {
        None
    }
}

/// How much a keeper holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KeeperSize {
    /// Keys that have a row.
    pub keys_count: usize,
    /// Events and counters that a window may still have to give back.
    pub held_count: usize,
}

/// What a row was when it was told: enough to see that it is another. Rows are large, and there are
/// millions of them.
pub(crate) type Fingerprint = u64;

/// The fingerprint of a row.
pub(crate) fn fingerprint(row: &impl Hash) -> Fingerprint {
    let mut hasher = DefaultHasher::new();
    row.hash(&mut hasher);
    hasher.finish()
}

/// How much of what is to be looked at makes a part.
pub(crate) const PART_COUNT: usize = 4096;

/// What is still to be looked at before an epoch is closed, part by part.
#[derive(Debug)]
pub(crate) struct Agenda<T> {
    /// The first is the last; none while no epoch is being closed.
    rest: Option<Vec<T>>,
}

impl<T> Default for Agenda<T> {
    fn default() -> Self {
        Self { rest: None }
    }
}

impl<T: Ord> Agenda<T> {
    /// Whether an epoch is being closed.
    pub fn is_open(&self) -> bool {
        self.rest.is_some()
    }

    /// Begins with all that is to be looked at, each once.
    pub fn open(&mut self, mut all: Vec<T>) {
        // It has long runs that are in order.
        all.sort();
        all.dedup();
        all.reverse();
        self.rest = Some(all);
    }

    /// The next part, in order; the agenda is closed with the last.
    pub fn part(&mut self) -> impl Iterator<Item = T> + use<T> {
        let part = match &mut self.rest {
            Some(rest) => rest.split_off(rest.len().saturating_sub(PART_COUNT)),
            None => Vec::new(),
        };
        if self.rest.as_ref().is_some_and(Vec::is_empty) {
            self.rest = None;
        }
        part.into_iter().rev()
    }
}
