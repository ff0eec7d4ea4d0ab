//! Properties: hotels, as their owners describe them.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use events::{Command, DefineProperty, PropertyId, Reason};
use storage::Snapshot;

use crate::app::App;
use crate::extract::{Segments, WaitFor, Write};
use crate::problem::Problem;
use crate::reading::{Reading, read_at};
use crate::respond;
use crate::routes::{ReadHeaders, WriteHeaders};
use crate::status::instant;
use crate::wire::answers::{Defined, Pending, ProblemBody};
use crate::wire::properties::{Location, Property};
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

/// Reads what is said of a property.
#[utoipa::path(
    get, path = "/v1/properties/{property}", tag = "shop",
    params(ReadHeaders,
        ("property" = String, Path, description = "The caller's id of the property"),
    ),
    responses(
        (status = 200, description = "The property", body = Property,
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
) -> Result<Response, Problem> {
    let found = |reading: Reading<'_>| found(&app, reading.snapshot, path.get("property"));
    read_at(&app, &wait_for, found).await
}

fn found(app: &App, snapshot: &Snapshot<'_>, id: &str) -> Result<Property, Problem> {
    let id: PropertyId = id.parse().map_err(|_| Reason::PropertyUnknown)?;
    let row = snapshot.property(&id).map_err(|error| app.storage_failed(&error))?;
    let property: DefineProperty = row.ok_or(Reason::PropertyUnknown)?.command;
    let degrees = |microdegrees| f64::from(microdegrees) / 1e6;
    Ok(Property {
        as_of: instant(snapshot.stamp()),
        property: property.property.to_string(),
        name: property.name,
        city: property.city,
        country: property.country,
        location: Location {
            lat: degrees(property.location.latitude_microdegrees),
            lon: degrees(property.location.longitude_microdegrees),
        },
        time_zone: property.time_zone,
        currency: property.currency.to_string(),
        stars: property.stars,
        amenities: property.amenities,
        market: property.market.map(|market| market.to_string()),
    })
}
