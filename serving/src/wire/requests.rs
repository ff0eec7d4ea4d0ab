//! What the API is asked, as the OpenAPI document describes it.
//!
//! Bodies are read by `commands.rs`, which notes every fault and not just the first as `serde`
//! would; a test holds these descriptions against what is read there.

use serde::Deserialize;
use utoipa::ToSchema;

/// A place on the globe.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Location {
    /// Degrees, north positive; kept in millionths.
    #[schema(minimum = -90, maximum = 90, example = 38.71)]
    pub lat: f64,
    /// Degrees, east positive; kept in millionths.
    #[schema(minimum = -180, maximum = 180, example = -9.14)]
    pub lon: f64,
}

/// A hotel.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Property {
    /// What guests call it.
    #[schema(min_length = 1, max_length = 200, example = "Grand")]
    pub name: String,
    /// The city it stands in.
    #[schema(min_length = 1, max_length = 200, example = "Lisbon")]
    pub city: String,
    /// ISO 3166-1 alpha-2.
    #[schema(pattern = "^[A-Z]{2}$", example = "PT")]
    pub country: String,
    /// Where it stands.
    pub location: Location,
    /// IANA time zone: the zone of its nights.
    #[schema(example = "Europe/Lisbon")]
    pub time_zone: String,
    /// ISO 4217; it cannot change once a rate plan is priced in it.
    #[schema(pattern = "^[A-Z]{3}$", example = "EUR")]
    pub currency: String,
    /// From 0 (none) to 7.
    #[schema(minimum = 0, maximum = 7, default = 0, example = 4)]
    pub stars: Option<u8>,
    /// Codes such as `wifi`, each once.
    #[schema(max_items = 100, example = json!(["wifi", "pool"]))]
    pub amenities: Option<Vec<String>>,
    /// Among whom it competes, as searches and views call that part of the world.
    #[schema(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9._~-]+$", example = "lisbon")]
    pub market: Option<String>,
}

/// Rooms that are sold as the same thing.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoomType {
    /// What guests call it.
    #[schema(min_length = 1, max_length = 200, example = "Double")]
    pub name: String,
    /// How many people one such room may take.
    #[schema(minimum = 1, maximum = 1000, example = 2)]
    pub max_guests: u16,
}

/// An amount in minor units.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// Minor units: cents for EUR, yen for JPY.
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64, example = 12000)]
    pub amount: i64,
    /// ISO 4217.
    #[schema(pattern = "^[A-Z]{3}$", example = "EUR")]
    pub currency: String,
}

/// Terms of sale.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RatePlan {
    /// What guests call it.
    #[schema(min_length = 1, max_length = 200, example = "Flexible")]
    pub name: String,
    /// The room types it sells, each once.
    #[schema(min_items = 1, max_items = 200, example = json!(["double"]))]
    pub room_types: Vec<String>,
    /// For one room and one night, in the property's currency.
    pub base_price: Money,
    /// The fewest guests of a room that it is sold to.
    #[schema(minimum = 1, maximum = 1000, example = 1)]
    pub min_guests: Option<u16>,
    /// The most guests of a room that it is sold to.
    #[schema(minimum = 1, maximum = 1000, example = 2)]
    pub max_guests: Option<u16>,
    /// The channels through which it is sold, each once; through all without it.
    #[schema(max_items = 100, example = json!(["direct"]))]
    pub channels: Option<Vec<String>>,
}

/// How many rooms of a type may be sold on a range of nights.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Inventory {
    /// Of which room type.
    #[schema(example = "double")]
    pub room_type: String,
    /// The first night.
    #[schema(format = Date, example = "2027-01-01")]
    pub from: String,
    /// The day after the last night; at most 730 nights after the first.
    #[schema(format = Date, example = "2027-12-31")]
    pub to: String,
    /// Rooms that exist.
    #[schema(minimum = 0, maximum = 65535, example = 20)]
    pub rooms: u16,
    /// Of those, rooms that are not for sale.
    #[schema(minimum = 0, maximum = 65535, default = 0, example = 0)]
    pub blocked: Option<u16>,
    /// Rooms that may be sold beyond those that exist.
    #[schema(minimum = 0, maximum = 65535, default = 0, example = 0)]
    pub allowance: Option<u16>,
}

