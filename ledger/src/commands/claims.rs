//! Claims: the one place that counts rooms up and down, and notes what the views must hear of it.

use std::collections::BTreeMap;

use events::{Line, Night, Slot};

use crate::inventory::{Touch, Used};
use crate::journal::Dirty;
use crate::moves::{ClaimKind, Move};
use crate::planted::{self, Bug};
use crate::property::Property;
use crate::state::State;

/// Counts the rooms of a line of the slot's property of that index as claimed (`add`) or given back
/// on each of its nights.
pub(crate) fn change(
    state: &mut State,
    (slot, property): (Slot, u32),
    line: &Line,
    kind: ClaimKind,
    add: bool,
) {
    let State { slots, journal, .. } = state;
    let Some((property_id, found)) = slots.get_mut(slot).property_at_mut(property) else { return };
    let Some(room_type) = found.room_type(&line.room_type) else { return };
    let inventory = found.inventory_mut(room_type);
    if add || !planted::is_on(Bug::GivingBackNotTold) {
        journal.moves.push(Move::claim(property_id, line, kind, if add { 1 } else { -1 }));
    }
    let checkout = planted::is_on(Bug::CheckoutNightCounted).then(|| line.stay.departure());
    for night in line.stay.nights().chain(checkout) {
        let diff = match inventory.claim(night, line.rooms, kind, add) {
            Touch::Began => 1,
            Touch::Went => -1,
            Touch::Stayed => 0,
        };
        if diff != 0 {
            journal.moves.push(Move::Supply {
                property: property_id.clone(),
                room_type: line.room_type.clone(),
                night,
                supply: inventory.supply(night),
                diff,
            });
        }
        journal.note(Dirty::InventoryNight { slot, property, room_type, night });
    }
}

/// The nights on which the lines, taken together, find too few rooms; in order, each once.
///
/// Lines of one room type are counted together on the nights that they share.
pub(crate) fn nights_short(property: &Property, lines: &[Line]) -> Vec<Night> {
    let mut short = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let Some(room_type) = property.room_type(&line.room_type) else { continue };
        let inventory = property.inventory(room_type);
        let nights_max = if planted::is_on(Bug::FirstNightOnly) { 1 } else { usize::MAX };
        for night in line.stay.nights().take(nights_max) {
            let rooms = if lines.len() == 1 || planted::is_on(Bug::LinesAdmittedAlone) {
                u32::from(line.rooms)
            } else {
                rooms_wanted(lines, index, night)
            };
            if !inventory.has_room(night, rooms) {
                short.push(night);
            }
        }
    }
    short.sort_unstable();
    short.dedup();
    short
}

/// Whether a counter can hold what those lines would add to it, however much may be sold.
pub(crate) fn can_be_counted(property: &Property, lines: &[Line]) -> bool {
    let rooms_max = u32::from(u16::MAX);
    lines.iter().enumerate().all(|(index, line)| {
        let Some(room_type) = property.room_type(&line.room_type) else { return false };
        let inventory = property.inventory(room_type);
        let sold = |night| inventory.used(night).map_or(0, Used::rooms);
        let mut nights = line.stay.nights();
        nights.all(|night| sold(night) + rooms_wanted(lines, index, night) <= rooms_max)
    })
}

/// The nights on which more is wanted than was had before, and too few rooms are left for that; in
/// order, each once.
pub(crate) fn nights_short_net<'a>(
    property: &Property,
    wanted: impl Iterator<Item = &'a Line>,
    had: impl Iterator<Item = &'a Line>,
) -> Vec<Night> {
    let mut net = BTreeMap::new();
    let signed = wanted.map(|line| (line, 1)).chain(had.map(|line| (line, -1)));
    for (line, sign) in signed {
        let Some(room_type) = property.room_type(&line.room_type) else { continue };
        for night in line.stay.nights() {
            *net.entry((night, room_type)).or_insert(0) += sign * i64::from(line.rooms);
        }
    }
    let is_short = |night, room_type, rooms| {
        u32::try_from(rooms)
            .is_ok_and(|rooms| rooms > 0 && !property.inventory(room_type).has_room(night, rooms))
    };
    let short =
        net.into_iter().filter(|((night, room_type), rooms)| is_short(*night, *room_type, *rooms));
    let mut short: Vec<Night> = short.map(|((night, _), _)| night).collect();
    short.dedup();
    short
}

/// The rooms that all lines of the same type as line `index` want on a night.
fn rooms_wanted(lines: &[Line], index: usize, night: Night) -> u32 {
    let room_type = &lines[index].room_type;
    let same =
        lines.iter().filter(|line| line.room_type == *room_type && line.stay.contains(night));
    same.map(|line| u32::from(line.rooms)).sum()
}
