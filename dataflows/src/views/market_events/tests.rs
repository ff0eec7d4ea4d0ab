//! After every epoch the view equals a recomputation from all that was heard, however it was cut.

use events::MarketEvent;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::keeper::testing::{Table, cuts, keep, random};

const ORIGIN: i64 = 30_000_000;

/// A record of the log, as far as this view is concerned.
#[derive(Debug, Clone)]
enum Step {
    Hear(MarketEventsEvent),
    Clock(i64),
}

#[derive(Debug, Default, Clone)]
struct Tables {
    rows: Table<MarketEventsKey, MarketEventsRow>,
    base: Table<MarketEventKey, MarketEventRow>,
}

impl Tables {
    fn keep(&mut self, change: MarketEventsChange) {
        match change {
            MarketEventsChange::Row(key, row) => keep(&mut self.rows, key, row),
            MarketEventsChange::Base(key, row) => keep(&mut self.base, key, row),
        }
    }
}

/// A night, by days from the first minute of the histories.
fn night(day: i64) -> Night {
    Night::from_number((ORIGIN / DAY_MINUTES - NIGHTS_ORIGIN_DAYS + day) as i32).expect("a night")
}

fn seen(
    (source, id): (u32, u32),
    (observed, stamp): (i64, i64),
    (market, kind, impact_permille): (u32, usize, u16),
    (arrival, departure): (i64, i64),
) -> MarketEventsEvent {
    let kinds = [
        MarketEventKind::Major,
        MarketEventKind::Conference,
        MarketEventKind::Concert,
        MarketEventKind::Sports,
    ];
    MarketEventsEvent::Seen {
        source: SourceId::new(&format!("source-{source}")).expect("an id"),
        observed: Stamp(observed * 60_000),
        stamp: Stamp(stamp * 60_000),
        event: MarketEvent {
            id: MarketEventId::new(&format!("event-{id}")).expect("an id"),
            market: MarketId::new(&format!("market-{market}")).expect("an id"),
            kind: kinds[kind],
            nights: Stay::new(night(arrival), night(departure)).expect("nights"),
            impact_permille,
            name: "A fair".into(),
        },
    }
}

/// A history in which sources are late, ahead, repeat themselves and contradict themselves.
fn history(random: &mut ChaCha8Rng) -> Vec<Step> {
    let mut clock = ORIGIN;
    let mut steps: Vec<Step> = Vec::new();
    for _ in 0..random.random_range(1..80) {
        let step = match random.random_range(0..10) {
            0..3 => {
                clock += [1, 300, 1_440, 4_000, 40_000][random.random_range(0..5)];
                Step::Clock(clock)
            }
            3 if !steps.is_empty() => steps[random.random_range(0..steps.len())].clone(),
            _ => {
                let observed = clock - [-90, 0, 5, 1_500, 30_000][random.random_range(0..5)];
                let stamp = clock - [0, 1, 2_000][random.random_range(0..3)];
                let event = (random.random_range(0..2), random.random_range(0..5));
                let impact = [0, 100, 200, 300][random.random_range(0..4)];
                let what = (random.random_range(0..2), random.random_range(0..4), impact);
                let arrival = (clock - ORIGIN) / DAY_MINUTES + random.random_range(-40..8);
                let nights = (arrival, arrival + random.random_range(1..6));
                Step::Hear(seen(event, (observed, stamp), what, nights))
            }
        };
        steps.push(step);
    }
    steps
}

fn clock_of(steps: &[Step]) -> Minute {
    let clocks = steps.iter().filter_map(|step| match step {
        Step::Clock(minute) => Some(*minute),
        Step::Hear(_) => None,
    });
    Minute(clocks.max().unwrap_or(ORIGIN))
}

/// A telling, as the oracle remembers it: what it says, and its last night.
type Known = (MarketEvent, Stamp, Night);

/// The first date that is not yet past twelve hours west of Greenwich.
fn recompute_today(minute: i64) -> i64 {
    (minute - 720).div_euclid(1_440) - 10_957
}

/// Goes through the log once, with nothing but the rule: who is remembered, and which telling of
/// one event holds.
fn recompute_known(steps: &[Step]) -> Vec<MarketEvent> {
    let mut known: BTreeMap<(SourceId, MarketEventId), Known> = BTreeMap::new();
    let mut heard = i64::MIN;
    let is_past = |minute: i64, departure: Night| {
        recompute_today(minute) > i64::from(departure.number()) + 30
    };
    for step in steps {
        let Step::Hear(MarketEventsEvent::Seen { source, observed, stamp, event }) = step else {
            continue;
        };
        let departure = event.nights.departure();
        if is_past(stamp.0 / 60_000, departure) {
            continue;
        }
        let then = heard.max(stamp.0 / 60_000);
        known.retain(|key, (.., last)| {
            !(*key == (source.clone(), event.id.clone()) && is_past(then, *last))
        });
        let key = (source.clone(), event.id.clone());
        let version = |event: &MarketEvent, observed: Stamp| {
            let nights = (event.nights.arrival(), event.nights.departure());
            (observed, event.impact_permille, event.kind, nights, event.market.clone())
        };
        let (entry, last) = match known.remove(&key) {
            Some((old, seen, last)) if version(&old, seen) >= version(event, *observed) => {
                if departure > last {
                    heard = then;
                }
                ((old, seen), last.max(departure))
            }
            Some((.., last)) => {
                heard = then;
                ((event.clone(), *observed), last.max(departure))
            }
            None => {
                heard = then;
                ((event.clone(), *observed), departure)
            }
        };
        known.insert(key, (entry.0, entry.1, last));
    }
    known.retain(|_, (.., last)| !is_past(heard, *last));
    known.into_values().map(|(event, ..)| event).collect()
}

