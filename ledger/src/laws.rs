//! Laws that hold after every command: a second way to reckon what the counters say.

use std::collections::BTreeMap;

use events::{BlockId, Line, Night, PropertyId, RoomTypeId};

use crate::moves::ClaimKind;
use crate::rows::{HoldState, LineState};
use crate::slot::SlotState;
use crate::state::State;

/// The first law that is broken, in words, if one is.
pub fn broken(state: &State) -> Option<String> {
    let slots = || state.slots.iter();
    let in_slots = slots().find_map(broken_in_slot).or_else(|| slots().find_map(broken_accounts));
    in_slots.or_else(|| broken_open_count(state)).or_else(|| broken_oversold(state))
}

/// Every counter is the sum of the claims on it, and no night without a claim has one.
fn broken_in_slot(slot: &SlotState) -> Option<String> {
    let mut listed = Listed::default();
    for hold in slot.holds.values().filter(|hold| hold.state == HoldState::Held) {
        for line in &hold.lines {
            listed.claim(slot, (&hold.property, hold.block()), line, ClaimKind::Held);
        }
    }
    for booking in slot.bookings.values() {
        let live = booking.lines.iter().filter(|booked| booked.state == LineState::Confirmed);
        for booked in live {
            let whose = (&booking.property, booking.block.as_ref());
            listed.claim(slot, whose, &booked.line, ClaimKind::Sold);
        }
    }
    if let Some(broken) = listed.broken_blocks(slot) {
        return Some(broken);
    }
    let mut counted = BTreeMap::new();
    for (id, property) in &slot.properties {
        for room_type in &property.room_types {
            let lines_count = listed.lines_counts.get(&(id.clone(), room_type.id.clone()));
            if let Some(link) = &room_type.link
                && link.claims_count != lines_count.copied().unwrap_or(0)
            {
                return Some(format!("{} says {link:?} of {lines_count:?}", room_type.id));
            }
            for used in room_type.inventory.used_nights() {
                let counts = [
                    (ClaimKind::Held, used.held),
                    (ClaimKind::Sold, used.sold),
                    (ClaimKind::Allotted, used.allotted),
                ];
                for (kind, rooms) in counts.into_iter().filter(|(_, rooms)| *rooms > 0) {
                    let key = (id.clone(), room_type.id.clone(), used.night, kind);
                    counted.insert(key, u32::from(rooms));
                }
            }
        }
    }
    let claims = listed.claims;
    (claims != counted).then(|| format!("claims are {claims:?} and counters {counted:?}"))
}

/// What holds, bookings and blocks claim, by listing them.
#[derive(Default)]
struct Listed {
    claims: BTreeMap<(PropertyId, RoomTypeId, Night, ClaimKind), u32>,
    lines_counts: BTreeMap<(PropertyId, RoomTypeId), u32>,
    picked: BTreeMap<(PropertyId, BlockId, RoomTypeId, Night), u32>,
}

impl Listed {
    fn claim(
        &mut self,
        slot: &SlotState,
        (property, block): (&PropertyId, Option<&BlockId>),
        line: &Line,
        kind: ClaimKind,
    ) {
        let Some(found) = slot.properties.get(property) else { return };
        let Some(room_type) = found.room_type(&line.room_type) else { return };
        *self.lines_counts.entry((property.clone(), line.room_type.clone())).or_insert(0) += 1;
        for (part, rooms) in found.taken(room_type, line.rooms) {
            let part = &found.room_types[usize::from(part)].id;
            for night in line.stay.nights() {
                let key = (property.clone(), part.clone(), night, kind);
                *self.claims.entry(key).or_insert(0) += u32::from(rooms);
            }
        }
        for (block, night) in block
            .iter()
            .flat_map(|block| line.stay.nights().map(move |night| (BlockId::clone(block), night)))
        {
            let key = (property.clone(), block, line.room_type.clone(), night);
            *self.picked.entry(key).or_insert(0) += u32::from(line.rooms);
        }
    }

