//! How many rooms may be sold beyond those there are?
//!
//! ```sql
//! -- `lines` are the lines of bookings as they stand, each by the rooms that it takes: a linked
//! -- room type is told by its parts. A guest who is in the house shows up, one who has left or did
//! -- not come does not; of the others the policy says with which probability they do.
//! CREATE VIEW limit AS
//! SELECT property, branch, room_type, night,
//!        models::overbooking::limit(policy, rooms, LIST(line.rooms, show(policy, line, today)),
//!                                   show(policy, newcomer, today), base_price, night - today).*
//! FROM lines JOIN supply USING (property, room_type, night)
//!            JOIN policies USING (property) JOIN base_prices USING (property, room_type)
//! WHERE line.cancelled IS NULL AND night IN [line.arrival, line.departure)
//!   AND night - today >= -1
//! GROUP BY property, branch, room_type, night;
//! ```
//!
//! `rooms` are the physical ones less those blocked; `base_price` is that of the first rate plan
//! that sells the room type. Days from booking to arrival are exact, days from today to arrival are
//! bucketed as policies speak of them.
//!
//! `policies` has the one in force and, as a branch of its own, the candidate: what would be
//! recommended under it is told, and never sold by.
//!
//! Beyond the horizon of the policy nothing is allowed, and that is told as of any other night.
//!
//! A property without a policy of its own has no rows, and neither has a room type that no rate
//! plan sells, nor a night on which nothing is booked: nothing is oversold where nothing is sold.
//!
//! Inputs: bookings, supply, links, rate plans and policies of the ledger; the clock.
//!
//! Bound on its state: for each property its supply, its rate plans and its bookings that are not
//! over, or that were stored at the start and of which nothing was heard since; of properties with
//! a policy one entry for each line and night that is not over. A passing day looks at the nights
//! that come into another bucket, into the horizon or to where the lead days of a segment begin or
//! end, at those with guests whose arrival does, and at those that are over; only of properties
//! with a policy, and it tells how many.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use events::{DefineRatePlan, LinkRoomType, Minute, Money, Night, Part, PropertyId, RoomTypeId};
use ledger::rows::SupplyRange;
use ledger::{Row, RowChange, RowKey};
use models::overbooking::{BoundBy, Limit as Bound, Outlook, OverbookingPolicy};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::keeper::{Keeper, KeeperSize};
use crate::views::booked::Booked;
use crate::views::days::{Day, DayPassed};
use crate::views::price::Branch;

mod hotel;
#[cfg(test)]
mod tests;

use hotel::Hotel;

/// Which limit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LimitKey {
    /// The property.
    pub property: PropertyId,
    /// The room type.
    pub room_type: RoomTypeId,
    /// The night.
    pub night: Night,
}

/// A limit and what to expect of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LimitRow {
    /// Rooms that there are.
    pub physical_rooms: u32,
    /// So many rooms may be sold beyond them.
    pub allowance: u32,
    /// Why not more.
    pub bound_by: BoundBy,
    /// With what is sold now.
    pub now: Outlook,
    /// With everything sold that may be.
    pub at_limit: Outlook,
    /// Under which version of the policy.
    pub policy_version: u64,
}

impl LimitRow {
    fn of(physical_rooms: u32, bound: Bound) -> Self {
        let Bound { allowance, bound_by, now, at_limit, policy_version } = bound;
        Self { physical_rooms, allowance, bound_by, now, at_limit, policy_version }
    }
}

/// A row under one of the policies, or that it is gone.
pub type LimitChange = ((Branch, LimitKey), Option<LimitRow>);

