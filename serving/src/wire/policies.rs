//! Policies over HTTP: what is answered.

use events::{PolicyKind, PolicyVersion};
use ledger::rows::{ActivePolicyRow, PolicyRow};
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
            previous: previous.map(PolicyVersion::to_string),
            versions: versions.iter().map(staged).collect(),
        }
    }
}
