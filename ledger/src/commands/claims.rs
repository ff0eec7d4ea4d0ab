//! Claims: the one place that counts rooms up and down, and notes what the views must hear of it.

use std::collections::BTreeMap;

use events::{Line, Night, Slot, Stay};

use crate::inventory::{Touch, Used};
use crate::journal::Dirty;
use crate::moves::{ClaimKind, Move};
use crate::planted::{self, Bug};
use crate::property::{Property, RoomType};
use crate::state::State;

/// Counts the rooms of a line of the slot's property of that index as claimed (`add`) or given back
/// on each of its nights: its own, or those of its parts.
pub(crate) fn change(
    state: &mut State,
    whose: (Slot, u32),
    line: &Line,
    kind: ClaimKind,
    add: bool,
) {
    let property = state.slot_mut(whose.0).property_at_mut(whose.1);
    let Some((_, found)) = property else { return };
    let Some(room_type) = found.room_type(&line.room_type) else { return };
    if let Some(link) = &mut found.room_types[usize::from(room_type)].link {
        let count = &mut link.claims_count;
        *count = if add { count.saturating_add(1) } else { count.saturating_sub(1) };
    }
    for (part, rooms) in found.taken(room_type, line.rooms) {
        change_rooms(state, whose, part, (line.stay, rooms), kind, add);
    }
}

/// Counts rooms of one type on each night of a stay.
fn change_rooms(
    state: &mut State,
    (slot, property): (Slot, u32),
    room_type: u16,
    (stay, rooms): (Stay, u16),
    kind: ClaimKind,
    add: bool,
) {
    let State { slots, journal, .. } = state;
    let Some((property_id, found)) = slots.get_mut(slot).property_at_mut(property) else { return };
    let RoomType { id, inventory, .. } = &mut found.room_types[usize::from(room_type)];
    if add || !planted::is_on(Bug::GivingBackNotTold) {
        let diff = if add { 1 } else { -1 };
        journal.moves.push(Move::claim(property_id, id, (stay, rooms), kind, diff));
    }
    let checkout = planted::is_on(Bug::CheckoutNightCounted).then(|| stay.departure());
    for night in stay.nights().chain(checkout) {
        let diff = match inventory.claim(night, rooms, kind, add) {
            Touch::Began => 1,
            Touch::Went => -1,
            Touch::Stayed => 0,
        };
        if diff != 0 {
            journal.moves.push(Move::Supply {
                property: property_id.clone(),
                room_type: id.clone(),
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
        if property.room_types[usize::from(room_type)].link.is_some() {
            return nights_short_net(property, lines.iter(), std::iter::empty());
        }
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

/// Whether the counters can hold what those lines would add to them, however much may be sold.
pub(crate) fn can_be_counted(property: &Property, lines: &[Line]) -> bool {
    let net = net(property, lines.iter(), std::iter::empty());
    net.into_iter().all(|((night, room_type), rooms)| {
        let counted = property.inventory(room_type).used(night).map_or(0, Used::rooms);
        i64::from(counted) + rooms <= i64::from(u16::MAX)
    })
}

/// By how many rooms more is wanted than was had, on each night of each room type.
pub(crate) fn net<'a>(
    property: &Property,
    wanted: impl Iterator<Item = &'a Line>,
    had: impl Iterator<Item = &'a Line>,
) -> BTreeMap<(Night, u16), i64> {
    let mut net = BTreeMap::new();
    let signed = wanted.map(|line| (line, 1)).chain(had.map(|line| (line, -1)));
    for (line, sign) in signed {
        let Some(room_type) = property.room_type(&line.room_type) else { continue };
        for (part, rooms) in property.taken(room_type, line.rooms) {
            for night in line.stay.nights() {
                *net.entry((night, part)).or_insert(0) += sign * i64::from(rooms);
            }
        }
    }
    net
}

/// The nights on which more is wanted than was had before, and too few rooms are left for that; in
/// order, each once.
pub(crate) fn nights_short_net<'a>(
    property: &Property,
    wanted: impl Iterator<Item = &'a Line>,
    had: impl Iterator<Item = &'a Line>,
) -> Vec<Night> {
    let net = net(property, wanted, had);
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
