//! After every epoch the view equals a recomputation from all that was told, however it was cut.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use events::{Money, Outcome, Signal};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::keeper::testing::{Table, cuts, keep, random};

/// A record of the log, as far as this view is concerned.
#[derive(Debug, Clone)]
enum Line {
    Told(events::Observation),
    Clock(i64),
}

#[derive(Debug, Default, PartialEq)]
struct Tables {
    rows: Table<VelocityKey, VelocityRow>,
    base: Table<AttemptKey, Box<AttemptRow>>,
}

impl Tables {
    fn keep(&mut self, change: VelocityChange) {
        match change {
            VelocityChange::Row(key, row) => keep(&mut self.rows, key, row),
            VelocityChange::Attempt(key, row) => keep(&mut self.base, key, row),
        }
    }
}

const BEGIN: i64 = 30_000_000;

/// How the histories of one seed are made.
struct Manner {
    lines: usize,
    /// Fewer names make identities that keep sums.
    names: u32,
    /// How far the clock is ahead of the stamps, in minutes.
    clock_ahead: i64,
    /// The longest step between two records, in minutes.
    step: i64,
}

fn manner(random: &mut ChaCha8Rng) -> Manner {
    Manner {
        lines: [20, 80, 250][random.random_range(0..3)],
        names: [1, 3, 20][random.random_range(0..3)],
        clock_ahead: [0, 0, -30, 5_000][random.random_range(0..4)],
        step: [1, 10, 60][random.random_range(0..3)],
    }
}

fn attempt(random: &mut ChaCha8Rng, names: u32, number: usize) -> Attempt {
    let name = |random: &mut ChaCha8Rng, kind: &str| {
        let number = random.random_range(0..names);
        (random.random_range(0..6) > 0).then(|| format!("{kind}-{number}"))
    };
    let email = random.random_range(0..names);
    let address = random.random_range(0..4 * names);
    let address = match random.random_range(0..4) {
        0 => None,
        1 => Some(format!("2001:db8:{:x}::{address}", address % 3)),
        _ => Some(format!("192.0.{}.{address}", address % 2)),
    };
    let currency = ["EUR", "JPY", "USD"][random.random_range(0..3)];
    Attempt {
        id: format!("attempt-{number}").parse().expect("an id"),
        property: format!("property-{}", random.random_range(0..2 * names)).parse().expect("an id"),
        guest: name(random, "guest").map(|text| text.parse().expect("an id")),
        card: name(random, "card").map(|text| text.parse().expect("a token")),
        email: Some(format!("{email:032x}").parse().expect("a hash")),
        address: address.map(|text| text.parse().expect("an address")),
        device: name(random, "device").map(|text| text.parse().expect("an id")),
        amount: Money {
            amount_minor: random.random_range(0..5) * 1_000,
            currency: currency.parse().expect("a currency"),
        },
        outcome: Outcome::ALL[random.random_range(0..3)].1,
    }
}

/// A history of attempts that are told late, twice, and anew with other outcomes and identities.
fn history(random: &mut ChaCha8Rng) -> Vec<Line> {
    let Manner { lines, names, clock_ahead, step } = manner(random);
    let mut stamp_ms = BEGIN * 60_000;
    let mut log: Vec<Line> = Vec::new();
    let mut told: Vec<events::Observation> = Vec::new();
    for number in 0..lines {
        stamp_ms += random.random_range(0..step * 60_000);
        let late_ms = [0, 0, -20, 1, 59, 300, 1_500][random.random_range(0..7)] * 60_000;
        let again = told.len().saturating_sub(random.random_range(1..20));
        let known = told.get(again);
        let observed = Stamp(stamp_ms - late_ms);
        let observation = match (random.random_range(0..10), known) {
            (0, _) => {
                log.push(Line::Clock(stamp_ms / 60_000 + clock_ahead));
                continue;
            }
            (1, Some(known)) => events::Observation { stamp: Stamp(stamp_ms), ..known.clone() },
            (2..4, Some(known)) => {
                let Signal::Attempt(before) = &known.signal else { panic!("an attempt") };
                let mut after = before.as_ref().clone();
                after.outcome = Outcome::ALL[random.random_range(0..3)].1;
                if random.random_range(0..3) == 0 {
                    after = Attempt { id: after.id, ..attempt(random, names, number) };
                }
                let observed =
                    if random.random_range(0..3) == 0 { known.observed } else { observed };
                let signal = Signal::Attempt(Box::new(after));
                events::Observation { observed, stamp: Stamp(stamp_ms), signal, ..known.clone() }
            }
            _ => events::Observation {
                producer: 0,
                sequence: 0,
                source: ["web", "app"][random.random_range(0..2)].parse().expect("an id"),
                observed,
                stamp: Stamp(stamp_ms),
                signal: Signal::Attempt(Box::new(attempt(random, names, number))),
            },
        };
        told.push(observation.clone());
        log.push(Line::Told(observation));
    }
    log
}

