//! Time has passed at the owner: log time moves, holds end, and what nobody may ask for is
//! forgotten.
//!
//! A hold that was placed since the last tick may have been placed any time after it, so its
//! interval is counted from this tick: never early, late by at most one tick and an outage. A tick
//! that was sent twice or overtaken tells of no new time, and does nothing at all.

use events::{Decision, HoldId, LogTime, Reason, Tick};

use super::claims::{self, Claim};
use crate::above;
use crate::apply::rejected;
use crate::forget::{RETENTION_MS, Remembrance, forget_due};
use crate::journal::Dirty;
use crate::moves::ClaimKind;
use crate::planted::{self, Bug};
use crate::rows::HoldState;
use crate::rules::hold_closed;
use crate::state::State;

pub(crate) fn apply(state: &mut State, command: &Tick) -> Decision {
    let stranger = command.epoch != state.clock.epoch || command.boot != state.clock.boot;
    if stranger && !planted::is_on(Bug::TickOfOldEpochCounted) {
        return rejected(Reason::EpochSuperseded);
    }
    let told =
        state.clock.monotonic_ms.is_some_and(|highest_ms| command.monotonic_ms <= highest_ms);
    if told && !planted::is_on(Bug::TickCountedTwice) {
        return Decision::Ticked { log_time: state.clock.log_time, expired: Vec::new() };
    }
    let step_ms = step_ms(state, command.monotonic_ms);
    state.clock.monotonic_ms = Some(command.monotonic_ms);
    state.clock.log_time = state.clock.log_time.plus_ms(step_ms);
    state.journal.note(Dirty::Clock);
    anchor(state, step_ms);
    let expired = expire_due(state);
    forget_due(state);
    Decision::Ticked { log_time: state.clock.log_time, expired }
}

/// How far this tick moves log time. The first of a start only sets the mark to count from; one
/// after a pause moves no more than a step.
fn step_ms(state: &State, monotonic_ms: u64) -> u64 {
    let Some(highest_ms) = state.clock.monotonic_ms else { return 0 };
    if planted::is_on(Bug::TickCountedTwice) && monotonic_ms <= highest_ms {
        return 1;
    }
    monotonic_ms.saturating_sub(highest_ms).min(state.clock.step_max_ms)
}

/// Begins the interval of each hold placed since the last tick.
fn anchor(state: &mut State, step_ms: u64) {
    for id in std::mem::take(&mut state.unanchored) {
        let slot = state.slots.get_mut(id.slot());
        let Some(hold) = slot.holds.get_mut(&id).filter(|hold| hold.state == HoldState::Held)
        else {
            continue;
        };
        if !planted::is_on(Bug::IntervalBeginsEarly) {
            hold.deadline = hold.deadline.plus_ms(step_ms);
        }
        hold.anchored = true;
        state.deadlines.entry(hold.deadline).or_default().push(id);
        state.journal.note(Dirty::Hold(id));
    }
}

/// Ends the holds whose deadline log time has reached, in order of (deadline, id).
fn expire_due(state: &mut State) -> Vec<HoldId> {
    let mut expired = Vec::new();
    let log_time: LogTime = state.clock.log_time;
    while let Some(entry) = state.deadlines.first_entry()
        && *entry.key() <= log_time
        && (*entry.key() < log_time || !planted::is_on(Bug::ExpiryAfterDeadline))
    {
        let mut due = entry.remove();
        if !planted::is_on(Bug::ExpiryInOrderOfArrival) {
            due.sort_unstable();
        }
        expired.extend(due.into_iter().filter(|id| expire(state, *id)));
    }
    expired
}

fn expire(state: &mut State, id: HoldId) -> bool {
    let forget_at = state.clock.log_time.plus_ms(RETENTION_MS);
    let Some(hold) = state.slot_mut(id.slot()).holds.get_mut(&id) else { return false };
    if hold.state != HoldState::Held {
        return false;
    }
    hold.state = HoldState::Expired;
    hold.forget_at = Some(forget_at);
    let (property, lines) = (hold.property.clone(), hold.lines.clone());
    let origin = hold.origin.clone();
    let whose = (id.slot(), state.slot(id.slot()).property_index(&property));
    let block = origin.as_ref().and_then(|origin| origin.block.as_ref());
    for line in &lines {
        let claim = Claim { line, kind: ClaimKind::Held, block };
        claims::change(state, whose, claim, false);
    }
    above::forget(state, whose, id);
    hold_closed(state, whose, origin.as_deref());
    state.holds_open_count = state.holds_open_count.saturating_sub(1);
    state.forgetting.note(forget_at, Remembrance::Hold(id));
    state.journal.note(Dirty::Hold(id));
    true
}
