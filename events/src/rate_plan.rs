//! A rate plan: the terms on which room types are sold.

use crate::{Money, PropertyId, RatePlanId, RoomTypeId};

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
}