fn clock_of(log: &[Line]) -> Minute {
    let clocks = log.iter().filter_map(|line| match line {
        Line::Clock(minute) => Some(*minute),
        Line::Told(_) => None,
    });
    Minute(clocks.max().unwrap_or_default())
}

fn attempt_of(observation: &events::Observation) -> &Attempt {
    match &observation.signal {
        Signal::Attempt(attempt) => attempt,
        _ => panic!("an attempt"),
    }
}

fn minute_of(observation: &events::Observation) -> i64 {
    observation.observed.min(observation.stamp).minute().0
}

/// An attempt as it stands, with the features that it was given.
#[derive(Debug, Clone)]
struct Stands {
    observation: events::Observation,
    identities: [Option<String>; 6],
    features: [Option<VelocityRow>; 6],
}

/// Everything that was told so far: nothing is ever thrown away, each count looks at all of it.
#[derive(Debug, Default)]
struct Naive {
    standing: BTreeMap<AttemptKey, Stands>,
    now: Option<i64>,
    latest: Option<i64>,
}

impl Naive {
    fn take(&mut self, log: &[Line]) {
        for line in log {
            match line {
                Line::Clock(minute) => self.now = self.now.max(Some(*minute)),
                Line::Told(observation) => self.take_one(observation),
            }
        }
    }

    /// Takes one record: the features are counted from all attempts there are.
    fn take_one(&mut self, observation: &events::Observation) {
        let attempt = attempt_of(observation);
        let key = AttemptKey::new(&observation.source, &attempt.id);
        let now = observation.stamp.minute().0;
        self.latest = self.latest.max(Some(now));
        // After 25 hours it is another attempt.
        let before = self
            .standing
            .get(&key)
            .filter(|before| before.observation.stamp.minute().0 > now - i64::from(KEPT_MINUTES));
        if before.is_some_and(|before| !is_later(observation, &before.observation)) {
            return;
        }
        let before = before.cloned();
        let identities = IdentityKind::ALL.map(|kind| kind.text_of(attempt).map(Cow::into_owned));
        let mut features = <[Option<VelocityRow>; 6]>::default();
        for (index, text) in identities.iter().enumerate() {
            let Some(text) = text else { continue };
            let known =
                before.as_ref().filter(|before| before.identities[index].as_ref() == Some(text));
            features[index] = Some(match known {
                Some(before) => before.features[index].clone().expect("it was given"),
                None => self.count(index, text, now, Some(key)),
            });
        }
        let observation = observation.clone();
        self.standing.insert(key, Stands { observation, identities, features });
    }

    /// The row of one identity: every attempt is looked at.
    fn count(&self, kind: usize, text: &str, now: i64, but: Option<AttemptKey>) -> VelocityRow {
        let mut row = VelocityRow::default();
        let (mut properties, mut cards) = (BTreeSet::new(), BTreeSet::new());
        let mut amounts = BTreeMap::<Currency, i128>::new();
        for (key, Stands { observation, identities, .. }) in &self.standing {
            let is_of = identities[kind].as_deref() == Some(text);
            if !is_of || Some(*key) == but || minute_of(observation) <= now - 24 * 60 {
                continue;
            }
            let attempt = attempt_of(observation);
            let is_recent = u32::from(minute_of(observation) > now - 60);
            row.attempts_1h += is_recent;
            row.attempts_24h += 1;
            match attempt.outcome {
                Outcome::Started => {}
                Outcome::Declined => row.declines_1h += is_recent,
                Outcome::Booked => {
                    row.bookings_1h += is_recent;
                    row.bookings_24h += 1;
                }
            }
            properties.insert(&attempt.property);
            cards.extend(&attempt.card);
            *amounts.entry(attempt.amount.currency).or_default() +=
                i128::from(attempt.amount.amount_minor);
        }
        row.properties_24h = properties.len() as u32;
        row.cards_24h = cards.len() as u32;
        row.amounts_24h = amounts.into_iter().filter(|(_, minor)| *minor != 0).collect();
        row
    }

    /// Both tables.
    fn tables(&self) -> Tables {
        let now = self.now.unwrap_or_default();
        let mut tables = Tables::default();
        for (key, Stands { observation, identities, features }) in &self.standing {
            for kind in IdentityKind::ALL {
                let Some(text) = &identities[kind.index()] else { continue };
                let of_kind = VelocityKey::new(kind, text);
                if tables.rows.contains_key(&of_kind) {
                    continue;
                }
                let row = self.count(kind.index(), text, now, None);
                if row.attempts_24h > 0 {
                    tables.rows.insert(of_kind, row);
                }
            }
            let until = now.min(self.latest.unwrap_or_default()) - i64::from(KEPT_MINUTES);
            if observation.stamp.minute().0 > until {
                let events::Observation { source, observed, stamp, .. } = observation.clone();
                let (attempt, features) = (attempt_of(observation).clone(), features.clone());
                let row = AttemptRow { source, observed, stamp, attempt, features };
                tables.base.insert(*key, Box::new(row));
            }
        }
        tables
    }
}

