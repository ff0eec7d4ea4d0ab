//! What a night should cost, in integers, and why it does.
//!
//! The suggested price is the base price times a multiplier of a million parts; each feature that
//! is known adds its part, read off a curve of the policy, and the parts add up to the multiplier
//! and, in minor units, to the suggested price. Constraints then move it, one after the other, and
//! each says by how much. Everything is a pure function of integers, so that a replay and a reader
//! who computes it himself come to the same cent.
//!
//! Three things hold for every policy that is admitted: more demand never lowers a price, a rival's
//! cut never raises it, and no step takes it out of its bounds. The first two follow from curves
//! that only rise (or fall) and steps that keep an order; see [`Factor::direction`].

mod bounds;
mod confidence;
mod curve;
mod factor;
mod features;
mod policy;
mod season;
mod shares;
#[cfg(test)]
mod tests;
mod tiers;

pub use bounds::{AMOUNT_MINOR_MAX, Bounds, RelativeBounds};
pub use confidence::Confidence;
pub use curve::{Curve, CurveError, EFFECT_PERMILLE_MAX, POINTS_COUNT_MAX};
pub use factor::{Direction, Factor};
pub use features::{
    Competitors, EventImpacts, EventKind, Features, LEAD_EDGES_DAYS, bucketed_count,
    lead_bucket_days, lead_bucket_end_days,
};
pub use policy::{CompetitorRules, ParityMode, ParityRules, PricingPolicy, WeekendRules, Weighted};
pub use season::Season;
pub use tiers::{Tier, Tiers};

use events::{MarketId, Money, Night};

use self::bounds::Interval;

/// One in parts per million: a multiplier that changes nothing.
pub const ONE_PPM: i64 = 1_000_000;

/// What is to be priced: a room of one type for one night, without what is known of demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell<'a> {
    /// The price that everything starts from; below zero counts as zero.
    pub base: Money,
    /// The night.
    pub night: Night,
    /// The property's own bounds: they go before those of the policy.
    pub own: Bounds,
    /// The market that the property is in.
    pub market: Option<&'a MarketId>,
    /// The price that the same room has elsewhere; without effect in another currency.
    pub parity: Option<Money>,
    /// For how many nights a guest asks; seasons that name a length of stay need it.
    pub stay_nights: Option<u16>,
}

impl Cell<'_> {
    /// A cell of which nothing more is said.
    pub fn new(base: Money, night: Night) -> Self {
        Self { base, night, own: Bounds::default(), market: None, parity: None, stay_nights: None }
    }
}

/// What one feature adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Contribution {
    /// Which feature.
    pub factor: Factor,
    /// What it adds to the multiplier.
    pub effect_ppm: i64,
    /// What it adds to the price, such that all of them add up to it.
    pub amount_minor: i64,
}

/// What moved a price after it was suggested, in the order in which they are applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Constraint {
    /// The property's own floor.
    PropertyFloor,
    /// The policy's floor in this currency.
    AbsoluteFloor,
    /// The policy's floor as a share of the base price.
    RelativeFloor,
    /// The property's own ceiling.
    PropertyCeiling,
    /// The policy's ceiling in this currency.
    AbsoluteCeiling,
    /// The policy's ceiling as a share of the base price.
    RelativeCeiling,
    /// Not below the price of the same room elsewhere, where the market's rule enforces that.
    Parity,
    /// An ending that prices of this size have.
    Tier,
}

impl Constraint {
    /// All of them; the place in this list, counted from 1, is the number on the wire.
    pub const ALL: [Self; 8] = [
        Self::PropertyFloor,
        Self::AbsoluteFloor,
        Self::RelativeFloor,
        Self::PropertyCeiling,
        Self::AbsoluteCeiling,
        Self::RelativeCeiling,
        Self::Parity,
        Self::Tier,
    ];

    /// Its number on the wire; never reused.
    pub fn number(self) -> u8 {
        self as u8 + 1
    }

    /// The constraint of that number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number).checked_sub(1)?).copied()
    }

    /// Its name in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::PropertyFloor => "property_floor",
            Self::AbsoluteFloor => "absolute_floor",
            Self::RelativeFloor => "relative_floor",
            Self::PropertyCeiling => "property_ceiling",
            Self::AbsoluteCeiling => "absolute_ceiling",
            Self::RelativeCeiling => "relative_ceiling",
            Self::Parity => "parity",
            Self::Tier => "tier",
        }
    }
}

