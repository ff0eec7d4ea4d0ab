//! A command goes to the log; its decision comes back from there, or it is not yet known.
//!
//! Nothing here decides, and nothing answers from the append: a [`Reply`] is about a record that
//! was read back from the log as durable.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use dataflows::{Listener, Reply};
use events::{
    BodyHash, Command, CommandId, Decision, Envelope, LogTime, Position, Reason, Slot, Stamp, cost,
    encode_envelope,
};
use ingest::planted::{self, Bug};
use ingest::{AppendError, Log, Topic};
use rustc_hash::FxHashMap;
use tokio::sync::oneshot;

use crate::app::App;
use crate::guard::Deadline;
use crate::in_flight::{ElsewhereInUse, InFlight, UnderWay};
use crate::problem::{Kind, Problem};
use crate::progress::Progress;
use crate::seen::Seen;

/// How much log time a command may wait in the log before it is refused as stale.
const NOT_AFTER_MS: u64 = 60_000;

const SHARDS: usize = 16;

/// A reply, and when the ledger's thread told it: whoever waits may hear of it later, when this
/// process has much else to do.
type Told = (Reply, Instant);

type Waiting = Mutex<FxHashMap<u64, oneshot::Sender<Told>>>;

/// Everybody who waits for a decision, found by producer and sequence.
#[derive(Debug)]
pub struct Waiters {
    producer: u64,
    next_sequence: AtomicU64,
    waiting: [Waiting; SHARDS],
    in_flight: InFlight,
    seen: Seen,
    log_times: Box<[AtomicU64]>,
    /// The next offset of each partition after what this process has heard decided.
    heard: Box<[AtomicU64]>,
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
            seen: Seen::default(),
            log_times: (0..partitions).map(|_| AtomicU64::new(0)).collect(),
            heard: (0..partitions).map(|_| AtomicU64::new(0)).collect(),
            progress,
        };
        waiters.publish(log_times);
        waiters
    }

    /// What the engine tells about its decisions goes to those who wait for them.
    pub fn listener(self: &Arc<Self>) -> Box<dyn Listener> {
        Box::new(Ear(Arc::clone(self)))
    }

    /// Every id that storage has; without it each write asks storage whether its id is new.
    pub fn begin_with(&self, stored: impl IntoIterator<Item = CommandId>) {
        self.seen.begin_with(stored);
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

    /// Until when a command that is appended now may be decided in a partition.
    pub fn not_after(&self, partition: u16) -> LogTime {
        self.log_time(partition).plus_ms(NOT_AFTER_MS)
    }

    /// Just after what this process has heard decided in a partition, if it has heard anything.
    pub(crate) fn heard(&self, partition: u16) -> Option<Position> {
        let next_offset = self.heard.get(usize::from(partition))?.load(Ordering::Acquire);
        Some(Position::after(partition, next_offset.checked_sub(1)?))
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

    /// Appends a command under that id. It waits for nothing, not even for the log.
    ///
    /// `decided_in` says in which slot storage has a decision under that id, if it has one: an id
    /// that was decided in another slot is refused; in the same slot the ledger itself does that.
    pub fn begin(
        self: &Arc<Self>,
        log: &dyn Log,
        stamp: Stamp,
        id: CommandId,
        command: Command,
        decided_in: impl FnOnce() -> Result<Option<Slot>, Problem>,
    ) -> Result<(Ticket, Command), Problem> {
        let slot = command.slot().ok_or_else(|| Problem::new(Kind::Internal))?;
        let partition = slot.partition(log.partitions());
        self.in_flight.enter(id, slot).map_err(|ElsewhereInUse| Problem::from(Reason::IdReused))?;
        // Withdrawn again unless the log has taken the record.
        let mut entered = Entered { waiters: self, id: Some(id) };
        let elsewhere = decided_in()?.is_some_and(|other| other != slot);
        if elsewhere && !planted::is_on(Bug::IdInTwoSlots) {
            return Err(Reason::IdReused.into());
        }
        let ticket = self.register();
        let envelope = Envelope {
            id,
            producer: self.producer,
            sequence: ticket.sequence,
            not_after: self.not_after(partition),
            stamp,
            slot,
            // Whoever reads the record computes it from the bytes; it is not written.
            body_hash: BodyHash(0),
            command,
        };
        let bytes = encode_envelope(&envelope);
        log.append(Topic::Commands, partition, bytes.into()).map_err(not_taken)?;
        entered.id = None;
        Ok((ticket, envelope.command))
    }

    fn register(self: &Arc<Self>) -> Ticket {
        let sequence = self.next_sequence();
        let (sender, reply) = oneshot::channel();
        lock(self.shard(sequence)).insert(sequence, sender);
        Ticket { waiters: Arc::clone(self), sequence, reply }
    }

    fn decided(&self, replies: &[Reply], log_times: &[(u16, LogTime)]) {
        self.publish(log_times);
        for reply in replies {
            if let Some(heard) = self.heard.get(usize::from(reply.partition)) {
                heard.fetch_max(reply.offset + 1, Ordering::AcqRel);
            }
        }
        let now = Instant::now();
        // Before any id leaves the registry: an id is known to one of them from its append on.
        let new = replies.iter().filter(|reply| !reply.decided.repeated);
        new.for_each(|reply| self.seen.insert(reply.id));
        // What an earlier process sent and storage does not know yet, as while the views load.
        let others = replies.iter().filter(|reply| reply.producer != self.producer);
        for reply in others.filter(|reply| !reply.decided.repeated && is_remembered(reply)) {
            self.in_flight.learned(reply.id, reply.slot, (reply.partition, reply.offset));
        }
        for reply in replies.iter().filter(|reply| reply.producer == self.producer) {
            // The registry first: whoever is woken may ask at once what became of the command.
            self.in_flight.decided(reply.id, reply.partition, reply.offset);
            let wrong = u64::from(planted::is_on(Bug::AnswerOfAnother));
            let sequence = reply.sequence - wrong;
            let waiting = lock(self.shard(sequence)).remove(&sequence);
            if let Some(sender) = waiting {
                // A request whose time is up has gone; its decision stands in the log.
                drop(sender.send((reply.clone(), now)));
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
#[derive(Debug)]
pub struct Ticket {
    waiters: Arc<Waiters>,
    sequence: u64,
    reply: oneshot::Receiver<Told>,
}

impl Ticket {
    /// The decision, if it is there.
    pub fn try_reply(&mut self) -> Option<Reply> {
        self.reply.try_recv().ok().map(|(reply, _)| reply)
    }
}

impl Drop for Ticket {
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
    /// How long the log and the ledger took, or have been taking.
    pub took: Duration,
}

/// Appends a command under that id and waits for its decision until the deadline.
pub(crate) async fn submit(
    app: &App,
    id: CommandId,
    command: Command,
    deadline: Deadline,
) -> Result<Submitted, Problem> {
    refuse_costly(&command)?;
    app.readiness.1.admit(&command)?;
    let decided_in = || {
        let decided = match app.waiters.seen.may_know(id) {
            true => app.snapshot()?.decision(id).map_err(|error| app.storage_failed(&error))?,
            false => None,
        };
        // The last moment at which it can be refused as if it had never been sent.
        if deadline.is_over() {
            return Err(Problem::new(Kind::Deadline));
        }
        if app.door.is_shut() {
            return Err(Problem::new(Kind::Stopping));
        }
        Ok(decided.map(|row| row.slot))
    };
    let begun = Instant::now();
    let (mut ticket, command) =
        app.waiters.begin(&*app.log, app.clock.now(), id, command, decided_in)?;
    let reply = tokio::time::timeout_at(deadline.0.into(), &mut ticket.reply).await;
    let (reply, told) = reply.ok().and_then(Result::ok).unzip();
    let took = told.map_or_else(|| begun.elapsed(), |told| told.saturating_duration_since(begun));
    Ok(Submitted { command, reply, took })
}

/// Whether the ledger will know the id of a command again.
fn is_remembered(reply: &Reply) -> bool {
    match &reply.decided.decision {
        Decision::Ticked { .. } | Decision::OwnerAnnounced { .. } => false,
        Decision::Rejected(rejection) => {
            !matches!(rejection.reason, Reason::Misrouted | Reason::IdReused)
        }
        _ => true,
    }
}

/// Refuses what would take the ledger longer than one command may.
fn refuse_costly(command: &Command) -> Result<(), Problem> {
    let cost = cost::of(command);
    if cost <= cost::COST_MAX {
        return Ok(());
    }
    let detail = format!(
        "The request costs {cost} room-nights, counted over its lines; one may cost at most {}. \
         Split it.",
        cost::COST_MAX
    );
    Err(Problem::from(Reason::TooLarge).in_words(detail))
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

pub(crate) fn not_taken(error: AppendError) -> Problem {
    let kind = match &error {
        AppendError::Full { .. } | AppendError::Stalled { .. } => Kind::Overloaded,
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
