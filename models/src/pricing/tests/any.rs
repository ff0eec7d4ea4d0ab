//! Any policy that is admitted, any cell, and anything that may be known of it.

use std::collections::BTreeMap;

use events::{MarketId, Money, Night};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;

use super::{euro, night};
use crate::calendar::Weekdays;
use crate::pricing::{
    Bounds, Cell, CompetitorRules, Competitors, Confidence, Curve, Direction, EventImpacts,
    EventKind, Factor, Features, LEAD_EDGES_DAYS, ParityMode, ParityRules, PricingPolicy,
    RelativeBounds, Season, Tier, Tiers, WeekendRules, Weighted,
};

/// The largest value that a feature of these tests has.
pub const VALUE_MAX: u32 = 3_000;

fn curve(direction: Direction) -> impl Strategy<Value = Curve> {
    let values = prop::collection::btree_set(0..i64::from(VALUE_MAX), 1..6);
    (values, vec(-400_i32..400, 6)).prop_map(move |(values, mut effects)| {
        match direction {
            Direction::Rising => effects.sort_unstable(),
            Direction::Falling => effects.sort_unstable_by_key(|effect| -effect),
            Direction::Free => {}
        }
        Curve::new(values.into_iter().zip(effects).collect()).expect("points in order")
    })
}

fn curves() -> impl Strategy<Value = BTreeMap<Factor, Weighted>> {
    let measured = Factor::ALL.iter().copied().filter(|factor| *factor != Factor::Season);
    let each: Vec<_> = measured
        .map(|factor| {
            let weighted = (curve(factor.direction()), 0_u16..2_000)
                .prop_map(|(curve, weight_permille)| Weighted { curve, weight_permille });
            of(weighted).prop_map(move |weighted| weighted.map(|weighted| (factor, weighted)))
        })
        .collect();
    each.prop_map(|curves| curves.into_iter().flatten().collect())
}

pub fn tiers() -> impl Strategy<Value = Tiers> {
    let tier = (0_i64..30_000, 1_i64..3_000).prop_flat_map(|(from_minor, step_minor)| {
        vec(0..step_minor, 1..4).prop_map(move |endings_minor| Tier {
            from_minor,
            step_minor,
            endings_minor,
        })
    });
    vec(tier, 1..4).prop_map(|mut tiers| {
        tiers.sort_by_key(|tier| tier.from_minor);
        tiers.dedup_by_key(|tier| tier.from_minor);
        Tiers::new(tiers).expect("tiers in order")
    })
}

pub fn bounds() -> impl Strategy<Value = Bounds> {
    let amount = || of(0_i64..40_000);
    (amount(), amount())
        .prop_map(|(floor_minor, ceiling_minor)| Bounds { floor_minor, ceiling_minor })
}

fn season() -> impl Strategy<Value = Season> {
    let edge = || of(prop::sample::select(LEAD_EDGES_DAYS.to_vec()));
    let days = vec(1_u8..=7, 1..8);
    (edge(), edge(), days, of(1_u16..9), -400_i32..400).prop_map(
        |(lead_days_from, lead_days_before, days, stay_nights_min, adjustment_permille)| Season {
            lead_days_from,
            lead_days_before,
            weekdays: days.into_iter().fold(Weekdays::default(), Weekdays::with),
            stay_nights_min,
            adjustment_permille,
            ..Season::named("season", 0)
        },
    )
}

fn mode() -> impl Strategy<Value = ParityMode> {
    prop::sample::select(vec![ParityMode::Off, ParityMode::Warn, ParityMode::Enforce])
}

/// A policy such as a document may state.
pub fn policy() -> impl Strategy<Value = PricingPolicy> {
    let relative = (0_u32..1_500, 0_u32..3_000).prop_map(|(floor_permille, more)| RelativeBounds {
        floor_permille,
        ceiling_permille: floor_permille + more,
    });
    let rest = (vec(season(), 0..3), mode(), 1_u16..4, vec(0_u16..500, Factor::ALL.len()));
    (curves(), relative, of(bounds()), of(tiers()), rest).prop_map(
        |(curves, relative, absolute, tiers, (seasons, default, count_min, weights))| {
            let euro = euro(0).currency;
            let weights = Factor::ALL.iter().copied().zip(weights).collect();
            PricingPolicy {
                version: 7,
                curves,
                relative,
                absolute: absolute.into_iter().map(|bounds| (euro, bounds)).collect(),
                tiers: tiers.into_iter().map(|tiers| (euro, tiers)).collect(),
                seasons,
                parity: ParityRules { default, markets: BTreeMap::new() },
                competitors: CompetitorRules { rivals: Vec::new(), age_max_minutes: 1, count_min },
                weekend: WeekendRules { default: Weekdays::ALL, countries: BTreeMap::new() },
                confidence: Confidence { weights, searches_half_count: 9, rivals_half_count: 2 },
            }
        },
    )
}

