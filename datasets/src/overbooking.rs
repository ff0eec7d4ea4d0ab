//! What an allowance would have done at the two real hotels.
//!
//! The bookings of the table are asked for again, day by day, at hotels of a given number of rooms:
//! who would push a night above its rooms and its allowance is refused, who is admitted cancels,
//! stays away or comes as the table says, and on each night of [`window`] it is counted who slept,
//! who was walked and what stayed empty. Show rates are fitted on arrivals before the window only
//! ([`fit()`]).
//!
//! What the table does not know had to be chosen:
//!
//! - a hotel has one number of rooms for all its types, as guests are given better rooms when their
//!   own are gone; bookings of zero nights take none;
//! - the bookings of 2016 for nights of 2017 are admitted by rates that know all arrivals of 2016;
//! - limits are computed when a night first fills up on a day, and hold for that day;
//! - those who are walked are the last who were admitted, and each night stands for itself;
//! - what cancelled and absent guests paid is left out on both sides of the comparison;
//! - the table has only whom the hotels took, so that demand they refused is missing.

mod fit;
#[cfg(test)]
mod tests;
mod trial;

use std::collections::BTreeMap;

use events::{Currency, Money, Night, Stay};
use models::overbooking::{HardCap, OverbookingPolicy};

pub use fit::fit;
pub use trial::Outcome;

use crate::hotel_bookings::{House, Row, Terms};

/// A hotel that takes the bookings of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    /// Which of the two.
    pub house: House,
    /// How many rooms it has.
    pub rooms: u32,
    /// Whether the bookings on non-refundable terms ask too, of which 99 in 100 cancel.
    pub with_non_refundable: bool,
    /// How much it dares.
    pub policy: OverbookingPolicy,
}

/// The nights on which it is counted: those of 2017 up to the last night of any arrival.
pub fn window() -> Stay {
    let night = |text: &str| text.parse::<Night>().expect("a date written down here");
    Stay::new(night("2017-01-01"), night("2017-09-01")).expect("the end is after the beginning")
}

/// The policy of the table in `BENCHMARKS.md`: what is built in, switched on, with show rates
/// fitted on arrivals before the window and no cap, so that the odds are what is tried.
pub fn fitted(rows: &[Row], house: House, with_non_refundable: bool) -> OverbookingPolicy {
    let mut policy = OverbookingPolicy { is_enabled: true, ..OverbookingPolicy::default() };
    policy.hard_cap = HardCap { rooms: u32::MAX, permille: 1000 };
    policy.horizon_days = u16::MAX;
    let trial = Trial { house, rooms: 0, with_non_refundable, policy: policy.clone() };
    let asking = rows.iter().filter(|row| trial.is_asked_by(row));
    OverbookingPolicy { shows: fit(asking, window().arrival()), ..policy }
}

/// Runs a trial on the rows of the table.
pub fn run(trial: &Trial, rows: &[Row]) -> Outcome {
    let asking: Vec<Row> =
        rows.iter().copied().filter(|row| trial.is_asked_by(row) && row.nights > 0).collect();
    let mut days: BTreeMap<Night, trial::Day> = BTreeMap::new();
    for (index, row) in asking.iter().enumerate() {
        days.entry(row.created).or_default().created.push(index);
        days.entry(row.ends()).or_default().ended.push(index);
    }
    let mut state = trial::State::new(trial, &asking);
    let window = window();
    let first = days.keys().next().copied().unwrap_or(window.arrival());
    let mut day = first.min(window.arrival());
    while day < window.departure() {
        state.pass(day, days.remove(&day).unwrap_or_default(), window.contains(day));
        day = day.plus(1);
    }
    state.outcome()
}

impl Trial {
    fn is_asked_by(&self, row: &Row) -> bool {
        row.house == self.house && (self.with_non_refundable || row.terms != Terms::NonRefundable)
    }

    /// What a room earns for a night: what most guests pay.
    fn room_price(&self) -> Money {
        let currency: Currency = "EUR".parse().expect("the euro is a currency");
        Money { amount_minor: self.house.base_price_minor(Terms::Flexible), currency }
    }
}
