//! Rows of the views as JSON, for whoever follows them.

use std::str::FromStr;

use dataflows::views::competitors::CompetitorsKey;
use dataflows::views::days::{self, Day};
use dataflows::views::demand::{DemandKey, DemandRow};
use dataflows::views::limit::LimitKey;
use dataflows::views::market_events::MarketEventsKey;
use dataflows::views::occupancy::{Figures, OccupancyKey, OccupancyRow, Window};
use dataflows::views::pace::{PaceOf, PaceRow};
use dataflows::views::price::PriceKey;
use dataflows::views::velocity::{IdentityKind, VelocityKey};
use dataflows::{AvailabilityKey, AvailabilityRow, ViewKey, ViewRow};
use events::{IdError, Night};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::commands::{Faults, path_id};
use super::demand::{DemandCounts, EventImpact, Occupancy, Rivals, realtime_minute};
use super::prices::{night_limit, night_price};
use super::read::{self, Report};
use super::risk::{self, Velocity};
use crate::followed::{Followed, Of, View};

/// A row of a view: what it is found by, and what it says.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ViewRowBody {
    /// What it is found by.
    #[schema(value_type = Object, example = json!({"room_type": "double", "night": "2027-03-01"}))]
    pub key: Value,
    /// What it says now; absent where the row is retracted and nothing takes its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object)]
    pub row: Option<Value>,
}

/// One event of a change stream, as a reader of `text/event-stream` sees it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it only describes what the stream is made of")]
pub struct ViewMessage {
    /// `snapshot` or `changes`.
    #[schema(pattern = "^(snapshot|changes)$", example = "changes")]
    event: String,
    /// What to come back with in `Last-Event-ID`; absent while more of the same follows.
    #[schema(nullable = false, example = "4d3f0c1a9be27755-42")]
    id: Option<String>,
    /// A `ViewEvent`, as JSON.
    #[schema(content_media_type = "application/json")]
    data: String,
}

/// A part of a change stream: the `data` of one event.
#[derive(Debug, Serialize, ToSchema)]
pub struct ViewEvent {
    /// The position that is reflected once all of these rows are taken in.
    #[schema(example = "0:42")]
    pub position: String,
    /// The position's time.
    pub as_of: String,
    /// Whether the rows are the whole of what is followed instead of what has changed.
    pub snapshot: bool,
    /// Whether the next event has more rows of the same: only the last of them has an id.
    pub more: bool,
    /// The rows, each at most once.
    pub rows: Vec<ViewRowBody>,
}

/// A row of `availability`.
pub(crate) fn availability_row(
    key: &AvailabilityKey,
    row: Option<&AvailabilityRow>,
) -> ViewRowBody {
    let AvailabilityKey { room_type, night, .. } = key;
    let key = json!({"room_type": room_type.as_str(), "night": night.to_string()});
    let row = row.map(|row| {
        let AvailabilityRow { rooms, blocked, held, sold, allotted, left } = row;
        json!({
            "rooms": rooms, "blocked": blocked, "held": held, "sold": sold, "allotted": allotted,
            "left": left
        })
    });
    ViewRowBody { key, row }
}

/// A row of a keeper; `None` for one that nobody may follow.
pub(crate) fn view_row(key: &ViewKey, row: Option<&ViewRow>) -> Option<ViewRowBody> {
    let row = match row {
        Some(row) => Some(said(key, row)?),
        None => None,
    };
    Some(ViewRowBody { key: named(key)?, row })
}

