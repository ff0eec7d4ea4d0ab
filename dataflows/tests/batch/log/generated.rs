//! The generated log: twelve properties, a year of bookings, and nine busy days on which sources
//! are late, tell twice and contradict themselves.

use dataflows::views::booked::{Booked, BookedStay};
use events::signal::Place;
use events::{
    BookingId, ChannelId, CompetitorPrice, Fact, MarketEvent, MarketEventId, MarketEventKind,
    MarketId, Money, Night, PropertyId, RatePlanId, RivalId, RoomTypeId, Search, SearchId,
    SourceId, Stamp, Stay,
};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::attempts::{BURSTS_MS, attempt, burst};
use super::{Record, Rules, overbooking, range, with_sold};

pub(super) const MINUTE_MS: i64 = 60_000;
pub(super) const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
/// 2027-01-15, a night and its midnight.
const FIRST_NIGHT: i32 = 9_876;
const ORIGIN: Stamp = Stamp((10_957 + 9_876) * DAY_MS);
const DAYS: i64 = 9;
const END: i64 = ORIGIN.0 + DAYS * DAY_MS;
/// From here on it is told who arrives and how much hotels dare; what was long before matters not.
const FACTS_BEGIN: i64 = ORIGIN.0 - 40 * DAY_MS;
pub(super) const PROPERTIES: u32 = 12;

pub(super) fn property(number: u32) -> PropertyId {
    PropertyId::new(&format!("property-{number}")).expect("an id")
}

fn market(number: u32) -> MarketId {
    MarketId::new(&format!("market-{}", number % 3)).expect("an id")
}

fn rival(number: u32) -> RivalId {
    RivalId::new(&format!("rival-{number}")).expect("an id")
}

pub(super) fn source(name: &str, number: u32) -> SourceId {
    SourceId::new(&format!("{name}-{number}")).expect("an id")
}

fn stay(random: &mut ChaCha8Rng) -> Stay {
    let night = |day| Night::from_number(FIRST_NIGHT + day).expect("a night");
    let arrival = random.random_range(0..20);
    Stay::new(night(arrival), night(arrival + random.random_range(1..5))).expect("nights")
}

/// When a source saw what is appended now: 5 in 100 are up to three hours late.
pub(super) fn observed(random: &mut ChaCha8Rng, stamp: Stamp) -> Stamp {
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

pub(super) fn room_type(number: u32) -> RoomTypeId {
    RoomTypeId::new(["double", "suite"][number as usize % 2]).expect("an id")
}

/// A line for one of the nights from a first one on.
fn line(random: &mut ChaCha8Rng, first: i32) -> BookedStay {
    let night = |day| Night::from_number(first + day).expect("a night");
    let arrival = random.random_range(0..20);
    BookedStay {
        room_type: room_type(random.random_range(0..3)),
        rate_plan: RatePlanId::new(["flexible", "firm"][arrival as usize % 2]).expect("an id"),
        stay: Stay::new(night(arrival), night(arrival + random.random_range(1..5)))
            .expect("nights"),
        rooms: random.random_range(1..3),
        cancelled: None,
        night_price_minor: (random.random_range(0..10) > 0)
            .then(|| random.random_range(4_000..30_000)),
    }
}

/// A booking of nights from a first one on and, 15 in 100 times, what cancels it or a part of it,
/// up to three days later; 2 in 100 are told twice. Of some it is told that the guests came.
fn booking(
    random: &mut ChaCha8Rng,
    (number, first): (u32, i32),
    stamp: Stamp,
) -> Vec<(i64, Record)> {
    let at = random.random_range(0..PROPERTIES);
    let lines = (0..random.random_range(1..3)).map(|_| line(random, first)).collect();
    let mut booked = Booked {
        booking: BookingId(number.into()),
        property: property(at),
        channel: ChannelId::new(["direct", "agency"][number as usize % 2]).expect("an id"),
        made: stamp,
        lines,
        fact: None,
    };
    let mut records = vec![(stamp.0, Record::Booking(booked.clone()))];
    if random.random_range(0..100) < 2 {
        records.push((stamp.0 + 1, Record::Booking(booked.clone())));
    }
    if random.random_range(0..100) < 15 {
        let later = stamp.0 + random.random_range(MINUTE_MS..3 * DAY_MS);
        let kept = if random.random_bool(0.5) { 0 } else { 1 };
        let cancelled = booked.lines.len() - kept.min(booked.lines.len() - 1);
        for line in booked.lines.iter_mut().take(cancelled) {
            line.cancelled = Some(Stamp(later));
        }
        records.push((later, Record::Booking(booked.clone())));
    }
    let told = records.last().map_or(stamp.0, |(at, _)| *at);
    records.extend(arrival(booked, number, told));
    records
}

/// Of every other booking, that its guests arrive, after all that was told before.
fn arrival(mut booked: Booked, number: u32, told: i64) -> Option<(i64, Record)> {
    let arrival = i64::from(booked.lines[0].stay.arrival().number()) + 10_957;
    let first = (arrival * DAY_MS + 17 * 60 * MINUTE_MS).max(told + MINUTE_MS);
    let facts = [Fact::Arrived, Fact::Arrived, Fact::NoShow, Fact::Departed];
    booked.fact = Some(facts[number as usize / 2 % facts.len()]);
    let is_told = number.is_multiple_of(2) && (FACTS_BEGIN..END).contains(&first);
    is_told.then(|| (first, Record::Booking(booked)))
}

/// Rooms of a type in two ranges of nights; two hotels of three are larger.
fn supply(random: &mut ChaCha8Rng, number: u32, kind: u32) -> Record {
    let night = |day| Night::from_number(FIRST_NIGHT + day).expect("a night");
    let nights = |from, to| Stay::new(night(from), night(to)).expect("nights");
    let size = [1, 6, 14][number as usize % 3];
    let physical = size * random.random_range(1..9);
    let turn = random.random_range(-20..15);
    Record::Supply {
        property: property(number),
        room_type: room_type(kind),
        ranges: vec![
            range(nights(-460, turn), physical, random.random_range(0..3)),
            range(nights(turn, 18), size * random.random_range(0..9), 0),
        ],
    }
}

/// A rate plan: the first sells doubles, the second all that there is.
fn rate_plan(random: &mut ChaCha8Rng, number: u32, ordinal: u16) -> Record {
    let currency = currency(number).parse().expect("a currency");
    let kinds = if ordinal == 0 { 0..1 } else { 0..2 };
    Record::RatePlan {
        property: property(number),
        ordinal,
        room_types: kinds.map(room_type).collect(),
        base_price: Money { amount_minor: random.random_range(1_500..20_000), currency },
    }
}

fn rules(random: &mut ChaCha8Rng, number: u32) -> Record {
    let rules = Rules {
        version: u64::from(number) + 1,
        minutes: [60, 600, 2_880, 7_000][random.random_range(0..4)],
        rivals: [0..0, 0..0, 1..3][random.random_range(0..3)].clone().map(rival).collect(),
        count_min: random.random_range(1..4),
        floor_permille: [600, 970][random.random_range(0..2)],
        ceiling_permille: [1_080, 2_500][random.random_range(0..2)],
    };
    Record::Rules { property: property(random.random_range(0..PROPERTIES)), rules }
}

/// The currency of a property; one has none of those with endings.
fn currency(number: u32) -> &'static str {
    match number {
        11 => "JPY",
        number if number % 5 == 0 => "USD",
        _ => "EUR",
    }
}

