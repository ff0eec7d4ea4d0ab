//! Allotment blocks, and the business date by which they are cut off.

use crate::{AccountId, BlockId, ChannelId, Night, PropertyId, RoomTypeId, Stay};

/// Sets rooms aside for somebody until a date: a group, a company, a channel.
///
/// The same id again says how the block is to be from now on, and opens it again where it was
/// released.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetBlock {
    /// Whose rooms.
    pub property: PropertyId,
    /// Which block.
    pub block: BlockId,
    /// Of which room type; that of a block never changes.
    pub room_type: RoomTypeId,
    /// On which nights.
    pub nights: Stay,
    /// How many rooms on each of them, with those that are picked up already; at least one.
    pub rooms: u16,
    /// The business date of the property on which what is left of it is given back.
    pub cut_off: Night,
    /// Who may pick up.
    pub pick_up: PickUp,
    /// What people call it.
    pub name: String,
}

/// Who may pick up from a block: whoever has all that is named.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PickUp {
    /// Who comes through this channel.
    pub channel: Option<ChannelId>,
    /// Whose holds are on this account.
    pub account: Option<AccountId>,
}

/// Gives back what nobody has picked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseBlock {
    /// Whose block.
    pub property: PropertyId,
    /// Which one.
    pub block: BlockId,
}

/// The night audit of a property is done: its next day of business begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdvanceBusinessDate {
    /// Whose date.
    pub property: PropertyId,
    /// The date that it is now.
    pub date: Night,
}