/// What a row is found by, besides whose it is.
fn named(key: &ViewKey) -> Option<Value> {
    Some(match key {
        ViewKey::Occupancy(OccupancyKey { night, .. })
        | ViewKey::Demand(DemandKey { night, .. }) => {
            night.map_or_else(|| json!({}), |night| json!({"night": night.to_string()}))
        }
        ViewKey::Pace(key) => {
            let mut named = match key.of {
                PaceOf::Night(night) => json!({"night": night.to_string()}),
                PaceOf::Lead(days_ahead) => json!({"days_ahead": days_ahead}),
            };
            if let Some(room_type) = &key.room_type {
                named["room_type"] = json!(room_type.as_str());
            }
            named
        }
        ViewKey::Price(PriceKey { room_type, night, .. })
        | ViewKey::Limit(LimitKey { room_type, night, .. }) => {
            json!({"room_type": room_type.as_str(), "night": night.to_string()})
        }
        ViewKey::Competitors(CompetitorsKey { night, .. })
        | ViewKey::MarketEvents(MarketEventsKey { night, .. }) => {
            json!({"night": night.to_string()})
        }
        ViewKey::Velocity(key) => json!({"kind": key.kind.name()}),
        ViewKey::Clock(())
        | ViewKey::LimitCandidate(_)
        | ViewKey::Attempt(_)
        | ViewKey::Searches(_)
        | ViewKey::SearchHour(_)
        | ViewKey::CompetitorPrice(_)
        | ViewKey::MarketEvent(_) => return None,
    })
}

/// What a row says, in the words of those who read it once.
fn said(key: &ViewKey, row: &ViewRow) -> Option<Value> {
    match (key, row) {
        (_, ViewRow::Occupancy(OccupancyRow::Night(row))) => value(&Occupancy::from(*row)),
        (_, ViewRow::Occupancy(OccupancyRow::Figures(row))) => Some(figures(row)),
        (_, ViewRow::Pace(row)) => Some(pace(row)),
        (ViewKey::Price(PriceKey { room_type, night, .. }), ViewRow::Price(row)) => {
            let mut said = value(&night_price(room_type, *night, row, true))?;
            said["currency"] = json!(row.base.currency.to_string());
            Some(without(said, &["room_type", "night", "touched"]))
        }
        (ViewKey::Limit(key), ViewRow::Limit(row)) => {
            Some(without(value(&night_limit(key, row))?, &["room_type", "night"]))
        }
        (_, ViewRow::Demand(row)) => demand(row),
        (_, ViewRow::Competitors(row)) => value(&Rivals::from(row)),
        (_, ViewRow::MarketEvents(row)) => value(&EventImpact::from(*row)),
        (_, ViewRow::Velocity(row)) => value(&Velocity::from(row)),
        _ => None,
    }
}

/// A body as JSON; what is made of texts and numbers can always be written.
fn value(body: &impl Serialize) -> Option<Value> {
    serde_json::to_value(body).ok()
}

/// The same without what the key says already.
fn without(mut value: Value, names: &[&str]) -> Value {
    if let Some(fields) = value.as_object_mut() {
        fields.retain(|name, _| !names.contains(&name.as_str()));
    }
    value
}

fn pace(row: &PaceRow) -> Value {
    let PaceRow { on_the_books, pickup_1d, pickup_7d, pickup_30d, year_before, mean_milli } = row;
    json!({
        "on_the_books": on_the_books, "pickup_1d": pickup_1d, "pickup_7d": pickup_7d,
        "pickup_30d": pickup_30d, "year_before": year_before, "usual_milli": mean_milli,
    })
}

fn figures(row: &Figures) -> Value {
    let window = |window: &Window| {
        json!({
            "bookings": window.bookings, "cancellations": window.cancellations,
            "cancelled_permille": window.cancelled_permille,
            "occupancy_permille": window.occupancy_permille,
            "revenue_per_room_amount": window.revenue_per_room_minor,
        })
    };
    json!({
        "last_7d": window(&row.week), "last_30d": window(&row.month),
        "price_trend_7d_permille": row.price_trend_7d_permille,
    })
}

/// Counts, and of a place as a whole also its minutes and its trend.
fn demand(row: &DemandRow) -> Option<Value> {
    let mut said = value(&DemandCounts::from(row))?;
    if let Some(whole) = &row.whole {
        let minutes: Vec<_> = whole.minutes.iter().map(realtime_minute).collect();
        said["minutes"] = value(&minutes)?;
        said["trending_milli"] = json!(whole.trending_milli);
        said["search_to_booking_seconds"] = json!(whole.search_to_booking_seconds());
    }
    Some(said)
}

