//! How many attempts a second the view `velocity` follows, and in how much memory.
//!
//! Goals: from an observation as it is read to a row that is told, through hosts on several workers
//! that meet by attempt and by identity. Not goals: the log, the mailbox and storage. Making the
//! attempts is not timed; nothing else is left out.

use std::collections::VecDeque;
use std::sync::{Arc, Barrier, Mutex, PoisonError};
use std::time::{Duration, Instant};

use events::{
    Attempt, AttemptId, CardToken, DeviceId, EmailHash, GuestRef, Minute, Money, Observation,
    Outcome, PropertyId, Signal, SourceId, Stamp,
};
use timely::communication::Config as CommunicationConfig;
use timely::container::CapacityContainerBuilder;
use timely::dataflow::operators::vec::{Broadcast, Map};
use timely::dataflow::operators::{Input, Inspect, Probe};
use timely::dataflow::{InputHandle, ProbeHandle};
use timely::worker::Worker;
use timely::{Config, WorkerConfig};

use super::{hash_of, mix};
use crate::error::EngineError;
use crate::host::Standings;
use crate::tidings::Local;
use crate::views::velocity::IdentityKind;
use crate::views::velocity::attempts::{AttemptsEvent, Told};
use crate::wiring::velocity::{Counted as Counting, count, keep};

#[cfg(test)]
mod tests;

/// A Friday of November 2026, at a full minute.
const BEGIN_MS: u64 = 1_795_420_800_000;
const MINUTE_MS: u64 = 60_000;
const HOURS_PER_DAY: u64 = 24;
const MINUTES_PER_HOUR: u64 = 60;

/// A parked worker looks around this often.
const PARKED_MAX: Duration = Duration::from_millis(1);

/// How many epochs may be on their way.
const EPOCHS_IN_FLIGHT_MAX: usize = 3;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// By guest and by card alone, without features.
    GuestsAndCards,
    /// By all six kinds, with the features of each attempt.
    All,
}

/// What to measure.
#[derive(Debug, Clone, Copy)]
pub struct VelocityBench {
    /// Attempts in a day, evenly spread; one in a hundred is up to a minute late.
    pub attempts_per_day: u64,
    /// Days whose speed is measured.
    pub days: u64,
    /// Days after those, to see whether memory grows.
    pub more_days: u64,
    /// Who tries.
    pub guests: u64,
    /// With which cards.
    pub cards: u64,
    /// How many minutes are fed as one epoch; an hour is made of whole epochs.
    pub minutes_per_epoch: u64,
    /// Workers.
    pub workers: usize,
    /// What is counted.
    pub counted: Counted,
    /// Says how many bytes of memory the process occupies.
    pub resident_bytes: fn() -> u64,
}

/// What was measured.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct VelocityMeasured {
    /// Attempts per second over the measured days.
    pub events_per_second: f64,
    /// From the moment that an attempt is fed to the moment that its rows are told, at the 99th
    /// percentile.
    pub p99_milliseconds: f64,
    /// The most memory that the process occupied in the measured days.
    pub peak_bytes: u64,
    /// The most that it occupied in all days.
    pub peak_bytes_more_days: u64,
    /// The most that the keepers held in the measured days: attempts and entries of identities.
    pub held_count: u64,
    /// The most that they held in all days.
    pub held_count_more_days: u64,
    /// Rows that were told.
    pub rows_count: u64,
    /// A hash of all rows that were told: the same for any number of workers.
    pub hash: u64,
}

/// Feeds the view with attempts as fast as it takes them, a minute an epoch.
pub fn velocity(bench: VelocityBench) -> Result<VelocityMeasured, EngineError> {
    let communication = match bench.workers {
        1 => CommunicationConfig::Thread,
        workers => CommunicationConfig::Process(workers),
    };
    let config = Config { communication, worker: WorkerConfig::default() };
    let barrier = Arc::new(Barrier::new(bench.workers));
    let standings = Standings::default();
    let run = move |worker: &mut Worker| {
        let told = Arc::new(Mutex::new(Rows::default()));
        let feed = wire(worker, bench, &standings, &told);
        let mut measured = run_worker(worker, bench, feed, &standings, &barrier);
        let told = told.lock().unwrap_or_else(PoisonError::into_inner);
        (measured.rows_count, measured.hash) = (told.count, told.hash);
        measured
    };
    let failed = |reason| EngineError::Thread { thread: "bench velocity", reason };
    let workers = timely::execute(config, run).map_err(failed)?.join();
    let mut measured = VelocityMeasured::default();
    for (index, of_worker) in workers.into_iter().enumerate() {
        let of_worker = of_worker.map_err(failed)?;
        let (rows_count, hash) = (measured.rows_count, measured.hash);
        // The first worker keeps the clock.
        if index == 0 {
            measured = of_worker;
        }
        measured.rows_count = rows_count + of_worker.rows_count;
        measured.hash = hash.wrapping_add(of_worker.hash);
    }
    Ok(measured)
}

