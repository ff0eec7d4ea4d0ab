//! Rows of the views as JSON, for whoever follows them.

use dataflows::{AvailabilityKey, AvailabilityRow};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

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

/// A part of a change stream: the `data` of one event.
#[derive(Debug, Serialize, ToSchema)]
pub struct ViewEvent {
    /// The position that is reflected once all of these rows are taken in.
    #[schema(example = "0:42")]
    pub position: String,
    /// The position's time.
    pub as_of: String,
    /// Whether the rows are the whole of the view instead of what has changed.
    pub snapshot: bool,
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
        let AvailabilityRow { rooms, blocked, held, sold, left } = row;
        json!({"rooms": rooms, "blocked": blocked, "held": held, "sold": sold, "left": left})
    });
    ViewRowBody { key, row }
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
    /// How long ago it last ended an epoch: grows while nothing happens, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frontier_age_ms: Option<u64>,
}

/// How the views stand.
#[derive(Debug, Serialize, ToSchema)]
pub struct Dataflow {
    /// Epochs that were stored.
    pub epochs_stored_total: u64,
    /// Every view that keeps its own state.
    pub views: Vec<ViewStanding>,
}
