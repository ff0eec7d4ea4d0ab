//! How many rooms of a type are left on a night?
//!
//! ```sql
//! -- Supply has a row for each night on which something is held, sold or allotted, and for no
//! -- other.
//! CREATE VIEW availability AS
//! SELECT property, room_type, night,
//!        SUM(physical + allowance)               AS rooms,
//!        SUM(blocked)                            AS blocked,
//!        SUM(held)                               AS held,
//!        SUM(sold)                               AS sold,
//!        SUM(allotted)                           AS allotted,
//!        SUM(physical + allowance - blocked - held - sold - allotted) AS "left"
//! FROM (SELECT property, room_type, night, physical, allowance, blocked,
//!              0 AS held, 0 AS sold, 0 AS allotted
//!       FROM supply
//!       UNION ALL
//!       SELECT property, room_type, night, 0, 0, 0, rooms, 0, 0
//!       FROM claims, nights_of(claims.stay) WHERE kind = 'held'
//!       UNION ALL
//!       SELECT property, room_type, night, 0, 0, 0, 0, rooms, 0
//!       FROM claims, nights_of(claims.stay) WHERE kind = 'sold'
//!       UNION ALL
//!       SELECT property, room_type, night, 0, 0, 0, 0, 0, rooms
//!       FROM claims, nights_of(claims.stay) WHERE kind = 'allotted')
//! GROUP BY property, room_type, night;
//! ```
//!
//! Inputs: the facts behind the ledger's moves. A night that nobody touched has no row here and is
//! answered from its supply with nothing held, sold or allotted.
//!
//! Bound on its state: one arrangement with one entry for each touched night. The view is linear:
//! all that it sums rides in the difference, so that no claim is kept.

use differential_dataflow::VecCollection;
use differential_dataflow::difference::{Abelian, IsZero, Monoid, Multiply, Semigroup};
use differential_dataflow::operators::CountTotal;
use events::{Night, PropertyId, RoomTypeId};
use ingest::planted::{self, Bug};
use ledger::ClaimKind;
use serde::{Deserialize, Serialize};

use crate::inputs::Fact;
use crate::places::Place;

#[cfg(test)]
mod tests;

/// Which night of which room type.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AvailabilityKey {
    /// The property.
    pub property: PropertyId,
    /// Its room type.
    pub room_type: RoomTypeId,
    /// The night.
    pub night: Night,
}

/// The same within the workers, where a place has no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PlaceNight {
    /// The room type.
    pub place: Place,
    /// The night.
    pub night: Night,
}

/// What is left of a night on which something is held, sold or allotted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AvailabilityRow {
    /// Rooms that exist and rooms that may be sold beyond them.
    pub rooms: i32,
    /// Rooms that are not for sale.
    pub blocked: i32,
    /// Rooms set aside by holds.
    pub held: i32,
    /// Rooms sold.
    pub sold: i32,
    /// Rooms set aside by blocks and not picked up.
    pub allotted: i32,
    /// `rooms - blocked - held - sold - allotted`; below zero where supply was lowered under what
    /// is sold.
    pub left: i32,
}

impl From<Tally> for AvailabilityRow {
    fn from(tally: Tally) -> Self {
        let [rooms, blocked, held, sold, allotted] = tally.0;
        let mut left = rooms - blocked - held - sold - allotted;
        if planted::is_on(Bug::ClampHidesOversell) {
            left = left.max(0);
        }
        Self { rooms, blocked, held, sold, allotted, left }
    }
}

/// What facts add up to on one night: rooms, blocked, held, sold, allotted.
///
/// It is the difference type of the view, so that differential sums it in place. The ledger admits
/// claims under limits of 16 bits, so that 32 bits hold any sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Tally([i32; 5]);

impl IsZero for Tally {
    fn is_zero(&self) -> bool {
        self.0 == [0; 5]
    }
}

impl Semigroup for Tally {
    fn plus_equals(&mut self, other: &Self) {
        for (sum, term) in self.0.iter_mut().zip(other.0) {
            *sum += term;
        }
    }
}

impl Monoid for Tally {
    fn zero() -> Self {
        Self::default()
    }
}

impl Abelian for Tally {
    fn negate(&mut self) {
        self.0 = self.0.map(|sum| -sum);
    }
}

impl Multiply<i64> for Tally {
    type Output = Self;

    fn multiply(self, times: &i64) -> Self {
        let times = *times as i32;
        Self(self.0.map(|sum| sum * times))
    }
}

/// The view.
pub fn availability<'scope>(
    facts: VecCollection<'scope, u64, Fact, i64>,
) -> VecCollection<'scope, u64, (PlaceNight, AvailabilityRow), isize> {
    // What each fact says about each of its nights, the amounts in the difference.
    let contributions = facts.explode(per_night);
    // The one arrangement: a tally for each touched night. Each change retracts the old sum.
    let tallies = contributions.count_total();
    tallies.map(|(key, tally)| (key, AvailabilityRow::from(tally)))
}

fn per_night(fact: Fact) -> impl Iterator<Item = (PlaceNight, Tally)> {
    let (place, first, nights_count, tally) = match fact {
        Fact::Claim { place, stay, rooms, kind } => {
            let rooms = i32::from(rooms);
            let tally = match kind {
                ClaimKind::Held => Tally([0, 0, rooms, 0, 0]),
                ClaimKind::Sold => Tally([0, 0, 0, rooms, 0]),
                ClaimKind::Allotted => Tally([0, 0, 0, 0, rooms]),
            };
            (place, stay.arrival(), stay.nights_count(), tally)
        }
        Fact::Supply { place, night, supply } => {
            let rooms = i32::from(supply.physical) + i32::from(supply.allowance);
            (place, night, 1, Tally([rooms, i32::from(supply.blocked), 0, 0, 0]))
        }
    };
    (0..nights_count).map(move |days| (PlaceNight { place, night: first.plus(days) }, tally))
}
