//! Sets how many rooms may be sold. Lowering it below what is sold turns nobody away.

use events::night::STAY_NIGHTS_MAX;
use events::{Decision, Reason, SetInventory};

use crate::apply::rejected;
use crate::journal::Dirty;
use crate::moves::Move;
use crate::slot::Place;
use crate::state::State;

/// The most rooms, physical and allowed beyond, of one type on one night: what a counter holds.
pub const ROOMS_MAX: u32 = u16::MAX as u32;

pub(crate) fn apply(state: &mut State, place: Place, command: &SetInventory) -> Decision {
    let State { slots, journal, .. } = state;
    let slot = slots.get_mut(place.slot);
    let rooms = u32::from(command.supply.physical) + u32::from(command.supply.allowance);
    if command.nights.nights_count() > STAY_NIGHTS_MAX || rooms > ROOMS_MAX {
        return rejected(Reason::TooLarge);
    }
    let Some((property_index, property)) = slot.property_mut(&command.property) else {
        return rejected(Reason::PropertyUnknown);
    };
    let Some(room_type) = property.room_type(&command.room_type) else {
        return rejected(Reason::RoomTypeUnknown);
    };
    if property.room_types[usize::from(room_type)].link.is_some() {
        return rejected(Reason::RoomTypeLinked);
    }
    if command.supply.blocked > command.supply.physical {
        return rejected(Reason::BlockedExceedsRooms);
    }
    let supply_move = |night, supply, diff| Move::Supply {
        property: command.property.clone(),
        room_type: command.room_type.clone(),
        night,
        supply,
        diff,
    };
    let inventory = property.inventory_mut(room_type);
    let nights_changed =
        inventory.set_supply(command.nights, command.supply, |night, before, after| {
            journal.moves.push(supply_move(night, before, -1));
            journal.moves.push(supply_move(night, after, 1));
            journal.note(Dirty::InventoryNight {
                slot: place.slot,
                property: property_index,
                room_type,
                night,
            });
        });
    journal.note(Dirty::Inventory { slot: place.slot, property: property_index, room_type });
    Decision::InventorySet { nights_changed }
}
