//! A sale that a channel has made already: it is recorded, whatever is left.

use crate::hold::Lines;
use crate::{ChannelId, ExternalReference, GuestRef, Night, PropertyId, RoomTypeId};

/// Records a sale that somebody else has made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordExternalSale {
    /// Where.
    pub property: PropertyId,
    /// Who made it.
    pub channel: ChannelId,
    /// What the channel calls it: the same reference of the same channel is the same sale.
    pub reference: ExternalReference,
    /// For whom.
    pub guest: GuestRef,
    /// What was sold.
    pub lines: Lines,
}

/// A night on which more is held and sold than may be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Oversold {
    /// Of what.
    pub room_type: RoomTypeId,
    /// On which night.
    pub night: Night,
    /// By how many rooms.
    pub rooms: u32,
}
