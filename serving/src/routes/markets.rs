//! Markets: what is looked for in one, how full it is, and what goes on there.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use dataflows::views::days::Day;
use dataflows::views::demand::{DemandKey, DemandPlace};
use dataflows::views::market_events::MarketEventsKey;
use dataflows::views::occupancy::{OccupancyKey, OccupancyOf, OccupancyRow};
use events::{MarketId, Night, Stay};
use utoipa::IntoParams;

use crate::app::App;
use crate::extract::{Pairs, Segments, WaitFor};
use crate::problem::{Kind, Problem};
use crate::reading::{Reading, read_at};
use crate::routes::ReadHeaders;
use crate::wire::answers::ProblemBody;
use crate::wire::commands::nights_query_if_any;
use crate::wire::demand::{Market, counts, market_night, whole_of};

/// How many nights are told of where none are named.
const NIGHTS_DEFAULT: i32 = 30;

/// The query, for the OpenAPI document.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it only describes what `nights_query_if_any` reads")]
pub(crate) struct MarketParams {
    /// The first night; with `to`, or neither: then it is 30 nights from today on.
    #[param(required = false, example = "2027-03-01", format = Date)]
    from: String,
    /// The day after the last night; at most 730 nights after the first.
    #[param(required = false, example = "2027-04-01", format = Date)]
    to: String,
}

/// Reads how much is searched and booked in a market, how full it is and what draws people there.
#[utoipa::path(
    get, path = "/v1/markets/{market}", tag = "manage",
    params(
        ReadHeaders,
        MarketParams,
        ("market" = String, Path, description = "The market, as properties name it"),
    ),
    responses(
        (status = 200, description = "What is known of it", body = Market,
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
    pairs: Pairs,
) -> Result<Response, Problem> {
    let nights = nights_query_if_any(pairs.as_slice())?;
    let market = path.get("market").parse::<MarketId>();
    let market = market.map_err(|_| Problem::new(Kind::MarketUnknown))?;
    read_at(&app, &wait_for, |reading| of_market(reading, market, nights)).await
}

fn of_market(
    reading: Reading<'_>,
    market: MarketId,
    nights: Option<Stay>,
) -> Result<Market, Problem> {
    let Reading { snapshot, .. } = reading;
    let nights = match nights {
        Some(nights) => Some(nights),
        None => next_nights(Day::at(reading.stored(snapshot.view_clock())?.unwrap_or_default())),
    };
    let mut key = DemandKey { place: DemandPlace::Market(market.clone()), night: None };
    let whole = reading.stored(snapshot.demand(&key))?;
    let mut told = Vec::new();
    for night in nights.into_iter().flat_map(|nights| nights.nights()) {
        key.night = Some(night);
        let demand = reading.stored(snapshot.demand(&key))?;
        let of = OccupancyOf::Market(market.clone());
        let of_night = OccupancyKey { of, night: Some(night) };
        let occupancy = match reading.stored(snapshot.occupancy(&of_night))? {
            Some(OccupancyRow::Night(row)) => Some(row),
            Some(OccupancyRow::Figures(_)) | None => None,
        };
        let of_night = MarketEventsKey { market: market.clone(), night };
        let events = reading.stored(snapshot.market_events(&of_night))?;
        told.extend(market_night(night, demand.as_ref(), occupancy, events));
    }
    Ok(Market {
        as_of: reading.as_of(),
        market: market.to_string(),
        whole: counts(whole.as_ref()),
        trending_milli: whole_of(whole.as_ref()).trending_milli,
        nights: told,
    })
}

/// The nights from a day on; none at the end of all time.
fn next_nights(today: Day) -> Option<Stay> {
    let first = Night::from_number(today.0)?;
    Stay::new(first, first.plus(NIGHTS_DEFAULT)).ok()
}
