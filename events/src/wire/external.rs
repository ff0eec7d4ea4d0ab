//! What channels have sold to its Protobuf messages and back.

use super::{WireError, out_of_range, proto};
use crate::{
    ChannelId, ExternalReference, GuestRef, Line, Night, Oversold, PropertyId, RecordExternalSale,
    RoomTypeId,
};

impl From<&RecordExternalSale> for proto::RecordExternalSale {
    fn from(command: &RecordExternalSale) -> Self {
        Self {
            property: command.property.to_string(),
            channel: command.channel.to_string(),
            reference: command.reference.to_string(),
            guest: command.guest.to_string(),
            lines: command.lines.iter().map(proto::Line::from).collect(),
        }
    }
}

impl TryFrom<proto::RecordExternalSale> for RecordExternalSale {
    type Error = WireError;

    fn try_from(command: proto::RecordExternalSale) -> Result<Self, WireError> {
        if command.lines.is_empty() {
            return Err(WireError::Missing("lines"));
        }
        Ok(Self {
            property: PropertyId::new(&command.property)?,
            channel: ChannelId::new(&command.channel)?,
            reference: ExternalReference::new(&command.reference)?,
            guest: GuestRef::new(&command.guest)?,
            lines: command.lines.into_iter().map(Line::try_from).collect::<Result<_, _>>()?,
        })
    }
}

impl From<&Oversold> for proto::Oversold {
    fn from(oversold: &Oversold) -> Self {
        Self {
            room_type: oversold.room_type.to_string(),
            night: oversold.night.number(),
            rooms: oversold.rooms,
        }
    }
}

impl TryFrom<proto::Oversold> for Oversold {
    type Error = WireError;

    fn try_from(oversold: proto::Oversold) -> Result<Self, WireError> {
        Ok(Self {
            room_type: RoomTypeId::new(&oversold.room_type)?,
            night: Night::from_number(oversold.night)
                .ok_or(out_of_range("night", oversold.night))?,
            rooms: oversold.rooms,
        })
    }
}
