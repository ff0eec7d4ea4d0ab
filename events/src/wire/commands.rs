//! Commands to their Protobuf messages and back.

use super::blocks::night;
use super::proto::{self, command::Kind};
use super::restrictions::{named, small_if_any};
use super::{WireError, booking_id, hold_id, out_of_range, small};
use crate::{
    AccountId, AnnounceOwner, BlockId, Boot, CancelBooking, ChannelId, Command, ConfirmHold,
    Currency, DefineProperty, DefineRatePlan, DefineRoomType, Fact, GuestRef, IdError, Line,
    Location, MarketId, Money, Night, Occupancy, PlaceHold, PropertyId, RatePlanId, RecordFact,
    ReleaseHold, RoomTypeId, SetInventory, Stay, Supply, Tick,
};

impl From<&Command> for proto::Command {
    fn from(command: &Command) -> Self {
        let kind = match command {
            Command::DefineProperty(command) => Kind::DefineProperty(command.into()),
            Command::DefineRoomType(command) => Kind::DefineRoomType(command.into()),
            Command::DefineRatePlan(command) => Kind::DefineRatePlan(command.into()),
            Command::SetInventory(command) => Kind::SetInventory(command.into()),
            Command::PlaceHold(command) => Kind::PlaceHold(command.into()),
            Command::ConfirmHold(command) => Kind::ConfirmHold(command.into()),
            Command::ReleaseHold(command) => {
                Kind::ReleaseHold(proto::ReleaseHold { hold: command.hold.to_bytes().to_vec() })
            }
            Command::CancelBooking(command) => Kind::CancelBooking(command.into()),
            Command::RecordFact(command) => Kind::RecordFact(command.into()),
            Command::AnnounceOwner(command) => Kind::AnnounceOwner(command.into()),
            Command::Tick(command) => Kind::Tick(command.into()),
            Command::AmendBooking(command) => Kind::AmendBooking(command.into()),
            Command::LinkRoomType(command) => Kind::LinkRoomType(command.into()),
            Command::SetBlock(command) => Kind::SetBlock(command.into()),
            Command::ReleaseBlock(command) => Kind::ReleaseBlock(command.into()),
            Command::AdvanceBusinessDate(command) => Kind::AdvanceBusinessDate(command.into()),
            Command::RecordExternalSale(command) => Kind::RecordExternalSale(command.into()),
            Command::SetRestrictions(command) => Kind::SetRestrictions(command.into()),
            Command::SetHoldCaps(command) => Kind::SetHoldCaps(command.into()),
            Command::StagePolicy(command) => Kind::StagePolicy(command.into()),
            Command::PromotePolicy(command) => Kind::PromotePolicy(command.into()),
            Command::RollbackPolicy(command) => Kind::RollbackPolicy(command.into()),
            Command::ApplyLimits(command) => Kind::ApplyLimits(command.into()),
        };
        Self { kind: Some(kind) }
    }
}

impl TryFrom<proto::Command> for Command {
    type Error = WireError;

    fn try_from(command: proto::Command) -> Result<Self, WireError> {
        Ok(match command.kind.ok_or(WireError::Missing("kind"))? {
            Kind::DefineProperty(command) => Self::DefineProperty(command.try_into()?),
            Kind::DefineRoomType(command) => Self::DefineRoomType(command.try_into()?),
            Kind::DefineRatePlan(command) => Self::DefineRatePlan(command.try_into()?),
            Kind::SetInventory(command) => Self::SetInventory(command.try_into()?),
            Kind::PlaceHold(command) => Self::PlaceHold(command.try_into()?),
            Kind::ConfirmHold(command) => Self::ConfirmHold(command.try_into()?),
            Kind::ReleaseHold(command) => {
                Self::ReleaseHold(ReleaseHold { hold: hold_id(&command.hold)? })
            }
            Kind::CancelBooking(command) => Self::CancelBooking(command.try_into()?),
            Kind::RecordFact(command) => Self::RecordFact(command.try_into()?),
            Kind::AnnounceOwner(command) => Self::AnnounceOwner(command.try_into()?),
            Kind::Tick(command) => Self::Tick(command.try_into()?),
            Kind::AmendBooking(command) => Self::AmendBooking(command.try_into()?),
            Kind::LinkRoomType(command) => Self::LinkRoomType(command.try_into()?),
            Kind::SetBlock(command) => Self::SetBlock(command.try_into()?),
            Kind::ReleaseBlock(command) => Self::ReleaseBlock(command.try_into()?),
            Kind::AdvanceBusinessDate(command) => Self::AdvanceBusinessDate(command.try_into()?),
            Kind::RecordExternalSale(command) => Self::RecordExternalSale(command.try_into()?),
            Kind::SetRestrictions(command) => Self::SetRestrictions(command.try_into()?),
            Kind::SetHoldCaps(command) => Self::SetHoldCaps(command.try_into()?),
            Kind::StagePolicy(command) => Self::StagePolicy(command.try_into()?),
            Kind::PromotePolicy(command) => Self::PromotePolicy(command.try_into()?),
            Kind::RollbackPolicy(command) => Self::RollbackPolicy(command.try_into()?),
            Kind::ApplyLimits(command) => Self::ApplyLimits(command.try_into()?),
        })
    }
}

