//! Which stays may be sold: what each scope of a property says, by ranges of nights.
//!
//! ```text
//! key    kind u8 | property | room type | rate plan | channel      each zero-terminated;
//!                                                                   empty where none is named
//! value  ranges: nights from and to, what is said of each as on the log
//! ```

use events::wire::{decode_restrictions, encode_restrictions};
use events::{ChannelId, IdError, Night, PropertyId, RatePlanId, RoomTypeId, Scope, Stay};
use ledger::restrictions::Said;
use ledger::rows::{RestrictionRange, RestrictionsRow};

use crate::key::{KeyReader, push_text};
use crate::kinds::Kind;
use crate::table::{Malformed, Table, append, message};

/// Table `restrictions`.
pub(crate) struct Restrictions;

#[derive(Clone, PartialEq, prost::Message)]
struct Value {
    #[prost(message, repeated, tag = "1")]
    ranges: Vec<RangeValue>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct RangeValue {
    #[prost(sint32, tag = "1")]
    from_night: i32,
    #[prost(sint32, tag = "2")]
    to_night: i32,
    #[prost(bytes = "vec", tag = "3")]
    restrictions: Vec<u8>,
}

impl Table for Restrictions {
    const KIND: Kind = Kind::Restrictions;
    type Key = (PropertyId, Scope);
    type Row = RestrictionsRow;

    fn key_of(row: &RestrictionsRow) -> Self::Key {
        (row.property.clone(), row.said.scope.clone())
    }

    fn write_key((property, scope): &Self::Key, bytes: &mut Vec<u8>) {
        push_text(bytes, property.as_str());
        push_text(bytes, scope.room_type.as_ref().map_or("", RoomTypeId::as_str));
        push_text(bytes, scope.rate_plan.as_ref().map_or("", RatePlanId::as_str));
        push_text(bytes, scope.channel.as_ref().map_or("", ChannelId::as_str));
    }

    fn read_key(bytes: &mut KeyReader<'_>) -> Result<Self::Key, Malformed> {
        let property = bytes.property()?;
        let room_type = bytes.text(|text| if_any(text, RoomTypeId::new))?;
        let rate_plan = bytes.text(|text| if_any(text, RatePlanId::new))?;
        let channel = bytes.text(|text| if_any(text, ChannelId::new))?;
        Ok((property, Scope { room_type, rate_plan, channel }))
    }

    fn write_value(row: &RestrictionsRow, bytes: &mut Vec<u8>) {
        let range = |range: &RestrictionRange| RangeValue {
            from_night: range.nights.arrival().number(),
            to_night: range.nights.departure().number(),
            restrictions: encode_restrictions(&range.restrictions),
        };
        append(&Value { ranges: row.said.ranges.iter().map(range).collect() }, bytes);
    }

    fn read_value(
        (property, scope): Self::Key,
        bytes: &[u8],
    ) -> Result<RestrictionsRow, Malformed> {
        let value: Value = message(bytes)?;
        let ranges = value.ranges.iter().map(range_of).collect::<Result<Vec<_>, _>>()?;
        let ordered = |pair: &[RestrictionRange]| match pair {
            [earlier, later] => earlier.nights.departure() <= later.nights.arrival(),
            _ => true,
        };
        if !ranges.windows(2).all(ordered) {
            return Err("the ranges of nights overlap or are out of order".into());
        }
        Ok(RestrictionsRow { property, said: Said { scope, ranges } })
    }
}

fn if_any<T>(text: &str, parse: fn(&str) -> Result<T, IdError>) -> Result<Option<T>, IdError> {
    if text.is_empty() { Ok(None) } else { parse(text).map(Some) }
}

fn range_of(value: &RangeValue) -> Result<RestrictionRange, Malformed> {
    let night = |number: i32| {
        Night::from_number(number)
            .ok_or_else(|| Malformed::from(format!("there is no night {number}")))
    };
    let nights = Stay::new(night(value.from_night)?, night(value.to_night)?);
    let restrictions = decode_restrictions(&value.restrictions).map_err(Malformed::because)?;
    Ok(RestrictionRange { nights: nights.map_err(Malformed::because)?, restrictions })
}

#[cfg(test)]
crate::testing::table_tests!(Restrictions);
