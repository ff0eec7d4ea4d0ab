//! What prices hear of searches, rivals and events in a running engine: each moves the rows that it
//! should and no others, and a restart has nothing to add.

use std::collections::BTreeSet;

use bytes::Bytes;
use events::signal::Place;
use events::wire::encode_command;
use events::{
    AnnounceOwner, BodyHash, Boot, Command, CommandId, CompetitorPrice, ConfirmHold,
    DefineProperty, DefineRatePlan, Envelope, GuestRef, HoldId, Line, Location, LogTime,
    MarketEvent, MarketEventKind, Money, Night, Observation, PlaceHold, PolicyKind, PromotePolicy,
    PropertyId, Search, SetInventory, Signal, Slot, StagePolicy, Stamp, Stay, Supply, Tick,
    encode_envelope,
};
use ingest::Bookmark;

use super::*;
use crate::intake::Heard;
use crate::views::price::{Branch, PriceRow};
use crate::{ViewKey, ViewRow};

const DAY_MS: i64 = 24 * 60 * 60_000;
const HOUR_MS: i64 = 60 * 60_000;
/// The midnight of 2027-01-15.
const START: Stamp = Stamp((10_957 + 9_876) * DAY_MS);
const POLICY: &str = "schema = 1\nkind = \"pricing\"\n[competitors]\nage_max_minutes = 60\n";

/// A night two months after the start, and those after it.
fn night(number: i32) -> Night {
    Night::from_number(9_876 + 60 + number).expect("a night")
}

fn one_night(number: i32) -> Stay {
    Stay::new(night(number), night(number + 1)).expect("a night")
}

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().expect("an id")
}

fn money(amount_minor: i64) -> Money {
    Money { amount_minor, currency: id("EUR") }
}

/// Price rows by property and night.
type Prices = BTreeMap<(PropertyId, Night), PriceRow>;

/// An engine, and what was said to it.
struct Run {
    engine: Engine,
    kept: Kept,
    log: MemoryLog,
    now: Stamp,
    commands_count: u32,
    told: BTreeMap<Topic, u64>,
    /// How many of the changes were looked at, and the prices after them.
    seen: usize,
    prices: Prices,
}

impl Run {
    fn start(workers: usize) -> Self {
        let (log, kept) = (MemoryLog::new(1), Kept::default());
        let engine = start(options(workers, 100), Arc::new(log.clone()), nothing(1), &kept);
        let (told, prices) = (BTreeMap::new(), Prices::new());
        let mut run =
            Self { engine, kept, log, now: START, commands_count: 0, told, seen: 0, prices };
        run.send(Command::AnnounceOwner(AnnounceOwner {
            epoch: 1,
            boot: Boot(7),
            step_max_ms: 10_000,
        }));
        run
    }

    fn send(&mut self, command: Command) -> CommandId {
        self.commands_count += 1;
        let id = CommandId::from_key("prices", &self.commands_count.to_string());
        let envelope = Envelope {
            id,
            producer: 1,
            sequence: u64::from(self.commands_count),
            not_after: LogTime(u64::MAX),
            stamp: self.now,
            slot: command.slot().unwrap_or(Slot::from_low_bits(0)),
            body_hash: BodyHash::of(&encode_command(&command)),
            command,
        };
        let bytes = Bytes::from(encode_envelope(&envelope));
        self.log.append(Topic::Commands, 0, bytes).expect("the log is open");
        id
    }

    /// A hotel with one room type.
    fn define(&mut self, property: &str, market: &str) {
        let property: PropertyId = id(property);
        self.send(Command::DefineProperty(DefineProperty {
            property: property.clone(),
            name: "Hotel".to_owned(),
            city: "Rome".to_owned(),
            country: "IT".to_owned(),
            location: Location { latitude_microdegrees: 0, longitude_microdegrees: 0 },
            time_zone: "Europe/Rome".to_owned(),
            currency: id("EUR"),
            stars: 4,
            amenities: Vec::new(),
            market: Some(id(market)),
        }));
        self.send(Command::DefineRoomType(events::DefineRoomType {
            property: property.clone(),
            room_type: id("double"),
            name: "Double".to_owned(),
            max_guests: 2,
        }));
        self.send(Command::DefineRatePlan(DefineRatePlan {
            property: property.clone(),
            rate_plan: id("flexible"),
            name: "Flexible".to_owned(),
            room_types: vec![id("double")],
            base_price: money(10_000),
            occupancy: events::Occupancy::default(),
            channels: Vec::new(),
        }));
        self.send(Command::SetInventory(SetInventory {
            property,
            room_type: id("double"),
            nights: Stay::new(night(0), night(30)).expect("nights"),
            supply: Supply { physical: 20, blocked: 0, allowance: 0 },
        }));
    }