/// The view from the whole list of events.
fn recompute(steps: &[Step]) -> Table<MarketEventsKey, MarketEventsRow> {
    let today = recompute_today(clock_of(steps).0);
    let mut rows: Table<MarketEventsKey, MarketEventsRow> = Table::new();
    for event in recompute_known(steps).iter().filter(|event| event.impact_permille > 0) {
        for night in event.nights.nights().filter(|night| i64::from(night.number()) >= today) {
            let key = MarketEventsKey { market: event.market.clone(), night };
            let row = rows.entry(key).or_default();
            let cell = match event.kind {
                MarketEventKind::Major => &mut row.major_permille,
                MarketEventKind::Conference => &mut row.conference_permille,
                MarketEventKind::Concert => &mut row.concert_permille,
                MarketEventKind::Sports => &mut row.sports_permille,
            };
            *cell = event.impact_permille.max(*cell);
        }
    }
    rows
}

fn restart(tables: &Tables) -> MarketEvents {
    let mut keeper = MarketEvents::new();
    for (key, row) in tables.base.iter().rev() {
        keeper.hear(MarketEventsEvent::Stored(key.clone(), row.clone()));
    }
    keeper
}

fn check(seed: u64) {
    let mut random = random(seed);
    let steps = history(&mut random);
    let mut keeper = MarketEvents::new();
    let mut tables = Tables::default();
    let mut begin = 0;
    for end in cuts(&mut random, steps.len()) {
        for step in &steps[begin..end] {
            if let Step::Hear(event) = step {
                keeper.hear(event.clone());
            }
        }
        let now = clock_of(&steps[..end]);
        keeper.close(now, &mut |change| tables.keep(change));
        assert_eq!(tables.rows, recompute(&steps[..end]), "seed {seed}, {end} steps");
        let size = KeeperSize { keys_count: tables.rows.len(), held_count: tables.base.len() };
        assert_eq!(keeper.size(), size);
        keeper.close(now, &mut |change| panic!("seed {seed}: told twice: {change:?}"));
        if random.random_range(0..5) == 0 {
            keeper = restart(&tables);
            let mut again = Tables { base: tables.base.clone(), ..Tables::default() };
            keeper.close(now, &mut |change| again.keep(change));
            assert_eq!((&again.rows, &again.base), (&tables.rows, &tables.base), "seed {seed}");
        }
        begin = end;
    }
}

#[test]
fn it_equals_a_recomputation_after_every_epoch() {
    (0..3_000).for_each(check);
}

/// The rows after these tellings in one epoch.
fn rows_of(tellings: &[MarketEventsEvent], now: i64) -> Vec<(Night, MarketEventsRow)> {
    let mut keeper = MarketEvents::new();
    let mut tables = Tables::default();
    tellings.iter().for_each(|telling| keeper.hear(telling.clone()));
    keeper.close(Minute(now), &mut |change| tables.keep(change));
    tables.rows.into_iter().map(|(key, row)| (key.night, row)).collect()
}

#[test]
fn of_two_fairs_on_a_night_the_stronger_counts() {
    let strong = seen((0, 0), (ORIGIN, ORIGIN), (0, 0, 400), (5, 7));
    let weak = seen((1, 0), (ORIGIN, ORIGIN), (0, 0, 150), (6, 8));
    let row = |major_permille| MarketEventsRow { major_permille, ..MarketEventsRow::default() };
    let rows = rows_of(&[strong, weak], ORIGIN);
    assert_eq!(rows, vec![(night(5), row(400)), (night(6), row(400)), (night(7), row(150))]);
}

#[test]
fn a_fair_that_was_withdrawn_stays_so_when_an_older_telling_arrives() {
    let told = seen((0, 0), (ORIGIN - 9, ORIGIN + 9), (0, 0, 400), (5, 7));
    let withdrawn = seen((0, 0), (ORIGIN, ORIGIN), (0, 0, 0), (5, 7));
    assert_eq!(rows_of(&[withdrawn, told], ORIGIN + 10), vec![]);
}

#[test]
fn a_night_is_past_when_it_is_past_everywhere() {
    let told = seen((0, 0), (ORIGIN, ORIGIN), (0, 0, 400), (0, 1));
    let midnight = (ORIGIN / DAY_MINUTES + 1) * DAY_MINUTES;
    assert_eq!(rows_of(std::slice::from_ref(&told), midnight + 12 * 60 - 1).len(), 1);
    assert_eq!(rows_of(&[told], midnight + 12 * 60).len(), 0);
}