/// Who stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GuestsRequest {
    /// Grown-ups over all rooms of the line.
    #[schema(minimum = 1, maximum = 10_000, example = 2)]
    pub adults: u16,
    /// The age of each child in years.
    #[schema(max_items = 200, example = json!([]))]
    pub children: Option<Vec<u8>>,
}

/// Rooms of one type on one rate plan for one stay.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LineRequest {
    /// What kind of room.
    #[schema(example = "double")]
    pub room_type: String,
    /// On which terms.
    #[schema(example = "flexible")]
    pub rate_plan: String,
    /// The first night.
    #[schema(format = Date, example = "2027-03-01")]
    pub check_in: String,
    /// The day after the last night; at most 730 nights after the first.
    #[schema(format = Date, example = "2027-03-04")]
    pub check_out: String,
    /// How many rooms.
    #[schema(minimum = 1, maximum = 200, example = 1)]
    pub rooms: u16,
    /// Who stays.
    pub guests: GuestsRequest,
}

/// Rooms to set aside, all lines or none.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldRequest {
    /// Where.
    #[schema(example = "grand")]
    pub property: String,
    /// For how long, unless it is confirmed or released before.
    #[schema(minimum = 1, maximum = 86400, default = 900, example = 900)]
    pub ttl_seconds: Option<u32>,
    /// What.
    #[schema(min_items = 1, max_items = 50)]
    pub lines: Vec<LineRequest>,
    /// Through whom.
    #[schema(default = "direct", example = "direct")]
    pub channel: Option<String>,
    /// Whose open holds it counts among; without it, those of the API key.
    #[schema(example = "shop-7")]
    pub account: Option<String>,
    /// The block that all of it is picked up from; from what is free to all without it.
    #[schema(example = "wedding-2027")]
    pub block: Option<String>,
}

/// For whom a hold is confirmed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Confirm {
    /// A reference to a guest kept elsewhere; never a name or an address.
    #[schema(example = "guest-ref")]
    pub guest: String,
}

/// Nothing.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Release {}

/// What to cancel.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Cancel {
    /// Lines counted from 1, each once; without it the whole booking.
    #[schema(min_items = 1, max_items = 50, example = json!([1]))]
    pub lines: Option<Vec<u16>>,
}

/// What a line of a booking is to be; what is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AmendLine {
    /// Which line, counted from 1; each once.
    #[schema(minimum = 1, maximum = 65535, example = 1)]
    pub line: u16,
    /// The first night.
    #[schema(format = Date, example = "2027-03-01")]
    pub check_in: String,
    /// The day after the last night; at most 730 nights after the first.
    #[schema(format = Date, example = "2027-03-04")]
    pub check_out: String,
    /// What kind of room.
    #[schema(example = "double")]
    pub room_type: Option<String>,
    /// On which terms.
    #[schema(example = "flexible")]
    pub rate_plan: Option<String>,
    /// How many rooms.
    #[schema(minimum = 1, maximum = 200, example = 1)]
    pub rooms: Option<u16>,
    /// Who stays.
    pub guests: Option<GuestsRequest>,
}

/// What to change: all of it, or nothing.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Amend {
    /// The lines that change.
    #[schema(min_items = 1, max_items = 50)]
    pub lines: Vec<AmendLine>,
}

/// A sale that a channel has made already.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExternalSale {
    /// Where.
    #[schema(example = "grand")]
    pub property: String,
    /// Who made it.
    #[schema(example = "ota")]
    pub channel: String,
    /// What the channel calls it: the same reference of the same channel is the same sale.
    #[schema(example = "OTA-4711")]
    pub reference: String,
    /// A reference to a guest kept elsewhere; never a name or an address.
    #[schema(example = "guest-ref")]
    pub guest: String,
    /// What was sold.
    #[schema(min_items = 1, max_items = 50)]
    pub lines: Vec<LineRequest>,
}

/// Rooms that one of a linked room type takes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Of what.
    #[schema(example = "double")]
    pub room_type: String,
    /// How many.
    #[schema(minimum = 1, maximum = 100, example = 2)]
    pub rooms: u16,
}

/// What a room type is made of.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Links {
    /// Its parts, each once; none make it an ordinary room type again.
    #[schema(max_items = 50)]
    pub parts: Vec<Part>,
}
