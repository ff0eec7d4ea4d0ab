//! Restrictions: which stays may be sold at all, whatever rooms are left.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use events::{Command, DefineProperty, Stay};

use crate::app::App;
use crate::extract::{Segments, Write};
use crate::problem::Problem;
use crate::reading::{NightsParams, NightsRead, Reading};
use crate::respond;
use crate::routes::{ReadHeaders, WriteHeaders};
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
    asked: NightsRead,
) -> Result<Response, Problem> {
    asked.answer(&app, list).await
}

fn list(
    reading: Reading<'_>,
    property: DefineProperty,
    nights: Stay,
) -> Result<RestrictionsList, Problem> {
    let rows = reading.stored(reading.snapshot.restrictions(&property.property))?;
    Ok(RestrictionsList {
        as_of: reading.as_of(),
        restrictions: rows.iter().flat_map(|row| restricted_ranges(&row.said, nights)).collect(),
    })
}
