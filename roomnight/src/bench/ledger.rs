//! Commands per second through the ledger alone, on one core, with every check and dedupe on.
//!
//! The mix is that of a booking site: holds, confirmations, cancellations, releases, and retries of
//! what was asked before. Log time passes at such a pace that the answers of the last million
//! commands are remembered, so that forgetting is part of the cost as it is in a long run.
//! `apply` (ticks included) and `drain` are timed; making the commands is not.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use events::{AnnounceOwner, Boot, Command, Decision, Envelope, GuestRef, Tick};
use ledger::{Digest, Move, RowChange, State, apply};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::figures::{Figures, median};
use super::process::resident_bytes;
use super::world::{Choice, World, WorldError, envelope};

/// How many commands are made, applied and drained together.
const BATCH_COMMANDS: usize = 1_024;

/// A day of log time: the longest step of a tick here, and how long an answer is remembered.
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// How many commands are decided while a day of log time passes.
const COMMANDS_PER_DAY: u64 = 1_000_000;

/// How large the bench is.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// The world of the main figure.
    pub properties: usize,
    /// The small and the large world whose costs per command are compared.
    pub compared: [usize; 2],
    /// Commands per measured round.
    pub commands: usize,
    /// Measured rounds; each figure is their median.
    pub rounds: usize,
}

impl Size {
    /// The size that the figures in `BENCHMARKS.md` are measured at.
    pub fn full(rounds: usize) -> Self {
        let compared = [10_000, 1_000_000];
        Self { properties: 100_000, compared, commands: 1_000_000, rounds }
    }

    /// As little as shows that it runs.
    pub fn tiny() -> Self {
        Self { properties: 100, compared: [10, 200], commands: 5_000, rounds: 1 }
    }
}

/// Runs the bench.
pub fn run(size: Size) -> Result<Figures, WorldError> {
    let mut figures = Figures::new("ledger");
    let mut bench = Bench::new(size.properties)?;
    let bytes_per_property = bench.bytes_per_property;
    let uniform = bench.measure(&Choice::uniform(size.properties), size)?;
    let skewed = bench.measure(&Choice::zipf(size.properties), size)?;
    figures.push("commands_per_second", uniform, "1/s");
    figures.push("commands_per_second_skewed", skewed, "1/s");
    figures.push("bytes_per_property", bytes_per_property, "B");
    // A ledger that refuses everything is fast, and that is not what is asked.
    let rejected = 100.0 * bench.rejected_count as f64 / bench.decided_count as f64;
    figures.push("rejected_percent", rejected, "%");
    let digest = bench.digest;
    drop(bench);
    let mut costs = Vec::new();
    for properties in size.compared {
        let mut bench = Bench::new(properties)?;
        let speed = bench.measure(&Choice::uniform(properties), size)?;
        figures.push(format!("commands_per_second_{properties}"), speed, "1/s");
        costs.push(1.0 / speed);
    }
    let [small, large] = size.compared;
    let ratio = costs.iter().rev().copied().reduce(|large, small| large / small);
    figures.push(format!("cost_ratio_{large}_to_{small}"), ratio.unwrap_or(f64::NAN), "1");
    figures.hash(digest);
    Ok(figures)
}

/// A ledger in use.
struct Bench {
    world: World,
    state: State,
    random: ChaCha8Rng,
    /// Holds that nothing was done with yet; the latest is used first, the rest expire.
    holds: Vec<events::HoldId>,
    bookings: VecDeque<events::BookingId>,
    /// Commands that may be asked again.
    asked: VecDeque<Envelope>,
    monotonic_ms: u64,
    digest: Digest,
    decided_count: u64,
    rejected_count: u64,
    rows: Vec<RowChange>,
    moves: Vec<Move>,
    bytes_per_property: f64,
}

impl Bench {
    /// Defines the hotels and lets so much time pass that the answers to that are forgotten.
    fn new(properties: usize) -> Result<Self, WorldError> {
        let before = resident_bytes();
        let mut bench = Self {
            world: World::new(20)?,
            state: State::new(),
            random: ChaCha8Rng::seed_from_u64(7),
            holds: Vec::new(),
            bookings: VecDeque::new(),
            asked: VecDeque::new(),
            monotonic_ms: 0,
            digest: Digest::default(),
            decided_count: 0,
            rejected_count: 0,
            rows: Vec::new(),
            moves: Vec::new(),
            bytes_per_property: 0.0,
        };
        let announce = AnnounceOwner { epoch: 1, boot: Boot(1), step_max_ms: DAY_MS };
        bench.set_up(Command::AnnounceOwner(announce));
        bench.pass(0);
        for number in 0..properties {
            for command in bench.world.define(number)? {
                bench.set_up(command);
            }
            if number % 256 == 0 {
                bench.drain();
                // Time passes, so that not all of it has to be forgotten at once.
                bench.pass(1_000);
            }
        }
        for _ in 0..3 {
            bench.pass(DAY_MS);
            bench.drain();
        }
        let bytes = resident_bytes().saturating_sub(before);
        bench.bytes_per_property = bytes as f64 / properties as f64;
        Ok(bench)
    }

