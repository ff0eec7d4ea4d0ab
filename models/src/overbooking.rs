//! How many rooms may be sold beyond those there are.
//!
//! Each booking shows up with a probability of its own; how many rooms are wanted on the night is
//! their sum, a Poisson-binomial distribution, worked out exactly. One more booking is admitted
//! while two things hold, `C` being the rooms there are and `S` those that are wanted:
//!
//! - it pays: `P(S >= C) <= r / (r + W)`, where `r` is what a room earns for the night and `W` what
//!   it costs to walk a guest to another hotel (the critical fractile);
//! - with it the promise holds: `P(S > C) <= (1 - confidence) / refills`, since the promise is one
//!   for the night, which is filled up again as its bookings cancel.
//!
//! The hotel's hard cap, its switch and the horizon then bound what comes out.
//! Rooms of one booking show up together. Bookings are taken to be independent of each other but
//! for one thing that they have in common: how many stay away swings from night to night.
//! Inside there are floats, of additions and multiplications in a fixed order, so that the same
//! question has the same answer everywhere; what goes in and comes out are integers.

mod arrivals;
mod distribution;
mod policy;
#[cfg(test)]
mod tests;

pub use arrivals::Arrivals;
pub use distribution::{Distribution, Group, ROOMS_COUNT_MAX};
pub use policy::{BookingTraits, HardCap, OverbookingPolicy, ShowRates, ShowSegment, WalkCost};

use events::Money;

/// One in parts per million.
pub const ONE_PPM: u32 = 1_000_000;

/// Of which shares of all outcomes the quantiles of [`Outlook`] are told, in thousandths.
pub const QUANTILES_PERMILLE: [u16; 5] = [50, 250, 500, 750, 950];

/// What is asked about a room type and a night.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NightBooks<'a> {
    /// Rooms there are, those out of order left out.
    pub physical_rooms: u32,
    /// What is sold, in any order.
    pub groups: &'a [Group],
    /// With which probability the next guest shows up.
    pub newcomer_show_ppm: u32,
    /// What a room earns for the night.
    pub room_price: Money,
    /// Days from today to the night.
    pub days_to_arrival: u16,
}

/// Why the allowance is not larger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BoundBy {
    /// The policy sells nothing beyond the rooms there are.
    Disabled,
    /// The night is further away than the policy looks.
    Horizon,
    /// One more would cost more than it earns.
    WalkCost,
    /// One more would break what the confidence level promises.
    Confidence,
    /// The hotel wants no more.
    HardCap,
}

impl BoundBy {
    /// All of them; the place in this list, counted from 1, is the number on the wire.
    pub const ALL: [Self; 5] =
        [Self::Disabled, Self::Horizon, Self::WalkCost, Self::Confidence, Self::HardCap];

    /// Its number on the wire; never reused.
    pub fn number(self) -> u8 {
        self as u8 + 1
    }

    /// The bound of that number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number).checked_sub(1)?).copied()
    }

    /// Its name in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::Horizon => "horizon",
            Self::WalkCost => "walk_cost",
            Self::Confidence => "confidence",
            Self::HardCap => "hard_cap",
        }
    }
}

/// What a night will be like with so many rooms booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Outlook {
    /// Rooms that are booked.
    pub booked_rooms: u32,
    /// Rooms that are wanted on the night, in millionths of a room.
    pub expected_arrivals_ppm: u64,
    /// Guests' rooms that there are not, in millionths of a room.
    pub expected_walks_ppm: u64,
    /// Rooms that stay empty, in millionths of a room.
    pub expected_empty_ppm: u64,
    /// The probability that anybody has to be walked.
    pub walk_ppm: u32,
    /// Rooms that are wanted at most with the probabilities of [`QUANTILES_PERMILLE`].
    pub arrivals_quantiles: [u32; QUANTILES_PERMILLE.len()],
}

impl Outlook {
    fn of(arrivals: &Arrivals, booked_rooms: u32, physical_rooms: u32) -> Self {
        let arrivals = arrivals.joined();
        Self {
            booked_rooms,
            expected_arrivals_ppm: ppm(arrivals.mean()),
            expected_walks_ppm: ppm(arrivals.expected_above(physical_rooms)),
            expected_empty_ppm: ppm(arrivals.expected_below(physical_rooms)),
            walk_ppm: probability_ppm(arrivals.above(physical_rooms)),
            arrivals_quantiles: QUANTILES_PERMILLE
                .map(|permille| arrivals.quantile(f64::from(permille) / 1000.0)),
        }
    }
}

