//! Gives the rooms of a hold back. Releasing twice is releasing once.

use events::{Decision, Reason, ReleaseHold};

use super::claims::Claim;
use super::{claims, tombstones};
use crate::above;
use crate::apply::rejected;
use crate::forget::Remembrance;
use crate::journal::Dirty;
use crate::moves::ClaimKind;
use crate::rows::HoldState;
use crate::rules::hold_closed;
use crate::slot::Place;
use crate::state::State;

pub(crate) fn apply(state: &mut State, place: Place, command: &ReleaseHold) -> Decision {
    let id = command.hold;
    let Some(hold) = state.slot_mut(place.slot).holds.get_mut(&id) else {
        return rejected(tombstones::bury(state, place, id, Reason::HoldUnknown));
    };
    match hold.state {
        HoldState::Held => {}
        HoldState::Released => return Decision::Released { hold: id },
        HoldState::Expired => return rejected(Reason::HoldExpired),
        HoldState::Confirmed => return rejected(Reason::HoldConfirmed),
    }

    hold.state = HoldState::Released;
    hold.forget_at = Some(place.forget_at);
    let (property, lines) = (hold.property.clone(), hold.lines.clone());
    let origin = hold.origin.clone();
    let whose = (place.slot, state.slot(place.slot).property_index(&property));
    let block = origin.as_ref().and_then(|origin| origin.block.as_ref());
    for line in &lines {
        let claim = Claim { line, kind: ClaimKind::Held, block };
        claims::change(state, whose, claim, false);
    }
    above::forget(state, whose, id);
    hold_closed(state, whose, origin.as_deref());
    state.holds_open_count = state.holds_open_count.saturating_sub(1);
    state.forgetting.note(place.forget_at, Remembrance::Hold(id));
    state.journal.note(Dirty::Hold(id));
    Decision::Released { hold: id }
}
