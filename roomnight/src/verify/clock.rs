//! The auditor's clock: log time, told by the ticks of whoever owns the partition.

use events::{AnnounceOwner, Boot, LogTime, Tick};
use ledger::rows::ClockRow;

use super::rules::STEP_MAX_MS;

/// Log time, and the list of owners that have moved it.
#[derive(Debug)]
pub(super) struct LogClock {
    now: LogTime,
    owners: Vec<Owner>,
}

/// One reign: who announced itself, and how far its own clock was seen to go.
#[derive(Debug, Default)]
struct Owner {
    epoch: u64,
    boot: Boot,
    step_max_ms: u64,
    seen_ms: Option<u64>,
}

/// What a tick tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heard {
    /// It is not the current owner's.
    Stranger,
    /// It came twice, or after a later one.
    NothingNew,
    /// Time has passed.
    Time,
}

impl Default for LogClock {
    /// Before the first announcement nobody owns the partition, under epoch 0.
    fn default() -> Self {
        Self { now: LogTime::default(), owners: vec![Owner::default()] }
    }
}

impl LogClock {
    /// Log time.
    pub(super) fn now(&self) -> LogTime {
        self.now
    }

    /// Makes somebody the owner; `false` when the epoch is not above all before it.
    pub(super) fn announce(&mut self, command: &AnnounceOwner) -> bool {
        let superseded = self.owners.iter().any(|owner| owner.epoch >= command.epoch);
        if !superseded {
            self.owners.push(Owner {
                epoch: command.epoch,
                boot: command.boot,
                step_max_ms: command.step_max_ms.min(STEP_MAX_MS),
                seen_ms: None,
            });
        }
        !superseded
    }

    /// Lets time pass by a tick.
    ///
    /// The first tick of a start only says where its clock stands: for how long nobody was there
    /// cannot be known. A tick that comes twice or late tells nothing new.
    pub(super) fn tick(&mut self, tick: &Tick) -> Heard {
        let Some(owner) = self.owners.last_mut() else { return Heard::Stranger };
        if (owner.epoch, owner.boot) != (tick.epoch, tick.boot) {
            return Heard::Stranger;
        }
        if owner.seen_ms.is_some_and(|seen_ms| tick.monotonic_ms <= seen_ms) {
            return Heard::NothingNew;
        }
        let seen_ms = owner.seen_ms.unwrap_or(tick.monotonic_ms);
        let step_ms = tick.monotonic_ms.saturating_sub(seen_ms).min(owner.step_max_ms);
        owner.seen_ms = Some(seen_ms.max(tick.monotonic_ms));
        self.now = self.now.plus_ms(step_ms);
        Heard::Time
    }

    /// The clock as it should be stored.
    pub(super) fn row(&self, partition: u16) -> ClockRow {
        let nobody = Owner::default();
        let owner = self.owners.last().unwrap_or(&nobody);
        ClockRow {
            partition,
            epoch: owner.epoch,
            boot: owner.boot,
            monotonic_ms: owner.seen_ms,
            step_max_ms: owner.step_max_ms,
            log_time: self.now,
        }
    }
}
