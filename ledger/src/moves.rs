//! Moves: what a decision changes in the sums that the views keep, as additions and retractions.

use events::{Line, Night, PropertyId, RoomTypeId, Stay, Supply};

use crate::rows::{HoldState, LineState, Row};

/// What a claim on rooms is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClaimKind {
    /// Set aside by a hold.
    Held,
    /// Sold by a booking.
    Sold,
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
    /// The supply of a night on which something is held or sold.
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
    /// The claim of one line.
    pub(crate) fn claim(property: &PropertyId, line: &Line, kind: ClaimKind, diff: i64) -> Self {
        Self::Claim {
            property: property.clone(),
            room_type: line.room_type.clone(),
            stay: line.stay,
            rooms: line.rooms,
            kind,
            diff,
        }
    }
}

/// The moves that lead from nothing to a row: what the views are fed when a process starts.
pub fn moves_of_row(row: &Row) -> Vec<Move> {
    match row {
        Row::Hold(hold) if hold.state == HoldState::Held => hold
            .lines
            .iter()
            .map(|line| Move::claim(&hold.property, line, ClaimKind::Held, 1))
            .collect(),
        Row::Booking(booking) => {
            let confirmed =
                booking.lines.iter().filter(|booked| booked.state == LineState::Confirmed);
            confirmed
                .map(|booked| Move::claim(&booking.property, &booked.line, ClaimKind::Sold, 1))
                .collect()
        }
        Row::InventoryNight(row) => vec![Move::Supply {
            property: row.property.clone(),
            room_type: row.room_type.clone(),
            night: row.night,
            supply: row.supply,
            diff: 1,
        }],
        Row::Property(_)
        | Row::RoomType(_)
        | Row::RatePlan(_)
        | Row::Inventory(_)
        | Row::Restrictions(_)
        | Row::HoldCaps(_)
        | Row::Hold(_)
        | Row::Oversold(_)
        | Row::Decision(_)
        | Row::Tombstone(_)
        | Row::Slot(_)
        | Row::Clock(_) => Vec::new(),
    }
}
