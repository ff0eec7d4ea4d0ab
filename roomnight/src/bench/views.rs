//! The whole set of views under a mixed stream: searches, rivals' prices, attempts and bookings.
//!
//! Two figures: how many events a second they follow when all wait on the log, and how long an
//! event takes from its append to the views that reflect it being stored, at a steady rate.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use dataflows::Standing;
use dataflows::views::days::{Day, DayPassed};
use events::{LogTime, Stamp};
use ingest::Topic;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serving::{Clock, SystemClock};

use self::stream::{Said, Stream};
use super::figures::{Figures, median, quantile};
use super::world::World;
use super::{BenchError, Manner, process};
use crate::clock::HistoryClock;
use crate::config::Config;
use crate::directory::DataFolder;
use crate::hand::{Hand, Words};
use crate::run::{Parts, System};

pub(crate) mod stream;

/// Hotels on sale.
const PROPERTIES: usize = 100_000;

/// How many events wait on the log when the views are timed.
const EVENTS: usize = 1_000_000;

/// Events a second at which the way of one event is timed.
const STEADY_PER_SECOND: usize = 20_000;

/// The steady stream comes in portions, so many a second.
const PORTIONS_PER_SECOND: usize = 200;

/// Enough rooms that nobody is turned away.
const ROOMS: u16 = 10_000;

/// The topics in which events wait, commands first.
const TOPICS: [Topic; 4] =
    [Topic::Commands, Topic::Searches, Topic::CompetitorPrices, Topic::Attempts];

/// How many views turn with days: pace, occupancy, prices and limits.
const VIEWS_BY_DAY: usize = 4;

const MILLISECONDS_PER_DAY: i64 = 24 * 60 * 60 * 1_000;

/// After how long what is not stored is a failure.
const PATIENCE: Duration = Duration::from_secs(600);

/// How often is looked how far the views are stored: the error of each time.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Runs the bench.
pub fn run(manner: &Manner) -> Result<Figures, BenchError> {
    let (properties, events) = if manner.is_tiny { (50, 2_000) } else { (PROPERTIES, EVENTS) };
    let folder = manner.folder().map_err(BenchError::io("making a folder for the bench"))?;
    let stage = Stage::open(DataFolder::at(folder.path()), properties)?;
    let mut stream = Stream::new(properties, ChaCha8Rng::seed_from_u64(7));
    let mut rates = Vec::new();
    let mut p99s = Vec::new();
    for _ in 0..manner.rounds {
        rates.push(stage.flood(&mut stream, events)?);
        p99s.push(stage.steady(&mut stream, if manner.is_tiny { 1 } else { manner.seconds })?);
    }
    let mut figures = Figures::new("views");
    figures.push("events_per_second", median(rates), "1/s");
    figures.push("p99_milliseconds", median(p99s), "ms");
    figures.push("peak_bytes", process::peak_resident_bytes() as f64, "B");
    figures.push("properties", properties as f64, "1");
    stage.close()?;
    Ok(figures)
}

