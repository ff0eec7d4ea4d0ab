//! Moves: what a decision changes in the sums that the views keep, as additions and retractions.

use events::{Night, PropertyId, RoomTypeId, Stay, Supply};

use crate::rows::Row;

/// What a claim on rooms is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClaimKind {
    /// Set aside by a hold.
    Held,
    /// Sold by a booking.
    Sold,
    /// Set aside by a block, and not picked up.
    Allotted,
}

/// One addition (`diff` is 1) or retraction (`diff` is -1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Move {
    /// Rooms claimed on each night of a stay.
    Claim {
        /// Whose.
        property: PropertyId,
        /// Of what.
        room_type: RoomTypeId,
        /// On which nights.
        stay: Stay,
        /// How many.
        rooms: u16,
        /// By what.
        kind: ClaimKind,
        /// Added or retracted.
        diff: i64,
    },
    /// The supply of a night on which something is held, sold or allotted.
    Supply {
        /// Whose.
        property: PropertyId,
        /// Of what.
        room_type: RoomTypeId,
        /// On which night.
        night: Night,
        /// What may be sold.
        supply: Supply,
        /// Added or retracted.
        diff: i64,
    },
}

impl Move {
    /// So many rooms of one type on each night of a stay.
    pub(crate) fn claim(
        property: &PropertyId,
        room_type: &RoomTypeId,
        (stay, rooms): (Stay, u16),
        kind: ClaimKind,
        diff: i64,
    ) -> Self {
        let (property, room_type) = (property.clone(), room_type.clone());
        Self::Claim { property, room_type, stay, rooms, kind, diff }
    }
}

/// The moves that lead from nothing to a row: what the views are fed when a process starts.
///
/// The counters of a night say all that its holds, bookings and blocks claim, also where they claim
/// it by the parts of what they name; that they do is looked at when the state is restored.
pub fn moves_of_row(row: &Row) -> Vec<Move> {
    let Row::InventoryNight(row) = row else { return Vec::new() };
    let mut moves = vec![Move::Supply {
        property: row.property.clone(),
        room_type: row.room_type.clone(),
        night: row.night,
        supply: row.supply,
        diff: 1,
    }];
    // The night after the last that can be named belongs to no stay, and so does that night.
    let Ok(stay) = Stay::new(row.night, row.night.plus(1)) else { return moves };
    let counted = [
        (ClaimKind::Held, row.held),
        (ClaimKind::Sold, row.sold),
        (ClaimKind::Allotted, row.allotted),
    ];
    for (kind, rooms) in counted {
        if rooms > 0 {
            moves.push(Move::claim(&row.property, &row.room_type, (stay, rooms), kind, 1));
        }
    }
    moves
}
