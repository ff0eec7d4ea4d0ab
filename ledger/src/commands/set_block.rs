//! Sets rooms aside for somebody until a date, or says anew how a block is to be.
//!
//! A block that has more rooms or nights than before asks for those as a hold does, on every night
//! or on none; one that has fewer gives them back. What is picked up stays: a block never has fewer
//! rooms on a night than that. It keeps its room type, and the same id opens it again where it was
//! released.

use events::night::STAY_NIGHTS_MAX;
use events::{Decision, Night, Reason, Rejection, SetBlock};

use super::claims;
use crate::apply::rejected;
use crate::blocks::Block;
use crate::property::{Desk, Property};
use crate::rows::BlockState;
use crate::slot::Place;
use crate::state::State;

/// The most rooms of one block on a night.
pub const BLOCK_ROOMS_MAX: u16 = 500;
/// The most blocks that one property remembers.
pub const BLOCKS_MAX: usize = 10_000;
/// The most nights of all open blocks of a property, so that no night audit has too much to do.
pub const OPEN_NIGHTS_MAX: i32 = 50_000;

pub(crate) fn apply(state: &mut State, place: Place, command: SetBlock) -> Decision {
    if command.nights.nights_count() > STAY_NIGHTS_MAX || command.rooms > BLOCK_ROOMS_MAX {
        return rejected(Reason::TooLarge);
    }
    let Some((index, property)) = state.slot_mut(place.slot).property_mut(&command.property) else {
        return rejected(Reason::PropertyUnknown);
    };
    if let Err(rejection) = admit(property, &command) {
        return Decision::Rejected(rejection);
    }

    let fresh = || Block::new(command.clone(), BlockState::Released);
    let blocks = &mut property.desk.get_or_insert_default().blocks;
    let ordinal = match blocks.get_index_of(&command.block) {
        Some(ordinal) => ordinal,
        None => blocks.insert_full(command.block.clone(), fresh()).0,
    };
    let whose = (place.slot, index);
    claims::set_aside(state, whose, ordinal as u32, false);
    let property = state.slot_mut(whose.0).property_at_mut(whose.1);
    let desk = property.and_then(|(_, property)| property.desk.as_mut());
    if let Some((_, block)) = desk.and_then(|desk| desk.blocks.get_index_mut(ordinal)) {
        (block.definition, block.state) = (command, BlockState::Open);
    }
    claims::set_aside(state, whose, ordinal as u32, true);
    Decision::Defined
}

fn admit(property: &Property, command: &SetBlock) -> Result<(), Rejection> {
    let nothing = Desk::default();
    let desk = property.desk.as_deref().unwrap_or(&nothing);
    let before = desk.blocks.get(&command.block);
    let others = desk.blocks.iter().filter(|(id, block)| **id != command.block && block.is_open());
    let open_nights: i32 = others.map(|(_, one)| one.definition.nights.nights_count()).sum();
    let are_too_many = before.is_none() && desk.blocks.len() >= BLOCKS_MAX;
    if are_too_many || open_nights + command.nights.nights_count() > OPEN_NIGHTS_MAX {
        return Err(Reason::TooLarge.into());
    }
    let Some(room_type) = property.room_type(&command.room_type) else {
        return Err(Reason::RoomTypeUnknown.into());
    };
    if before.is_some_and(|before| before.definition.room_type != command.room_type) {
        return Err(Reason::BlockMismatch.into());
    }
    if desk.business_date.is_some_and(|today| command.cut_off <= today) {
        return Err(Reason::DateNotAfter.into());
    }
    let picked_up = |night: &Night| before.and_then(|before| before.picked.get(night)).copied();
    let nights = command.nights.nights();
    let over: Vec<Night> =
        nights.filter(|night| picked_up(night).unwrap_or(0) > command.rooms).collect();
    if !over.is_empty() {
        return Err(Rejection { reason: Reason::BlockPickedUp, nights: over.into() });
    }
    let nights = command.nights.nights().filter(|night| {
        let had = before.filter(|before| before.gives(&command.room_type, *night));
        let had = had.map_or(0, |before| before.left(*night));
        let wanted = command.rooms - picked_up(night).unwrap_or(0);
        let parts = property.taken(room_type, wanted.saturating_sub(had));
        wanted > had
            && !parts
                .iter()
                .all(|(part, rooms)| property.inventory(*part).has_room(*night, u32::from(*rooms)))
    });
    let short: Vec<Night> = nights.collect();
    if short.is_empty() {
        return Ok(());
    }
    Err(Rejection { reason: Reason::NoRoom, nights: short.into() })
}
