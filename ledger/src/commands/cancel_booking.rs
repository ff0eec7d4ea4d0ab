//! Gives back the rooms of the lines named, or of the whole booking.

use events::{CancelBooking, Decision, Reason};
use smallvec::SmallVec;

use super::claims::Claim;
use super::{claims, tombstones};
use crate::apply::rejected;
use crate::journal::Dirty;
use crate::moves::ClaimKind;
use crate::rows::{BookedLine, BookingRow, LineState};
use crate::slot::Place;
use crate::state::State;

pub(crate) fn apply(state: &mut State, place: Place, command: &CancelBooking) -> Decision {
    let id = command.booking;
    let Some(booking) = state.slot_mut(place.slot).bookings.get_mut(&id) else {
        return rejected(tombstones::bury(state, place, id.hold(), Reason::BookingUnknown));
    };
    let numbers = match numbers_to_cancel(booking, command) {
        Ok(numbers) => numbers,
        Err(reason) => return rejected(reason),
    };

    let (property, block) = (booking.property.clone(), booking.block.clone());
    let mut given_back = SmallVec::<[_; 1]>::new();
    for number in &numbers {
        if let Some(booked) = booking.lines.get_mut(usize::from(*number) - 1) {
            booked.state = LineState::Cancelled;
            booked.cancelled = Some(place.stamp);
            given_back.push(booked.line.clone());
        }
    }
    let whole = !booking.lines.iter().any(is_confirmed);
    let whose = (place.slot, state.slot(place.slot).property_index(&property));
    for line in &given_back {
        let claim = Claim { line, kind: ClaimKind::Sold, block: block.as_ref() };
        claims::change(state, whose, claim, false);
    }
    state.journal.note(Dirty::Booking(id));
    Decision::Cancelled { booking: id, lines: numbers, whole }
}

/// The lines to cancel, counted from 1, in order, each once.
fn numbers_to_cancel(
    booking: &BookingRow,
    command: &CancelBooking,
) -> Result<SmallVec<[u16; 4]>, Reason> {
    let known = |number: &u16| (1..=booking.lines.len()).contains(&usize::from(*number));
    if !command.lines.iter().all(known) {
        return Err(Reason::LineUnknown);
    }
    if !booking.lines.iter().any(is_confirmed) {
        return Err(Reason::BookingCancelled);
    }
    let confirmed = (1_u16..).zip(&booking.lines).filter(|(_, booked)| is_confirmed(booked));
    let confirmed: SmallVec<[u16; 4]> = confirmed.map(|(number, _)| number).collect();
    if command.lines.is_empty() {
        return Ok(confirmed);
    }
    if !command.lines.iter().all(|number| confirmed.contains(number)) {
        return Err(Reason::LineCancelled);
    }
    Ok(confirmed.into_iter().filter(|number| command.lines.contains(number)).collect())
}

pub(super) fn is_confirmed(booked: &BookedLine) -> bool {
    booked.state == LineState::Confirmed
}
