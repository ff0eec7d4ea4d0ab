//! Allotment blocks: rooms set aside for somebody until a date, and what is picked up from them.
//!
//! A block has so many rooms on each of its nights. Those of its holds and bookings count as held
//! and sold, as all others do; what nobody has picked up yet counts as *allotted*, so that a night
//! is never promised to more than it has rooms for.
//!
//! One rule says where rooms come from and go to: a night of a hold or booking that names a block
//! is the block's where the block is open, of that room type and has that night; every other night
//! is taken from what is free to all, and given back to it. So whatever is picked up stays as it is
//! when the block is released; what is given back afterwards is free to all; and a booking that is
//! amended beyond its block asks for the nights outside of it only. Linked rooms are counted by
//! their parts, allotted or not.

use std::collections::BTreeMap;

use events::{Line, Night, PickUp, PlaceHold, Reason, Rejection, RoomTypeId, SetBlock, Slot, Stay};

use crate::commands::claims;
use crate::property::Property;
use crate::rows::BlockState;
use crate::state::State;

/// A block, for as long as its property.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    pub(crate) definition: SetBlock,
    pub(crate) state: BlockState,
    /// Rooms of its type that holds and bookings which name it have on a night, whether or not it
    /// has that night itself; never 0.
    pub(crate) picked: BTreeMap<Night, u16>,
}

impl Block {
    /// The block of a definition, of which nothing is picked up.
    pub(crate) fn new(definition: SetBlock, state: BlockState) -> Self {
        Self { definition, state, picked: BTreeMap::new() }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.state == BlockState::Open
    }

    /// Whether rooms of that type are taken from it on that night.
    pub(crate) fn gives(&self, room_type: &RoomTypeId, night: Night) -> bool {
        self.is_open()
            && self.definition.room_type == *room_type
            && self.definition.nights.contains(night)
    }

    /// The nights of a line that are taken from it, if any are.
    pub(crate) fn nights_of(&self, line: &Line) -> Option<Stay> {
        if !self.is_open() || self.definition.room_type != line.room_type {
            return None;
        }
        let nights = self.definition.nights;
        let arrival = line.stay.arrival().max(nights.arrival());
        Stay::new(arrival, line.stay.departure().min(nights.departure())).ok()
    }

    /// Whether every night of a line is taken from it.
    pub(crate) fn has_all(&self, line: &Line) -> bool {
        self.nights_of(line) == Some(line.stay)
    }

    /// What it has left of a night on which rooms are taken from it.
    pub(crate) fn left(&self, night: Night) -> u16 {
        self.definition.rooms.saturating_sub(self.picked(night))
    }

    fn picked(&self, night: Night) -> u16 {
        self.picked.get(&night).copied().unwrap_or(0)
    }

    /// What it sets aside, as nights in a row of which as many rooms are left.
    pub(crate) fn allotted(&self) -> Vec<(Stay, u16)> {
        let mut runs: Vec<(Stay, u16)> = Vec::new();
        if !self.is_open() {
            return runs;
        }
        for night in self.definition.nights.nights() {
            let rooms = self.left(night);
            let before = runs.pop_if(|(_, last)| *last == rooms);
            let from = before.map_or(night, |(stay, _)| stay.arrival());
            if let Ok(stay) = Stay::new(from, night.plus(1)) {
                runs.push((stay, rooms));
            }
        }
        runs.retain(|(_, rooms)| *rooms > 0);
        runs
    }

    /// Counts a line of a hold or booking that names it.
    pub(crate) fn pick(&mut self, line: &Line, add: bool) {
        if self.definition.room_type != line.room_type {
            return;
        }
        for night in line.stay.nights() {
            let count = self.picked.entry(night).or_insert(0);
            *count = if add {
                count.saturating_add(line.rooms)
            } else {
                count.saturating_sub(line.rooms)
            };
            if *count == 0 {
                self.picked.remove(&night);
            }
        }
    }

    fn is_for(&self, command: &PlaceHold) -> bool {
        let PickUp { channel, account } = &self.definition.pick_up;
        channel.as_ref().is_none_or(|named| *named == command.channel)
            && (account.is_none() || *account == command.account)
    }
}

/// Why a hold may not be picked up from the block that it names.
///
/// All of it must be the block's. Restrictions and the share of rooms that may be unpaid are not
/// asked: they bound what is offered to everybody, and these rooms were promised already.
pub(crate) fn refuse(property: &Property, command: &PlaceHold) -> Option<Rejection> {
    let Some(block) = property.block(command.block.as_ref()?) else {
        return Some(Reason::BlockUnknown.into());
    };
    if !block.is_open() {
        return Some(Reason::BlockClosed.into());
    }
    if !block.is_for(command) {
        return Some(Reason::NotOfBlock.into());
    }
    let lines = &command.lines;
    if !lines.iter().all(|line| block.has_all(line)) {
        let nights = lines.iter().flat_map(|line| {
            line.stay.nights().filter(|night| !block.gives(&line.room_type, *night))
        });
        let mut nights: Vec<Night> = nights.collect();
        nights.sort_unstable();
        nights.dedup();
        return Some(Rejection { reason: Reason::BlockMismatch, nights: nights.into() });
    }
    claims::shortage(property, Some(block), lines.iter(), std::iter::empty()).rejection()
}

/// Closes the property's block of that ordinal and gives back what is left of it: how many rooms,
/// over all its nights.
pub(crate) fn close(
    state: &mut State,
    whose: (Slot, u32),
    ordinal: u32,
    closed: BlockState,
) -> u32 {
    let room_nights = claims::set_aside(state, whose, ordinal, false);
    let property = state.slot_mut(whose.0).property_at_mut(whose.1);
    let desk = property.and_then(|(_, property)| property.desk.as_mut());
    if let Some((_, block)) = desk.and_then(|desk| desk.blocks.get_index_mut(ordinal as usize))
        && block.is_open()
    {
        block.state = closed;
    }
    room_nights
}
