//! Random histories: sources that are late, ahead, repeat themselves and contradict themselves.

use events::SearchId;
use events::signal::Place;

use super::{
    BookingId, ChaCha8Rng, DemandEvent, MarketId, Minute, Night, PropertyId, Rng, Search, SourceId,
    Stamp, Stay,
};

/// The first minute of the histories.
pub const ORIGIN: i64 = 30_000_000;

/// A record of the log, as far as this view is concerned.
#[derive(Debug, Clone)]
pub enum Step {
    Hear(DemandEvent),
    Clock(i64),
}

pub fn property(number: u32) -> PropertyId {
    PropertyId::new(&format!("property-{number}")).expect("an id")
}

pub fn market(number: u32) -> MarketId {
    MarketId::new(&format!("market-{number}")).expect("an id")
}

pub fn stay(arrival: i32, departure: i32) -> Stay {
    let night = |day| Night::from_number(9_900 + day).expect("a night");
    Stay::new(night(arrival), night(departure)).expect("nights")
}

/// A search of that number, seen and appended in those minutes.
pub fn search(
    number: u32,
    (of_property, of_market): (u32, Option<u32>),
    (observed, stamp): (i64, i64),
    stay: Stay,
) -> DemandEvent {
    let place = Place::Property(property(of_property), of_market.map(market));
    search_at(number, place, (observed, stamp), stay)
}

fn search_at(number: u32, place: Place, (observed, stamp): (i64, i64), stay: Stay) -> DemandEvent {
    DemandEvent::Search {
        source: SourceId::new(&format!("source-{}", number % 2)).expect("an id"),
        observed: Stamp(observed * 60_000),
        stamp: Stamp(stamp * 60_000),
        search: Search {
            id: SearchId::new(&format!("search-{number}")).expect("an id"),
            place,
            stay,
            rooms: 1,
            guests: 2,
        },
    }
}

fn any_search(random: &mut ChaCha8Rng, clock: i64) -> DemandEvent {
    let observed =
        clock - [-90, -3, 0, 0, 0, 5, 50, 130, 1_500, 11_000][random.random_range(0..10)];
    let stamp = clock - [0, 0, 1, 3][random.random_range(0..4)];
    let of_market = random.random_range(0..2);
    let place = match random.random_range(0..5) {
        0 => Place::Market(market(of_market)),
        1 | 2 => Place::Property(property(random.random_range(0..3)), None),
        _ => Place::Property(property(random.random_range(0..3)), Some(market(of_market))),
    };
    let arrival = random.random_range(0..3);
    let nights = stay(arrival, arrival + random.random_range(1..4));
    search_at(random.random_range(0..60), place, (observed, stamp), nights)
}

fn any_booking(random: &mut ChaCha8Rng, clock: i64) -> DemandEvent {
    let number = random.random_range(0..12);
    let stays = (0..[0, 1, 1, 1, 2][random.random_range(0..5)]).map(|_| {
        let arrival = random.random_range(0..3);
        stay(arrival, arrival + random.random_range(1..4))
    });
    let stays = stays.collect();
    let ago = [0, 0, 2, 40, 70, 3_000, 12_000][random.random_range(0..7)];
    DemandEvent::Booking {
        booking: BookingId(number),
        property: property(number as u32 % 3),
        stamp: Stamp((clock - ago) * 60_000),
        stays,
    }
}

/// What happens to a few places within hours or weeks.
pub fn history(random: &mut ChaCha8Rng) -> Vec<Step> {
    let mut clock = ORIGIN;
    let mut steps: Vec<Step> = Vec::new();
    let jumps: &[i64] = if random.random_bool(0.5) { &[1, 5, 20] } else { &[1, 30, 200, 4_000] };
    for _ in 0..random.random_range(1..160) {
        let step = match random.random_range(0..20) {
            0..4 => {
                clock += jumps[random.random_range(0..jumps.len())];
                Step::Clock(clock)
            }
            4 => Step::Hear(DemandEvent::Property {
                property: property(random.random_range(0..3)),
                market: (random.random_range(0..4) > 0).then(|| market(random.random_range(0..2))),
            }),
            5..8 => Step::Hear(any_booking(random, clock)),
            8..10 if !steps.is_empty() => steps[random.random_range(0..steps.len())].clone(),
            _ => Step::Hear(any_search(random, clock)),
        };
        steps.push(step);
    }
    steps
}

/// Where the clock stands after these.
pub fn clock_of(steps: &[Step]) -> Minute {
    let clocks = steps.iter().filter_map(|step| match step {
        Step::Clock(minute) => Some(*minute),
        Step::Hear(_) => None,
    });
    Minute(clocks.max().unwrap_or(ORIGIN))
}
