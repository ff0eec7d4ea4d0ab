//! Sales that channels have made, and the nights on which more is sold than may be.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use events::{Command, Position, PropertyId, Reason, Slot};
use ledger::rows::OversoldRow;
use storage::Snapshot;

use crate::app::App;
use crate::extract::{Segments, WaitFor, Write};
use crate::problem::Problem;
use crate::respond;
use crate::routes::{ReadHeaders, WriteHeaders};
use crate::status::instant;
use crate::wire::answers::{ExternalSaleRecorded, Oversold, OversoldNight, Pending, ProblemBody};
use crate::wire::{commands, requests};

/// Puts on record what a channel has sold already, whatever is left.
#[utoipa::path(
    post, path = "/v1/external-sales", tag = "shop",
    params(WriteHeaders),
    request_body = requests::ExternalSale,
    responses(
        (status = 201, description = "Recorded", body = ExternalSaleRecorded,
            headers(("Roomnight-Position" = String, description = "Just after this request"))),
        (status = 200, description = "It was on record before", body = ExternalSaleRecorded,
            headers(("Roomnight-Position" = String, description = "Just after this request"))),
        (status = 202, description = "Not decided yet", body = Pending),
        (status = "4XX", description = "Refused", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not now", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn record(State(app): State<Arc<App>>, write: Write) -> Result<Response, Problem> {
    let command = commands::external_sale(&write.body)?;
    respond::write(&app, &write.key, Command::RecordExternalSale(command)).await
}

/// Reads the nights on which more is held and sold than may be: they are to be worked off.
#[utoipa::path(
    get, path = "/v1/properties/{property}/oversold", tag = "operate",
    params(ReadHeaders,
        ("property" = String, Path, description = "The caller's id of the property"),
    ),
    responses(
        (status = 200, description = "The nights", body = Oversold,
            headers(("Roomnight-Position" = String, description = "What the answer reflects"))),
        (status = "4XX", description = "Refused", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not now", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn oversold(
    State(app): State<Arc<App>>,
    path: Segments,
    wait_for: WaitFor,
) -> Result<Response, Problem> {
    wait_for.reached(&app).await?;
    let snapshot = app.snapshot()?;
    let answer = oversold_body(&app, &snapshot, path.get("property"));
    let answer = answer.map(|body| respond::of_body(StatusCode::OK, &body));
    Ok(respond::read(&snapshot.position(), answer))
}

fn oversold_body(app: &App, snapshot: &Snapshot<'_>, property: &str) -> Result<Oversold, Problem> {
    let failed = |error: storage::Error| app.storage_failed(&error);
    let property: PropertyId = property.parse().map_err(|_| Reason::PropertyUnknown)?;
    snapshot.property(&property).map_err(failed)?.ok_or(Reason::PropertyUnknown)?;
    let partition = Slot::of(&property).partition(app.log.partitions());
    let night = |row: &OversoldRow| OversoldNight {
        room_type: row.room_type.to_string(),
        night: row.night.to_string(),
        rooms: row.rooms,
        since: instant(row.since),
        position: Position::after(partition, row.offset).to_string(),
    };
    let rows = snapshot.oversold(&property).map_err(failed)?;
    Ok(Oversold { as_of: instant(snapshot.stamp()), oversold: rows.iter().map(night).collect() })
}
