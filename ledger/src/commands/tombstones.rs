//! Tombstones: a withdrawal that comes before what it withdraws must still have its way.

use events::{HoldId, Reason};

use crate::forget::Remembrance;
use crate::journal::Dirty;
use crate::planted::{self, Bug};
use crate::slot::Place;
use crate::state::State;

/// How many withdrawals of unknown ids one slot remembers.
pub const TOMBSTONES_MAX: usize = 1_000;

/// Remembers that a hold, or the booking of it, must not come to be; says why it is unknown.
pub(crate) fn bury(state: &mut State, place: Place, hold: HoldId, unknown: Reason) -> Reason {
    let tombstones = &mut state.slot_mut(place.slot).tombstones;
    if tombstones.contains_key(&hold) || planted::is_on(Bug::TombstoneMissing) {
        return unknown;
    }
    if tombstones.len() >= TOMBSTONES_MAX {
        return Reason::TombstonesFull;
    }
    tombstones.insert(hold, place.forget_at);
    state.forgetting.note(place.forget_at, Remembrance::Tombstone(hold));
    state.journal.note(Dirty::Tombstone(hold));
    unknown
}
