//! The engine: the ledger's thread, the workers of the views and the writer, as one thing to start
//! and to stop.

use std::fmt;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use events::Position;
use ingest::{Bookmark, Log, Topic};
use ledger::Digest;
use timely::communication::WorkerGuards;

use crate::error::EngineError;
use crate::host::Standings;
use crate::hydration::Hydration;
use crate::intake::Hearing;
use crate::ledger_thread::{LedgerThread, Listener, PartitionStart};
use crate::letters::{Letters, ReadBack};
use crate::mailbox::{Batch, Mailbox};
use crate::status::{OnFatal, Shared, Status};
use crate::stored::Stored;
use crate::writer::Sink;

#[cfg(test)]
mod tests;

/// How long a stop waits for the views to store what is decided already. What is not stored by then
/// is decided again from the log at the next start.
const STOP_WAIT: Duration = Duration::from_secs(10);

/// How long the views wait after one epoch before they take the next. After a quiet while there is
/// nothing to wait for; under load it makes epochs that are worth their cost.
pub(crate) const EPOCH_INTERVAL_MIN: Duration = Duration::from_millis(3);

/// The most workers that one process may have.
const WORKERS_MAX: usize = 64;

/// How an engine runs. None of it changes a decision.
pub struct EngineOptions {
    /// Threads for the views.
    pub workers: usize,
    /// The most records that are decided before anybody is told.
    pub records_max: usize,
    /// The most changes that may wait for the views before deciding waits too.
    pub changes_pending_max: usize,
    /// Where the views tell how they stand.
    pub standings: Standings,
    /// Called once when the engine cannot go on. Without it `status` and `stop` tell.
    pub on_fatal: Option<OnFatal>,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            workers: 1,
            records_max: 1024,
            changes_pending_max: 1_000_000,
            standings: Standings::default(),
            on_fatal: None,
        }
    }
}

impl fmt::Debug for EngineOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EngineOptions")
            .field("workers", &self.workers)
            .field("records_max", &self.records_max)
            .field("changes_pending_max", &self.changes_pending_max)
            .finish_non_exhaustive()
    }
}

impl EngineOptions {
    fn check(&self) -> Result<(), EngineError> {
        let refuse = |option, value, must| Err(EngineError::Option { option, value, must });
        if self.workers == 0 || self.workers > WORKERS_MAX {
            return refuse("workers", self.workers, "between 1 and 64");
        }
        if self.records_max == 0 {
            return refuse("records_max", 0, "at least 1");
        }
        if self.changes_pending_max == 0 {
            return refuse("changes_pending_max", 0, "at least 1");
        }
        Ok(())
    }
}

/// What an engine starts from: what was stored, all at one position.
#[derive(Debug, Default)]
pub struct Base {
    /// Every partition of the log.
    pub partitions: Vec<PartitionStart>,
    /// What the views start from. It is read on threads of its own: deciding does not wait for it.
    pub stored: Stored,
}

/// How far an engine was when it stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stopped {
    /// Everything before this position was decided.
    pub decided: Position,
    /// Everything before this position was taken by the sink.
    pub stored: Position,
    /// The digest of each partition's decisions at `decided`.
    pub digests: Vec<(u16, Digest)>,
}

/// A running engine. Dropping it stops it without waiting for what is decided to be stored.
#[derive(Debug)]
pub struct Engine {
    shared: Arc<Shared>,
    threads: Option<Threads>,
}

struct Threads {
    ledger: JoinHandle<()>,
    /// Reads dead letters back.
    letters: JoinHandle<()>,
    /// Loads what was stored and starts the views; `None` where that failed.
    hydrate: JoinHandle<Option<ViewThreads>>,
}

pub(crate) struct ViewThreads {
    pub workers: WorkerGuards<()>,
    pub writer: JoinHandle<()>,
}

impl fmt::Debug for Threads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Threads").finish_non_exhaustive()
    }
}

impl Engine {
    /// Starts deciding at once, while the views load what was stored.
    ///
    /// The first changes that the sink takes lead to the position of the base and carry what had to
    /// be corrected in the stored rows, which is expected to be nothing.
    pub fn start(
        options: EngineOptions,
        log: Arc<dyn Log>,
        base: Base,
        listener: Box<dyn Listener>,
        sink: Sink,
    ) -> Result<Self, EngineError> {
        Self::start_paced(EPOCH_INTERVAL_MIN, options, log, base, listener, sink)
    }

