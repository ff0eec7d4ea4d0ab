//! One command at its place in the log: the guards that all share, then the table of contents.

use events::{Command, Decision, Envelope, Reason};

use crate::commands::{
    advance_business_date, amend_booking, announce_owner, apply_limits, cancel_booking,
    confirm_hold, define_property, define_rate_plan, define_room_type, external_sale,
    link_room_type, place_hold, promote_policy, record_fact, release_block, release_hold,
    rollback_policy, set_block, set_hold_caps, set_inventory, set_restrictions, stage_policy, tick,
};
use crate::decided::Decided;
use crate::forget::{RETENTION_MS, Remembrance};
use crate::journal::Dirty;
use crate::oversold;
use crate::planted::{self, Bug};
use crate::slot::{Place, Remembered};
use crate::state::State;

/// Decides a command. It never fails: what cannot be done is a [`Decision::Rejected`].
///
/// The id is looked at first, so that a retry is answered as the first time, also when that answer
/// was a rejection. Three answers leave nothing behind: a command in another slot than its own, a
/// reused id, and what the owner says of time, which may be said twice without harm.
pub fn apply(state: &mut State, envelope: Envelope) -> Decided {
    state.reading.stamp = envelope.stamp;
    let noted_count = state.journal.dirty.len();
    let decided = answer(state, envelope);
    oversold::weigh(state, noted_count, &decided);
    decided
}

/// The guards that all commands share.
fn answer(state: &mut State, envelope: Envelope) -> Decided {
    let Envelope { id, not_after, stamp, slot, body_hash, command, .. } = envelope;
    let decided = |decision, repeated| Decided { decision, stamp, repeated };
    if let Command::AnnounceOwner(command) = &command {
        return decided(announce_owner::apply(state, command), false);
    }
    if let Command::Tick(command) = &command {
        return decided(tick::apply(state, command), false);
    }
    if command.slot() != Some(slot) {
        return decided(rejected(Reason::Misrouted), false);
    }
    if let Some(remembered) = state.slot(slot).decisions.get(&id) {
        if remembered.body_hash != body_hash && !planted::is_on(Bug::BodyNotCompared) {
            return decided(rejected(Reason::IdReused), false);
        }
        return Decided {
            decision: remembered.decision.clone(),
            stamp: remembered.stamp,
            repeated: true,
        };
    }
    let kind = command.kind();
    let log_time = state.log_time();
    let forget_at = not_after.max(log_time).plus_ms(RETENTION_MS);
    let decision = if log_time > not_after && !planted::is_on(Bug::StaleDecided) {
        rejected(Reason::Stale)
    } else {
        decide(state, Place { slot, id, stamp, forget_at }, command)
    };
    if planted::is_on(Bug::RejectionNotStored) && matches!(decision, Decision::Rejected(_)) {
        return decided(decision, false);
    }
    let remembered = Remembered { body_hash, kind, stamp, decision: decision.clone(), forget_at };
    state.slot_mut(slot).decisions.insert(id, Box::new(remembered));
    state.forgetting.note(forget_at, Remembrance::Decision(slot, id));
    state.journal.note(Dirty::Decision(slot, id));
    decided(decision, false)
}

fn decide(state: &mut State, place: Place, command: Command) -> Decision {
    match command {
        Command::DefineProperty(command) => define_property::apply(state, place, command),
        Command::DefineRoomType(command) => define_room_type::apply(state, place, command),
        Command::DefineRatePlan(command) => define_rate_plan::apply(state, place, command),
        Command::SetInventory(command) => set_inventory::apply(state, place, &command),
        Command::SetRestrictions(command) => set_restrictions::apply(state, place, command),
        Command::SetHoldCaps(command) => set_hold_caps::apply(state, place, command),
        Command::StagePolicy(command) => stage_policy::apply(state, place, command),
        Command::PromotePolicy(command) => promote_policy::apply(state, place, command),
        Command::RollbackPolicy(command) => rollback_policy::apply(state, place, command),
        Command::ApplyLimits(command) => apply_limits::apply(state, place, &command),
        Command::PlaceHold(command) => place_hold::apply(state, place, command),
        Command::ConfirmHold(command) => confirm_hold::apply(state, place, command),
        Command::ReleaseHold(command) => release_hold::apply(state, place, &command),
        Command::CancelBooking(command) => cancel_booking::apply(state, place, &command),
        Command::RecordFact(command) => record_fact::apply(state, place, &command),
        Command::AmendBooking(command) => amend_booking::apply(state, place, &command),
        Command::RecordExternalSale(command) => external_sale::apply(state, place, command),
        Command::LinkRoomType(command) => link_room_type::apply(state, place, command),
        Command::SetBlock(command) => set_block::apply(state, place, command),
        Command::ReleaseBlock(command) => release_block::apply(state, place, command),
        Command::AdvanceBusinessDate(command) => {
            advance_business_date::apply(state, place, &command)
        }
        Command::AnnounceOwner(command) => announce_owner::apply(state, &command),
        Command::Tick(command) => tick::apply(state, &command),
    }
}

/// Nothing changes, for that reason.
pub(crate) fn rejected(reason: Reason) -> Decision {
    Decision::Rejected(reason.into())
}
