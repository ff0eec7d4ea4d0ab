//! How much a hotel dares: what the revenue manager tunes.

use std::collections::BTreeMap;

use events::{ChannelId, Currency, Money, RatePlanId};

use super::ONE_PPM;

/// What walking a guest costs beyond giving back what was paid: taxi, another hotel, good will.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WalkCost {
    /// In currencies that are not named: a share of the price of the room.
    pub price_permille: u32,
    /// In these currencies, in minor units.
    pub amounts_minor: BTreeMap<Currency, i64>,
}

impl WalkCost {
    /// What walking a guest from a room of that price costs, in minor units of its currency.
    pub fn minor(&self, room_price: Money) -> i64 {
        let named = self.amounts_minor.get(&room_price.currency).copied();
        named.unwrap_or_else(|| {
            let share = i128::from(room_price.amount_minor) * i128::from(self.price_permille);
            i64::try_from(share / 1000).unwrap_or(i64::MAX)
        })
    }
}

/// The most that a hotel wants to be oversold by, whatever the numbers say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct HardCap {
    /// So many rooms of a type.
    pub rooms: u32,
    /// A share of the rooms there are of a type, rounded down; the smaller of the two holds.
    pub permille: u32,
}

impl HardCap {
    /// The cap for a room type of which there are so many rooms.
    pub fn rooms(self, physical_rooms: u32) -> u32 {
        let share = u64::from(physical_rooms) * u64::from(self.permille) / 1000;
        self.rooms.min(u32::try_from(share).unwrap_or(u32::MAX))
    }
}

/// What is known of a booking that may matter for whether it shows up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BookingTraits<'a> {
    /// Days from the day it was made to its arrival.
    pub lead_days: u16,
    /// Days from today to its arrival; what stands so long has not been cancelled so far.
    pub days_to_arrival: u16,
    /// On which terms; none for a guest who has not booked yet.
    pub rate_plan: Option<&'a RatePlanId>,
    /// Through whom; none for a guest who has not booked yet.
    pub channel: Option<&'a ChannelId>,
}

/// Bookings that are alike; what is not named is not asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShowSegment {
    /// What it is called.
    pub name: String,
    /// Made at least so many days before arrival.
    pub lead_days_from: Option<u16>,
    /// Made less than so many days before arrival.
    pub lead_days_before: Option<u16>,
    /// From so many days to arrival: the beginning of a bucket.
    pub days_to_arrival_from: Option<u16>,
    /// Up to, not including, so many days to arrival: the beginning of a bucket.
    pub days_to_arrival_before: Option<u16>,
    /// On these terms.
    pub rate_plan: Option<RatePlanId>,
    /// Through this channel.
    pub channel: Option<ChannelId>,
    /// The share of them that shows up.
    pub show_permille: u16,
}

impl ShowSegment {
    /// A segment that all bookings are of.
    pub fn named(name: &str, show_permille: u16) -> Self {
        Self {
            name: name.into(),
            lead_days_from: None,
            lead_days_before: None,
            days_to_arrival_from: None,
            days_to_arrival_before: None,
            rate_plan: None,
            channel: None,
            show_permille,
        }
    }

    /// Whether a booking is one of them.
    pub fn covers(&self, traits: &BookingTraits<'_>) -> bool {
        let within = |from: Option<u16>, before: Option<u16>, days: u16| {
            from.is_none_or(|from| from <= days) && before.is_none_or(|before| days < before)
        };
        within(self.lead_days_from, self.lead_days_before, traits.lead_days)
            && within(
                self.days_to_arrival_from,
                self.days_to_arrival_before,
                traits.days_to_arrival,
            )
            && self.rate_plan.as_ref().is_none_or(|named| traits.rate_plan == Some(named))
            && self.channel.as_ref().is_none_or(|named| traits.channel == Some(named))
    }
}

/// Which share of bookings shows up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShowRates {
    /// Of bookings that no segment covers.
    pub default_permille: u16,
    /// How far the share that stays away swings from night to night, for all segments together:
    /// its standard deviation in thousandths of its mean.
    pub spread_permille: u16,
    /// The first that covers a booking holds.
    pub segments: Vec<ShowSegment>,
}

impl ShowRates {
    /// With which probability a booking that has not arrived yet shows up.
    pub fn show_ppm(&self, traits: &BookingTraits<'_>) -> u32 {
        let covering = self.segments.iter().find(|segment| segment.covers(traits));
        let permille = covering.map_or(self.default_permille, |segment| segment.show_permille);
        (u32::from(permille) * 1000).min(ONE_PPM)
    }
}

/// How much a hotel dares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverbookingPolicy {
    /// Which version; 0 is the one that is built in.
    pub version: u64,
    /// Whether anything is sold beyond the rooms there are.
    pub is_enabled: bool,
    /// With which probability nobody is to be walked on a night.
    pub confidence_permille: u16,
    /// How many times a night is filled up again while its bookings cancel: what is promised for
    /// the night is shared out over so many decisions.
    pub refills_count: u16,
    /// What walking a guest costs.
    pub walk_cost: WalkCost,
    /// Which share of bookings shows up.
    pub shows: ShowRates,
    /// The most that the hotel wants.
    pub hard_cap: HardCap,
    /// Nights further away than so many days are not oversold.
    pub horizon_days: u16,
}

impl OverbookingPolicy {
    /// The probability of a walk that one decision may leave behind.
    ///
    /// If each decision took all that is promised for the night, a night that is filled up again
    /// after every cancellation would break the promise far more often: where fewer cancel than
    /// expected the danger stays, and where more do it is made good.
    pub(super) fn walk_share_of_a_decision(&self) -> f64 {
        let promised = f64::from(1000 - self.confidence_permille.min(1000)) / 1000.0;
        promised / f64::from(self.refills_count.max(1))
    }

    /// The same policy under another version.
    pub fn with_version(self, version: u64) -> Self {
        Self { version, ..self }
    }
}

impl Default for OverbookingPolicy {
    /// The policy that is built in: it oversells nothing, and where it is switched on it is
    /// careful. Its rates are fitted to nothing.
    fn default() -> Self {
        Self {
            version: 0,
            is_enabled: false,
            confidence_permille: 950,
            refills_count: 10,
            walk_cost: WalkCost { price_permille: 3000, amounts_minor: BTreeMap::new() },
            shows: ShowRates { default_permille: 950, spread_permille: 500, segments: Vec::new() },
            hard_cap: HardCap { rooms: 10, permille: 100 },
            horizon_days: 365,
        }
    }
}
