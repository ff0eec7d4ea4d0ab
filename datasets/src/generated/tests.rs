//! Made-up histories against the tables they are made from, and the tables against the data.

use std::collections::BTreeMap;

use events::{Command, PropertyId, RoomTypeId, Stamp};

use super::*;
use crate::history::Phase;
use crate::hotel_bookings::{End, House, Row};
use crate::testing::real;

#[test]
fn the_tables_are_what_the_data_counts() {
    let Some(history) = real("the_tables_are_what_the_data_counts") else { return };
    for (house, rooms) in [(House::City, 226), (House::Resort, 187)] {
        let counted = fit::shape(history.rows(), house, rooms);
        assert!(counted == *Shape::of(house), "{house:?} {counted:#?}");
    }
}

fn options(properties: u32, bookings: u32) -> GeneratedOptions {
    GeneratedOptions { properties, bookings, ..GeneratedOptions::default() }
}

fn generated(properties: u32, bookings: u32) -> Generated {
    Generated::new(options(properties, bookings)).expect("the options are fine")
}

/// Whether two tables have the same shape: no entry's share is off by more than so many
/// thousandths of the whole.
fn assert_alike(name: &str, made: &[u32], table: &[u32], off_permille_max: u64) {
    let total = |table: &[u32]| table.iter().map(|count| u64::from(*count)).sum::<u64>();
    for (place, (made_count, count)) in made.iter().zip(table).enumerate() {
        let made_permille = u64::from(*made_count) * 1_000 / total(made);
        let permille = u64::from(*count) * 1_000 / total(table);
        let off = made_permille.abs_diff(permille);
        assert!(off <= off_permille_max, "{name}[{place}]: {made_permille} for {permille}");
    }
}

#[test]
fn what_is_made_up_has_the_shape_of_its_tables() {
    let rows: Vec<Row> = generated(30, 150_000).bookings().map(|booking| booking.row).collect();
    assert_eq!(rows.len(), 150_000);
    for house in House::ALL {
        let (made, shape) = (fit::shape(&rows, house, 0), Shape::of(house));
        let share = |shape: &Shape| u64::from(shape.cancelled()) * 1_000 / u64::from(shape.rows);
        assert!(share(&made).abs_diff(share(shape)) <= 10, "{house:?}: {} cancelled", share(&made));
        let no_show = |shape: &Shape| u64::from(shape.no_shows) * 1_000 / u64::from(shape.expected);
        assert!(no_show(&made).abs_diff(no_show(shape)) <= 3, "{house:?}: {} away", no_show(&made));
        let leads = |shape: &Shape| shape.leads.map(|lead| lead.flexible + lead.non_refundable);
        assert_alike("leads", &leads(&made), &leads(shape), 5);
        assert_alike("cancel_bins", &made.cancel_bins, &shape.cancel_bins, 15);
        assert_alike("nights", &made.nights, &shape.nights, 5);
        assert_alike("months", &made.months, &shape.months, 5);
        assert_alike("weekdays", &made.weekdays, &shape.weekdays, 8);
        assert_alike("room_types", &made.room_types, &shape.room_types, 5);
        let parties = |shape: &Shape| shape.parties.as_flattened().to_vec();
        assert_alike("parties", &parties(&made), &parties(shape), 5);
        assert_alike("price_medians", &made.price_medians_minor, &shape.price_medians_minor, 15);
        assert_alike("price_permille", &made.price_permille, &shape.price_permille, 15);
    }
    let cancelled = rows.iter().filter(|row| matches!(row.end, End::Cancelled(_))).count();
    assert!((54_000..=57_000).contains(&cancelled), "{cancelled} of 150,000 where 36 % should be");
}

#[test]
fn means_are_those_of_the_real_history() {
    // The means of the hotel bookings without rows of no night, in hundredths: computed from the
    // data, and computed again below where it is at hand.
    const LEAD_DAYS: [(House, u64); 2] = [(House::City, 11_012), (House::Resort, 9_319)];
    const NIGHTS: [(House, u64); 2] = [(House::City, 299), (House::Resort, 436)];
    let mean = |rows: &[Row], house: House, of: fn(&Row) -> u64| {
        let of_house = || rows.iter().filter(|row| row.house == house && row.nights > 0);
        of_house().map(of).sum::<u64>() * 100 / of_house().count() as u64
    };
    let lead = |row: &Row| (row.arrival.number() - row.created.number()) as u64;
    let nights = |row: &Row| u64::from(row.nights);
    if let Some(history) = real("means_are_those_of_the_real_history") {
        assert_eq!(
            LEAD_DAYS.map(|(house, _)| mean(history.rows(), house, lead)),
            LEAD_DAYS.map(|(_, mean)| mean)
        );
        assert_eq!(
            NIGHTS.map(|(house, _)| mean(history.rows(), house, nights)),
            NIGHTS.map(|(_, mean)| mean)
        );
    }
    let rows: Vec<Row> = generated(30, 150_000).bookings().map(|booking| booking.row).collect();
    for ((house, days), (_, stay)) in LEAD_DAYS.into_iter().zip(NIGHTS) {
        let made = mean(&rows, house, lead);
        assert!(
            made.abs_diff(days) * 100 <= days * 3,
            "{house:?}: booked {made} ahead, not {days}"
        );
        let made = mean(&rows, house, nights);
        assert!(made.abs_diff(stay) * 100 <= stay * 3, "{house:?}: {made} nights, not {stay}");
    }
}