impl From<&DefineProperty> for proto::DefineProperty {
    fn from(command: &DefineProperty) -> Self {
        Self {
            property: command.property.to_string(),
            name: command.name.clone(),
            city: command.city.clone(),
            country: command.country.clone(),
            latitude_microdegrees: command.location.latitude_microdegrees,
            longitude_microdegrees: command.location.longitude_microdegrees,
            time_zone: command.time_zone.clone(),
            currency: command.currency.to_string(),
            stars: command.stars.into(),
            amenities: command.amenities.clone(),
            market: command.market.as_ref().map(ToString::to_string).unwrap_or_default(),
        }
    }
}

impl TryFrom<proto::DefineProperty> for DefineProperty {
    type Error = WireError;

    fn try_from(command: proto::DefineProperty) -> Result<Self, WireError> {
        let location = Location {
            latitude_microdegrees: command.latitude_microdegrees,
            longitude_microdegrees: command.longitude_microdegrees,
        };
        if location.latitude_microdegrees.unsigned_abs() > 90_000_000 {
            return Err(out_of_range("latitude_microdegrees", location.latitude_microdegrees));
        }
        if location.longitude_microdegrees.unsigned_abs() > 180_000_000 {
            return Err(out_of_range("longitude_microdegrees", location.longitude_microdegrees));
        }
        Ok(Self {
            property: PropertyId::new(&command.property)?,
            name: command.name,
            city: command.city,
            country: command.country,
            location,
            time_zone: command.time_zone,
            currency: command.currency.parse::<Currency>()?,
            stars: small("stars", command.stars)?,
            amenities: command.amenities,
            market: named(&command.market, MarketId::new)?,
        })
    }
}

impl From<&DefineRoomType> for proto::DefineRoomType {
    fn from(command: &DefineRoomType) -> Self {
        Self {
            property: command.property.to_string(),
            room_type: command.room_type.to_string(),
            name: command.name.clone(),
            max_guests: command.max_guests.into(),
        }
    }
}

impl TryFrom<proto::DefineRoomType> for DefineRoomType {
    type Error = WireError;

    fn try_from(command: proto::DefineRoomType) -> Result<Self, WireError> {
        Ok(Self {
            property: PropertyId::new(&command.property)?,
            room_type: RoomTypeId::new(&command.room_type)?,
            name: command.name,
            max_guests: small("max_guests", command.max_guests)?,
        })
    }
}

impl From<&DefineRatePlan> for proto::DefineRatePlan {
    fn from(command: &DefineRatePlan) -> Self {
        Self {
            property: command.property.to_string(),
            rate_plan: command.rate_plan.to_string(),
            name: command.name.clone(),
            room_types: command.room_types.iter().map(ToString::to_string).collect(),
            base_price: Some(proto::Money {
                amount: command.base_price.amount_minor,
                currency: command.base_price.currency.to_string(),
            }),
            min_guests: command.occupancy.min_guests.map(u32::from),
            max_guests: command.occupancy.max_guests.map(u32::from),
            channels: command.channels.iter().map(ToString::to_string).collect(),
        }
    }
}

impl TryFrom<proto::DefineRatePlan> for DefineRatePlan {
    type Error = WireError;

