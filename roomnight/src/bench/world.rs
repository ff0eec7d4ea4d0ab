//! The made-up hotels that the benches sell, and the commands that define and sell them.

use std::sync::OnceLock;

use dataflows::views::days::Day;
use events::hold::Lines;
use events::wire::encode_command;
use events::{
    BodyHash, Command, CommandId, Currency, DefineProperty, DefineRatePlan, DefineRoomType,
    Envelope, IdError, Line, Location, LogTime, Money, Night, NightError, PlaceHold, PropertyId,
    RatePlanId, RoomTypeId, SetInventory, Slot, Stamp, Stay, Supply,
};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use serving::{Clock as _, SystemClock};

/// How many nights from the first one are for sale.
pub const NIGHTS_COUNT: i32 = 365;

/// For how much log time a hold is asked.
const HOLD_TTL_MS: u64 = 15 * 60 * 1_000;

/// For how much log time a command may still be decided.
const NOT_AFTER_MS: u64 = 60 * 60 * 1_000;

/// Why the made-up world cannot be made; a bug, as every text in it is ours.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// A name that is no id.
    #[error(transparent)]
    Id(#[from] IdError),
    /// What an attempt is made of that is none.
    #[error(transparent)]
    Attempt(#[from] events::AttemptError),
    /// Nights that are none.
    #[error(transparent)]
    Night(#[from] NightError),
    /// A currency that is none.
    #[error(transparent)]
    Money(#[from] events::MoneyError),
}

/// What all the made-up hotels have in common.
#[derive(Debug, Clone)]
pub struct World {
    room_type: RoomTypeId,
    rate_plan: RatePlanId,
    currency: Currency,
    first_night: Night,
    rooms: u16,
}

impl World {
    /// Hotels with that many rooms of one type, which sell the year that begins the day after
    /// tomorrow: views keep the nights of the coming year by how far ahead they lie.
    pub fn of_the_coming_year(rooms: u16) -> Result<Self, WorldError> {
        /// The same for all of a process, over midnight too.
        static TODAY: OnceLock<Day> = OnceLock::new();
        let today = TODAY.get_or_init(|| Day::of(SystemClock.now()));
        let world = Self::new(rooms)?;
        let first_night = Night::from_number(today.0 + 2).unwrap_or(world.first_night);
        Ok(Self { first_night, ..world })
    }

    /// Hotels with that many rooms of one type, which sell the same nights whenever they are made.
    pub fn new(rooms: u16) -> Result<Self, WorldError> {
        Ok(Self {
            room_type: RoomTypeId::new("double")?,
            rate_plan: RatePlanId::new("flexible")?,
            currency: "EUR".parse()?,
            first_night: "2030-01-01".parse()?,
            rooms,
        })
    }

    /// The only room type.
    pub fn room_type(&self) -> &RoomTypeId {
        &self.room_type
    }

    /// The first night that is for sale.
    pub fn first_night(&self) -> Night {
        self.first_night
    }

    /// The hotel of that number.
    pub fn property(&self, number: usize) -> Result<PropertyId, WorldError> {
        Ok(PropertyId::new(&format!("hotel-{number}"))?)
    }

    /// The commands that make the hotel of that number ready for sale.
    pub fn define(&self, number: usize) -> Result<[Command; 4], WorldError> {
        let property = self.property(number)?;
        let nights = Stay::new(self.first_night, self.first_night.plus(NIGHTS_COUNT))?;
        Ok([
            Command::DefineProperty(DefineProperty {
                property: property.clone(),
                name: format!("Hotel {number}"),
                city: "Lisbon".to_owned(),
                country: "PT".to_owned(),
                location: Location {
                    latitude_microdegrees: 38_710_000,
                    longitude_microdegrees: -9_140_000,
                },
                time_zone: "Europe/Lisbon".to_owned(),
                currency: self.currency,
                stars: 4,
                amenities: vec!["wifi".to_owned()],
                market: None,
            }),
            Command::DefineRoomType(DefineRoomType {
                property: property.clone(),
                room_type: self.room_type.clone(),
                name: "Double".to_owned(),
                max_guests: 2,
            }),
            Command::DefineRatePlan(DefineRatePlan {
                property: property.clone(),
                rate_plan: self.rate_plan.clone(),
                name: "Flexible".to_owned(),
                room_types: vec![self.room_type.clone()],
                base_price: Money { amount_minor: 12_000, currency: self.currency },
                occupancy: events::Occupancy::default(),
                channels: Vec::new(),
            }),
            Command::SetInventory(SetInventory {
                property,
                room_type: self.room_type.clone(),
                nights,
                supply: Supply { physical: self.rooms, blocked: 0, allowance: 0 },
            }),
        ])
    }

    /// A hold of one room for up to three nights somewhere in the year.
    pub fn hold(&self, number: usize, random: &mut ChaCha8Rng) -> Result<Command, WorldError> {
        let arrival = self.first_night.plus(random.random_range(0..NIGHTS_COUNT - 3));
        let stay = Stay::new(arrival, arrival.plus(random.random_range(1..=3)))?;
        Ok(Command::PlaceHold(PlaceHold::direct(
            self.property(number)?,
            HOLD_TTL_MS,
            Lines::from_iter([Line {
                room_type: self.room_type.clone(),
                rate_plan: self.rate_plan.clone(),
                stay,
                rooms: 1,
                adults: 2,
                children: Default::default(),
            }]),
        )))
    }
}

/// Puts a command into an envelope under a new random id, as a log would hold it.
pub fn envelope(command: Command, log_time: LogTime, random: &mut ChaCha8Rng) -> Envelope {
    Envelope {
        id: CommandId(random.random()),
        producer: 1,
        sequence: 0,
        not_after: log_time.plus_ms(NOT_AFTER_MS),
        stamp: Stamp(1_900_000_000_000),
        slot: command.slot().unwrap_or(Slot::from_low_bits(0)),
        body_hash: BodyHash::of(&encode_command(&command)),
        command,
    }
}

/// Which hotel is asked next: each as often, or few of them most of the time.
#[derive(Debug, Clone)]
pub struct Choice {
    /// The share of all hotels up to and including each; empty where each is asked as often.
    shares: Vec<f64>,
    count: usize,
}

impl Choice {
    /// Each hotel as often as any other.
    pub fn uniform(count: usize) -> Self {
        Self { shares: Vec::new(), count }
    }

    /// By Zipf's law: the second half as often as the first, the third a third as often.
    pub fn zipf(count: usize) -> Self {
        let total: f64 = (1..=count).map(|rank| 1.0 / rank as f64).sum();
        let mut sum = 0.0;
        let shares = (1..=count).map(|rank| {
            sum += 1.0 / rank as f64 / total;
            sum
        });
        Self { shares: shares.collect(), count }
    }

    /// The next hotel's number.
    pub fn next(&self, random: &mut ChaCha8Rng) -> usize {
        if self.shares.is_empty() {
            return random.random_range(0..self.count);
        }
        let share: f64 = random.random();
        self.shares.partition_point(|reached| *reached < share).min(self.count - 1)
    }
}
