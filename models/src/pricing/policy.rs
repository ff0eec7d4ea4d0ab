//! How prices are made: what the pricing team tunes.

use std::collections::BTreeMap;

use events::{Currency, MarketId, Money, Night, RivalId};

use super::bounds::{Bounds, Interval, RelativeBounds};
use super::{
    Cell, Confidence, Constraint, Curve, Direction, Factor, Features, Season, Tier, Tiers,
};
use crate::calendar::{Country, Weekdays, weekday};

/// A curve and how much it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weighted {
    /// What the feature adds at each of its values.
    pub curve: Curve,
    /// By how much that counts, 1000 being as it stands.
    pub weight_permille: u16,
}

impl Weighted {
    /// The effect at a value, in millionths.
    pub fn effect_ppm(&self, value: i64) -> i64 {
        (self.curve.at_ppm(value) * i64::from(self.weight_permille)).div_euclid(1000)
    }

    /// Whether its effect goes in no other direction than that one.
    pub fn goes(&self, direction: Direction) -> bool {
        match direction {
            Direction::Rising => self.curve.first_fall().is_none(),
            Direction::Falling => self.curve.first_rise().is_none(),
            Direction::Free => true,
        }
    }
}

/// What becomes of a price below that of the same room elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ParityMode {
    /// Nothing: prices are free, as the law of some markets demands.
    #[default]
    Off,
    /// It is told.
    Warn,
    /// It is raised, as far as its ceiling allows.
    Enforce,
}

/// What becomes of such a price, by market.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ParityRules {
    /// In markets that are not named, and where the market is not known.
    pub default: ParityMode,
    /// In these markets.
    pub markets: BTreeMap<MarketId, ParityMode>,
}

impl ParityRules {
    /// The rule of a market.
    pub fn mode(&self, market: Option<&MarketId>) -> ParityMode {
        market.and_then(|market| self.markets.get(market)).copied().unwrap_or(self.default)
    }
}

/// Whose prices count, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompetitorRules {
    /// The rivals that count; all of them if none is named.
    pub rivals: Vec<RivalId>,
    /// For how long an observation counts.
    pub age_max_minutes: u32,
    /// With fewer rivals than that it counts as unknown what they do.
    pub count_min: u16,
}

/// Which nights are those of a weekend, by country.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WeekendRules {
    /// In countries that are not named.
    pub default: Weekdays,
    /// In these countries.
    pub countries: BTreeMap<Country, Weekdays>,
}

impl WeekendRules {
    /// The days whose nights are those of a weekend in a country.
    pub fn days(&self, country: Option<Country>) -> Weekdays {
        country.and_then(|country| self.countries.get(&country)).copied().unwrap_or(self.default)
    }

    /// Whether a night is one of a weekend in a country.
    pub fn is_weekend(&self, country: Option<Country>, night: Night) -> bool {
        self.days(country).contains(weekday(night))
    }
}

/// How prices are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PricingPolicy {
    /// Which version; 0 is the one that is built in.
    pub version: u64,
    /// What each factor adds, in the order of [`Factor`]; each goes in its direction.
    pub curves: BTreeMap<Factor, Weighted>,
    /// Bounds as shares of the base price.
    pub relative: RelativeBounds,
    /// Bounds by currency; they go before those as shares.
    pub absolute: BTreeMap<Currency, Bounds>,
    /// Endings by currency; prices in other currencies stay as they are.
    pub tiers: BTreeMap<Currency, Tiers>,
    /// Rules of the calendar, the highest priority first.
    pub seasons: Vec<Season>,
    /// What becomes of a price below that of the same room elsewhere.
    pub parity: ParityRules,
    /// Whose prices count.
    pub competitors: CompetitorRules,
    /// Which nights are those of a weekend.
    pub weekend: WeekendRules,
    /// What it takes to be confident.
    pub confidence: Confidence,
}

impl PricingPolicy {
    /// The same policy under another version.
    pub fn with_version(self, version: u64) -> Self {
        Self { version, ..self }
    }

    /// Whether a factor makes any difference: to a price, or to how much it can be relied on.
    pub fn asks_for(&self, factor: Factor) -> bool {
        let of_price = self.curves.get(&factor).is_some_and(|curve| curve.weight_permille > 0);
        of_price || self.confidence.weights.iter().any(|(of, weight)| *of == factor && *weight > 0)
    }

    /// The season that holds for a night.
    pub fn season(
        &self,
        night: Night,
        days_to_arrival: u16,
        stay_nights: Option<u16>,
    ) -> Option<&Season> {
        self.seasons.iter().find(|season| season.matches(night, days_to_arrival, stay_nights))
    }

    /// The value of a factor as the policy admits it.
    pub(super) fn value(&self, factor: Factor, base: Money, features: &Features) -> Option<i64> {
        let few = |rivals: super::Competitors| rivals.count < self.competitors.count_min;
        let of_rivals =
            matches!(factor, Factor::RivalsAverage | Factor::RivalsMinimum | Factor::RivalsSoldOut);
        if of_rivals && features.competitors.is_none_or(few) {
            return None;
        }
        features.value(factor, base)
    }

