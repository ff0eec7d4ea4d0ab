//! Puts a version of a policy beside the others. Saying the same again is no change, and a version
//! never stands for another text.

use events::{Decision, Reason, StagePolicy};

use crate::apply::rejected;
use crate::journal::Dirty;
use crate::policies::VERSIONS_MAX;
use crate::slot::Place;
use crate::state::State;

pub(crate) fn apply(state: &mut State, place: Place, command: StagePolicy) -> Decision {
    let Some((index, property)) = state.slot_mut(place.slot).property_mut(&command.property) else {
        return rejected(Reason::PropertyUnknown);
    };
    let StagePolicy { kind, version, document, .. } = command;
    if let Some(shelf) = property.desk.as_ref().map(|desk| desk.policies.of(kind)) {
        if let Some(known) = shelf.ordinal(&version) {
            let is_same = shelf.is_text_of(known, &document);
            return if is_same { Decision::Defined } else { rejected(Reason::PolicyVersionTaken) };
        }
        if shelf.versions_count() >= VERSIONS_MAX {
            return rejected(Reason::PoliciesFull);
        }
    }

    let shelf = property.desk.get_or_insert_default().policies.of_mut(kind);
    let version = shelf.stage(version, document, place.stamp);
    state.journal.note(Dirty::Policy { slot: place.slot, property: index, kind, version });
    Decision::Defined
}
