//! Which partition a row belongs to: its slot's, so that parts of a state share nothing.

use events::Slot;

use super::Row;

impl Row {
    /// The partition to which it belongs, of so many: its slot's.
    pub fn partition(&self, partitions: u16) -> u16 {
        let slot = match self {
            Self::Property(row) => Slot::of(&row.command.property),
            Self::RoomType(row) => Slot::of(&row.command.property),
            Self::RatePlan(row) => Slot::of(&row.command.property),
            Self::Inventory(row) => Slot::of(&row.property),
            Self::InventoryNight(row) => Slot::of(&row.property),
            Self::Restrictions(row) => Slot::of(&row.property),
            Self::HoldCaps(row) => Slot::of(&row.command.property),
            Self::Link(row) => Slot::of(&row.command.property),
            Self::Policy(row) => Slot::of(&row.property),
            Self::ActivePolicy(row) => Slot::of(&row.property),
            Self::Limits(row) => Slot::of(&row.property),
            Self::Above(row) => Slot::of(&row.property),
            Self::Block(row) => Slot::of(&row.command.property),
            Self::BusinessDate(row) => Slot::of(&row.property),
            Self::Oversold(row) => Slot::of(&row.property),
            Self::Hold(row) => row.hold.slot(),
            Self::Booking(row) => row.booking.slot(),
            Self::Decision(row) => row.slot,
            Self::Tombstone(row) => row.hold.slot(),
            Self::Slot(row) => row.slot,
            Self::Clock(row) => return row.partition,
        };
        slot.partition(partitions.max(1))
    }
}
