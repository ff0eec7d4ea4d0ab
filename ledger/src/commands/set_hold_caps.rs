//! Bounds what may be held and not paid for. Lowering a cap ends no hold that is open.

use events::{Decision, Reason, SetHoldCaps};

use crate::apply::rejected;
use crate::journal::Dirty;
use crate::slot::Place;
use crate::state::State;

pub(crate) fn apply(state: &mut State, place: Place, command: SetHoldCaps) -> Decision {
    let Some((index, property)) = state.slot_mut(place.slot).property_mut(&command.property) else {
        return rejected(Reason::PropertyUnknown);
    };
    property.rules.get_or_insert_default().caps = Some(command);
    state.journal.note(Dirty::HoldCaps { slot: place.slot, property: index });
    Decision::Defined
}
