//! The base of `market_events`: what is known of an event.
//!
//! ```text
//! key    kind u8 | source, zero-terminated | event, zero-terminated
//! value  observed, market, kind, nights, impact, last departure told of, when it was heard
//! ```

use dataflows::views::market_events::{MarketEventKey, MarketEventRow};
use events::{MarketEventId, MarketEventKind, MarketId, Night, SourceId, Stamp, Stay};

use crate::key::{KeyReader, push_text};
use crate::kinds::Kind;
use crate::table::{Malformed, Table, append, message, narrow};

/// Table `market_event`.
pub(crate) struct MarketEvent;

#[derive(Clone, PartialEq, prost::Message)]
struct Value {
    #[prost(sint64, tag = "1")]
    observed: i64,
    #[prost(string, tag = "2")]
    market: String,
    #[prost(uint32, tag = "3")]
    kind: u32,
    #[prost(sint32, tag = "4")]
    arrival: i32,
    #[prost(sint32, tag = "5")]
    departure: i32,
    #[prost(uint32, tag = "6")]
    impact_permille: u32,
    #[prost(sint32, tag = "7")]
    departure_max: i32,
    #[prost(sint64, tag = "8")]
    heard: i64,
}

/// The numbers of the kinds on disk; they never change.
const KINDS: [(u32, MarketEventKind); 4] = [
    (1, MarketEventKind::Major),
    (2, MarketEventKind::Conference),
    (3, MarketEventKind::Concert),
    (4, MarketEventKind::Sports),
];

fn night(number: i32) -> Result<Night, Malformed> {
    Night::from_number(number).ok_or_else(|| format!("there is no night {number}").into())
}

impl Table for MarketEvent {
    const KIND: Kind = Kind::MarketEvent;
    type Key = MarketEventKey;
    type Row = (MarketEventKey, MarketEventRow);

    fn key_of((key, _): &Self::Row) -> MarketEventKey {
        key.clone()
    }

    fn write_key(key: &MarketEventKey, bytes: &mut Vec<u8>) {
        push_text(bytes, key.source.as_str());
        push_text(bytes, key.event.as_str());
    }

    fn read_key(bytes: &mut KeyReader<'_>) -> Result<MarketEventKey, Malformed> {
        let source = bytes.text(SourceId::new)?;
        Ok(MarketEventKey { source, event: bytes.text(MarketEventId::new)? })
    }

    fn write_value((_, row): &Self::Row, bytes: &mut Vec<u8>) {
        let kind =
            KINDS.iter().find(|(_, kind)| *kind == row.kind).map_or(0, |(number, _)| *number);
        let value = Value {
            observed: row.observed.0,
            market: row.market.to_string(),
            kind,
            arrival: row.nights.arrival().number(),
            departure: row.nights.departure().number(),
            impact_permille: row.impact_permille.into(),
            departure_max: row.departure_max.number(),
            heard: row.heard.0,
        };
        append(&value, bytes);
    }

    fn read_value(key: MarketEventKey, bytes: &[u8]) -> Result<Self::Row, Malformed> {
        let value: Value = message(bytes)?;
        let kind = KINDS.iter().find(|(number, _)| *number == value.kind);
        let kind = kind.ok_or_else(|| format!("there is no kind of event {}", value.kind))?.1;
        let (arrival, departure) = (night(value.arrival)?, night(value.departure)?);
        let row = MarketEventRow {
            observed: Stamp(value.observed),
            market: MarketId::new(&value.market).map_err(Malformed::because)?,
            kind,
            nights: Stay::new(arrival, departure).map_err(Malformed::because)?,
            impact_permille: narrow("impact_permille", value.impact_permille)?,
            departure_max: night(value.departure_max)?,
            heard: Stamp(value.heard),
        };
        Ok((key, row))
    }
}

#[cfg(test)]
crate::testing::table_tests!(MarketEvent);
