//! The catalogue of a history: which hotels it speaks of and how many rooms they may sell.

use events::{
    Command, Currency, DefineProperty, DefineRatePlan, DefineRoomType, Location, MarketId, Money,
    Night, PropertyId, RatePlanId, RoomTypeId, SetInventory, Stamp, Stay, Supply,
    night::STAY_NIGHTS_MAX,
};

use crate::commands::{CommandMaker, HistoryCommand};

/// The room type under which zero-night bookings are replayed: a room for some hours of a day.
///
/// A stay has at least one night, so such a booking takes one night of this room type, which has
/// an inventory of its own. Counts of room nights leave it out, since no night was slept.
pub const DAY_USE: &str = "day-use";

/// How many rooms the hotels of a history may sell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Capacity {
    /// So many that every booking of the history is admitted.
    AdmitAll,
    /// As many as the hotels seem to have had; what was refused is then worth counting.
    Real,
}

impl Capacity {
    /// Its name, for ids and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::AdmitAll => "admit-all",
            Self::Real => "real",
        }
    }
}

/// A room type and its rooms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rooms {
    pub room_type: RoomTypeId,
    pub name: String,
    pub max_guests: u16,
    /// Rooms at the real capacity.
    pub physical: u16,
    /// Rooms beyond those without which some booking of the history would be refused.
    pub beyond: u16,
}

/// Terms of sale, for every room type of the hotel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Terms {
    pub rate_plan: RatePlanId,
    pub name: &'static str,
    pub base_price_minor: i64,
}

/// A hotel as a history needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hotel {
    pub property: PropertyId,
    pub name: String,
    pub city: &'static str,
    /// The hotels of one market compete.
    pub market: &'static str,
    pub location: Location,
    pub stars: u8,
    pub rooms: Vec<Rooms>,
    pub terms: Vec<Terms>,
    /// The nights that have inventory.
    pub nights: Stay,
}

impl Hotel {
    /// The commands that define this hotel, in an order in which each finds what it builds on.
    pub fn commands(
        &self,
        maker: &CommandMaker,
        capacity: Capacity,
        at: Stamp,
    ) -> Vec<HistoryCommand> {
        let property = &self.property;
        let make = |key: String, command| {
            maker.of_catalogue(&format!("{property}{key}"), at, property, command)
        };
        let mut commands = vec![make(format!("/market/{}", self.market), self.define())];
        for rooms in &self.rooms {
            let command = Command::DefineRoomType(DefineRoomType {
                property: property.clone(),
                room_type: rooms.room_type.clone(),
                name: rooms.name.clone(),
                max_guests: rooms.max_guests,
            });
            commands.push(make(format!("/room-type/{}", rooms.room_type), command));
        }
        for terms in &self.terms {
            let command = self.define_terms(terms);
            commands.push(make(format!("/rate-plan/{}", terms.rate_plan), command));
        }
        for rooms in &self.rooms {
            let allowance = if capacity == Capacity::AdmitAll { rooms.beyond } else { 0 };
            for nights in ranges(self.nights) {
                let command = Command::SetInventory(SetInventory {
                    property: property.clone(),
                    room_type: rooms.room_type.clone(),
                    nights,
                    supply: Supply { physical: rooms.physical, blocked: 0, allowance },
                });
                let key = format!("/inventory/{}/{nights}/{}", rooms.room_type, capacity.name());
                commands.push(make(key, command));
            }
        }
        commands
    }

    fn define(&self) -> Command {
        Command::DefineProperty(DefineProperty {
            property: self.property.clone(),
            name: self.name.clone(),
            city: self.city.into(),
            country: "PT".into(),
            location: self.location,
            time_zone: "Europe/Lisbon".into(),
            currency: euro(),
            stars: self.stars,
            amenities: Vec::new(),
            market: Some(market_id(self.market)),
        })
    }

    fn define_terms(&self, terms: &Terms) -> Command {
        Command::DefineRatePlan(DefineRatePlan {
            property: self.property.clone(),
            rate_plan: terms.rate_plan.clone(),
            name: terms.name.into(),
            room_types: self.rooms.iter().map(|rooms| rooms.room_type.clone()).collect(),
            base_price: Money { amount_minor: terms.base_price_minor, currency: euro() },
            occupancy: events::Occupancy::default(),
            channels: Vec::new(),
        })
    }
}

/// A range of nights in parts that one command may set.
fn ranges(nights: Stay) -> impl Iterator<Item = Stay> {
    let (begin, end) = (nights.arrival().number(), nights.departure().number());
    (begin..end).step_by(STAY_NIGHTS_MAX as usize).filter_map(move |first| {
        let last = end.min(first + STAY_NIGHTS_MAX);
        Stay::new(Night::from_number(first)?, Night::from_number(last)?).ok()
    })
}

fn euro() -> Currency {
    "EUR".parse().expect("the euro is a currency")
}

/// An id that is written down in this crate.
pub(crate) fn property_id(text: &str) -> PropertyId {
    PropertyId::new(text).expect("ids of this crate are letters, digits and dashes")
}

/// An id that is written down in this crate.
fn market_id(text: &str) -> MarketId {
    MarketId::new(text).expect("ids of this crate are letters, digits and dashes")
}

/// An id that is written down in this crate.
pub(crate) fn room_type_id(text: &str) -> RoomTypeId {
    RoomTypeId::new(text).expect("ids of this crate are letters, digits and dashes")
}

/// An id that is written down in this crate.
pub(crate) fn rate_plan_id(text: &str) -> RatePlanId {
    RatePlanId::new(text).expect("ids of this crate are letters, digits and dashes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_range_is_set_in_parts_that_meet() {
        let night = |number| Night::from_number(number).expect("a night");
        let whole = Stay::new(night(5), night(5 + 1_600)).expect("a range");
        let parts: Vec<Stay> = ranges(whole).collect();
        assert_eq!(
            parts.iter().map(|part| part.nights_count()).collect::<Vec<_>>(),
            [730, 730, 140]
        );
        assert_eq!(
            parts.iter().flat_map(|part| part.nights()).collect::<Vec<_>>(),
            whole.nights().collect::<Vec<_>>()
        );
    }
}
