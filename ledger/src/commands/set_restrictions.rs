//! Replaces what a scope says of each night of a range.

use events::night::STAY_NIGHTS_MAX;
use events::{Decision, Reason, Restrictions, SetRestrictions};

use crate::apply::rejected;
use crate::journal::Dirty;
use crate::property::Property;
use crate::restrictions::{RANGES_MAX, SCOPES_MAX, Said};
use crate::slot::Place;
use crate::state::State;

pub(crate) fn apply(state: &mut State, place: Place, command: SetRestrictions) -> Decision {
    if command.nights.nights_count() > STAY_NIGHTS_MAX {
        return rejected(Reason::TooLarge);
    }
    let Some((property_index, property)) =
        state.slot_mut(place.slot).property_mut(&command.property)
    else {
        return rejected(Reason::PropertyUnknown);
    };
    if let Some(reason) = unknown(property, &command) {
        return rejected(reason);
    }
    let said = property.rules.as_ref().map(|rules| rules.restrictions.as_slice());
    let said = said.unwrap_or_default();
    let index = said.iter().position(|said| said.scope == command.scope);
    if index.is_none() && command.restrictions == Restrictions::default() {
        // A scope of which nothing was ever said leaves no row behind.
        return Decision::RestrictionsSet { nights_changed: 0 };
    }
    let fresh = || Said { scope: command.scope.clone(), ranges: Vec::new() };
    let before = index.and_then(|index| said.get(index)).cloned().unwrap_or_else(fresh);
    let (after, nights_changed) = before.with(command.nights, command.restrictions);
    let scopes_count = said.len() + usize::from(index.is_none());
    if scopes_count > SCOPES_MAX || after.ranges.len() > RANGES_MAX {
        return rejected(Reason::TooLarge);
    }

    let index = index.unwrap_or(said.len());
    let restrictions = &mut property.rules.get_or_insert_default().restrictions;
    match restrictions.get_mut(index) {
        Some(said) => *said = after,
        None => restrictions.push(after),
    }
    state.journal.note(Dirty::Restrictions {
        slot: place.slot,
        property: property_index,
        scope: index as u16,
    });
    Decision::RestrictionsSet { nights_changed }
}

fn unknown(property: &Property, command: &SetRestrictions) -> Option<Reason> {
    let scope = &command.scope;
    if scope.room_type.as_ref().is_some_and(|id| property.room_type(id).is_none()) {
        return Some(Reason::RoomTypeUnknown);
    }
    let is_unknown = scope.rate_plan.as_ref().is_some_and(|id| property.rate_plan(id).is_none());
    is_unknown.then_some(Reason::RatePlanUnknown)
}
