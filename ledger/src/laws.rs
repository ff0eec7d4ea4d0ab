//! Laws that hold after every command: a second way to reckon what the counters say.

use std::collections::BTreeMap;

use events::{Line, PropertyId};

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
    let mut claims = BTreeMap::new();
    let mut lines_counts = BTreeMap::new();
    let mut claim = |property: &PropertyId, line: &Line, kind| {
        let Some(found) = slot.properties.get(property) else { return };
        let Some(room_type) = found.room_type(&line.room_type) else { return };
        *lines_counts.entry((property.clone(), line.room_type.clone())).or_insert(0_u32) += 1;
        for (part, rooms) in found.taken(room_type, line.rooms) {
            let part = &found.room_types[usize::from(part)].id;
            for night in line.stay.nights() {
                let key = (property.clone(), part.clone(), night, kind);
                *claims.entry(key).or_insert(0_u32) += u32::from(rooms);
            }
        }
    };
    for hold in slot.holds.values().filter(|hold| hold.state == HoldState::Held) {
        hold.lines.iter().for_each(|line| claim(&hold.property, line, ClaimKind::Held));
    }
    for booking in slot.bookings.values() {
        let live = booking.lines.iter().filter(|booked| booked.state == LineState::Confirmed);
        live.for_each(|booked| claim(&booking.property, &booked.line, ClaimKind::Sold));
    }
    let mut counted = BTreeMap::new();
    for (id, property) in &slot.properties {
        for room_type in &property.room_types {
            let lines_count = lines_counts.get(&(id.clone(), room_type.id.clone()));
            if let Some(link) = &room_type.link
                && link.claims_count != lines_count.copied().unwrap_or(0)
            {
                return Some(format!("{} says {link:?} of {lines_count:?}", room_type.id));
            }
            for used in room_type.inventory.used_nights() {
                for (kind, rooms) in [(ClaimKind::Held, used.held), (ClaimKind::Sold, used.sold)] {
                    if rooms > 0 {
                        counted.insert(
                            (id.clone(), room_type.id.clone(), used.night, kind),
                            u32::from(rooms),
                        );
                    }
                }
            }
        }
    }
    (claims != counted).then(|| format!("claims are {claims:?} and counters {counted:?}"))
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

/// The oversold nights are those on which more is held and sold than may be, and no others.
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
