//! Turns a hold into a booking. One that has expired is admitted again where its rooms are free: in
//! its block where that still has them, since that is where they went.

use events::{ConfirmHold, Decision, Reason, Rejection, Slot};

use super::claims::{self, Claim};
use crate::above;
use crate::apply::rejected;
use crate::forget::Remembrance;
use crate::journal::Dirty;
use crate::moves::ClaimKind;
use crate::planted::{self, Bug};
use crate::rows::{BookingRow, HoldState};
use crate::rules::hold_closed;
use crate::slot::{Place, SlotState};
use crate::state::State;

pub(crate) fn apply(state: &mut State, place: Place, command: ConfirmHold) -> Decision {
    let slot = state.slot(place.slot);
    if slot.tombstones.contains_key(&command.hold) {
        return rejected(Reason::Withdrawn);
    }
    let Some(hold) = slot.holds.get(&command.hold) else { return rejected(Reason::HoldUnknown) };
    let readmitted = match hold.state {
        HoldState::Held => false,
        HoldState::Expired => true,
        HoldState::Released => return rejected(Reason::HoldReleased),
        HoldState::Confirmed => return rejected(Reason::HoldConfirmed),
    };
    let checks = readmitted && !planted::is_on(Bug::ReadmittedWithoutRoom);
    if checks && let Some(rejection) = too_late(slot, command.hold) {
        return Decision::Rejected(rejection);
    }

    let (property, lines) = (hold.property.clone(), hold.lines.clone());
    let (channel, origin) = (hold.channel(), hold.origin.clone());
    let whose = (place.slot, slot.property_index(&property));
    let block = origin.as_ref().and_then(|origin| origin.block.as_ref());
    for line in &lines {
        if !readmitted {
            let held = Claim { line, kind: ClaimKind::Held, block };
            claims::change(state, whose, held, false);
        }
        claims::change(state, whose, Claim { line, kind: ClaimKind::Sold, block }, true);
    }
    if readmitted {
        above::admitted(state, whose, command.hold, (&lines, &[]), block.is_some());
    } else {
        hold_closed(state, whose, origin.as_deref());
    }
    end_hold(state, place, &command, readmitted);
    let ordinal = next_ordinal(state, place.slot);
    let booking = command.hold.booking();
    let agreed = state.slot(place.slot).properties.get(&property);
    let lines = agreed.map_or_else(Vec::new, |property| {
        lines.into_iter().map(|line| property.booked(line)).collect()
    });
    let row = BookingRow {
        booking,
        property,
        guest: command.guest,
        ordinal,
        stamp: place.stamp,
        channel,
        lines,
        facts: Vec::new(),
        amendments: 0,
        amended: None,
        reference: None,
        block: origin.and_then(|origin| origin.block),
    };
    state.slot_mut(place.slot).bookings.insert(booking, Box::new(row));
    state.journal.note(Dirty::Booking(booking));
    Decision::Confirmed { booking, ordinal, readmitted }
}

/// Why an expired hold cannot come back, if it cannot.
fn too_late(slot: &SlotState, id: events::HoldId) -> Option<Rejection> {
    let hold = slot.holds.get(&id)?;
    let property = slot.properties.get(&hold.property)?;
    let short = match hold.block() {
        None => claims::nights_short(property, &hold.lines),
        Some(block) => {
            let lines = hold.lines.iter();
            let short =
                claims::shortage(property, property.block(block), lines, std::iter::empty());
            let mut nights = [short.free, short.block].concat();
            nights.sort_unstable();
            nights.dedup();
            nights
        }
    };
    (!short.is_empty()).then(|| Rejection { reason: Reason::ConfirmTooLate, nights: short.into() })
}

/// An expired hold is on the list of what to forget already.
fn end_hold(state: &mut State, place: Place, command: &ConfirmHold, readmitted: bool) {
    let forget_at = place.forget_at;
    if let Some(hold) = state.slot_mut(place.slot).holds.get_mut(&command.hold) {
        hold.state = HoldState::Confirmed;
        hold.forget_at = hold.forget_at.or(Some(forget_at));
    }
    if !readmitted {
        state.holds_open_count = state.holds_open_count.saturating_sub(1);
        state.forgetting.note(forget_at, Remembrance::Hold(command.hold));
    }
    state.journal.note(Dirty::Hold(command.hold));
}

pub(super) fn next_ordinal(state: &mut State, slot: Slot) -> u32 {
    let count = &mut state.slot_mut(slot).bookings_count;
    *count = count.saturating_add(1);
    let ordinal = *count;
    state.journal.note(Dirty::Slot(slot));
    ordinal
}
