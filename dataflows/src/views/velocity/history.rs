//! The attempts of one identity in the order of their minutes, and what they add up to.
//!
//! Most identities have a handful of attempts a day, which are added up whenever somebody asks.
//! Those that have many keep sums, which follow the two windows as they slide, in either direction:
//! the clock of a row and the stamp of an attempt need not agree.

use std::collections::VecDeque;

use events::{Currency, Outcome};
use rustc_hash::FxHashMap;

use super::{DAY_MINUTES, HOUR_MINUTES, VelocityRow};

/// With more attempts than this an identity keeps sums.
const FEW_MAX: usize = 32;

/// With fewer than this it drops them again.
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

/// The attempts of one identity.
#[derive(Debug, Default)]
pub(super) struct History {
    entries: VecDeque<Entry>,
    sums: Option<Box<Sums>>,
}

/// What the entries of each window add up to.
#[derive(Debug, Default)]
struct Sums {
    /// The minute at which the windows end.
    at: i32,
    /// The first entry of the short window.
    hour_from: usize,
    /// The first entry of the long window.
    day_from: usize,
    /// Without what is distinct.
    row: VelocityRow,
    properties: FxHashMap<u64, u32>,
    cards: FxHashMap<u64, u32>,
}

impl History {
    /// How many attempts it remembers.
    pub(super) fn entries_count(&self) -> usize {
        self.entries.len()
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
        match &mut self.sums {
            Some(sums) => sums.enter(index, &entry),
            None if self.entries.len() > FEW_MAX => self.sums = Some(Sums::of_none(&self.entries)),
            None => {}
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
        let removed = self.entries.remove(index);
        if self.entries.len() < FEW_AGAIN {
            self.sums = None;
        }
        if let (Some(sums), Some(removed)) = (&mut self.sums, removed) {
            sums.leave(index, &removed);
        }
    }

    /// The first entry after that minute.
    fn after(&self, minute: i32) -> usize {
        self.entries.partition_point(|entry| entry.minute <= minute)
    }

    /// The row of windows that end at that minute.
    pub(super) fn row(&mut self, at: i32) -> VelocityRow {
        let Some(sums) = &mut self.sums else { return add_up(&self.entries, at) };
        sums.slide(&self.entries, at);
        let mut row = sums.row.clone();
        row.properties_24h = sums.properties.len() as u32;
        row.cards_24h = sums.cards.len() as u32;
        row.amounts_24h.retain(|(_, minor)| *minor != 0);
        row
    }

    /// The next minute after `now` at which a window lets something go or it is to be forgotten.
    pub(super) fn next_wake(&self, now: i32) -> Option<i32> {
        let leaves = |window: i32| {
            let first = self.entries.get(self.after(now - window))?;
            Some(first.minute + window)
        };
        // Forgetting waits for the full hour, so that much of it is done at once.
        let kept = self.entries.front()?.minute + super::KEPT_MINUTES;
        let forgotten = (kept.max(now).div_euclid(HOUR_MINUTES) + 1) * HOUR_MINUTES;
        let earliest = leaves(HOUR_MINUTES).into_iter().chain(leaves(DAY_MINUTES)).min();
        Some(earliest.map_or(forgotten, |earliest| earliest.min(forgotten)))
    }
}

/// Adds up a few entries.
fn add_up(entries: &VecDeque<Entry>, at: i32) -> VelocityRow {
    let mut row = VelocityRow::default();
    let mut properties = [0; FEW_MAX];
    let mut cards = [0; FEW_MAX];
    let mut cards_count = 0;
    for entry in entries.iter().rev().take_while(|entry| entry.minute > at - DAY_MINUTES) {
        if entry.minute > at - HOUR_MINUTES {
            count_hour(&mut row, entry, 1);
        }
        properties[row.attempts_24h as usize] = entry.property;
        if entry.card != 0 {
            cards[cards_count] = entry.card;
            cards_count += 1;
        }
        count_day(&mut row, entry, 1);
    }
    row.properties_24h = distinct_count(&mut properties[..row.attempts_24h as usize]);
    row.cards_24h = distinct_count(&mut cards[..cards_count]);
    row.amounts_24h.retain(|(_, minor)| *minor != 0);
    row
}

fn distinct_count(values: &mut [u64]) -> u32 {
    values.sort_unstable();
    values.chunk_by(|left, right| left == right).count() as u32
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

/// Counts an entry of the long window in or out, but for what is distinct.
fn count_day(row: &mut VelocityRow, entry: &Entry, by: i32) {
    add(&mut row.attempts_24h, by);
    if entry.outcome == Outcome::Booked {
        add(&mut row.bookings_24h, by);
    }
    let minor = i128::from(entry.amount_minor) * i128::from(by);
    match row.amounts_24h.binary_search_by_key(&entry.currency, |(currency, _)| *currency) {
        Ok(index) => row.amounts_24h[index].1 += minor,
        Err(index) => row.amounts_24h.insert(index, (entry.currency, minor)),
    }
}

fn add(count: &mut u32, by: i32) {
    *count = count.saturating_add_signed(by);
}

impl Sums {
    /// The sums of windows that begin after all of the entries.
    fn of_none(entries: &VecDeque<Entry>) -> Box<Self> {
        let at = entries.back().map_or(0, |back| back.minute + DAY_MINUTES);
        let from = entries.len();
        Box::new(Self { at, hour_from: from, day_from: from, ..Self::default() })
    }

    fn enter(&mut self, index: usize, entry: &Entry) {
        if index < self.hour_from || entry.minute <= self.at - HOUR_MINUTES {
            self.hour_from += 1;
        } else {
            count_hour(&mut self.row, entry, 1);
        }
        if index < self.day_from || entry.minute <= self.at - DAY_MINUTES {
            self.day_from += 1;
        } else {
            self.day(entry, 1);
        }
    }

    fn leave(&mut self, index: usize, entry: &Entry) {
        if index < self.hour_from {
            self.hour_from -= 1;
        } else {
            count_hour(&mut self.row, entry, -1);
        }
        if index < self.day_from {
            self.day_from -= 1;
        } else {
            self.day(entry, -1);
        }
    }

    fn day(&mut self, entry: &Entry, by: i32) {
        count_day(&mut self.row, entry, by);
        count_distinct(&mut self.properties, entry.property, by);
        if entry.card != 0 {
            count_distinct(&mut self.cards, entry.card, by);
        }
    }

    /// Moves the ends of both windows to that minute.
    fn slide(&mut self, entries: &VecDeque<Entry>, at: i32) {
        self.at = at;
        while let Some(entry) = entries.get(self.hour_from)
            && entry.minute <= at - HOUR_MINUTES
        {
            count_hour(&mut self.row, entry, -1);
            self.hour_from += 1;
        }
        while self.hour_from > 0 && entries[self.hour_from - 1].minute > at - HOUR_MINUTES {
            self.hour_from -= 1;
            count_hour(&mut self.row, &entries[self.hour_from], 1);
        }
        while let Some(entry) = entries.get(self.day_from)
            && entry.minute <= at - DAY_MINUTES
        {
            self.day(entry, -1);
            self.day_from += 1;
        }
        while self.day_from > 0 && entries[self.day_from - 1].minute > at - DAY_MINUTES {
            self.day_from -= 1;
            self.day(&entries[self.day_from], 1);
        }
    }
}

fn count_distinct(counts: &mut FxHashMap<u64, u32>, value: u64, by: i32) {
    let count = counts.entry(value).or_default();
    add(count, by);
    if *count == 0 {
        counts.remove(&value);
    }
}
