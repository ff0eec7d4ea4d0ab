//! Puts on record what happened at the hotel. It changes no inventory.

use events::{Decision, Reason, RecordFact};

use crate::apply::rejected;
use crate::journal::Dirty;
use crate::slot::Place;
use crate::state::State;

/// The most facts about one booking.
pub const FACTS_MAX: usize = 1_000;

pub(crate) fn apply(state: &mut State, place: Place, command: &RecordFact) -> Decision {
    let Some(booking) = state.slot_mut(place.slot).bookings.get_mut(&command.booking) else {
        return rejected(Reason::BookingUnknown);
    };
    if booking.facts.len() >= FACTS_MAX {
        return rejected(Reason::TooLarge);
    }
    booking.facts.push((command.fact, place.stamp));
    state.journal.note(Dirty::Booking(command.booking));
    Decision::Recorded
}
