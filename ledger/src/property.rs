//! A property as the ledger keeps it: what decisions need close by, what people read boxed away.

use events::{DefineProperty, DefineRatePlan, DefineRoomType, RatePlanId, RoomTypeId};
use smallvec::SmallVec;

use crate::inventory::Inventory;

/// A hotel.
#[derive(Debug, Clone)]
pub(crate) struct Property {
    /// In order of first definition; never removed from, so that an ordinal stays true.
    pub(crate) room_types: Vec<RoomType>,
    /// In order of first definition; never removed from.
    pub(crate) rate_plans: Vec<RatePlan>,
    pub(crate) definition: Box<DefineProperty>,
}

/// Rooms sold as the same thing.
#[derive(Debug, Clone)]
pub(crate) struct RoomType {
    pub(crate) id: RoomTypeId,
    pub(crate) max_guests: u16,
    pub(crate) inventory: Inventory,
    pub(crate) definition: Box<DefineRoomType>,
}

/// Terms of sale.
#[derive(Debug, Clone)]
pub(crate) struct RatePlan {
    pub(crate) id: RatePlanId,
    /// The ordinals of the room types that it sells.
    pub(crate) sells: SmallVec<[u16; 8]>,
    pub(crate) definition: Box<DefineRatePlan>,
}

impl Property {
    /// The ordinal of a room type. A property has few, so that looking at each is fastest.
    pub(crate) fn room_type(&self, id: &RoomTypeId) -> Option<u16> {
        self.room_types
            .iter()
            .position(|room_type| room_type.id == *id)
            .map(|ordinal| ordinal as u16)
    }

    /// The ordinal of a rate plan.
    pub(crate) fn rate_plan(&self, id: &RatePlanId) -> Option<u16> {
        self.rate_plans
            .iter()
            .position(|rate_plan| rate_plan.id == *id)
            .map(|ordinal| ordinal as u16)
    }

    /// The inventory of a room type that is known to exist.
    pub(crate) fn inventory(&self, room_type: u16) -> &Inventory {
        &self.room_types[usize::from(room_type)].inventory
    }

    /// The inventory of a room type that is known to exist, to change it.
    pub(crate) fn inventory_mut(&mut self, room_type: u16) -> &mut Inventory {
        &mut self.room_types[usize::from(room_type)].inventory
    }
}
