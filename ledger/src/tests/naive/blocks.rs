//! The naive ledger's blocks: a block takes all its rooms of each of its nights, picked up or not,
//! and who picks up from it takes none beside.

use events::{
    AdvanceBusinessDate, BlockId, Decision, Line, Night, PlaceHold, Reason, Rejection,
    ReleaseBlock, RoomTypeId, SetBlock,
};

use super::{Claimant, Naive, World};

/// A block that was ever set.
#[derive(Debug, Clone)]
pub(super) struct NaiveBlock {
    said: SetBlock,
    is_open: bool,
}

impl NaiveBlock {
    fn has(&self, room_type: &RoomTypeId, night: Night) -> bool {
        self.is_open && self.said.room_type == *room_type && self.said.nights.contains(night)
    }
}

impl World {
    fn block(&self, id: &BlockId) -> Option<&NaiveBlock> {
        self.blocks.iter().find(|block| block.said.block == *id)
    }

    /// Whether a night of a line is taken from the block that its claimant names.
    fn is_of_block(&self, claimant: &Claimant, line: &Line, night: Night) -> bool {
        let named = claimant.block.as_ref().and_then(|id| self.block(id));
        named.is_some_and(|block| block.has(&line.room_type, night))
    }

    /// Rooms that claimants have of a block on a night, whether or not it is open.
    fn picked(&self, block: &NaiveBlock, night: Night) -> u32 {
        let named = |one: &&Claimant| one.block.as_ref() == Some(&block.said.block);
        let lines = self.live().filter(named).flat_map(|one| &one.lines);
        let lines = lines.filter(|(line, has_rooms)| {
            *has_rooms && line.room_type == block.said.room_type && line.stay.contains(night)
        });
        lines.map(|(line, _)| u32::from(line.rooms)).sum()
    }

    fn of_blocks(&self, room_type: &RoomTypeId, night: Night, less_picked: bool) -> u32 {
        let open = self.blocks.iter().filter(|block| block.has(&block.said.room_type, night));
        let taken = open.flat_map(|block| {
            let picked = if less_picked { self.picked(block, night) } else { 0 };
            let rooms = u32::from(block.said.rooms) - picked;
            self.taken_of(&block.said.room_type, rooms)
        });
        taken.filter(|(part, _)| part == room_type).map(|(_, rooms)| rooms).sum()
    }

    /// Rooms of open blocks that nobody has picked up.
    pub(super) fn allotted(&self, room_type: &RoomTypeId, night: Night) -> u32 {
        self.of_blocks(room_type, night, true)
    }

    /// What all blocks and all who do not pick up from them want of a night.
    pub(super) fn wanted(&self, room_type: &RoomTypeId, night: Night) -> u32 {
        let lines = self.live().flat_map(|one| one.lines.iter().map(move |line| (one, line)));
        let free = lines.filter(|(one, (line, has_rooms))| {
            *has_rooms && line.stay.contains(night) && !self.is_of_block(one, line, night)
        });
        let taken = free.flat_map(|(_, (line, _))| self.taken(line));
        let free: u32 = taken.filter(|(part, _)| part == room_type).map(|(_, rooms)| rooms).sum();
        free + self.of_blocks(room_type, night, false)
    }

    /// Each room type and night of which anybody may want rooms.
    pub(super) fn places(&self) -> Vec<(RoomTypeId, Night)> {
        let mut places = Vec::new();
        for line in self.claimants.iter().flat_map(|one| one.lines.iter().map(|(line, _)| line)) {
            for (part, _) in self.taken(line) {
                places.extend(line.stay.nights().map(|night| (part.clone(), night)));
            }
        }
        for SetBlock { room_type, nights, .. } in self.blocks.iter().map(|block| &block.said) {
            for (part, _) in self.taken_of(room_type, 1) {
                places.extend(nights.nights().map(|night| (part.clone(), night)));
            }
        }
        places
    }

