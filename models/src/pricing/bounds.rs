//! Within what a price stays, and who says so.

use super::Constraint;

/// The largest amount that pricing works with, in minor units; what is larger counts as this.
pub const AMOUNT_MINOR_MAX: i64 = 1_000_000_000_000_000;

/// Within what a price stays, in minor units of the currency in question; `None` bounds nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Bounds {
    /// The least.
    pub floor_minor: Option<i64>,
    /// The most.
    pub ceiling_minor: Option<i64>,
}

/// Within what a price stays, as shares of the base price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RelativeBounds {
    /// The least.
    pub floor_permille: u32,
    /// The most.
    pub ceiling_permille: u32,
}

impl RelativeBounds {
    pub(super) fn of(self, base_minor: i64) -> Bounds {
        let share = |permille: u32| {
            let share = i128::from(base_minor) * i128::from(permille) / 1000;
            i64::try_from(share).unwrap_or(AMOUNT_MINOR_MAX)
        };
        Bounds {
            floor_minor: Some(share(self.floor_permille)),
            ceiling_minor: Some(share(self.ceiling_permille)),
        }
    }
}

/// One end of an interval and who put it there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct End {
    pub minor: i64,
    pub constraint: Constraint,
}

/// Where a price stays; never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Interval {
    pub floor: End,
    pub ceiling: End,
}

impl Interval {
    /// From bounds in order of authority, each with the names of its ends.
    ///
    /// Bounds of less authority are moved into what those before have left, so that no two of them
    /// can contradict each other; a floor above its own ceiling holds.
    pub fn of(authorities: [(Bounds, Constraint, Constraint); 3]) -> Self {
        let [(_, floor, ceiling), ..] = authorities;
        let mut interval = Self {
            floor: End { minor: 0, constraint: floor },
            ceiling: End { minor: AMOUNT_MINOR_MAX, constraint: ceiling },
        };
        for (bounds, floor, ceiling) in authorities {
            interval = interval.narrowed(bounds, floor, ceiling);
        }
        interval
    }

    fn narrowed(self, bounds: Bounds, floor: Constraint, ceiling: Constraint) -> Self {
        let held = |minor: i64| minor.clamp(self.floor.minor, self.ceiling.minor);
        let least = held(bounds.floor_minor.unwrap_or(0));
        let most = held(bounds.ceiling_minor.unwrap_or(AMOUNT_MINOR_MAX)).max(least);
        let mut narrowed = self;
        if least > self.floor.minor {
            narrowed.floor = End { minor: least, constraint: floor };
        }
        if most < self.ceiling.minor {
            narrowed.ceiling = End { minor: most, constraint: ceiling };
        }
        narrowed
    }
}