    fn set_up(&mut self, command: Command) {
        let envelope = envelope(command, self.state.log_time(), &mut self.random);
        let decided = apply(&mut self.state, envelope);
        self.digest = self.digest.then(&decided.decision);
    }

    /// A tick that moves log time by so much.
    fn tick(&mut self, ms: u64) -> Envelope {
        self.monotonic_ms += ms;
        let monotonic_ms = self.monotonic_ms;
        let tick = Command::Tick(Tick { epoch: 1, boot: Boot(1), monotonic_ms });
        envelope(tick, self.state.log_time(), &mut self.random)
    }

    fn pass(&mut self, ms: u64) {
        let tick = self.tick(ms);
        apply(&mut self.state, tick);
    }

    fn drain(&mut self) {
        self.state.drain(&mut self.rows, &mut self.moves);
        self.rows.clear();
        self.moves.clear();
    }

    /// Commands per second: the median of the rounds, after one that only warms up.
    fn measure(&mut self, choice: &Choice, size: Size) -> Result<f64, WorldError> {
        let mut speeds = Vec::new();
        for round in 0..=size.rounds {
            let elapsed = self.round(choice, size.commands)?;
            if round > 0 {
                speeds.push(size.commands as f64 / elapsed.as_secs_f64());
            }
        }
        Ok(median(speeds))
    }

    fn round(&mut self, choice: &Choice, commands: usize) -> Result<Duration, WorldError> {
        let mut elapsed = Duration::ZERO;
        let mut decisions = Vec::with_capacity(BATCH_COMMANDS);
        let mut left = commands;
        while left > 0 {
            let batch = self.batch(choice, left.min(BATCH_COMMANDS))?;
            left -= batch.len();
            let tick = self.tick(DAY_MS * batch.len() as u64 / COMMANDS_PER_DAY);
            let begun = Instant::now();
            apply(&mut self.state, tick);
            let mut rest = batch.into_iter();
            while !rest.as_slice().is_empty() {
                // As the engine does: what the next few need is fetched side by side.
                let count = rest.len().min(State::WARM_COUNT);
                self.state.warm(&rest.as_slice()[..count]);
                let chunk = rest.by_ref().take(count);
                decisions.extend(chunk.map(|each| apply(&mut self.state, each).decision));
            }
            self.state.drain(&mut self.rows, &mut self.moves);
            elapsed += begun.elapsed();
            self.rows.clear();
            self.moves.clear();
            self.learn(&mut decisions);
        }
        Ok(elapsed)
    }

    /// Half of it holds; the rest deals with holds and bookings of earlier batches.
    fn batch(&mut self, choice: &Choice, count: usize) -> Result<Vec<Envelope>, WorldError> {
        let mut batch = Vec::with_capacity(count);
        while batch.len() < count {
            let command = match self.random.random_range(0..100) {
                0..50 => None,
                50..85 => self.confirm()?,
                85..92 => self.cancel(),
                92..97 => self.release(),
                _ => match self.asked.pop_front() {
                    Some(again) => {
                        batch.push(again);
                        continue;
                    }
                    None => None,
                },
            };
            let command = match command {
                Some(command) => command,
                None => self.world.hold(choice.next(&mut self.random), &mut self.random)?,
            };
            let envelope = envelope(command, self.state.log_time(), &mut self.random);
            if self.random.random_range(0..100) < 4 {
                self.asked.push_back(envelope.clone());
            }
            batch.push(envelope);
        }
        Ok(batch)
    }

    fn confirm(&mut self) -> Result<Option<Command>, WorldError> {
        let guest = GuestRef::new("guest")?;
        let confirm = |hold| Command::ConfirmHold(events::ConfirmHold { hold, guest });
        Ok(self.holds.pop().map(confirm))
    }

    fn release(&mut self) -> Option<Command> {
        let release = |hold| Command::ReleaseHold(events::ReleaseHold { hold });
        self.holds.pop().map(release)
    }

    fn cancel(&mut self) -> Option<Command> {
        let cancel = |booking| events::CancelBooking { booking, lines: Default::default() };
        self.bookings.pop_front().map(cancel).map(Command::CancelBooking)
    }

    fn learn(&mut self, decisions: &mut Vec<Decision>) {
        for decision in decisions.drain(..) {
            self.digest = self.digest.then(&decision);
            self.decided_count += 1;
            match decision {
                Decision::Rejected(_) => self.rejected_count += 1,
                Decision::Held { hold, .. } => self.holds.push(hold),
                Decision::Confirmed { booking, .. } => self.bookings.push_back(booking),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Size, run};

    #[test]
    fn it_runs_and_its_result_does_not_depend_on_the_clock() {
        let figures = run(Size::tiny()).expect("the made-up world is valid");
        let again = run(Size::tiny()).expect("the made-up world is valid");
        assert!(figures.get("rejected_percent").is_some_and(|share| share < 20.0));
        assert!(figures.get("commands_per_second").is_some_and(|speed| speed > 0.0));
        assert!(figures.get("cost_ratio_200_to_10").is_some_and(|ratio| ratio > 0.0));
        let hash =
            |json: String| json.lines().next().map(|line| line[line.len() - 66..].to_owned());
        assert_eq!(hash(figures.json()), hash(again.json()));
    }
}
