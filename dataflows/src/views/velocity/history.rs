//! The attempts of one identity in the order of their minutes, and what they add up to.
//!
//! The sums follow the two windows as they slide, in either direction: the clock of a row and the
//! stamp of an attempt need not agree. What is distinct among a handful of attempts is found by
//! looking at them; an identity that has many counts its properties and cards.

use std::collections::VecDeque;

use events::{Currency, Outcome};
use rustc_hash::FxHashMap;

use super::{DAY_MINUTES, HOUR_MINUTES, VelocityRow};

/// With more attempts than this an identity counts what is distinct.
const FEW_MAX: usize = 32;

/// With fewer than this it drops those counts again.
const FEW_AGAIN: usize = 16;

/// What an identity remembers of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    /// The hash of the property.
    pub property: u64,
    /// The hash of the card; 0 for none.
    pub card: u64,
    /// The amount.
    pub amount_minor: i64,
    /// The hash of the attempt.
    pub attempt: u64,
    /// The minute at which it counts.
    pub minute: i32,
    /// The currency of the amount.
    pub currency: Currency,
    /// What became of it.
    pub outcome: Outcome,
}

/// The attempts of one identity, and what those of each window add up to.
#[derive(Debug, Default)]
pub(super) struct History {
    entries: VecDeque<Entry>,
    /// The minute at which the windows end.
    at: i32,
    /// The first entry of the short window.
    hour_from: usize,
    /// The first entry of the long window.
    day_from: usize,
    row: VelocityRow,
    counts: Option<Box<Counts>>,
}

/// How many entries of the long window name each property and card.
#[derive(Debug, Default)]
struct Counts {
    properties: FxHashMap<u64, u32>,
    cards: FxHashMap<u64, u32>,
}

impl History {
    /// How many attempts it remembers.
    pub(super) fn entries_count(&self) -> usize {
        self.entries.len()
    }

    /// Looks at the entries that a window is about to let go, and gives something of them.
    pub(super) fn glance(&self) -> i32 {
        let minute = |entry: Option<&Entry>| entry.map_or(0, |entry| entry.minute);
        minute(self.entries.get(self.hour_from))
            ^ minute(self.entries.get(self.day_from))
            ^ minute(self.entries.back())
    }

    /// Takes an attempt in.
    pub(super) fn enter(&mut self, entry: Entry) {
        let is_last = self.entries.back().is_none_or(|back| back.minute <= entry.minute);
        let index = if is_last { self.entries.len() } else { self.after(entry.minute) };
        if is_last {
            self.entries.push_back(entry);
        } else {
            self.entries.insert(index, entry);
        }
        if index < self.hour_from || entry.minute <= self.at - HOUR_MINUTES {
            self.hour_from += 1;
        } else {
            count_hour(&mut self.row, &entry, 1);
        }
        if index < self.day_from || entry.minute <= self.at - DAY_MINUTES {
            self.day_from += 1;
        } else {
            self.count_day(index, 1);
        }
        if self.counts.is_none() && self.entries.len() > FEW_MAX {
            self.counts = Some(Counts::of(self.entries.range(self.day_from..)));
        }
    }

    /// Takes an attempt out that counted at that minute, if it is still remembered.
    pub(super) fn leave(&mut self, minute: i32, attempt: u64) {
        let mut index = self.after(minute);
        while index > 0 && self.entries[index - 1].minute == minute {
            index -= 1;
            if self.entries[index].attempt == attempt {
                self.remove(index);
                return;
            }
        }
    }

    /// Forgets what counted at that minute or before.
    pub(super) fn forget(&mut self, until: i32) {
        while self.entries.front().is_some_and(|front| front.minute <= until) {
            self.remove(0);
        }
    }

    fn remove(&mut self, index: usize) {
        if index < self.hour_from {
            self.hour_from -= 1;
        } else {
            count_hour(&mut self.row, &self.entries[index], -1);
        }
        if index < self.day_from {
            self.day_from -= 1;
        } else {
            self.count_day(index, -1);
        }
        self.entries.remove(index);
        if self.entries.len() < FEW_AGAIN {
            self.counts = None;
        }
    }

    /// The first entry after that minute.
    fn after(&self, minute: i32) -> usize {
        self.entries.partition_point(|entry| entry.minute <= minute)
    }