/// The query of `GET /v1/views/{view}/changes`: whose rows.
pub(crate) fn followed(view: View, pairs: &[(String, String)]) -> Result<Followed, Faults> {
    let mut report = Report::default();
    let of = match view {
        View::Availability | View::Pace | View::Price | View::Limit | View::Competitors => {
            let [property] = read::parameters(["property"], pairs, &mut report);
            id("property", property, &mut report).map(Of::Property)
        }
        View::MarketEvents => {
            let [market] = read::parameters(["market"], pairs, &mut report);
            id("market", market, &mut report).map(Of::Market)
        }
        View::Occupancy | View::Demand => {
            let names = read::parameters(["property", "market"], pairs, &mut report);
            match names {
                [None, Some(market)] => id("market", Some(market), &mut report).map(Of::Market),
                [property, None] => id("property", property, &mut report).map(Of::Property),
                [Some(_), Some(_)] => {
                    report.fault_of("market", "is one too many: name a property or a market");
                    None
                }
            }
        }
        View::Velocity => {
            let [kind, id] = read::parameters(["kind", "id"], pairs, &mut report);
            identity(kind, id, &mut report).map(Of::Identity)
        }
    };
    report.conclude(of.map(|of| Followed { view, of }))
}

fn id<T: FromStr<Err = IdError>>(
    name: &'static str,
    text: Option<&str>,
    report: &mut Report,
) -> Option<T> {
    match text {
        Some(text) => path_id(name, text, report),
        None => {
            report.fault_of(name, "is missing: name whose rows to follow");
            None
        }
    }
}

fn identity(kind: Option<&str>, id: Option<&str>, report: &mut Report) -> Option<VelocityKey> {
    let kind = IdentityKind::ALL.into_iter().find(|known| Some(known.name()) == kind);
    if kind.is_none() {
        let known: Vec<&str> = IdentityKind::ALL.iter().map(|kind| kind.name()).collect();
        report.fault_of("kind", format!("names no kind of identity: {}", known.join(", ")));
    }
    let key = kind.and_then(|kind| risk::key(kind, id?));
    if kind.is_some() && key.is_none() {
        report.fault_of("id", "names no identity of that kind");
    }
    key
}

/// How one view stands, since the process started.
#[derive(Debug, Serialize, ToSchema)]
pub struct ViewStanding {
    /// Which.
    #[schema(example = "demand")]
    pub view: &'static str,
    /// Keys that have a row.
    pub keys: u64,
    /// Events and counters that a window may still have to give back.
    pub held: u64,
    /// Events that it has heard.
    pub events_total: u64,
    /// Rows that it has told.
    pub changes_total: u64,
    /// How long it was busy.
    pub busy_seconds_total: f64,
    /// What the last day that began made it look at; not there before one began, and of views that
    /// do not turn with days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day_passed: Option<DayPassed>,
    /// How long ago it last ended an epoch: grows while nothing happens, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frontier_age_ms: Option<u64>,
}

/// What the last day that began made a view look at again.
#[derive(Debug, Serialize, ToSchema)]
pub struct DayPassed {
    /// The day, in UTC.
    #[schema(example = "2027-03-01")]
    pub day: String,
    /// Rows that were looked at because of it.
    pub touched_rows: u64,
    /// Rows that were told in that epoch, whatever for.
    pub told_rows: u64,
}

impl From<days::DayPassed> for DayPassed {
    fn from(passed: days::DayPassed) -> Self {
        Self {
            day: day_of(passed.day).to_string(),
            touched_rows: passed.touched_count as u64,
            told_rows: passed.told_count as u64,
        }
    }
}

/// The date of a day; days are held within the years that nights have.
fn day_of(day: Day) -> Night {
    Night::from_number(day.0).unwrap_or(Night::MAX)
}

/// How the views stand.
#[derive(Debug, Serialize, ToSchema)]
pub struct Dataflow {
    /// Epochs that were stored.
    pub epochs_stored_total: u64,
    /// Every view that keeps its own state.
    pub views: Vec<ViewStanding>,
}
