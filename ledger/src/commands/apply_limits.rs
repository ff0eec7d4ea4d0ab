//! Brings limits that a view has computed to where decisions are made. Lowering one turns nobody
//! away, and none ever passes what the hotel itself allows.
//!
//! Only the active version of the policy may speak: what a candidate recommends is compared and
//! published, and never sold by. A computation that had read less than the one applied changes
//! nothing, however late it arrives.

use std::collections::BTreeMap;

use events::night::STAY_NIGHTS_MAX;
use events::{ApplyLimits, Decision, Night, PolicyVersion, Reason};

use crate::apply::rejected;
use crate::journal::Dirty;
use crate::limits::{Computed, LIMIT_NIGHTS_MAX};
use crate::moves::Move;
use crate::property::Property;
use crate::slot::Place;
use crate::state::State;

pub(crate) fn apply(state: &mut State, place: Place, command: &ApplyLimits) -> Decision {
    let State { slots, journal, reading, .. } = state;
    let nights_count: i32 = command.limits.iter().map(|limit| limit.nights.nights_count()).sum();
    if nights_count > STAY_NIGHTS_MAX {
        return rejected(Reason::TooLarge);
    }
    let Some((index, property)) = slots.get_mut(place.slot).property_mut(&command.property) else {
        return rejected(Reason::PropertyUnknown);
    };
    let Some(room_type) = property.room_type(&command.room_type) else {
        return rejected(Reason::RoomTypeUnknown);
    };
    if property.room_types[usize::from(room_type)].link.is_some() {
        return rejected(Reason::RoomTypeLinked);
    }
    let policy = match active(property, command.policy.as_ref()) {
        Ok(policy) => policy,
        Err(reason) => return rejected(reason),
    };
    let inventory = property.inventory_mut(room_type);
    if command.computed_at > reading.offset {
        return rejected(Reason::LimitsAhead);
    }
    let is_outdated = inventory.limits().is_some_and(|it| it.computed_at() > command.computed_at);
    if is_outdated {
        return rejected(Reason::LimitsOutdated);
    }
    let computed = Computed { nights: nights(command), computed_at: command.computed_at, policy };
    let (after, nights_changed) = inventory.limits().cloned().unwrap_or_default().with(computed);
    if after.nights_count() > LIMIT_NIGHTS_MAX {
        return rejected(Reason::TooLarge);
    }

    inventory.set_limits(after, |night, before, supply| {
        for (supply, diff) in [(before, -1), (supply, 1)] {
            journal.moves.push(Move::Supply {
                property: command.property.clone(),
                room_type: command.room_type.clone(),
                night,
                supply,
                diff,
            });
        }
        let slot = place.slot;
        journal.note(Dirty::InventoryNight { slot, property: index, room_type, night });
    });
    journal.note(Dirty::Limits { slot: place.slot, property: index, room_type });
    Decision::LimitsApplied { nights_changed }
}

/// The ordinal of the version by which the limits were computed, if it is the active one.
fn active(property: &Property, said: Option<&PolicyVersion>) -> Result<Option<u16>, Reason> {
    let shelf = property.overbooking();
    let ordinal = |id| shelf.and_then(|shelf| shelf.ordinal(id)).ok_or(Reason::PolicyUnknown);
    let said = said.map(ordinal).transpose()?;
    let active = shelf.and_then(|shelf| shelf.active());
    if said == active { Ok(said) } else { Err(Reason::PolicyNotActive) }
}

/// What is said of each night; of two that speak of one night the later holds.
fn nights(command: &ApplyLimits) -> BTreeMap<Night, Option<u16>> {
    let ranges = command.limits.iter();
    ranges.flat_map(|limit| limit.nights.nights().map(|night| (night, limit.allowance))).collect()
}