/// What the view hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LimitEvent {
    /// A booking as it stands.
    Booked(Booked),
    /// All the supply of a room type.
    Supply(PropertyId, RoomTypeId, Vec<SupplyRange>),
    /// What a room type is made of; nothing makes it an ordinary one.
    Link(PropertyId, RoomTypeId, Vec<Part>),
    /// A rate plan: whose, which by its ordinal, what it sells and for how much.
    RatePlan(PropertyId, u16, Vec<RoomTypeId>, Money),
    /// The policies of a property.
    Policies {
        /// Whose.
        property: PropertyId,
        /// The one in force, if it has one.
        active: Option<Arc<OverbookingPolicy>>,
        /// The one that was staged last and is not in force.
        candidate: Option<Arc<OverbookingPolicy>>,
    },
}

impl LimitEvent {
    /// What a row of the ledger says to the view, if anything.
    pub fn of(change: &RowChange) -> Option<Self> {
        Some(match change {
            RowChange::Put(Row::Booking(row)) => Self::Booked(Booked::from(row)),
            RowChange::Put(Row::Inventory(row)) => {
                Self::Supply(row.property.clone(), row.room_type.clone(), row.ranges.clone())
            }
            RowChange::Delete(RowKey::Inventory(property, room_type)) => {
                Self::Supply(property.clone(), room_type.clone(), Vec::new())
            }
            RowChange::Put(Row::Link(row)) => {
                let LinkRoomType { property, room_type, parts } = row.command.clone();
                Self::Link(property, room_type, parts.into_vec())
            }
            RowChange::Delete(RowKey::Link(property, room_type)) => {
                Self::Link(property.clone(), room_type.clone(), Vec::new())
            }
            RowChange::Put(Row::RatePlan(row)) => {
                let DefineRatePlan { property, room_types, base_price, .. } = row.command.clone();
                Self::RatePlan(property, row.ordinal, room_types, base_price)
            }
            _ => return None,
        })
    }

    /// The property that it is about.
    pub fn property(&self) -> &PropertyId {
        match self {
            Self::Booked(booked) => &booked.property,
            Self::Supply(property, ..)
            | Self::Link(property, ..)
            | Self::RatePlan(property, ..)
            | Self::Policies { property, .. } => property,
        }
    }
}

/// A night of a room type of a property.
type Cell = (u32, i32, u16);

/// The keeper of the view; its key is the property.
#[derive(Debug)]
pub struct Limit {
    today: Day,
    numbers: FxHashMap<PropertyId, u32>,
    hotels: Vec<Hotel>,
    /// The properties that have a policy.
    governed: BTreeSet<u32>,
    /// What was told, by night.
    told: BTreeMap<i32, FxHashMap<(u32, u16, Branch), LimitRow>>,
    dirty: FxHashSet<Cell>,
    passed: Option<DayPassed>,
    size: KeeperSize,
}

impl Default for Limit {
    fn default() -> Self {
        Self {
            today: Day::NEVER,
            numbers: FxHashMap::default(),
            hotels: Vec::new(),
            governed: BTreeSet::new(),
            told: BTreeMap::new(),
            dirty: FxHashSet::default(),
            passed: None,
            size: KeeperSize::default(),
        }
    }
}

impl Keeper for Limit {
    type Event = LimitEvent;
    type Change = LimitChange;

    fn hear(&mut self, event: LimitEvent) {
        let number = self.hotel(event.property());
        let hotel = &mut self.hotels[number as usize];
        let held_count = hotel.entries_count();
        let cells: Vec<(i32, u16)> = match event {
            LimitEvent::Booked(booked) => hotel.book(&booked, self.today),
            LimitEvent::Supply(_, room_type, ranges) => hotel.supply(&room_type, &ranges),
            LimitEvent::Link(_, room_type, parts) => hotel.link(&room_type, &parts, self.today),
            LimitEvent::RatePlan(_, ordinal, room_types, base_price) => {
                hotel.plan(ordinal, &room_types, base_price)
            }
            LimitEvent::Policies { active, candidate, .. } => {
                if active.is_some() || candidate.is_some() {
                    self.governed.insert(number);
                } else {
                    self.governed.remove(&number);
                }
                hotel.govern(active, candidate, self.today)
            }
        };
        self.size.held_count += hotel.entries_count();
        self.size.held_count -= held_count;
        self.dirty.extend(cells.into_iter().map(|(night, kind)| (number, night, kind)));
    }