    /// What a block counts as picked up is what names it, never more than an open one has, and the
    /// rest of that is allotted.
    fn broken_blocks(&mut self, slot: &SlotState) -> Option<String> {
        for (id, property) in &slot.properties {
            for (name, block) in property.desk.iter().flat_map(|desk| &desk.blocks) {
                let definition = &block.definition;
                let picked = self.picked.iter().filter(|((of, named, room_type, _), _)| {
                    (of, named, room_type) == (id, name, &definition.room_type)
                });
                let picked: BTreeMap<Night, u32> =
                    picked.map(|((.., night), rooms)| (*night, *rooms)).collect();
                let counted = block.picked.iter().map(|(night, rooms)| (*night, u32::from(*rooms)));
                if !counted.eq(picked.iter().map(|(night, rooms)| (*night, *rooms))) {
                    return Some(format!("{name} says {:?} of {picked:?}", block.picked));
                }
                if !block.is_open() {
                    continue;
                }
                let room_type = property.room_type(&definition.room_type)?;
                let linked = (id.clone(), definition.room_type.clone());
                *self.lines_counts.entry(linked).or_insert(0) += 1;
                for night in definition.nights.nights() {
                    let picked = picked.get(&night).copied().unwrap_or(0);
                    let Some(left) = u32::from(definition.rooms).checked_sub(picked) else {
                        return Some(format!("{picked} of {name} are picked up on {night}"));
                    };
                    for (part, each) in property.taken(room_type, 1) {
                        let part = property.room_types[usize::from(part)].id.clone();
                        let key = (id.clone(), part, night, ClaimKind::Allotted);
                        *self.claims.entry(key).or_insert(0) += left * u32::from(each);
                    }
                }
            }
        }
        self.claims.retain(|_, rooms| *rooms > 0);
        None
    }
}

/// The open holds of each account at each property are as many as are counted.
fn broken_accounts(slot: &SlotState) -> Option<String> {
    let mut open = BTreeMap::new();
    for hold in slot.holds.values().filter(|hold| hold.state == HoldState::Held) {
        if let Some(account) = hold.origin.as_ref().and_then(|origin| origin.account.clone()) {
            *open.entry((hold.property.clone(), account)).or_insert(0_u32) += 1;
        }
    }
    let mut counted = BTreeMap::new();
    for (id, property) in &slot.properties {
        for (account, count) in property.rules.iter().flat_map(|rules| &rules.open_holds) {
            counted.insert((id.clone(), account.clone()), *count);
        }
    }
    (open != counted).then(|| format!("open holds are {open:?} and counters {counted:?}"))
}

fn broken_open_count(state: &State) -> Option<String> {
    let holds = state.slots.iter().flat_map(|slot| slot.holds.values());
    let held_count = holds.filter(|hold| hold.state == HoldState::Held).count() as u64;
    let said = state.holds_open_count;
    (held_count != said).then(|| format!("{held_count} holds are open and the counter says {said}"))
}

/// The oversold nights are those on which more is held, sold and allotted than may be, and
/// no others.
fn broken_oversold(state: &State) -> Option<String> {
    let mut count = 0;
    for property in state.slots.iter().flat_map(|slot| slot.properties.values()) {
        for room_type in &property.room_types {
            let inventory = &room_type.inventory;
            let said: Vec<_> = inventory.oversold().iter().map(|one| one.night).collect();
            let used = inventory.used_nights().iter();
            let over = used.filter(|used| used.rooms() > inventory.supply(used.night).limit());
            let over: Vec<_> = over.map(|used| used.night).collect();
            if said != over {
                return Some(format!("{} is oversold on {over:?} and says {said:?}", room_type.id));
            }
            count += over.len();
        }
    }
    let said = state.oversold_nights_count;
    (count != said).then(|| format!("{count} nights are oversold and the counter says {said}"))
}
