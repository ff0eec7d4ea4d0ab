//! What is recommended of the nights of each room type, by ranges of nights: with the supply it
//! answers for the nights that nobody has touched.
//!
//! ```text
//! key    kind u8 | property, zero-terminated | room type, zero-terminated
//! value  computed at | ranges: nights from and to, allowance, computed at, version of the policy
//! ```

use events::{Night, PolicyVersion, PropertyId, RoomTypeId, Stay};
use ledger::rows::{AppliedLimit, LimitsRow};

use crate::key::{KeyReader, push_text};
use crate::kinds::Kind;
use crate::table::{Malformed, Table, append, message, narrow};

/// Table `limits`.
pub(crate) struct Limits;

#[derive(Clone, PartialEq, prost::Message)]
struct Value {
    #[prost(uint64, tag = "1")]
    computed_at: u64,
    #[prost(message, repeated, tag = "2")]
    ranges: Vec<RangeValue>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct RangeValue {
    #[prost(sint32, tag = "1")]
    from_night: i32,
    #[prost(sint32, tag = "2")]
    to_night: i32,
    #[prost(uint32, tag = "3")]
    allowance: u32,
    #[prost(uint64, tag = "4")]
    computed_at: u64,
    /// Empty where no version was in force.
    #[prost(string, tag = "5")]
    policy: String,
}

impl Table for Limits {
    const KIND: Kind = Kind::Limits;
    type Key = (PropertyId, RoomTypeId);
    type Row = LimitsRow;

    fn key_of(row: &LimitsRow) -> Self::Key {
        (row.property.clone(), row.room_type.clone())
    }

    fn write_key((property, room_type): &Self::Key, bytes: &mut Vec<u8>) {
        push_text(bytes, property.as_str());
        push_text(bytes, room_type.as_str());
    }

    fn read_key(bytes: &mut KeyReader<'_>) -> Result<Self::Key, Malformed> {
        Ok((bytes.property()?, bytes.text(RoomTypeId::new)?))
    }

    fn write_value(row: &LimitsRow, bytes: &mut Vec<u8>) {
        let range = |range: &AppliedLimit| RangeValue {
            from_night: range.nights.arrival().number(),
            to_night: range.nights.departure().number(),
            allowance: range.allowance.into(),
            computed_at: range.computed_at,
            policy: range.policy.as_ref().map(ToString::to_string).unwrap_or_default(),
        };
        let ranges = row.ranges.iter().map(range).collect();
        append(&Value { computed_at: row.computed_at, ranges }, bytes);
    }

    fn read_value((property, room_type): Self::Key, bytes: &[u8]) -> Result<LimitsRow, Malformed> {
        let value: Value = message(bytes)?;
        let ranges = value.ranges.iter().map(range_of).collect::<Result<Vec<_>, _>>()?;
        let ordered = |pair: &[AppliedLimit]| match pair {
            [earlier, later] => earlier.nights.departure() <= later.nights.arrival(),
            _ => true,
        };
        if !ranges.windows(2).all(ordered) {
            return Err("the ranges of nights overlap or are out of order".into());
        }
        Ok(LimitsRow { property, room_type, computed_at: value.computed_at, ranges })
    }
}

fn range_of(value: &RangeValue) -> Result<AppliedLimit, Malformed> {
    let night = |number: i32| {
        Night::from_number(number)
            .ok_or_else(|| Malformed::from(format!("there is no night {number}")))
    };
    let nights = Stay::new(night(value.from_night)?, night(value.to_night)?);
    let policy = match value.policy.as_str() {
        "" => None,
        id => Some(PolicyVersion::new(id).map_err(Malformed::because)?),
    };
    Ok(AppliedLimit {
        nights: nights.map_err(Malformed::because)?,
        allowance: narrow("allowance", value.allowance)?,
        computed_at: value.computed_at,
        policy,
    })
}

#[cfg(test)]
crate::testing::table_tests!(Limits);