    fn close(&mut self, now: Minute, tell: &mut dyn FnMut(LimitChange)) {
        let today = Day::at(now).max(self.today);
        let touched_count = (today != self.today).then(|| self.pass_to(today));
        let mut told_count = self.tell_past(tell);
        let mut dirty: Vec<Cell> = self.dirty.drain().collect();
        dirty.sort_unstable();
        for cell in dirty {
            for branch in [Branch::Active, Branch::Candidate] {
                told_count += usize::from(self.tell_cell(cell, branch, tell));
            }
        }
        if let Some(touched_count) = touched_count {
            self.passed = Some(DayPassed { day: today, touched_count, told_count });
        }
    }

    fn size(&self) -> KeeperSize {
        self.size
    }

    fn day_passed(&self) -> Option<DayPassed> {
        self.passed
    }
}

impl Limit {
    fn hotel(&mut self, property: &PropertyId) -> u32 {
        if let Some(number) = self.numbers.get(property) {
            return *number;
        }
        let number = self.hotels.len() as u32;
        self.hotels.push(Hotel::new(property.clone()));
        self.numbers.insert(property.clone(), number);
        number
    }

    /// Marks what passing days change; how many cells that are.
    fn pass_to(&mut self, today: Day) -> usize {
        let from = self.today;
        self.today = today;
        let mut cells: FxHashSet<Cell> = FxHashSet::default();
        for number in &self.governed {
            let hotel = &mut self.hotels[*number as usize];
            self.size.held_count -= hotel.entries_count();
            let of_days = hotel.pass(from, today);
            self.size.held_count += hotel.entries_count();
            cells.extend(of_days.into_iter().map(|(night, kind)| (*number, night, kind)));
        }
        let touched_count = cells.len();
        self.dirty.extend(cells);
        touched_count
    }

    /// Takes back the rows of nights that are over everywhere.
    fn tell_past(&mut self, tell: &mut dyn FnMut(LimitChange)) -> usize {
        let open = self.told.split_off(&self.today.first_open_night());
        let mut told_count = 0;
        for (night, rows) in std::mem::replace(&mut self.told, open) {
            let mut cells: Vec<(u32, u16, Branch)> = rows.into_keys().collect();
            cells.sort_unstable();
            told_count += cells.len();
            self.size.keys_count -= cells.len();
            for (number, kind, branch) in cells {
                if let Some(key) = self.key((number, night, kind)) {
                    tell(((branch, key), None));
                }
            }
        }
        told_count
    }

    fn tell_cell(&mut self, cell: Cell, branch: Branch, tell: &mut dyn FnMut(LimitChange)) -> bool {
        let (number, night, kind) = cell;
        if night < self.today.first_open_night() {
            return false;
        }
        let row = self.hotels[number as usize].row(branch, night, kind, self.today);
        let rows = self.told.entry(night).or_default();
        let before = match row {
            Some(row) => rows.insert((number, kind, branch), row),
            None => rows.remove(&(number, kind, branch)),
        };
        if rows.is_empty() {
            self.told.remove(&night);
        }
        self.size.keys_count += usize::from(row.is_some());
        self.size.keys_count -= usize::from(before.is_some());
        if before == row {
            return false;
        }
        if let Some(key) = self.key(cell) {
            tell(((branch, key), row));
        }
        true
    }

    fn key(&self, (number, night, kind): Cell) -> Option<LimitKey> {
        let hotel = self.hotels.get(number as usize)?;
        let (property, room_type) = (hotel.property.clone(), hotel.room_type(kind)?);
        Some(LimitKey { property, room_type, night: Night::from_number(night)? })
    }
}
