//! A hold: rooms set aside for an interval of log time, all lines or none.

use smallvec::SmallVec;

use crate::{GuestRef, HoldId, PropertyId, RatePlanId, RoomTypeId, Stay};

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
