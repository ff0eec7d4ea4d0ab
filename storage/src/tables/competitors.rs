//! The view `competitors`: what rivals ask for a night.
//!
//! ```text
//! key    kind u8 | property, zero-terminated | night i32, ordered
//! value  rivals, those sold out, those in another currency; currency, average and minimum if any
//! ```

use dataflows::views::competitors::{CompetitorsKey, CompetitorsRow, RivalPrices};

use crate::key::{KeyReader, push_night, push_text};
use crate::kinds::Kind;
use crate::table::{Malformed, Table, append, message};

/// Table `competitors`.
pub(crate) struct Competitors;

#[derive(Clone, PartialEq, prost::Message)]
struct Value {
    #[prost(uint32, tag = "1")]
    rivals_count: u32,
    #[prost(uint32, tag = "2")]
    sold_out_count: u32,
    #[prost(uint32, tag = "3")]
    foreign_count: u32,
    #[prost(string, optional, tag = "4")]
    currency: Option<String>,
    #[prost(sint64, tag = "5")]
    average_minor: i64,
    #[prost(sint64, tag = "6")]
    minimum_minor: i64,
}

impl Table for Competitors {
    const KIND: Kind = Kind::Competitors;
    type Key = CompetitorsKey;
    type Row = (CompetitorsKey, CompetitorsRow);

    fn key_of((key, _): &Self::Row) -> CompetitorsKey {
        key.clone()
    }

    fn write_key(key: &CompetitorsKey, bytes: &mut Vec<u8>) {
        push_text(bytes, key.property.as_str());
        push_night(bytes, key.night);
    }

    fn read_key(bytes: &mut KeyReader<'_>) -> Result<CompetitorsKey, Malformed> {
        Ok(CompetitorsKey { property: bytes.property()?, night: bytes.night()? })
    }

    fn write_value((_, row): &Self::Row, bytes: &mut Vec<u8>) {
        let CompetitorsRow { rivals_count, sold_out_count, foreign_count, prices } = *row;
        let (average_minor, minimum_minor) =
            prices.map_or((0, 0), |prices| (prices.average_minor, prices.minimum_minor));
        let currency = prices.map(|prices| prices.currency.to_string());
        let value = Value {
            rivals_count,
            sold_out_count,
            foreign_count,
            currency,
            average_minor,
            minimum_minor,
        };
        append(&value, bytes);
    }

    fn read_value(key: CompetitorsKey, bytes: &[u8]) -> Result<Self::Row, Malformed> {
        let value: Value = message(bytes)?;
        let Value { average_minor, minimum_minor, .. } = value;
        let currency = value.currency.map(|code| code.parse()).transpose();
        let prices = currency.map_err(Malformed::because)?.map(|currency| RivalPrices {
            currency,
            average_minor,
            minimum_minor,
        });
        let Value { rivals_count, sold_out_count, foreign_count, .. } = value;
        Ok((key, CompetitorsRow { rivals_count, sold_out_count, foreign_count, prices }))
    }
}

#[cfg(test)]
crate::testing::table_tests!(Competitors);
