//! Claims: the one place that counts rooms up and down, and notes what the views must hear of it.

use std::collections::BTreeMap;

use events::{BlockId, Line, Night, Reason, Rejection, Slot, Stay};

use crate::blocks::Block;
use crate::inventory::{Touch, Used};
use crate::journal::Dirty;
use crate::moves::{ClaimKind, Move};
use crate::planted::{self, Bug};
use crate::property::{Property, RoomType};
use crate::state::State;

/// A line of a hold or booking, and the block that this names.
#[derive(Clone, Copy)]
pub(crate) struct Claim<'a> {
    pub(crate) line: &'a Line,
    pub(crate) kind: ClaimKind,
    pub(crate) block: Option<&'a BlockId>,
}

/// Counts the rooms of a line of the slot's property of that index as claimed (`add`) or given back
/// on each of its nights: its own, or those of its parts. What is the block's is allotted before
/// and afterwards.
pub(crate) fn change(state: &mut State, whose: (Slot, u32), claim: Claim<'_>, add: bool) {
    let Claim { line, kind, block } = claim;
    let property = state.slot_mut(whose.0).property_at_mut(whose.1);
    let Some((_, found)) = property else { return };
    let Some(room_type) = found.room_type(&line.room_type) else { return };
    if let Some(link) = &mut found.room_types[usize::from(room_type)].link {
        let count = &mut link.claims_count;
        *count = if add { count.saturating_add(1) } else { count.saturating_sub(1) };
    }
    let taken = found.taken(room_type, line.rooms);
    let of_block = block.and_then(|block| pick(state, whose, block, line, add));
    for (part, rooms) in taken {
        if let Some(nights) = of_block.filter(|_| !add) {
            change_rooms(state, whose, part, (nights, rooms), ClaimKind::Allotted, true);
        }
        change_rooms(state, whose, part, (line.stay, rooms), kind, add);
        if let Some(nights) = of_block.filter(|_| add) {
            change_rooms(state, whose, part, (nights, rooms), ClaimKind::Allotted, false);
        }
    }
}

/// Counts a line as picked up from a block, and says which of its nights are the block's.
fn pick(
    state: &mut State,
    (slot, property): (Slot, u32),
    block: &BlockId,
    line: &Line,
    add: bool,
) -> Option<Stay> {
    let State { slots, journal, .. } = state;
    let (_, found) = slots.get_mut(slot).property_at_mut(property)?;
    let (ordinal, _, block) = found.desk.as_mut()?.blocks.get_full_mut(block)?;
    block.pick(line, add);
    journal.note(Dirty::Block { slot, property, block: ordinal as u32 });
    block.nights_of(line)
}

/// Counts what is left of an open block as allotted (`add`) or given back; says how many rooms that
/// is over all its nights.
pub(crate) fn set_aside(state: &mut State, whose: (Slot, u32), ordinal: u32, add: bool) -> u32 {
    state.journal.note(Dirty::Block { slot: whose.0, property: whose.1, block: ordinal });
    let Some((_, found)) = state.slot_mut(whose.0).property_at_mut(whose.1) else { return 0 };
    let Some(desk) = &found.desk else { return 0 };
    let Some((_, block)) = desk.blocks.get_index(ordinal as usize) else { return 0 };
    let Some(room_type) = found.room_type(&block.definition.room_type) else { return 0 };
    if !block.is_open() {
        return 0;
    }
    let allotted = block.allotted();
    let taken: Vec<_> =
        allotted.iter().map(|(nights, rooms)| (*nights, found.taken(room_type, *rooms))).collect();
    if let Some(link) = &mut found.room_types[usize::from(room_type)].link {
        let count = &mut link.claims_count;
        *count = if add { count.saturating_add(1) } else { count.saturating_sub(1) };
    }
    for (nights, parts) in taken {
        for (part, rooms) in parts {
            change_rooms(state, whose, part, (nights, rooms), ClaimKind::Allotted, add);
        }
    }
    let room_nights =
        allotted.iter().map(|(nights, rooms)| nights.nights_count() as u32 * u32::from(*rooms));
    room_nights.sum()
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
            return shortage(property, None, lines.iter(), std::iter::empty()).free;
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
    let net = net(property, None, lines.iter(), std::iter::empty());
    net.free.into_iter().all(|((night, room_type), rooms)| {
        let counted = property.inventory(room_type).used(night).map_or(0, Used::rooms);
        i64::from(counted) + rooms <= i64::from(u16::MAX)
    })
}