/// A constraint that moved a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Applied {
    /// Which.
    pub constraint: Constraint,
    /// By how much: never zero.
    pub delta_minor: i64,
}

/// A price and all that made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Priced {
    /// What it started from.
    pub base: Money,
    /// What to ask.
    pub price: Money,
    /// The base price times the multiplier, before constraints.
    pub suggested: Money,
    /// A million and the effects of all contributions.
    pub multiplier_ppm: i64,
    /// What each feature added, those that added nothing left out; in order of [`Factor`].
    /// The base price and their amounts add up to the suggested price.
    pub contributions: Vec<Contribution>,
    /// The season that held, whose effect is the contribution of [`Factor::Season`].
    pub season: Option<String>,
    /// What moved the price, in the order applied: the suggested price and their deltas add up to
    /// the price.
    pub constraints: Vec<Applied>,
    /// The least that the price could be.
    pub floor_minor: i64,
    /// The most that it could be.
    pub ceiling_minor: i64,
    /// Whether it is below the price elsewhere although the market's rule asks to warn or to
    /// enforce; under enforcement only a ceiling can do that.
    pub undercuts_parity: bool,
    /// How much of what the policy asks for is known, and from how much data: 0 to 1000.
    pub confidence_permille: u16,
    /// Under which version of the policy.
    pub policy_version: u64,
}

/// What a cell should cost under a policy, given what is known of it.
pub fn price(policy: &PricingPolicy, cell: &Cell<'_>, features: &Features) -> Priced {
    let base =
        Money { amount_minor: cell.base.amount_minor.clamp(0, AMOUNT_MINOR_MAX), ..cell.base };
    let season = policy.season(cell.night, features.days_to_arrival, cell.stay_nights);
    let effects = policy.effects(base, features, season);
    let multiplier_ppm = ONE_PPM + effects.iter().map(|(_, effect_ppm)| effect_ppm).sum::<i64>();
    let (suggested_minor, contributions) = shares::contributions(base.amount_minor, &effects);
    let interval = policy.interval(cell, base);
    let constrained = Constrained::of(policy, cell, &interval, suggested_minor);
    Priced {
        base,
        price: Money { amount_minor: constrained.price_minor, ..base },
        suggested: Money { amount_minor: suggested_minor, ..base },
        multiplier_ppm,
        contributions,
        season: season.map(|season| season.name.clone()),
        constraints: constrained.applied,
        floor_minor: interval.floor.minor,
        ceiling_minor: interval.ceiling.minor,
        undercuts_parity: constrained.undercuts_parity,
        confidence_permille: policy.confidence.permille(policy, base, features),
        policy_version: policy.version,
    }
}

/// A price on its way through the constraints.
struct Constrained {
    price_minor: i64,
    applied: Vec<Applied>,
    undercuts_parity: bool,
}

impl Constrained {
    fn of(
        policy: &PricingPolicy,
        cell: &Cell<'_>,
        interval: &Interval,
        suggested_minor: i64,
    ) -> Self {
        let mut held =
            Self { price_minor: suggested_minor, applied: Vec::new(), undercuts_parity: false };
        let Interval { floor, ceiling } = interval;
        held.move_to(suggested_minor.max(floor.minor), floor.constraint);
        held.move_to(held.price_minor.min(ceiling.minor), ceiling.constraint);
        let mode = policy.parity.mode(cell.market);
        let parity_minor = cell
            .parity
            .filter(|parity| parity.currency == cell.base.currency && mode != ParityMode::Off)
            .map(|parity| parity.amount_minor);
        // What is enforced is a floor for all that follows, rounding included.
        let floor_minor = match (mode, parity_minor) {
            (ParityMode::Enforce, Some(parity)) => parity.clamp(floor.minor, ceiling.minor),
            _ => floor.minor,
        };
        held.move_to(held.price_minor.max(floor_minor), Constraint::Parity);
        if let Some(tiers) = policy.tiers.get(&cell.base.currency) {
            let ending = tiers.nearest(held.price_minor, floor_minor, ceiling.minor);
            held.move_to(ending.unwrap_or(held.price_minor), Constraint::Tier);
        }
        held.undercuts_parity = parity_minor.is_some_and(|parity| held.price_minor < parity);
        held
    }

    fn move_to(&mut self, price_minor: i64, constraint: Constraint) {
        let delta_minor = price_minor - self.price_minor;
        if delta_minor != 0 {
            self.applied.push(Applied { constraint, delta_minor });
            self.price_minor = price_minor;
        }
    }
}
