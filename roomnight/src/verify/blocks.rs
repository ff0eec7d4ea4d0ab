//! The auditor's blocks: a promise on the list of each night, of which names on the same list take
//! their share.
//!
//! The ledger counts up and down what is picked up and what is left. Here a block promises all its
//! rooms on each of its nights, a claim that names it bears its name, and what is left is what the
//! names have not taken.

use std::collections::{BTreeMap, BTreeSet};

use events::{
    AdvanceBusinessDate, BlockId, Decision, Line, Night, PlaceHold, PropertyId, Reason, Rejection,
    ReleaseBlock, RoomTypeId, SetBlock,
};
use ledger::rows::{BlockRow, BlockState, BusinessDateRow, Row};

use super::catalogue::{Property, Said, guard};
use super::model::Model;
use super::report::{Findings, Place};
use super::rooms::Claim;
use super::rules::{BLOCK_ROOMS_MAX, BLOCKS_MAX, OPEN_BLOCK_NIGHTS_MAX, STAY_NIGHTS_MAX};

/// What is set aside at a property, and the day that its books are in.
#[derive(Debug, Default)]
pub(super) struct Diary {
    pub(super) blocks: BTreeMap<BlockId, Block>,
    pub(super) business_date: Option<Said<Night>>,
}

/// Rooms set aside for somebody.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) said: SetBlock,
    pub(super) state: BlockState,
    /// The last record that set or closed it.
    pub(super) offset: u64,
}

impl Block {
    fn has(&self, room_type: &RoomTypeId, night: Night) -> bool {
        let SetBlock { room_type: own, nights, .. } = &self.said;
        self.state == BlockState::Open && own == room_type && nights.contains(night)
    }
}

/// The nights on which lines find too little room: among what is free to all, and in their block.
#[derive(Debug, Default)]
pub(super) struct Full {
    pub(super) free: BTreeSet<Night>,
    pub(super) block: BTreeSet<Night>,
}

impl Full {
    /// The refusal for want of rooms, if any are wanting.
    pub(super) fn turn_away(self, findings: &mut Findings) -> Option<Decision> {
        let (reason, nights) = match (self.free.is_empty(), self.block.is_empty()) {
            (true, true) => return None,
            (true, false) => (Reason::BlockShort, self.block),
            (false, _) => (Reason::NoRoom, self.free),
        };
        Some(Model::turn_away(reason, nights.into_iter().collect(), findings))
    }
}

impl Property {
    /// The name that a line bears on lists: the block's, where it is of the block's room type.
    pub(super) fn name_on_lists(&self, block: Option<&BlockId>, line: &Line) -> Option<BlockId> {
        let found = self.diary.blocks.get(block?)?;
        (found.said.room_type == line.room_type).then(|| found.said.block.clone())
    }

    /// Whether a night of a line is taken from a block.
    pub(super) fn is_of_block(&self, block: Option<&BlockId>, line: &Line, night: Night) -> bool {
        let found = block.and_then(|block| self.diary.blocks.get(block));
        found.is_some_and(|found| found.has(&line.room_type, night))
    }

    /// The rooms that those who name a block have of its type, by night, counted on one list.
    fn picked(&self, block: &SetBlock) -> BTreeMap<Night, u32> {
        let mut picked = BTreeMap::new();
        let parts = self.on_lists_of_one(&block.room_type);
        let Some((part, each)) = parts.first() else { return picked };
        let Some(room_type) = self.room_type(part) else { return picked };
        for (night, listed) in room_type.rooms.claimed() {
            let rooms = listed.named(&block.block) / each;
            if rooms > 0 {
                picked.insert(night, rooms);
            }
        }
        picked
    }

    /// The nights on which lines find too little room. Of what they had before, the names on the
    /// lists that `is_own` knows leave them.
    pub(super) fn full_nights(
        &self,
        block: Option<&BlockId>,
        lines: &[&Line],
        is_own: &dyn Fn(&Claim) -> bool,
    ) -> Full {
        let mut full = Full::default();
        let parts: Vec<(&Line, Line)> = lines
            .iter()
            .flat_map(|line| self.on_lists(line).into_iter().map(|part| (*line, part)))
            .collect();
        for (line, part) in &parts {
            let Some(room_type) = self.room_type(&part.room_type) else { continue };
            for night in line.stay.nights() {
                let of_block = self.is_of_block(block, line, night);
                let coming = parts.iter().filter(|(other, on_list)| {
                    on_list.room_type == part.room_type
                        && other.stay.contains(night)
                        && self.is_of_block(block, other, night) == of_block
                });
                let coming: u32 = coming.map(|(_, on_list)| u32::from(on_list.rooms)).sum();
                let listed = room_type.rooms.claimed_on(night);
                let leaving = listed.into_iter().flat_map(|night| &night.claims).filter(|claim| {
                    is_own(claim)
                        && listed.is_some_and(|listed| listed.is_promised(claim)) == of_block
                });
                let leaving: u32 = leaving.map(|claim| u32::from(claim.rooms)).sum();
                let more = coming.saturating_sub(leaving);
                if of_block {
                    let left = block.zip(listed).map_or(0, |(block, listed)| listed.left_of(block));
                    if more > 0 && more > left {
                        full.block.insert(night);
                    }
                } else if more > 0 && !room_type.rooms.has_room(night, more) {
                    full.free.insert(night);
                }
            }
        }
        full
    }

