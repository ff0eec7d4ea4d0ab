//! Creates a rate plan or changes what is said of it.

use events::{Decision, DefineRatePlan, Reason};
use smallvec::SmallVec;

use crate::apply::rejected;
use crate::journal::Dirty;
use crate::property::RatePlan;
use crate::slot::Place;
use crate::state::State;

/// The most rate plans of one property.
pub const RATE_PLANS_MAX: usize = 500;

pub(crate) fn apply(state: &mut State, place: Place, command: DefineRatePlan) -> Decision {
    let Some((property_index, property)) =
        state.slot_mut(place.slot).property_mut(&command.property)
    else {
        return rejected(Reason::PropertyUnknown);
    };
    let ordinal = property.rate_plan(&command.rate_plan);
    if ordinal.is_none() && property.rate_plans.len() >= RATE_PLANS_MAX {
        return rejected(Reason::TooLarge);
    }
    if command.base_price.currency != property.definition.currency {
        return rejected(Reason::CurrencyMismatch);
    }
    let sells = command.room_types.iter().map(|id| property.room_type(id));
    let Some(sells) = sells.collect::<Option<SmallVec<[u16; 8]>>>() else {
        return rejected(Reason::RoomTypeUnknown);
    };
    let ordinal = match ordinal {
        Some(ordinal) => {
            property.rate_plans[usize::from(ordinal)] = RatePlan::new(sells, command);
            ordinal
        }
        None => {
            property.rate_plans.push(RatePlan::new(sells, command));
            (property.rate_plans.len() - 1) as u16
        }
    };
    state.journal.note(Dirty::RatePlan {
        slot: place.slot,
        property: property_index,
        rate_plan: ordinal,
    });
    Decision::Defined
}