/// How many rows were told, and the sum of their hashes.
#[derive(Debug, Default)]
struct Rows {
    count: u64,
    hash: u64,
}

impl Rows {
    fn keep(rows: &Arc<Mutex<Self>>, hash: u64) {
        let mut rows = rows.lock().unwrap_or_else(PoisonError::into_inner);
        rows.count += 1;
        rows.hash = rows.hash.wrapping_add(mix(hash));
    }
}

/// What is fed: an observation with its place in the log.
type Fed = Local<(u64, Observation)>;
type Handle<T> = InputHandle<u64, CapacityContainerBuilder<Vec<T>>>;

struct Feed {
    attempts: Handle<Local<(u64, Observation)>>,
    minutes: Handle<Local<Minute>>,
    probe: ProbeHandle<u64>,
}

fn wire(
    worker: &mut Worker,
    bench: VelocityBench,
    standings: &Standings,
    rows: &Arc<Mutex<Rows>>,
) -> Feed {
    worker.dataflow::<u64, _, _>(|scope| {
        let (attempts_input, observed) = scope.new_input::<Vec<Local<(u64, Observation)>>>();
        let (minutes_input, minutes) = scope.new_input::<Vec<Local<Minute>>>();
        let minutes = minutes.broadcast();
        let told = observed.flat_map(move |Local((order, observation))| {
            let told = match bench.counted {
                Counted::All => Told::new(order, Arc::new(observation)),
                Counted::GuestsAndCards => {
                    let kinds = [IdentityKind::Guest, IdentityKind::Card];
                    Told::to_count(order, &observation, &kinds)
                }
            };
            told.map(|told| Local(AttemptsEvent::Told(Box::new(told))))
        });
        let probe = ProbeHandle::new();
        let Counting { told, features, rows: counted } = count(told, minutes.clone(), standings);
        let kept = Arc::clone(rows);
        counted
            .inspect(move |Local((key, row))| Rows::keep(&kept, hash_of(&(key, row))))
            .probe_with(&probe);
        if bench.counted == Counted::All {
            let kept = Arc::clone(rows);
            keep(told, features, minutes, standings)
                .inspect(move |Local((key, row))| {
                    let features = row.as_ref().map(|row| &row.features);
                    Rows::keep(&kept, hash_of(&(key, features)));
                })
                .probe_with(&probe);
        }
        Feed { attempts: attempts_input, minutes: minutes_input, probe }
    })
}

/// Makes, feeds and waits, an hour at a time; every worker does its share.
fn run_worker(
    worker: &mut Worker,
    bench: VelocityBench,
    mut feed: Feed,
    standings: &Standings,
    barrier: &Barrier,
) -> VelocityMeasured {
    let mut measured = VelocityMeasured::default();
    let mut latencies = Vec::new();
    let mut elapsed = Duration::ZERO;
    for hour in 0..(bench.days + bench.more_days) * HOURS_PER_DAY {
        let minutes = hour * MINUTES_PER_HOUR..(hour + 1) * MINUTES_PER_HOUR;
        let epochs: Vec<_> = minutes
            .step_by(bench.minutes_per_epoch as usize)
            .map(|minute| (minute, share(bench, minute, worker.index())))
            .collect();
        barrier.wait();
        let begun = Instant::now();
        let of_hour = feed_hour(worker, &mut feed, epochs);
        barrier.wait();
        let bytes = (bench.resident_bytes)();
        let held = standings.by_view().values().map(|one| one.size.held_count as u64).sum();
        if hour < bench.days * HOURS_PER_DAY {
            elapsed += begun.elapsed();
            latencies.extend(of_hour);
            measured.peak_bytes = measured.peak_bytes.max(bytes);
            measured.held_count = measured.held_count.max(held);
        }
        measured.peak_bytes_more_days = measured.peak_bytes_more_days.max(bytes);
        measured.held_count_more_days = measured.held_count_more_days.max(held);
    }
    let attempts = bench.attempts_per_day * bench.days;
    measured.events_per_second = attempts as f64 / elapsed.as_secs_f64();
    latencies.sort_unstable();
    let p99 = latencies.get(latencies.len() * 99 / 100).copied().unwrap_or_default();
    measured.p99_milliseconds = p99.as_secs_f64() * 1_000.0;
    measured
}

