//! All that a handler may touch.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use dataflows::Standings;
use events::Position;
use ingest::Log;
use storage::{Snapshot, Store};

use crate::batches::Batches;
use crate::clock::Clock;
use crate::confirmation::ConfirmationKey;
use crate::disk::{DiskGauge, DiskState};
use crate::door::Door;
use crate::feed::Feed;
use crate::metrics::Metrics;
use crate::problem::{Kind, Problem};
use crate::progress::Progress;
use crate::submit::Waiters;

/// What may be set about the HTTP door.
#[derive(Debug, Clone)]
pub struct Options {
    /// How long a write waits for its decision, and a read for its position.
    pub deadline: Duration,
    /// How long requests under way may take to end once the process is asked to stop.
    pub drain: Duration,
    /// Of which tenant's idempotency keys this process takes care.
    pub tenant: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(2),
            drain: Duration::from_secs(20),
            tenant: "default".to_owned(),
        }
    }
}

/// Whether the process can be sent requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ready {
    /// Not yet: the state is being brought up to the log.
    Starting,
    /// Yes.
    Ready,
    /// No more: it is about to end.
    Stopping,
}

/// Tells and knows whether the process is ready.
#[derive(Debug, Default)]
pub struct Readiness(AtomicU8, pub(crate) DiskGauge, OnceLock<Position>);

impl Readiness {
    /// Tells how the disk is.
    pub fn set_disk(&self, disk: DiskState) {
        self.1.set(disk);
    }

    /// Knows how the disk is.
    pub fn disk(&self) -> DiskState {
        self.1.get()
    }

    /// Tells where the log ended when this process began to decide: what stands before it may have
    /// been answered by an earlier one, and is known here once it is stored.
    pub fn set_past(&self, end: Position) {
        // A process begins once.
        let _again = self.2.set(end);
    }

    /// Knows where that was, once the process decides.
    pub(crate) fn past(&self) -> Option<&Position> {
        self.2.get()
    }

    /// Tells it.
    pub fn set(&self, ready: Ready) {
        let number = match ready {
            Ready::Starting => 0,
            Ready::Ready => 1,
            Ready::Stopping => 2,
        };
        self.0.store(number, Ordering::Release);
    }

    /// Knows it.
    pub fn get(&self) -> Ready {
        match self.0.load(Ordering::Acquire) {
            0 => Ready::Starting,
            1 => Ready::Ready,
            _ => Ready::Stopping,
        }
    }
}

/// The door's hands: the log to write to, storage to read from, and who waits for what.
pub struct App {
    /// Where commands go.
    pub log: Arc<dyn Log>,
    /// Where reads are answered from.
    pub store: Arc<Store>,
    /// Who waits for a decision.
    pub waiters: Arc<Waiters>,
    /// Who waits for a batch of signals.
    pub batches: Arc<Batches>,
    /// How far storage is.
    pub progress: Arc<Progress>,
    /// What has changed in the views lately.
    pub feed: Feed,
    /// What the keepers of the views hold.
    pub standings: Standings,
    /// What stamps records.
    pub clock: Arc<dyn Clock>,
    /// How confirmation numbers are made.
    pub numbers: ConfirmationKey,
    /// Whether the process is ready.
    pub readiness: Readiness,
    /// What is counted.
    pub metrics: Metrics,
    /// Who is let in.
    pub door: Door,
    /// What may be set.
    pub options: Options,
}

impl App {
    /// The state as it is now.
    pub(crate) fn snapshot(&self) -> Result<Snapshot<'_>, Problem> {
        self.store.snapshot().map_err(|error| self.storage_failed(&error))
    }

    /// Whether everything is stored that was decided before this process began.
    pub fn knows_the_past(&self) -> bool {
        self.readiness.past().is_some_and(|end| self.progress.covers(end))
    }

    /// What a caller is told when storage fails; the reason is for the operator.
    pub(crate) fn storage_failed(&self, error: &storage::Error) -> Problem {
        tracing::error!(%error, "storage could not be read");
        Problem::new(Kind::StorageFailed)
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("options", &self.options).finish_non_exhaustive()
    }
}

/// Whether an address can be reached from this machine only.
pub(crate) fn is_loopback(address: SocketAddr) -> bool {
    address.ip().to_canonical().is_loopback()
}
