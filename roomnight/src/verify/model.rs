//! The model: what the written rules make of each record, found out the slow way.

use std::collections::HashMap;

use events::{
    BodyHash, BookingId, Command, CommandId, Decision, Envelope, HoldId, LogTime, PropertyId,
    Reason, Slot, Stamp, Tick,
};
use ledger::rows::DecisionRow;

use super::above::Above;
use super::catalogue::Property;
use super::clock::{Heard, LogClock};
use super::report::{Check, Findings, Place};
use super::rules::{is_forgotten, remembered_until};
use super::sale::{Booking, Hold, Withdrawal};

/// Everything that the records of one partition lead to.
#[derive(Debug, Default)]
pub(super) struct Model {
    pub(super) clock: LogClock,
    pub(super) properties: HashMap<PropertyId, Property>,
    pub(super) holds: HashMap<HoldId, Hold>,
    pub(super) bookings: HashMap<BookingId, Booking>,
    /// The bookings of each slot, in the order in which they were made.
    pub(super) booked: HashMap<Slot, Vec<BookingId>>,
    pub(super) withdrawals: HashMap<Slot, Vec<Withdrawal>>,
    pub(super) answers: HashMap<(Slot, CommandId), Answer>,
    /// Holds whose interval has not begun: no tick has come since they were placed.
    pub(super) waiting: Vec<HoldId>,
    /// Holds whose interval runs, with those that have ended since the list was last gone through.
    pub(super) running: Vec<HoldId>,
    /// No hold of the list ends before this.
    pub(super) earliest_deadline: Option<LogTime>,
    repeats_count: u64,
    pub(super) above: Above,
    /// When each record was stamped, for what began with it.
    pub(super) stamps: HashMap<u64, Stamp>,
}

/// What a command id was answered, the first time.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) body_hash: BodyHash,
    pub(super) kind: u32,
    pub(super) stamp: Stamp,
    pub(super) decision: Decision,
    pub(super) forget_at: LogTime,
    pub(super) offset: u64,
    /// How many records came under this id.
    pub(super) appearances: u32,
}

/// Where a command stands, and when nobody may ask any more for what it ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    pub(super) place: Place,
    pub(super) slot: Slot,
    pub(super) id: CommandId,
    pub(super) stamp: Stamp,
    pub(super) forget_at: LogTime,
}

impl Model {
    /// What the written rules make of a record.
    ///
    /// What an owner says of time is not remembered under its id, and neither is a command in a
    /// slot that is not its own, nor an id that comes back with another body.
    pub(super) fn decide(
        &mut self,
        place: Place,
        envelope: Envelope,
        findings: &mut Findings,
    ) -> Decision {
        let Envelope { id, not_after, stamp, slot, body_hash, command, .. } = envelope;
        self.stamps.insert(place.offset, stamp);
        match &command {
            Command::AnnounceOwner(announced) if self.clock.announce(announced) => {
                return Decision::OwnerAnnounced { epoch: announced.epoch };
            }
            Command::AnnounceOwner(_) => return Decision::Rejected(Reason::EpochSuperseded.into()),
            Command::Tick(tick) => return self.tick(tick, place.offset),
            _ => {}
        }
        if command.slot() != Some(slot) {
            return Decision::Rejected(Reason::Misrouted.into());
        }
        if let Some(decision) = self.answer_again(slot, id, body_hash) {
            return decision;
        }
        findings.count(Check::DecidedOnce, 1);
        let now = self.clock.now();
        let forget_at = remembered_until(not_after.max(now));
        let decision = if now > not_after {
            Decision::Rejected(Reason::Stale.into())
        } else {
            self.carry_out(Asked { place, slot, id, stamp, forget_at }, &command, findings)
        };
        let answer = Answer {
            body_hash,
            kind: command.kind(),
            stamp,
            decision: decision.clone(),
            forget_at,
            offset: place.offset,
            appearances: 1,
        };
        self.answers.insert((slot, id), answer);
        decision
    }

    /// What an owner says of time: nothing, from somebody who is not the owner.
    fn tick(&mut self, tick: &Tick, offset: u64) -> Decision {
        match self.clock.tick(tick) {
            Heard::Stranger => Decision::Rejected(Reason::EpochSuperseded.into()),
            Heard::NothingNew => {
                Decision::Ticked { log_time: self.clock.now(), expired: Vec::new() }
            }
            Heard::Time => self.pass_time(offset),
        }
    }

    /// The answer to an id that has one already.
    fn answer_again(&mut self, slot: Slot, id: CommandId, body_hash: BodyHash) -> Option<Decision> {
        let now = self.clock.now();
        let answer = self.answers.get_mut(&(slot, id))?;
        if is_forgotten(answer.forget_at, now) {
            return None;
        }
        answer.appearances += 1;
        self.repeats_count += 1;
        if answer.body_hash == body_hash {
            Some(answer.decision.clone())
        } else {
            Some(Decision::Rejected(Reason::IdReused.into()))
        }
    }

    fn carry_out(&mut self, asked: Asked, command: &Command, findings: &mut Findings) -> Decision {
        let place = asked.place;
        let decision = match command {
            Command::DefineProperty(command) => self.define_property(place, command),
            Command::DefineRoomType(command) => self.define_room_type(place, command),
            Command::DefineRatePlan(command) => self.define_rate_plan(place, command),
            Command::SetInventory(command) => self.set_inventory(place, command),
            Command::SetRestrictions(command) => self.set_restrictions(place, command),
            Command::SetHoldCaps(command) => self.set_hold_caps(place, command),
            Command::StagePolicy(command) => self.stage_policy(asked, command),
            Command::PromotePolicy(command) => self.promote_policy(asked, command),
            Command::RollbackPolicy(command) => self.roll_policy_back(asked, command),
            Command::ApplyLimits(command) => self.apply_limits(asked, command),
            Command::PlaceHold(command) => return self.place_hold(asked, command, findings),
            Command::ConfirmHold(command) => return self.confirm_hold(asked, command, findings),
            Command::ReleaseHold(command) => self.release_hold(asked, command),
            Command::CancelBooking(command) => self.cancel_booking(asked, command),
            Command::RecordFact(command) => self.record_fact(asked, command),
            Command::AmendBooking(command) => return self.amend_booking(asked, command, findings),
            Command::LinkRoomType(command) => self.link_room_type(place, command),
            Command::RecordExternalSale(command) => self.record_external_sale(asked, command),
            Command::SetBlock(command) => return self.set_block(place, command),
            Command::ReleaseBlock(command) => self.release_block(place, command),
            Command::AdvanceBusinessDate(command) => self.advance_business_date(place, command),
            // Both were answered before: they have no id to be remembered under.
            Command::AnnounceOwner(_) | Command::Tick(_) => Err(Reason::EpochSuperseded),
        };
        decision.unwrap_or_else(|reason| Decision::Rejected(reason.into()))
    }

    /// How many records came under the id of a stored answer.
    pub(super) fn appearances(&self, row: &DecisionRow) -> u32 {
        self.answers.get(&(row.slot, row.id)).map_or(0, |answer| answer.appearances)
    }

    /// How many records came under an id that had been decided before.
    pub(super) fn repeats_count(&self) -> u64 {
        self.repeats_count
    }
}
