//! The view `demand`: how much is searched and booked at a place.
//!
//! ```text
//! key    kind u8 | 0 and property, or 1 and market, zero-terminated
//!        | 0, or 1 and night i32, ordered
//! value  searches and bookings of an hour, a day and seven days; of a whole also its minutes, its
//!        score, and how long bookings came after searches
//! ```

use dataflows::views::demand::{
    DemandKey, DemandPlace, DemandRow, MinuteDemand, WholeDemand, Windows,
};
use events::{MarketId, Minute};

use crate::key::{KeyReader, push_night, push_text};
use crate::kinds::Kind;
use crate::table::{Malformed, Table, append, message};

/// Table `demand`.
pub(crate) struct Demand;

#[derive(Clone, PartialEq, prost::Message)]
struct Value {
    #[prost(uint64, repeated, tag = "1")]
    searches: Vec<u64>,
    #[prost(uint64, repeated, tag = "2")]
    bookings: Vec<u64>,
    #[prost(message, optional, tag = "3")]
    whole: Option<Whole>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Whole {
    #[prost(message, repeated, tag = "1")]
    minutes: Vec<InMinute>,
    #[prost(uint64, tag = "2")]
    trending_milli: u64,
    #[prost(uint64, tag = "3")]
    searched_before_count: u64,
    #[prost(uint64, tag = "4")]
    search_to_booking_minutes: u64,
}

#[derive(Clone, PartialEq, prost::Message)]
struct InMinute {
    #[prost(sint64, tag = "1")]
    minute: i64,
    #[prost(uint32, tag = "2")]
    searches: u32,
    #[prost(uint32, tag = "3")]
    bookings: u32,
}

/// Writes a place: which kind it is, then its id.
pub(super) fn push_place(bytes: &mut Vec<u8>, place: &DemandPlace) {
    let (kind, id) = match place {
        DemandPlace::Property(property) => (0, property.as_str()),
        DemandPlace::Market(market) => (1, market.as_str()),
    };
    bytes.push(kind);
    push_text(bytes, id);
}

/// Reads what [`push_place`] wrote.
pub(super) fn read_place(bytes: &mut KeyReader<'_>) -> Result<DemandPlace, Malformed> {
    Ok(match bytes.flag()? {
        false => DemandPlace::Property(bytes.property()?),
        true => DemandPlace::Market(bytes.text(MarketId::new)?),
    })
}

fn list(windows: Windows) -> Vec<u64> {
    vec![windows.last_1h, windows.last_1d, windows.last_7d]
}

fn windows(list: &[u64]) -> Result<Windows, Malformed> {
    let [last_1h, last_1d, last_7d] = *list else {
        return Err("there are three windows".into());
    };
    Ok(Windows { last_1h, last_1d, last_7d })
}

impl From<&WholeDemand> for Whole {
    fn from(whole: &WholeDemand) -> Self {
        let minute = |at: &MinuteDemand| InMinute {
            minute: at.minute.0,
            searches: at.searches,
            bookings: at.bookings,
        };
        Self {
            minutes: whole.minutes.iter().map(minute).collect(),
            trending_milli: whole.trending_milli,
            searched_before_count: whole.searched_before_count,
            search_to_booking_minutes: whole.search_to_booking_minutes,
        }
    }
}

impl From<Whole> for WholeDemand {
    fn from(whole: Whole) -> Self {
        let minute = |at: InMinute| MinuteDemand {
            minute: Minute(at.minute),
            searches: at.searches,
            bookings: at.bookings,
        };
        Self {
            minutes: whole.minutes.into_iter().map(minute).collect(),
            trending_milli: whole.trending_milli,
            searched_before_count: whole.searched_before_count,
            search_to_booking_minutes: whole.search_to_booking_minutes,
        }
    }
}

impl Table for Demand {
    const KIND: Kind = Kind::Demand;
    type Key = DemandKey;
    type Row = (DemandKey, DemandRow);

    fn key_of((key, _): &Self::Row) -> DemandKey {
        key.clone()
    }

    fn write_key(key: &DemandKey, bytes: &mut Vec<u8>) {
        push_place(bytes, &key.place);
        bytes.push(key.night.is_some().into());
        if let Some(night) = key.night {
            push_night(bytes, night);
        }
    }

    fn read_key(bytes: &mut KeyReader<'_>) -> Result<DemandKey, Malformed> {
        let place = read_place(bytes)?;
        let night = bytes.flag()?.then(|| bytes.night()).transpose()?;
        Ok(DemandKey { place, night })
    }

    fn write_value((_, row): &Self::Row, bytes: &mut Vec<u8>) {
        let value = Value {
            searches: list(row.searches),
            bookings: list(row.bookings),
            whole: row.whole.as_deref().map(Whole::from),
        };
        append(&value, bytes);
    }

    fn read_value(key: DemandKey, bytes: &[u8]) -> Result<Self::Row, Malformed> {
        let value: Value = message(bytes)?;
        let row = DemandRow {
            searches: windows(&value.searches)?,
            bookings: windows(&value.bookings)?,
            whole: value.whole.map(|whole| Box::new(whole.into())),
        };
        Ok((key, row))
    }
}

#[cfg(test)]
crate::testing::table_tests!(Demand);