/// A cell, whose market is never named.
pub fn cell() -> impl Strategy<Value = Cell<'static>> {
    let amount = || (0_i64..40_000).prop_map(euro);
    (amount(), 0_i32..20_000, bounds(), of(amount()), of(1_u16..12)).prop_map(
        |(base, number, own, parity, stay_nights)| Cell {
            base,
            night: Night::from_number(number).expect("a night"),
            own,
            market: None::<&MarketId>,
            parity,
            stay_nights,
        },
    )
}

fn competitors() -> impl Strategy<Value = Competitors> {
    let amount = || of((0_i64..60_000).prop_map(euro));
    (1_u16..8, 0_u16..8, amount(), amount()).prop_map(|(count, sold_out, average, minimum)| {
        Competitors { count, sold_out_count: sold_out.min(count), average, minimum }
    })
}

/// Anything that may be known of a cell, bucketed or not.
pub fn features() -> impl Strategy<Value = Features> {
    let share = || of(0_u16..1_200);
    let count = || of(0..VALUE_MAX);
    let events = vec(of(0_u16..=1_000), EventKind::ALL.len()).prop_map(|impacts| {
        let known = EventKind::ALL.into_iter().zip(impacts);
        known.fold(EventImpacts::default(), |all, (kind, impact)| match impact {
            Some(permille) => all.with(kind, permille),
            None => all,
        })
    });
    let calendar = (0_i32..500, any::<bool>(), of(any::<bool>()), 0_i32..20_000);
    let demand = (count(), count(), count(), share(), share(), share(), share());
    (calendar, demand, of(competitors()), events).prop_map(
        |((days, is_weekend, is_holiday, number), demand, competitors, events)| {
            let (searches, look_to_book, pace, occupancy, market, cancelled, last_year) = demand;
            let night = Night::from_number(number).unwrap_or(night("2027-01-01"));
            Features {
                searches_7d: searches,
                look_to_book_ppm: look_to_book,
                pace_permille: pace,
                occupancy_permille: occupancy,
                market_occupancy_permille: market,
                cancellation_rate_permille: cancelled,
                occupancy_last_year_permille: last_year,
                competitors,
                events,
                ..Features::of_night(night, days, is_weekend, is_holiday)
            }
        },
    )
}

/// The same features with at least as much demand in each that is known.
pub fn more_demand(features: Features, more: &[u16]) -> Features {
    let mut more = more.iter().copied().cycle();
    let mut add = || more.next().unwrap_or_default();
    let mut count = |known: Option<u32>| known.map(|known| known + u32::from(add()));
    let (searches_7d, look_to_book_ppm) =
        (count(features.searches_7d), count(features.look_to_book_ppm));
    let pace_permille = count(features.pace_permille);
    let mut share = |known: Option<u16>| known.map(|known| known + add());
    let events = EventKind::ALL.into_iter().fold(features.events, |all, kind| {
        match share(all.permille(kind)) {
            Some(permille) => all.with(kind, permille),
            None => all,
        }
    });
    Features {
        searches_7d,
        look_to_book_ppm,
        pace_permille,
        occupancy_permille: share(features.occupancy_permille),
        market_occupancy_permille: share(features.market_occupancy_permille),
        occupancy_last_year_permille: share(features.occupancy_last_year_permille),
        cancellation_rate_permille: features
            .cancellation_rate_permille
            .map(|known| known.saturating_sub(add())),
        events,
        ..features
    }
}

/// The same features with rivals that ask less.
pub fn cut(features: Features, average_less: i64, minimum_less: i64) -> Features {
    let less = |known: Option<Money>, less: i64| {
        known.map(|known| Money { amount_minor: known.amount_minor - less, ..known })
    };
    let competitors = features.competitors.map(|rivals| Competitors {
        average: less(rivals.average, average_less),
        minimum: less(rivals.minimum, minimum_less),
        ..rivals
    });
    Features { competitors, ..features }
}
