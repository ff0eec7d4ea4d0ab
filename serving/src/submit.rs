//! A command goes to the log; its decision comes back from there, or it is not yet known.
//!
//! Nothing here decides, and nothing answers from the append: a [`Reply`] is about a record that
//! was read back from the log as durable.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use dataflows::{Listener, Reply};
use events::{BodyHash, Command, CommandId, Envelope, LogTime, Reason, Slot, encode_envelope};
use ingest::{AppendError, Topic};
use rustc_hash::FxHashMap;
use tokio::sync::oneshot;

use crate::app::App;
use crate::in_flight::{ElsewhereInUse, InFlight, UnderWay};
use crate::problem::{Kind, Problem};
use crate::progress::Progress;

/// How much log time a command may wait in the log before it is refused as stale.
const NOT_AFTER_MS: u64 = 60_000;

const SHARDS: usize = 16;

type Waiting = Mutex<FxHashMap<u64, oneshot::Sender<Reply>>>;

/// Everybody who waits for a decision, found by producer and sequence.
#[derive(Debug)]
pub struct Waiters {
    producer: u64,
    next_sequence: AtomicU64,
    waiting: [Waiting; SHARDS],
    in_flight: InFlight,
    log_times: Box<[AtomicU64]>,
    progress: Arc<Progress>,
}

impl Waiters {
    /// Nobody waits yet. `producer` is a number that no other start of a process has drawn, and
    /// `log_times` where the clock of each partition stood when the state was loaded.
    pub fn new(
        producer: u64,
        partitions: u16,
        log_times: &[(u16, LogTime)],
        progress: Arc<Progress>,
    ) -> Self {
        let waiters = Self {
            producer,
            next_sequence: AtomicU64::new(1),
            waiting: Default::default(),
            in_flight: InFlight::default(),
            log_times: (0..partitions).map(|_| AtomicU64::new(0)).collect(),
            progress,
        };
        waiters.publish(log_times);
        waiters
    }

    /// What the engine tells about its decisions goes to those who wait for them.
    pub fn listener(self: &Arc<Self>) -> Box<dyn Listener> {
        Box::new(Ear(Arc::clone(self)))
    }

    /// The number under which this process appends.
    pub fn producer(&self) -> u64 {
        self.producer
    }

    /// A number that this process has not used for a record before.
    pub fn next_sequence(&self) -> u64 {
        self.next_sequence.fetch_add(1, Ordering::Relaxed)
    }

    /// The log time of a partition, as last told.
    pub fn log_time(&self, partition: u16) -> LogTime {
        let log_time = self.log_times.get(usize::from(partition));
        LogTime(log_time.map_or(0, |log_time| log_time.load(Ordering::Relaxed)))
    }

    /// How many requests wait for a decision.
    pub fn count(&self) -> usize {
        self.waiting.iter().map(|shard| lock(shard).len()).sum()
    }

    /// How many commands are between their append and storage.
    pub fn in_flight_count(&self) -> usize {
        self.in_flight.count()
    }

    pub(crate) fn under_way(&self, id: CommandId) -> Option<UnderWay> {
        self.in_flight.find(id)
    }

    fn register(&self) -> Ticket<'_> {
        let sequence = self.next_sequence();
        let (sender, reply) = oneshot::channel();
        lock(self.shard(sequence)).insert(sequence, sender);
        Ticket { waiters: self, sequence, reply }
    }

    fn decided(&self, replies: &[Reply], log_times: &[(u16, LogTime)]) {
        self.publish(log_times);
        for reply in replies.iter().filter(|reply| reply.producer == self.producer) {
            // The registry first: whoever is woken may ask at once what became of the command.
            self.in_flight.decided(reply.id, reply.partition, reply.offset);
            let waiting = lock(self.shard(reply.sequence)).remove(&reply.sequence);
            if let Some(sender) = waiting {
                // A request whose time is up has gone; its decision stands in the log.
                drop(sender.send(reply.clone()));
            }
        }
        self.progress.with(|stored| self.in_flight.stored(stored));
    }

    fn publish(&self, log_times: &[(u16, LogTime)]) {
        for (partition, log_time) in log_times {
            if let Some(published) = self.log_times.get(usize::from(*partition)) {
                published.store(log_time.0, Ordering::Relaxed);
            }
        }
    }

    fn shard(&self, sequence: u64) -> &Waiting {
        &self.waiting[sequence as usize % SHARDS]
    }
}

