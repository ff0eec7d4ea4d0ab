//! Nights drawn at random: what was expected of them comes about.

use super::{books, daring};
use crate::overbooking::{Group, ONE_PPM, OverbookingPolicy, limit};

/// A generator of numbers that is the same everywhere (SplitMix64).
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    fn shows(&mut self, show_ppm: u32) -> bool {
        self.next() % u64::from(ONE_PPM) < u64::from(show_ppm)
    }
}

#[test]
fn what_is_expected_comes_about() {
    const NIGHTS: u32 = 100_000;
    let physical = 60;
    let sold = [
        Group::rooms(25, 990_000),
        Group::rooms(20, 850_000),
        Group { bookings_count: 3, rooms_each: 4, show_ppm: 700_000 },
    ];
    let told = limit(&daring(), &books(physical, &sold, 900_000));
    let added = told.at_limit.booked_rooms - sold.iter().map(|it| it.rooms_count()).sum::<u32>();
    let mut draws = Draws(7);
    let (mut walked_nights, mut walks, mut empty) = (0_u32, 0_u64, 0_u64);
    let mut nights = Vec::new();
    for _ in 0..NIGHTS {
        let mut shown = 0;
        for group in sold.iter().chain([&Group::rooms(added, 900_000)]) {
            for _ in 0..group.bookings_count {
                shown += u32::from(draws.shows(group.show_ppm)) * u32::from(group.rooms_each);
            }
        }
        walked_nights += u32::from(shown > physical);
        walks += u64::from(shown.saturating_sub(physical));
        empty += u64::from(physical.saturating_sub(shown));
        nights.push(shown);
    }
    let near = |drawn: f64, told: f64, tolerance: f64| (drawn - told).abs() < tolerance;
    let mean = |sum: u64| sum as f64 / f64::from(NIGHTS);
    let told_rooms = |ppm: u64| ppm as f64 / f64::from(ONE_PPM);
    // Some four standard errors of a hundred thousand nights.
    assert!(told.allowance > 1, "{told:?}");
    assert!(near(
        mean(u64::from(walked_nights)),
        told_rooms(told.at_limit.walk_ppm.into()),
        0.0025
    ));
    assert!(near(mean(walks), told_rooms(told.at_limit.expected_walks_ppm), 0.004));
    assert!(near(mean(empty), told_rooms(told.at_limit.expected_empty_ppm), 0.05));
    nights.sort_unstable();
    let median = nights[nights.len() / 2];
    assert!(median.abs_diff(told.at_limit.arrivals_quantiles[2]) <= 1);
}

/// So many guests of a million are still lost so many days before their arrival.
fn away_ppm(days: u32) -> u32 {
    20_000 + 5_000 * days
}

/// A share of many nights on which somebody is walked, if each night is filled up to its limit on
/// every day, while bookings cancel as the policy expects them to under the night's own factor.
fn walked_share(policy: &OverbookingPolicy, factors: &[u32], nights: u32) -> f64 {
    let mut draws = Draws(11);
    let (physical, mut walked) = (40_u32, 0_u32);
    for night in 0..nights {
        let factor = factors[night as usize % factors.len()];
        let lost = |days: u32| (u64::from(away_ppm(days)) * u64::from(factor) / 1_000) as u32;
        let mut booked = 0;
        for days in (0..=60).rev() {
            let show_ppm = ONE_PPM - away_ppm(days);
            let sold = [Group::rooms(booked, show_ppm)];
            let told = limit(policy, &books(physical, &sold, show_ppm));
            booked = booked.max(physical + told.allowance);
            // Of those that stand today, who stands tomorrow, or at last who shows up.
            let tomorrow = if days == 0 { 0 } else { lost(days - 1) };
            let stays = u64::from(ONE_PPM - lost(days)) * u64::from(ONE_PPM)
                / u64::from(ONE_PPM - tomorrow);
            booked = (0..booked).map(|_| u32::from(draws.shows(stays as u32))).sum();
        }
        walked += u32::from(booked > physical);
    }
    f64::from(walked) / f64::from(nights)
}

#[test]
fn a_night_that_is_filled_up_again_and_again_keeps_its_promise() {
    // Whoever takes all that is promised at each decision walks somebody far more often.
    let share = walked_share(&daring(), &[1_000], 1_000);
    assert!(share > 0.08, "{share}");
    let policy = OverbookingPolicy { refills_count: 10, ..daring() };
    let share = walked_share(&policy, &[1_000], 1_000);
    assert!((0.001..=0.05).contains(&share), "{share}");
}

#[test]
fn nights_that_swing_keep_their_promise_when_the_swing_is_known() {
    // A mean of one and a standard deviation of a half.
    let factors = [300, 500, 700, 850, 1_000, 1_100, 1_350, 2_200];
    let blind = OverbookingPolicy { refills_count: 10, ..daring() };
    let mut knowing = blind.clone();
    knowing.shows.spread_permille = 560;
    let share = walked_share(&blind, &factors, 800);
    assert!(share > 0.05, "{share}");
    let share = walked_share(&knowing, &factors, 800);
    assert!(share <= 0.05, "{share}");
}
