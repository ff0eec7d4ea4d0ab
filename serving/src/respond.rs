//! Answers with their headers.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use dataflows::Reply;
use events::{Command, Decision, Position};
use serde::Serialize;

use crate::app::App;
use crate::extract::{Key, POSITION};
use crate::paths;
use crate::problem::{self, Kind, Problem};
use crate::status::{self, HoldTerms};
use crate::submit::{Submitted, submit};
use crate::wire::answers::Pending;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Has a command decided and answers with what became of it.
pub(crate) async fn write(app: &App, key: &Key, command: Command) -> Result<Response, Problem> {
    let Submitted { command, reply, took } =
        submit(app, key.command_id(app), command, key.deadline(app)).await?;
    let mut response = match reply {
        Some(reply) => decided(app, &command, &reply),
        None => pending(key),
    };
    response.extensions_mut().insert(Took(took));
    Ok(response)
}

/// How long the log and the ledger took for an answer, for whoever decides how much is let in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Took(pub(crate) Duration);

fn decided(app: &App, command: &Command, reply: &Reply) -> Response {
    let decided = &reply.decided;
    app.metrics.decision(command.name(), outcome(&decided.decision));
    let terms = HoldTerms::of_command(command);
    let answer = status::answer(&decided.decision, decided.stamp, terms, &app.numbers);
    let is_problem = answer.problem.is_some();
    let content_type = if is_problem { problem::MEDIA_TYPE } else { JSON };
    let mut response = of_bytes(answer.status, content_type, answer.body);
    if let Some(seconds) = answer.problem.and_then(|problem| problem.retry_after_s()) {
        response.headers_mut().insert(header::RETRY_AFTER, u16::from(seconds).into());
    }
    note_position(response.headers_mut(), &Position::after(reply.partition, reply.offset));
    response
}

/// The outcome's name, for the metrics.
fn outcome(decision: &Decision) -> &'static str {
    match decision {
        Decision::Rejected(rejection) => rejection.reason.name(),
        Decision::Defined
        | Decision::InventorySet { .. }
        | Decision::RestrictionsSet { .. }
        | Decision::PolicyActive { .. }
        | Decision::LimitsApplied { .. }
        | Decision::Held { .. }
        | Decision::Confirmed { .. }
        | Decision::Released { .. }
        | Decision::Cancelled { .. }
        | Decision::Amended { .. }
        | Decision::ExternalSaleRecorded { .. }
        | Decision::BlockReleased { .. }
        | Decision::BusinessDateAdvanced { .. }
        | Decision::Recorded
        | Decision::OwnerAnnounced { .. }
        | Decision::Ticked { .. } => "done",
    }
}

/// Says that nobody knows yet, and where to ask.
fn pending(key: &Key) -> Response {
    let status_url = paths::status_url(key.as_str());
    let location = HeaderValue::try_from(&status_url).ok();
    let mut response = of_body(StatusCode::ACCEPTED, &Pending { status_url });
    response.headers_mut().extend(location.map(|location| (header::LOCATION, location)));
    response.headers_mut().insert(header::RETRY_AFTER, 1.into());
    response
}

/// The answer to a read: it says which position it reflects, also when it is a problem.
pub(crate) fn read(position: &Position, answer: Result<Response, Problem>) -> Response {
    let mut response = answer.into_response();
    note_position(response.headers_mut(), position);
    response
}

/// An answer in JSON.
pub(crate) fn of_body(status: StatusCode, body: &impl Serialize) -> Response {
    match serde_json::to_vec(body) {
        Ok(bytes) => of_bytes(status, JSON, bytes),
        Err(error) => {
            tracing::error!(%error, "an answer could not be written as JSON");
            Problem::new(Kind::Internal).into_response()
        }
    }
}

/// An answer of any kind.
pub(crate) fn of_bytes(status: StatusCode, content_type: HeaderValue, bytes: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response
}

fn note_position(headers: &mut HeaderMap, position: &Position) {
    let position = HeaderValue::try_from(position.to_string());
    headers.extend(position.ok().map(|position| (POSITION, position)));
}
