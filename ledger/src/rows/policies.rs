//! What is kept of policies, and of the limits that they make.

use events::{PolicyKind, PolicyVersion, PropertyId, RoomTypeId, Stamp, Stay};

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