/// How many rooms may be sold beyond those there are, and what to expect of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Limit {
    /// So many.
    pub allowance: u32,
    /// Why not more.
    pub bound_by: BoundBy,
    /// With what is sold now.
    pub now: Outlook,
    /// With everything sold that may be; as now, if more than that is sold already.
    pub at_limit: Outlook,
    /// Under which version of the policy.
    pub policy_version: u64,
}

/// How many rooms of a night may be sold beyond those there are.
pub fn limit(policy: &OverbookingPolicy, books: &NightBooks<'_>) -> Limit {
    let physical = books.physical_rooms.min(ROOMS_COUNT_MAX);
    let mut arrivals = Arrivals::of(books.groups, policy.shows.spread_permille);
    let sold = arrivals.rooms_count();
    let now = Outlook::of(&arrivals, sold, physical);
    // What is left is sold in any case: an outlook speaks of the whole night.
    arrivals.add(Group::rooms(physical.saturating_sub(sold), books.newcomer_show_ppm));
    let mut booked = sold.max(physical);
    let bound_by = grow(policy, books, &mut arrivals, &mut booked);
    let cap = policy.hard_cap.rooms(physical);
    let allowance = match bound_by {
        Bounded::AtOnce(_) => 0,
        Bounded::After(_) => (booked - physical).min(cap),
    };
    Limit {
        allowance,
        bound_by: bound_by.why(),
        now,
        at_limit: Outlook::of(&arrivals, booked, physical),
        policy_version: policy.version,
    }
}

/// What ended the growth of a night's books.
enum Bounded {
    /// Nothing may be sold beyond the rooms there are.
    AtOnce(BoundBy),
    /// What was sold before may be.
    After(BoundBy),
}

impl Bounded {
    fn why(&self) -> BoundBy {
        match self {
            Self::AtOnce(why) | Self::After(why) => *why,
        }
    }
}

/// Admits one newcomer after the other, as long as that pays and the promise holds.
fn grow(
    policy: &OverbookingPolicy,
    books: &NightBooks<'_>,
    arrivals: &mut Arrivals,
    booked: &mut u32,
) -> Bounded {
    let physical = books.physical_rooms.min(ROOMS_COUNT_MAX);
    let promised = policy.walk_share_of_a_decision();
    let fractile = critical_fractile(books.room_price, policy.walk_cost.minor(books.room_price));
    if !policy.is_enabled {
        return Bounded::AtOnce(BoundBy::Disabled);
    }
    if books.days_to_arrival > policy.horizon_days {
        return Bounded::AtOnce(BoundBy::Horizon);
    }
    if arrivals.above(physical) > promised {
        return Bounded::AtOnce(BoundBy::Confidence);
    }
    let cap = policy.hard_cap.rooms(physical);
    loop {
        if booked.saturating_sub(physical) >= cap {
            return Bounded::After(BoundBy::HardCap);
        }
        if arrivals.at_least(physical) > fractile {
            return Bounded::After(BoundBy::WalkCost);
        }
        let mut with_one_more = arrivals.clone();
        with_one_more.add(Group::rooms(1, books.newcomer_show_ppm));
        if with_one_more.above(physical) > promised {
            return Bounded::After(BoundBy::Confidence);
        }
        *arrivals = with_one_more;
        *booked += 1;
    }
}

/// Up to which probability of being one too many a booking pays: `r / (r + W)`.
fn critical_fractile(room_price: Money, walk_cost_minor: i64) -> f64 {
    let earned = room_price.amount_minor.max(0) as f64;
    let lost = walk_cost_minor.max(0) as f64;
    // Where nothing is earned nothing is risked.
    if earned > 0.0 { earned / (earned + lost) } else { 0.0 }
}

fn ppm(rooms: f64) -> u64 {
    (rooms.max(0.0) * f64::from(ONE_PPM)).round() as u64
}

fn probability_ppm(probability: f64) -> u32 {
    (probability.clamp(0.0, 1.0) * f64::from(ONE_PPM)).round() as u32
}
