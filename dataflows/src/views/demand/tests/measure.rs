//! How long a search takes: a measurement, which asserts nothing about time.

use std::time::Instant;

use super::history::{market, property};
use super::{Demand, DemandEvent, DemandOptions, Keeper, Minute, Rng, Stamp, random, stay};

const SEARCHES: u32 = 3_500_000;
const PROPERTIES: u32 = 100_000;
const MARKETS: u32 = 200;
const PER_EPOCH: usize = 1_750;

/// 35,000 searches a second in epochs of 50 ms for 100 seconds, the n-th property searched 1/n
/// times as often as the first.
///
/// `cargo test --release -p dataflows demand -- --ignored --nocapture`
#[test]
#[ignore = "a measurement of half a minute"]
fn a_search_takes_so_long() {
    let mut random = random(1);
    let properties: Vec<_> = (0..PROPERTIES).map(property).collect();
    let markets: Vec<_> = (0..MARKETS).map(market).collect();
    let mut keeper = Demand::new(DemandOptions::default());
    let mut told = [0_u64; 3];
    let (mut hearing, mut closing) = (0, 0);
    let origin = 1_800_000_000_000_i64;
    let mut heard = 0_u32;
    while heard < SEARCHES {
        let events: Vec<DemandEvent> = (0..PER_EPOCH)
            .map(|_| {
                heard += 1;
                let rank = f64::from(PROPERTIES).powf(random.random::<f64>()) as u32 - 1;
                let arrival = (365.0 * random.random::<f64>().powi(3)) as i32;
                let nights = stay(arrival, arrival + random.random_range(1..6));
                let stamp = Stamp(origin + i64::from(heard) / 35);
                let id = if random.random_range(0..50) == 0 { heard / 2 } else { heard };
                let search = events::Search {
                    id: events::SearchId::new(&format!("{:032x}", id)).expect("an id"),
                    place: events::signal::Place::Property(
                        properties[rank as usize].clone(),
                        Some(markets[rank as usize % markets.len()].clone()),
                    ),
                    stay: nights,
                    rooms: 1,
                    guests: 2,
                };
                let source = events::SourceId::new("a-source").expect("an id");
                DemandEvent::Search { source, observed: stamp, stamp, search }
            })
            .collect();
        let begin = Instant::now();
        events.into_iter().for_each(|event| keeper.hear(event));
        hearing += begin.elapsed().as_nanos();
        let begin = Instant::now();
        let now = Minute((origin + i64::from(heard) / 35) / 60_000);
        keeper.close(now, &mut |change| match change {
            super::DemandChange::Row(..) => told[0] += 1,
            super::DemandChange::Searches(..) => told[1] += 1,
            super::DemandChange::Hour(..) => told[2] += 1,
        });
        closing += begin.elapsed().as_nanos();
    }
    let each = |nanoseconds: u128| nanoseconds / u128::from(SEARCHES);
    println!(
        "{} ns a search: {} to hear, {} to tell; {told:?} rows, pages, hours; {:?}",
        each(hearing + closing),
        each(hearing),
        each(closing),
        keeper.size(),
    );
}
