//! Properties: hotels, as their owners describe them.

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
use crate::wire::{commands, requests};

/// Creates a property or changes what is said of it.
#[utoipa::path(
    put, path = "/v1/properties/{property}", tag = "manage",
    params(WriteHeaders,
        ("property" = String, Path, description = "The caller's id of the property"),
    ),
    request_body = requests::Property,
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
pub(crate) async fn define(
    State(app): State<Arc<App>>,
    path: Segments,
    write: Write,
) -> Result<Response, Problem> {
    let command = commands::define_property(path.get("property"), &write.body)?;
    respond::write(&app, &write.key, Command::DefineProperty(command)).await
}
