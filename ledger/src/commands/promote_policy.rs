//! Puts a version of a policy in force. Promoting the one that is in force already is no change.

use events::{Decision, PromotePolicy, Reason};

use crate::apply::rejected;
use crate::journal::Dirty;
use crate::slot::Place;
use crate::state::State;

pub(crate) fn apply(state: &mut State, place: Place, command: PromotePolicy) -> Decision {
    let PromotePolicy { property, kind, version } = command;
    let Some((index, property)) = state.slot_mut(place.slot).property_mut(&property) else {
        return rejected(Reason::PropertyUnknown);
    };
    let shelf = property.desk.as_mut().map(|desk| desk.policies.of_mut(kind));
    let Some((shelf, ordinal)) =
        shelf.and_then(|shelf| shelf.ordinal(&version).map(|ordinal| (shelf, ordinal)))
    else {
        return rejected(Reason::PolicyUnknown);
    };
    let changed = shelf.active() != Some(ordinal);
    if changed {
        shelf.promote(ordinal);
        state.journal.note(Dirty::ActivePolicy { slot: place.slot, property: index, kind });
    }
    Decision::PolicyActive { version: Some(version), changed }
}
