//! Limits: how many rooms a property may sell beyond those there are.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use events::{DefineProperty, Stay};

use crate::app::App;
use crate::problem::Problem;
use crate::reading::{NightsParams, NightsRead, Reading};
use crate::routes::ReadHeaders;
use crate::wire::answers::ProblemBody;
use crate::wire::prices::{Limits, night_limit};

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
    asked: NightsRead,
) -> Result<Response, Problem> {
    asked.answer(&app, limits).await
}

fn limits(reading: Reading<'_>, property: DefineProperty, nights: Stay) -> Result<Limits, Problem> {
    let rows = reading.stored(reading.snapshot.limit_rows(&property.property))?;
    let asked = rows.iter().filter(|(key, _)| nights.contains(key.night));
    let limits = asked.map(|(key, row)| night_limit(key, row)).collect();
    Ok(Limits { as_of: reading.as_of(), limits })
}
