//! What is known of a cell, in integers; what is not known is missing and never zero.
//!
//! Features that drift with time or with every event are bucketed, so that a passing day and a
//! single search change the price of few cells.

use events::{MarketEventKind, Money, Night};

use super::Factor;
use crate::calendar;

/// Where the buckets of days to arrival begin; the last has no end.
pub const LEAD_EDGES_DAYS: [u16; 19] =
    [0, 1, 2, 3, 4, 5, 6, 7, 10, 14, 21, 30, 45, 60, 90, 120, 180, 270, 365];

/// The first day of the bucket of so many days to arrival; a night in the past counts as today.
pub fn lead_bucket_days(days_to_arrival: i32) -> u16 {
    let days = u16::try_from(days_to_arrival.max(0)).unwrap_or(u16::MAX);
    LEAD_EDGES_DAYS.iter().copied().rev().find(|edge| *edge <= days).unwrap_or_default()
}

/// The first day beyond that bucket; none for the last bucket.
pub fn lead_bucket_end_days(days_to_arrival: i32) -> Option<u16> {
    let begin = lead_bucket_days(days_to_arrival);
    LEAD_EDGES_DAYS.iter().copied().find(|edge| *edge > begin)
}

/// A count down to a bucket that is about an eighth wide: exact up to 16.
pub fn bucketed_count(count: u32) -> u32 {
    let bits = 32 - count.leading_zeros();
    let dropped = bits.saturating_sub(4);
    count >> dropped << dropped
}

/// A share down to a whole multiple of a hundredth.
fn bucketed_permille(permille: u32) -> u32 {
    permille / 10 * 10
}

/// Kinds of events that draw people to a market.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventKind {
    /// Of the first rank: the whole town is full.
    Major,
    /// A fair or a conference.
    Conference,
    /// A concert or a festival.
    Concert,
    /// A match or a race.
    Sports,
}

impl EventKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Major, Self::Conference, Self::Concert, Self::Sports];
}

impl From<MarketEventKind> for EventKind {
    fn from(kind: MarketEventKind) -> Self {
        match kind {
            MarketEventKind::Major => Self::Major,
            MarketEventKind::Conference => Self::Conference,
            MarketEventKind::Concert => Self::Concert,
            MarketEventKind::Sports => Self::Sports,
        }
    }
}

/// What the events of a night draw, by kind: 0 to 1000 each, missing when nobody told of any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct EventImpacts([Option<u16>; EventKind::ALL.len()]);

impl EventImpacts {
    /// The impact of one kind.
    pub fn permille(&self, kind: EventKind) -> Option<u16> {
        self.0[kind as usize]
    }

    /// The same with the impact of one kind.
    pub fn with(mut self, kind: EventKind, permille: u16) -> Self {
        self.0[kind as usize] = Some(permille.min(1000));
        self
    }
}

/// What rivals do on a night, from observations that are not too old.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Competitors {
    /// How many of them are known of, those without a room included.
    pub count: u16,
    /// How many of those have no room to sell.
    pub sold_out_count: u16,
    /// What those with rooms ask on average; without effect in another currency.
    pub average: Option<Money>,
    /// What the cheapest asks; without effect in another currency.
    pub minimum: Option<Money>,
}

/// What is known of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Features {
    /// Days from today to the night.
    pub days_to_arrival: u16,
    /// The day of the week, 1 being Monday.
    pub weekday: u8,
    /// The month, 1 being January.
    pub month: u8,
    /// Whether it is a night of a weekend.
    pub is_weekend: bool,
    /// Whether it is a public holiday; missing where no calendar is known.
    pub is_holiday: Option<bool>,
    /// Searches for the night within seven days.
    pub searches_7d: Option<u32>,
    /// Bookings for each million of searches.
    pub look_to_book_ppm: Option<u32>,
    /// Rooms on the books against the curve, 1000 being on it.
    pub pace_permille: Option<u32>,
    /// Share of the rooms that are sold; above 1000 when oversold.
    pub occupancy_permille: Option<u16>,
    /// The same over the whole market.
    pub market_occupancy_permille: Option<u16>,
    /// What rivals do.
    pub competitors: Option<Competitors>,
    /// What events draw.
    pub events: EventImpacts,
    /// Share of bookings that were cancelled within seven days.
    pub cancellation_rate_permille: Option<u16>,
    /// Occupancy 364 days earlier.
    pub occupancy_last_year_permille: Option<u16>,
}

