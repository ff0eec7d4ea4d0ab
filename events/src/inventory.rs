//! Inventory: how many rooms of a type may be sold on which nights.

use crate::{PropertyId, RoomTypeId, Stay};

/// What may be sold of one room type on one night.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Supply {
    /// Rooms that exist.
    pub physical: u16,
    /// Of those, rooms that are not for sale.
    pub blocked: u16,
    /// Rooms that may be sold beyond the physical ones.
    pub allowance: u16,
}

impl Supply {
    /// The most that may be held and sold together.
    pub fn limit(self) -> u32 {
        (u32::from(self.physical) + u32::from(self.allowance))
            .saturating_sub(u32::from(self.blocked))
    }
}

/// Sets the supply of each night of a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetInventory {
    /// Whose inventory.
    pub property: PropertyId,
    /// Of which room type.
    pub room_type: RoomTypeId,
    /// On which nights.
    pub nights: Stay,
    /// To what.
    pub supply: Supply,
}
