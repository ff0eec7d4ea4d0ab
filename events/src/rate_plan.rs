//! A rate plan: the terms on which room types are sold.

use crate::{ChannelId, Money, PropertyId, RatePlanId, RoomTypeId};

/// How many guests a room may be sold to; `None` bounds nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Occupancy {
    /// The fewest guests of a room.
    pub min_guests: Option<u16>,
    /// The most guests of a room.
    pub max_guests: Option<u16>,
}

/// Creates a rate plan or changes what is said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefineRatePlan {
    /// Whose rate plan.
    pub property: PropertyId,
    /// Which one.
    pub rate_plan: RatePlanId,
    /// What guests call it.
    pub name: String,
    /// What it sells.
    pub room_types: Vec<RoomTypeId>,
    /// For one room and one night, in the property's currency.
    pub base_price: Money,
    /// To how many guests a room it sells one.
    pub occupancy: Occupancy,
    /// Through whom it sells; none named means everybody.
    pub channels: Vec<ChannelId>,
}