/// What a day that passed made views look at.
pub(super) type LookedAt = Vec<(&'static str, DayPassed)>;

/// A system with hotels on sale.
pub(super) struct Stage {
    system: System,
    hand: Hand,
    clock: Arc<HistoryClock>,
    world: World,
}

impl Stage {
    /// Opens that many hotels.
    pub(super) fn open(folder: DataFolder, properties: usize) -> Result<Self, BenchError> {
        let clock = Arc::new(HistoryClock::live());
        let parts = Parts { folder, clock: Arc::clone(&clock) as Arc<dyn Clock>, listener: None };
        let mut system = System::start(&Config::default(), parts)?;
        system.own()?;
        let hand = system.hand()?;
        let stage = Self { system, hand, clock, world: World::of_the_coming_year(ROOMS)? };
        stage.define(properties)?;
        Ok(stage)
    }

    pub(super) fn close(self) -> Result<(), BenchError> {
        self.system.stop()?;
        Ok(())
    }

    fn define(&self, properties: usize) -> Result<(), BenchError> {
        for number in 0..properties {
            for (step, command) in (0..).zip(self.world.define(number)?) {
                self.say(Said::command(format!("{number}/{step}"), command))?;
            }
        }
        self.system.catch_up_stored()?;
        Ok(())
    }

    /// Appends that many events as fast as the log takes them; events a second until all of them
    /// are in stored views.
    pub(super) fn flood(&self, stream: &mut Stream, events: usize) -> Result<f64, BenchError> {
        let said: Vec<Said> =
            (0..events).map(|_| stream.next(&self.world)).collect::<Result<_, _>>()?;
        let before = self.ends()?;
        let begun = Instant::now();
        let mut counts = [0; TOPICS.len()];
        for said in said {
            counts[index_of(said.topic())] += 1;
            self.say(said)?;
        }
        self.wait_for(&sums(before, counts), begun)?;
        Ok(events as f64 / begun.elapsed().as_secs_f64())
    }

    /// Appends events at a steady rate; milliseconds from an append to its being stored, for all
    /// but one in a hundred.
    fn steady(&self, stream: &mut Stream, seconds: u64) -> Result<f64, BenchError> {
        let portions = seconds as usize * PORTIONS_PER_SECOND;
        let size = STEADY_PER_SECOND / PORTIONS_PER_SECOND;
        let before = self.ends()?;
        let begun = Instant::now();
        let due = |portion: usize| {
            begun + Duration::from_secs_f64(portion as f64 / PORTIONS_PER_SECOND as f64)
        };
        thread::scope(|scope| {
            let looking = scope.spawn(|| self.watch(before, due(portions)));
            // For each portion: when it was due, and where its topics end with it.
            let mut waiting = Vec::with_capacity(portions);
            let mut ends = before;
            for portion in 0..portions {
                thread::sleep(due(portion).saturating_duration_since(Instant::now()));
                for _ in 0..size {
                    let said = stream.next(&self.world)?;
                    ends[index_of(said.topic())] += 1;
                    self.say(said)?;
                }
                waiting.push((due(portion), ends));
            }
            let seen = looking.join();
            let seen =
                seen.map_err(|_| BenchError::Unexpected("the watch ended in a panic".to_owned()))??;
            Ok(quantile(delays(&waiting, &seen, size)?, 0.99))
        })
    }

    /// What was stored when, until nothing moves any more after the end of the stream.
    fn watch(&self, before: Ends, until: Instant) -> Result<Vec<(Instant, Ends)>, BenchError> {
        let mut seen = vec![(Instant::now(), before)];
        let mut moved_at = Instant::now();
        loop {
            let ends = self.stored()?;
            let now = Instant::now();
            if seen.last().is_none_or(|(_, last)| *last != ends) {
                seen.push((now, ends));
                moved_at = now;
            }
            if now > until + Duration::from_secs(1) && moved_at.elapsed() > Duration::from_secs(2) {
                return Ok(seen);
            }
            thread::sleep(LOOK_EVERY);
        }
    }

    fn wait_for(&self, ends: &Ends, begun: Instant) -> Result<(), BenchError> {
        while !covers(&self.stored()?, ends) {
            if begun.elapsed() > PATIENCE {
                return Err(BenchError::Unexpected("the views did not come to the end".to_owned()));
            }
            thread::sleep(LOOK_EVERY);
        }
        Ok(())
    }

    /// Where each topic ends on the log.
    fn ends(&self) -> Result<Ends, BenchError> {
        self.system.catch_up_stored()?;
        let mut ends = Ends::default();
        for (end, topic) in ends.iter_mut().zip(TOPICS) {
            let position = self.system.app().log.end(topic).map_err(crate::run::RunError::from)?;
            *end = position.next_offset(0);
        }
        Ok(ends)
    }

    /// How far each topic is in stored views.
    fn stored(&self) -> Result<Ends, BenchError> {
        let app = self.system.app();
        let mut ends = Ends::default();
        for (end, topic) in ends.iter_mut().zip(TOPICS) {
            *end = match topic {
                Topic::Commands => app.progress.position().next_offset(0),
                topic => {
                    let bookmark = app.store.bookmark(topic).map_err(crate::run::RunError::from)?;
                    bookmark.get(0).0
                }
            };
        }
        Ok(ends)
    }

    /// Has a day pass: what each view that turns with days looked at because of it.
    pub(super) fn pass_a_day(&self) -> Result<LookedAt, BenchError> {
        self.system.catch_up_stored()?;
        let tomorrow = Stamp(self.clock.now().0 + MILLISECONDS_PER_DAY);
        let begun = Instant::now();
        self.clock.set(tomorrow);
        loop {
            let views = self.system.app().standings.by_view();
            let passed = |(view, standing): (_, Standing)| Some((view, standing.day_passed?));
            let passed: LookedAt = views.into_iter().filter_map(passed).collect();
            let has_come = |(_, passed): &(_, DayPassed)| passed.day == Day::of(tomorrow);
            if passed.iter().filter(|view| has_come(view)).count() == VIEWS_BY_DAY {
                return Ok(passed);
            }
            if begun.elapsed() > PATIENCE {
                let stand = format!("a day has not passed in every view: {passed:?}");
                return Err(BenchError::Unexpected(stand));
            }
            thread::sleep(LOOK_EVERY);
        }
    }

    fn say(&self, said: Said) -> Result<(), BenchError> {
        match said {
            Said::Command(id, command) => self.hand.append_patiently(Words {
                id,
                sequence: self.hand.next_sequence(),
                not_after: LogTime(u64::MAX),
                stamp: now(),
                command: *command,
            })?,
            Said::Signal(observation) => self.hand.tell_patiently(&observation)?,
        }
        Ok(())
    }
}

/// The next offset of each of [`TOPICS`]; the bench has one partition.
type Ends = [u64; TOPICS.len()];

fn index_of(topic: Topic) -> usize {
    TOPICS.iter().position(|known| *known == topic).unwrap_or(0)
}

fn sums(one: Ends, other: Ends) -> Ends {
    std::array::from_fn(|index| one[index] + other[index])
}

fn covers(stored: &Ends, wanted: &Ends) -> bool {
    stored.iter().zip(wanted).all(|(stored, wanted)| stored >= wanted)
}

/// How long each event of each portion took, in milliseconds.
fn delays(
    waiting: &[(Instant, Ends)],
    seen: &[(Instant, Ends)],
    size: usize,
) -> Result<Vec<f64>, BenchError> {
    let mut delays = Vec::with_capacity(waiting.len() * size);
    for (due, ends) in waiting {
        let after = seen.partition_point(|(_, stored)| !covers(stored, ends));
        let (at, _) = seen.get(after).ok_or_else(|| {
            BenchError::Unexpected("events of the steady stream were not stored".to_owned())
        })?;
        let delay = at.saturating_duration_since(*due).as_secs_f64() * 1e3;
        delays.extend(std::iter::repeat_n(delay, size));
    }
    Ok(delays)
}

/// Wall time.
fn now() -> Stamp {
    serving::Clock::now(&SystemClock)
}
