//! The auditor's properties: what was last said of them, and how many rooms may be sold.

use std::collections::BTreeSet;

use events::{
    Decision, DefineProperty, DefineRatePlan, DefineRoomType, LinkRoomType, PropertyId, RatePlanId,
    Reason, RoomTypeId, SetInventory,
};

use super::blocks::Diary;
use super::model::Model;
use super::policies::Policies;
use super::report::Place;
use super::restrictions::Terms;
use super::rooms::Rooms;
use super::rules::{NIGHT_ROOMS_MAX, RATE_PLANS_MAX, ROOM_TYPES_MAX, STAY_NIGHTS_MAX};

/// A definition, and the record that said it.
#[derive(Debug)]
pub(super) struct Said<T> {
    pub(super) what: T,
    pub(super) offset: u64,
}

/// A hotel; its room types and rate plans in the order in which they were first defined.
#[derive(Debug)]
pub(super) struct Property {
    pub(super) definition: Said<DefineProperty>,
    pub(super) room_types: Vec<RoomType>,
    pub(super) rate_plans: Vec<RatePlan>,
    pub(super) terms: Terms,
    pub(super) policies: Policies,
    pub(super) diary: Diary,
}

/// Rooms sold as the same thing.
#[derive(Debug)]
pub(super) struct RoomType {
    pub(super) definition: Said<DefineRoomType>,
    pub(super) rooms: Rooms,
    /// What it is made of; no parts for one with rooms of its own.
    pub(super) parts: Option<Said<LinkRoomType>>,
    /// The last record that set a supply.
    pub(super) supply_offset: u64,
}

/// Terms of sale.
#[derive(Debug)]
pub(super) struct RatePlan {
    pub(super) definition: Said<DefineRatePlan>,
    /// What it sells, as the room types were known when it was defined.
    pub(super) sells: BTreeSet<RoomTypeId>,
}

impl Property {
    pub(super) fn room_type(&self, id: &RoomTypeId) -> Option<&RoomType> {
        self.room_types.iter().find(|room_type| room_type.definition.what.room_type == *id)
    }

    pub(super) fn room_type_mut(&mut self, id: &RoomTypeId) -> Option<&mut RoomType> {
        self.room_types.iter_mut().find(|room_type| room_type.definition.what.room_type == *id)
    }

    pub(super) fn rate_plan(&self, id: &RatePlanId) -> Option<&RatePlan> {
        self.rate_plans.iter().find(|rate_plan| rate_plan.definition.what.rate_plan == *id)
    }
}

impl Model {
    /// The currency may change for as long as nothing is priced in it.
    pub(super) fn define_property(
        &mut self,
        place: Place,
        command: &DefineProperty,
    ) -> Result<Decision, Reason> {
        let definition = Said { what: command.clone(), offset: place.offset };
        match self.properties.get_mut(&command.property) {
            None => {
                let (room_types, rate_plans) = (Vec::new(), Vec::new());
                let (terms, diary) = (Terms::default(), Diary::default());
                let policies = Policies::default();
                let property =
                    Property { definition, room_types, rate_plans, terms, diary, policies };
                self.properties.insert(command.property.clone(), property);
            }
            Some(property) => {
                let same_currency = property.definition.what.currency == command.currency;
                guard(same_currency || property.rate_plans.is_empty(), Reason::CurrencyMismatch)?;
                property.definition = definition;
            }
        }
        Ok(Decision::Defined)
    }

    pub(super) fn define_room_type(
        &mut self,
        place: Place,
        command: &DefineRoomType,
    ) -> Result<Decision, Reason> {
        let property = self.property_mut(&command.property)?;
        let known = property.room_type(&command.room_type).is_some();
        guard(known || property.room_types.len() < ROOM_TYPES_MAX, Reason::TooLarge)?;
        let definition = Said { what: command.clone(), offset: place.offset };
        match property.room_type_mut(&command.room_type) {
            Some(room_type) => room_type.definition = definition,
            None => property.room_types.push(RoomType {
                definition,
                rooms: Rooms::default(),
                parts: None,
                supply_offset: place.offset,
            }),
        }
        Ok(Decision::Defined)
    }

    pub(super) fn define_rate_plan(
        &mut self,
        place: Place,
        command: &DefineRatePlan,
    ) -> Result<Decision, Reason> {
        let property = self.property_mut(&command.property)?;
        let same = |plan: &RatePlan| plan.definition.what.rate_plan == command.rate_plan;
        let index = property.rate_plans.iter().position(same);
        let many = property.rate_plans.len() >= RATE_PLANS_MAX;
        guard(index.is_some() || !many, Reason::TooLarge)?;
        let currency = property.definition.what.currency;
        guard(command.base_price.currency == currency, Reason::CurrencyMismatch)?;
        let known = |id: &RoomTypeId| property.room_type(id).is_some();
        guard(command.room_types.iter().all(known), Reason::RoomTypeUnknown)?;
        let rate_plan = RatePlan {
            definition: Said { what: command.clone(), offset: place.offset },
            sells: command.room_types.iter().cloned().collect(),
        };
        match index.and_then(|index| property.rate_plans.get_mut(index)) {
            Some(before) => *before = rate_plan,
            None => property.rate_plans.push(rate_plan),
        }
        Ok(Decision::Defined)
    }

    /// Sets the supply night by night. Lowering it below what is claimed turns nobody away.
    pub(super) fn set_inventory(
        &mut self,
        place: Place,
        command: &SetInventory,
    ) -> Result<Decision, Reason> {
        guard(command.nights.nights_count() <= STAY_NIGHTS_MAX, Reason::TooLarge)?;
        let rooms = u32::from(command.supply.physical) + u32::from(command.supply.allowance);
        guard(rooms <= NIGHT_ROOMS_MAX, Reason::TooLarge)?;
        let property = self.property_mut(&command.property)?;
        let room_type = property.room_type_mut(&command.room_type);
        let room_type = room_type.ok_or(Reason::RoomTypeUnknown)?;
        guard(room_type.parts.is_none(), Reason::RoomTypeLinked)?;
        let supply = command.supply;
        guard(supply.blocked <= supply.physical, Reason::BlockedExceedsRooms)?;
        room_type.supply_offset = place.offset;
        let mut nights_changed = 0;
        for night in command.nights.nights() {
            if room_type.rooms.set_supply(night, supply, place.offset) {
                nights_changed += 1;
            }
        }
        Ok(Decision::InventorySet { nights_changed })
    }

    pub(super) fn property_mut(&mut self, id: &PropertyId) -> Result<&mut Property, Reason> {
        self.properties.get_mut(id).ok_or(Reason::PropertyUnknown)
    }
}

/// Goes on when something holds, and refuses for that reason otherwise.
pub(super) fn guard(holds: bool, reason: Reason) -> Result<(), Reason> {
    if holds { Ok(()) } else { Err(reason) }
}
