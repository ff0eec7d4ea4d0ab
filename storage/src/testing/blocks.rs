//! Seeded rows of blocks and of what they leave on others.

use events::{AccountId, BlockId, PickUp, SetBlock};
use ledger::rows::{BlockRow, BlockState, BusinessDateRow};

use super::{Draw, Sample};
use crate::tables::{Block, BusinessDate};

pub(super) fn block_id(draw: &mut Draw) -> BlockId {
    BlockId::new(&draw.id()).expect("an id")
}

impl Sample for Block {
    fn sample(draw: &mut Draw) -> BlockRow {
        let command = SetBlock {
            property: draw.property(),
            block: block_id(draw),
            room_type: draw.room_type(),
            nights: draw.stay(),
            rooms: (draw.edgy() as u16).max(1),
            cut_off: draw.night(),
            pick_up: PickUp {
                channel: draw.optional(Draw::channel),
                account: draw.optional(|draw| AccountId::new(&draw.id()).expect("an id")),
            },
            name: draw.name(),
        };
        let state = draw.pick(&[BlockState::Open, BlockState::Released, BlockState::CutOff]);
        let picked = draw.several(|draw| (draw.night(), draw.edgy() as u16));
        BlockRow { command, state, picked }
    }
}

impl Sample for BusinessDate {
    fn sample(draw: &mut Draw) -> BusinessDateRow {
        BusinessDateRow { property: draw.property(), date: draw.night() }
    }
}
