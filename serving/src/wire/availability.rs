//! What is left to sell, as JSON.

use serde::Serialize;
use utoipa::ToSchema;

/// The rooms left on one night.
#[derive(Debug, Serialize, ToSchema)]
pub struct NightLeft {
    /// The night.
    #[schema(example = "2027-03-01")]
    pub night: String,
    /// Rooms that may still be sold, never below 0.
    pub left: u32,
}

/// A rule in the way of a stay. What is null in it means all.
#[derive(Debug, Serialize, ToSchema)]
pub struct RuleInTheWay {
    /// Its name, as in a refusal.
    #[schema(example = "min_stay_arrival")]
    pub rule: &'static str,
    /// On which rate plan it was met.
    pub rate_plan: String,
    /// For which room type it was said.
    pub of_room_type: Option<String>,
    /// For which rate plan it was said.
    pub of_rate_plan: Option<String>,
    /// For which channel it was said.
    pub of_channel: Option<String>,
    /// The nights at fault, where nights are; for a departure its date.
    #[schema(example = json!(["2027-03-01"]))]
    pub nights: Vec<String>,
}

/// Whether a room type can be sold for a stay.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoomTypeAvailability {
    /// Which room type.
    pub room_type: String,
    /// Whether a hold for this stay would be placed at this position.
    pub sellable: bool,
    /// Why not, each once: `no_rate_plan`, or the names of refusals that a hold would meet, in
    /// order of precedence, such as `closed`, `min_stay_arrival`, `too_many_guests`, `no_room`.
    #[schema(example = json!([]))]
    pub why_not: Vec<&'static str>,
    /// Every rule in the way on every rate plan asked about; none when one of them is free of it.
    #[schema(example = json!([]))]
    pub rules: Vec<RuleInTheWay>,
    /// Each night of the stay.
    pub nights: Vec<NightLeft>,
}

/// What a property has to sell for a stay.
#[derive(Debug, Serialize, ToSchema)]
pub struct Availability {
    /// The position's time.
    pub as_of: String,
    /// Each room type in the order of their ids.
    pub room_types: Vec<RoomTypeAvailability>,
}
