//! Creates a property or changes what is said of it.

use events::{Decision, DefineProperty, Reason};

use crate::apply::rejected;
use crate::journal::Dirty;
use crate::property::Property;
use crate::slot::Place;
use crate::state::State;

pub(crate) fn apply(state: &mut State, place: Place, command: DefineProperty) -> Decision {
    let properties = &mut state.slot_mut(place.slot).properties;
    let index = match properties.get_full_mut(&command.property) {
        None => {
            let id = command.property.clone();
            properties.insert_full(id, Property::new(command)).0
        }
        Some((_, _, property)) if is_priced_otherwise(property, &command) => {
            return rejected(Reason::CurrencyMismatch);
        }
        Some((index, _, property)) => {
            *property.definition = command;
            index
        }
    };
    state.journal.note(Dirty::Property { slot: place.slot, property: index as u32 });
    Decision::Defined
}

/// A property's currency may change for as long as nothing is priced in it.
fn is_priced_otherwise(property: &Property, command: &DefineProperty) -> bool {
    property.definition.currency != command.currency && !property.rate_plans.is_empty()
}
