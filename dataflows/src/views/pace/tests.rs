//! The view equals a slow recomputation after every epoch, however the epochs are cut, and a
//! restart tells the same rows.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeMap;

use events::{BookingId, ChannelId, RatePlanId, Stamp};
use rand::Rng as _;
use rand::seq::SliceRandom as _;
use smallvec::smallvec;

use super::*;
use crate::views::booked::BookedStay;
use crate::views::days::{LEAD_EDGES, lead_bucket};
use crate::views::histories::{Step, World, take};

type Rows = BTreeMap<PaceKey, PaceRow>;
type Bookings = BTreeMap<BookingId, Booked>;

/// The macro `books` of the reference.
fn books(lines: &[(Day, &BookedStay)], night: i32, day: i32) -> u32 {
    let is_on = |(made, line): &&(Day, &BookedStay)| {
        let until = line.cancelled_on(*made).map_or(i32::MAX, |day| day.0);
        line.stay.nights().any(|one| one.number() == night) && made.0 <= day && day < until
    };
    lines.iter().filter(is_on).map(|(_, line)| u32::from(line.rooms)).sum()
}

fn mean(
    lines: &[(Day, &BookedStay)],
    property: &PropertyId,
    first: i32,
    ahead: i32,
    today: i32,
) -> Option<u64> {
    let bucket = lead_bucket(ahead);
    let (from, to) = (LEAD_EDGES[bucket], *LEAD_EDGES.get(bucket + 1)?);
    let slot = i32::from(Slot::of(property).number());
    let reference = (0..28).map(|back| today - back).find(|day| (day - slot) % 28 == 0).unwrap();
    let nights = (reference - 364).max(first + to - 1)..reference;
    let count = nights.len() as u64;
    let mut sum = 0;
    // Only nights that somebody booked count for anything but their number.
    for (made, line) in lines {
        for night in line.stay.nights().map(Night::number).filter(|night| nights.contains(night)) {
            sum += (from..to)
                .map(|lead| u64::from(books(&[(*made, line)], night, night - lead)))
                .sum::<u64>();
        }
    }
    (count > 0).then(|| 1000 * sum / (count * (to - from) as u64))
}

fn recompute(bookings: &Bookings, now: Minute) -> Rows {
    let today = Day::at(now).0;
    let mut rows = Rows::new();
    let mut properties: Vec<_> = bookings.values().map(|booked| &booked.property).collect();
    properties.sort();
    properties.dedup();
    for property in properties {
        let of_it = || bookings.values().filter(|booked| booked.property == *property);
        let first = of_it().map(|booked| booked.made_on().0).min().unwrap();
        for room_type in [None, Some("double"), Some("twin")] {
            let is_of =
                |line: &&BookedStay| room_type.is_none_or(|of| line.room_type.as_str() == of);
            let lines: Vec<(Day, &BookedStay)> = of_it()
                .flat_map(|booked| {
                    let made = booked.made_on();
                    booked.lines.iter().filter(is_of).map(move |line| (made, line))
                })
                .collect();
            let key = |of: PaceOf| {
                let room_type = room_type.map(|id| RoomTypeId::new(id).unwrap());
                PaceKey { property: property.clone(), room_type, of }
            };
            for edge in LEAD_EDGES {
                let mean_milli = mean(&lines, property, first, edge, today);
                if mean_milli > Some(0) {
                    let row = PaceRow { mean_milli, ..PaceRow::default() };
                    rows.insert(key(PaceOf::Lead(edge as u16)), row);
                }
            }
            let mut nights: Vec<i32> = lines
                .iter()
                .flat_map(|(_, line)| line.stay.nights())
                .flat_map(|night| [night.number(), night.number() + 364])
                .collect();
            nights.sort_unstable();
            nights.dedup();
            for night in nights.into_iter().filter(|night| *night >= today - 1) {
                let row = row(&lines, property, first, night, today);
                let year_before = row.year_before.filter(|rooms| *rooms > 0);
                let seen = PaceRow { mean_milli: None, year_before, ..row };
                if seen != PaceRow::default() {
                    rows.insert(key(PaceOf::Night(Night::from_number(night).unwrap())), row);
                }
            }
        }
    }
    rows
}

