//! The hotels of a made-up history: how often each is booked, and how large it therefore is.

use events::{Location, PropertyId, Stay};

use super::GeneratedOptions;
use super::draw::Chance;
use super::shape::{ROOM_LETTERS, Shape};
use crate::catalogue::{Hotel, Rooms, Terms as Sold, property_id, rate_plan_id, room_type_id};
use crate::history::mix;
use crate::hotel_bookings::{House, Terms};

/// The weight of the most booked property; the n-th has one n-th of it.
const WEIGHT_FIRST: u64 = 1 << 40;

/// The largest party that the tables know is four grown-ups with three children.
const GUESTS_MAX: u16 = 7;

/// The most days that a stay may reach beyond the last arrival.
const NIGHTS_BEYOND: i32 = 36;

/// A city, the market of its hotels, and where it is in millionths of a degree.
type City = (&'static str, &'static str, i32, i32);

const CITIES: [City; 5] = [
    ("Lisbon", "lisbon", 38_722_300, -9_139_300),
    ("Porto", "porto", 41_149_600, -8_611_000),
    ("Coimbra", "coimbra", 40_205_600, -8_419_600),
    ("Braga", "braga", 41_550_300, -8_420_100),
    ("Setúbal", "setubal", 38_524_400, -8_888_200),
];

const RESORTS: [City; 5] = [
    ("Albufeira", "albufeira", 37_088_200, -8_250_300),
    ("Lagos", "lagos", 37_102_800, -8_674_000),
    ("Faro", "faro", 37_019_400, -7_932_200),
    ("Portimão", "portimao", 37_138_600, -8_537_800),
    ("Tavira", "tavira", 37_127_000, -7_650_600),
];

/// Every third property is a resort.
fn house(index: u32) -> House {
    if index % 3 == 2 { House::Resort } else { House::City }
}

/// The id of a property, counted from 0.
pub(super) fn property(index: u32) -> PropertyId {
    property_id(&format!("hotel-{:06}", index + 1))
}

/// How the bookings of one kind of hotel fall to its properties.
#[derive(Debug)]
pub(super) struct Skew {
    pub house: House,
    /// How many bookings they get together.
    pub bookings: u32,
    /// Which properties these are.
    indices: Vec<u32>,
    /// Running totals of their weights.
    totals: Vec<u64>,
}

impl Skew {
    /// Each kind of which there is a property. Bookings are dealt to the kinds as in the source.
    pub fn of_kinds(properties: u32, bookings: u32) -> Vec<Self> {
        let [city, resort] = House::ALL.map(|house| u64::from(Shape::of(house).rows));
        let has_resort = (0..properties).any(|index| house(index) == House::Resort);
        let of_resorts = u64::from(bookings) * resort / (city + resort);
        let of_resorts = if has_resort { of_resorts as u32 } else { 0 };
        let dealt = [(House::City, bookings - of_resorts), (House::Resort, of_resorts)];
        dealt
            .into_iter()
            .map(|(house, bookings)| Self::of(house, properties, bookings))
            .filter(|skew| !skew.indices.is_empty())
            .collect()
    }

    fn of(kind: House, properties: u32, bookings: u32) -> Self {
        let indices: Vec<u32> = (0..properties).filter(|index| house(*index) == kind).collect();
        let totals = indices.iter().scan(0, |total, index| {
            *total += WEIGHT_FIRST / (u64::from(*index) + 1);
            Some(*total)
        });
        Self { house: kind, bookings, totals: totals.collect(), indices }
    }

    /// The property of the next booking.
    pub fn draw(&self, chance: &mut Chance) -> u32 {
        self.indices[chance.place_in_totals(&self.totals)]
    }

    /// How many bookings fall to a property on average.
    fn bookings_of(&self, index: u32) -> u64 {
        let total = u128::from(self.totals.last().copied().unwrap_or(1));
        let weight = u128::from(WEIGHT_FIRST / (u64::from(index) + 1));
        (u128::from(self.bookings) * weight / total) as u64
    }
}

/// Every hotel, in order of its number.
pub(super) fn hotels(options: &GeneratedOptions) -> impl Iterator<Item = Hotel> + Send + use<> {
    let options = *options;
    let kinds = Skew::of_kinds(options.properties, options.bookings);
    (0..options.properties).filter_map(move |index| {
        let skew = kinds.iter().find(|skew| skew.house == house(index))?;
        Some(hotel(index, skew.bookings_of(index), &options))
    })
}

fn hotel(index: u32, bookings: u64, options: &GeneratedOptions) -> Hotel {
    let house = house(index);
    let cities = if house == House::City { CITIES } else { RESORTS };
    let hash = mix(u64::from(index));
    let (city, market, latitude, longitude) = cities[(hash % 5) as usize];
    // Within two kilometres or so of the middle of the town.
    let near = |bits: u64| (bits % 40_000) as i32 - 20_000;
    let location = Location {
        latitude_microdegrees: latitude + near(hash >> 16),
        longitude_microdegrees: longitude + near(hash >> 40),
    };
    let first = options.first_arrival;
    let nights = Stay::new(first, first.plus(i32::from(options.arrival_days) + NIGHTS_BEYOND));
    Hotel {
        property: property(index),
        name: format!("Hotel {} {city}", index + 1),
        city,
        market,
        location,
        stars: [3, 4, 4, 5][(hash >> 8) as usize % 4],
        rooms: rooms(Shape::of(house), bookings, options),
        terms: [Terms::Flexible, Terms::NonRefundable].map(|terms| sold_on(terms, house)).into(),
        nights: nights.expect("there is at least one day of arrival"),
    }
}

/// As many rooms for its bookings as the real hotel had for its own, and one of each type.
fn rooms(shape: &Shape, bookings: u64, options: &GeneratedOptions) -> Vec<Rooms> {
    let asked: u64 = shape.room_types.iter().map(|count| u64::from(*count)).sum();
    let rooms_times_days = bookings * u64::from(shape.rooms) * u64::from(shape.arrival_days);
    let rooms = rooms_times_days / u64::from(shape.rows) / u64::from(options.arrival_days);
    let of_type = |(letter, count): (u8, u32)| {
        let physical = (rooms * u64::from(count)).div_ceil(asked).clamp(1, u64::from(u16::MAX));
        let beyond = u64::from(options.bookings).min(u64::from(u16::MAX) - physical);
        let letter = char::from(letter);
        Rooms {
            room_type: room_type_id(letter.to_ascii_lowercase().encode_utf8(&mut [0; 4])),
            name: format!("Room type {letter}"),
            max_guests: GUESTS_MAX,
            physical: physical as u16,
            beyond: beyond as u16,
        }
    };
    let types = ROOM_LETTERS.into_iter().zip(shape.room_types);
    types.filter(|(_, count)| *count > 0).map(of_type).collect()
}

fn sold_on(terms: Terms, house: House) -> Sold {
    let name = terms.name();
    Sold {
        rate_plan: rate_plan_id(terms.id()),
        name,
        base_price_minor: house.base_price_minor(terms),
    }
}
