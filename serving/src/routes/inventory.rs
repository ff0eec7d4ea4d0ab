//! Inventory: how many rooms may be sold on which nights.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use events::Command;

use crate::app::App;
use crate::extract::{Segments, Write};
use crate::problem::Problem;
use crate::respond;
use crate::routes::WriteHeaders;
use crate::wire::answers::{InventorySet, Pending, ProblemBody};
use crate::wire::{commands, requests};

/// Sets how many rooms of a type may be sold on each night of a range.
#[utoipa::path(
    put, path = "/v1/properties/{property}/inventory", tag = "manage",
    params(WriteHeaders,
        ("property" = String, Path, description = "The caller's id of the property"),
    ),
    request_body = requests::Inventory,
    responses(
        (status = 200, description = "As asked", body = InventorySet,
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
    let command = commands::set_inventory(path.get("property"), &write.body)?;
    respond::write(&app, &write.key, Command::SetInventory(command)).await
}
