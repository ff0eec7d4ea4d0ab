//! A keeper: a view whose state is its own, kept by key and told epoch by epoch.
//!
//! Windows that slide over millions of events cost differential a scan of everything they hold at
//! each step of time, so that such views keep their state themselves. A keeper is a plain value:
//! it needs no dataflow to be tested, and it can be fed the same history twice.

use events::Minute;

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

    /// How much it holds, for whoever watches that it stays bounded.
    fn size(&self) -> KeeperSize;
}

/// How much a keeper holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KeeperSize {
    /// Keys that have a row.
    pub keys_count: usize,
    /// Events and counters that a window may still have to give back.
    pub held_count: usize,
}
