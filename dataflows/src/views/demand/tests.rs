//! After every epoch the view equals a recomputation from all that was heard, however it was cut.

use std::collections::BTreeMap;

use rand::Rng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::keeper::testing::{Table, cuts, keep, random};

mod history;
mod measure;
mod oracle;

use history::{ORIGIN, Step, clock_of, history, property, search, stay};
use oracle::recompute;

#[derive(Debug, Default, Clone)]
struct Tables {
    rows: Table<DemandKey, DemandRow>,
    searches: Table<SearchesKey, SearchesRow>,
    hours: Table<SearchHourKey, SearchHourRow>,
}

impl Tables {
    fn keep(&mut self, change: DemandChange) {
        match change {
            DemandChange::Row(key, row) => keep(&mut self.rows, key, row),
            DemandChange::Searches(key, row) => keep(&mut self.searches, key, row),
            DemandChange::Hour(key, None) => assert!(self.hours.remove(&key).is_some()),
            // One that was taken back and counted again within an epoch is told as it stands.
            DemandChange::Hour(key, Some(row)) => drop(self.hours.insert(key, row)),
        }
    }
}

/// A keeper as after a restart: from its base and from the rows of the ledger, in any order.
fn restart(tables: &Tables, steps: &[Step], random: &mut ChaCha8Rng) -> Demand {
    let (mut properties, mut bookings) = (BTreeMap::new(), BTreeMap::new());
    for step in steps {
        match step {
            Step::Hear(event @ DemandEvent::Property { property, .. }) => {
                drop(properties.insert(property.clone(), event.clone()));
            }
            Step::Hear(event @ DemandEvent::Booking { booking, .. }) => {
                drop(bookings.insert(*booking, event.clone()));
            }
            _ => {}
        }
    }
    let mut heard: Vec<DemandEvent> =
        properties.into_values().chain(bookings.into_values()).collect();
    let searches = tables.searches.clone().into_iter();
    heard.extend(searches.map(|(key, row)| DemandEvent::StoredSearches(key, row)));
    let hours = tables.hours.clone().into_iter();
    heard.extend(hours.map(|(key, row)| DemandEvent::StoredHour(key, row)));
    heard.shuffle(random);
    let mut keeper = Demand::new(DemandOptions::default());
    heard.into_iter().for_each(|event| keeper.hear(event));
    keeper
}

/// Returns how often it was known which search came before a booking.
fn check(seed: u64) -> u64 {
    let mut random = random(seed);
    let steps = history(&mut random);
    let mut keeper = Demand::new(DemandOptions::default());
    let mut tables = Tables::default();
    let (mut begin, mut searched_before_count) = (0, 0);
    for end in cuts(&mut random, steps.len()) {
        for step in &steps[begin..end] {
            if let Step::Hear(event) = step {
                keeper.hear(event.clone());
            }
        }
        let now = clock_of(&steps[..end]);
        keeper.close(now, &mut |change| tables.keep(change));
        let expected = recompute(&steps[..end]);
        assert_eq!(tables.rows, expected, "seed {seed}, {end} steps");
        assert_eq!(keeper.size().keys_count, tables.rows.len());
        keeper.close(now, &mut |change| panic!("seed {seed}: told twice: {change:?}"));
        if random.random_range(0..6) == 0 {
            keeper = restart(&tables, &steps[..end], &mut random);
            let mut again = Tables { rows: Table::new(), ..tables.clone() };
            keeper.close(now, &mut |change| again.keep(change));
            assert_eq!(again.rows, tables.rows, "seed {seed}, {end} steps, restarted");
            assert_eq!(again.hours, tables.hours, "seed {seed}, {end} steps, restarted");
            assert_eq!(again.searches, tables.searches, "seed {seed}, {end} steps, restarted");
        }
        begin = end;
        let wholes = tables.rows.values().filter_map(|row| row.whole.as_ref());
        searched_before_count += wholes.map(|whole| whole.searched_before_count).sum::<u64>();
    }
    searched_before_count
}

#[test]
fn it_equals_a_recomputation_after_every_epoch() {
    let searched_before_count: u64 = (0..2_000).map(check).sum();
    assert!(searched_before_count > 2_000, "{searched_before_count}");
}

