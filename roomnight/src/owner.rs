//! The owner of the log time: announces itself, then says at intervals that time has passed.
//!
//! While a hold is open a tick goes out every quarter of a second, else every ten seconds
//! (`reliability.md` N2). Between them the thread is parked, and a new hold wakes it.
//!
//! The clock is read for a partition only once its tick before was read back; until then that one
//! stands. A log that takes nothing for a minute so moves log time by one step, not by the minute
//! (docs/decisions/0007).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::Thread;
use std::time::{Duration, Instant};

use dataflows::{Listener, Reply};
use events::{AnnounceOwner, Boot, Command, CommandId, Decision, LogTime, Tick};
use ingest::AppendError;
use serving::Clock;

use crate::background::Background;
use crate::config::TickConfig;
use crate::hand::{Hand, Words};
use crate::run::{SharedEngine, status_of};

#[cfg(test)]
mod tests;

/// What the ledger tells about owners and holds; kept from the first record read on.
#[derive(Debug, Default)]
pub(crate) struct Vigil {
    /// The epoch of each partition's owner.
    epochs: Box<[AtomicU64]>,
    /// Of each partition, the last sequence number of this process's own that was read back.
    read_back: Box<[AtomicU64]>,
    /// Under which number this process says that time has passed; 0 before it does.
    producer: AtomicU64,
    /// The ticker has nothing to do for long, so a new hold must wake it.
    is_resting: AtomicBool,
    /// A hold was placed while the ticker rested.
    has_new_hold: AtomicBool,
    ticker: std::sync::OnceLock<Thread>,
}

impl Vigil {
    /// Begins with the epochs of the stored state, partition by partition.
    pub(crate) fn new(epochs: impl IntoIterator<Item = u64>) -> Self {
        let epochs: Box<[AtomicU64]> = epochs.into_iter().map(AtomicU64::new).collect();
        let read_back = epochs.iter().map(|_| AtomicU64::new(0)).collect();
        Self { epochs, read_back, ..Self::default() }
    }

    /// The epoch under which a partition is owned now.
    pub(crate) fn epoch(&self, partition: u16) -> u64 {
        let epoch = self.epochs.get(usize::from(partition));
        epoch.map_or(0, |epoch| epoch.load(Ordering::Acquire))
    }

    /// The last sequence number of the owner's own that was read back from a partition.
    fn read_back(&self, partition: u16) -> u64 {
        let sequence = self.read_back.get(usize::from(partition));
        sequence.map_or(0, |sequence| sequence.load(Ordering::Acquire))
    }

    fn note_read_back(&self, reply: &Reply) {
        if reply.producer == self.producer.load(Ordering::Acquire)
            && let Some(sequence) = self.read_back.get(usize::from(reply.partition))
        {
            sequence.fetch_max(reply.sequence, Ordering::AcqRel);
        }
    }

    fn wake(&self) {
        if let Some(ticker) = self.ticker.get() {
            ticker.unpark();
        }
    }
}

/// The ear of a [`Vigil`] on the ledger's thread.
pub(crate) struct Watch(pub(crate) Arc<Vigil>);

impl Listener for Watch {
    fn decided(&mut self, replies: &[Reply], _: &[(u16, LogTime)]) {
        let mut is_held = false;
        for reply in replies {
            self.0.note_read_back(reply);
            match reply.decided.decision {
                Decision::OwnerAnnounced { epoch } => {
                    if let Some(known) = self.0.epochs.get(usize::from(reply.partition)) {
                        known.store(epoch, Ordering::Release);
                    }
                }
                Decision::Held { .. } => is_held = true,
                _ => {}
            }
        }
        // Told in any case: the ticker may be about to rest.
        if is_held
            && !self.0.has_new_hold.swap(true, Ordering::SeqCst)
            && self.0.is_resting.load(Ordering::SeqCst)
        {
            self.0.wake();
        }
    }
}

