//! Prices: what the rooms of a property should cost, and why.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use events::{Night, Reason, RoomTypeId, Stay};
use storage::Snapshot;

use crate::app::App;
use crate::extract::{Segments, WaitFor};
use crate::price_list::PriceList;
use crate::problem::Problem;
use crate::respond;
use crate::routes::ReadHeaders;
use crate::routes::restrictions::NightsParams;
use crate::status::instant;
use crate::wire::answers::ProblemBody;
use crate::wire::commands::path_night;
use crate::wire::prices::{Explanation, Prices, explanation, night_price};
use crate::wire::restrictions::restrictions_query;

/// Reads what the rooms of a property should cost.
///
/// A night that nobody touched has the price that follows from what is known of its market.
#[utoipa::path(
    get, path = "/v1/properties/{property}/prices", tag = "manage",
    params(
        ReadHeaders,
        NightsParams,
        ("property" = String, Path, description = "The caller's id of the property"),
    ),
    responses(
        (status = 200, description = "The prices", body = Prices,
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
    let pairs = query.map(|Query(pairs)| pairs).unwrap_or_default();
    let nights = restrictions_query(&pairs)?;
    wait_for.reached(&app).await?;
    let snapshot = app.snapshot()?;
    let answer = prices(&app, &snapshot, path.get("property"), nights);
    let answer = answer.map(|body| respond::of_body(StatusCode::OK, &body));
    Ok(respond::read(&snapshot.position(), answer))
}

fn prices(
    app: &App,
    snapshot: &Snapshot<'_>,
    property: &str,
    nights: Stay,
) -> Result<Prices, Problem> {
    let list = PriceList::of(app, snapshot, property)?;
    let mut prices = Vec::new();
    for room_type in list.bases().keys() {
        for night in nights.nights() {
            let (row, touched) = list.price(room_type, night)?;
            prices.push(night_price(room_type, night, &row, touched));
        }
    }
    let currency = list.currency().to_string();
    Ok(Prices { as_of: instant(snapshot.stamp()), currency, prices })
}

/// Explains the price of a night: what each feature adds, and what moved it after that.
#[utoipa::path(
    get, path = "/v1/properties/{property}/prices/{room_type}/{night}/explain", tag = "manage",
    params(
        ReadHeaders,
        ("property" = String, Path, description = "The caller's id of the property"),
        ("room_type" = String, Path, description = "The caller's id of the room type"),
        ("night" = String, Path, description = "The night", example = "2027-03-01"),
    ),
    responses(
        (status = 200, description = "The price and what made it", body = Explanation,
            headers(("Roomnight-Position" = String, description = "What the answer reflects"))),
        (status = "4XX", description = "Refused", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not now", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn explain(
    State(app): State<Arc<App>>,
    path: Segments,
    wait_for: WaitFor,
) -> Result<Response, Problem> {
    let night = path_night(path.get("night"))?;
    wait_for.reached(&app).await?;
    let snapshot = app.snapshot()?;
    let names = (path.get("property"), path.get("room_type"));
    let answer = explained(&app, &snapshot, names, night);
    let answer = answer.map(|body| respond::of_body(StatusCode::OK, &body));
    Ok(respond::read(&snapshot.position(), answer))
}

fn explained(
    app: &App,
    snapshot: &Snapshot<'_>,
    (property, room_type): (&str, &str),
    night: Night,
) -> Result<Explanation, Problem> {
    let list = PriceList::of(app, snapshot, property)?;
    let room_type: RoomTypeId = room_type.parse().map_err(|_| Reason::RoomTypeUnknown)?;
    list.has_room_type(&room_type)?;
    let (row, touched) = list.price(&room_type, night)?;
    let price = night_price(&room_type, night, &row, touched);
    let priced = list.priced(night, &row);
    Ok(explanation(instant(snapshot.stamp()), price, &priced, &row.features))
}