fn row(
    lines: &[(Day, &BookedStay)],
    property: &PropertyId,
    first: i32,
    night: i32,
    today: i32,
) -> PaceRow {
    let here = || lines.iter().filter(|(_, line)| line.stay.nights().any(|n| n.number() == night));
    let pickup = |days: i32| {
        let net = |(made, line): &(Day, &BookedStay)| {
            let rooms = i32::from(line.rooms);
            let added = if made.0 > today - days { rooms } else { 0 };
            let cancelled = line.cancelled_on(*made).is_some_and(|day| day.0 > today - days);
            added - if cancelled { rooms } else { 0 }
        };
        here().map(net).sum()
    };
    let standing = here().filter(|(_, line)| line.cancelled.is_none());
    PaceRow {
        on_the_books: standing.map(|(_, line)| u32::from(line.rooms)).sum(),
        pickup_1d: pickup(1),
        pickup_7d: pickup(7),
        pickup_30d: pickup(30),
        year_before: (first <= today - 364).then(|| books(lines, night - 364, today - 364)),
        mean_milli: mean(lines, property, first, night - today, today),
    }
}

/// A fresh keeper that hears the bookings as they stand tells the same rows.
fn assert_restarts(bookings: &Bookings, now: Minute, rows: &Rows, world: &mut World) {
    let mut order: Vec<_> = bookings.values().cloned().collect();
    order.shuffle(&mut world.random);
    let mut keeper = Pace::default();
    order.into_iter().for_each(|booked| keeper.hear(booked));
    let mut again = Rows::new();
    take(&mut keeper, now, &mut again);
    assert_eq!(&again, rows);
}

#[test]
fn it_equals_a_slow_recomputation_after_every_epoch() {
    let mut with_mean = 0;
    let mut with_year = 0;
    for seed in 0..20 {
        let mut world = World::new(seed);
        let steps = world.history(160);
        let (mut keeper, mut rows) = (Pace::default(), Rows::new());
        let mut bookings = Bookings::new();
        for step in steps {
            match step {
                Step::Heard(booked) => {
                    bookings.insert(booked.booking, booked.clone());
                    keeper.hear(booked);
                }
                Step::Closed(now) => {
                    take(&mut keeper, now, &mut rows);
                    let expected = recompute(&bookings, now);
                    assert_eq!(rows, expected, "seed {seed}");
                    with_mean += rows.values().filter(|row| row.mean_milli > Some(0)).count();
                    with_year += rows.values().filter(|row| row.year_before > Some(0)).count();
                    if world.random.random_ratio(1, 8) {
                        assert_restarts(&bookings, now, &rows, &mut world);
                    }
                    assert_eq!(take(&mut keeper, now, &mut rows), 0, "told again");
                }
            }
        }
    }
    assert!(with_mean > 300 && with_year > 30, "{with_mean} {with_year}: too few to show much");
}

fn booked(number: u128, property: &str, night: i32, made: i64) -> Booked {
    let arrival = Night::from_number(night).unwrap();
    let line = BookedStay {
        room_type: RoomTypeId::new("double").unwrap(),
        rate_plan: RatePlanId::new("flexible").unwrap(),
        stay: Stay::new(arrival, arrival.plus(1)).unwrap(),
        rooms: 1,
        cancelled: None,
        night_price_minor: Some(10_000),
    };
    Booked {
        booking: BookingId(number),
        property: PropertyId::new(property).unwrap(),
        channel: ChannelId::DIRECT,
        made: Stamp(made),
        lines: smallvec![line],
        fact: None,
    }
}

fn minute_of(day: i32) -> Minute {
    Minute((i64::from(day) + 10_957) * 1440)
}

/// Three hundred hotels with one booking each, 50 days ahead, that of the hundredth 42.
fn night_of(number: i32, start: i32) -> i32 {
    if number == 100 { start + 42 } else { start + 50 }
}

#[test]
fn a_passing_day_looks_only_at_rows_whose_bucket_or_window_changes() {
    let (mut keeper, mut rows, start) = (Pace::default(), Rows::new(), 10_000);
    for number in 0..300 {
        let (night, made) = (night_of(number, start), minute_of(start).0 * 60_000);
        keeper.hear(booked(number as u128, &format!("h{number}"), night, made));
    }
    assert_eq!(take(&mut keeper, minute_of(start), &mut rows), 600);
    for days in 1..40 {
        let day = start + days;
        let is_touched = |number: &i32| {
            let slot = Slot::of(&PropertyId::new(&format!("h{number}")).unwrap());
            let ahead = night_of(*number, start) - day;
            [1, 7, 30].contains(&days)
                || lead_bucket(ahead) != lead_bucket(ahead + 1)
                || (day - i32::from(slot.number())) % 28 == 0
        };
        let touched = (0..300).filter(is_touched).count();
        let told_count = take(&mut keeper, minute_of(day), &mut rows);
        // Each has a row for its room type and one for the whole.
        let passed = DayPassed { day: Day(day), touched_count: touched * 2, told_count };
        assert_eq!(keeper.day_passed(), Some(passed), "{days}");
        assert!(told_count <= touched * 2, "{days}: {told_count}");
    }
}
