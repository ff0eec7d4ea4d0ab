//! Policies: the documents by which prices and limits are made, and which of them is in force.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use events::{Command, PolicyKind, PolicyVersion, PropertyId, Reason};
use storage::Snapshot;

use crate::app::App;
use crate::document::Document;
use crate::extract::{Segments, WaitFor, Write};
use crate::problem::Problem;
use crate::reading::{Reading, read_at};
use crate::respond;
use crate::routes::{ReadHeaders, WriteHeaders};
use crate::status::instant;
use crate::wire::answers::{Defined, Pending, ProblemBody};
use crate::wire::commands::{self, PolicyPath};
use crate::wire::policies::{Policies, PolicyActive};

const TOML: HeaderValue = HeaderValue::from_static("application/toml");

fn path_of(path: &Segments) -> PolicyPath<'_> {
    PolicyPath {
        property: path.get("property"),
        kind: path.get("kind"),
        version: path.get("version"),
    }
}

/// Stages a version of a policy: it is checked and kept, and in force nowhere yet.
///
/// A version stands for one text for ever: the same text again is no change, and another is
/// refused. Whatever is wrong with a document is told with its line and column.
#[utoipa::path(
    put, path = "/v1/properties/{property}/policies/{kind}/{version}", tag = "manage",
    params(WriteHeaders,
        ("property" = String, Path, description = "The caller's id of the property"),
        ("kind" = String, Path, description = "`pricing` or `overbooking`"),
        ("version" = String, Path, description = "The caller's name of the version"),
    ),
    request_body(content = String, content_type = "application/toml",
        description = "The policy, at most 61,440 bytes",
        example = json!("schema = 1\nkind = \"pricing\"\n")),
    responses(
        (status = 200, description = "As asked", body = Defined,
            headers(("Roomnight-Position" = String, description = "Just after this request"))),
        (status = 202, description = "Not decided yet", body = Pending),
        (status = "4XX", description = "Refused", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not now", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn stage(
    State(app): State<Arc<App>>,
    path: Segments,
    Document { key, text }: Document,
) -> Result<Response, Problem> {
    let command = commands::stage_policy(path_of(&path), text)?;
    respond::write(&app, &key, Command::StagePolicy(command)).await
}

/// Puts a version of a policy in force, from one record on.
#[utoipa::path(
    post, path = "/v1/properties/{property}/policies/{kind}/{version}/promote", tag = "manage",
    params(WriteHeaders,
        ("property" = String, Path, description = "The caller's id of the property"),
        ("kind" = String, Path, description = "`pricing` or `overbooking`"),
        ("version" = String, Path, description = "The caller's name of the version"),
    ),
    responses(
        (status = 200, description = "It is in force", body = PolicyActive,
            headers(("Roomnight-Position" = String, description = "Just after this request"))),
        (status = 202, description = "Not decided yet", body = Pending),
        (status = "4XX", description = "Refused", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not now", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn promote(
    State(app): State<Arc<App>>,
    path: Segments,
    write: Write,
) -> Result<Response, Problem> {
    let command = commands::promote_policy(path_of(&path), &write.body)?;
    respond::write(&app, &write.key, Command::PromotePolicy(command)).await
}

/// Takes the last promotion of a policy back, as a record of its own.
#[utoipa::path(
    post, path = "/v1/properties/{property}/policies/{kind}/rollback", tag = "manage",
    params(WriteHeaders,
        ("property" = String, Path, description = "The caller's id of the property"),
        ("kind" = String, Path, description = "`pricing` or `overbooking`"),
    ),
    responses(
        (status = 200, description = "What was in force before is again", body = PolicyActive,
            headers(("Roomnight-Position" = String, description = "Just after this request"))),
        (status = 202, description = "Not decided yet", body = Pending),
        (status = "4XX", description = "Refused", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not now", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn rollback(
    State(app): State<Arc<App>>,
    path: Segments,
    write: Write,
) -> Result<Response, Problem> {
    let command = commands::rollback_policy(path_of(&path), &write.body)?;
    respond::write(&app, &write.key, Command::RollbackPolicy(command)).await
}

/// Lists the versions of a policy, and says which is in force.
#[utoipa::path(
    get, path = "/v1/properties/{property}/policies/{kind}", tag = "manage",
    params(ReadHeaders,
        ("property" = String, Path, description = "The caller's id of the property"),
        ("kind" = String, Path, description = "`pricing` or `overbooking`"),
    ),
    responses(
        (status = 200, description = "The versions", body = Policies,
            headers(("Roomnight-Position" = String, description = "What the answer reflects"))),
        (status = "4XX", description = "Refused", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not now", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    path: Segments,
    wait_for: WaitFor,
) -> Result<Response, Problem> {
    let (property, kind) = path_of(&path).read()?;
    let policies = |reading: Reading<'_>| policies(&app, reading.snapshot, &property, kind);
    read_at(&app, &wait_for, policies).await
}

/// Reads the text of a version of a policy, byte for byte as it was staged.
#[utoipa::path(
    get, path = "/v1/properties/{property}/policies/{kind}/{version}", tag = "manage",
    params(ReadHeaders,
        ("property" = String, Path, description = "The caller's id of the property"),
        ("kind" = String, Path, description = "`pricing` or `overbooking`"),
        ("version" = String, Path, description = "The caller's name of the version"),
    ),
    responses(
        (status = 200, description = "The text", body = String, content_type = "application/toml",
            headers(("Roomnight-Position" = String, description = "What the answer reflects"))),
        (status = "4XX", description = "Refused", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not now", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn read(
    State(app): State<Arc<App>>,
    path: Segments,
    wait_for: WaitFor,
) -> Result<Response, Problem> {
    let (property, kind) = path_of(&path).read()?;
    wait_for.reached(&app).await?;
    let snapshot = app.snapshot()?;
    let answer = text(&app, &snapshot, (&property, kind), path.get("version"));
    let answer = answer.map(|text| respond::of_bytes(StatusCode::OK, TOML, text.into()));
    Ok(respond::read(&snapshot.position(), answer))
}

fn policies(
    app: &App,
    snapshot: &Snapshot<'_>,
    property: &PropertyId,
    kind: PolicyKind,
) -> Result<Policies, Problem> {
    let failed = |error: storage::Error| app.storage_failed(&error);
    snapshot.property(property).map_err(failed)?.ok_or(Reason::PropertyUnknown)?;
    let versions = snapshot.policies(property, kind).map_err(failed)?;
    let active = snapshot.active_policy(property, kind).map_err(failed)?;
    Ok(Policies::of(instant(snapshot.stamp()), kind, &versions, active.as_ref()))
}

fn text(
    app: &App,
    snapshot: &Snapshot<'_>,
    (property, kind): (&PropertyId, PolicyKind),
    version: &str,
) -> Result<String, Problem> {
    let failed = |error: storage::Error| app.storage_failed(&error);
    snapshot.property(property).map_err(failed)?.ok_or(Reason::PropertyUnknown)?;
    let version: PolicyVersion = version.parse().map_err(|_| Reason::PolicyUnknown)?;
    let row = snapshot.policy(property, kind, &version).map_err(failed)?;
    Ok(row.ok_or(Reason::PolicyUnknown)?.document)
}
