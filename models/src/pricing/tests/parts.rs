//! The parts of pricing by themselves, each against the slow way of doing the same.

use events::{Currency, Money};
use proptest::prelude::*;

use super::any::tiers;
use super::{euro, night};
use crate::pricing::{
    Bounds, Cell, Competitors, Constraint, Curve, CurveError, EventImpacts, EventKind, Features,
    LEAD_EDGES_DAYS, ParityMode, PricingPolicy, Season, lead_bucket_days, lead_bucket_end_days,
    price,
};

#[test]
fn points_that_are_no_curve_are_refused() {
    assert_eq!(Curve::new(vec![]), Err(CurveError::Count));
    assert_eq!(Curve::new((0..65).map(|x| (x, 0)).collect()), Err(CurveError::Count));
    assert_eq!(Curve::new(vec![(0, 0), (0, 1)]), Err(CurveError::Order(1)));
    assert_eq!(Curve::new(vec![(0, 10_001)]), Err(CurveError::Effect(0)));
    assert_eq!(Curve::new(vec![(0, i32::MIN)]), Err(CurveError::Effect(0)));
}

#[test]
fn a_bucket_of_days_is_a_range_of_days() {
    assert_eq!(lead_bucket_days(-3), 0);
    assert_eq!((lead_bucket_days(9), lead_bucket_end_days(9)), (7, Some(10)));
    assert_eq!((lead_bucket_days(900), lead_bucket_end_days(900)), (365, None));
    for days in 0..500 {
        let (begin, end) = (lead_bucket_days(days), lead_bucket_end_days(days));
        assert!(i32::from(begin) <= days && end.is_none_or(|end| days < i32::from(end)));
        assert!(LEAD_EDGES_DAYS.contains(&begin));
    }
}

#[test]
fn seasons_hold_by_priority_and_alone() {
    let season =
        |name: &str, adjustment_permille| Season { adjustment_permille, ..Season::named(name, 0) };
    let long_stay = Season { stay_nights_min: Some(3), ..season("long stay", -100) };
    let early = Season { lead_days_from: Some(30), ..season("early", -50) };
    let june = Season {
        first_night: Some(night("2027-06-01")),
        last_night: Some(night("2027-06-30")),
        ..season("june", 200)
    };
    let policy =
        PricingPolicy { seasons: vec![long_stay, early, june], ..PricingPolicy::default() };
    let holds = |day: &str, lead_days: i32, stay_nights: Option<u16>| {
        let night = night(day);
        let features = Features::of_night(night, lead_days, false, None);
        let priced = price(&policy, &Cell { stay_nights, ..Cell::new(euro(1), night) }, &features);
        priced.season.unwrap_or_default()
    };
    assert_eq!(holds("2027-06-30", 3, None), "june");
    assert_eq!(holds("2027-07-01", 3, None), "");
    assert_eq!(holds("2027-06-01", 30, None), "early");
    assert_eq!(holds("2027-06-01", 30, Some(2)), "early");
    assert_eq!(holds("2027-06-01", 30, Some(3)), "long stay");
}

#[test]
fn amounts_in_another_currency_are_not_known() {
    let yen: Currency = "JPY".parse().expect("the yen");
    let night = night("2027-03-01");
    let dear = Money { amount_minor: 1_000_000, currency: yen };
    let competitors =
        Some(Competitors { count: 3, sold_out_count: 0, average: Some(dear), minimum: Some(dear) });
    let unknown = Features::of_night(night, 10, false, None);
    let mut policy = PricingPolicy::default();
    policy.parity.default = ParityMode::Enforce;
    let cell = Cell { parity: Some(dear), ..Cell::new(euro(10_000), night) };
    let priced = price(&policy, &cell, &Features { competitors, ..unknown });
    assert_eq!(priced, price(&policy, &Cell::new(euro(10_000), night), &unknown));
}

#[test]
fn what_no_hotel_asks_is_priced_all_the_same() {
    let night = night("2027-03-01");
    let all_events =
        EventKind::ALL.into_iter().fold(EventImpacts::default(), |all, kind| all.with(kind, 9_999));
    let features = Features {
        searches_7d: Some(u32::MAX),
        pace_permille: Some(u32::MAX),
        occupancy_permille: Some(u16::MAX),
        events: all_events,
        ..Features::of_night(night, i32::MAX, true, Some(true))
    };
    for base in [i64::MIN, -1, 0, 1, i64::MAX] {
        for end in [None, Some(i64::MIN), Some(0), Some(i64::MAX)] {
            let own = Bounds { floor_minor: end, ceiling_minor: end };
            let parity = Some(euro(i64::MAX));
            let cell = Cell { own, parity, ..Cell::new(euro(base), night) };
            let priced = price(&PricingPolicy::default(), &cell, &features.bucketed());
            assert!(priced.price.amount_minor >= 0);
        }
    }
}

