//! The state that an audit compares the log with: as storage keeps it, or made by hand.

use dataflows::{AvailabilityKey, AvailabilityRow};
use events::{ChainHash, Position, Slot};
use ledger::rows::{ClockRow, Row};

/// Everything that is stored, and the position that it reflects.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StoredState {
    /// How many partitions the slots are dealt over.
    pub partitions: u16,
    /// The next offset of each partition.
    pub position: Position,
    /// Each partition's chain hash at the position.
    pub chains: Vec<(u16, ChainHash)>,
    /// Each partition's digest of decisions at the position.
    pub digests: Vec<(u16, [u8; 32])>,
    /// Each partition's clock.
    pub clocks: Vec<(u16, ClockRow)>,
    /// The ledger's rows, in any order; clocks stand apart because they do not name a partition.
    pub rows: Vec<Row>,
    /// The rows of the availability view, in any order.
    pub availability: Vec<(AvailabilityKey, AvailabilityRow)>,
}

/// The slot in which a row lives; `None` for a clock.
pub(super) fn slot_of(row: &Row) -> Option<Slot> {
    match row {
        Row::Property(row) => Some(Slot::of(&row.command.property)),
        Row::RoomType(row) => Some(Slot::of(&row.command.property)),
        Row::RatePlan(row) => Some(Slot::of(&row.command.property)),
        Row::Inventory(row) => Some(Slot::of(&row.property)),
        Row::InventoryNight(row) => Some(Slot::of(&row.property)),
        Row::Restrictions(row) => Some(Slot::of(&row.property)),
        Row::HoldCaps(row) => Some(Slot::of(&row.command.property)),
        Row::Link(row) => Some(Slot::of(&row.command.property)),
        Row::Policy(row) => Some(Slot::of(&row.property)),
        Row::ActivePolicy(row) => Some(Slot::of(&row.property)),
        Row::Limits(row) => Some(Slot::of(&row.property)),
        Row::Above(row) => Some(Slot::of(&row.property)),
        Row::Block(row) => Some(Slot::of(&row.command.property)),
        Row::BusinessDate(row) => Some(Slot::of(&row.property)),
        Row::Oversold(row) => Some(Slot::of(&row.property)),
        Row::Hold(row) => Some(row.hold.slot()),
        Row::Booking(row) => Some(row.booking.slot()),
        Row::Decision(row) => Some(row.slot),
        Row::Tombstone(row) => Some(row.hold.slot()),
        Row::Slot(row) => Some(row.slot),
        Row::Clock(_) => None,
    }
}
