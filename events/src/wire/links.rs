//! What room types are made of, to Protobuf messages and back.

use super::{WireError, out_of_range, proto, small};
use crate::{LinkRoomType, Part, PropertyId, RoomTypeId};

impl From<&LinkRoomType> for proto::LinkRoomType {
    fn from(command: &LinkRoomType) -> Self {
        let part = |part: &Part| proto::Part {
            room_type: part.room_type.to_string(),
            rooms: part.rooms.into(),
        };
        Self {
            property: command.property.to_string(),
            room_type: command.room_type.to_string(),
            parts: command.parts.iter().map(part).collect(),
        }
    }
}

impl TryFrom<proto::LinkRoomType> for LinkRoomType {
    type Error = WireError;

    fn try_from(command: proto::LinkRoomType) -> Result<Self, WireError> {
        Ok(Self {
            property: PropertyId::new(&command.property)?,
            room_type: RoomTypeId::new(&command.room_type)?,
            parts: command.parts.into_iter().map(part).collect::<Result<_, _>>()?,
        })
    }
}

fn part(part: proto::Part) -> Result<Part, WireError> {
    if part.rooms == 0 {
        return Err(out_of_range("rooms", part.rooms));
    }
    Ok(Part { room_type: RoomTypeId::new(&part.room_type)?, rooms: small("rooms", part.rooms)? })
}