/// Feeds an hour of epochs, a few at a time; gives how long each took.
fn feed_hour(worker: &mut Worker, feed: &mut Feed, epochs: Vec<(u64, Vec<Fed>)>) -> Vec<Duration> {
    let mut on_their_way = VecDeque::new();
    let mut latencies = Vec::with_capacity(epochs.len());
    for (minute, mut observed) in epochs {
        on_their_way.push_back((minute, Instant::now()));
        feed.attempts.send_batch(&mut observed);
        if worker.index() == 0 {
            let now = Stamp((BEGIN_MS + minute * MINUTE_MS) as i64).minute();
            feed.minutes.send(Local(now));
        }
        feed.attempts.advance_to(minute + 1);
        feed.minutes.advance_to(minute + 1);
        wait(worker, &feed.probe, EPOCHS_IN_FLIGHT_MAX, &mut on_their_way, &mut latencies);
    }
    wait(worker, &feed.probe, 0, &mut on_their_way, &mut latencies);
    latencies
}

/// Works until no more epochs than that are on their way.
fn wait(
    worker: &mut Worker,
    probe: &ProbeHandle<u64>,
    epochs_max: usize,
    on_their_way: &mut VecDeque<(u64, Instant)>,
    latencies: &mut Vec<Duration>,
) {
    loop {
        while let Some((minute, begun)) = on_their_way.front()
            && !probe.less_equal(minute)
        {
            latencies.push(begun.elapsed());
            on_their_way.pop_front();
        }
        if on_their_way.len() <= epochs_max {
            return;
        }
        // Parked and not spinning: the other workers need the processor.
        worker.step_or_park(Some(PARKED_MAX));
    }
}

/// The attempts of an epoch that a worker feeds.
fn share(bench: VelocityBench, minute: u64, worker: usize) -> Vec<Local<(u64, Observation)>> {
    let minutes_per_day = HOURS_PER_DAY * MINUTES_PER_HOUR;
    let until = |minute: u64| minute * bench.attempts_per_day / minutes_per_day;
    let workers = bench.workers as u64;
    (until(minute)..until(minute + bench.minutes_per_epoch))
        .filter(|number| number % workers == worker as u64)
        .map(|number| Local((number, observation(bench, number))))
        .collect()
}

/// The attempt of that number.
fn observation(bench: VelocityBench, number: u64) -> Observation {
    let day_ms = HOURS_PER_DAY * MINUTES_PER_HOUR * MINUTE_MS;
    let stamp_ms = BEGIN_MS + number * day_ms / bench.attempts_per_day;
    let random = |salt: u64| mix(number ^ salt << 48);
    let late_ms = if random(1).is_multiple_of(100) { random(2) % MINUTE_MS } else { 0 };
    Observation {
        producer: 1,
        sequence: number,
        source: SourceId::new("web").expect("an id by its making"),
        observed: Stamp((stamp_ms - late_ms) as i64),
        stamp: Stamp(stamp_ms as i64),
        signal: Signal::Attempt(Box::new(attempt(bench, number, random))),
    }
}

fn attempt(bench: VelocityBench, number: u64, random: impl Fn(u64) -> u64) -> Attempt {
    let guest = random(3) % bench.guests;
    // A guest has an address of e-mail and a device, nearly always the same; cards are shared.
    let card = random(4) % bench.cards;
    let device = if random(5).is_multiple_of(8) { random(6) % bench.guests } else { guest };
    // Half as many addresses as guests, 64 to a network.
    let address = random(7) % (bench.guests / 2).max(1);
    let host = (address % 64) as u8;
    let network = (address / 64) as u16;
    let [high, low] = network.to_be_bytes();
    let outcome = match random(8) % 10 {
        0..3 => Outcome::Declined,
        3..8 => Outcome::Booked,
        _ => Outcome::Started,
    };
    let currency = ["EUR", "USD", "JPY", "GBP"][(guest % 4) as usize];
    let by_its_making = "an id by its making";
    Attempt {
        id: AttemptId::new(&format!("attempt-{number}")).expect(by_its_making),
        property: PropertyId::new(&format!("property-{}", random(9) % 10_000))
            .expect(by_its_making),
        guest: Some(GuestRef::new(&format!("guest-{guest}")).expect(by_its_making)),
        card: Some(CardToken::new(&format!("tok-{card}")).expect(by_its_making)),
        email: Some(EmailHash::new(&format!("{:064x}", mix(guest))).expect(by_its_making)),
        address: Some([10, high, low, host].into()),
        device: Some(DeviceId::new(&format!("device-{device}")).expect(by_its_making)),
        amount: Money {
            amount_minor: (random(10) % 100_000) as i64,
            currency: currency.parse().expect("a currency"),
        },
        outcome,
    }
}