/// A keeper and its tables after these steps in one epoch each.
fn run(steps: &[Step]) -> (Demand, Tables) {
    let mut keeper = Demand::new(DemandOptions::default());
    let mut tables = Tables::default();
    for count in 1..=steps.len() {
        if let Step::Hear(event) = &steps[count - 1] {
            keeper.hear(event.clone());
        }
        keeper.close(clock_of(&steps[..count]), &mut |change| tables.keep(change));
    }
    (keeper, tables)
}

fn whole(number: u32) -> DemandKey {
    DemandKey { place: DemandPlace::Property(property(number)), night: None }
}

#[test]
fn what_is_outside_of_the_windows_leaves_nothing_behind() {
    let mut steps = Vec::new();
    for number in 0..40 {
        let clock = ORIGIN + i64::from(number) * 17;
        steps.push(Step::Hear(search(number, (number % 3, Some(0)), (clock, clock), stay(5, 8))));
        steps.push(Step::Clock(clock));
    }
    let later = ORIGIN + 10 * 24 * 60;
    steps.push(Step::Clock(later));
    // Each search lets two go that are due.
    let searches = 100..120;
    steps.extend(
        searches.map(|number| Step::Hear(search(number, (0, None), (later, later), stay(20, 21)))),
    );
    steps.push(Step::Clock(later + 1));
    steps.push(Step::Clock(later + 7 * 60));
    let (keeper, tables) = run(&steps);
    assert_eq!(keeper.size(), KeeperSize { keys_count: 2, held_count: 20 });
    assert_eq!((tables.rows.len(), tables.searches.len(), tables.hours.len()), (2, 20, 1));
}

#[test]
fn a_search_that_is_told_twice_counts_once_within_the_hour_and_again_after_it() {
    let told = |stamp| Step::Hear(search(1, (0, None), (ORIGIN, stamp), stay(5, 6)));
    let searches = |stamp| {
        let other = Step::Hear(search(2, (1, None), (stamp, stamp), stay(5, 6)));
        let (_, tables) = run(&[told(ORIGIN), other, told(stamp)]);
        tables.rows[&whole(0)].searches.last_7d
    };
    assert_eq!(searches(ORIGIN + 59), 1);
    assert_eq!(searches(ORIGIN + 60), 2);
}

#[test]
fn the_later_telling_holds() {
    let first = Step::Hear(search(1, (0, Some(0)), (ORIGIN, ORIGIN), stay(5, 6)));
    let second = Step::Hear(search(1, (1, Some(0)), (ORIGIN + 1, ORIGIN + 1), stay(5, 6)));
    for steps in [[first.clone(), second.clone()], [second, first]] {
        let (_, tables) = run(&steps);
        assert!(!tables.rows.contains_key(&whole(0)));
        assert_eq!(tables.rows[&whole(1)].searches.last_1h, 1);
    }
}

#[test]
fn a_score_halves_in_a_day() {
    let told = Step::Hear(search(1, (0, None), (ORIGIN, ORIGIN), stay(5, 6)));
    let score_after = |hours: i64| {
        let (_, tables) = run(&[told.clone(), Step::Clock(ORIGIN + hours * 60)]);
        tables.rows[&whole(0)].whole.as_ref().map(|whole| whole.trending_milli)
    };
    let scores = [0, 12, 24, 48, 167].map(score_after);
    assert_eq!(scores, [1_000, 707, 500, 250, 8].map(Some));
}

#[test]
fn volumes_are_told_apart_by_half_octaves() {
    let buckets = [0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 1_000_000].map(volume_bucket);
    assert_eq!(buckets, [0, 1, 3, 4, 5, 5, 6, 6, 7, 8, 40]);
    assert!((1..5_000).all(|count| volume_bucket(count) >= volume_bucket(count - 1)));
}

#[test]
fn ratios_of_nothing_are_none() {
    let mut row = DemandRow::default();
    assert_eq!((row.look_to_book_ppm(), row.conversion_ppm()), (None, None));
    row.searches = Windows { last_1h: 4, last_1d: 4, last_7d: 300 };
    row.bookings = Windows { last_1h: 1, last_1d: 1, last_7d: 2 };
    assert_eq!((row.look_to_book_ppm(), row.conversion_ppm()), (Some(6_666), Some(250_000)));
}