#[test]
fn a_price_of_the_past_is_the_price_of_today() {
    let policy = PricingPolicy::default();
    let mut sum = 0_i64;
    for step in 0..2_000_i32 {
        let number = u32::try_from(step).expect("not negative");
        let share = |prime: u32| u16::try_from(number * prime % 1_001).expect("a share");
        let night = night("2026-01-01").plus(step);
        let rivals = euro(6_000 + i64::from(share(37)) * 9);
        let features = Features {
            searches_7d: Some(number * 7),
            pace_permille: Some(u32::from(share(11)) + 500),
            occupancy_permille: Some(share(13)),
            market_occupancy_permille: Some(share(17)),
            competitors: Some(Competitors {
                count: 3,
                sold_out_count: share(3) % 4,
                average: Some(rivals),
                minimum: Some(rivals),
            }),
            events: EventImpacts::default().with(EventKind::Conference, share(19)),
            occupancy_last_year_permille: Some(share(23)),
            ..Features::of_night(night, step % 400, step % 7 > 4, Some(step % 30 == 0))
        };
        let priced = price(&policy, &Cell::new(euro(9_950), night), &features.bucketed());
        sum += priced.price.amount_minor * i64::from(step + 1) + priced.multiplier_ppm;
    }
    // Another number means that a replay of an old log shows other prices than it did.
    assert_eq!(sum, PINNED);
}

const PINNED: i64 = 30_749_811_273;

#[test]
fn a_ceiling_that_moved_a_price_is_named() {
    let night = night("2027-03-01");
    let features =
        Features { occupancy_permille: Some(1_000), ..Features::of_night(night, 10, false, None) };
    let of = |own: Bounds| {
        let cell = Cell { own, ..Cell::new(euro(10_000), night) };
        price(&PricingPolicy::default(), &cell, &features).constraints[0].constraint
    };
    assert_eq!(
        of(Bounds { ceiling_minor: Some(11_000), ..Bounds::default() }),
        Constraint::PropertyCeiling
    );
    assert_eq!(
        of(Bounds { floor_minor: Some(20_000), ..Bounds::default() }),
        Constraint::PropertyFloor
    );
}

proptest! {
    #[test]
    fn a_curve_is_straight_between_its_points(
        values in prop::collection::btree_set(-1_000_i64..1_000, 1..6),
        effects in prop::collection::vec(-10_000_i32..=10_000, 6),
        at in -1_200_i64..1_200,
    ) {
        let points: Vec<(i64, i32)> = values.into_iter().zip(effects).collect();
        let curve = Curve::new(points.clone()).expect("points in order");
        let exact = match points.iter().position(|(value, _)| *value > at) {
            None => f64::from(points[points.len() - 1].1) * 1_000.0,
            Some(0) => f64::from(points[0].1) * 1_000.0,
            Some(next) => {
                let ((left, low), (right, high)) = (points[next - 1], points[next]);
                let share = (at - left) as f64 / (right - left) as f64;
                (f64::from(low) + share * f64::from(high - low)) * 1_000.0
            }
        };
        let off = exact - curve.at_ppm(at) as f64;
        prop_assert!((-1e-6..1.0 + 1e-6).contains(&off), "{off}");
    }

    #[test]
    fn the_nearest_ending_is_the_nearest_of_all(
        tiers in tiers(),
        price in 0_i64..40_000,
        below in 0_i64..3_000,
        above in 0_i64..3_000,
    ) {
        let (floor, ceiling) = ((price - below).max(0), price + above);
        let tier_of = |minor: i64| {
            tiers.tiers().iter().rev().find(|tier| tier.from_minor <= minor)
        };
        let has_ending = |minor: &i64| tier_of(*minor).is_some_and(|tier| {
            tier.endings_minor.contains(&(minor % tier.step_minor))
        });
        let nearest = (floor..=ceiling).filter(has_ending).min_by_key(|it| (price - it).abs());
        prop_assert_eq!(tiers.nearest(price, floor, ceiling), nearest);
    }
}
