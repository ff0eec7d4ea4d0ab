//! A room type: rooms of one property that are sold as the same thing.

use smallvec::SmallVec;

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

/// Says what a room type is made of: an apartment of its rooms. Selling one takes the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkRoomType {
    /// Whose room type.
    pub property: PropertyId,
    /// Which one; it has no rooms of its own.
    pub room_type: RoomTypeId,
    /// What each one of it takes; nothing makes it an ordinary room type again.
    pub parts: SmallVec<[Part; 2]>,
}

/// Rooms that one of a linked room type takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Of what.
    pub room_type: RoomTypeId,
    /// How many; at least one.
    pub rooms: u16,
}
