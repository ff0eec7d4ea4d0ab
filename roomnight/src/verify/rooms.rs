//! The auditor's rooms: for every night the list of those who claim it, counted anew each time.
//!
//! The ledger keeps counters here. A list cannot drift as a counter can, and a claim that was
//! counted twice, or not given back, shows as a name on a list.

use std::collections::BTreeMap;

use events::{BlockId, HoldId, Night, Stay, Supply};

use super::policies::Recommendations;

/// Rooms that one line of a hold or booking claims on one night.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Claim {
    /// The hold, or the hold that the booking came from.
    pub(super) hold: HoldId,
    /// Which of its lines, counted from 1.
    pub(super) line: u16,
    /// How many rooms.
    pub(super) rooms: u16,
    /// Sold, where it would otherwise be held.
    pub(super) sold: bool,
    /// The block that it is picked up from, where it is of the block's room type.
    pub(super) block: Option<BlockId>,
}

/// One night of one room type on which somebody claims or has claimed rooms.
#[derive(Debug, Default)]
pub(super) struct ClaimedNight {
    /// Everybody who claims rooms.
    pub(super) claims: Vec<Claim>,
    /// The rooms that each open block has promised, picked up or not.
    promises: BTreeMap<BlockId, u32>,
    /// The last record that changed the list or the supply under it.
    pub(super) touched: u64,
    /// The record that made the list too long, while it is.
    pub(super) too_long_since: Option<u64>,
    /// The record within which the list ceased to be too long, and since when it had been. A list
    /// that is too long again at the end of that record has never ceased to be.
    lapsed: Option<(u64, u64)>,
}

impl ClaimedNight {
    /// Rooms held, by listing.
    pub(super) fn held(&self) -> u32 {
        self.claims.iter().filter(|claim| !claim.sold).map(|claim| u32::from(claim.rooms)).sum()
    }

    /// Rooms sold, by listing.
    pub(super) fn sold(&self) -> u32 {
        self.claims.iter().filter(|claim| claim.sold).map(|claim| u32::from(claim.rooms)).sum()
    }

    /// Rooms promised and not picked up, by listing.
    pub(super) fn allotted(&self) -> u32 {
        self.promises.keys().map(|block| self.left_of(block)).sum()
    }

    /// Rooms of those who name a block, by listing.
    pub(super) fn named(&self, block: &BlockId) -> u32 {
        let named = self.claims.iter().filter(|claim| claim.block.as_ref() == Some(block));
        named.map(|claim| u32::from(claim.rooms)).sum()
    }

    /// What is left of a block's promise.
    pub(super) fn left_of(&self, block: &BlockId) -> u32 {
        let promised = self.promises.get(block).copied().unwrap_or(0);
        promised.saturating_sub(self.named(block))
    }

    /// Whether a claim takes its rooms from a promise.
    pub(super) fn is_promised(&self, claim: &Claim) -> bool {
        claim.block.as_ref().is_some_and(|block| self.promises.contains_key(block))
    }
}

/// The nights of one room type: what may be sold, and who claims what.
#[derive(Debug, Default)]
pub(super) struct Rooms {
    calendar: Calendar,
    claimed: BTreeMap<Night, ClaimedNight>,
    pub(super) recommended: Recommendations,
}

impl Rooms {
    /// What may be sold on a night: what the hotel has set, as far as nothing less is recommended.
    pub(super) fn supply(&self, night: Night) -> Supply {
        self.recommended.bound(night, self.calendar.get(night))
    }

    /// How many rooms may be sold on a night, how many are held, and how many are sold or promised,
    /// by listing.
    pub(super) fn on(&self, night: Night) -> (u32, u32, u32) {
        let claimed = self.claimed.get(&night);
        let held = claimed.map_or(0, ClaimedNight::held);
        let gone = claimed.map_or(0, |claimed| claimed.sold() + claimed.allotted());
        (most_that_may_be_sold(self.supply(night)), held, gone)
    }

    /// Sets what may be sold on a night and says whether that is something new.
    pub(super) fn set_supply(&mut self, night: Night, supply: Supply, offset: u64) -> bool {
        let changed = self.calendar.set(night, supply);
        if changed {
            self.supply_changed(night, offset);
        }
        changed
    }

    /// Notes that another supply may be sold on a night than before.
    pub(super) fn supply_changed(&mut self, night: Night, offset: u64) {
        if let Some(claimed) = self.claimed.get_mut(&night) {
            claimed.touched = offset;
            self.weigh(night, offset);
        }
    }

