//! Sales above the physical rooms, each with what allowed it.
//!
//! A night that has more rooms held, sold and allotted than there are was sold by an allowance:
//! the hotel's own, or a limit that a view had computed. Who is told of it looks here. An entry
//! speaks of the moment of the sale and stays as it was, for as long as the hold is open or the
//! booking known.

use std::collections::BTreeMap;

use events::{HoldId, Line, Night, PolicyVersion, Slot};

use crate::commands::claims;
use crate::inventory::{Inventory, Used};
use crate::journal::Dirty;
use crate::property::Property;
use crate::rows::{AboveNight, AboveRow, AllowedBy};
use crate::state::State;

/// Notes on which nights a hold or booking that was admitted has rooms above the physical ones,
/// of those that it had not before. Most of what is sold is asked nothing: nothing is allowed. What
/// is picked up from a block always is, since it is promised whatever became of the supply since.
pub(crate) fn admitted(
    state: &mut State,
    whose: (Slot, u32),
    hold: HoldId,
    (lines, before): (&[Line], &[Line]),
    of_block: bool,
) {
    let Some(property) = state.slot(whose.0).property_at(whose.1) else { return };
    let may_be = of_block
        || lines.iter().any(|line| {
            let taken =
                property.room_type(&line.room_type).map(|ordinal| property.taken(ordinal, 1));
            taken.into_iter().flatten().any(|(part, _)| property.inventory(part).has_allowance())
        });
    if may_be {
        let wanted = claims::net(property, None, lines.iter(), before.iter()).free;
        note(state, whose, hold, &wanted, false);
    }
}

/// Notes on which nights what a channel has sold is above the physical rooms.
pub(crate) fn sold_outside(state: &mut State, whose: (Slot, u32), hold: HoldId, lines: &[Line]) {
    let Some(property) = state.slot(whose.0).property_at(whose.1) else { return };
    let wanted = claims::net(property, None, lines.iter(), std::iter::empty()).free;
    note(state, whose, hold, &wanted, true);
}

fn note(
    state: &mut State,
    (slot, index): (Slot, u32),
    hold: HoldId,
    wanted: &BTreeMap<(Night, u16), i64>,
    sold_outside: bool,
) {
    let Some((_, property)) = state.slot_mut(slot).property_at_mut(index) else { return };
    let new: Vec<AboveNight> = wanted
        .iter()
        .filter_map(|(place, rooms)| above(property, *place, *rooms, sold_outside))
        .collect();
    if new.is_empty() {
        return;
    }
    let nights = property.desk.get_or_insert_default().above.entry(hold).or_default();
    nights.retain(|one| {
        let is_same = |new: &AboveNight| (new.night, &new.room_type) == (one.night, &one.room_type);
        !new.iter().any(is_same)
    });
    nights.extend(new);
    nights.sort_unstable();
    state.journal.note(Dirty::Above { slot, property: index, hold });
}

/// Forgets a hold that was given back.
pub(crate) fn forget(state: &mut State, (slot, index): (Slot, u32), hold: HoldId) {
    let Some((_, property)) = state.slot_mut(slot).property_at_mut(index) else { return };
    let removed = property.desk.as_mut().and_then(|desk| desk.above.remove(&hold));
    if removed.is_some() {
        state.journal.note(Dirty::Above { slot, property: index, hold });
    }
}

fn above(
    property: &Property,
    (night, room_type): (Night, u16),
    rooms: i64,
    sold_outside: bool,
) -> Option<AboveNight> {
    let inventory = property.inventory(room_type);
    let supply = inventory.supply(night);
    let there_are = u32::from(supply.physical.saturating_sub(supply.blocked));
    let over = inventory.used(night).map_or(0, Used::rooms).saturating_sub(there_are);
    let rooms = u32::try_from(rooms).unwrap_or(0).min(over);
    let room_type = &property.room_types[usize::from(room_type)].id;
    let allowed_by =
        if sold_outside { AllowedBy::Channel } else { allowed_by(property, inventory, night) };
    let room_type = room_type.clone();
    (rooms > 0).then_some(AboveNight { room_type, night, rooms, allowed_by })
}

fn allowed_by(property: &Property, inventory: &Inventory, night: Night) -> AllowedBy {
    let Some(limit) = inventory.limits().and_then(|limits| limits.on(night)) else {
        return AllowedBy::Hotel;
    };
    let version = |ordinal| property.overbooking()?.version(ordinal).cloned();
    let policy: Option<PolicyVersion> = limit.policy.and_then(version);
    AllowedBy::Limit { computed_at: limit.computed_at, policy }
}

impl State {
    pub(crate) fn above_row(&self, (slot, index): (Slot, u32), hold: HoldId) -> Option<AboveRow> {
        let property = self.slot(slot).property_at(index)?;
        let nights = property.desk.as_ref()?.above.get(&hold)?.clone();
        Some(AboveRow { property: property.definition.property.clone(), hold, nights })
    }
}
