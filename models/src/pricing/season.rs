//! Seasons: rules of the calendar, of which at most one holds for a cell.

use events::Night;

use crate::calendar::{Weekdays, weekday};

/// A rule of the calendar; what it does not name it does not ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Season {
    /// What it is called; told in explanations.
    pub name: String,
    /// The first night.
    pub first_night: Option<Night>,
    /// The last night, itself included.
    pub last_night: Option<Night>,
    /// On which days of the week.
    pub weekdays: Weekdays,
    /// From how many days to arrival: the beginning of a bucket.
    pub lead_days_from: Option<u16>,
    /// Up to, not including, how many days to arrival: the beginning of a bucket.
    pub lead_days_before: Option<u16>,
    /// Guests stay at least so many nights.
    pub stay_nights_min: Option<u16>,
    /// Guests stay at most so many nights.
    pub stay_nights_max: Option<u16>,
    /// Of all seasons that match, the one of the highest priority holds, alone.
    pub priority: i32,
    /// What it adds to the base price, in thousandths of it.
    pub adjustment_permille: i32,
}

impl Season {
    /// A season that matches every night and changes nothing.
    pub fn named(name: &str, priority: i32) -> Self {
        Self {
            name: name.into(),
            first_night: None,
            last_night: None,
            weekdays: Weekdays::ALL,
            lead_days_from: None,
            lead_days_before: None,
            stay_nights_min: None,
            stay_nights_max: None,
            priority,
            adjustment_permille: 0,
        }
    }

    /// Whether it matches; one that names a length of stay needs to be told of one.
    pub fn matches(&self, night: Night, days_to_arrival: u16, stay_nights: Option<u16>) -> bool {
        let long_enough = |min: u16| stay_nights.is_some_and(|nights| nights >= min);
        let short_enough = |max: u16| stay_nights.is_some_and(|nights| nights <= max);
        self.first_night.is_none_or(|first| first <= night)
            && self.last_night.is_none_or(|last| night <= last)
            && self.weekdays.contains(weekday(night))
            && self.lead_days_from.is_none_or(|from| from <= days_to_arrival)
            && self.lead_days_before.is_none_or(|before| days_to_arrival < before)
            && self.stay_nights_min.is_none_or(long_enough)
            && self.stay_nights_max.is_none_or(short_enough)
    }
}
