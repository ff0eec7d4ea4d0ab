//! The two hotels as they are defined for a replay, and how many rooms they may sell.
//!
//! The table has no capacities. Of what stands here
//!
//! - *needed* is measured: the most rooms of that reserved type ever on the books for one night,
//!   bookings before cancellations within a day. With fewer some booking would be refused;
//! - *physical* is a stand-in. Measured are the most rooms ever in the house at once: 226 in the
//!   City hotel and 187 in the Resort. They are dealt out to the reserved types in proportion to
//!   the most ever in the house by reserved type (City A 217, B 14, C 2, D 64, E 13, F 9, G 5;
//!   Resort A 142, B 1, C 14, D 64, E 37, F 12, G 10, H 5, L 1) by largest remainder. Real hotels
//!   put guests into better rooms when their own are gone, so a replay at these figures refuses
//!   more than the hotels did. Nobody ever slept in a room booked as P: it has no room;
//! - *guests* is the largest party of that type; some rows of many guests are whole groups;
//! - day use has as many rooms as such bookings on the busiest day, at either capacity.
//!
//! Base prices are the median of what was paid on those terms. Names, stars and the exact places
//! are invented; that one hotel is in Lisbon and one in the Algarve is not.

use events::{Location, Night, PropertyId, Stay};

use super::row::{House, Terms};
use crate::catalogue::Terms as Sold;
use crate::catalogue::{DAY_USE, Hotel, Rooms, property_id, rate_plan_id, room_type_id};

/// Room type, rooms that exist, rooms needed to admit all, guests.
type RoomsRow = (&'static str, u16, u16, u16);

const CITY_ROOMS: &[RoomsRow] = &[
    ("a", 151, 319, 10),
    ("b", 10, 20, 5),
    ("c", 1, 2, 4),
    ("d", 45, 74, 12),
    ("e", 9, 13, 5),
    ("f", 6, 10, 5),
    ("g", 4, 5, 5),
    ("p", 0, 1, 2),
    (DAY_USE, 26, 26, 4),
];

const RESORT_ROOMS: &[RoomsRow] = &[
    ("a", 93, 169, 55),
    ("b", 1, 1, 2),
    ("c", 9, 14, 5),
    ("d", 42, 105, 20),
    ("e", 24, 48, 10),
    ("f", 8, 12, 4),
    ("g", 6, 12, 5),
    ("h", 3, 5, 5),
    ("l", 1, 2, 4),
    (DAY_USE, 8, 8, 5),
];

/// The first night on which anybody arrives, and the day after the last night of anybody.
const NIGHTS: (&str, &str) = ("2015-07-01", "2017-09-14");

impl House {
    /// The property that this hotel is in a replay.
    pub fn property(self) -> PropertyId {
        property_id(match self {
            Self::City => "city-hotel",
            Self::Resort => "resort-hotel",
        })
    }

    /// The most rooms ever slept in at once: what it seems to have.
    pub fn rooms_peak(self) -> u32 {
        match self {
            Self::City => 226,
            Self::Resort => 187,
        }
    }

    /// Rows of room type, rooms that exist, rooms needed and guests.
    pub(super) fn rooms(self) -> &'static [RoomsRow] {
        match self {
            Self::City => CITY_ROOMS,
            Self::Resort => RESORT_ROOMS,
        }
    }

    /// The median price of a night on these terms, in cents.
    pub(crate) fn base_price_minor(self, terms: Terms) -> i64 {
        match (self, terms) {
            (Self::City, Terms::Flexible) => 10_300,
            (Self::City, Terms::NonRefundable) => 9_000,
            (Self::City, Terms::Refundable) => 10_000,
            (Self::Resort, Terms::Flexible) => 7_800,
            (Self::Resort, Terms::NonRefundable) => 7_000,
            (Self::Resort, Terms::Refundable) => 6_600,
        }
    }

    /// Everything that a replay defines of it.
    pub(super) fn hotel(self) -> Hotel {
        let (name, city, latitude_microdegrees, longitude_microdegrees) = match self {
            Self::City => ("City Hotel", "Lisbon", 38_722_300, -9_139_300),
            Self::Resort => ("Resort Hotel", "Albufeira", 37_088_200, -8_250_300),
        };
        Hotel {
            property: self.property(),
            name: name.into(),
            city,
            market: if self == Self::City { "lisbon" } else { "albufeira" },
            location: Location { latitude_microdegrees, longitude_microdegrees },
            stars: 4,
            rooms: self.rooms().iter().map(|row| rooms(*row)).collect(),
            terms: Terms::ALL.iter().map(|terms| self.sold_on(*terms)).collect(),
            nights: nights(),
        }
    }

    fn sold_on(self, terms: Terms) -> Sold {
        let base_price_minor = self.base_price_minor(terms);
        Sold { rate_plan: rate_plan_id(terms.id()), name: terms.name(), base_price_minor }
    }
}

fn rooms((id, physical, needed, max_guests): RoomsRow) -> Rooms {
    let name = match id {
        DAY_USE => "Day use".into(),
        letter => format!("Room type {}", letter.to_ascii_uppercase()),
    };
    let beyond = needed - physical;
    Rooms { room_type: room_type_id(id), name, max_guests, physical, beyond }
}

fn nights() -> Stay {
    let night = |text: &str| text.parse::<Night>().expect("a date written down above");
    Stay::new(night(NIGHTS.0), night(NIGHTS.1)).expect("the last date is after the first")
}
