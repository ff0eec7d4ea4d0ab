//! The logs: nine generated days, and the real history of two hotels.

use datasets::{DataFolder, History, HistoryWhat, HotelBookings, HotelBookingsError};
use events::signal::Place;
use events::{
    BookingId, CompetitorPrice, MarketEvent, MarketEventId, MarketEventKind, MarketId, Money,
    Night, PropertyId, RivalId, Search, SearchId, SourceId, Stamp, Stay,
};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// One thing that is heard.
#[derive(Debug, Clone)]
pub enum Record {
    Property { property: PropertyId, market: Option<MarketId>, currency: String },
    Rules { property: PropertyId, minutes: u32, rivals: Vec<RivalId> },
    Search { source: SourceId, observed: Stamp, stamp: Stamp, search: Search },
    Price { source: SourceId, observed: Stamp, stamp: Stamp, price: CompetitorPrice },
    Fair { source: SourceId, observed: Stamp, stamp: Stamp, event: MarketEvent },
    Booking { booking: BookingId, property: PropertyId, stamp: Stamp, stays: Vec<Stay> },
    Tick(Stamp),
}

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
/// 2027-01-15, a night and its midnight.
const FIRST_NIGHT: i32 = 9_876;
const ORIGIN: Stamp = Stamp((10_957 + 9_876) * DAY_MS);
const DAYS: i64 = 9;
const PROPERTIES: u32 = 12;

fn property(number: u32) -> PropertyId {
    PropertyId::new(&format!("property-{number}")).expect("an id")
}

fn market(number: u32) -> MarketId {
    MarketId::new(&format!("market-{}", number % 3)).expect("an id")
}

fn rival(number: u32) -> RivalId {
    RivalId::new(&format!("rival-{number}")).expect("an id")
}

fn source(name: &str, number: u32) -> SourceId {
    SourceId::new(&format!("{name}-{number}")).expect("an id")
}

fn stay(random: &mut ChaCha8Rng) -> Stay {
    let night = |day| Night::from_number(FIRST_NIGHT + day).expect("a night");
    let arrival = random.random_range(0..20);
    Stay::new(night(arrival), night(arrival + random.random_range(1..5))).expect("nights")
}

/// When a source saw what is appended now: 5 in 100 are up to three hours late.
fn observed(random: &mut ChaCha8Rng, stamp: Stamp) -> Stamp {
    let late = match random.random_range(0..100) {
        0..5 => random.random_range(MINUTE_MS..180 * MINUTE_MS),
        _ => random.random_range(0..2_000),
    };
    Stamp(stamp.0 - late)
}

fn search(random: &mut ChaCha8Rng, number: u32, stamp: Stamp) -> Record {
    let at = random.random_range(0..PROPERTIES).min(random.random_range(0..PROPERTIES));
    let place = match random.random_range(0..6) {
        0 => Place::Market(market(at)),
        1 => Place::Property(property(at), Some(market(at + 1))),
        _ => Place::Property(property(at), None),
    };
    let id = SearchId::new(&format!("search-{number}")).expect("an id");
    let search = Search { id, place, stay: stay(random), rooms: 1, guests: 2 };
    Record::Search {
        source: source("shop", number % 3),
        observed: observed(random, stamp),
        stamp,
        search,
    }
}

fn price(random: &mut ChaCha8Rng, stamp: Stamp) -> Record {
    let currency = if random.random_range(0..9) == 0 { "USD" } else { "EUR" };
    let amount_minor = random.random_range(4_000..30_000);
    let currency = currency.parse().expect("a currency");
    let price = CompetitorPrice {
        property: property(random.random_range(0..PROPERTIES)),
        rival: rival(random.random_range(0..5)),
        night: Night::from_number(FIRST_NIGHT + random.random_range(0..4)).expect("a night"),
        price: (random.random_range(0..8) > 0).then_some(Money { amount_minor, currency }),
    };
    let source = source("watch", random.random_range(0..2));
    Record::Price { source, observed: observed(random, stamp), stamp, price }
}

fn fair(random: &mut ChaCha8Rng, stamp: Stamp) -> Record {
    let kinds = [
        MarketEventKind::Major,
        MarketEventKind::Conference,
        MarketEventKind::Concert,
        MarketEventKind::Sports,
    ];
    let event = MarketEvent {
        id: MarketEventId::new(&format!("fair-{}", random.random_range(0..40))).expect("an id"),
        market: market(random.random_range(0..3)),
        kind: kinds[random.random_range(0..4)],
        nights: stay(random),
        impact_permille: [0, 50, 120, 300][random.random_range(0..4)],
        name: "A fair".into(),
    };
    let source = source("town", random.random_range(0..2));
    Record::Fair { source, observed: observed(random, stamp), stamp, event }
}

