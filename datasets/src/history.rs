//! A history: what happened at which hotel, in one order, with a time for each event.
//!
//! Sources know the day of an event but not its hour. The order within a day is that of
//! [`HistoryWhat::phase`]: bookings, cancellations, arrivals, departures, no-shows. Each phase has
//! its own part of the day and a deterministic hash of the row picks the moment within it; that
//! moment is invented, the day is not. All parts end before 23:00 UTC, so that the moment lies on
//! the same civil day in UTC and in the zone of the hotels, which is at most an hour ahead.

use events::{Line, Night, PropertyId, Stamp};

use crate::catalogue::Capacity;
use crate::commands::HistoryCommand;

const HOUR_MS: u64 = 3_600_000;

/// Days from 1970-01-01 to 2000-01-01, the origin of [`Night`].
const ORIGIN_DAYS: i64 = 10_957;

/// When each phase begins and how long it lasts, in hours after midnight UTC.
const PHASE_HOURS: [(u64, u64); 5] = [(0, 16), (16, 2), (18, 2), (20, 2), (22, 1)];

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEvent {
    /// When, as wall time; never earlier than the event before it.
    pub at: Stamp,
    /// To which booking: the number of its row in the source, counted from 1.
    pub row: u32,
    /// Where.
    pub property: PropertyId,
    /// What.
    pub what: HistoryWhat,
}

/// What happened to a booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HistoryWhat {
    /// It was made.
    Booked {
        /// One room for its nights.
        line: Line,
        /// What was paid for a night, in cents; the source has a negative one too.
        adr_minor: i64,
    },
    /// It was cancelled.
    Cancelled,
    /// The guests came.
    Arrived,
    /// The guests left.
    Departed,
    /// The guests did not come.
    NoShow,
}

impl HistoryWhat {
    /// Its place within a day.
    pub fn phase(&self) -> Phase {
        match self {
            Self::Booked { .. } => Phase::Booked,
            Self::Cancelled => Phase::Cancelled,
            Self::Arrived => Phase::Arrived,
            Self::Departed => Phase::Departed,
            Self::NoShow => Phase::NoShow,
        }
    }
}

/// The parts of a day, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Bookings are made.
    Booked,
    /// Bookings are cancelled, those of the same day too.
    Cancelled,
    /// Guests come.
    Arrived,
    /// Guests leave; some of them came on the same day.
    Departed,
    /// The day is over for those who did not come.
    NoShow,
}

impl Phase {
    /// Every phase, in order.
    pub const ALL: [Self; 5] =
        [Self::Booked, Self::Cancelled, Self::Arrived, Self::Departed, Self::NoShow];

    /// Its name, for ids and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Booked => "booked",
            Self::Cancelled => "cancelled",
            Self::Arrived => "arrived",
            Self::Departed => "departed",
            Self::NoShow => "no-show",
        }
    }
}

/// The moment of an event: ordered by day, phase and hash, then by row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment {
    pub day: Night,
    pub phase: Phase,
    pub ms_of_day: u32,
    pub row: u32,
}

impl Moment {
    /// The moment at which this happened to a row.
    pub fn of(day: Night, phase: Phase, row: u32) -> Self {
        let (begin, length) = PHASE_HOURS[phase as usize];
        let hash = mix(u64::from(row) << 3 | phase as u64);
        let offset = (u128::from(hash) * u128::from(length * HOUR_MS)) >> 64;
        Self { day, phase, ms_of_day: (begin * HOUR_MS + offset as u64) as u32, row }
    }

    /// As wall time.
    pub fn stamp(self) -> Stamp {
        let stamp = midnight(self.day);
        Stamp(stamp.0 + i64::from(self.ms_of_day))
    }
}

/// The beginning of a day in UTC.
pub(crate) fn midnight(day: Night) -> Stamp {
    Stamp((i64::from(day.number()) + ORIGIN_DAYS) * 24 * HOUR_MS as i64)
}

/// SplitMix64's finaliser: every bit of the input moves every bit of the output.
pub(crate) fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// What every history offers to whoever replays it.
pub trait History: Send + Sync {
    /// Its name; command ids are derived from it, so two histories never share one.
    fn name(&self) -> String;

    /// How many bookings it has.
    fn bookings_count(&self) -> u64;

    /// How many events it has, where that is known before it is played.
    fn events_count(&self) -> Option<u64>;

    /// The commands that define its properties, room types, rate plans and inventory.
    fn catalogue(&self, capacity: Capacity)
    -> Box<dyn Iterator<Item = HistoryCommand> + Send + '_>;

    /// What happened, in order.
    fn events(&self) -> Box<dyn Iterator<Item = HistoryEvent> + Send + '_>;
}

#[cfg(test)]
mod tests;