    /// What each factor adds to the multiplier, those that add nothing left out.
    pub(super) fn effects(
        &self,
        base: Money,
        features: &Features,
        season: Option<&Season>,
    ) -> Vec<(Factor, i64)> {
        let of_curve = |(factor, weighted): (&Factor, &Weighted)| {
            let value = self.value(*factor, base, features)?;
            Some((*factor, weighted.effect_ppm(value)))
        };
        let mut effects: Vec<(Factor, i64)> = self.curves.iter().filter_map(of_curve).collect();
        let of_season =
            season.map(|season| (Factor::Season, i64::from(season.adjustment_permille) * 1000));
        effects.extend(of_season);
        effects.retain(|(_, effect_ppm)| *effect_ppm != 0);
        effects.sort_by_key(|(factor, _)| *factor);
        effects
    }

    /// Where the price of a cell stays.
    pub(super) fn interval(&self, cell: &Cell<'_>, base: Money) -> Interval {
        let absolute = self.absolute.get(&base.currency).copied().unwrap_or_default();
        let relative = self.relative.of(base.amount_minor);
        Interval::of([
            (cell.own, Constraint::PropertyFloor, Constraint::PropertyCeiling),
            (absolute, Constraint::AbsoluteFloor, Constraint::AbsoluteCeiling),
            (relative, Constraint::RelativeFloor, Constraint::RelativeCeiling),
        ])
    }
}

impl Default for PricingPolicy {
    /// The policy that is built in: a place to start from, fitted to nothing.
    fn default() -> Self {
        let curve = |(factor, points): &(Factor, &[(i64, i32)])| {
            let curve = Curve::new(points.to_vec()).ok()?;
            Some((*factor, Weighted { curve, weight_permille: 1000 }))
        };
        Self {
            version: 0,
            curves: CURVES.iter().filter_map(curve).collect(),
            relative: RelativeBounds { floor_permille: 600, ceiling_permille: 2500 },
            absolute: BTreeMap::new(),
            tiers: TIERED.iter().filter_map(|code| Some((code.parse().ok()?, tiers()))).collect(),
            seasons: Vec::new(),
            parity: ParityRules::default(),
            competitors: CompetitorRules {
                rivals: Vec::new(),
                age_max_minutes: 2 * 24 * 60,
                count_min: 1,
            },
            weekend: WeekendRules {
                default: Weekdays::FRIDAY_SATURDAY,
                countries: BTreeMap::new(),
            },
            confidence: Confidence {
                weights: CONFIDENCE.to_vec(),
                searches_half_count: 20,
                rivals_half_count: 3,
            },
        }
    }
}

/// What is built in: by factor, points of a value and what it adds in thousandths.
const CURVES: &[(Factor, &[(i64, i32)])] = &[
    (Factor::DaysToArrival, &[(30, 0), (180, -40)]),
    (Factor::Weekend, &[(0, 0), (1, 60)]),
    (Factor::Holiday, &[(0, 0), (1, 80)]),
    (Factor::Searches, &[(0, 0), (20, 20), (200, 80), (2000, 150)]),
    (Factor::Pace, &[(500, -100), (900, 0), (1100, 0), (1600, 150)]),
    (Factor::Occupancy, &[(0, -60), (400, 0), (700, 80), (900, 220), (1000, 300)]),
    (Factor::MarketOccupancy, &[(300, -40), (600, 0), (950, 150)]),
    (Factor::RivalsAverage, &[(500, -150), (1000, 0), (2000, 200)]),
    (Factor::RivalsMinimum, &[(500, -50), (1000, 0)]),
    (Factor::RivalsSoldOut, &[(0, 0), (1000, 150)]),
    (Factor::Major, &[(0, 0), (1000, 400)]),
    (Factor::Conference, &[(0, 0), (1000, 250)]),
    (Factor::Concert, &[(0, 0), (1000, 150)]),
    (Factor::Sports, &[(0, 0), (1000, 150)]),
    (Factor::OccupancyLastYear, &[(300, -40), (600, 0), (1000, 80)]),
];

/// What is built in: how much each factor weighs for being confident.
const CONFIDENCE: &[(Factor, u16)] = &[
    (Factor::Searches, 200),
    (Factor::Pace, 200),
    (Factor::Occupancy, 200),
    (Factor::MarketOccupancy, 100),
    (Factor::RivalsAverage, 200),
    (Factor::OccupancyLastYear, 100),
];

/// Currencies that have endings in what is built in; their minor unit is a hundredth.
const TIERED: &[&str] = &["EUR", "USD", "GBP", "CHF"];

/// Whole units, and from fifty units on those that end in 4 or 9.
fn tiers() -> Tiers {
    let whole = Tier { from_minor: 0, step_minor: 100, endings_minor: vec![0] };
    let charm = Tier { from_minor: 5_000, step_minor: 1_000, endings_minor: vec![400, 900] };
    Tiers::new(vec![whole, charm]).unwrap_or_default()
}