/// A booking and, 15 in 100 times, what cancels it or a part of it, up to three days later.
fn booking(random: &mut ChaCha8Rng, number: u32, stamp: Stamp) -> Vec<(i64, Record)> {
    let at = random.random_range(0..PROPERTIES);
    let stays: Vec<Stay> = (0..random.random_range(1..3)).map(|_| stay(random)).collect();
    let booked = |stays: Vec<Stay>| Record::Booking {
        booking: BookingId(number.into()),
        property: property(at),
        stamp,
        stays,
    };
    let mut records = vec![(stamp.0, booked(stays.clone()))];
    if random.random_range(0..100) < 15 {
        let later = stamp.0 + random.random_range(MINUTE_MS..3 * DAY_MS);
        records.push((later, booked(stays.into_iter().skip(1).collect())));
    }
    records
}

/// What is told of the properties before all else.
fn catalogue() -> impl Iterator<Item = Record> {
    (0..PROPERTIES).map(|number| Record::Property {
        property: property(number),
        market: (number % 4 > 0).then(|| market(number)),
        currency: if number % 5 == 0 { "USD".into() } else { "EUR".into() },
    })
}

/// A record of some kind, in proportions of searches, prices, bookings and fairs.
fn any(random: &mut ChaCha8Rng, number: u32, stamp: Stamp) -> Vec<(i64, Record)> {
    let one = match random.random_range(0..100) {
        0..62 => search(random, number, stamp),
        62..85 => price(random, stamp),
        85..87 => fair(random, stamp),
        87 => Record::Rules {
            property: property(random.random_range(0..PROPERTIES)),
            minutes: [60, 600, 2_880, 7_000][random.random_range(0..4)],
            rivals: [0..0, 0..0, 1..3][random.random_range(0..3)].clone().map(rival).collect(),
        },
        _ => return booking(random, number, stamp),
    };
    let mut records = vec![(stamp.0, one.clone())];
    // 2 in 100 are told again within the hour; searches now and then with other nights.
    if random.random_range(0..100) < 2 {
        let later = Stamp(stamp.0 + random.random_range(1_000..50 * MINUTE_MS));
        records.push((later.0, again(random, one, later)));
    }
    records
}

fn again(random: &mut ChaCha8Rng, mut record: Record, later: Stamp) -> Record {
    match &mut record {
        Record::Search { observed, stamp, search, .. } => {
            if random.random_bool(0.3) {
                *observed = later;
                search.stay = stay(random);
            }
            *stamp = later;
        }
        Record::Price { stamp, .. } | Record::Fair { stamp, .. } => *stamp = later,
        Record::Property { .. }
        | Record::Rules { .. }
        | Record::Booking { .. }
        | Record::Tick(_) => {}
    }
    record
}

/// Nine days with bursts and lulls, a tick each minute or so.
pub fn generated() -> Vec<Record> {
    let mut random = ChaCha8Rng::seed_from_u64(2027);
    let mut timed: Vec<(i64, Record)> = Vec::new();
    let end = ORIGIN.0 + DAYS * DAY_MS;
    let mut bursts: Vec<i64> = (0..40).map(|_| random.random_range(ORIGIN.0..end)).collect();
    bursts.shuffle(&mut random);
    for number in 0..16_000 {
        let at = match random.random_range(0..2) {
            0 => random.random_range(ORIGIN.0..end),
            _ => bursts[random.random_range(0..40)] + random.random_range(0..40 * MINUTE_MS),
        };
        timed.extend(any(&mut random, number, Stamp(at)));
    }
    let mut tick = ORIGIN.0;
    while tick < end {
        tick += random.random_range(1_000..5 * MINUTE_MS);
        timed.push((tick, Record::Tick(Stamp(tick))));
    }
    timed.sort_by_key(|(at, _)| *at);
    catalogue().chain(timed.into_iter().map(|(_, record)| record)).collect()
}

/// Every booking of two real hotels and every cancellation; the clock is that of the events.
pub fn real() -> Result<Vec<Record>, HotelBookingsError> {
    let history = HotelBookings::open(&DataFolder::find())?;
    let mut booked = std::collections::BTreeMap::new();
    let mut log = Vec::new();
    for event in history.events() {
        let booking = BookingId(event.row.into());
        let property = event.property;
        match event.what {
            HistoryWhat::Booked { line, .. } => {
                booked.insert(event.row, event.at);
                let (stamp, stays) = (event.at, vec![line.stay]);
                log.push(Record::Booking { booking, property, stamp, stays });
            }
            HistoryWhat::Cancelled => {
                let stamp = booked.get(&event.row).copied().unwrap_or(event.at);
                log.push(Record::Booking { booking, property, stamp, stays: Vec::new() });
            }
            HistoryWhat::Arrived | HistoryWhat::Departed | HistoryWhat::NoShow => {}
        }
        log.push(Record::Tick(event.at));
    }
    Ok(log)
}
