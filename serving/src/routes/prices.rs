//! Prices: what the rooms of a property should cost, and why.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use events::{DefineProperty, Night, Reason, RoomTypeId, Stay};

use crate::app::App;
use crate::extract::{Segments, WaitFor};
use crate::price_list::PriceList;
use crate::problem::Problem;
use crate::reading::{NightsParams, NightsRead, Reading, read_at};
use crate::routes::ReadHeaders;
use crate::wire::answers::ProblemBody;
use crate::wire::commands::path_night;
use crate::wire::prices::{Explanation, Prices, explanation, night_price};

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
    asked: NightsRead,
) -> Result<Response, Problem> {
    asked.answer(&app, prices).await
}

fn prices(reading: Reading<'_>, property: DefineProperty, nights: Stay) -> Result<Prices, Problem> {
    let list = PriceList::of(reading, property)?;
    let mut prices = Vec::new();
    for room_type in list.bases().keys() {
        for night in nights.nights() {
            let (row, touched) = list.price(room_type, night)?;
            prices.push(night_price(room_type, night, &row, touched));
        }
    }
    let currency = list.currency().to_string();
    Ok(Prices { as_of: reading.as_of(), currency, prices })
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
    let names = (path.get("property"), path.get("room_type"));
    read_at(&app, &wait_for, |reading| explained(reading, names, night)).await
}

fn explained(
    reading: Reading<'_>,
    (property, room_type): (&str, &str),
    night: Night,
) -> Result<Explanation, Problem> {
    let list = PriceList::of(reading, reading.property(property)?)?;
    let room_type: RoomTypeId = room_type.parse().map_err(|_| Reason::RoomTypeUnknown)?;
    list.has_room_type(&room_type)?;
    let (row, touched) = list.price(&room_type, night)?;
    let price = night_price(&room_type, night, &row, touched);
    let priced = list.priced(night, &row);
    Ok(explanation(reading.as_of(), price, &priced, &row.features))
}