    /// The nights on which more is picked up than before and than the block has.
    pub(super) fn over_blocks_since(&self, before: &World) -> Vec<Night> {
        let mut nights = Vec::new();
        for block in &self.blocks {
            let has = block.said.nights.nights();
            nights.extend(has.filter(|night| {
                let now = self.picked(block, *night);
                block.is_open
                    && now > before.picked(block, *night)
                    && now > u32::from(block.said.rooms)
            }));
        }
        nights.sort();
        nights.dedup();
        nights
    }

    pub(super) fn are_open_of(&self, room_type: &RoomTypeId) -> bool {
        self.blocks.iter().any(|block| block.is_open && block.said.room_type == *room_type)
    }
}

impl Naive {
    pub(super) fn may_pick_up(&self, command: &PlaceHold) -> Result<(), Rejection> {
        let Some(id) = &command.block else { return Ok(()) };
        let block = self.world.block(id).ok_or(Reason::BlockUnknown)?;
        if !block.is_open {
            return Err(Reason::BlockClosed.into());
        }
        let pick_up = &block.said.pick_up;
        let wrong_channel = pick_up.channel.as_ref().is_some_and(|one| *one != command.channel);
        let other_account = pick_up.account.is_some() && pick_up.account != command.account;
        if wrong_channel || other_account {
            return Err(Reason::NotOfBlock.into());
        }
        let mut nights = Vec::new();
        for line in &command.lines {
            nights.extend(line.stay.nights().filter(|night| !block.has(&line.room_type, *night)));
        }
        nights.sort();
        nights.dedup();
        if nights.is_empty() {
            return Ok(());
        }
        Err(Rejection { reason: Reason::BlockMismatch, nights: nights.into() })
    }

    pub(super) fn set_block(&mut self, said: &SetBlock) -> Result<Decision, Rejection> {
        let mut next = self.world.clone();
        let found = next.blocks.iter().position(|block| block.said.block == said.block);
        if found.is_some_and(|index| next.blocks[index].said.room_type != said.room_type) {
            return Err(Reason::BlockMismatch.into());
        }
        if self.business_date.is_some_and(|today| today >= said.cut_off) {
            return Err(Reason::DateNotAfter.into());
        }
        let block = NaiveBlock { said: said.clone(), is_open: true };
        let nights = said.nights.nights();
        let over = nights.filter(|night| next.picked(&block, *night) > u32::from(said.rooms));
        let over: Vec<Night> = over.collect();
        if !over.is_empty() {
            return Err(Rejection { reason: Reason::BlockPickedUp, nights: over.into() });
        }
        match found {
            Some(index) => next.blocks[index] = block,
            None => next.blocks.push(block),
        }
        self.come_true(next)?;
        Ok(Decision::Defined)
    }

    pub(super) fn release_block(&mut self, asked: &ReleaseBlock) -> Result<Decision, Rejection> {
        let before = self.world.clone();
        let found = self.world.blocks.iter_mut().find(|block| block.said.block == asked.block);
        let found = found.ok_or(Reason::BlockUnknown)?;
        let nights = found.said.nights.nights().filter(|_| found.is_open);
        let left = |night| u32::from(found.said.rooms) - before.picked(found, night);
        let room_nights = nights.map(left).sum();
        found.is_open = false;
        Ok(Decision::BlockReleased { block: asked.block.clone(), room_nights })
    }

    pub(super) fn advance(&mut self, asked: &AdvanceBusinessDate) -> Result<Decision, Rejection> {
        if self.business_date >= Some(asked.date) {
            return Err(Reason::DateNotAfter.into());
        }
        self.business_date = Some(asked.date);
        let mut released = Vec::new();
        for block in &mut self.world.blocks {
            if block.is_open && block.said.cut_off <= asked.date {
                block.is_open = false;
                released.push((block.said.cut_off, block.said.block.clone()));
            }
        }
        released.sort();
        let released = released.into_iter().map(|(_, block)| block).collect();
        Ok(Decision::BusinessDateAdvanced { date: asked.date, released })
    }
}
