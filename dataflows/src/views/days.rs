//! Days of the clock, numbered like nights, and how far ahead of them a night lies.
//!
//! A day here is a date in UTC, whatever zone a property lives in: windows of days and days to
//! arrival have to turn for all properties of a market at once. A night therefore counts as one
//! that is not over yet until the day after the next begins in UTC, when it is over everywhere.

use std::ops::Range;

use events::{Minute, Night, Stamp};
use models::pricing::LEAD_EDGES_DAYS;

const MINUTES_PER_DAY: i64 = 24 * 60;

/// Days from the beginning of 1970 to that of 2000, where the numbers of nights begin.
const DAYS_TO_ORIGIN: i64 = 10_957;

/// A date in UTC, as days since 2000-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

impl Day {
    /// Before every day.
    pub(crate) const NEVER: Self = Self(i32::MIN);
    /// After every day.
    pub(crate) const LAST: Self = Self(i32::MAX);

    /// The date of a stamp, held within the years that nights have.
    pub fn of(stamp: Stamp) -> Self {
        Self::at(stamp.minute())
    }

    /// The date of a minute, held within the years that nights have.
    pub fn at(minute: Minute) -> Self {
        let days = minute.0.div_euclid(MINUTES_PER_DAY) - DAYS_TO_ORIGIN;
        let (first, last) = (i64::from(Night::MIN.number()), i64::from(Night::MAX.number()));
        Self(days.clamp(first, last) as i32)
    }

    /// Whether a night is over everywhere.
    pub fn is_over(self, night: Night) -> bool {
        night.number() < self.first_open_night()
    }

    /// The day so many later, which may be beyond all nights.
    pub(crate) fn plus(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// How many days from here to the day on which a night begins; below zero for one that has.
    pub(crate) fn days_to(self, night: i32) -> i32 {
        night.saturating_sub(self.0)
    }

    /// The first night that may not be over yet somewhere.
    pub fn first_open_night(self) -> i32 {
        self.0.saturating_sub(1)
    }
}

/// What a passing day made a view look at again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayPassed {
    /// The day that has begun.
    pub day: Day,
    /// Rows that were looked at because of it.
    pub touched_count: usize,
    /// Rows that were told in that epoch, whatever for.
    pub told_count: usize,
}

impl DayPassed {
    /// What it was on two workers; where one has not come to that day, what it was on the other.
    pub(crate) fn and(self, other: Self) -> Self {
        let (earlier, later) = if self.day <= other.day { (self, other) } else { (other, self) };
        if earlier.day < later.day {
            return later;
        }
        Self {
            day: later.day,
            touched_count: earlier.touched_count + later.touched_count,
            told_count: earlier.told_count + later.told_count,
        }
    }
}

/// The first lead time in days of each bucket, the same as those of prices; the last has no end.
pub const LEAD_EDGES: [i32; LEAD_EDGES_DAYS.len()] = {
    let mut edges = [0; LEAD_EDGES_DAYS.len()];
    let mut index = 0;
    while index < edges.len() {
        edges[index] = LEAD_EDGES_DAYS[index] as i32;
        index += 1;
    }
    edges
};

/// Which bucket of [`LEAD_EDGES`] so many days ahead belong to; a night that has begun is in the
/// first.
pub fn lead_bucket(days_ahead: i32) -> usize {
    LEAD_EDGES.partition_point(|edge| *edge <= days_ahead).saturating_sub(1)
}

/// The nights of the bucket that begins at that lead time, as that day sees them.
pub(crate) fn nights_ahead(day: Day, lead_days: u16) -> Range<i32> {
    let bucket = lead_bucket(i32::from(lead_days));
    let at = |edge: Option<&i32>| edge.map(|edge| day.0.saturating_add(*edge));
    // A night that has begun is in the first, and the last has no end.
    let first = if bucket == 0 { None } else { at(LEAD_EDGES.get(bucket)) };
    first.unwrap_or(i32::MIN)..at(LEAD_EDGES.get(bucket + 1)).unwrap_or(i32::MAX)
}

/// The nights that come into another bucket when that day begins.
pub(crate) fn nights_crossing(day: Day) -> impl Iterator<Item = i32> {
    LEAD_EDGES.iter().skip(1).map(move |edge| day.0.saturating_add(edge - 1))
}

#[cfg(test)]
mod tests;
