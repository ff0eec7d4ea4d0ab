//! Risk: how often somebody has tried to book, and what was known before an attempt.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Response;
use dataflows::views::velocity::{AttemptKey, IdentityKind};
use utoipa::IntoParams;

use crate::app::App;
use crate::extract::{Segments, WaitFor};
use crate::problem::{Kind, Problem};
use crate::reading::{Reading, read_at};
use crate::routes::ReadHeaders;
use crate::wire::answers::ProblemBody;
use crate::wire::risk::{self, AttemptRisk, Risk, Velocity};

/// The query, for the OpenAPI document.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it only describes what `wire::risk::source` reads")]
pub(crate) struct AttemptParams {
    /// Who told of the attempt.
    #[param(example = "web")]
    source: String,
}

/// How often a guest, card, e-mail address, address, network or device was used to try to book.
///
/// Kinds: `guest`, `card` (its token), `email` (the hash of the address), `address`, `network` (any
/// address in it) and `device`. Whoever has not tried for a day has counts of zero.
#[utoipa::path(
    get, path = "/v1/risk/{kind}/{id}", tag = "manage",
    params(
        ReadHeaders,
        ("kind" = String, Path, description = "What kind of identity", example = "card"),
        ("id" = String, Path, description = "Which, as attempts name it", example = "tok-1"),
    ),
    responses(
        (status = 200, description = "What is known", body = Risk,
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
    let kind = IdentityKind::ALL.into_iter().find(|kind| kind.name() == path.get("kind"));
    let kind = kind.ok_or_else(|| Problem::new(Kind::IdentityUnknown))?;
    let key = risk::key(kind, path.get("id"));
    let key = key.ok_or_else(|| Problem::new(Kind::IdentityUnknown))?;
    let risk = |reading: Reading<'_>| {
        let row = reading.stored(reading.snapshot.velocity(key))?.unwrap_or_default();
        Ok(Risk { as_of: reading.as_of(), kind: kind.name(), velocity: Velocity::from(&row) })
    };
    read_at(&app, &wait_for, risk).await
}

/// An attempt of the last day, with what was known of each of its identities before it.
#[utoipa::path(
    get, path = "/v1/risk/attempt/{id}", tag = "manage",
    params(
        ReadHeaders,
        AttemptParams,
        ("id" = String, Path, description = "Its id within its source", example = "a-1"),
    ),
    responses(
        (status = 200, description = "The attempt", body = AttemptRisk,
            headers(("Roomnight-Position" = String, description = "What the answer reflects"))),
        (status = "4XX", description = "Refused", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not now", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn read_attempt(
    State(app): State<Arc<App>>,
    path: Segments,
    wait_for: WaitFor,
    query: Result<Query<Vec<(String, String)>>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Problem> {
    let pairs = query.map(|Query(pairs)| pairs).unwrap_or_default();
    let source = risk::source(&pairs)?;
    let id = risk::attempt(path.get("id")).ok_or_else(|| Problem::new(Kind::IdentityUnknown))?;
    read_at(&app, &wait_for, |reading| attempt(reading, AttemptKey::new(&source, &id))).await
}

fn attempt(reading: Reading<'_>, key: AttemptKey) -> Result<AttemptRisk, Problem> {
    let row = reading.stored(reading.snapshot.attempt(key))?;
    let row = row.ok_or_else(|| Problem::new(Kind::IdentityUnknown))?;
    Ok(risk::attempt_body(reading.as_of(), &row))
}