/// Whether one telling of an attempt holds against another.
fn is_later(new: &events::Observation, old: &events::Observation) -> bool {
    let version = |observation: &events::Observation| {
        let attempt = attempt_of(observation);
        let hashes = IdentityKind::ALL
            .map(|kind| kind.text_of(attempt).map_or(0, |text| hash_of(text.as_bytes())));
        (
            observation.observed,
            attempt.outcome,
            hashes,
            hash_of(attempt.property.as_str().as_bytes()) as u64,
            attempt.amount.amount_minor,
            attempt.amount.currency,
            -observation.stamp.0,
        )
    };
    version(new) > version(old)
}

fn hear(keeper: &mut Velocity, log: &[Line]) {
    for line in log {
        if let Line::Told(observation) = line {
            let told = Told::new(0, Arc::new(observation.clone())).expect("an attempt");
            keeper.hear(VelocityEvent::Told(Box::new(told)));
        }
    }
}

/// A keeper as after a restart, which hears of the base in the order of its keys.
fn restart(tables: &Tables) -> Velocity {
    let mut keeper = Velocity::default();
    for row in tables.base.values() {
        keeper.hear(VelocityEvent::Stored(row.clone()));
    }
    keeper
}

fn check(seed: u64) {
    let mut random = random(seed);
    let log = history(&mut random);
    let mut keeper = Velocity::default();
    let mut tables = Tables::default();
    let mut naive = Naive::default();
    let mut begin = 0;
    for end in cuts(&mut random, log.len()) {
        hear(&mut keeper, &log[begin..end]);
        naive.take(&log[begin..end]);
        let now = clock_of(&log[..end]);
        keeper.close(now, &mut |change| tables.keep(change));
        let expected = naive.tables();
        assert_eq!(tables.rows, expected.rows, "seed {seed}, {end} lines");
        assert_eq!(tables.base, expected.base, "seed {seed}, {end} lines");
        keeper.close(now, &mut |change| panic!("seed {seed}: told twice: {change:?}"));
        if random.random_range(0..5) == 0 {
            let mut again = Tables::default();
            restart(&tables).close(now, &mut |change| again.keep(change));
            assert_eq!(again.rows, tables.rows, "seed {seed}, {end} lines: a restart");
            assert_eq!(again.base, Table::new(), "what is stored is not told again");
        }
        begin = end;
    }
}

#[test]
fn it_equals_a_recomputation_after_every_epoch() {
    (0..200).for_each(check);
}

#[test]
fn after_a_restart_it_goes_on_as_if_there_had_been_none() {
    for seed in 1_000..1_100 {
        let mut random = random(seed);
        let log = history(&mut random);
        let middle = random.random_range(0..log.len());
        let mut tables = Tables::default();
        let mut keeper = Velocity::default();
        hear(&mut keeper, &log[..middle]);
        keeper.close(clock_of(&log[..middle]), &mut |change| tables.keep(change));
        let mut keeper = restart(&tables);
        hear(&mut keeper, &log[middle..]);
        // The first epoch after a restart tells rows that stand already, which the host leaves out.
        let mut told = Tables::default();
        std::mem::swap(&mut told.base, &mut tables.base);
        keeper.close(clock_of(&log), &mut |change| told.keep(change));
        let mut naive = Naive::default();
        naive.take(&log);
        let expected = naive.tables();
        assert_eq!(told.rows, expected.rows, "seed {seed}");
        // What was told last before the restart may be kept a little longer.
        for (key, row) in &expected.base {
            assert_eq!(told.base.get(key), Some(row), "seed {seed}");
        }
    }
}

#[test]
fn nothing_is_left_when_time_has_passed() {
    let mut random = random(7);
    let log = history(&mut random);
    let mut keeper = Velocity::default();
    let mut tables = Tables::default();
    hear(&mut keeper, &log);
    let last = attempt(&mut random, 1, 1_000);
    let far = Stamp((BEGIN + 1_000_000) * 60_000);
    let observation = events::Observation {
        producer: 0,
        sequence: 0,
        source: "web".parse().expect("an id"),
        observed: far,
        stamp: far,
        signal: Signal::Attempt(Box::new(last)),
    };
    hear(&mut keeper, &[Line::Told(observation)]);
    keeper.close(Minute(BEGIN), &mut |change| tables.keep(change));
    keeper.close(Minute(BEGIN + 1_000_000), &mut |change| tables.keep(change));
    assert_eq!(tables.base.len(), 1);
    keeper.close(Minute(BEGIN + 1_002_000), &mut |change| tables.keep(change));
    assert_eq!(tables, Tables { rows: Table::new(), base: tables.base.clone() });
}

#[test]
fn networks_are_cut_where_they_are_given_out() {
    let of = |text: &str| network(text.parse().expect("an address"));
    assert_eq!(of("192.0.2.77"), "192.0.2.0/24");
    assert_eq!(of("::ffff:192.0.2.77"), "192.0.2.0/24");
    assert_eq!(of("2001:db8:7:8::9"), "2001:db8:7::/48");
}
