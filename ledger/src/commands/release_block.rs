//! Gives back what nobody has picked up from a block. Releasing twice is releasing once.

use events::{Decision, Reason, ReleaseBlock};

use crate::apply::rejected;
use crate::blocks;
use crate::rows::BlockState;
use crate::slot::Place;
use crate::state::State;

pub(crate) fn apply(state: &mut State, place: Place, command: ReleaseBlock) -> Decision {
    let slot = state.slot(place.slot);
    let Some((index, _, property)) = slot.properties.get_full(&command.property) else {
        return rejected(Reason::PropertyUnknown);
    };
    let blocks = property.desk.as_ref().map(|desk| &desk.blocks);
    let Some(ordinal) = blocks.and_then(|blocks| blocks.get_index_of(&command.block)) else {
        return rejected(Reason::BlockUnknown);
    };

    let whose = (place.slot, index as u32);
    let room_nights = blocks::close(state, whose, ordinal as u32, BlockState::Released);
    Decision::BlockReleased { block: command.block, room_nights }
}
