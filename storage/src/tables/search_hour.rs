//! A base of `demand`: the searches of a place in an hour that is over.
//!
//! ```text
//! key    kind u8 | hours since 1970 i32, ordered
//!        | 0 and property, or 1 and market, zero-terminated
//! value  all searches, and those for each night
//! ```

use dataflows::views::demand::{SearchHourKey, SearchHourRow};
use events::Night;

use super::demand::{push_place, read_place};
use crate::key::{KeyReader, push_i32};
use crate::kinds::Kind;
use crate::table::{Malformed, Table, append, message};

/// Table `search_hour`.
pub(crate) struct SearchHour;

#[derive(Clone, PartialEq, prost::Message)]
struct Value {
    #[prost(uint32, tag = "1")]
    searches: u32,
    #[prost(message, repeated, tag = "2")]
    nights: Vec<OfNight>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct OfNight {
    #[prost(sint32, tag = "1")]
    night: i32,
    #[prost(uint32, tag = "2")]
    searches: u32,
}

impl Table for SearchHour {
    const KIND: Kind = Kind::SearchHour;
    type Key = SearchHourKey;
    type Row = (SearchHourKey, SearchHourRow);

    fn key_of((key, _): &Self::Row) -> SearchHourKey {
        key.clone()
    }

    fn write_key(key: &SearchHourKey, bytes: &mut Vec<u8>) {
        push_i32(bytes, key.hour);
        push_place(bytes, &key.place);
    }

    fn read_key(bytes: &mut KeyReader<'_>) -> Result<SearchHourKey, Malformed> {
        Ok(SearchHourKey { hour: bytes.i32()?, place: read_place(bytes)? })
    }

    fn write_value((_, row): &Self::Row, bytes: &mut Vec<u8>) {
        let night = |(night, searches): &(Night, u32)| OfNight {
            night: night.number(),
            searches: *searches,
        };
        let nights = row.nights.iter().map(night).collect();
        append(&Value { searches: row.searches, nights }, bytes);
    }

    fn read_value(key: SearchHourKey, bytes: &[u8]) -> Result<Self::Row, Malformed> {
        let Value { searches, nights } = message(bytes)?;
        let night = |of: OfNight| {
            let night = Night::from_number(of.night);
            let night = night.ok_or(Malformed::from(format!("no night {}", of.night)))?;
            Ok::<_, Malformed>((night, of.searches))
        };
        let nights = nights.into_iter().map(night).collect::<Result<_, _>>()?;
        Ok((key, SearchHourRow { searches, nights }))
    }
}

#[cfg(test)]
crate::testing::table_tests!(SearchHour);