    fn try_from(command: proto::DefineRatePlan) -> Result<Self, WireError> {
        let base_price = command.base_price.ok_or(WireError::Missing("base_price"))?;
        let room_types = command.room_types.iter().map(|id| RoomTypeId::new(id));
        let channels = command.channels.iter().map(|id| ChannelId::new(id));
        Ok(Self {
            property: PropertyId::new(&command.property)?,
            rate_plan: RatePlanId::new(&command.rate_plan)?,
            name: command.name,
            room_types: room_types.collect::<Result<_, _>>()?,
            base_price: Money {
                amount_minor: base_price.amount,
                currency: base_price.currency.parse()?,
            },
            occupancy: Occupancy {
                min_guests: small_if_any("min_guests", command.min_guests)?,
                max_guests: small_if_any("max_guests", command.max_guests)?,
            },
            channels: channels.collect::<Result<_, _>>()?,
        })
    }
}

impl From<&SetInventory> for proto::SetInventory {
    fn from(command: &SetInventory) -> Self {
        Self {
            property: command.property.to_string(),
            room_type: command.room_type.to_string(),
            from_night: command.nights.arrival().number(),
            to_night: command.nights.departure().number(),
            rooms: command.supply.physical.into(),
            blocked: command.supply.blocked.into(),
            allowance: command.supply.allowance.into(),
        }
    }
}

impl TryFrom<proto::SetInventory> for SetInventory {
    type Error = WireError;

    fn try_from(command: proto::SetInventory) -> Result<Self, WireError> {
        Ok(Self {
            property: PropertyId::new(&command.property)?,
            room_type: RoomTypeId::new(&command.room_type)?,
            nights: stay(command.from_night, command.to_night)?,
            supply: Supply {
                physical: small("rooms", command.rooms)?,
                blocked: small("blocked", command.blocked)?,
                allowance: small("allowance", command.allowance)?,
            },
        })
    }
}

impl From<&PlaceHold> for proto::PlaceHold {
    fn from(command: &PlaceHold) -> Self {
        Self {
            property: command.property.to_string(),
            ttl_ms: command.ttl_ms,
            lines: command.lines.iter().map(proto::Line::from).collect(),
            channel: channel_text(&command.channel),
            account: command.account.as_ref().map(ToString::to_string).unwrap_or_default(),
            booked_on: command.booked_on.map(Night::number),
            block: command.block.as_ref().map(ToString::to_string).unwrap_or_default(),
        }
    }
}

impl TryFrom<proto::PlaceHold> for PlaceHold {
    type Error = WireError;

    fn try_from(command: proto::PlaceHold) -> Result<Self, WireError> {
        if command.lines.is_empty() {
            return Err(WireError::Missing("lines"));
        }
        Ok(Self {
            property: PropertyId::new(&command.property)?,
            ttl_ms: command.ttl_ms,
            lines: command.lines.into_iter().map(Line::try_from).collect::<Result<_, _>>()?,
            channel: channel(&command.channel)?,
            account: named(&command.account, AccountId::new)?,
            booked_on: command.booked_on.map(|day| night("booked_on", day)).transpose()?,
            block: named(&command.block, BlockId::new)?,
        })
    }
}

impl From<&Line> for proto::Line {
    fn from(line: &Line) -> Self {
        Self {
            room_type: line.room_type.to_string(),
            rate_plan: line.rate_plan.to_string(),
            arrival: line.stay.arrival().number(),
            departure: line.stay.departure().number(),
            rooms: line.rooms.into(),
            adults: line.adults.into(),
            children: line.children.iter().map(|age| u32::from(*age)).collect(),
        }
    }
}

impl TryFrom<proto::Line> for Line {
    type Error = WireError;

    fn try_from(line: proto::Line) -> Result<Self, WireError> {
        if line.rooms == 0 {
            return Err(out_of_range("rooms", line.rooms));
        }
        Ok(Self {
            room_type: RoomTypeId::new(&line.room_type)?,
            rate_plan: RatePlanId::new(&line.rate_plan)?,
            stay: stay(line.arrival, line.departure)?,
            rooms: small("rooms", line.rooms)?,
            adults: small("adults", line.adults)?,
            children: line
                .children
                .into_iter()
                .map(|age| small("children", age))
                .collect::<Result<_, _>>()?,
        })
    }
}

