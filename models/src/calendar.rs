//! Days of the week, weekends, and public holidays by country.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use events::Night;

/// The names of the days of a week, the first being number 1.
pub const DAY_NAMES: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// The names of the months, the first being number 1.
pub const MONTH_NAMES: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// The day of the week on which a night begins: 1 is Monday, 7 is Sunday.
pub fn weekday(night: Night) -> u8 {
    night.date().weekday().to_monday_one_offset().unsigned_abs()
}

/// The month in which a night begins: 1 is January.
pub fn month(night: Night) -> u8 {
    night.date().month().unsigned_abs()
}

/// Some days of the week.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Weekdays(u8);

impl Weekdays {
    /// Every day.
    pub const ALL: Self = Self(0b111_1111);
    /// The nights of a weekend where Saturday and Sunday are free: Friday's and Saturday's.
    pub const FRIDAY_SATURDAY: Self = Self(0b011_0000);

    /// These days and that one; 1 is Monday.
    pub fn with(self, weekday: u8) -> Self {
        if (1..=7).contains(&weekday) { Self(self.0 | 1 << (weekday - 1)) } else { self }
    }

    /// Whether a day is among them; 1 is Monday.
    pub fn contains(self, weekday: u8) -> bool {
        (1..=7).contains(&weekday) && self.0 >> (weekday - 1) & 1 == 1
    }
}

impl fmt::Debug for Weekdays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = (1..).zip(DAY_NAMES).filter(|(day, _)| self.contains(*day));
        f.debug_set().entries(names.map(|(_, name)| name)).finish()
    }
}

/// A text that is not a country's code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a country: use two capital letters of ISO 3166-1")]
pub struct CountryError(String);

/// A country: two capital letters of ISO 3166-1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

impl Country {
    /// The two letters.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for Country {
    type Err = CountryError;

    fn from_str(text: &str) -> Result<Self, CountryError> {
        match text.as_bytes() {
            [first @ b'A'..=b'Z', second @ b'A'..=b'Z'] => Ok(Self([*first, *second])),
            _ => Err(CountryError(text.chars().take(20).collect())),
        }
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// The public holidays of countries, for whole years.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Holidays {
    by_country: BTreeMap<Country, BTreeSet<Night>>,
    /// The first year that is known and the last.
    years: Option<(i16, i16)>,
}

impl Holidays {
    /// From a table of countries and days, which knows every year from its first to its last.
    pub fn from_rows(rows: impl IntoIterator<Item = (Country, Night)>) -> Self {
        let mut holidays = Self::default();
        for (country, night) in rows {
            let year = night.date().year();
            let (first, last) = holidays.years.unwrap_or((year, year));
            holidays.years = Some((first.min(year), last.max(year)));
            holidays.by_country.entry(country).or_default().insert(night);
        }
        holidays
    }

    /// Whether a night begins on a public holiday; `None` where the table does not know, which is
    /// not the same as no.
    pub fn is_holiday(&self, country: Country, night: Night) -> Option<bool> {
        let (first, last) = self.years?;
        let days = self.by_country.get(&country)?;
        (first..=last).contains(&night.date().year()).then(|| days.contains(&night))
    }

    /// How many countries it knows.
    pub fn countries_count(&self) -> usize {
        self.by_country.len()
    }
}

#[cfg(test)]
mod tests;
