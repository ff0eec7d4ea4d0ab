//! Policies: the versioned documents by which prices and limits are made, and the limits that are
//! made by them.

use crate::{PolicyVersion, PropertyId, RoomTypeId, Stay};

/// The longest document of a policy, in bytes: with its envelope it is one record.
pub const POLICY_BYTES_MAX: usize = 60 * 1024;

/// What a policy is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PolicyKind {
    /// How a night is priced.
    Pricing,
    /// How many rooms may be sold beyond the physical ones.
    Overbooking,
}

impl PolicyKind {
    /// Every kind.
    pub const ALL: &[Self] = &[Self::Pricing, Self::Overbooking];

    /// Its name in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pricing => "pricing",
            Self::Overbooking => "overbooking",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// Its number in storage and on the wire.
    pub fn number(self) -> u8 {
        match self {
            Self::Pricing => 1,
            Self::Overbooking => 2,
        }
    }

    /// The kind of that number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.number() == number)
    }
}

/// Puts a version of a policy beside the others; it is in force nowhere yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StagePolicy {
    /// Whose.
    pub property: PropertyId,
    /// About what.
    pub kind: PolicyKind,
    /// What it is called; a name once given stands for one text for ever.
    pub version: PolicyVersion,
    /// The text, which whoever appends has read and found to be a policy.
    pub document: String,
}

/// From this record on the version named is the active one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromotePolicy {
    /// Whose.
    pub property: PropertyId,
    /// About what.
    pub kind: PolicyKind,
    /// Which version.
    pub version: PolicyVersion,
}

/// From this record on the version that was active before is the active one again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollbackPolicy {
    /// Whose.
    pub property: PropertyId,
    /// About what.
    pub kind: PolicyKind,
}

/// How many rooms beyond the physical ones should be sold at most on each night of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LimitRange {
    /// Which nights.
    pub nights: Stay,
    /// How many rooms; `None` recommends nothing any more.
    pub allowance: Option<u16>,
}

/// Brings the limits that a view has computed to where decisions are made.
///
/// It may not be decided after its envelope's `not_after`, so that what was computed long ago and
/// comes late is stale. The hotel's own allowance is never passed, whatever is recommended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplyLimits {
    /// Whose.
    pub property: PropertyId,
    /// Of which room type.
    pub room_type: RoomTypeId,
    /// On which nights; of two that speak of one night the later holds.
    pub limits: Vec<LimitRange>,
    /// The next offset of the property's partition when it was computed: of two computations the
    /// one that had read more is the newer.
    pub computed_at: u64,
    /// By which version of the policy on overbooking; `None` while none was promoted.
    pub policy: Option<PolicyVersion>,
}
