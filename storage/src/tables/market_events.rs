//! The view `market_events`: what goes on in a market on a night.
//!
//! ```text
//! key    kind u8 | market, zero-terminated | night i32, ordered
//! value  the strongest impact of each kind of event, in thousandths
//! ```

use dataflows::views::market_events::{MarketEventsKey, MarketEventsRow};
use events::MarketId;

use crate::key::{KeyReader, push_night, push_text};
use crate::kinds::Kind;
use crate::table::{Malformed, Table, append, message, narrow};

/// Table `market_events`.
pub(crate) struct MarketEvents;

#[derive(Clone, PartialEq, prost::Message)]
struct Value {
    #[prost(uint32, tag = "1")]
    major_permille: u32,
    #[prost(uint32, tag = "2")]
    conference_permille: u32,
    #[prost(uint32, tag = "3")]
    concert_permille: u32,
    #[prost(uint32, tag = "4")]
    sports_permille: u32,
}

impl Table for MarketEvents {
    const KIND: Kind = Kind::MarketEvents;
    type Key = MarketEventsKey;
    type Row = (MarketEventsKey, MarketEventsRow);

    fn key_of((key, _): &Self::Row) -> MarketEventsKey {
        key.clone()
    }

    fn write_key(key: &MarketEventsKey, bytes: &mut Vec<u8>) {
        push_text(bytes, key.market.as_str());
        push_night(bytes, key.night);
    }

    fn read_key(bytes: &mut KeyReader<'_>) -> Result<MarketEventsKey, Malformed> {
        Ok(MarketEventsKey { market: bytes.text(MarketId::new)?, night: bytes.night()? })
    }

    fn write_value((_, row): &Self::Row, bytes: &mut Vec<u8>) {
        let value = Value {
            major_permille: row.major_permille.into(),
            conference_permille: row.conference_permille.into(),
            concert_permille: row.concert_permille.into(),
            sports_permille: row.sports_permille.into(),
        };
        append(&value, bytes);
    }

    fn read_value(key: MarketEventsKey, bytes: &[u8]) -> Result<Self::Row, Malformed> {
        let value: Value = message(bytes)?;
        let row = MarketEventsRow {
            major_permille: narrow("major_permille", value.major_permille)?,
            conference_permille: narrow("conference_permille", value.conference_permille)?,
            concert_permille: narrow("concert_permille", value.concert_permille)?,
            sports_permille: narrow("sports_permille", value.sports_permille)?,
        };
        Ok((key, row))
    }
}

#[cfg(test)]
crate::testing::table_tests!(MarketEvents);
