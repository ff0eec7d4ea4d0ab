//! Demand: what is looked for at a property, and what its rivals ask.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use dataflows::views::demand::{DemandKey, DemandPlace};
use events::{DefineProperty, Stay};

use crate::app::App;
use crate::problem::Problem;
use crate::reading::{NightsParams, NightsRead, Reading};
use crate::routes::ReadHeaders;
use crate::wire::answers::ProblemBody;
use crate::wire::demand::{Demand, counts, demand_night, whole_of};

/// Reads how much is searched and booked at a property, and what its rivals ask, night by night.
#[utoipa::path(
    get, path = "/v1/properties/{property}/demand", tag = "manage",
    params(
        ReadHeaders,
        NightsParams,
        ("property" = String, Path, description = "The caller's id of the property"),
    ),
    responses(
        (status = 200, description = "What is looked for", body = Demand,
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
    asked.answer(&app, demand).await
}

fn demand(reading: Reading<'_>, property: DefineProperty, nights: Stay) -> Result<Demand, Problem> {
    let Reading { snapshot, .. } = reading;
    let rivals = reading.stored(snapshot.competitors(&property.property))?.into_iter();
    let rivals: BTreeMap<_, _> = rivals.map(|(key, row)| (key.night, row)).collect();
    let place = DemandPlace::Property(property.property);
    let mut key = DemandKey { place, night: None };
    let whole = reading.stored(snapshot.demand(&key))?;
    let mut told = Vec::new();
    for night in nights.nights() {
        key.night = Some(night);
        let row = reading.stored(snapshot.demand(&key))?;
        told.extend(demand_night(night, row.as_ref(), rivals.get(&night)));
    }
    Ok(Demand {
        as_of: reading.as_of(),
        whole: counts(whole.as_ref()),
        trending_milli: whole_of(whole.as_ref()).trending_milli,
        nights: told,
    })
}
