//! Pace: how the bookings of a property stand.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use events::{DefineProperty, Stay};

use crate::app::App;
use crate::problem::Problem;
use crate::reading::{NightsParams, NightsRead, Reading};
use crate::routes::ReadHeaders;
use crate::wire::answers::ProblemBody;
use crate::wire::prices::{Pace, take_pace};

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
    asked: NightsRead,
) -> Result<Response, Problem> {
    asked.answer(&app, pace).await
}

fn pace(reading: Reading<'_>, property: DefineProperty, nights: Stay) -> Result<Pace, Problem> {
    let mut pace = Pace { as_of: reading.as_of(), nights: Vec::new(), usual: Vec::new() };
    for row in reading.stored(reading.snapshot.pace(&property.property))? {
        take_pace(row, |night| nights.contains(night), &mut pace);
    }
    Ok(pace)
}
