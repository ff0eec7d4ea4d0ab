//! Every outcome of up to twelve bookings, one after the other.

use proptest::prelude::*;

use super::{books, daring};
use crate::overbooking::{
    Arrivals, BoundBy, Distribution, Group, ONE_PPM, OverbookingPolicy, QUANTILES_PERMILLE, limit,
};

/// The probability of each number of rooms, from all subsets of the bookings.
fn enumerated(bookings: &[(u16, u32)]) -> Vec<f64> {
    let rooms: u32 = bookings.iter().map(|(rooms, _)| u32::from(*rooms)).sum();
    let mut probabilities = vec![0.0; rooms as usize + 1];
    for subset in 0_u32..1 << bookings.len() {
        let (mut shown, mut probability) = (0_usize, 1.0);
        for (index, (rooms, show_ppm)) in bookings.iter().enumerate() {
            let show = f64::from(*show_ppm) / f64::from(ONE_PPM);
            if subset >> index & 1 == 1 {
                shown += usize::from(*rooms);
                probability *= show;
            } else {
                probability *= 1.0 - show;
            }
        }
        probabilities[shown] += probability;
    }
    probabilities
}

fn grouped(bookings: &[(u16, u32)]) -> Vec<Group> {
    let group = |(rooms_each, show_ppm): &(u16, u32)| Group {
        bookings_count: 1,
        rooms_each: *rooms_each,
        show_ppm: *show_ppm,
    };
    bookings.iter().map(group).collect()
}

/// The allowance by its definition: the most rooms of which each was admitted when it came.
fn allowance_by_definition(
    policy: &OverbookingPolicy,
    bookings: &[(u16, u32)],
    physical: u32,
    newcomer_ppm: u32,
) -> u32 {
    let above = |bookings: &[(u16, u32)], rooms: u32| -> f64 {
        enumerated(bookings).iter().skip(rooms as usize + 1).sum()
    };
    let exactly = |bookings: &[(u16, u32)], rooms: u32| {
        enumerated(bookings).get(rooms as usize).copied().unwrap_or(0.0)
    };
    let count = |bookings: &[(u16, u32)]| bookings.iter().map(|it| u32::from(it.0)).sum::<u32>();
    let promised = f64::from(1_000 - policy.confidence_permille) / 1_000.0;
    let fractile = 1_000.0 / (1_000.0 + f64::from(policy.walk_cost.price_permille));
    let mut bookings = bookings.to_vec();
    while count(&bookings) < physical {
        bookings.push((1, newcomer_ppm));
    }
    if above(&bookings, physical) > promised {
        return 0;
    }
    while count(&bookings) - physical < policy.hard_cap.rooms(physical) {
        let too_many = above(&bookings, physical) + exactly(&bookings, physical);
        bookings.push((1, newcomer_ppm));
        if too_many > fractile || above(&bookings, physical) > promised {
            bookings.pop();
            break;
        }
    }
    (count(&bookings) - physical).min(policy.hard_cap.rooms(physical))
}

/// Whole hundredths, so that no bound is met by a hair.
fn show_ppm() -> impl Strategy<Value = u32> {
    (0_u32..=100).prop_map(|percent| percent * ONE_PPM / 100)
}

proptest! {
    #[test]
    fn the_distribution_is_that_of_all_outcomes(
        bookings in prop::collection::vec((1_u16..4, show_ppm()), 0..=12),
    ) {
        let expected = enumerated(&bookings);
        let sum = Distribution::of(&grouped(&bookings));
        prop_assert_eq!(sum.rooms_count() as usize + 1, expected.len());
        for (rooms, probability) in (0..).zip(&expected) {
            prop_assert!((sum.exactly(rooms) - probability).abs() < 1e-13);
        }
        for permille in QUANTILES_PERMILLE {
            let share = f64::from(permille) / 1_000.0;
            let quantile = sum.quantile(share) as usize;
            prop_assert!(expected[..=quantile].iter().sum::<f64>() >= share - 1e-11);
            prop_assert!(expected[..quantile].iter().sum::<f64>() < share + 1e-11);
        }
    }

    #[test]
    fn equal_bookings_are_a_binomial_distribution(count in 0_u32..=12, show in show_ppm()) {
        let expected = enumerated(&vec![(1, show); count as usize]);
        let sum = Distribution::of(&[Group::rooms(count, show)]);
        for (rooms, probability) in (0..).zip(&expected) {
            prop_assert!((sum.exactly(rooms) - probability).abs() < 1e-13);
        }
    }

    #[test]
    fn a_spread_mixes_what_comes_of_each_factor(
        bookings in prop::collection::vec((1_u16..4, show_ppm()), 0..=8),
        spread_permille in 1_u16..1_500,
    ) {
        let spread = f64::from(spread_permille) / 1_000.0;
        let step = ((1.0 + spread * spread).powf(0.125) - 1.0).sqrt();
        let ways = [1.0, 8.0, 28.0, 56.0, 70.0, 56.0, 28.0, 8.0, 1.0];
        let arrivals = Arrivals::of(&grouped(&bookings), spread_permille).joined();
        let mut expected = vec![0.0; arrivals.rooms_count() as usize + 1];
        for (ups, ways) in (0..).zip(ways) {
            let factor = (1.0 + step).powi(ups) * (1.0 - step).powi(8 - ups);
            let scaled: Vec<(u16, u32)> = bookings.iter().map(|(rooms, show)| {
                // Who is certain not to come does not, whatever the night is like.
                let factor = if *show == 0 { 1.0 } else { factor };
                let away = (f64::from(ONE_PPM - show) * factor).min(f64::from(ONE_PPM));
                (*rooms, ONE_PPM - away.round() as u32)
            }).collect();
            for (place, probability) in expected.iter_mut().zip(enumerated(&scaled)) {
                *place += probability * ways / 256.0;
            }
        }
        for (rooms, probability) in (0..).zip(&expected) {
            prop_assert!((arrivals.exactly(rooms) - probability).abs() < 1e-5);
        }
    }

    #[test]
    fn the_allowance_is_that_of_its_definition(
        bookings in prop::collection::vec((1_u16..3, show_ppm()), 0..=6),
        physical in 0_u32..7,
        newcomer in show_ppm(),
        confidence_permille in 501_u16..1_000,
        cap in 0_u32..5,
    ) {
        let mut policy = OverbookingPolicy { confidence_permille, ..daring() };
        policy.hard_cap.rooms = cap;
        // Not a ratio that a probability of few bookings meets exactly.
        policy.walk_cost.price_permille = 2_717;
        let groups = grouped(&bookings);
        let told = limit(&policy, &books(physical, &groups, newcomer));
        let expected = allowance_by_definition(&policy, &bookings, physical, newcomer);
        prop_assert_eq!(told.allowance, expected);
        let expected = enumerated(&bookings);
        let walks: f64 = (0_u32..).zip(&expected)
            .map(|(rooms, it)| f64::from(rooms.saturating_sub(physical)) * it).sum();
        let off = told.now.expected_walks_ppm as f64 - walks * f64::from(ONE_PPM);
        prop_assert!(off.abs() <= 0.51);
        prop_assert!(told.bound_by != BoundBy::Disabled);
    }
}