    /// Books a night, so that it is one that somebody touched.
    fn book(&mut self, property: &str, of_night: i32) {
        let property: PropertyId = id(property);
        let line = Line {
            room_type: id("double"),
            rate_plan: id("flexible"),
            stay: one_night(of_night),
            rooms: 1,
            adults: 2,
            children: Default::default(),
        };
        let lines = events::hold::Lines::from_iter([line]);
        let place = PlaceHold::direct(property.clone(), 600_000, lines);
        let hold = HoldId::of_command(Slot::of(&property), self.send(Command::PlaceHold(place)));
        let guest = GuestRef::new("guest").expect("an id");
        self.send(Command::ConfirmHold(ConfirmHold { hold, guest }));
    }

    /// Moves the clock of the views.
    fn tick(&mut self, ms: i64) {
        self.now = Stamp(self.now.0 + ms);
        let monotonic_ms = (self.now.0 - START.0) as u64;
        self.send(Command::Tick(Tick { epoch: 1, boot: Boot(7), monotonic_ms }));
    }

    /// Tells signals of one topic, which the views then reflect.
    fn tell(&mut self, signals: Vec<Signal>) {
        let topic = Topic::of_signal(&signals[0]);
        let source = id("source");
        let observation = |(sequence, signal)| {
            let (observed, stamp) = (self.now, self.now);
            let source = events::SourceId::clone(&source);
            Observation { producer: 1, sequence, source, observed, stamp, signal }
        };
        let observations: Vec<Observation> = (0..).zip(signals).map(observation).collect();
        let told = self.told.entry(topic).or_default();
        *told += observations.len() as u64;
        let mut bookmark = Bookmark::default();
        bookmark.set(0, *told, Default::default());
        let (observations, dead_letters_count) = (&observations[..], 0);
        let heard = Heard { topic, observations, dead_letters_count, bookmark: &bookmark };
        self.engine.hearing().tell(&heard);
        let begun = Instant::now();
        let last = (topic, bookmark.clone());
        while !self.kept.changes().iter().any(|changes| changes.bookmarks.contains(&last)) {
            assert!(begun.elapsed() < PATIENCE, "{:?}", self.engine.status());
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// The rows in force that have changed since this was asked last, as they were and are.
    fn moved(&mut self) -> BTreeMap<(PropertyId, Night), [Option<PriceRow>; 2]> {
        let end = self.log.end(Topic::Commands).expect("the end");
        assert!(self.engine.wait_stored(&end, PATIENCE), "{:?}", self.engine.status());
        let before = self.prices.clone();
        let changes = self.kept.changes();
        for (key, row) in changes[self.seen..].iter().flat_map(|changes| changes.views.clone()) {
            let ViewKey::Price(key) = key else { continue };
            if key.branch == Branch::Candidate {
                continue;
            }
            let at = (key.property, key.night);
            match row {
                Some(ViewRow::Price(row)) => self.prices.insert(at, row),
                _ => self.prices.remove(&at),
            };
        }
        self.seen = changes.len();
        let of_both = |key: &(PropertyId, Night)| {
            [&before, &self.prices].map(|prices| prices.get(key).copied())
        };
        let keys: BTreeSet<_> = before.keys().chain(self.prices.keys()).cloned().collect();
        let moved = keys.into_iter().map(|key| (key.clone(), of_both(&key)));
        moved.filter(|(_, [before, now])| before != now).collect()
    }

    /// Asserts that exactly these have moved, and that each of them is as said.
    fn assert_moved(&mut self, what: &str, these: &[(&str, i32)], is_so: impl Fn(Pair) -> bool) {
        let moved = self.moved();
        let keys: BTreeSet<_> = moved.keys().cloned().collect();
        let these: BTreeSet<_> =
            these.iter().map(|(property, number)| (id(property), night(*number))).collect();
        assert_eq!(keys, these, "{what}");
        for (key, rows) in moved {
            let [Some(before), Some(now)] = rows else { panic!("{what}: {key:?}: {rows:?}") };
            assert!(is_so([before, now]), "{what}: {key:?}: {rows:?}");
        }
    }
}

/// A row before and after.
type Pair = [PriceRow; 2];

fn search(number: u32) -> Signal {
    let place = Place::Property(id("grand"), None);
    let name = id(&format!("search-{number}"));
    Signal::Search(Search { id: name, place, stay: one_night(0), rooms: 1, guests: 2 })
}

fn rival(property: &str, of_night: i32, amount_minor: i64) -> Signal {
    Signal::CompetitorPrice(CompetitorPrice {
        property: id(property),
        rival: id("rival"),
        night: night(of_night),
        price: Some(money(amount_minor)),
    })
}

fn fair(impact_permille: u16) -> Signal {
    Signal::MarketEvent(MarketEvent {
        id: id("fair"),
        market: id("rome"),
        kind: MarketEventKind::Major,
        nights: Stay::new(night(0), night(3)).expect("nights"),
        impact_permille,
        name: "A fair".into(),
    })
}

/// Two hotels of one market and one of another; booked ten days ago, so that no booking is one of
/// the last week.
fn world(workers: usize) -> Run {
    let mut run = Run::start(workers);
    run.define("grand", "rome");
    run.define("plaza", "rome");
    run.define("fjord", "oslo");
    run.tick(1);
    for (property, number) in [("grand", 0), ("grand", 1), ("plaza", 0), ("plaza", 5), ("fjord", 0)]
    {
        run.book(property, number);
    }
    run.tick(10 * DAY_MS + 12 * HOUR_MS);
    let moved = run.moved();
    assert_eq!(moved.len(), 5, "{moved:?}");
    run
}

fn searches_and_rivals(run: &mut Run) {
    run.tell((0..40).map(search).collect());
    run.assert_moved("a burst of searches", &[("grand", 0), ("plaza", 0)], |[before, now]| {
        let searched = now.features.searches_7d;
        searched == Some(40) && now.price_minor > before.price_minor
    });
    run.tell((0..40).map(search).collect());
    run.assert_moved("the same told again", &[], |_| false);
    run.tell(vec![search(40)]);
    run.assert_moved("one more, in the same bucket", &[], |_| false);

    run.tell(vec![rival("grand", 0, 12_000)]);
    run.assert_moved("what a rival asks", &[("grand", 0)], |[_, now]| {
        let average = now.features.competitors.and_then(|rivals| rivals.average);
        average == Some(money(12_000)) && now.position_permille.is_some()
    });
    run.tick(1);
    run.tell(vec![rival("grand", 0, 8_000)]);
    run.assert_moved("a rival's cut", &[("grand", 0)], |[before, now]| {
        let average = now.features.competitors.and_then(|rivals| rivals.average);
        average == Some(money(8_000)) && now.price_minor < before.price_minor
    });
    run.tell(vec![rival("fjord", 9, 9_000)]);
    let touched = run.moved().into_iter().collect::<Vec<_>>();
    let [((property, of_night), [None, Some(_)])] = &touched[..] else { panic!("{touched:?}") };
    assert_eq!((property.to_string().as_str(), *of_night), ("fjord", night(9)));
}

fn fairs_and_ages(run: &mut Run) {
    let there = [("grand", 0), ("grand", 1), ("plaza", 0)];
    let before = run.prices.clone();
    run.tell(vec![fair(500)]);
    run.assert_moved("a fair", &there, |[before, now]| now.price_minor > before.price_minor);
    run.tick(1);
    run.tell(vec![fair(0)]);
    run.assert_moved("a fair that is called off", &there, |_| true);
    assert_eq!(run.prices, before);

    let (property, kind, version) = (id("grand"), PolicyKind::Pricing, id("short"));
    let document = POLICY.to_owned();
    run.send(Command::StagePolicy(StagePolicy { property, kind, version, document }));
    run.assert_moved("a candidate", &[], |_| false);
    let (property, version) = (id("grand"), id("short"));
    run.send(Command::PromotePolicy(PromotePolicy { property, kind, version }));
    run.assert_moved("another policy", &[("grand", 0), ("grand", 1)], |[before, now]| {
        now.policy_version == 1 && now.features == before.features
    });
    run.tick(30 * 60_000);
    run.assert_moved("half an hour", &[], |_| false);
    run.tick(31 * 60_000);
    run.assert_moved("what a rival asked an hour ago", &[("grand", 0)], |[before, now]| {
        before.features.competitors.is_some() && now.features.competitors.is_none()
    });
}

#[test]
fn each_signal_moves_the_prices_that_it_should_and_no_others() {
    for workers in [1, 2] {
        let mut run = world(workers);
        searches_and_rivals(&mut run);
        fairs_and_ages(&mut run);
        let Run { engine, kept, log, .. } = run;
        engine.stop().unwrap();
        let stored = Stored::of(&kept.changes());
        let prices = stored.views.keys().filter(|key| matches!(key, ViewKey::Price(_))).count();
        assert_eq!(prices, 6);
        let (again, status, _) = super::run(options(workers, 100), &log, stored.base());
        assert_eq!(status.corrected_rows_count, Some(0), "{:?}", again.changes()[0].views);
        assert_eq!(again.changes()[0].views, [], "a restart has nothing to add");
    }
}
