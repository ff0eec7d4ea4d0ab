//! Creates a room type or changes what is said of it.

use events::{Decision, DefineRoomType, Reason};

use crate::apply::rejected;
use crate::inventory::Inventory;
use crate::journal::Dirty;
use crate::property::RoomType;
use crate::slot::Place;
use crate::state::State;

/// The most room types of one property.
pub const ROOM_TYPES_MAX: usize = 500;

pub(crate) fn apply(state: &mut State, place: Place, command: DefineRoomType) -> Decision {
    let Some((property_index, property)) =
        state.slot_mut(place.slot).property_mut(&command.property)
    else {
        return rejected(Reason::PropertyUnknown);
    };
    let ordinal = property.room_type(&command.room_type);
    if ordinal.is_none() && property.room_types.len() >= ROOM_TYPES_MAX {
        return rejected(Reason::TooLarge);
    }
    let ordinal = match ordinal {
        Some(ordinal) => {
            let room_type = &mut property.room_types[usize::from(ordinal)];
            room_type.max_guests = command.max_guests;
            *room_type.definition = command;
            ordinal
        }
        None => {
            property.room_types.push(RoomType {
                id: command.room_type.clone(),
                max_guests: command.max_guests,
                inventory: Inventory::default(),
                link: None,
                definition: Box::new(command),
            });
            (property.room_types.len() - 1) as u16
        }
    };
    state.journal.note(Dirty::RoomType {
        slot: place.slot,
        property: property_index,
        room_type: ordinal,
    });
    Decision::Defined
}
