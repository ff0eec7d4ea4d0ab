//! Overbooking against enumeration of every outcome, against chance, and against its promises.

use events::Money;
use proptest::prelude::*;

use super::{
    BoundBy, Distribution, Group, HardCap, NightBooks, ONE_PPM, OverbookingPolicy, ShowRates,
    WalkCost, limit,
};

mod brute;
mod chance;

fn euro(amount_minor: i64) -> Money {
    Money { amount_minor, currency: "EUR".parse().expect("the euro") }
}

/// Each decision takes all that is promised, and bookings are independent.
fn daring() -> OverbookingPolicy {
    let shows = ShowRates { spread_permille: 0, ..OverbookingPolicy::default().shows };
    OverbookingPolicy {
        is_enabled: true,
        refills_count: 1,
        shows,
        hard_cap: HardCap { rooms: 1_000, permille: 1_000 },
        ..OverbookingPolicy::default()
    }
}

fn books(physical_rooms: u32, groups: &[Group], newcomer_show_ppm: u32) -> NightBooks<'_> {
    NightBooks {
        physical_rooms,
        groups,
        newcomer_show_ppm,
        room_price: euro(10_000),
        days_to_arrival: 30,
    }
}

#[test]
fn what_binds_is_told() {
    let groups = [Group::rooms(100, 900_000)];
    let asked = books(100, &groups, 900_000);
    let bound = |policy: &OverbookingPolicy| {
        let limit = limit(policy, &asked);
        (limit.allowance, limit.bound_by)
    };
    assert_eq!(bound(&OverbookingPolicy::default()), (0, BoundBy::Disabled));
    assert_eq!(bound(&OverbookingPolicy { horizon_days: 29, ..daring() }), (0, BoundBy::Horizon));
    // P(Bin(106, 0.9) > 100) is 3.98 % by a sum of exact fractions, and 8.06 % for 107.
    assert_eq!(bound(&daring()), (6, BoundBy::Confidence));
    let walk_cost = WalkCost { price_permille: 100_000, ..daring().walk_cost };
    assert_eq!(bound(&OverbookingPolicy { walk_cost, ..daring() }).1, BoundBy::WalkCost);
    let hard_cap = HardCap { rooms: 4, permille: 1_000 };
    assert_eq!(bound(&OverbookingPolicy { hard_cap, ..daring() }), (4, BoundBy::HardCap));
}

#[test]
fn rooms_of_one_booking_come_together() {
    let alone = [Group::rooms(20, 500_000)];
    let together = [Group { bookings_count: 1, rooms_each: 20, show_ppm: 500_000 }];
    let walks = |groups: &[Group]| limit(&daring(), &books(15, groups, 500_000)).now;
    assert_eq!(walks(&together).walk_ppm, 500_000);
    assert_eq!(walks(&together).expected_walks_ppm, 2_500_000);
    assert!(walks(&alone).walk_ppm < 10_000);
}

#[test]
fn nothing_is_sold_beyond_no_rooms() {
    assert_eq!(limit(&daring(), &books(0, &[], 900_000)).allowance, 0);
    assert_eq!(limit(&daring(), &books(0, &[], 0)).allowance, 0);
}

#[test]
fn numbers_name_what_they_named() {
    for bound in BoundBy::ALL {
        assert_eq!(BoundBy::from_number(bound.number()), Some(bound));
    }
    assert_eq!(BoundBy::from_number(0), None);
}

fn groups() -> impl Strategy<Value = Vec<Group>> {
    let group =
        (0_u32..40, 1_u16..4, 0..=ONE_PPM).prop_map(|(bookings_count, rooms_each, show_ppm)| {
            Group { bookings_count, rooms_each, show_ppm }
        });
    prop::collection::vec(group, 0..6)
}

proptest! {
    #[test]
    fn probabilities_are_whole_and_order_does_not_matter(groups in groups()) {
        let mut turned = groups.clone();
        turned.reverse();
        let sum = Distribution::of(&groups);
        prop_assert_eq!(&sum, &Distribution::of(&turned));
        prop_assert!((sum.at_least(0) - 1.0).abs() < 1e-12);
        let mean: f64 = groups.iter().map(|group| {
            f64::from(group.rooms_count()) * f64::from(group.show_ppm) / f64::from(ONE_PPM)
        }).sum();
        prop_assert!((sum.mean() - mean).abs() < 1e-9);
        let rooms = sum.rooms_count() / 2;
        let balance = sum.expected_above(rooms) - sum.expected_below(rooms);
        prop_assert!((balance - (mean - f64::from(rooms))).abs() < 1e-9);
    }

    #[test]
    fn a_limit_keeps_its_promises(
        groups in groups(),
        physical in 0_u32..150,
        newcomer in 0..=ONE_PPM,
        confidence_permille in 500_u16..1_000,
        price_permille in 0_u32..10_000,
        cap in 0_u32..40,
    ) {
        let walk_cost = WalkCost { price_permille, ..daring().walk_cost };
        let hard_cap = HardCap { rooms: cap, permille: 1_000 };
        let policy =
            OverbookingPolicy { confidence_permille, walk_cost, hard_cap, ..daring() };
        let asked = books(physical, &groups, newcomer);
        let told = limit(&policy, &asked);
        prop_assert!(told.allowance <= cap.min(physical));
        let broken = told.at_limit.walk_ppm > (1_000 - u32::from(confidence_permille)) * 1_000;
        prop_assert!(!broken || told.allowance == 0);
        let share = OverbookingPolicy { refills_count: 9, ..policy.clone() };
        prop_assert!(limit(&share, &asked).allowance <= told.allowance);
        // Nobody who dares less is given more.
        let careful = OverbookingPolicy { confidence_permille: 999, ..policy.clone() };
        prop_assert!(limit(&careful, &asked).allowance <= told.allowance);
        let dear = WalkCost { price_permille: price_permille * 2, ..policy.walk_cost.clone() };
        let dear = OverbookingPolicy { walk_cost: dear, ..policy.clone() };
        prop_assert!(limit(&dear, &asked).allowance <= told.allowance);
        let sure = books(physical, &groups, ONE_PPM);
        prop_assert!(limit(&policy, &sure).allowance <= told.allowance);
    }
}
