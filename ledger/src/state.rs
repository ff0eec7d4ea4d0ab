//! State: all that a decision may depend on, for the slots of one partition.

use std::collections::BTreeMap;

use events::{HoldId, LogTime, SLOTS, Slot};

use crate::forget::Forgetting;
use crate::journal::{Dirty, Journal};
use crate::moves::Move;
use crate::oversold::Reading;
use crate::rows::{ClockRow, RowChange};
use crate::slot::{SlotState, Slots};

/// The ledger of one partition: its clock and its slots.
#[derive(Debug, Clone)]
pub struct State {
    pub(crate) clock: ClockRow,
    pub(crate) slots: Slots,
    /// Holds placed since the last tick: their interval begins with the next one.
    pub(crate) unanchored: Vec<HoldId>,
    /// Holds by deadline; one that is not held any more is passed over when its time comes.
    pub(crate) deadlines: BTreeMap<LogTime, Vec<HoldId>>,
    pub(crate) forgetting: Forgetting,
    pub(crate) holds_open_count: u64,
    pub(crate) journal: Journal,
    pub(crate) reading: Reading,
    pub(crate) oversold_nights_count: usize,
}

impl State {
    /// The state before the first record.
    pub fn new() -> Self {
        Self {
            clock: ClockRow::default(),
            slots: Slots::new(SLOTS),
            unanchored: Vec::new(),
            deadlines: BTreeMap::new(),
            forgetting: Forgetting::default(),
            holds_open_count: 0,
            journal: Journal::default(),
            reading: Reading::default(),
            oversold_nights_count: 0,
        }
    }

    /// The same state as that of a partition, whose number its clock is stored under.
    pub fn on_partition(mut self, partition: u16) -> Self {
        self.clock.partition = partition;
        self
    }

    /// Log time: how much time the owners' ticks have told.
    pub fn log_time(&self) -> LogTime {
        self.clock.log_time
    }

    /// The epoch of the current owner; 0 before the first.
    pub fn epoch(&self) -> u64 {
        self.clock.epoch
    }

    /// Whether any hold waits for its deadline.
    pub fn has_open_holds(&self) -> bool {
        self.holds_open_count > 0
    }

    /// Hands over everything that has changed since the last call: each row once, with its latest
    /// value, and each move in order.
    pub fn drain(&mut self, rows: &mut Vec<RowChange>, moves: &mut Vec<Move>) {
        moves.append(&mut self.journal.moves);
        let mut dirty = std::mem::take(&mut self.journal.dirty);
        dirty.sort_unstable();
        dirty.dedup();
        rows.extend(dirty.iter().filter_map(|key| self.row_change(key)));
        for key in &dirty {
            if let Dirty::Policy { slot, property, kind, version } = *key {
                self.forget_document((slot, property), kind, version);
            }
        }
        dirty.clear();
        self.journal.dirty = dirty;
    }

    pub(crate) fn slot(&self, slot: Slot) -> &SlotState {
        self.slots.get(slot)
    }

    pub(crate) fn slot_mut(&mut self, slot: Slot) -> &mut SlotState {
        self.slots.get_mut(slot)
    }
}

impl Default for State {
    fn default() -> Self {
        Self::new()
    }
}
