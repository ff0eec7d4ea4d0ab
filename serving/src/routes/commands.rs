//! Commands: what became of a request whose answer was lost.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use events::Decision;
use ledger::rows::{DecisionRow, HoldRow};
use storage::Snapshot;

use crate::app::App;
use crate::extract::{Key, Segments, WaitFor};
use crate::keys::Caller;
use crate::paths;
use crate::problem::{Kind, Problem};
use crate::respond;
use crate::routes::ReadHeaders;
use crate::status::{self, HoldTerms, instant};
use crate::wire::answers::{CommandDecided, CommandPending, ProblemBody};

/// Reads what became of the request with an idempotency key.
#[utoipa::path(
    get, path = "/v1/commands/{idempotency_key}", tag = "shop",
    params(
        ReadHeaders,
        ("idempotency_key" = String, Path, description = "The key that the request had"),
    ),
    responses(
        (status = 202, description = "Not decided yet", body = CommandPending),
        (status = 200, description = "Decided, and how it was answered", body = CommandDecided,
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
    caller: Caller,
) -> Result<Response, Problem> {
    wait_for.reached(&app).await?;
    let key = Key::new(path.get("idempotency_key"), &caller);
    let key = key.ok_or_else(|| Problem::new(Kind::CommandUnknown))?;
    if !app.knows_the_past() {
        // It may have been decided before this process began, and nobody here would know.
        return Err(Problem::new(Kind::NotReady));
    }
    let is_under_way = is_under_way(&app, &key).await;
    let snapshot = app.snapshot()?;
    let answer = command_answer(&app, &snapshot, &key, is_under_way);
    Ok(respond::read(&snapshot.position(), answer))
}

/// Whether storage may come to know of the request. What is decided is about to be stored, and is
/// waited for: whoever had its answer must not be told "not yet".
async fn is_under_way(app: &App, key: &Key) -> bool {
    let Some(under_way) = app.waiters.under_way(key.command_id(app)) else { return false };
    let is_stored = match &under_way.decided {
        Some(position) => app.progress.reached(position, app.options.deadline).await,
        None => false,
    };
    // A refusal that leaves no trace, such as `id_reused`, is stored as nothing.
    under_way.is_undecided || !is_stored
}

fn command_answer(
    app: &App,
    snapshot: &Snapshot<'_>,
    key: &Key,
    is_under_way: bool,
) -> Result<Response, Problem> {
    let failed = |error: storage::Error| app.storage_failed(&error);
    let as_of = instant(snapshot.stamp());
    let idempotency_key = key.as_str().to_owned();
    match snapshot.decision(key.command_id(app)).map_err(failed)? {
        Some(row) => {
            let hold = hold_of(snapshot, &row).map_err(failed)?;
            let body = decided_body(app, &row, hold.as_ref(), idempotency_key, as_of)?;
            Ok(respond::of_body(StatusCode::OK, &body))
        }
        None if is_under_way => {
            let status_url = paths::status_url(key.as_str());
            let body = CommandPending { as_of, idempotency_key, state: "pending", status_url };
            Ok(respond::of_body(StatusCode::ACCEPTED, &body))
        }
        None => Err(Problem::new(Kind::CommandUnknown)),
    }
}

/// The hold that a command placed: its answer says more than its decision does.
fn hold_of(snapshot: &Snapshot<'_>, row: &DecisionRow) -> Result<Option<HoldRow>, storage::Error> {
    match &row.decision {
        Decision::Held { hold, deadline: _ } => snapshot.hold(*hold),
        Decision::Defined
        | Decision::InventorySet { .. }
        | Decision::RestrictionsSet { .. }
        | Decision::PolicyActive { .. }
        | Decision::LimitsApplied { .. }
        | Decision::Confirmed { .. }
        | Decision::Released { .. }
        | Decision::Cancelled { .. }
        | Decision::Amended { .. }
        | Decision::ExternalSaleRecorded { .. }
        | Decision::BlockReleased { .. }
        | Decision::BusinessDateAdvanced { .. }
        | Decision::Recorded
        | Decision::OwnerAnnounced { .. }
        | Decision::Ticked { .. }
        | Decision::Rejected(_) => Ok(None),
    }
}

fn decided_body(
    app: &App,
    row: &DecisionRow,
    hold: Option<&HoldRow>,
    idempotency_key: String,
    as_of: String,
) -> Result<CommandDecided, Problem> {
    let terms = hold.map(|hold| HoldTerms {
        property: &hold.property,
        ttl_ms: hold.ttl_ms,
        lines: &hold.lines,
        block: hold.block.as_ref(),
    });
    let answer = status::answer(&row.decision, row.stamp, terms, &app.numbers);
    let body = serde_json::from_slice(&answer.body).map_err(|error| {
        tracing::error!(%error, "an answer of our own could not be read back");
        Problem::new(Kind::Internal)
    })?;
    Ok(CommandDecided {
        as_of,
        idempotency_key,
        state: "decided",
        command: name_of_kind(row.kind),
        status: answer.status.as_u16(),
        answer: body,
    })
}

/// The name of a command of that kind on the wire.
fn name_of_kind(kind: u32) -> &'static str {
    match kind {
        1 => "define_property",
        2 => "define_room_type",
        3 => "define_rate_plan",
        4 => "set_inventory",
        5 => "place_hold",
        6 => "confirm_hold",
        7 => "release_hold",
        8 => "cancel_booking",
        9 => "record_fact",
        12 => "set_restrictions",
        13 => "set_hold_caps",
        14 => "amend_booking",
        15 => "record_external_sale",
        16 => "link_room_type",
        17 => "set_block",
        18 => "release_block",
        19 => "advance_business_date",
        20 => "stage_policy",
        21 => "promote_policy",
        22 => "rollback_policy",
        _ => "unknown",
    }
}
