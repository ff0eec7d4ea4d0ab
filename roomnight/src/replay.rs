//! A history through a running system, on a log of its own.
//!
//! Records are stamped with history's time, and the replayer owns the log time: it ticks once for
//! each day of history. Many commands are in flight at once; the log alone orders them, so the
//! decisions are the same at any speed, batch size and number of workers.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use datasets::{Capacity, CommandMaker, History, HistoryCommand, Pace, Pacer};
use events::{
    AnnounceOwner, Boot, Command, CommandId, LogTime, PropertyId, RoomTypeId, Stamp, Stay, Tick,
};
use ingest::AppendError;

use crate::clock::HistoryClock;
use crate::hand::{Hand, Words};
use crate::run::{RunError, System};
use crate::tally::{Counts, Tally};

mod outcome;
#[cfg(test)]
mod tests;

pub use outcome::Outcome;

/// A day in milliseconds: the step of the replayer's ticks.
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// How many commands may be on their way to their decision.
const IN_FLIGHT_MAX: u64 = 65_536;

/// How often the appender looks how far the ledger is.
const CHECK_EVERY: u64 = 4_096;

/// Why a replay did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The system did not go on.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The log took no record.
    #[error("the replay cannot append to its log")]
    Append(#[from] AppendError),
    /// The state could not be read at the end.
    #[error("the replayed state cannot be read")]
    Store(#[from] storage::Error),
}

/// How a history is replayed.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    /// How many rooms there are to sell.
    pub capacity: Capacity,
    /// At most so many commands a second.
    pub rate: Option<NonZeroU32>,
}

/// Replays a history on a system whose log is new, waits for every decision and for storage, and
/// says what became of it. `tally` listens to that system and `clock` is its clock; `progress` is
/// called with the number of events sent so far.
pub fn replay(
    system: &System,
    tally: &Arc<Tally>,
    clock: &HistoryClock,
    history: &dyn History,
    manner: Manner,
    mut progress: impl FnMut(u64),
) -> Result<Outcome, ReplayError> {
    let begun = Instant::now();
    let pace = manner.rate.map_or(Pace::AtOnce, Pace::PerSecond);
    let mut replayer = Replayer {
        system,
        tally,
        clock,
        hand: system.hand()?,
        partitions: system.app().log.partitions(),
        pacer: Pacer::new(pace),
        begun,
        begin: None,
        ticked_ms: 0,
        sent_count: 0,
        check_at: CHECK_EVERY,
    };
    let mut supplied = BTreeMap::new();
    for command in history.catalogue(manner.capacity) {
        note_supply(&command.command, &mut supplied);
        replayer.send(command)?;
    }
    let maker = CommandMaker::new(&history.name());
    let mut events_count = 0;
    for event in history.events() {
        for command in maker.commands(&event) {
            replayer.send(command)?;
        }
        events_count += 1;
        progress(events_count);
    }
    let counts = replayer.finish()?;
    let elapsed = begun.elapsed();
    system.catch_up_stored()?;
    Ok(Outcome {
        dataset: history.name(),
        capacity: manner.capacity.name(),
        events_count,
        counts,
        digests: system.status().digests,
        room_nights: outcome::room_nights(&system.app().store, &supplied)?,
        elapsed,
        elapsed_stored: begun.elapsed(),
    })
}

/// Which nights of a room type were ever given supply.
type Supplied = BTreeMap<(PropertyId, RoomTypeId), Vec<Stay>>;

fn note_supply(command: &Command, supplied: &mut Supplied) {
    if let Command::SetInventory(set) = command {
        let key = (set.property.clone(), set.room_type.clone());
        supplied.entry(key).or_default().push(set.nights);
    }
}

/// Sends commands in order and lets days pass between them.
struct Replayer<'s> {
    system: &'s System,
    tally: &'s Tally,
    clock: &'s HistoryClock,
    hand: Hand,
    partitions: u16,
    pacer: Pacer,
    begun: Instant,
    /// When history begins, once it has.
    begin: Option<Stamp>,
    /// How much time the ticks have told.
    ticked_ms: u64,
    sent_count: u64,
    /// At which count to look next how far the ledger is.
    check_at: u64,
}

impl Replayer<'_> {
    fn send(&mut self, command: HistoryCommand) -> Result<(), ReplayError> {
        let HistoryCommand { id, at, command, .. } = command;
        self.pass_time(at)?;
        self.wait_until_due(at);
        let not_after = LogTime(self.ticked_ms).plus_ms(2 * DAY_MS);
        let sequence = self.hand.next_sequence();
        let words = Words { id, sequence, not_after, stamp: at, command };
        self.hand.append_patiently(words)?;
        self.sent(1)
    }

    /// Announces the replayer before the first command, and ticks for each day since the last one.
    fn pass_time(&mut self, at: Stamp) -> Result<(), ReplayError> {
        self.clock.set(at);
        let begin = match self.begin {
            Some(begin) => begin,
            None => {
                let boot = Boot(u128::from(self.hand.producer()));
                let announce = AnnounceOwner { epoch: 1, boot, step_max_ms: DAY_MS };
                self.say(at, &Command::AnnounceOwner(announce))?;
                self.tick(at)?;
                *self.begin.insert(at)
            }
        };
        let elapsed_ms = u64::try_from(at.0.saturating_sub(begin.0)).unwrap_or(0);
        while self.ticked_ms + DAY_MS <= elapsed_ms {
            self.ticked_ms += DAY_MS;
            self.tick(at)?;
        }
        Ok(())
    }

    fn tick(&mut self, at: Stamp) -> Result<(), ReplayError> {
        let boot = Boot(u128::from(self.hand.producer()));
        let tick = Tick { epoch: 1, boot, monotonic_ms: self.ticked_ms };
        self.say(at, &Command::Tick(tick))
    }

    /// Says something to every partition.
    fn say(&mut self, stamp: Stamp, command: &Command) -> Result<(), ReplayError> {
        for partition in 0..self.partitions {
            let sequence = self.hand.next_sequence();
            let words = Words {
                id: CommandId(u128::from(sequence)),
                sequence,
                not_after: LogTime(u64::MAX),
                stamp,
                command: command.clone(),
            };
            self.hand.append_to_partition(partition, words)?;
        }
        self.sent(u64::from(self.partitions))
    }

    fn wait_until_due(&mut self, at: Stamp) {
        let due = self.pacer.due(at);
        let early = due.saturating_sub(self.begun.elapsed());
        if early > Duration::from_millis(1) {
            std::thread::sleep(early);
        }
    }

    fn sent(&mut self, count: u64) -> Result<(), ReplayError> {
        self.sent_count += count;
        if self.sent_count >= self.check_at {
            self.check_at += CHECK_EVERY;
            self.wait_for(self.sent_count.saturating_sub(IN_FLIGHT_MAX))?;
        }
        Ok(())
    }

    fn wait_for(&self, total: u64) -> Result<(), ReplayError> {
        if self.tally.wait_for(total, || self.system.status().failure.is_none()) {
            return Ok(());
        }
        let failure = self.system.status().failure;
        Err(RunError::Failed(failure.unwrap_or_else(|| "it was stopped".to_owned())).into())
    }

    /// Waits for the last decision.
    fn finish(self) -> Result<Counts, ReplayError> {
        self.wait_for(self.sent_count)?;
        Ok(self.tally.counts())
    }
}
