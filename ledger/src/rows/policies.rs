//! What is kept of policies, of the limits that they make, and of what was sold by those.

use events::{HoldId, Night, PolicyKind, PolicyVersion, PropertyId, RoomTypeId, Stamp, Stay};

/// A version of a policy. It never changes once it is staged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyRow {
    /// Whose.
    pub property: PropertyId,
    /// About what.
    pub kind: PolicyKind,
    /// What it is called.
    pub version: PolicyVersion,
    /// Which of the property's versions of that kind it is, in the order in which they were staged.
    pub ordinal: u16,
    /// The stamp of the record that staged it.
    pub stamp: Stamp,
    /// The text.
    pub document: String,
}

/// Which version of a policy is in force; there is none where nothing was ever promoted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivePolicyRow {
    /// Whose.
    pub property: PropertyId,
    /// About what.
    pub kind: PolicyKind,
    /// The versions that were promoted and not taken back, in order; the last is in force.
    pub promoted: Vec<PolicyVersion>,
}

/// Nights of which a computation recommends the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedLimit {
    /// Which nights.
    pub nights: Stay,
    /// How many rooms beyond the physical ones, however many the hotel allows.
    pub allowance: u16,
    /// The next offset of the partition when it was computed.
    pub computed_at: u64,
    /// By which version of the policy; `None` while none was in force.
    pub policy: Option<PolicyVersion>,
}

/// What is recommended of the nights of a room type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitsRow {
    /// Whose.
    pub property: PropertyId,
    /// Of what.
    pub room_type: RoomTypeId,
    /// The next offset of the partition when the latest of them was computed.
    pub computed_at: u64,
    /// In order, not overlapping, neighbours that are equal merged.
    pub ranges: Vec<AppliedLimit>,
}

/// What allowed a sale above the physical rooms.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum AllowedBy {
    /// The hotel's own allowance, of which nothing less was recommended.
    Hotel,
    /// A limit that a view had computed.
    Limit {
        /// The next offset of the partition when it was computed.
        computed_at: u64,
        /// By which version of the policy; `None` while none was in force.
        policy: Option<PolicyVersion>,
    },
    /// Nobody here: a channel had sold it.
    Channel,
}

/// Rooms that were held or sold above the physical ones of a night.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AboveNight {
    /// Of what.
    pub room_type: RoomTypeId,
    /// When.
    pub night: Night,
    /// How many of the hold's rooms.
    pub rooms: u32,
    /// By what.
    pub allowed_by: AllowedBy,
}

/// A hold, or the booking that it became, that was admitted above the physical rooms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AboveRow {
    /// Where.
    pub property: PropertyId,
    /// The hold.
    pub hold: HoldId,
    /// In order of room type and night.
    pub nights: Vec<AboveNight>,
}
