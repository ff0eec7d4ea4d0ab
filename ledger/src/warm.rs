//! Warming: touching what a batch of commands will need, before deciding any of them.
//!
//! Deciding one command follows a chain of pointers (slot, index, property, room type, nights), and
//! in a large state each step waits for memory. The chains of different commands do not depend on
//! each other, so walking them side by side lets the processor wait for many at once. It reads
//! only, and decides nothing: a ledger that skips it gives the same decisions, later.

use std::hint::black_box;

use events::{BookingId, Command, Envelope, HoldId, Line, PropertyId};

use crate::inventory::Inventory;
use crate::property::Property;
use crate::slot::SlotState;
use crate::state::State;

/// How many commands are walked side by side: as much as the nearest cache keeps until its turn.
const SIDE_BY_SIDE: usize = 64;

/// One place a command of a chunk; what could not be found stays empty.
type Found<T> = [Option<T>; SIDE_BY_SIDE];

impl State {
    /// How many commands to warm and then apply together.
    pub const WARM_COUNT: usize = SIDE_BY_SIDE;

    /// Touches what those commands will need; worth calling for [`State::WARM_COUNT`] at a time.
    pub fn warm(&self, envelopes: &[Envelope]) {
        for chunk in envelopes.chunks(SIDE_BY_SIDE) {
            self.warm_chunk(chunk);
        }
    }

    /// One loop a step, so that no step of one command waits for a step of another.
    fn warm_chunk(&self, chunk: &[Envelope]) {
        let mut slots: Found<&SlotState> = [None; SIDE_BY_SIDE];
        for (found, envelope) in slots.iter_mut().zip(chunk) {
            let slot = self.slot(envelope.slot);
            black_box(slot.decisions.len() + slot.holds.len() + slot.properties.len());
            *found = Some(slot);
        }
        let mut subjects: Found<(&PropertyId, &[Line])> = [None; SIDE_BY_SIDE];
        for ((found, slot), envelope) in subjects.iter_mut().zip(slots).zip(chunk) {
            let Some(slot) = slot else { continue };
            black_box(slot.decisions.get_index_of(&envelope.id));
            *found = subject(slot, envelope);
        }
        let mut properties: Found<&Property> = [None; SIDE_BY_SIDE];
        for ((found, slot), subject) in properties.iter_mut().zip(slots).zip(subjects) {
            let (Some(slot), Some((property, _))) = (slot, subject) else { continue };
            *found = slot.properties.get(property);
        }
        let mut inventories: Found<&Inventory> = [None; SIDE_BY_SIDE];
        for ((found, property), subject) in inventories.iter_mut().zip(properties).zip(subjects) {
            let (Some(property), Some((_, [line, ..]))) = (property, subject) else { continue };
            black_box(property.rate_plan(&line.rate_plan));
            *found = property.room_type(&line.room_type).map(|ordinal| property.inventory(ordinal));
        }
        for (inventory, subject) in inventories.into_iter().zip(subjects) {
            let (Some(inventory), Some((_, [line, ..]))) = (inventory, subject) else { continue };
            black_box(inventory.used(line.stay.arrival()));
        }
    }
}

/// The property and lines that a command is about, as far as they can be known before deciding.
fn subject<'a>(
    slot: &'a SlotState,
    envelope: &'a Envelope,
) -> Option<(&'a PropertyId, &'a [Line])> {
    match &envelope.command {
        Command::PlaceHold(command) => {
            black_box(slot.holds.get_index_of(&HoldId::of_command(envelope.slot, envelope.id)));
            Some((&command.property, &command.lines))
        }
        Command::ConfirmHold(command) => {
            black_box(slot.bookings.get_index_of(&command.hold.booking()));
            slot.holds.get(&command.hold).map(|hold| (&hold.property, &hold.lines[..]))
        }
        Command::ReleaseHold(command) => {
            slot.holds.get(&command.hold).map(|hold| (&hold.property, &hold.lines[..]))
        }
        Command::CancelBooking(command) => subject_of_booking(slot, command.booking),
        Command::RecordExternalSale(command) => Some((&command.property, &command.lines)),
        Command::AmendBooking(command) => subject_of_booking(slot, command.booking),
        Command::RecordFact(command) => {
            black_box(slot.bookings.get(&command.booking).map(|booking| booking.ordinal));
            None
        }
        Command::DefineProperty(_)
        | Command::DefineRoomType(_)
        | Command::DefineRatePlan(_)
        | Command::SetInventory(_)
        | Command::LinkRoomType(_)
        | Command::SetRestrictions(_)
        | Command::SetBlock(_)
        | Command::ReleaseBlock(_)
        | Command::AdvanceBusinessDate(_)
        | Command::SetHoldCaps(_)
        | Command::StagePolicy(_)
        | Command::PromotePolicy(_)
        | Command::RollbackPolicy(_)
        | Command::ApplyLimits(_)
        | Command::AnnounceOwner(_)
        | Command::Tick(_) => None,
    }
}

fn subject_of_booking(slot: &SlotState, booking: BookingId) -> Option<(&PropertyId, &[Line])> {
    let booking = slot.bookings.get(&booking)?;
    let booked = booking.lines.first()?;
    Some((&booking.property, std::slice::from_ref(&booked.line)))
}
