//! A property: one hotel, where it stands, and in which zone and currency it lives.

use crate::{Currency, MarketId, PropertyId};

/// A place on the globe in millionths of a degree, so that it compares and hashes exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Location {
    /// North is positive; within ±90,000,000.
    pub latitude_microdegrees: i32,
    /// East is positive; within ±180,000,000.
    pub longitude_microdegrees: i32,
}

/// Creates a property or changes what is said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefineProperty {
    /// Which property.
    pub property: PropertyId,
    /// What guests call it.
    pub name: String,
    /// The city it stands in.
    pub city: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// Where it stands.
    pub location: Location,
    /// IANA time zone: the zone of its nights.
    pub time_zone: String,
    /// The currency of all its prices.
    pub currency: Currency,
    /// From 0 (none) to 5, or more where somebody grants them.
    pub stars: u8,
    /// Codes such as `wifi` and `pool`, in the caller's order.
    pub amenities: Vec<String>,
    /// Among whom it competes; `None` where nobody has said.
    pub market: Option<MarketId>,
}
