//! Properties over HTTP: what is answered.

use serde::Serialize;
use utoipa::ToSchema;

/// A place on the globe.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlaceOnGlobe)]
pub struct Location {
    /// Degrees, north positive, to the millionth.
    #[schema(example = 38.71)]
    pub lat: f64,
    /// Degrees, east positive, to the millionth.
    #[schema(example = -9.14)]
    pub lon: f64,
}

/// A hotel, as its owner describes it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PropertyDescribed)]
pub struct Property {
    /// The position's time.
    pub as_of: String,
    /// Its id.
    #[schema(example = "grand")]
    pub property: String,
    /// What guests call it.
    #[schema(example = "Grand")]
    pub name: String,
    /// The city it stands in.
    #[schema(example = "Lisbon")]
    pub city: String,
    /// ISO 3166-1 alpha-2.
    #[schema(example = "PT")]
    pub country: String,
    /// Where it stands.
    pub location: Location,
    /// IANA time zone: the zone of its nights.
    #[schema(example = "Europe/Lisbon")]
    pub time_zone: String,
    /// The currency of all its prices.
    #[schema(example = "EUR")]
    pub currency: String,
    /// From 0 (none) to 7.
    pub stars: u8,
    /// Codes such as `wifi`.
    pub amenities: Vec<String>,
    /// Among whom it competes, where somebody has said.
    #[schema(example = "lisbon")]
    pub market: Option<String>,
}
