//! Policies over HTTP: what is answered.

use events::{PolicyKind, PolicyVersion};
use ledger::rows::{AboveNight, AboveRow, ActivePolicyRow, AllowedBy, PolicyRow};
use serde::Serialize;
use utoipa::ToSchema;

use crate::status::instant;

/// Which version of a policy is in force.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicyActive {
    /// The version; null where none is any more.
    #[schema(example = "2026-11-calm")]
    pub version: Option<String>,
    /// Another was in force before this request.
    pub changed: bool,
}

/// A version of a policy.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicyStaged {
    /// What it is called; it stands for one text for ever.
    #[schema(example = "2026-11-calm")]
    pub version: String,
    /// When it was staged.
    #[schema(example = "2027-01-15T09:30:00Z")]
    pub staged_at: String,
    /// How long its text is.
    pub bytes: usize,
    /// It is in force.
    pub active: bool,
}

/// The versions of one kind of policy.
#[derive(Debug, Serialize, ToSchema)]
pub struct Policies {
    /// The position's time.
    pub as_of: String,
    /// `pricing` or `overbooking`.
    #[schema(example = "pricing")]
    pub kind: &'static str,
    /// The version in force; null while none is, and then what is built in holds.
    #[schema(example = "2026-11-calm")]
    pub active: Option<String>,
    /// The version that is computed beside the one in force: that which was staged last, unless it
    /// was promoted; null where there is none.
    pub candidate: Option<String>,
    /// To which version a rollback goes back; null where that is what is built in.
    pub previous: Option<String>,
    /// Every version, in the order in which they were staged.
    pub versions: Vec<PolicyStaged>,
}

impl Policies {
    /// What rows say.
    pub(crate) fn of(
        as_of: String,
        kind: PolicyKind,
        versions: &[PolicyRow],
        active: Option<&ActivePolicyRow>,
    ) -> Self {
        let candidate = candidate(versions, active).map(|row| row.version.to_string());
        let mut promoted = active.map(|row| row.promoted.iter().rev()).into_iter().flatten();
        let (active, previous) = (promoted.next(), promoted.next());
        let staged = |row: &PolicyRow| PolicyStaged {
            version: row.version.to_string(),
            staged_at: instant(row.stamp),
            bytes: row.document.len(),
            active: active == Some(&row.version),
        };
        Self {
            as_of,
            kind: kind.name(),
            active: active.map(PolicyVersion::to_string),
            candidate,
            previous: previous.map(PolicyVersion::to_string),
            versions: versions.iter().map(staged).collect(),
        }
    }
}

/// The version that the views run as a branch of their own, of versions in the order in which they
/// were staged.
pub(crate) fn candidate<'r>(
    versions: &'r [PolicyRow],
    active: Option<&ActivePolicyRow>,
) -> Option<&'r PolicyRow> {
    let is_promoted = |row: &PolicyRow| active.is_some_and(|it| it.promoted.contains(&row.version));
    versions.last().filter(|row| !is_promoted(row))
}

/// Rooms above the physical ones of a night, and what allowed them.
#[derive(Debug, Serialize, ToSchema)]
pub struct NightAbove {
    /// Of what.
    pub room_type: String,
    /// The night.
    #[schema(example = "2027-03-01")]
    pub night: String,
    /// How many rooms of the sale.
    pub rooms: u32,
    /// `hotel` for the hotel's own allowance, `limit` for one that a view had computed, `channel`
    /// for a sale that was made elsewhere.
    #[schema(example = "limit")]
    pub allowed_by: &'static str,
    /// Of a limit: the position at which it was computed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "0:4711")]
    pub computed_at: Option<String>,
    /// Of a limit: the version of the policy by which; left out where none was in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "2026-11-calm")]
    pub policy: Option<String>,
}

/// A sale above the physical rooms.
#[derive(Debug, Serialize, ToSchema)]
pub struct SaleAbove {
    /// The hold.
    pub hold: String,
    /// The booking that it became, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booking: Option<String>,
    /// On which nights.
    pub nights: Vec<NightAbove>,
}

/// The sales of a property above its physical rooms.
#[derive(Debug, Serialize, ToSchema)]
pub struct AbovePhysical {
    /// The position's time.
    pub as_of: String,
    /// Each open hold and each booking that was admitted so.
    pub sales: Vec<SaleAbove>,
}

impl SaleAbove {
    /// What a row says; `position` writes a next offset of its partition.
    pub(crate) fn of(row: &AboveRow, is_booked: bool, position: impl Fn(u64) -> String) -> Self {
        let night = |night: &AboveNight| {
            let (allowed_by, computed_at, policy) = match &night.allowed_by {
                AllowedBy::Hotel => ("hotel", None, None),
                AllowedBy::Channel => ("channel", None, None),
                AllowedBy::Limit { computed_at, policy } => {
                    let policy = policy.as_ref().map(PolicyVersion::to_string);
                    ("limit", Some(position(*computed_at)), policy)
                }
            };
            NightAbove {
                room_type: night.room_type.to_string(),
                night: night.night.to_string(),
                rooms: night.rooms,
                allowed_by,
                computed_at,
                policy,
            }
        };
        Self {
            hold: row.hold.to_string(),
            booking: is_booked.then(|| row.hold.booking().to_string()),
            nights: row.nights.iter().map(night).collect(),
        }
    }
}