    /// Each night that is set to a supply other than none.
    pub(super) fn supplied(&self) -> impl Iterator<Item = (Night, Supply)> + '_ {
        self.calendar.iter()
    }

    /// Each night that is or was claimed.
    pub(super) fn claimed(&self) -> impl Iterator<Item = (Night, &ClaimedNight)> {
        self.claimed.iter().map(|(night, claimed)| (*night, claimed))
    }

    /// A night that is or was claimed.
    pub(super) fn claimed_on(&self, night: Night) -> Option<&ClaimedNight> {
        self.claimed.get(&night)
    }

    /// Rooms claimed or promised on a night, by listing.
    pub(super) fn claimed_rooms(&self, night: Night) -> u32 {
        let Some(listed) = self.claimed.get(&night) else { return 0 };
        listed.held() + listed.sold() + listed.allotted()
    }

    /// Puts a block's promise on the list of each night of a range, or takes it off.
    pub(super) fn promise(
        &mut self,
        nights: Stay,
        block: &BlockId,
        rooms: Option<u32>,
        offset: u64,
    ) {
        for night in nights.nights() {
            let listed = self.claimed.entry(night).or_default();
            match rooms {
                Some(rooms) => listed.promises.insert(block.clone(), rooms),
                None => listed.promises.remove(block),
            };
            listed.touched = offset;
            self.weigh(night, offset);
        }
    }

    /// By how many rooms a list is too long.
    pub(super) fn rooms_over(&self, night: Night) -> u32 {
        self.claimed_rooms(night).saturating_sub(most_that_may_be_sold(self.supply(night)))
    }

    /// Looks whether a list is too long after something has changed.
    fn weigh(&mut self, night: Night, offset: u64) {
        let is_too_long = self.rooms_over(night) > 0;
        let Some(claimed) = self.claimed.get_mut(&night) else { return };
        match (is_too_long, claimed.too_long_since) {
            (true, None) => {
                let lapsed = claimed.lapsed.filter(|(at, _)| *at == offset);
                claimed.too_long_since = Some(lapsed.map_or(offset, |(_, since)| since));
            }
            (false, Some(since)) => {
                claimed.too_long_since = None;
                claimed.lapsed = Some((offset, since));
            }
            (true, Some(_)) | (false, None) => {}
        }
    }

    /// Whether the claims on a night are within what may be sold.
    pub(super) fn within_limit(&self, night: Night) -> bool {
        self.has_room(night, 0)
    }

    /// Whether `rooms` more may be claimed on a night.
    pub(super) fn has_room(&self, night: Night, rooms: u32) -> bool {
        self.claimed_rooms(night).saturating_add(rooms) <= most_that_may_be_sold(self.supply(night))
    }

    /// Puts a claim on the list of each night of a stay.
    pub(super) fn claim(&mut self, stay: Stay, claim: Claim, offset: u64) {
        for night in stay.nights() {
            let listed = self.claimed.entry(night).or_default();
            listed.claims.push(claim.clone());
            listed.touched = offset;
            self.weigh(night, offset);
        }
    }

    /// Takes a line's claim off the list of each night of its stay.
    pub(super) fn give_back(&mut self, stay: Stay, hold: HoldId, line: u16, offset: u64) {
        for night in stay.nights() {
            if let Some(listed) = self.claimed.get_mut(&night) {
                listed.claims.retain(|claim| (claim.hold, claim.line) != (hold, line));
                listed.touched = offset;
                self.weigh(night, offset);
            }
        }
    }

    /// Marks a line's claim as sold on each night of its stay.
    pub(super) fn sell(&mut self, stay: Stay, hold: HoldId, line: u16, offset: u64) {
        for night in stay.nights() {
            let Some(night) = self.claimed.get_mut(&night) else { continue };
            night.touched = offset;
            for claim in &mut night.claims {
                claim.sold |= (claim.hold, claim.line) == (hold, line);
            }
        }
    }
}

/// Rooms that exist and are not blocked, and what may be sold beyond them.
fn most_that_may_be_sold(supply: Supply) -> u32 {
    let Supply { physical, blocked, allowance } = supply;
    (u32::from(physical) + u32::from(allowance)).saturating_sub(u32::from(blocked))
}

/// A supply for each night between the first and the last that was ever set.
#[derive(Debug, Default)]
struct Calendar {
    first: i32,
    nights: Vec<Supply>,
}

impl Calendar {
    fn get(&self, night: Night) -> Supply {
        let index = usize::try_from(night.number() - self.first).ok();
        index.and_then(|index| self.nights.get(index)).copied().unwrap_or_default()
    }

    fn set(&mut self, night: Night, supply: Supply) -> bool {
        let changed = self.get(night) != supply;
        if changed {
            let index = self.index(night);
            self.nights[index] = supply;
        }
        changed
    }

    /// Where a night stands, after making place for it.
    fn index(&mut self, night: Night) -> usize {
        if self.nights.is_empty() {
            self.first = night.number();
        }
        let before = usize::try_from(self.first - night.number()).unwrap_or(0);
        if before > 0 {
            self.nights.splice(0..0, std::iter::repeat_n(Supply::default(), before));
            self.first = night.number();
        }
        let index = usize::try_from(night.number() - self.first).unwrap_or(0);
        if index >= self.nights.len() {
            self.nights.resize(index + 1, Supply::default());
        }
        index
    }

    fn iter(&self) -> impl Iterator<Item = (Night, Supply)> + '_ {
        let numbered = (self.first..).zip(&self.nights);
        numbered
            .filter(|(_, supply)| **supply != Supply::default())
            .filter_map(|(number, supply)| Some((Night::from_number(number)?, *supply)))
    }
}
