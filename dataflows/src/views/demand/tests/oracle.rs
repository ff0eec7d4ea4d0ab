//! The view from the whole list of events: one pass for what holds, then everything is counted.

use std::collections::{BTreeMap, BTreeSet};

use events::SearchId;
use events::signal::Place;

use super::history::{Step, clock_of};
use super::{
    BookingId, DemandEvent, DemandKey, DemandPlace, DemandRow, MarketId, Minute, MinuteDemand,
    Night, PropertyId, SourceId, Stamp, Stay, Table, WholeDemand, Windows,
};

/// A telling of a search.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Told {
    observed: Stamp,
    minute: i64,
    nights: (Night, Night),
    place: DemandPlace,
    market: Option<DemandPlace>,
}

/// A booking as it is at last.
#[derive(Debug, Clone)]
struct Booked {
    minute: i64,
    property: PropertyId,
    stays: Vec<Stay>,
}

#[derive(Debug, Default)]
struct World {
    /// Searches that count.
    held: Vec<Told>,
    /// Every telling that was new when it came.
    looks: Vec<Told>,
    bookings: BTreeMap<BookingId, Booked>,
    markets: BTreeMap<PropertyId, MarketId>,
}

fn read(steps: &[Step]) -> World {
    let mut world = World::default();
    let mut known: BTreeMap<(SourceId, SearchId), (usize, i64)> = BTreeMap::new();
    let mut held: Vec<Option<Told>> = Vec::new();
    let mut clock = i64::MIN / 2;
    for step in steps {
        let Step::Hear(event) = step else { continue };
        match event {
            DemandEvent::Property { property, market: Some(market) } => {
                world.markets.insert(property.clone(), market.clone());
            }
            DemandEvent::Property { property, market: None } => {
                world.markets.remove(property);
            }
            DemandEvent::Booking { booking, property, stamp, stays } => {
                let minute = stamp.0.div_euclid(60_000);
                let booked = Booked { minute, property: property.clone(), stays: stays.clone() };
                world.bookings.insert(*booking, booked);
            }
            DemandEvent::Search { source, observed, stamp, search } => {
                let (place, market) = match &search.place {
                    Place::Market(market) => (DemandPlace::Market(market.clone()), None),
                    Place::Property(property, market) => {
                        let market = market.as_ref().or_else(|| world.markets.get(property));
                        (DemandPlace::Property(property.clone()), market.cloned())
                    }
                };
                let told = Told {
                    observed: *observed,
                    minute: (*observed).min(*stamp).0.div_euclid(60_000),
                    nights: (search.stay.arrival(), search.stay.departure()),
                    place,
                    market: market.map(DemandPlace::Market),
                };
                let then = clock.max(stamp.0.div_euclid(60_000));
                let key = (source.clone(), search.id.clone());
                let before = known.get(&key).filter(|(_, heard)| *heard > then - 60);
                if let Some((index, _)) = before {
                    if held[*index].as_ref() >= Some(&told) {
                        continue;
                    }
                    held[*index] = None;
                }
                clock = then;
                known.insert(key, (held.len(), clock));
                world.looks.push(told.clone());
                held.push(Some(told));
            }
            DemandEvent::StoredSearches(..) | DemandEvent::StoredHour(..) => {}
        }
    }
    world.held = held.into_iter().flatten().collect();
    world
}

/// Something that counts: where, on which nights, when.
type Counts = (Vec<DemandPlace>, BTreeSet<Night>, i64);

fn windows(all: &[Counts], key: &DemandKey, now: i64) -> Windows {
    let mut windows = Windows::default();
    let hours = |minute: i64| now.div_euclid(60) - minute.div_euclid(60);
    for (places, nights, minute) in all {
        if places.contains(&key.place) && key.night.is_none_or(|night| nights.contains(&night)) {
            windows.last_1h += u64::from(*minute > now - 60);
            windows.last_1d += u64::from(hours(*minute) < 24);
            windows.last_7d += u64::from(hours(*minute) < 168);
        }
    }
    windows
}

