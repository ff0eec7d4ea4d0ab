//! A room type: rooms of one property that are sold as the same thing.

use crate::{PropertyId, RoomTypeId};

/// Creates a room type or changes what is said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefineRoomType {
    /// Whose room type.
    pub property: PropertyId,
    /// Which one.
    pub room_type: RoomTypeId,
    /// What guests call it.
    pub name: String,
    /// How many people one such room may take.
    pub max_guests: u16,
}