    fn start_paced(
        epoch_interval_min: Duration,
        options: EngineOptions,
        log: Arc<dyn Log>,
        base: Base,
        listener: Box<dyn Listener>,
        sink: Sink,
    ) -> Result<Self, EngineError> {
        options.check()?;
        let Base { mut partitions, stored } = base;
        partitions.sort_by_key(|part| part.partition);
        check_partitions(&partitions, log.partitions())?;
        let standing = standing(&partitions);
        let reader = log.resume(Topic::Commands, &bookmark(&partitions))?;
        let status = starting_status(&partitions, &standing);
        let mailbox =
            Mailbox::new(standing.standing(), options.changes_pending_max, epoch_interval_min);
        let letters = Arc::new(Letters::new(log)?);
        let shared =
            Shared::new(mailbox, Arc::clone(&letters), status, options.on_fatal, options.standings);
        let shared = Arc::new(shared);
        let records_max = options.records_max;
        let ledger =
            LedgerThread::new(reader, partitions, listener, Arc::clone(&shared), records_max);
        let hydration = Hydration {
            shared: Arc::clone(&shared),
            stored,
            workers: options.workers,
            standing,
            sink,
        };
        let hydrate = spawn("hydrate", move || hydration.run())?;
        // Giving the workers up waits for them, and without this they would never end.
        let give_up = |_: &EngineError| shared.close();
        let (back, reading) = (ReadBack::new(&letters), Arc::clone(&shared));
        let letters = spawn("letters", move || back.run(&reading)).inspect_err(give_up)?;
        let ledger = spawn("ledger", move || ledger.run()).inspect_err(give_up)?;
        Ok(Self { shared, threads: Some(Threads { ledger, letters, hydrate }) })
    }

    /// How far it is.
    pub fn status(&self) -> Status {
        self.shared.status()
    }

    /// Where signals are told to the views.
    pub fn hearing(&self) -> Hearing {
        Hearing::new(Arc::clone(&self.shared))
    }

    /// Waits until everything before `position` is stored; `false` when that did not come to be
    /// within `wait`.
    pub fn wait_stored(&self, position: &Position, wait: Duration) -> bool {
        self.shared.wait_until(wait, |status| {
            status.corrected_rows_count.is_some() && status.stored.covers(position)
        })
    }

    /// Stops reading, lets the views store what is decided, then ends every thread. After a failure
    /// nothing more is stored, and the failure is the answer.
    pub fn stop(mut self) -> Result<Stopped, EngineError> {
        self.end(STOP_WAIT)
    }

    fn end(&mut self, wait: Duration) -> Result<Stopped, EngineError> {
        self.shared.stop_reading();
        let Some(Threads { ledger, letters, hydrate }) = self.threads.take() else {
            return self.outcome();
        };
        if wait.is_zero() {
            self.shared.close();
        }
        // A panic is told by the thread's guard.
        drop(ledger.join());
        self.shared.wait_until(wait, |status| {
            status.corrected_rows_count.is_some() && status.stored.covers(&status.decided)
        });
        self.shared.close();
        drop(letters.join());
        if let Ok(Some(ViewThreads { workers, writer })) = hydrate.join() {
            if self.shared.have_workers_panicked() {
                // The peers of a worker that panicked are parked for ever, the writer with them.
                std::mem::forget(workers);
            } else {
                drop(workers.join());
                drop(writer.join());
            }
        }
        self.outcome()
    }

    fn outcome(&self) -> Result<Stopped, EngineError> {
        if let Some(error) = self.shared.take_failure() {
            return Err(error);
        }
        let Status { decided, stored, digests, .. } = self.shared.status();
        Ok(Stopped { decided, stored, digests })
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if self.threads.is_some() {
            // Who drops instead of stopping does not ask how it went.
            drop(self.end(Duration::ZERO));
        }
    }
}

pub(crate) fn check_partitions(partitions: &[PartitionStart], log: u16) -> Result<(), EngineError> {
    let state: Vec<u16> = partitions.iter().map(|part| part.partition).collect();
    if state.iter().copied().eq(0..log) {
        Ok(())
    } else {
        Err(EngineError::PartitionsDiffer { state, log })
    }
}

/// From where the log is read on, with what proves that it is the same log.
pub(crate) fn bookmark(partitions: &[PartitionStart]) -> Bookmark {
    partitions.iter().map(|part| (part.partition, part.next_offset, part.chain)).collect()
}

/// Where the base stands, as a batch without changes.
pub(crate) fn standing(partitions: &[PartitionStart]) -> Batch {
    Batch {
        up_to: partitions.iter().map(|part| (part.partition, part.next_offset)).collect(),
        chains: partitions.iter().map(|part| (part.partition, part.chain)).collect(),
        digests: partitions.iter().map(|part| (part.partition, part.digest)).collect(),
        ..Batch::default()
    }
}

pub(crate) fn starting_status(partitions: &[PartitionStart], stored: &Batch) -> Status {
    let log_times = partitions.iter().map(|part| (part.partition, part.state.log_time()));
    Status {
        decided: stored.up_to.clone(),
        stored: stored.up_to.clone(),
        log_times: log_times.collect(),
        digests: stored.digests.clone(),
        has_open_holds: partitions.iter().any(|part| part.state.has_open_holds()),
        ..Status::default()
    }
}

pub(crate) fn spawn<T: Send + 'static>(
    name: &'static str,
    run: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>, EngineError> {
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(run)
        .map_err(|error| EngineError::Thread { thread: name, reason: error.to_string() })
}
