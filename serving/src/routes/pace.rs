//! Pace: how the bookings of a property stand.

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
use crate::wire::prices::{Pace, take_pace};
use crate::wire::restrictions::restrictions_query;

/// Reads how the bookings of a property's nights stand, and what is usual there.
#[utoipa::path(
    get, path = "/v1/properties/{property}/pace", tag = "manage",
    params(
        ReadHeaders,
        NightsParams,
        ("property" = String, Path, description = "The caller's id of the property"),
    ),
    responses(
        (status = 200, description = "How they stand", body = Pace,
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
    let answer = pace(&app, &snapshot, path.get("property"), nights);
    let answer = answer.map(|body| respond::of_body(StatusCode::OK, &body));
    Ok(respond::read(&snapshot.position(), answer))
}

fn pace(app: &App, snapshot: &Snapshot<'_>, property: &str, nights: Stay) -> Result<Pace, Problem> {
    let failed = |error: storage::Error| app.storage_failed(&error);
    let property: PropertyId = property.parse().map_err(|_| Reason::PropertyUnknown)?;
    snapshot.property(&property).map_err(failed)?.ok_or(Reason::PropertyUnknown)?;
    let as_of = instant(snapshot.stamp());
    let mut pace = Pace { as_of, nights: Vec::new(), usual: Vec::new() };
    for row in snapshot.pace(&property).map_err(failed)? {
        take_pace(row, |night| nights.contains(night), &mut pace);
    }
    Ok(pace)
}
