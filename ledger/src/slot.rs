//! What the ledger knows of one slot. Slots share nothing, so that one can move with all it has.

use std::collections::BTreeMap;

use events::hold::Lines;
use events::{
    BlockId, BodyHash, BookingId, ChannelId, CommandId, Decision, HoldId, LogTime, PropertyId,
    Slot, Stamp,
};
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use crate::property::Property;
use crate::rows::{BookingRow, HoldRow, HoldState};
use crate::rules::Origin;

/// An index map has a defined order and, with this hasher, no random seed.
pub(crate) type Index<K, V> = IndexMap<K, V, FxBuildHasher>;

/// All slots, found by number.
#[derive(Debug, Clone)]
pub(crate) struct Slots(Vec<SlotState>);

impl Slots {
    /// As many as that; several slots may share a state where there are fewer than 4096.
    pub(crate) fn new(count: u16) -> Self {
        Self((0..count).map(|_| SlotState::default()).collect())
    }

    pub(crate) fn get(&self, slot: Slot) -> &SlotState {
        &self.0[usize::from(slot.number()) % self.0.len()]
    }

    pub(crate) fn get_mut(&mut self, slot: Slot) -> &mut SlotState {
        let count = self.0.len();
        &mut self.0[usize::from(slot.number()) % count]
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &SlotState> {
        self.0.iter()
    }

    /// Takes over every slot of another in which there is something.
    pub(crate) fn join(&mut self, other: Self) {
        for (slot, others) in self.0.iter_mut().zip(other.0) {
            if !others.is_empty() {
                debug_assert!(slot.is_empty(), "a slot was restored in two parts");
                *slot = others;
            }
        }
    }
}

/// One of the 4096 parts. What grows with sales is boxed, so that an index that grows copies
/// little.
#[derive(Debug, Default, Clone)]
pub(crate) struct SlotState {
    /// Never removed from, so that an index stays true.
    pub(crate) properties: Index<PropertyId, Property>,
    pub(crate) decisions: Index<CommandId, Box<Remembered>>,
    pub(crate) holds: Index<HoldId, Box<Hold>>,
    pub(crate) bookings: Index<BookingId, Box<BookingRow>>,
    pub(crate) tombstones: BTreeMap<HoldId, LogTime>,
    pub(crate) bookings_count: u32,
}

impl SlotState {
    fn is_empty(&self) -> bool {
        let Self { properties, decisions, holds, bookings, tombstones, bookings_count } = self;
        let is_any_row = !properties.is_empty()
            || !decisions.is_empty()
            || !holds.is_empty()
            || !bookings.is_empty()
            || !tombstones.is_empty();
        !is_any_row && *bookings_count == 0
    }

    /// The property of that index.
    pub(crate) fn property_at(&self, index: u32) -> Option<&Property> {
        self.properties.get_index(index as usize).map(|(_, property)| property)
    }

    /// The property of that index and its id.
    pub(crate) fn property_at_mut(&mut self, index: u32) -> Option<(&PropertyId, &mut Property)> {
        self.properties.get_index_mut(index as usize)
    }

    /// The index of a property that is known to exist.
    pub(crate) fn property_index(&self, id: &PropertyId) -> u32 {
        self.properties.get_index_of(id).unwrap_or_default() as u32
    }

    /// A property and its index.
    pub(crate) fn property_mut(&mut self, id: &PropertyId) -> Option<(u32, &mut Property)> {
        self.properties.get_full_mut(id).map(|(index, _, property)| (index as u32, property))
    }
}

/// A hold as the ledger keeps it.
#[derive(Debug, Clone)]
pub(crate) struct Hold {
    pub(crate) property: PropertyId,
    pub(crate) lines: Lines,
    pub(crate) state: HoldState,
    pub(crate) deadline: LogTime,
    pub(crate) anchored: bool,
    pub(crate) stamp: Stamp,
    pub(crate) ttl_ms: u64,
    pub(crate) forget_at: Option<LogTime>,
    pub(crate) origin: Option<Box<Origin>>,
}

impl Hold {
    /// Through whom it came.
    pub(crate) fn channel(&self) -> ChannelId {
        self.origin.as_ref().map(|origin| origin.channel.clone()).unwrap_or_default()
    }

    /// The block that it was picked up from.
    pub(crate) fn block(&self) -> Option<&BlockId> {
        self.origin.as_ref()?.block.as_ref()
    }

    pub(crate) fn row(&self, hold: HoldId) -> HoldRow {
        HoldRow {
            hold,
            property: self.property.clone(),
            lines: self.lines.clone(),
            state: self.state,
            deadline: self.deadline,
            anchored: self.anchored,
            stamp: self.stamp,
            ttl_ms: self.ttl_ms,
            forget_at: self.forget_at,
            channel: self.channel(),
            account: self.origin.as_ref().and_then(|origin| origin.account.clone()),
            block: self.block().cloned(),
        }
    }
}

/// The answer to a command.
#[derive(Debug, Clone)]
pub(crate) struct Remembered {
    pub(crate) body_hash: BodyHash,
    pub(crate) kind: u32,
    pub(crate) stamp: Stamp,
    pub(crate) decision: Decision,
    pub(crate) forget_at: LogTime,
}

/// Where a command finds itself: its slot, id and stamp, and what to remember it until.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) slot: Slot,
    pub(crate) id: CommandId,
    pub(crate) stamp: Stamp,
    /// The log time after which nobody may still ask about what this command ends.
    pub(crate) forget_at: LogTime,
}
