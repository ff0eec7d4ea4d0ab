//! The view `limit`: how many rooms may be sold beyond those there are, and what to expect of it.
//!
//! ```text
//! key    kind u8 | property, zero-terminated | room type, zero-terminated | night i32, ordered
//! value  rooms, allowance, why not more, the outlook now and at the limit, the policy's version
//! ```

use dataflows::views::limit::{LimitKey, LimitRow};
use events::RoomTypeId;
use models::overbooking::{BoundBy, Outlook, QUANTILES_PERMILLE};

use crate::key::{KeyReader, push_night, push_text};
use crate::kinds::Kind;
use crate::table::{Malformed, Table, append, message, narrow};

/// Table `limit`.
pub(crate) struct Limit;

#[derive(Clone, PartialEq, prost::Message)]
struct Value {
    #[prost(uint32, tag = "1")]
    physical_rooms: u32,
    #[prost(uint32, tag = "2")]
    allowance: u32,
    #[prost(uint32, tag = "3")]
    bound_by: u32,
    #[prost(message, required, tag = "4")]
    now: OutlookValue,
    #[prost(message, required, tag = "5")]
    at_limit: OutlookValue,
    #[prost(uint64, tag = "6")]
    policy_version: u64,
}

#[derive(Clone, PartialEq, prost::Message)]
struct OutlookValue {
    #[prost(uint32, tag = "1")]
    booked_rooms: u32,
    #[prost(uint64, tag = "2")]
    expected_arrivals_ppm: u64,
    #[prost(uint64, tag = "3")]
    expected_walks_ppm: u64,
    #[prost(uint64, tag = "4")]
    expected_empty_ppm: u64,
    #[prost(uint32, tag = "5")]
    walk_ppm: u32,
    #[prost(uint32, repeated, tag = "6")]
    arrivals_quantiles: Vec<u32>,
}

impl Table for Limit {
    const KIND: Kind = Kind::Limit;
    type Key = LimitKey;
    type Row = (LimitKey, LimitRow);

    fn key_of((key, _): &Self::Row) -> LimitKey {
        key.clone()
    }

    fn write_key(key: &LimitKey, bytes: &mut Vec<u8>) {
        push_text(bytes, key.property.as_str());
        push_text(bytes, key.room_type.as_str());
        push_night(bytes, key.night);
    }

    fn read_key(bytes: &mut KeyReader<'_>) -> Result<LimitKey, Malformed> {
        Ok(LimitKey {
            property: bytes.property()?,
            room_type: bytes.text(RoomTypeId::new)?,
            night: bytes.night()?,
        })
    }

    fn write_value((_, row): &Self::Row, bytes: &mut Vec<u8>) {
        let LimitRow { physical_rooms, allowance, bound_by, now, at_limit, policy_version } = *row;
        let value = Value {
            physical_rooms,
            allowance,
            bound_by: bound_by.number().into(),
            now: outlook_value(&now),
            at_limit: outlook_value(&at_limit),
            policy_version,
        };
        append(&value, bytes);
    }

    fn read_value(key: LimitKey, bytes: &[u8]) -> Result<Self::Row, Malformed> {
        let value: Value = message(bytes)?;
        let bound_by = narrow("bound_by", value.bound_by)?;
        let bound_by = BoundBy::from_number(bound_by)
            .ok_or_else(|| Malformed::from(format!("nothing is bound by {bound_by}")))?;
        let row = LimitRow {
            physical_rooms: value.physical_rooms,
            allowance: value.allowance,
            bound_by,
            now: outlook(&value.now)?,
            at_limit: outlook(&value.at_limit)?,
            policy_version: value.policy_version,
        };
        Ok((key, row))
    }
}

fn outlook_value(outlook: &Outlook) -> OutlookValue {
    OutlookValue {
        booked_rooms: outlook.booked_rooms,
        expected_arrivals_ppm: outlook.expected_arrivals_ppm,
        expected_walks_ppm: outlook.expected_walks_ppm,
        expected_empty_ppm: outlook.expected_empty_ppm,
        walk_ppm: outlook.walk_ppm,
        arrivals_quantiles: outlook.arrivals_quantiles.to_vec(),
    }
}

fn outlook(value: &OutlookValue) -> Result<Outlook, Malformed> {
    let quantiles = <[u32; QUANTILES_PERMILLE.len()]>::try_from(&value.arrivals_quantiles[..]);
    Ok(Outlook {
        booked_rooms: value.booked_rooms,
        expected_arrivals_ppm: value.expected_arrivals_ppm,
        expected_walks_ppm: value.expected_walks_ppm,
        expected_empty_ppm: value.expected_empty_ppm,
        walk_ppm: value.walk_ppm,
        arrivals_quantiles: quantiles.map_err(Malformed::because)?,
    })
}

#[cfg(test)]
crate::testing::table_tests!(Limit);
