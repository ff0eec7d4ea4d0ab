//! Holds: rooms set aside for a while, and how that ends.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use events::{AccountId, Command, HoldId, Reason};
use ledger::rows::HoldState;
use storage::Snapshot;

use crate::app::App;
use crate::civil::today_at;
use crate::extract::{Segments, WaitFor, Write};
use crate::problem::Problem;
use crate::reading::{Reading, read_at};
use crate::respond;
use crate::routes::{ReadHeaders, WriteHeaders};
use crate::status::{instant, instant_after, lines};
use crate::wire::answers::{self, Confirmed, Pending, ProblemBody, Released};
use crate::wire::{commands, requests};

/// Sets rooms aside for a while: all lines or none.
#[utoipa::path(
    post, path = "/v1/holds", tag = "shop",
    params(WriteHeaders),
    request_body = requests::HoldRequest,
    responses(
        (status = 201, description = "Held", body = answers::Hold,
            headers(("Roomnight-Position" = String, description = "Just after this request"))),
        (status = 202, description = "Not decided yet", body = Pending),
        (status = "4XX", description = "Refused", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not now", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn place(State(app): State<Arc<App>>, write: Write) -> Result<Response, Problem> {
    let mut command = commands::place_hold(&write.body)?;
    let caller = || write.key.caller_name().and_then(|name| AccountId::new(name).ok());
    command.account = command.account.take().or_else(caller);
    command.booked_on = today_at(&app, &command.property, write.key.deadline(&app)).await?;
    respond::write(&app, &write.key, Command::PlaceHold(command)).await
}

/// Reads a hold.
#[utoipa::path(
    get, path = "/v1/holds/{hold}", tag = "shop",
    params(ReadHeaders, ("hold" = String, Path, description = "The id of the hold")),
    responses(
        (status = 200, description = "The hold", body = answers::Hold,
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
    let hold = |reading: Reading<'_>| hold_body(&app, reading.snapshot, path.hold()?);
    read_at(&app, &wait_for, hold).await
}

fn hold_body(app: &App, snapshot: &Snapshot<'_>, hold: HoldId) -> Result<answers::Hold, Problem> {
    let row = snapshot.hold(hold).map_err(|error| app.storage_failed(&error))?;
    let row = row.ok_or(Reason::HoldUnknown)?;
    let (state, booking) = match row.state {
        HoldState::Held => ("held", None),
        HoldState::Confirmed => ("confirmed", Some(hold.booking().to_string())),
        HoldState::Released => ("released", None),
        HoldState::Expired => ("expired", None),
    };
    Ok(answers::Hold {
        as_of: Some(instant(snapshot.stamp())),
        hold: hold.to_string(),
        state,
        property: Some(row.property.to_string()),
        expires_at: Some(instant_after(row.stamp, row.ttl_ms)),
        booking,
        block: row.block.as_ref().map(ToString::to_string),
        lines: Some(lines(&row.lines)),
    })
}

/// Turns a hold into a booking.
#[utoipa::path(
    post, path = "/v1/holds/{hold}/confirm", tag = "shop",
    params(WriteHeaders,
        ("hold" = String, Path, description = "The id of the hold"),
    ),
    request_body = requests::Confirm,
    responses(
        (status = 201, description = "Confirmed", body = Confirmed,
            headers(("Roomnight-Position" = String, description = "Just after this request"))),
        (status = 202, description = "Not decided yet", body = Pending),
        (status = "4XX", description = "Refused", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not now", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn confirm(
    State(app): State<Arc<App>>,
    path: Segments,
    write: Write,
) -> Result<Response, Problem> {
    let command = commands::confirm_hold(path.hold()?, &write.body)?;
    respond::write(&app, &write.key, Command::ConfirmHold(command)).await
}

/// Gives the rooms of a hold back.
#[utoipa::path(
    post, path = "/v1/holds/{hold}/release", tag = "shop",
    params(WriteHeaders,
        ("hold" = String, Path, description = "The id of the hold"),
    ),
    request_body = Option<requests::Release>,
    responses(
        (status = 200, description = "Released", body = Released,
            headers(("Roomnight-Position" = String, description = "Just after this request"))),
        (status = 202, description = "Not decided yet", body = Pending),
        (status = "4XX", description = "Refused", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not now", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn release(
    State(app): State<Arc<App>>,
    path: Segments,
    write: Write,
) -> Result<Response, Problem> {
    let command = commands::release_hold(path.hold()?, &write.body)?;
    respond::write(&app, &write.key, Command::ReleaseHold(command)).await
}
