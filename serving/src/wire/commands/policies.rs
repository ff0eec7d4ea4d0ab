//! Policies: paths and documents to commands.

use events::{PolicyKind, PolicyVersion, PromotePolicy, PropertyId, RollbackPolicy, StagePolicy};
use models::policy::{Fault, PolicyError, parse_overbooking, parse_pricing};
use serde_json::Value;

use super::{Faults, path_id};
use crate::wire::answers::FieldError;
use crate::wire::read::{self, Report};

/// What the path of a policy names.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PolicyPath<'p> {
    pub(crate) property: &'p str,
    pub(crate) kind: &'p str,
    pub(crate) version: &'p str,
}

impl PolicyPath<'_> {
    fn of_kind(self, report: &mut Report) -> (Option<PropertyId>, Option<PolicyKind>) {
        (path_id("property", self.property, report), kind(self.kind, report))
    }

    /// The property and the kind, if they may be such.
    pub(crate) fn read(self) -> Result<(PropertyId, PolicyKind), Faults> {
        let mut report = Report::default();
        let (property, kind) = self.of_kind(&mut report);
        report.conclude(property.zip(kind))
    }
}

/// `PUT /v1/properties/{property}/policies/{kind}/{version}`: the document is read as whoever makes
/// prices or limits by it will read it.
pub(crate) fn stage_policy(path: PolicyPath<'_>, document: String) -> Result<StagePolicy, Faults> {
    let mut report = Report::default();
    let (property, kind) = path.of_kind(&mut report);
    let version = path_id::<PolicyVersion>("version", path.version, &mut report);
    let named = property.zip(kind).zip(version);
    let ((property, kind), version) = report.conclude(named)?;
    let read = match kind {
        PolicyKind::Pricing => parse_pricing(&document).map(drop),
        PolicyKind::Overbooking => parse_overbooking(&document).map(drop),
    };
    read.map_err(faults)?;
    Ok(StagePolicy { property, kind, version, document })
}

/// `POST /v1/properties/{property}/policies/{kind}/{version}/promote`.
pub(crate) fn promote_policy(path: PolicyPath<'_>, body: &Value) -> Result<PromotePolicy, Faults> {
    let mut report = Report::default();
    let (property, kind) = path.of_kind(&mut report);
    let version = path_id("version", path.version, &mut report);
    read::body(body, report, |_, _| {
        Some(PromotePolicy { property: property?, kind: kind?, version: version? })
    })
}

/// `POST /v1/properties/{property}/policies/{kind}/rollback`.
pub(crate) fn rollback_policy(
    path: PolicyPath<'_>,
    body: &Value,
) -> Result<RollbackPolicy, Faults> {
    let mut report = Report::default();
    let (property, kind) = path.of_kind(&mut report);
    read::body(body, report, |_, _| Some(RollbackPolicy { property: property?, kind: kind? }))
}

fn kind(text: &str, report: &mut Report) -> Option<PolicyKind> {
    let kind = PolicyKind::from_name(text);
    if kind.is_none() {
        let known: Vec<&str> = PolicyKind::ALL.iter().map(|kind| kind.name()).collect();
        let text: String = text.chars().take(80).collect();
        report.fault_of("kind", format!("`{text}` is not a kind of policy: {}", known.join(", ")));
    }
    kind
}

/// What is wrong with a document, each in its place.
fn faults(error: PolicyError) -> Faults {
    let mut faults: Faults = error.faults.into_iter().map(fault).collect();
    if error.more_count > 0 {
        let detail = format!("{} more things are wrong", error.more_count);
        faults.push(FieldError::at(String::new(), detail));
    }
    faults
}

fn fault(fault: Fault) -> FieldError {
    let Fault { line, column, path, wrong, allowed } = fault;
    FieldError {
        pointer: pointer(&path),
        detail: format!("{wrong}; allowed is {allowed}"),
        line: Some(line),
        column: Some(column),
    }
}

/// `factors.pace.curve[2]` as an RFC 6901 pointer.
fn pointer(path: &str) -> String {
    let mut pointer = String::with_capacity(path.len() + 1);
    if !path.is_empty() {
        pointer.push('/');
    }
    for letter in path.chars() {
        match letter {
            '.' | '[' => pointer.push('/'),
            ']' => {}
            '/' => pointer.push_str("~1"),
            '~' => pointer.push_str("~0"),
            other => pointer.push(other),
        }
    }
    pointer
}
