//! Restrictions and caps on holds to their Protobuf messages and back.

use prost::Message;

use super::commands::stay;
use super::proto;
use super::{WireError, out_of_range, small};
use crate::{
    ChannelId, IdError, PropertyId, RatePlanId, Restrictions, RoomTypeId, Scope, SetHoldCaps,
    SetRestrictions, StayPattern,
};

/// The bytes of what is said of a night, for whoever stores it.
pub fn encode_restrictions(restrictions: &Restrictions) -> Vec<u8> {
    proto::Restrictions::from(restrictions).encode_to_vec()
}

/// Reads the bytes of what is said of a night.
pub fn decode_restrictions(bytes: &[u8]) -> Result<Restrictions, WireError> {
    proto::Restrictions::decode(bytes)?.try_into()
}

impl From<&Restrictions> for proto::Restrictions {
    fn from(said: &Restrictions) -> Self {
        Self {
            min_stay_arrival: said.min_stay_arrival.map(u32::from),
            min_stay_through: said.min_stay_through.map(u32::from),
            max_stay: said.max_stay.map(u32::from),
            closed_to_arrival: said.closed_to_arrival,
            closed_to_departure: said.closed_to_departure,
            stop_sell: said.stop_sell,
            advance_min_days: said.advance_min_days.map(u32::from),
            advance_max_days: said.advance_max_days.map(u32::from),
            stay_pattern: said.stay_pattern.map_or(0, StayPattern::sold),
            stay_pattern_count: said.stay_pattern.map_or(0, |pattern| pattern.count().into()),
        }
    }
}

impl TryFrom<proto::Restrictions> for Restrictions {
    type Error = WireError;

    fn try_from(said: proto::Restrictions) -> Result<Self, WireError> {
        Ok(Self {
            min_stay_arrival: small_if_any("min_stay_arrival", said.min_stay_arrival)?,
            min_stay_through: small_if_any("min_stay_through", said.min_stay_through)?,
            max_stay: small_if_any("max_stay", said.max_stay)?,
            closed_to_arrival: said.closed_to_arrival,
            closed_to_departure: said.closed_to_departure,
            stop_sell: said.stop_sell,
            advance_min_days: small_if_any("advance_min_days", said.advance_min_days)?,
            advance_max_days: small_if_any("advance_max_days", said.advance_max_days)?,
            stay_pattern: pattern(said.stay_pattern, said.stay_pattern_count)?,
        })
    }
}

fn pattern(sold: u64, count: u32) -> Result<Option<StayPattern>, WireError> {
    if count == 0 && sold == 0 {
        return Ok(None);
    }
    let pattern = StayPattern::new(sold, small("stay_pattern_count", count)?);
    pattern.map(Some).ok_or(out_of_range("stay_pattern_count", count))
}

impl From<&SetRestrictions> for proto::SetRestrictions {
    fn from(command: &SetRestrictions) -> Self {
        let Scope { room_type, rate_plan, channel } = &command.scope;
        Self {
            property: command.property.to_string(),
            room_type: room_type.as_ref().map(ToString::to_string).unwrap_or_default(),
            rate_plan: rate_plan.as_ref().map(ToString::to_string).unwrap_or_default(),
            channel: channel.as_ref().map(ToString::to_string).unwrap_or_default(),
            from_night: command.nights.arrival().number(),
            to_night: command.nights.departure().number(),
            restrictions: Some((&command.restrictions).into()),
        }
    }
}

impl TryFrom<proto::SetRestrictions> for SetRestrictions {
    type Error = WireError;

    fn try_from(command: proto::SetRestrictions) -> Result<Self, WireError> {
        let restrictions = command.restrictions.ok_or(WireError::Missing("restrictions"))?;
        Ok(Self {
            property: PropertyId::new(&command.property)?,
            scope: Scope {
                room_type: named(&command.room_type, RoomTypeId::new)?,
                rate_plan: named(&command.rate_plan, RatePlanId::new)?,
                channel: named(&command.channel, ChannelId::new)?,
            },
            nights: stay(command.from_night, command.to_night)?,
            restrictions: restrictions.try_into()?,
        })
    }
}

impl From<&SetHoldCaps> for proto::SetHoldCaps {
    fn from(command: &SetHoldCaps) -> Self {
        Self {
            property: command.property.to_string(),
            open_holds_per_account_max: command.open_holds_per_account_max.map(u32::from),
            unpaid_percent_max: command.unpaid_percent_max.map(u32::from),
        }
    }
}

impl TryFrom<proto::SetHoldCaps> for SetHoldCaps {
    type Error = WireError;

    fn try_from(command: proto::SetHoldCaps) -> Result<Self, WireError> {
        let open_holds = command.open_holds_per_account_max;
        let percent = small_if_any("unpaid_percent_max", command.unpaid_percent_max)?;
        if let Some(percent @ 101..) = percent {
            return Err(out_of_range("unpaid_percent_max", percent));
        }
        Ok(Self {
            property: PropertyId::new(&command.property)?,
            open_holds_per_account_max: small_if_any("open_holds_per_account_max", open_holds)?,
            unpaid_percent_max: percent,
        })
    }
}

/// What a text names, if it is not empty.
pub(super) fn named<T>(
    text: &str,
    parse: fn(&str) -> Result<T, IdError>,
) -> Result<Option<T>, IdError> {
    if text.is_empty() { Ok(None) } else { parse(text).map(Some) }
}

/// A number that fits where it belongs, if there is one.
pub(super) fn small_if_any<T: TryFrom<u32>>(
    field: &'static str,
    value: Option<u32>,
) -> Result<Option<T>, WireError> {
    value.map(|value| small(field, value)).transpose()
}
