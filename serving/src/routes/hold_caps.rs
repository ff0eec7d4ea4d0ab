//! Caps on holds: how much may be held and not paid for.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use events::Command;

use crate::app::App;
use crate::extract::{Segments, Write};
use crate::problem::Problem;
use crate::respond;
use crate::routes::WriteHeaders;
use crate::wire::answers::{Defined, Pending, ProblemBody};
use crate::wire::restrictions::{self, HoldCapsRequest};

/// Bounds what may be held at a property and not yet paid for.
#[utoipa::path(
    put, path = "/v1/properties/{property}/hold-caps", tag = "manage",
    params(WriteHeaders,
        ("property" = String, Path, description = "The caller's id of the property"),
    ),
    request_body = Option<HoldCapsRequest>,
    responses(
        (status = 200, description = "As asked", body = Defined,
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
    let command = restrictions::set_hold_caps(path.get("property"), &write.body)?;
    respond::write(&app, &write.key, Command::SetHoldCaps(command)).await
}