/// By how many rooms more is wanted than was had.
#[derive(Default)]
pub(crate) struct Net {
    /// Of what is free to all, on each night of each room type.
    pub(crate) free: BTreeMap<(Night, u16), i64>,
    /// Of a block, on each of its nights.
    pub(crate) block: BTreeMap<Night, i64>,
}

pub(crate) fn net<'a>(
    property: &Property,
    block: Option<&Block>,
    wanted: impl Iterator<Item = &'a Line>,
    had: impl Iterator<Item = &'a Line>,
) -> Net {
    let mut net = Net::default();
    let signed = wanted.map(|line| (line, 1)).chain(had.map(|line| (line, -1)));
    for (line, sign) in signed {
        let Some(room_type) = property.room_type(&line.room_type) else { continue };
        let taken = property.taken(room_type, line.rooms);
        for night in line.stay.nights() {
            if block.is_some_and(|block| block.gives(&line.room_type, night)) {
                *net.block.entry(night).or_insert(0) += sign * i64::from(line.rooms);
                continue;
            }
            for (part, rooms) in &taken {
                *net.free.entry((night, *part)).or_insert(0) += sign * i64::from(*rooms);
            }
        }
    }
    net
}

/// The nights on which more is wanted than was had before, and too few rooms are left for that; in
/// order, each once.
pub(crate) struct Shortage {
    /// Of what is free to all.
    pub(crate) free: Vec<Night>,
    /// Of the block.
    pub(crate) block: Vec<Night>,
}

impl Shortage {
    /// The refusal for want of rooms, if any are wanting.
    pub(crate) fn rejection(self) -> Option<Rejection> {
        let (reason, nights) = match (self.free.is_empty(), self.block.is_empty()) {
            (true, true) => return None,
            (true, false) => (Reason::BlockShort, self.block),
            (false, _) => (Reason::NoRoom, self.free),
        };
        Some(Rejection { reason, nights: nights.into() })
    }
}

/// What is short for lines of which so much was had before, some of it from a block.
pub(crate) fn shortage<'a>(
    property: &Property,
    block: Option<&Block>,
    wanted: impl Iterator<Item = &'a Line>,
    had: impl Iterator<Item = &'a Line>,
) -> Shortage {
    let net = net(property, block, wanted, had);
    let is_short = |night, room_type, rooms| {
        u32::try_from(rooms)
            .is_ok_and(|rooms| rooms > 0 && !property.inventory(room_type).has_room(night, rooms))
    };
    let free =
        net.free.into_iter().filter(|((night, part), rooms)| is_short(*night, *part, *rooms));
    let mut free: Vec<Night> = free.map(|((night, _), _)| night).collect();
    free.dedup();
    let left = |night| block.map_or(0, |block| i64::from(block.left(night)));
    let of_block = net.block.into_iter().filter(|(night, rooms)| *rooms > 0.max(left(*night)));
    Shortage { free, block: of_block.map(|(night, _)| night).collect() }
}

/// The rooms that all lines of the same type as line `index` want on a night.
fn rooms_wanted(lines: &[Line], index: usize, night: Night) -> u32 {
    let room_type = &lines[index].room_type;
    let same =
        lines.iter().filter(|line| line.room_type == *room_type && line.stay.contains(night));
    same.map(|line| u32::from(line.rooms)).sum()
}
