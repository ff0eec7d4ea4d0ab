//! Amendments to their Protobuf messages and back.

use super::commands::stay;
use super::{WireError, booking_id, out_of_range, proto, small};
use crate::{AmendBooking, AmendLine, Guests, RatePlanId, RoomTypeId};

impl From<&AmendBooking> for proto::AmendBooking {
    fn from(command: &AmendBooking) -> Self {
        Self {
            booking: command.booking.to_bytes().to_vec(),
            lines: command.lines.iter().map(proto::AmendLine::from).collect(),
        }
    }
}

impl TryFrom<proto::AmendBooking> for AmendBooking {
    type Error = WireError;

    fn try_from(command: proto::AmendBooking) -> Result<Self, WireError> {
        if command.lines.is_empty() {
            return Err(WireError::Missing("lines"));
        }
        let lines = command.lines.into_iter().map(AmendLine::try_from);
        Ok(Self { booking: booking_id(&command.booking)?, lines: lines.collect::<Result<_, _>>()? })
    }
}

impl From<&AmendLine> for proto::AmendLine {
    fn from(line: &AmendLine) -> Self {
        Self {
            line: line.line.into(),
            arrival: line.stay.arrival().number(),
            departure: line.stay.departure().number(),
            room_type: line.room_type.as_ref().map(ToString::to_string),
            rate_plan: line.rate_plan.as_ref().map(ToString::to_string),
            rooms: line.rooms.map(u32::from),
            guests: line.guests.as_ref().map(|guests| proto::Guests {
                adults: guests.adults.into(),
                children: guests.children.iter().map(|age| u32::from(*age)).collect(),
            }),
        }
    }
}

impl TryFrom<proto::AmendLine> for AmendLine {
    type Error = WireError;

    fn try_from(line: proto::AmendLine) -> Result<Self, WireError> {
        if line.rooms == Some(0) {
            return Err(out_of_range("rooms", 0));
        }
        Ok(Self {
            line: small("line", line.line)?,
            stay: stay(line.arrival, line.departure)?,
            room_type: line.room_type.map(|id| RoomTypeId::new(&id)).transpose()?,
            rate_plan: line.rate_plan.map(|id| RatePlanId::new(&id)).transpose()?,
            rooms: line.rooms.map(|rooms| small("rooms", rooms)).transpose()?,
            guests: line.guests.map(guests).transpose()?,
        })
    }
}

fn guests(guests: proto::Guests) -> Result<Guests, WireError> {
    let children = guests.children.into_iter().map(|age| small("children", age));
    Ok(Guests {
        adults: small("adults", guests.adults)?,
        children: children.collect::<Result<_, _>>()?,
    })
}
