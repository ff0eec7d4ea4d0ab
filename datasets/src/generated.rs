//! Made-up histories of any size, shaped like the real one.
//!
//! From the tables in [`shape`], which are counts over the hotel bookings, come: how long before
//! arrival a booking is made, how many nights it is for, in which month and on which weekday guests
//! arrive, which rooms they want, how many they are, what they pay, on which terms they book, how
//! likely each of them cancels and when, and how likely they do not come. Lead time and arrival are
//! independent of each other; so is everything else but terms (which depend on the lead time) and
//! cancellation (on both).
//!
//! Invented is the skew between properties, of which the source has but two: the n-th property is
//! booked 1/n times as often as the first (Zipf). Every third property is a resort. Left out are
//! day uses, bookings of nobody, early departures, group blocks, and returning guests.
//!
//! Everything is integer arithmetic on ChaCha8: one seed, one history, on every machine.

use events::Night;

use crate::catalogue::Capacity;
use crate::commands::{CommandMaker, HistoryCommand};
use crate::history::{History, HistoryEvent, midnight};

mod bookings;
mod buckets;
mod draw;
#[cfg(test)]
mod fit;
mod hotels;
mod schedule;
pub mod shape;
mod stream;

pub use bookings::{Bookings, GeneratedBooking};
pub use shape::Shape;

use shape::LEAD_DAYS_END;

/// The most properties that one history may have.
pub const PROPERTIES_MAX: u32 = 1_000_000;

/// The most days on which guests of one history may arrive.
pub const ARRIVAL_DAYS_MAX: u16 = 3_650;

/// What to make up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GeneratedOptions {
    /// Another seed, another history.
    pub seed: u64,
    /// How many hotels.
    pub properties: u32,
    /// How many bookings over all of them.
    pub bookings: u32,
    /// The first day on which anybody arrives; bookings begin up to two years before.
    pub first_arrival: Night,
    /// On how many days guests arrive.
    pub arrival_days: u16,
}

impl Default for GeneratedOptions {
    /// Twenty hotels with a hundred thousand arrivals in 2015 and 2016.
    fn default() -> Self {
        let first_arrival = Night::from_number(5_479).unwrap_or(Night::MIN);
        Self { seed: 1, properties: 20, bookings: 100_000, first_arrival, arrival_days: 731 }
    }
}

/// Why no history can be made up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GeneratedError {
    /// None, or too many.
    #[error("{0} properties: use 1 to {PROPERTIES_MAX}")]
    Properties(u32),
    /// None, or too many.
    #[error("arrivals on {0} days: use 1 to {ARRIVAL_DAYS_MAX}")]
    ArrivalDays(u16),
    /// Some booking would lie outside the calendar.
    #[error("arrivals from {0} on: begin between 1903 and 2190")]
    FirstArrival(Night),
}

/// A made-up history; it takes next to no memory until it is played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    options: GeneratedOptions,
}

impl Generated {
    /// The history of those options.
    pub fn new(options: GeneratedOptions) -> Result<Self, GeneratedError> {
        if !(1..=PROPERTIES_MAX).contains(&options.properties) {
            return Err(GeneratedError::Properties(options.properties));
        }
        if !(1..=ARRIVAL_DAYS_MAX).contains(&options.arrival_days) {
            return Err(GeneratedError::ArrivalDays(options.arrival_days));
        }
        let first = options.first_arrival;
        if first < Night::MIN.plus(3 * 366) || first > Night::MAX.plus(-11 * 366) {
            return Err(GeneratedError::FirstArrival(first));
        }
        Ok(Self { options })
    }

    /// What it was made of.
    pub fn options(&self) -> &GeneratedOptions {
        &self.options
    }

    /// Its bookings, in the order of the days on which they are made.
    pub fn bookings(&self) -> Bookings {
        Bookings::new(&self.options)
    }

    /// The commands of the whole history in order, the catalogue not among them.
    pub fn commands(&self) -> impl Iterator<Item = HistoryCommand> + Send + use<> {
        let maker = CommandMaker::new(&self.name());
        stream::Events::new(self.bookings()).flat_map(move |event| maker.commands(&event))
    }
}

impl History for Generated {
    /// The `1` is the version of the generator: it changes when the same options mean other events.
    fn name(&self) -> String {
        let GeneratedOptions { seed, properties, bookings, first_arrival, arrival_days } =
            self.options;
        format!("generated-1/{seed}/{properties}/{bookings}/{first_arrival}/{arrival_days}")
    }

    fn bookings_count(&self) -> u64 {
        u64::from(self.options.bookings)
    }

    fn events_count(&self) -> Option<u64> {
        None
    }

    fn catalogue(
        &self,
        capacity: Capacity,
    ) -> Box<dyn Iterator<Item = HistoryCommand> + Send + '_> {
        let maker = CommandMaker::new(&self.name());
        let at = midnight(self.options.first_arrival.plus(-LEAD_DAYS_END));
        let hotels = hotels::hotels(&self.options);
        Box::new(hotels.flat_map(move |hotel| hotel.commands(&maker, capacity, at)))
    }

    fn events(&self) -> Box<dyn Iterator<Item = HistoryEvent> + Send + '_> {
        Box::new(stream::Events::new(self.bookings()))
    }
}

#[cfg(test)]
mod tests;
