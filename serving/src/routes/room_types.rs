//! Room types: rooms that are sold as the same thing.

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

/// Creates a room type or changes what is said of it.
#[utoipa::path(
    put, path = "/v1/properties/{property}/room-types/{room_type}", tag = "manage",
    params(WriteHeaders,
        ("property" = String, Path, description = "The caller's id of the property"),
        ("room_type" = String, Path, description = "The caller's id of the room type"),
    ),
    request_body = requests::RoomType,
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
    let command =
        commands::define_room_type(path.get("property"), path.get("room_type"), &write.body)?;
    respond::write(&app, &write.key, Command::DefineRoomType(command)).await
}

/// Says what a room type is made of, such as an apartment of its rooms: selling one takes the
/// other.
#[utoipa::path(
    put, path = "/v1/properties/{property}/room-types/{room_type}/links", tag = "manage",
    params(WriteHeaders,
        ("property" = String, Path, description = "The caller's id of the property"),
        ("room_type" = String, Path, description = "The caller's id of the room type"),
    ),
    request_body = requests::Links,
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
pub(crate) async fn link(
    State(app): State<Arc<App>>,
    path: Segments,
    write: Write,
) -> Result<Response, Problem> {
    let command =
        commands::link_room_type(path.get("property"), path.get("room_type"), &write.body)?;
    respond::write(&app, &write.key, Command::LinkRoomType(command)).await
}