fn minutes(
    searches: &[Counts],
    bookings: &[Counts],
    place: &DemandPlace,
    now: i64,
) -> Vec<MinuteDemand> {
    let count = |all: &[Counts], at: i64| {
        all.iter().filter(|(places, _, minute)| *minute == at && places.contains(place)).count()
    };
    let all = searches.iter().chain(bookings).map(|(.., minute)| *minute);
    let inside: BTreeSet<i64> = all.filter(|minute| *minute > now - 60).collect();
    let minute = |at: &i64| {
        let (searches, bookings) = (count(searches, *at) as u32, count(bookings, *at) as u32);
        MinuteDemand { minute: Minute(*at), searches, bookings }
    };
    let told = inside.iter().map(minute);
    told.filter(|minute| minute.searches + minute.bookings > 0).collect()
}

fn trending_milli(searches: &[Counts], place: &DemandPlace, now: i64) -> u64 {
    let ages = searches
        .iter()
        .filter(|(places, ..)| places.contains(place))
        .map(|(.., minute)| now.div_euclid(60) - minute.div_euclid(60))
        .filter(|age| *age < 168);
    let weight = |age: i64| {
        let hours = age.max(0) % 24;
        (2_f64.powf(32.0 - hours as f64 / 24.0).round() as u128) >> (age.max(0) / 24)
    };
    (ages.map(weight).sum::<u128>() * 1_000 / (1 << 32)) as u64
}

/// The minutes from search to booking of the bookings of the last hour of which it is known.
fn waits(world: &World, place: &DemandPlace, now: i64) -> Vec<u64> {
    let waited = |booked: &Booked| {
        let stay = booked.stays.first()?;
        let at = DemandPlace::Property(booked.property.clone());
        let is_before = |look: &&Told| {
            look.place == at
                && look.nights == (stay.arrival(), stay.departure())
                && (booked.minute - 59..=booked.minute).contains(&look.minute)
        };
        let latest = world.looks.iter().filter(is_before).map(|look| look.minute).max()?;
        u64::try_from(booked.minute - latest).ok()
    };
    let counts = |booked: &&Booked| {
        booked.minute > now - 60 && places_of(world, &booked.property).contains(place)
    };
    world.bookings.values().filter(counts).filter_map(waited).collect()
}

fn places_of(world: &World, property: &PropertyId) -> Vec<DemandPlace> {
    let market = world.markets.get(property).cloned().map(DemandPlace::Market);
    [DemandPlace::Property(property.clone())].into_iter().chain(market).collect()
}

/// All rows, from scratch.
pub fn recompute(steps: &[Step]) -> Table<DemandKey, DemandRow> {
    let (world, Minute(now)) = (read(steps), clock_of(steps));
    let nights_of = |(arrival, departure): (Night, Night)| {
        Stay::new(arrival, departure).into_iter().flat_map(|stay| stay.nights()).collect()
    };
    let searches: Vec<Counts> = world
        .held
        .iter()
        .map(|told| {
            let places = [Some(told.place.clone()), told.market.clone()];
            (places.into_iter().flatten().collect(), nights_of(told.nights), told.minute)
        })
        .collect();
    let bookings: Vec<Counts> = world
        .bookings
        .values()
        .filter(|booked| !booked.stays.is_empty())
        .map(|booked| {
            let nights = booked.stays.iter().flat_map(|stay| stay.nights()).collect();
            (places_of(&world, &booked.property), nights, booked.minute)
        })
        .collect();
    let mut keys = BTreeSet::new();
    for (places, nights, _) in searches.iter().chain(&bookings) {
        for place in places {
            let nights = nights.iter().map(|night| Some(*night)).chain([None]);
            keys.extend(nights.map(|night| DemandKey { place: place.clone(), night }));
        }
    }
    let row = |key: DemandKey| {
        let (of_searches, of_bookings) =
            (windows(&searches, &key, now), windows(&bookings, &key, now));
        let waits = waits(&world, &key.place, now);
        let whole = key.night.is_none().then(|| {
            Box::new(WholeDemand {
                minutes: minutes(&searches, &bookings, &key.place, now),
                trending_milli: trending_milli(&searches, &key.place, now),
                searched_before_count: waits.len() as u64,
                search_to_booking_minutes: waits.iter().sum(),
            })
        });
        let row = DemandRow { searches: of_searches, bookings: of_bookings, whole };
        (of_searches.last_7d + of_bookings.last_7d > 0).then_some((key, row))
    };
    keys.into_iter().filter_map(row).collect()
}
