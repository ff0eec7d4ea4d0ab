//! The inventory of one room type: supply as ranges of nights, use only where there is any.
//!
//! A calendar of a year that is set once is one range, and a night that nobody wants costs nothing.

use events::{Night, Stay, Supply};
use smallvec::SmallVec;

use crate::limits::Limits;
use crate::moves::ClaimKind;
use crate::oversold::{OversoldNight, Reading};
use crate::planted::{self, Bug};
use crate::rows::SupplyRange;

/// What is held, sold and allotted on a night; never all 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Used {
    pub(crate) night: Night,
    pub(crate) held: u16,
    pub(crate) sold: u16,
    pub(crate) allotted: u16,
}

impl Used {
    pub(crate) fn rooms(self) -> u32 {
        u32::from(self.held) + u32::from(self.sold) + u32::from(self.allotted)
    }
}

/// Whether a claim made a night used, ended its use, or neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Touch {
    Began,
    Went,
    Stayed,
}

/// Supply and use by night.
#[derive(Debug, Default, Clone)]
pub(crate) struct Inventory {
    /// In order, not overlapping, merged where equal, none without supply.
    ranges: SmallVec<[SupplyRange; 1]>,
    /// In order of night.
    used: Vec<Used>,
    /// In order of night.
    oversold: Vec<OversoldNight>,
    /// What is recommended; none for most.
    limits: Option<Box<Limits>>,
}

impl Inventory {
    pub(crate) fn ranges(&self) -> &[SupplyRange] {
        &self.ranges
    }

    pub(crate) fn used_nights(&self) -> &[Used] {
        &self.used
    }

    /// What may be sold on a night: what the hotel has set, less what is recommended against.
    pub(crate) fn supply(&self, night: Night) -> Supply {
        self.clamp(night, self.set(night))
    }

    /// What is recommended.
    pub(crate) fn limits(&self) -> Option<&Limits> {
        self.limits.as_deref()
    }

    /// Puts other recommendations in the place of those that there are; hands each used night
    /// whose supply changed to `changed`, with what it was and is.
    pub(crate) fn set_limits(
        &mut self,
        limits: Limits,
        mut changed: impl FnMut(Night, Supply, Supply),
    ) {
        let before: Vec<Supply> = self.used.iter().map(|used| self.supply(used.night)).collect();
        self.limits = Some(Box::new(limits));
        for (used, before) in self.used.iter().zip(before) {
            let after = self.supply(used.night);
            if after != before {
                changed(used.night, before, after);
            }
        }
    }

    fn clamp(&self, night: Night, set: Supply) -> Supply {
        self.limits.as_ref().map_or(set, |limits| limits.clamp(night, set))
    }

    /// What the hotel has set for a night.
    fn set(&self, night: Night) -> Supply {
        let index = self.ranges.partition_point(|range| range.nights.departure() <= night);
        let range = self.ranges.get(index).filter(|range| range.nights.contains(night));
        range.map(|range| range.supply).unwrap_or_default()
    }

    /// What is held, sold and allotted on a night, if anything is.
    pub(crate) fn used(&self, night: Night) -> Option<Used> {
        let index = self.used.binary_search_by_key(&night, |used| used.night).ok()?;
        self.used.get(index).copied()
    }

    /// Whether `rooms` more may be claimed on a night.
    pub(crate) fn has_room(&self, night: Night, rooms: u32) -> bool {
        let mut supply = self.supply(night);
        if planted::is_on(Bug::BlockedRoomsSold) {
            supply.blocked = 0;
        }
        self.used(night).map_or(0, Used::rooms) + rooms <= supply.limit()
    }

    /// Whether the hotel allows more to be sold on any night than there are rooms.
    pub(crate) fn has_allowance(&self) -> bool {
        self.ranges.iter().any(|range| range.supply.allowance > 0)
    }

    /// By how many rooms more is held, sold and allotted on a night than may be.
    pub(crate) fn rooms_over(&self, night: Night) -> u32 {
        self.used(night).map_or(0, Used::rooms).saturating_sub(self.supply(night).limit())
    }

    /// Every night that is oversold.
    pub(crate) fn oversold(&self) -> &[OversoldNight] {
        &self.oversold
    }

    /// The record by which a night became oversold, if it is.
    pub(crate) fn oversold_since(&self, night: Night) -> Option<Reading> {
        let index = self.oversold.binary_search_by_key(&night, |one| one.night).ok()?;
        self.oversold.get(index).map(|one| one.since)
    }

    /// Notes whether a night is oversold, as of that record: whether there is one more such night
    /// (1), one less (-1) or the same one (0); nothing where there was and is none.
    pub(crate) fn weigh(&mut self, night: Night, reading: Reading) -> Option<isize> {
        let is_over = self.rooms_over(night) > 0;
        let found = self.oversold.binary_search_by_key(&night, |one| one.night);
        match (is_over, found) {
            (true, Ok(_)) => Some(0),
            (true, Err(index)) => {
                self.oversold.insert(index, OversoldNight { night, since: reading });
                Some(1)
            }
            (false, Ok(index)) => {
                self.oversold.remove(index);
                Some(-1)
            }
            (false, Err(_)) => None,
        }
    }

