//! A hotel night, and a stay as a half-open range of nights.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

const ORIGIN: Date = jiff::civil::date(2000, 1, 1);

/// The most nights that one stay or one range of inventory may span.
pub const STAY_NIGHTS_MAX: i32 = 730;

/// Why something is not a night or a range of nights.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NightError {
    /// Not an ISO 8601 calendar date between the years 1900 and 2200.
    #[error("`{0}` is not a date: write it as 2027-03-01, between 1900 and 2200")]
    NotADate(String),
    /// The end is not after the beginning.
    #[error("{departure} is not after {arrival}: a range of nights has at least one")]
    Empty {
        /// The first night.
        arrival: Night,
        /// The day after the last night.
        departure: Night,
    },
}

/// A civil date of the property, as days since 2000-01-01.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Night(i32);

impl Night {
    /// The first night that can be named: 1900-01-01.
    pub const MIN: Self = Self(-36_524);
    /// The last night that can be named: 2200-12-31.
    pub const MAX: Self = Self(73_413);

    /// The night that begins on that day number, if it can be named.
    pub fn from_number(number: i32) -> Option<Self> {
        (Self::MIN.0..=Self::MAX.0).contains(&number).then_some(Self(number))
    }

    /// The night that begins on that date, if it can be named.
    pub fn from_date(date: Date) -> Option<Self> {
        let days = ORIGIN.until(date).ok()?.get_days();
        Self::from_number(days)
    }

    /// Days since 2000-01-01.
    pub fn number(self) -> i32 {
        self.0
    }

    /// The civil date on which the night begins.
    pub fn date(self) -> Date {
        ORIGIN.saturating_add(jiff::Span::new().days(self.0))
    }

    /// The night `days` later, held within what can be named.
    pub fn plus(self, days: i32) -> Self {
        Self(self.0.saturating_add(days).clamp(Self::MIN.0, Self::MAX.0))
    }
}

impl fmt::Display for Night {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.date())
    }
}

impl fmt::Debug for Night {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Night {
    type Err = NightError;

    fn from_str(text: &str) -> Result<Self, NightError> {
        let not_a_date = || NightError::NotADate(text.chars().take(40).collect());
        if text.len() != 10 {
            return Err(not_a_date());
        }
        let date: Date = text.parse().map_err(|_| not_a_date())?;
        Self::from_date(date).ok_or_else(not_a_date)
    }
}

/// The nights from an arrival up to, not including, a departure; never empty.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Stay {
    arrival: Night,
    departure: Night,
}

impl Stay {
    /// The stay of those nights, if there is at least one.
    pub fn new(arrival: Night, departure: Night) -> Result<Self, NightError> {
        if arrival < departure {
            Ok(Self { arrival, departure })
        } else {
            Err(NightError::Empty { arrival, departure })
        }
    }

    /// The first night.
    pub fn arrival(self) -> Night {
        self.arrival
    }

    /// The day after the last night.
    pub fn departure(self) -> Night {
        self.departure
    }

    /// How many nights: at least one.
    pub fn nights_count(self) -> i32 {
        self.departure.0 - self.arrival.0
    }

    /// Each night in order.
    pub fn nights(self) -> impl Iterator<Item = Night> + Clone {
        (self.arrival.0..self.departure.0).map(Night)
    }

    /// Whether that night belongs to the stay.
    pub fn contains(self, night: Night) -> bool {
        self.arrival <= night && night < self.departure
    }
}

impl fmt::Display for Stay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.arrival, self.departure)
    }
}

impl fmt::Debug for Stay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
