//! Restrictions: which stays may be sold at all, whatever rooms are left.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use events::{Command, PropertyId, Reason, Stay};
use storage::Snapshot;
use utoipa::IntoParams;

use crate::app::App;
use crate::extract::{Segments, WaitFor, Write};
use crate::problem::Problem;
use crate::respond;
use crate::routes::{ReadHeaders, WriteHeaders};
use crate::status::instant;
use crate::wire::answers::{Pending, ProblemBody};
use crate::wire::restrictions::{
    self, RestrictionsList, RestrictionsRequest, RestrictionsSet, restricted_ranges,
};

/// Replaces what a scope says of each night of a range.
#[utoipa::path(
    put, path = "/v1/properties/{property}/restrictions", tag = "manage",
    params(WriteHeaders,
        ("property" = String, Path, description = "The caller's id of the property"),
    ),
    request_body = RestrictionsRequest,
    responses(
        (status = 200, description = "As asked", body = RestrictionsSet,
            headers(("Roomnight-Position" = String, description = "Just after this request"))),
        (status = 202, description = "Not decided yet", body = Pending),
        (status = "4XX", description = "Refused", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not now", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn set(
    State(app): State<Arc<App>>,
    path: Segments,
    write: Write,
) -> Result<Response, Problem> {
    let command = restrictions::set_restrictions(path.get("property"), &write.body)?;
    respond::write(&app, &write.key, Command::SetRestrictions(command)).await
}

/// The query, for the OpenAPI document.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it only describes what `restrictions_query` reads")]
pub(crate) struct NightsParams {
    /// The first night.
    #[param(example = "2027-03-01", format = Date)]
    from: String,
    /// The day after the last night; at most 730 nights after the first.
    #[param(example = "2027-04-01", format = Date)]
    to: String,
}

/// Reads what is said of a property's nights.
#[utoipa::path(
    get, path = "/v1/properties/{property}/restrictions", tag = "manage",
    params(
        ReadHeaders,
        NightsParams,
        ("property" = String, Path, description = "The caller's id of the property"),
    ),
    responses(
        (status = 200, description = "What is said", body = RestrictionsList,
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
    let nights = restrictions::restrictions_query(&pairs)?;
    wait_for.reached(&app).await?;
    let snapshot = app.snapshot()?;
    let list = list(&app, &snapshot, path.get("property"), nights);
    let answer = list.map(|body| respond::of_body(StatusCode::OK, &body));
    Ok(respond::read(&snapshot.position(), answer))
}

fn list(
    app: &App,
    snapshot: &Snapshot<'_>,
    property: &str,
    nights: Stay,
) -> Result<RestrictionsList, Problem> {
    let failed = |error: storage::Error| app.storage_failed(&error);
    let property: PropertyId = property.parse().map_err(|_| Reason::PropertyUnknown)?;
    snapshot.property(&property).map_err(failed)?.ok_or(Reason::PropertyUnknown)?;
    let rows = snapshot.restrictions(&property).map_err(failed)?;
    Ok(RestrictionsList {
        as_of: instant(snapshot.stamp()),
        restrictions: rows.iter().flat_map(|row| restricted_ranges(&row.said, nights)).collect(),
    })
}