#[test]
fn properties_are_booked_as_zipf_says() {
    let mut counts = BTreeMap::<PropertyId, u64>::new();
    for booking in generated(300, 200_000).bookings() {
        *counts.entry(booking.property).or_default() += 1;
    }
    let of = |index: u32| counts.get(&hotels::property(index)).copied().unwrap_or(0);
    // Within a kind the share is one n-th: the first, the tenth and the hundredth are cities.
    assert!((9..=11).contains(&(of(0) / of(9))), "{} {}", of(0), of(9));
    assert!((85..=118).contains(&(of(0) / of(99))), "{} {}", of(0), of(99));
    let resorts: u64 = (2..300).step_by(3).map(of).sum();
    assert!((66_800..=66_900).contains(&resorts), "{resorts} of 200,000 where 33.43 % should be");
}

#[test]
fn events_come_in_order_and_each_booking_lives_its_life() {
    let history = generated(7, 5_000);
    let mut last = Stamp(i64::MIN);
    let mut phases: BTreeMap<u32, Vec<Phase>> = BTreeMap::new();
    for event in history.events() {
        assert!(last <= event.at);
        last = event.at;
        phases.entry(event.row).or_default().push(event.what.phase());
    }
    assert_eq!(phases.keys().copied().collect::<Vec<_>>(), (1..=5_000).collect::<Vec<_>>());
    for (row, phases) in phases {
        let lives: [&[Phase]; 3] = [
            &[Phase::Booked, Phase::Cancelled],
            &[Phase::Booked, Phase::Arrived, Phase::Departed],
            &[Phase::Booked, Phase::NoShow],
        ];
        assert!(lives.contains(&phases.as_slice()), "{row}: {phases:?}");
    }
}

#[test]
fn arrivals_lie_in_their_window_and_cancellations_between() {
    let history = generated(3, 20_000);
    let first = history.options().first_arrival;
    for GeneratedBooking { number, row, .. } in history.bookings() {
        let days = row.arrival.number() - first.number();
        assert!((0..731).contains(&days), "{number}: {}", row.arrival);
        assert!((0..LEAD_DAYS_END).contains(&(row.arrival.number() - row.created.number())));
        if let End::Cancelled(day) = row.end {
            assert!(row.created <= day && day <= row.arrival, "{number}: {row:?}");
        }
    }
}

#[test]
fn the_catalogue_admits_every_booking_and_the_real_one_does_not() {
    for (properties, bookings) in [(1, 300), (6, 3_000)] {
        let history = generated(properties, bookings);
        let refused = |capacity| {
            let mut left: BTreeMap<(PropertyId, RoomTypeId, Night), u32> = BTreeMap::new();
            for command in history.catalogue(capacity) {
                let Command::SetInventory(set) = command.command else { continue };
                for night in set.nights.nights() {
                    let key = (set.property.clone(), set.room_type.clone(), night);
                    left.insert(key, set.supply.limit());
                }
            }
            let mut refused = 0;
            for GeneratedBooking { property, row, .. } in history.bookings() {
                let line = row.line();
                let keys = line.stay.nights();
                let keys = keys.map(|night| (property.clone(), line.room_type.clone(), night));
                let free = |key| *left.get(&key).expect("every night has inventory") > 0;
                if keys.clone().all(free) {
                    keys.for_each(|key| *left.get_mut(&key).expect("as before") -= 1);
                } else {
                    refused += 1;
                }
            }
            refused
        };
        assert_eq!(refused(Capacity::AdmitAll), 0);
        assert!(refused(Capacity::Real) > 0, "{properties} properties never run out of rooms");
    }
}

#[test]
fn one_seed_is_one_history() {
    let hash = |options| {
        let history = Generated::new(options).expect("the options are fine");
        let catalogue = history.catalogue(Capacity::Real);
        crate::testing::hash_of(catalogue.chain(history.commands()))
    };
    let one = options(5, 2_000);
    assert_eq!(hash(one), "3c931e10ba3d1615");
    assert_ne!(hash(one), hash(GeneratedOptions { seed: 2, ..one }));
    let nothing = GeneratedOptions { bookings: 0, ..one };
    assert_eq!(Generated::new(nothing).expect("fine").events().count(), 0);
}

#[test]
fn what_cannot_be_made_up_is_refused_by_name() {
    let with = |change: fn(&mut GeneratedOptions)| {
        let mut options = GeneratedOptions::default();
        change(&mut options);
        Generated::new(options).expect_err("refused").to_string()
    };
    assert!(with(|options| options.properties = 0).starts_with("0 properties"));
    assert!(with(|options| options.arrival_days = 0).starts_with("arrivals on 0 days"));
    let early = with(|options| options.first_arrival = Night::MIN);
    assert!(early.starts_with("arrivals from 1900-01-01 on"));
}
