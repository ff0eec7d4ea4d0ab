//! Limits: how many rooms a property may sell beyond those there are.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use events::{PropertyId, Reason, Stay};
use storage::Snapshot;

use crate::app::App;
use crate::extract::{Segments, WaitFor};
use crate::problem::Problem;
use crate::respond;
use crate::routes::ReadHeaders;
use crate::routes::restrictions::NightsParams;
use crate::status::instant;
use crate::wire::answers::ProblemBody;
use crate::wire::prices::{Limits, night_limit};
use crate::wire::restrictions::restrictions_query;

/// Reads how many rooms a property may sell beyond those there are, and what to expect of it.
#[utoipa::path(
    get, path = "/v1/properties/{property}/limits", tag = "manage",
    params(
        ReadHeaders,
        NightsParams,
        ("property" = String, Path, description = "The caller's id of the property"),
    ),
    responses(
        (status = 200, description = "What is recommended", body = Limits,
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
    query: Result<Query<Vec<(String, String)>>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Problem> {
    let pairs = query.map(|Query(pairs)| pairs).unwrap_or_default();
    let nights = restrictions_query(&pairs)?;
    wait_for.reached(&app).await?;
    let snapshot = app.snapshot()?;
    let answer = limits(&app, &snapshot, path.get("property"), nights);
    let answer = answer.map(|body| respond::of_body(StatusCode::OK, &body));
    Ok(respond::read(&snapshot.position(), answer))
}

fn limits(
    app: &App,
    snapshot: &Snapshot<'_>,
    property: &str,
    nights: Stay,
) -> Result<Limits, Problem> {
    let failed = |error: storage::Error| app.storage_failed(&error);
    let property: PropertyId = property.parse().map_err(|_| Reason::PropertyUnknown)?;
    snapshot.property(&property).map_err(failed)?.ok_or(Reason::PropertyUnknown)?;
    let rows = snapshot.limit_rows(&property).map_err(failed)?;
    let asked = rows.iter().filter(|(key, _)| nights.contains(key.night));
    let limits = asked.map(|(key, row)| night_limit(key, row)).collect();
    Ok(Limits { as_of: instant(snapshot.stamp()), limits })
}