    /// The row of windows that end at that minute.
    pub(super) fn row(&mut self, at: i32) -> &VelocityRow {
        self.at = at;
        while let Some(entry) = self.entries.get(self.hour_from)
            && entry.minute <= at - HOUR_MINUTES
        {
            count_hour(&mut self.row, entry, -1);
            self.hour_from += 1;
        }
        while self.hour_from > 0 && self.entries[self.hour_from - 1].minute > at - HOUR_MINUTES {
            self.hour_from -= 1;
            count_hour(&mut self.row, &self.entries[self.hour_from], 1);
        }
        while let Some(entry) = self.entries.get(self.day_from)
            && entry.minute <= at - DAY_MINUTES
        {
            self.count_day(self.day_from, -1);
            self.day_from += 1;
        }
        while self.day_from > 0 && self.entries[self.day_from - 1].minute > at - DAY_MINUTES {
            self.day_from -= 1;
            self.count_day(self.day_from, 1);
        }
        &self.row
    }

    /// The next minute after that of the row at which a window lets something go or it is to be
    /// forgotten.
    pub(super) fn next_wake(&self) -> Option<i32> {
        let leaves = |from, window| Some(self.entries.get(from)?.minute + window);
        // Forgetting waits for the full hour, so that much of it is done at once.
        let kept = self.entries.front()?.minute + super::KEPT_MINUTES;
        let forgotten = (kept.max(self.at).div_euclid(HOUR_MINUTES) + 1) * HOUR_MINUTES;
        let of_hour = leaves(self.hour_from, HOUR_MINUTES).unwrap_or(forgotten);
        let of_day = leaves(self.day_from, DAY_MINUTES).unwrap_or(forgotten);
        Some(forgotten.min(of_hour).min(of_day))
    }

    /// Counts an entry of the long window in (1) or out (-1); all that lie after it are in it.
    fn count_day(&mut self, index: usize, by: i32) {
        let entry = self.entries[index];
        let (is_property_new, is_card_new) = match &mut self.counts {
            Some(counts) => (
                count_distinct(&mut counts.properties, entry.property, by),
                count_distinct(&mut counts.cards, entry.card, by),
            ),
            None => self.is_alone(index),
        };
        let row = &mut self.row;
        add(&mut row.attempts_24h, by);
        if entry.outcome == Outcome::Booked {
            add(&mut row.bookings_24h, by);
        }
        if is_property_new {
            add(&mut row.properties_24h, by);
        }
        if entry.card != 0 && is_card_new {
            add(&mut row.cards_24h, by);
        }
        let minor = i128::from(entry.amount_minor) * i128::from(by);
        let amounts = &mut row.amounts_24h;
        match amounts.binary_search_by_key(&entry.currency, |(currency, _)| *currency) {
            Ok(index) if amounts[index].1 + minor == 0 => drop(amounts.remove(index)),
            Ok(index) => amounts[index].1 += minor,
            Err(_) if minor == 0 => {}
            Err(index) => amounts.insert(index, (entry.currency, minor)),
        }
    }

    /// Whether no other entry of the long window names the property of this one, and its card.
    fn is_alone(&self, index: usize) -> (bool, bool) {
        let Entry { property, card, .. } = self.entries[index];
        let (mut is_property_alone, mut is_card_alone) = (true, true);
        for (other, entry) in (self.day_from..).zip(self.entries.range(self.day_from..)) {
            if other != index {
                is_property_alone &= entry.property != property;
                is_card_alone &= entry.card != card;
            }
        }
        (is_property_alone, is_card_alone)
    }
}

impl Counts {
    fn of<'entries>(entries: impl Iterator<Item = &'entries Entry>) -> Box<Self> {
        let mut counts = Self::default();
        for entry in entries {
            count_distinct(&mut counts.properties, entry.property, 1);
            count_distinct(&mut counts.cards, entry.card, 1);
        }
        Box::new(counts)
    }
}

/// Counts an entry of the short window in (1) or out (-1).
fn count_hour(row: &mut VelocityRow, entry: &Entry, by: i32) {
    add(&mut row.attempts_1h, by);
    match entry.outcome {
        Outcome::Started => {}
        Outcome::Declined => add(&mut row.declines_1h, by),
        Outcome::Booked => add(&mut row.bookings_1h, by),
    }
}

/// Counts a value in or out; whether it is the first or was the last of its kind.
fn count_distinct(counts: &mut FxHashMap<u64, u32>, value: u64, by: i32) -> bool {
    let count = counts.entry(value).or_default();
    let before = *count;
    add(count, by);
    if *count == 0 {
        counts.remove(&value);
        return true;
    }
    before == 0
}

fn add(count: &mut u32, by: i32) {
    *count = count.saturating_add_signed(by);
}