    /// Puts a block's promise on the lists of its nights, or takes it off them.
    fn promise(&mut self, id: &BlockId, offset: u64, is_given: bool) {
        let Some(block) = self.diary.blocks.get(id) else { return };
        let (rooms, nights) = (u32::from(block.said.rooms), block.said.nights);
        for (part, each) in self.on_lists_of_one(&block.said.room_type.clone()) {
            if let Some(room_type) = self.room_type_mut(&part) {
                let promised = is_given.then_some(rooms * each);
                room_type.rooms.promise(nights, id, promised, offset);
            }
        }
    }

    /// Gives back what is left of a block and says how many rooms that was, over all its nights.
    fn close(&mut self, id: &BlockId, state: BlockState, offset: u64) -> u32 {
        let Some(block) = self.diary.blocks.get(id) else { return 0 };
        if block.state != BlockState::Open {
            return 0;
        }
        let picked = self.picked(&block.said);
        let left = |night| {
            let picked = picked.get(&night).copied().unwrap_or(0);
            u32::from(block.said.rooms).saturating_sub(picked)
        };
        let room_nights = block.said.nights.nights().map(left).sum();
        self.promise(id, offset, false);
        if let Some(block) = self.diary.blocks.get_mut(id) {
            (block.state, block.offset) = (state, offset);
        }
        room_nights
    }

    /// The rows that should be stored of blocks and of the business date.
    pub(super) fn diary_rows(&self, id: &PropertyId, take: &mut dyn FnMut(u64, Row)) {
        for block in self.diary.blocks.values() {
            let picked = self.picked(&block.said).into_iter();
            let narrow = |rooms: u32| u16::try_from(rooms).unwrap_or(u16::MAX);
            let row = BlockRow {
                command: block.said.clone(),
                state: block.state,
                picked: picked.map(|(night, rooms)| (night, narrow(rooms))).collect(),
            };
            take(block.offset, Row::Block(row));
        }
        if let Some(said) = &self.diary.business_date {
            let row = BusinessDateRow { property: id.clone(), date: said.what };
            take(said.offset, Row::BusinessDate(row));
        }
    }
}

impl Model {
    /// Why a hold may not be picked up from the block that it names, rooms apart.
    pub(super) fn may_not_pick_up(&self, command: &PlaceHold) -> Option<Rejection> {
        let named = command.block.as_ref()?;
        let property = self.properties.get(&command.property)?;
        let Some(block) = property.diary.blocks.get(named) else {
            return Some(Reason::BlockUnknown.into());
        };
        if block.state != BlockState::Open {
            return Some(Reason::BlockClosed.into());
        }
        let asked = (Some(&command.channel), command.account.as_ref());
        let pick_up = &block.said.pick_up;
        let wrong = |named: bool, is_same: bool| named && !is_same;
        if wrong(pick_up.channel.is_some(), pick_up.channel.as_ref() == asked.0)
            || wrong(pick_up.account.is_some(), pick_up.account.as_ref() == asked.1)
        {
            return Some(Reason::NotOfBlock.into());
        }
        let outside: BTreeSet<Night> = command
            .lines
            .iter()
            .flat_map(|line| line.stay.nights().map(move |night| (line, night)))
            .filter(|(line, night)| !block.has(&line.room_type, *night))
            .map(|(_, night)| night)
            .collect();
        let (reason, nights) = (Reason::BlockMismatch, outside.into_iter().collect::<Box<_>>());
        (!nights.is_empty()).then_some(Rejection { reason, nights })
    }

    /// Sets rooms aside, or says anew how a block is to be.
    pub(super) fn set_block(&mut self, place: Place, command: &SetBlock) -> Decision {
        if let Err(reason) = self.may_be_set(command) {
            return Decision::Rejected(reason.into());
        }
        let Some(property) = self.properties.get_mut(&command.property) else {
            return Decision::Rejected(Reason::PropertyUnknown.into());
        };
        let picked = property.picked(command);
        let of = |night: Night| picked.get(&night).copied().unwrap_or(0);
        let over = command.nights.nights().filter(|night| of(*night) > u32::from(command.rooms));
        let over: Box<[Night]> = over.collect();
        if !over.is_empty() {
            return Decision::Rejected(Rejection { reason: Reason::BlockPickedUp, nights: over });
        }
        let mut short = BTreeSet::new();
        for (part, each) in property.on_lists_of_one(&command.room_type) {
            let Some(room_type) = property.room_type(&part) else { continue };
            for night in command.nights.nights() {
                let left = (u32::from(command.rooms) - of(night)) * each;
                let listed = room_type.rooms.claimed_on(night);
                let before = listed.map_or(0, |listed| listed.left_of(&command.block));
                if left > before && !room_type.rooms.has_room(night, left - before) {
                    short.insert(night);
                }
            }
        }
        if !short.is_empty() {
            let nights = short.into_iter().collect();
            return Decision::Rejected(Rejection { reason: Reason::NoRoom, nights });
        }
        property.promise(&command.block, place.offset, false);
        let (state, offset) = (BlockState::Open, place.offset);
        let block = Block { said: command.clone(), state, offset };
        property.diary.blocks.insert(command.block.clone(), block);
        property.promise(&command.block, place.offset, true);
        Decision::Defined
    }

