//! Which history is replayed, as the command line names it.

use std::fmt;
use std::str::FromStr;

use datasets::generated::{GeneratedError, GeneratedOptions};
use datasets::{DataFolder, Generated, History, HotelBookings, HotelBookingsError};

/// How many properties a generated history has unless told otherwise.
const PROPERTIES_COUNT: u32 = 20;

/// How many bookings a generated history has unless told otherwise.
const BOOKINGS_COUNT: u32 = 100_000;

/// A history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dataset {
    /// The real bookings of two hotels.
    HotelBookings,
    /// A made-up history shaped like the real one.
    Generated {
        /// How many hotels.
        properties: u32,
        /// How many bookings over all of them.
        bookings: u32,
    },
}

impl Dataset {
    /// A generated history of the usual size.
    pub const GENERATED: Self =
        Self::Generated { properties: PROPERTIES_COUNT, bookings: BOOKINGS_COUNT };
}

/// Why a text is not the name of a history.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a history: use hotel-bookings or generated[:PROPERTIES[:BOOKINGS]]")]
pub struct DatasetError(String);

impl FromStr for Dataset {
    type Err = DatasetError;

    fn from_str(text: &str) -> Result<Self, DatasetError> {
        let wrong = || DatasetError(text.chars().take(80).collect());
        let mut parts = text.split(':');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some("hotel-bookings"), None, None, None) => Ok(Self::HotelBookings),
            (Some("generated"), properties, bookings, None) => Ok(Self::Generated {
                properties: properties
                    .map_or(Ok(PROPERTIES_COUNT), str::parse)
                    .map_err(|_| wrong())?,
                bookings: bookings.map_or(Ok(BOOKINGS_COUNT), str::parse).map_err(|_| wrong())?,
            }),
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for Dataset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HotelBookings => f.write_str("hotel-bookings"),
            Self::Generated { properties, bookings } => {
                write!(f, "generated:{properties}:{bookings}")
            }
        }
    }
}

/// Why a history cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The real one is not there, or is another.
    #[error(transparent)]
    HotelBookings(#[from] HotelBookingsError),
    /// None can be made up to that order.
    #[error(transparent)]
    Generated(#[from] GeneratedError),
}

/// Opens a history.
pub fn open(dataset: Dataset) -> Result<Box<dyn History>, HistoryError> {
    match dataset {
        Dataset::HotelBookings => Ok(Box::new(HotelBookings::open(&DataFolder::find())?)),
        Dataset::Generated { properties, bookings } => {
            let options = GeneratedOptions { properties, bookings, ..GeneratedOptions::default() };
            Ok(Box::new(Generated::new(options)?))
        }
    }
}
