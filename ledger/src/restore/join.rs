//! A state out of parts that were put together side by side: each has slots that no other has.

use crate::state::State;

impl State {
    /// One state out of parts of which each slot, and the clock, was restored in one alone.
    pub fn joined(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut parts = parts.into_iter();
        let mut whole = parts.next().unwrap_or_default();
        parts.for_each(|part| whole.join(part));
        whole
    }

    fn join(&mut self, part: Self) {
        let Self {
            clock,
            slots,
            unanchored,
            deadlines,
            forgetting,
            holds_open_count,
            oversold_nights_count,
            journal: _,
            reading: _,
        } = part;
        if clock != Default::default() {
            self.clock = clock;
        }
        self.slots.join(slots);
        self.unanchored.extend(unanchored);
        for (deadline, holds) in deadlines {
            self.deadlines.entry(deadline).or_default().extend(holds);
        }
        self.forgetting.join(forgetting);
        self.holds_open_count += holds_open_count;
        self.oversold_nights_count += oversold_nights_count;
    }
}
