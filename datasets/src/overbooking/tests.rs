//! Trials by hand, and those of the two real hotels.

use events::Night;
use models::overbooking::{BookingTraits, OverbookingPolicy};

use super::{Trial, fit, fitted, run, window};
use crate::hotel_bookings::{End, House, Row, Terms, Via};
use crate::testing::real;

fn night(text: &str) -> Night {
    text.parse().expect("a date")
}

/// A booking of a room for two nights from the second day of the window on, for 100.00 each.
fn row(lead_days: i32, end: End) -> Row {
    let arrival = night("2017-01-02");
    Row {
        house: House::City,
        reserved: b'A',
        terms: Terms::Flexible,
        via: Via::Direct,
        created: arrival.plus(-lead_days),
        arrival,
        nights: 2,
        end,
        adults: 1,
        children: 0,
        babies: 0,
        adr_minor: 10_000,
    }
}

/// A policy that sells so many rooms beyond those there are, whatever the odds.
fn reckless(rooms: u32) -> OverbookingPolicy {
    let mut policy = OverbookingPolicy { is_enabled: rooms > 0, ..OverbookingPolicy::default() };
    policy.confidence_permille = 0;
    policy.refills_count = 1;
    policy.walk_cost.price_permille = 0;
    policy.hard_cap.rooms = rooms;
    policy.hard_cap.permille = 1_000;
    policy
}

#[test]
fn a_hotel_of_two_rooms_by_hand() {
    let stayed = End::Stayed(night("2017-01-04"));
    let rows = [
        row(9, End::Cancelled(night("2017-01-01"))),
        row(8, End::NoShow),
        row(7, stayed),
        row(6, stayed),
        row(1, End::Stayed(night("2017-01-03"))),
        row(0, stayed),
    ];
    let trial = |policy| Trial { house: House::City, rooms: 2, with_non_refundable: true, policy };
    let careful = run(&trial(reckless(0)), &rows);
    // The first two are admitted; one cancels on the first of January, on which the fifth asks
    // before that, so that the sixth is the next to be admitted.
    assert_eq!((careful.admitted_count, careful.refused_count), (3, 3));
    assert_eq!((careful.nights_count, careful.walked_rooms, careful.oversold_nights), (243, 0, 0));
    assert_eq!((careful.slept_rooms, careful.revenue_minor), (2, 20_000));
    assert_eq!(careful.empty_rooms, 243 * 2 - 2);
    let daring = run(&trial(reckless(2)), &rows);
    // The first four are admitted, and on the last day the sixth in the room of the first: on the
    // first night three want two rooms, and on the second too.
    assert_eq!((daring.admitted_count, daring.refused_count), (5, 1));
    assert_eq!((daring.walked_nights, daring.walked_rooms, daring.oversold_nights), (2, 2, 2));
    assert_eq!((daring.slept_rooms, daring.revenue_minor), (4, 40_000));
    assert_eq!(daring.allowance_max, 2);
    let other = Trial { house: House::Resort, ..trial(reckless(2)) };
    assert_eq!(run(&other, &rows).admitted_count, 0);
}

#[test]
fn rates_are_those_of_what_still_stood() {
    let before = window().arrival().plus(30);
    let arrival = night("2017-01-02");
    let mut rows = vec![row(20, End::Stayed(arrival.plus(2))); 60];
    rows.extend([row(20, End::Cancelled(arrival.plus(-10))); 30]);
    rows.extend([row(20, End::NoShow); 10]);
    rows.extend([Row { via: Via::Gds, ..row(20, End::NoShow) }; 10]);
    // One of the future says nothing.
    rows.push(Row { arrival: before, ..row(0, End::NoShow) });
    let rates = fit(rows.iter(), before);
    let show_ppm = |days_to_arrival: u16, via: Via| {
        let (plan, channel) = ("flexible".parse().expect("an id"), super::fit::channel(via));
        let (rate_plan, channel) = (Some(&plan), Some(&channel));
        rates.show_ppm(&BookingTraits { lead_days: 20, days_to_arrival, rate_plan, channel })
    };
    assert_eq!(show_ppm(14, Via::Direct), 600_000);
    assert_eq!(show_ppm(10, Via::Direct), 600_000);
    assert_eq!(show_ppm(9, Via::Direct), 857_000);
    assert_eq!(show_ppm(0, Via::Direct), 857_000);
    // Ten of a channel are too few: they are of the rate of their terms.
    assert_eq!(show_ppm(14, Via::Gds), 545_000);
    assert_eq!(rates.default_permille, 545);
}

#[test]
fn a_hotel_with_room_for_all_sleeps_whom_the_table_says() {
    let Some(real) = real("a_hotel_with_room_for_all_sleeps_whom_the_table_says") else { return };
    for house in House::ALL {
        let policy = OverbookingPolicy::default();
        let trial = Trial { house, rooms: 1_000, with_non_refundable: true, policy };
        let outcome = run(&trial, real.rows());
        let (mut slept, mut revenue_minor) = (0, 0);
        for row in real.rows().iter().filter(|row| row.house == house) {
            let End::Stayed(departure) = row.end else { continue };
            let nights = (0..i32::from(row.nights)).map(|days| row.arrival.plus(days));
            let counted = nights.filter(|it| *it < departure && window().contains(*it)).count();
            slept += counted as u32;
            revenue_minor += row.adr_minor * counted as i64;
        }
        assert_eq!((outcome.slept_rooms, outcome.revenue_minor), (slept, revenue_minor));
        assert_eq!((outcome.refused_count, outcome.walked_rooms), (0, 0));
    }
}

#[test]
fn walks_are_at_most_what_was_promised() {
    let Some(real) = real("walks_are_at_most_what_was_promised") else { return };
    for (house, with_non_refundable) in
        [(House::City, true), (House::City, false), (House::Resort, true)]
    {
        let policy = fitted(real.rows(), house, with_non_refundable);
        let rooms = house.rooms_peak() * 9 / 10;
        let promised = f64::from(1_000 - policy.confidence_permille) / 1_000.0;
        let trial = Trial { house, rooms, with_non_refundable, policy };
        let with = run(&trial, real.rows());
        assert!(
            f64::from(with.walked_nights) <= promised * f64::from(with.nights_count),
            "{with:?}"
        );
        let policy = OverbookingPolicy { is_enabled: false, ..trial.policy.clone() };
        let without = run(&Trial { policy, ..trial }, real.rows());
        assert!(with.empty_rooms < without.empty_rooms);
        assert!(with.revenue_minor - with.walk_cost_minor > without.revenue_minor);
    }
}
