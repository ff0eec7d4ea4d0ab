//! A process declares that it owns the partition; only its ticks move log time from here on.

use events::{AnnounceOwner, Decision, Reason};

use crate::apply::rejected;
use crate::journal::Dirty;
use crate::rows::ClockRow;
use crate::state::State;

/// No owner may move log time by more than a day with one tick.
pub const STEP_MAX_MS: u64 = 24 * 60 * 60 * 1000;

pub(crate) fn apply(state: &mut State, command: &AnnounceOwner) -> Decision {
    if command.epoch <= state.clock.epoch {
        return rejected(Reason::EpochSuperseded);
    }
    state.clock = ClockRow {
        partition: state.clock.partition,
        epoch: command.epoch,
        boot: command.boot,
        monotonic_ms: None,
        step_max_ms: command.step_max_ms.min(STEP_MAX_MS),
        log_time: state.clock.log_time,
    };
    state.journal.note(Dirty::Clock);
    Decision::OwnerAnnounced { epoch: command.epoch }
}
