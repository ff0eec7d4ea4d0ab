//! Takes the last promotion of a policy back: what was in force before it is in force again.

use events::{Decision, Reason, RollbackPolicy};

use crate::apply::rejected;
use crate::journal::Dirty;
use crate::slot::Place;
use crate::state::State;

pub(crate) fn apply(state: &mut State, place: Place, command: RollbackPolicy) -> Decision {
    let RollbackPolicy { property, kind } = command;
    let Some((index, property)) = state.slot_mut(place.slot).property_mut(&property) else {
        return rejected(Reason::PropertyUnknown);
    };
    let shelf = property.desk.as_mut().map(|desk| desk.policies.of_mut(kind));
    let Some(shelf) = shelf.filter(|shelf| shelf.active().is_some()) else {
        return rejected(Reason::NothingToRollBack);
    };
    shelf.roll_back();
    let version = shelf.active().and_then(|ordinal| shelf.version(ordinal)).cloned();
    state.journal.note(Dirty::ActivePolicy { slot: place.slot, property: index, kind });
    Decision::PolicyActive { version, changed: true }
}