/// What a ticker needs.
pub(crate) struct Owner {
    pub(crate) hand: Hand,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) vigil: Arc<Vigil>,
    pub(crate) boot: Boot,
    pub(crate) partitions: u16,
    pub(crate) config: TickConfig,
}

impl Owner {
    /// Says to each partition that it has a new owner; returns the epochs.
    pub(crate) fn announce(&self) -> Result<Vec<u64>, AppendError> {
        self.vigil.producer.store(self.hand.producer(), Ordering::Release);
        let epochs: Vec<u64> =
            (0..self.partitions).map(|partition| self.vigil.epoch(partition) + 1).collect();
        for (partition, epoch) in (0..self.partitions).zip(&epochs) {
            let step_max_ms = self.config.step_max_ms.get();
            let announce = AnnounceOwner { epoch: *epoch, boot: self.boot, step_max_ms };
            self.say(partition, self.hand.next_sequence(), Command::AnnounceOwner(announce))?;
        }
        Ok(epochs)
    }

    fn say(&self, partition: u16, sequence: u64, command: Command) -> Result<(), AppendError> {
        // These commands are not remembered: the id has only to be one that nobody else uses.
        let id = CommandId(self.boot.0.wrapping_add(u128::from(sequence)));
        let (not_after, stamp) = (LogTime(u64::MAX), self.clock.now());
        let words = Words { id, sequence, not_after, stamp, command };
        self.hand.append_to_partition(partition, words)
    }

    /// Starts to tick under the announced epochs, until the ticker is dropped.
    pub(crate) fn tick(
        self,
        epochs: Vec<u64>,
        engine: SharedEngine,
    ) -> std::io::Result<Background> {
        Background::start("ticker", move |stopping| {
            self.vigil.ticker.get_or_init(std::thread::current);
            let begun = Instant::now();
            let mut told = vec![Told::default(); usize::from(self.partitions)];
            while stopping.rest(self.pause(&engine)) {
                for ((partition, epoch), told) in (0..self.partitions).zip(&epochs).zip(&mut told) {
                    let said = self.tick_once(partition, *epoch, begun, told);
                    if said == Err(AppendError::Closed) {
                        return;
                    }
                }
            }
        })
    }

    /// How long nothing need be said. The order of the steps keeps a hold from being missed: from
    /// the first one on a new hold wakes the ticker, and the status knows of all holds before it.
    fn pause(&self, engine: &SharedEngine) -> Duration {
        self.vigil.is_resting.store(true, Ordering::SeqCst);
        // The listener hears of a hold shortly before the status tells of it.
        let has_new_hold = self.vigil.has_new_hold.swap(false, Ordering::SeqCst);
        if has_new_hold || status_of(engine).has_open_holds {
            self.vigil.is_resting.store(false, Ordering::SeqCst);
            return Duration::from_millis(self.config.open_ms.get());
        }
        Duration::from_millis(self.config.idle_ms.get())
    }

    /// Says how late it is, if it was read back what was said before. Else it waits for that, and
    /// says the same once more when it may be lost.
    fn tick_once(
        &self,
        partition: u16,
        epoch: u64,
        begun: Instant,
        told: &mut Told,
    ) -> Result<(), AppendError> {
        let now_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let sequence = self.hand.next_sequence();
        if self.vigil.read_back(partition) >= told.sequence {
            *told = Told { sequence, monotonic_ms: now_ms, said_ms: now_ms };
        } else if now_ms - told.said_ms < self.config.step_max_ms.get() {
            return Ok(());
        }
        told.said_ms = now_ms;
        let tick = Tick { epoch, boot: self.boot, monotonic_ms: told.monotonic_ms };
        match self.say(partition, sequence, Command::Tick(tick)) {
            // It is said again when it has not been read back.
            Err(AppendError::Full { .. }) => Ok(()),
            said => said,
        }
    }
}

/// What a partition was told last.
#[derive(Debug, Clone, Copy, Default)]
struct Told {
    /// The number under which it was said first.
    sequence: u64,
    /// The reading.
    monotonic_ms: u64,
    /// When it was last said.
    said_ms: u64,
}