    /// Every reason against a block but what is picked up and the rooms.
    fn may_be_set(&self, command: &SetBlock) -> Result<(), Reason> {
        guard(command.nights.nights_count() <= STAY_NIGHTS_MAX, Reason::TooLarge)?;
        guard(command.rooms <= BLOCK_ROOMS_MAX, Reason::TooLarge)?;
        let property = self.properties.get(&command.property).ok_or(Reason::PropertyUnknown)?;
        let blocks = &property.diary.blocks;
        let before = blocks.get(&command.block);
        guard(before.is_some() || blocks.len() < BLOCKS_MAX, Reason::TooLarge)?;
        let open = blocks.values().filter(|one| one.state == BlockState::Open);
        let others = open.filter(|one| one.said.block != command.block).map(|one| one.said.nights);
        let nights: i32 = others.chain([command.nights]).map(events::Stay::nights_count).sum();
        guard(nights <= OPEN_BLOCK_NIGHTS_MAX, Reason::TooLarge)?;
        guard(property.room_type(&command.room_type).is_some(), Reason::RoomTypeUnknown)?;
        let same_type = before.is_none_or(|one| one.said.room_type == command.room_type);
        guard(same_type, Reason::BlockMismatch)?;
        let today = property.diary.business_date.as_ref().map(|said| said.what);
        guard(today.is_none_or(|today| today < command.cut_off), Reason::DateNotAfter)
    }

    /// Gives back what nobody has picked up; releasing twice is releasing once.
    pub(super) fn release_block(
        &mut self,
        place: Place,
        command: &ReleaseBlock,
    ) -> Result<Decision, Reason> {
        let property = self.property_mut(&command.property)?;
        let known = property.diary.blocks.contains_key(&command.block);
        guard(known, Reason::BlockUnknown)?;
        let room_nights = property.close(&command.block, BlockState::Released, place.offset);
        Ok(Decision::BlockReleased { block: command.block.clone(), room_nights })
    }

    /// A new day of business begins, and the blocks whose cut-off date has come end.
    pub(super) fn advance_business_date(
        &mut self,
        place: Place,
        command: &AdvanceBusinessDate,
    ) -> Result<Decision, Reason> {
        let property = self.property_mut(&command.property)?;
        let today = property.diary.business_date.as_ref().map(|said| said.what);
        guard(today.is_none_or(|today| today < command.date), Reason::DateNotAfter)?;
        let said = Said { what: command.date, offset: place.offset };
        property.diary.business_date = Some(said);
        let open = property.diary.blocks.values().filter(|one| one.state == BlockState::Open);
        let due = open.filter(|one| one.said.cut_off <= command.date);
        let due: BTreeSet<(Night, BlockId)> =
            due.map(|one| (one.said.cut_off, one.said.block.clone())).collect();
        for (_, block) in &due {
            property.close(block, BlockState::CutOff, place.offset);
        }
        let released = due.into_iter().map(|(_, block)| block).collect();
        Ok(Decision::BusinessDateAdvanced { date: command.date, released })
    }

    /// The last record that changed what a row of the diary speaks of, where any record did.
    pub(super) fn diary_touched(&self, row: &Row) -> Option<u64> {
        match row {
            Row::Block(row) => {
                let property = self.properties.get(&row.command.property)?;
                Some(property.diary.blocks.get(&row.command.block)?.offset)
            }
            Row::BusinessDate(row) => {
                let property = self.properties.get(&row.property)?;
                Some(property.diary.business_date.as_ref()?.offset)
            }
            _ => None,
        }
    }

    /// Whether an open block is of a room type, which is then claimed.
    pub(super) fn is_promised(&self, property: &PropertyId, room_type: &RoomTypeId) -> bool {
        let blocks = self.properties.get(property).map(|property| property.diary.blocks.values());
        let mut open = blocks.into_iter().flatten().filter(|block| block.state == BlockState::Open);
        open.any(|block| block.said.room_type == *room_type)
    }
}

/// Nobody's name: who asks anew has none on any list.
pub(super) fn nobody(_: &Claim) -> bool {
    false
}
