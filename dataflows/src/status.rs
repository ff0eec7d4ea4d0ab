//! What an engine tells about itself, and what its threads share.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use events::{LogTime, Position};
use ledger::Digest;

use crate::error::EngineError;
use crate::host::Standings;
use crate::letters::Letters;
use crate::mailbox::Mailbox;

/// How far an engine is. A copy, true at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Status {
    /// Everything before this position is decided.
    pub decided: Position,
    /// Everything before this position has been taken by the sink.
    pub stored: Position,
    /// The log time of each partition at `decided`.
    pub log_times: Vec<(u16, LogTime)>,
    /// The digest of each partition's decisions at `decided`.
    pub digests: Vec<(u16, Digest)>,
    /// Whether a hold waits for its deadline in any partition.
    pub has_open_holds: bool,
    /// Once the views are loaded: how many stored rows had to be corrected. Anything but 0 is a
    /// defect of an earlier run, or damage.
    pub corrected_rows_count: Option<u64>,
    /// Records read since the start.
    pub records_count: u64,
    /// Records since the start that could not be read.
    pub dead_letters_count: u64,
    /// Changes handed to the sink since the start.
    pub epochs_stored_count: u64,
    /// Changes that wait for the views.
    pub changes_pending_count: usize,
    /// Why the engine has stopped, if it has.
    pub failure: Option<String>,
}

/// Called once, on the thread that failed, with the reason. It must not stop the engine itself: it
/// ends the process or tells another thread to.
pub type OnFatal = Box<dyn FnOnce(&EngineError) + Send>;

/// What the threads of one engine share.
pub(crate) struct Shared {
    pub mailbox: Mailbox,
    pub gate: CommitGate,
    /// What could not be read, on its way to its topic.
    pub letters: Arc<Letters>,
    /// What the keepers of the views hold.
    pub standings: Standings,
    stopping: AtomicBool,
    status: Mutex<Status>,
    progress: Condvar,
    failure: Mutex<Option<EngineError>>,
    on_fatal: Mutex<Option<OnFatal>>,
}

impl Shared {
    pub fn new(
        mailbox: Mailbox,
        letters: Arc<Letters>,
        status: Status,
        on_fatal: Option<OnFatal>,
        standings: Standings,
    ) -> Self {
        Self {
            mailbox,
            gate: CommitGate::default(),
            letters,
            standings,
            stopping: AtomicBool::new(false),
            status: Mutex::new(status),
            progress: Condvar::new(),
            failure: Mutex::new(None),
            on_fatal: Mutex::new(on_fatal),
        }
    }

    /// A copy of the status.
    pub fn status(&self) -> Status {
        let mut status = lock(&self.status).clone();
        status.changes_pending_count = self.mailbox.pending_count();
        status
    }

    /// Changes the status and wakes whoever waits for a change.
    pub fn update(&self, change: impl FnOnce(&mut Status)) {
        change(&mut lock(&self.status));
        self.progress.notify_all();
    }

    /// Waits until the status is as wished, the engine has failed, or `wait` is over.
    pub fn wait_until(&self, wait: Duration, wished: impl Fn(&Status) -> bool) -> bool {
        let status = lock(&self.status);
        let waiting = |status: &mut Status| !wished(status) && status.failure.is_none();
        let (status, _) = self
            .progress
            .wait_timeout_while(status, wait, waiting)
            .unwrap_or_else(PoisonError::into_inner);
        wished(&status)
    }

    /// Asks the ledger's thread to end after the batch at hand.
    pub fn stop_reading(&self) {
        self.stopping.store(true, Ordering::Release);
    }

    /// Whether the ledger's thread was asked to end.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    /// Ends the work of all threads for a reason. The first reason is the one that is told.
    pub fn fail(&self, error: EngineError) {
        self.close();
        let mut failure = lock(&self.failure);
        if failure.is_some() {
            return;
        }
        tracing::error!(%error, "the engine has stopped");
        self.update(|status| status.failure = Some(error.to_string()));
        let on_fatal = lock(&self.on_fatal).take();
        if let Some(on_fatal) = on_fatal {
            on_fatal(&error);
        }
        *failure = Some(error);
    }

    /// Lets no epoch pass any more, then wakes every thread so that it ends. The order matters: a
    /// worker that ends empties its frontier, which looks like completion.
    pub fn close(&self) {
        self.gate.close();
        self.stop_reading();
        self.letters.close();
        self.mailbox.close();
    }

    /// Whether a worker of the views has panicked, so that its peers will never end.
    pub fn have_workers_panicked(&self) -> bool {
        matches!(*lock(&self.failure), Some(EngineError::Panicked { thread: "views" }))
    }

    /// The reason for which the engine has failed, once.
    pub fn take_failure(&self) -> Option<EngineError> {
        lock(&self.failure).take()
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("status", &self.status()).finish_non_exhaustive()
    }
}

/// Decides whether a closed epoch may still be stored, and counts those that were.
#[derive(Debug, Default)]
pub(crate) struct CommitGate {
    closed: AtomicBool,
    epochs_stored_count: AtomicU64,
}

impl CommitGate {
    pub fn close(&self) {
        self.closed.store(true, Ordering::Release);
    }

    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// One more epoch is stored.
    pub fn pass(&self) {
        self.epochs_stored_count.fetch_add(1, Ordering::AcqRel);
    }

    pub fn epochs_stored_count(&self) -> u64 {
        self.epochs_stored_count.load(Ordering::Acquire)
    }
}

/// Turns a panic of the thread that owns it into a failure of the engine.
pub(crate) struct PanicGuard<'shared> {
    pub shared: &'shared Shared,
    pub thread: &'static str,
}

impl Drop for PanicGuard<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.shared.fail(EngineError::Panicked { thread: self.thread });
        }
    }
}

/// No holder of these locks can leave a value half changed, so a poisoned one is used on.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
