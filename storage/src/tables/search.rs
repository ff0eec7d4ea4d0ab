//! A base of `demand`: the searches that were heard in an epoch.
//!
//! ```text
//! key    kind u8 | sequence u64, big-endian
//! value  the places, then the searches, which name places by their index
//! ```

use dataflows::views::demand::{DemandPlace, HeardSearch, SearchesKey, SearchesRow};
use events::{MarketId, Minute, Night, PropertyId, Stamp, Stay};

use crate::key::KeyReader;
use crate::kinds::Kind;
use crate::table::{Malformed, Table, append, message};

/// Table `search`.
pub(crate) struct Search;

#[derive(Clone, PartialEq, prost::Message)]
struct Value {
    #[prost(message, repeated, tag = "1")]
    places: Vec<Place>,
    #[prost(message, repeated, tag = "2")]
    searches: Vec<Heard>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Place {
    #[prost(bool, tag = "1")]
    is_market: bool,
    #[prost(string, tag = "2")]
    id: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Heard {
    #[prost(fixed64, tag = "1")]
    fingerprint_high: u64,
    #[prost(fixed64, tag = "2")]
    fingerprint_low: u64,
    #[prost(sint64, tag = "3")]
    observed: i64,
    #[prost(sint64, tag = "4")]
    minute: i64,
    #[prost(sint64, tag = "5")]
    heard: i64,
    #[prost(uint32, tag = "6")]
    place: u32,
    #[prost(uint32, optional, tag = "7")]
    market: Option<u32>,
    #[prost(sint32, tag = "8")]
    arrival: i32,
    #[prost(sint32, tag = "9")]
    departure: i32,
}

impl From<&DemandPlace> for Place {
    fn from(place: &DemandPlace) -> Self {
        match place {
            DemandPlace::Property(id) => Self { is_market: false, id: id.to_string() },
            DemandPlace::Market(id) => Self { is_market: true, id: id.to_string() },
        }
    }
}

impl Place {
    fn read(self) -> Result<DemandPlace, Malformed> {
        let place = match self.is_market {
            false => PropertyId::new(&self.id).map(DemandPlace::Property),
            true => MarketId::new(&self.id).map(DemandPlace::Market),
        };
        place.map_err(Malformed::because)
    }
}

impl From<&HeardSearch> for Heard {
    fn from(search: &HeardSearch) -> Self {
        Self {
            fingerprint_high: (search.fingerprint >> 64) as u64,
            fingerprint_low: search.fingerprint as u64,
            observed: search.observed.0,
            minute: search.minute.0,
            heard: search.heard.0,
            place: search.place,
            market: search.market,
            arrival: search.stay.arrival().number(),
            departure: search.stay.departure().number(),
        }
    }
}

impl Heard {
    fn read(self) -> Result<HeardSearch, Malformed> {
        let night = |number| {
            Night::from_number(number).ok_or(Malformed::from(format!("no night {number}")))
        };
        let (arrival, departure) = (night(self.arrival)?, night(self.departure)?);
        Ok(HeardSearch {
            fingerprint: u128::from(self.fingerprint_high) << 64 | u128::from(self.fingerprint_low),
            observed: Stamp(self.observed),
            minute: Minute(self.minute),
            heard: Minute(self.heard),
            place: self.place,
            market: self.market,
            stay: Stay::new(arrival, departure).map_err(Malformed::because)?,
        })
    }
}

impl Table for Search {
    const KIND: Kind = Kind::Search;
    type Key = SearchesKey;
    type Row = (SearchesKey, SearchesRow);

    fn key_of((key, _): &Self::Row) -> SearchesKey {
        *key
    }

    fn write_key(key: &SearchesKey, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&key.sequence.to_be_bytes());
    }

    fn read_key(bytes: &mut KeyReader<'_>) -> Result<SearchesKey, Malformed> {
        Ok(SearchesKey { sequence: bytes.u64()? })
    }

    fn write_value((_, row): &Self::Row, bytes: &mut Vec<u8>) {
        let value = Value {
            places: row.places.iter().map(Place::from).collect(),
            searches: row.searches.iter().map(Heard::from).collect(),
        };
        append(&value, bytes);
    }

    fn read_value(key: SearchesKey, bytes: &[u8]) -> Result<Self::Row, Malformed> {
        let value: Value = message(bytes)?;
        let places = value.places.into_iter().map(Place::read).collect::<Result<_, _>>()?;
        let searches = value.searches.into_iter().map(Heard::read).collect::<Result<_, _>>()?;
        Ok((key, SearchesRow { places, searches }))
    }
}

#[cfg(test)]
crate::testing::table_tests!(Search);