    /// Sets the supply of a range; hands each used night of which another supply may be sold to
    /// `changed` with what it was and is, and returns how many nights, used or not, are set to
    /// another supply than before.
    pub(crate) fn set_supply(
        &mut self,
        nights: Stay,
        supply: Supply,
        mut changed: impl FnMut(Night, Supply, Supply),
    ) -> u32 {
        let first = self.used.partition_point(|used| used.night < nights.arrival());
        for used in self.used.iter().skip(first).take_while(|used| used.night < nights.departure())
        {
            let (before, after) = (self.supply(used.night), self.clamp(used.night, supply));
            let untold =
                planted::is_on(Bug::LoweredSupplyNotTold) && after.limit() < before.limit();
            if before != after && !untold {
                changed(used.night, before, after);
            }
        }
        let same = self.ranges.iter().filter(|range| range.supply == supply);
        let unchanged: i32 = same.map(|range| overlap_nights_count(range.nights, nights)).sum();
        let covered: i32 =
            self.ranges.iter().map(|range| overlap_nights_count(range.nights, nights)).sum();
        let empty_before = nights.nights_count() - covered;
        let unchanged =
            if supply == Supply::default() { unchanged + empty_before } else { unchanged };
        self.replace(nights, supply);
        (nights.nights_count() - unchanged) as u32
    }

    /// Claims (`add`) or gives back rooms on one night.
    pub(crate) fn claim(&mut self, night: Night, rooms: u16, kind: ClaimKind, add: bool) -> Touch {
        let index = match self.used.binary_search_by_key(&night, |used| used.night) {
            Ok(index) => index,
            Err(index) => {
                self.used.insert(index, Used { night, held: 0, sold: 0, allotted: 0 });
                index
            }
        };
        let used = &mut self.used[index];
        let before = used.rooms();
        let count = match kind {
            ClaimKind::Held => &mut used.held,
            ClaimKind::Sold => &mut used.sold,
            ClaimKind::Allotted => &mut used.allotted,
        };
        *count = if add { count.saturating_add(rooms) } else { count.saturating_sub(rooms) };
        match (before, used.rooms()) {
            (0, 1..) => Touch::Began,
            (_, 0) => {
                self.used.remove(index);
                if before == 0 { Touch::Stayed } else { Touch::Went }
            }
            _ => Touch::Stayed,
        }
    }

    /// Puts a range where it belongs, as a stored state is read back.
    pub(crate) fn restore_range(&mut self, range: SupplyRange) {
        self.replace(range.nights, range.supply);
    }

    /// Puts recommendations where they belong, as a stored state is read back.
    pub(crate) fn restore_limits(&mut self, limits: Limits) {
        self.limits = Some(Box::new(limits));
    }

    /// Puts an oversold night where it belongs, as a stored state is read back.
    pub(crate) fn restore_oversold(&mut self, night: OversoldNight) {
        let index = self.oversold.partition_point(|one| one.night < night.night);
        self.oversold.insert(index, night);
    }

    fn replace(&mut self, nights: Stay, supply: Supply) {
        let mut ranges = SmallVec::<[SupplyRange; 1]>::with_capacity(self.ranges.len() + 2);
        let old = std::mem::take(&mut self.ranges);
        for range in &old {
            if let Ok(before) =
                Stay::new(range.nights.arrival(), range.nights.departure().min(nights.arrival()))
            {
                append(&mut ranges, SupplyRange { nights: before, ..*range });
            }
        }
        if supply != Supply::default() {
            append(&mut ranges, SupplyRange { nights, supply });
        }
        for range in &old {
            if let Ok(after) =
                Stay::new(range.nights.arrival().max(nights.departure()), range.nights.departure())
            {
                append(&mut ranges, SupplyRange { nights: after, ..*range });
            }
        }
        ranges.shrink_to_fit();
        self.ranges = ranges;
    }
}

/// Adds a range behind the others, merged with the last where they meet and are equal.
fn append(ranges: &mut SmallVec<[SupplyRange; 1]>, range: SupplyRange) {
    if let Some(last) = ranges.last_mut()
        && last.supply == range.supply
        && last.nights.departure() == range.nights.arrival()
        && let Ok(merged) = Stay::new(last.nights.arrival(), range.nights.departure())
    {
        last.nights = merged;
        return;
    }
    ranges.push(range);
}

fn overlap_nights_count(one: Stay, other: Stay) -> i32 {
    let from = one.arrival().max(other.arrival());
    let to = one.departure().min(other.departure());
    (to.number() - from.number()).max(0)
}
