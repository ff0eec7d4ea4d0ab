//! A hold: rooms set aside for an interval of log time, all lines or none.

use smallvec::SmallVec;

use crate::{
    AccountId, BlockId, ChannelId, GuestRef, HoldId, Night, PropertyId, RatePlanId, RoomTypeId,
    Stay,
};

/// The lines of a hold or booking; nearly always one.
pub type Lines = SmallVec<[Line; 1]>;

/// Rooms of one type on one rate plan for one stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What kind of room.
    pub room_type: RoomTypeId,
    /// On which terms.
    pub rate_plan: RatePlanId,
    /// For which nights.
    pub stay: Stay,
    /// How many rooms.
    pub rooms: u16,
    /// Grown-ups over all the rooms of the line.
    pub adults: u16,
    /// The age of each child in years.
    pub children: SmallVec<[u8; 8]>,
}

/// Asks for rooms to be set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceHold {
    /// Where.
    pub property: PropertyId,
    /// For how much log time, unless it is confirmed or released before.
    pub ttl_ms: u64,
    /// What; all of it or nothing.
    pub lines: Lines,
    /// Through whom.
    pub channel: ChannelId,
    /// Whose open holds it counts among; nobody's bounds it otherwise.
    pub account: Option<AccountId>,
    /// The civil date at the property when it was asked for, against which windows of advance are
    /// held; without it none is. Whoever appends adds it, so that it is no part of the body by
    /// which a retry is known: one after midnight is the same request.
    pub booked_on: Option<Night>,
    /// The block that all of it is picked up from; from what is free to all otherwise.
    pub block: Option<BlockId>,
}

impl PlaceHold {
    /// A hold that comes to the hotel itself, on nobody's account, without a date or a block.
    pub fn direct(property: PropertyId, ttl_ms: u64, lines: Lines) -> Self {
        let (channel, account, booked_on, block) = (ChannelId::DIRECT, None, None, None);
        Self { property, ttl_ms, lines, channel, account, booked_on, block }
    }
}

/// Turns a hold into a booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfirmHold {
    /// Which hold.
    pub hold: HoldId,
    /// For whom.
    pub guest: GuestRef,
}

/// Gives the rooms of a hold back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseHold {
    /// Which hold.
    pub hold: HoldId,
}