/// No panic can leave a map half changed here.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Ear(Arc<Waiters>);

impl Listener for Ear {
    fn decided(&mut self, replies: &[Reply], log_times: &[(u16, LogTime)]) {
        self.0.decided(replies, log_times);
    }
}

/// A place in the waiting room; leaving gives it back.
struct Ticket<'w> {
    waiters: &'w Waiters,
    sequence: u64,
    reply: oneshot::Receiver<Reply>,
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        lock(self.waiters.shard(self.sequence)).remove(&self.sequence);
    }
}

/// A command that was appended, and its decision if that came in time.
#[derive(Debug)]
pub struct Submitted {
    /// The command, given back.
    pub command: Command,
    /// What became of it; `None` says that nobody knows yet.
    pub reply: Option<Reply>,
}

/// Appends a command under that id and waits for its decision until the deadline.
pub async fn submit(app: &App, id: CommandId, command: Command) -> Result<Submitted, Problem> {
    let slot = command.slot().ok_or_else(|| Problem::new(Kind::Internal))?;
    let partition = slot.partition(app.log.partitions());
    let waiters = &*app.waiters;
    app.readiness.1.admit(&command)?;
    waiters.in_flight.enter(id, slot).map_err(|ElsewhereInUse| Problem::from(Reason::IdReused))?;
    // Withdrawn again unless the log has taken the record.
    let mut entered = Entered { waiters, id: Some(id) };
    refuse_reuse(app, id, slot)?;
    let mut ticket = waiters.register();
    let envelope = Envelope {
        id,
        producer: waiters.producer,
        sequence: ticket.sequence,
        not_after: waiters.log_time(partition).plus_ms(NOT_AFTER_MS),
        stamp: app.clock.now(),
        slot,
        // Whoever reads the record computes it from the bytes; it is not written.
        body_hash: BodyHash(0),
        command,
    };
    let bytes = encode_envelope(&envelope);
    app.log.append(Topic::Commands, partition, bytes.into()).map_err(not_taken)?;
    entered.id = None;
    let reply = tokio::time::timeout(app.options.deadline, &mut ticket.reply).await;
    Ok(Submitted { command: envelope.command, reply: reply.ok().and_then(Result::ok) })
}

struct Entered<'w> {
    waiters: &'w Waiters,
    id: Option<CommandId>,
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            self.waiters.in_flight.withdraw(id);
        }
    }
}

/// Refuses an id that was decided in another slot; in the same slot the ledger itself does.
fn refuse_reuse(app: &App, id: CommandId, slot: Slot) -> Result<(), Problem> {
    let decided = app.snapshot()?.decision(id).map_err(|error| app.storage_failed(&error))?;
    match decided {
        Some(row) if row.slot != slot => Err(Reason::IdReused.into()),
        Some(_) | None => Ok(()),
    }
}

fn not_taken(error: AppendError) -> Problem {
    let kind = match &error {
        AppendError::Full { .. } => Kind::Overloaded,
        AppendError::Closed => Kind::Stopping,
        AppendError::TooLong { .. } => Kind::BodyTooLarge,
        AppendError::NoSuchPartition { .. } => Kind::Internal,
    };
    if kind == Kind::Internal {
        tracing::error!(%error, "a command was sent to a partition that the log does not have");
    }
    Problem::new(kind)
}

#[cfg(test)]
mod tests;
