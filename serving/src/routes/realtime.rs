//! Real-time figures: the last hour of a property, minute by minute.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use dataflows::views::demand::{DemandKey, DemandPlace};
use utoipa::IntoParams;

use crate::app::App;
use crate::extract::{Pairs, WaitFor};
use crate::problem::Problem;
use crate::reading::{Reading, read_at};
use crate::routes::ReadHeaders;
use crate::wire::answers::ProblemBody;
use crate::wire::commands::property_query;
use crate::wire::demand::{Realtime, counts, realtime_minute, whole_of};

/// The query, for the OpenAPI document.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it only describes what `property_query` reads")]
pub(crate) struct RealtimeParams {
    /// The caller's id of the property.
    #[param(example = "grand")]
    property: String,
}

/// Reads how much was searched and booked at a property in each minute of the last hour, how much
/// of it became bookings and how soon.
#[utoipa::path(
    get, path = "/v1/metrics/realtime", tag = "manage",
    params(ReadHeaders, RealtimeParams),
    responses(
        (status = 200, description = "The last hour", body = Realtime,
            headers(("Roomnight-Position" = String, description = "What the answer reflects"))),
        (status = "4XX", description = "Refused", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not now", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn read(
    State(app): State<Arc<App>>,
    wait_for: WaitFor,
    pairs: Pairs,
) -> Result<Response, Problem> {
    let property = property_query(pairs.as_slice())?;
    read_at(&app, &wait_for, |reading| realtime(reading, &property)).await
}

fn realtime(reading: Reading<'_>, property: &str) -> Result<Realtime, Problem> {
    let property = reading.property(property)?.property;
    let place = DemandPlace::Property(property.clone());
    let row = reading.stored(reading.snapshot.demand(&DemandKey { place, night: None }))?;
    let whole = whole_of(row.as_ref());
    Ok(Realtime {
        as_of: reading.as_of(),
        property: property.to_string(),
        minutes: whole.minutes.iter().map(realtime_minute).collect(),
        whole: counts(row.as_ref()),
        search_to_booking_seconds: whole.search_to_booking_seconds(),
        trending_milli: whole.trending_milli,
    })
}
