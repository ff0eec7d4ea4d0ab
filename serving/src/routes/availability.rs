//! Availability: what a property has to sell for a stay.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use events::{PropertyId, Reason};
use ledger::rows::{RatePlanRow, RoomTypeRow};
use storage::Snapshot;
use utoipa::IntoParams;

use crate::app::App;
use crate::extract::{Segments, WaitFor};
use crate::problem::Problem;
use crate::respond;
use crate::routes::ReadHeaders;
use crate::status::instant;
use crate::wire::answers::{Availability, NightLeft, ProblemBody, RoomTypeAvailability};
use crate::wire::commands::{self, AvailabilityQuery};

/// The query, for the OpenAPI document.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it only describes what `wire::commands::availability` reads")]
pub(crate) struct AvailabilityParams {
    /// The first night.
    #[param(example = "2027-03-01", format = Date)]
    check_in: String,
    /// The day after the last night; at most 730 nights after the first.
    #[param(example = "2027-03-04", format = Date)]
    check_out: String,
    /// How many rooms of one type.
    #[param(minimum = 1, maximum = 200, default = 1)]
    rooms: Option<u32>,
    /// How many people over all these rooms.
    #[param(minimum = 1, maximum = 10_000, default = 2)]
    guests: Option<u32>,
}

/// Reads what a property has to sell for a stay.
#[utoipa::path(
    get, path = "/v1/properties/{property}/availability", tag = "shop",
    params(
        ReadHeaders,
        AvailabilityParams,
        ("property" = String, Path, description = "The caller's id of the property"),
    ),
    responses(
        (status = 200, description = "What is left", body = Availability,
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
    // What cannot be decoded names no parameter, and so the required ones are missing.
    let pairs = query.map(|Query(pairs)| pairs).unwrap_or_default();
    let query = commands::availability(&pairs)?;
    wait_for.reached(&app).await?;
    let snapshot = app.snapshot()?;
    let availability = availability_body(&app, &snapshot, path.get("property"), &query);
    let answer = availability.map(|body| respond::of_body(StatusCode::OK, &body));
    Ok(respond::read(&snapshot.position(), answer))
}

fn availability_body(
    app: &App,
    snapshot: &Snapshot<'_>,
    property: &str,
    query: &AvailabilityQuery,
) -> Result<Availability, Problem> {
    let failed = |error: storage::Error| app.storage_failed(&error);
    let property: PropertyId = property.parse().map_err(|_| Reason::PropertyUnknown)?;
    snapshot.property(&property).map_err(failed)?.ok_or(Reason::PropertyUnknown)?;
    let rate_plans = snapshot.rate_plans(&property).map_err(failed)?;
    let room_types = snapshot.room_types(&property).map_err(failed)?;
    let of_room_type = |row: &RoomTypeRow| room_type_body(snapshot, row, &rate_plans, query);
    let room_types = room_types.iter().map(of_room_type);
    Ok(Availability {
        as_of: instant(snapshot.stamp()),
        room_types: room_types.collect::<Result<_, _>>().map_err(failed)?,
    })
}

fn room_type_body(
    snapshot: &Snapshot<'_>,
    row: &RoomTypeRow,
    rate_plans: &[RatePlanRow],
    query: &AvailabilityQuery,
) -> Result<RoomTypeAvailability, storage::Error> {
    let room_type = &row.command.room_type;
    let nights = snapshot.availability(&row.command.property, room_type, query.stay)?;
    // More may be held and sold than exists since the supply was lowered: nothing is left then.
    let left = |left: i32| u32::try_from(left).unwrap_or(0);
    let is_on_sale = rate_plans.iter().any(|plan| plan.command.room_types.contains(room_type));
    let guests_max = u32::from(row.command.max_guests).saturating_mul(query.rooms);
    let faults = [
        (!is_on_sale, "no_rate_plan"),
        (query.guests > guests_max, Reason::TooManyGuests.name()),
        (nights.iter().any(|(_, row)| left(row.left) < query.rooms), Reason::NoRoom.name()),
    ];
    let why_not: Vec<_> =
        faults.iter().filter(|(at_fault, _)| *at_fault).map(|(_, name)| *name).collect();
    let night = |(night, row): &(events::Night, dataflows::AvailabilityRow)| NightLeft {
        night: night.to_string(),
        left: left(row.left),
    };
    Ok(RoomTypeAvailability {
        room_type: room_type.to_string(),
        sellable: why_not.is_empty(),
        why_not,
        nights: nights.iter().map(night).collect(),
    })
}
