//! The base of `competitors`: what was seen of a rival's night.
//!
//! ```text
//! key    kind u8 | property, zero-terminated | night i32, ordered | rival, zero-terminated
//! value  the observations that may hold, the latest first
//! ```

use dataflows::views::competitors::{CompetitorPriceKey, CompetitorPriceRow, SeenPrice};
use events::{Minute, Money, RivalId, SourceId, Stamp};

use crate::key::{KeyReader, push_night, push_text};
use crate::kinds::Kind;
use crate::table::{Malformed, Table, append, message};

/// Table `competitor_price`.
pub(crate) struct CompetitorPrice;

#[derive(Clone, PartialEq, prost::Message)]
struct Value {
    #[prost(message, repeated, tag = "1")]
    seen: Vec<Seen>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Seen {
    #[prost(string, tag = "1")]
    source: String,
    #[prost(sint64, tag = "2")]
    observed: i64,
    #[prost(sint64, tag = "3")]
    minute: i64,
    #[prost(string, optional, tag = "4")]
    currency: Option<String>,
    #[prost(sint64, tag = "5")]
    amount_minor: i64,
}

impl From<&SeenPrice> for Seen {
    fn from(seen: &SeenPrice) -> Self {
        Self {
            source: seen.source.to_string(),
            observed: seen.observed.0,
            minute: seen.minute.0,
            currency: seen.price.map(|price| price.currency.to_string()),
            amount_minor: seen.price.map_or(0, |price| price.amount_minor),
        }
    }
}

impl Seen {
    fn read(self) -> Result<SeenPrice, Malformed> {
        let currency = self.currency.map(|code| code.parse()).transpose();
        let amount_minor = self.amount_minor;
        Ok(SeenPrice {
            source: SourceId::new(&self.source).map_err(Malformed::because)?,
            observed: Stamp(self.observed),
            minute: Minute(self.minute),
            price: currency
                .map_err(Malformed::because)?
                .map(|currency| Money { amount_minor, currency }),
        })
    }
}

impl Table for CompetitorPrice {
    const KIND: Kind = Kind::CompetitorPrice;
    type Key = CompetitorPriceKey;
    type Row = (CompetitorPriceKey, CompetitorPriceRow);

    fn key_of((key, _): &Self::Row) -> CompetitorPriceKey {
        key.clone()
    }

    fn write_key(key: &CompetitorPriceKey, bytes: &mut Vec<u8>) {
        push_text(bytes, key.property.as_str());
        push_night(bytes, key.night);
        push_text(bytes, key.rival.as_str());
    }

    fn read_key(bytes: &mut KeyReader<'_>) -> Result<CompetitorPriceKey, Malformed> {
        Ok(CompetitorPriceKey {
            property: bytes.property()?,
            night: bytes.night()?,
            rival: bytes.text(RivalId::new)?,
        })
    }

    fn write_value((_, row): &Self::Row, bytes: &mut Vec<u8>) {
        append(&Value { seen: row.seen.iter().map(Seen::from).collect() }, bytes);
    }

    fn read_value(key: CompetitorPriceKey, bytes: &[u8]) -> Result<Self::Row, Malformed> {
        let seen = message::<Value>(bytes)?.seen.into_iter().map(Seen::read);
        Ok((key, CompetitorPriceRow { seen: seen.collect::<Result<_, _>>()? }))
    }
}

#[cfg(test)]
crate::testing::table_tests!(CompetitorPrice);