impl Features {
    /// What the calendar alone knows of a night: what a cell has that nobody has touched.
    pub fn of_night(
        night: Night,
        days_to_arrival: i32,
        is_weekend: bool,
        is_holiday: Option<bool>,
    ) -> Self {
        Self {
            days_to_arrival: lead_bucket_days(days_to_arrival),
            weekday: calendar::weekday(night),
            month: calendar::month(night),
            is_weekend,
            is_holiday,
            searches_7d: None,
            look_to_book_ppm: None,
            pace_permille: None,
            occupancy_permille: None,
            market_occupancy_permille: None,
            competitors: None,
            events: EventImpacts::default(),
            cancellation_rate_permille: None,
            occupancy_last_year_permille: None,
        }
    }

    /// The same with everything that drifts put into its bucket; twice is as once.
    pub fn bucketed(self) -> Self {
        let share = |permille: u16| {
            u16::try_from(bucketed_permille(u32::from(permille))).unwrap_or(permille)
        };
        Self {
            days_to_arrival: lead_bucket_days(i32::from(self.days_to_arrival)),
            searches_7d: self.searches_7d.map(bucketed_count),
            look_to_book_ppm: self.look_to_book_ppm.map(bucketed_count),
            pace_permille: self.pace_permille.map(bucketed_permille),
            occupancy_permille: self.occupancy_permille.map(share),
            market_occupancy_permille: self.market_occupancy_permille.map(share),
            cancellation_rate_permille: self.cancellation_rate_permille.map(share),
            occupancy_last_year_permille: self.occupancy_last_year_permille.map(share),
            ..self
        }
    }

    /// The value of one factor as its curve sees it, if it is known; amounts are told in
    /// thousandths of the base price.
    pub fn value(&self, factor: Factor, base: Money) -> Option<i64> {
        let event = |kind: EventKind| self.events.permille(kind).map(i64::from);
        match factor {
            Factor::DaysToArrival => Some(i64::from(self.days_to_arrival)),
            Factor::Weekday => Some(i64::from(self.weekday)),
            Factor::Month => Some(i64::from(self.month)),
            Factor::Weekend => Some(i64::from(self.is_weekend)),
            Factor::Holiday => self.is_holiday.map(i64::from),
            // A season is of the policy and not of the cell.
            Factor::Season => None,
            Factor::Searches => self.searches_7d.map(i64::from),
            Factor::LookToBook => self.look_to_book_ppm.map(i64::from),
            Factor::Pace => self.pace_permille.map(i64::from),
            Factor::Occupancy => self.occupancy_permille.map(i64::from),
            Factor::MarketOccupancy => self.market_occupancy_permille.map(i64::from),
            Factor::RivalsAverage => against_base(self.competitors?.average?, base),
            Factor::RivalsMinimum => against_base(self.competitors?.minimum?, base),
            Factor::RivalsSoldOut => self.competitors.and_then(sold_out_permille),
            Factor::Major => event(EventKind::Major),
            Factor::Conference => event(EventKind::Conference),
            Factor::Concert => event(EventKind::Concert),
            Factor::Sports => event(EventKind::Sports),
            Factor::CancellationRate => self.cancellation_rate_permille.map(i64::from),
            Factor::OccupancyLastYear => self.occupancy_last_year_permille.map(i64::from),
        }
    }
}

fn sold_out_permille(competitors: Competitors) -> Option<i64> {
    let Competitors { count, sold_out_count, .. } = competitors;
    (count > 0).then(|| i64::from(sold_out_count.min(count)) * 1000 / i64::from(count))
}

/// An amount in thousandths of the base price, if the two compare.
fn against_base(amount: Money, base: Money) -> Option<i64> {
    if amount.currency != base.currency || base.amount_minor <= 0 {
        return None;
    }
    let permille = i128::from(amount.amount_minor) * 1000;
    i64::try_from(permille.div_euclid(i128::from(base.amount_minor))).ok()
}
