//! How many commands were decided in which way; and whoever appends waits here for the ledger.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dataflows::{Listener, Reply};
use events::{Decision, LogTime};

/// How long a waiting appender sleeps at most before it looks whether the engine still runs.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Decisions by kind, and refusals by reason.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts {
    /// How many decisions of each kind.
    pub decisions: BTreeMap<&'static str, u64>,
    /// How many refusals for each reason.
    pub rejections: BTreeMap<&'static str, u64>,
    /// All of them, refusals included.
    pub total: u64,
}

impl Counts {
    fn add(&mut self, decision: &Decision) {
        self.total += 1;
        *self.decisions.entry(name(decision)).or_default() += 1;
        if let Decision::Rejected(rejection) = decision {
            *self.rejections.entry(rejection.reason.name()).or_default() += 1;
        }
    }
}

/// What a decision is called in reports.
pub fn name(decision: &Decision) -> &'static str {
    match decision {
        Decision::Defined => "defined",
        Decision::InventorySet { .. } => "inventory_set",
        Decision::Held { .. } => "held",
        Decision::Confirmed { .. } => "confirmed",
        Decision::Released { .. } => "released",
        Decision::Cancelled { .. } => "cancelled",
        Decision::Amended { .. } => "amended",
        Decision::RestrictionsSet { .. } => "restrictions_set",
        Decision::ExternalSaleRecorded { .. } => "external_sale_recorded",
        Decision::PolicyActive { .. } => "policy_active",
        Decision::LimitsApplied { .. } => "limits_applied",
        Decision::BlockReleased { .. } => "block_released",
        Decision::BusinessDateAdvanced { .. } => "business_date_advanced",
        Decision::Recorded => "recorded",
        Decision::OwnerAnnounced { .. } => "owner_announced",
        Decision::Ticked { .. } => "ticked",
        Decision::Rejected(_) => "rejected",
    }
}

/// Counts what the ledger tells, for one who appends and reads the counts at the end.
#[derive(Debug, Default)]
pub struct Tally {
    counts: Mutex<Counts>,
    grown: Condvar,
}

impl Tally {
    /// The ear to give to the engine.
    pub fn listener(self: &Arc<Self>) -> Box<dyn Listener> {
        Box::new(Ear(Arc::clone(self)))
    }

    /// The counts so far.
    pub fn counts(&self) -> Counts {
        self.lock().clone()
    }

    /// Waits until so many decisions were counted, for as long as `is_running`; says whether they
    /// were.
    pub fn wait_for(&self, total: u64, is_running: impl Fn() -> bool) -> bool {
        let mut counts = self.lock();
        while counts.total < total {
            let (again, timeout) =
                self.grown.wait_timeout(counts, LOOK_EVERY).unwrap_or_else(PoisonError::into_inner);
            counts = again;
            if timeout.timed_out() && !is_running() {
                break;
            }
        }
        counts.total >= total
    }

    /// A panic while counting leaves at most one decision uncounted.
    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Ear(Arc<Tally>);

impl Listener for Ear {
    fn decided(&mut self, replies: &[Reply], _: &[(u16, LogTime)]) {
        let mut counts = self.0.lock();
        for reply in replies {
            counts.add(&reply.decided.decision);
        }
        drop(counts);
        self.0.grown.notify_all();
    }
}