/// The bookings of the year before, so that there is something to compare with.
fn year_before(random: &mut ChaCha8Rng) -> Vec<(i64, Record)> {
    let days = 430;
    let mut timed: Vec<(i64, Record)> = Vec::new();
    for number in 0..2_500 {
        let day = random.random_range(1..days);
        let stamp = Stamp(ORIGIN.0 - day * DAY_MS + random.random_range(0..DAY_MS));
        let first = FIRST_NIGHT - day as i32 + random.random_range(0..60);
        timed.extend(booking(random, (100_000 + number, first), stamp));
    }
    timed.extend((1..days).map(|day| {
        let stamp = Stamp(ORIGIN.0 - day * DAY_MS + random.random_range(0..DAY_MS));
        (stamp.0, Record::Tick(stamp))
    }));
    timed
}

/// What is told of the properties before all else.
fn catalogue(random: &mut ChaCha8Rng) -> Vec<Record> {
    let named = (0..PROPERTIES).map(|number| Record::Property {
        property: property(number),
        market: (number % 4 > 0).then(|| market(number)),
        currency: currency(number).to_owned(),
    });
    let mut records: Vec<Record> = named.collect();
    for number in 0..PROPERTIES * 2 {
        records.push(supply(random, number / 2, number));
        records.push(rate_plan(random, number / 2, (number % 2) as u16));
    }
    records
}

/// A record of some kind, in proportions of searches, prices, bookings and fairs.
fn any(random: &mut ChaCha8Rng, number: u32, stamp: Stamp) -> Vec<(i64, Record)> {
    let one = match random.random_range(0..100) {
        0..50 => search(random, number, stamp),
        50..70 => price(random, stamp),
        70..84 => return attempt(random, number, stamp),
        84 => supply(random, number % PROPERTIES, number / PROPERTIES),
        85..87 => fair(random, stamp),
        87 => match random.random_range(0..4) {
            0 => rate_plan(random, number % PROPERTIES, (number / PROPERTIES % 2) as u16),
            _ => rules(random, number),
        },
        _ => return booking(random, (number, FIRST_NIGHT), stamp),
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
        | Record::Supply { .. }
        | Record::Sold { .. }
        | Record::RatePlan { .. }
        | Record::Rules { .. }
        | Record::Overbooking { .. }
        | Record::Link { .. }
        | Record::Attempt { .. }
        | Record::Booking(_)
        | Record::Tick(_) => {}
    }
    record
}

/// The year before, and nine days with bursts and lulls, a tick each minute or so.
pub fn generated() -> Vec<Record> {
    let mut random = ChaCha8Rng::seed_from_u64(2027);
    let catalogue = catalogue(&mut random);
    let mut timed = year_before(&mut random);
    timed.extend(BURSTS_MS.iter().flat_map(|at| burst(ORIGIN.0 + at)));
    timed.extend(overbooking::told(FACTS_BEGIN, END));
    let mut bursts: Vec<i64> = (0..40).map(|_| random.random_range(ORIGIN.0..END)).collect();
    bursts.shuffle(&mut random);
    for number in 0..16_000 {
        let at = match random.random_range(0..2) {
            0 => random.random_range(ORIGIN.0..END),
            _ => bursts[random.random_range(0..40)] + random.random_range(0..40 * MINUTE_MS),
        };
        timed.extend(any(&mut random, number, Stamp(at)));
    }
    let mut tick = ORIGIN.0;
    while tick < END {
        tick += random.random_range(1_000..5 * MINUTE_MS);
        timed.push((tick, Record::Tick(Stamp(tick))));
    }
    timed.sort_by_key(|(at, _)| *at);
    with_sold(catalogue.into_iter().chain(timed.into_iter().map(|(_, record)| record)))
}