pub(super) fn stay(arrival: i32, departure: i32) -> Result<Stay, WireError> {
    let arrival = Night::from_number(arrival).ok_or(out_of_range("arrival", arrival))?;
    let departure = Night::from_number(departure).ok_or(out_of_range("departure", departure))?;
    Ok(Stay::new(arrival, departure)?)
}

impl From<&ConfirmHold> for proto::ConfirmHold {
    fn from(command: &ConfirmHold) -> Self {
        Self { hold: command.hold.to_bytes().to_vec(), guest: command.guest.to_string() }
    }
}

impl TryFrom<proto::ConfirmHold> for ConfirmHold {
    type Error = WireError;

    fn try_from(command: proto::ConfirmHold) -> Result<Self, WireError> {
        Ok(Self { hold: hold_id(&command.hold)?, guest: GuestRef::new(&command.guest)? })
    }
}

impl From<&CancelBooking> for proto::CancelBooking {
    fn from(command: &CancelBooking) -> Self {
        Self {
            booking: command.booking.to_bytes().to_vec(),
            lines: command.lines.iter().map(|line| u32::from(*line)).collect(),
        }
    }
}

impl TryFrom<proto::CancelBooking> for CancelBooking {
    type Error = WireError;

    fn try_from(command: proto::CancelBooking) -> Result<Self, WireError> {
        Ok(Self {
            booking: booking_id(&command.booking)?,
            lines: command
                .lines
                .into_iter()
                .map(|line| small("lines", line))
                .collect::<Result<_, _>>()?,
        })
    }
}

impl From<&RecordFact> for proto::RecordFact {
    fn from(command: &RecordFact) -> Self {
        let fact = match command.fact {
            Fact::Arrived => proto::Fact::Arrived,
            Fact::Departed => proto::Fact::Departed,
            Fact::NoShow => proto::Fact::NoShow,
        };
        Self { booking: command.booking.to_bytes().to_vec(), fact: fact.into() }
    }
}

impl TryFrom<proto::RecordFact> for RecordFact {
    type Error = WireError;

    fn try_from(command: proto::RecordFact) -> Result<Self, WireError> {
        let fact = match command.fact() {
            proto::Fact::Unspecified => return Err(out_of_range("fact", command.fact)),
            proto::Fact::Arrived => Fact::Arrived,
            proto::Fact::Departed => Fact::Departed,
            proto::Fact::NoShow => Fact::NoShow,
        };
        Ok(Self { booking: booking_id(&command.booking)?, fact })
    }
}

impl From<&AnnounceOwner> for proto::AnnounceOwner {
    fn from(command: &AnnounceOwner) -> Self {
        Self {
            epoch: command.epoch,
            boot: boot_bytes(command.boot),
            step_max_ms: command.step_max_ms,
        }
    }
}

impl TryFrom<proto::AnnounceOwner> for AnnounceOwner {
    type Error = WireError;

    fn try_from(command: proto::AnnounceOwner) -> Result<Self, WireError> {
        Ok(Self {
            epoch: command.epoch,
            boot: boot(&command.boot)?,
            step_max_ms: command.step_max_ms,
        })
    }
}

impl From<&Tick> for proto::Tick {
    fn from(command: &Tick) -> Self {
        Self {
            epoch: command.epoch,
            boot: boot_bytes(command.boot),
            monotonic_ms: command.monotonic_ms,
        }
    }
}

impl TryFrom<proto::Tick> for Tick {
    type Error = WireError;

    fn try_from(command: proto::Tick) -> Result<Self, WireError> {
        Ok(Self {
            epoch: command.epoch,
            boot: boot(&command.boot)?,
            monotonic_ms: command.monotonic_ms,
        })
    }
}

/// The channel as it stands on the wire: nothing for the hotel itself.
pub fn channel_text(channel: &ChannelId) -> String {
    if *channel == ChannelId::DIRECT { String::new() } else { channel.to_string() }
}

/// The channel that a text on the wire names.
pub fn channel(text: &str) -> Result<ChannelId, IdError> {
    if text.is_empty() { Ok(ChannelId::DIRECT) } else { ChannelId::new(text) }
}

fn boot_bytes(boot: Boot) -> Vec<u8> {
    boot.0.to_be_bytes().to_vec()
}

fn boot(bytes: &[u8]) -> Result<Boot, WireError> {
    Ok(Boot(super::id_bits(bytes)?))
}
