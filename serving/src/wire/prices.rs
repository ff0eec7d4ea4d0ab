//! What the views of bookings and prices say, as JSON.

use dataflows::views::limit::{LimitKey, LimitRow};
use dataflows::views::pace::{PaceKey, PaceOf, PaceRow};
use dataflows::views::price::PriceRow;
use events::{Night, RoomTypeId};
use models::overbooking::{Outlook, QUANTILES_PERMILLE};
use models::pricing::{Applied, Contribution, Features, Priced};
use serde::Serialize;
use utoipa::ToSchema;

/// How the bookings of a property stand.
#[derive(Debug, Serialize, ToSchema)]
pub struct Pace {
    /// The time that the answer reflects.
    pub as_of: String,
    /// Nights on which anything is or was booked, by room type and then by night.
    pub nights: Vec<PaceNight>,
    /// What is usual so many days ahead, from the property's own nights of the year before.
    pub usual: Vec<PaceUsual>,
}

/// How the bookings of a night stand.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaceNight {
    /// Of which room type; absent for the whole property.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room_type: Option<String>,
    /// The night.
    #[schema(example = "2027-03-01")]
    pub night: String,
    /// Rooms booked and not cancelled.
    pub on_the_books: u32,
    /// Rooms booked less rooms cancelled today.
    pub pickup_1d: i32,
    /// The same of the last 7 days.
    pub pickup_7d: i32,
    /// The same of the last 30 days.
    pub pickup_30d: i32,
    /// Rooms on the books 364 days ago for the night 364 days earlier; absent without a history.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub year_before: Option<u32>,
    /// Thousandths of a room that are usual at this lead time; absent without a history.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usual_milli: Option<u64>,
}

/// What is usual at a lead time.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaceUsual {
    /// Of which room type; absent for the whole property.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room_type: Option<String>,
    /// From so many days ahead, up to the next that is named.
    pub days_ahead: u16,
    /// Thousandths of a room on the books.
    pub usual_milli: u64,
}

/// Takes a row of the view `pace` into an answer, if it is asked for.
pub(crate) fn take_pace(
    (key, row): (PaceKey, PaceRow),
    is_asked: impl Fn(Night) -> bool,
    pace: &mut Pace,
) {
    let room_type = key.room_type.map(|id| id.to_string());
    let PaceRow { on_the_books, pickup_1d, pickup_7d, pickup_30d, year_before, mean_milli } = row;
    match (key.of, mean_milli) {
        (PaceOf::Night(night), usual_milli) if is_asked(night) => pace.nights.push(PaceNight {
            room_type,
            night: night.to_string(),
            on_the_books,
            pickup_1d,
            pickup_7d,
            pickup_30d,
            year_before,
            usual_milli,
        }),
        (PaceOf::Lead(days_ahead), Some(usual_milli)) => {
            pace.usual.push(PaceUsual { room_type, days_ahead, usual_milli });
        }
        (PaceOf::Night(_) | PaceOf::Lead(_), _) => {}
    }
}

/// What the rooms of a property should cost.
#[derive(Debug, Serialize, ToSchema)]
pub struct Prices {
    /// The time that the answer reflects.
    pub as_of: String,
    /// ISO 4217: the currency of all amounts.
    #[schema(example = "EUR")]
    pub currency: String,
    /// Room type by room type, night by night; a room type that no rate plan sells has none.
    pub prices: Vec<NightPrice>,
}

/// What a room should cost on a night.
#[derive(Debug, Serialize, ToSchema)]
pub struct NightPrice {
    /// The room type.
    pub room_type: String,
    /// The night.
    #[schema(example = "2027-03-01")]
    pub night: String,
    /// The price, in minor units.
    #[schema(example = 13_900)]
    pub amount: i64,
    /// What it started from, in minor units.
    #[schema(example = 12_000)]
    pub base_amount: i64,
    /// The multiplier before constraints, a million being one.
    #[schema(example = 1_160_000)]
    pub multiplier_ppm: i64,
    /// How much of what the policy asks for is known, of a thousand.
    pub confidence_permille: u16,
    /// The price in thousandths of what rivals ask on average; absent where that is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position_permille: Option<u32>,
    /// Under which version of the policy; 0 is the one that is built in.
    pub policy_version: u64,
    /// Whether anything is known of this night alone.
    pub touched: bool,
}

/// The price of one night.
pub(crate) fn night_price(
    room_type: &RoomTypeId,
    night: Night,
    row: &PriceRow,
    touched: bool,
) -> NightPrice {
    NightPrice {
        room_type: room_type.to_string(),
        night: night.to_string(),
        amount: row.price_minor,
        base_amount: row.base.amount_minor,
        multiplier_ppm: row.multiplier_ppm,
        confidence_permille: row.confidence_permille,
        position_permille: row.position_permille,
        policy_version: row.policy_version,
        touched,
    }
}

/// Why a room should cost what it does on a night.
///
/// The base amount and the amounts of the parts add up to the suggested one; that and the amounts
/// of the constraints add up to the price.
#[derive(Debug, Serialize, ToSchema)]
pub struct Explanation {
    /// The time that the answer reflects.
    pub as_of: String,
    /// ISO 4217: the currency of all amounts.
    #[schema(example = "EUR")]
    pub currency: String,
    /// The price.
    pub price: NightPrice,
    /// The price before constraints, in minor units.
    pub suggested_amount: i64,
    /// What each feature adds; those that add nothing are left out.
    pub parts: Vec<PricePart>,
    /// The season of the policy that holds, if one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub season: Option<String>,
    /// What moved the price after that, in the order applied.
    pub constraints: Vec<PriceConstraint>,
    /// The least that the price could be, in minor units.
    pub floor_amount: i64,
    /// The most that it could be, in minor units.
    pub ceiling_amount: i64,
}

/// What one feature adds to a price.
#[derive(Debug, Serialize, ToSchema)]
pub struct PricePart {
    /// Which feature.
    #[schema(example = "pace")]
    pub feature: &'static str,
    /// Its value, as the policy's curve sees it; absent for a season.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<i64>,
    /// What it adds to the multiplier, in millionths.
    pub effect_ppm: i64,
    /// What it adds to the price, in minor units.
    pub amount: i64,
}

/// What moved a price.
#[derive(Debug, Serialize, ToSchema)]
pub struct PriceConstraint {
    /// Which constraint.
    #[schema(example = "relative_floor")]
    pub constraint: &'static str,
    /// By how much, in minor units.
    pub amount: i64,
}

/// The explanation of a price.
pub(crate) fn explanation(
    as_of: String,
    price: NightPrice,
    priced: &Priced,
    features: &Features,
) -> Explanation {
    let part = |part: &Contribution| PricePart {
        feature: part.factor.name(),
        value: features.value(part.factor, priced.base),
        effect_ppm: part.effect_ppm,
        amount: part.amount_minor,
    };
    let constraint = |applied: &Applied| PriceConstraint {
        constraint: applied.constraint.name(),
        amount: applied.delta_minor,
    };
    Explanation {
        as_of,
        currency: priced.price.currency.to_string(),
        price,
        suggested_amount: priced.suggested.amount_minor,
        parts: priced.contributions.iter().map(part).collect(),
        season: priced.season.clone(),
        constraints: priced.constraints.iter().map(constraint).collect(),
        floor_amount: priced.floor_minor,
        ceiling_amount: priced.ceiling_minor,
    }
}

/// How many rooms a property may sell beyond those there are.
#[derive(Debug, Serialize, ToSchema)]
pub struct Limits {
    /// The time that the answer reflects.
    pub as_of: String,
    /// Room type by room type, night by night; only nights on which something is booked, and only
    /// where a policy on overbooking is in force.
    pub limits: Vec<NightLimit>,
}

/// How many rooms of a type may be sold beyond those there are on a night.
#[derive(Debug, Serialize, ToSchema)]
pub struct NightLimit {
    /// The room type.
    pub room_type: String,
    /// The night.
    #[schema(example = "2027-03-01")]
    pub night: String,
    /// Rooms that there are.
    pub physical_rooms: u32,
    /// So many rooms may be sold beyond them.
    pub allowance: u32,
    /// Why not more.
    #[schema(example = "confidence")]
    pub bound_by: &'static str,
    /// With what is booked now.
    pub now: NightOutlook,
    /// With everything booked that may be.
    pub at_limit: NightOutlook,
    /// Under which version of the policy.
    pub policy_version: u64,
}

/// What to expect of a night.
#[derive(Debug, Serialize, ToSchema)]
pub struct NightOutlook {
    /// Rooms booked.
    pub booked_rooms: u32,
    /// Millionths of a room that will be wanted.
    pub expected_arrivals_ppm: u64,
    /// Millionths of a room for which there will be none.
    pub expected_walks_ppm: u64,
    /// Millionths of a room that will stay empty.
    pub expected_empty_ppm: u64,
    /// Millionths: the probability that any guest has to be walked.
    pub walk_probability_ppm: u32,
    /// Rooms that will be wanted at most, by probability.
    pub arrivals: Vec<ArrivalsQuantile>,
}

/// So many rooms will be wanted at most with that probability.
#[derive(Debug, Serialize, ToSchema)]
pub struct ArrivalsQuantile {
    /// The probability, of a thousand.
    pub probability_permille: u16,
    /// Rooms.
    pub rooms: u32,
}

/// The limit of one night.
pub(crate) fn night_limit(key: &LimitKey, row: &LimitRow) -> NightLimit {
    NightLimit {
        room_type: key.room_type.to_string(),
        night: key.night.to_string(),
        physical_rooms: row.physical_rooms,
        allowance: row.allowance,
        bound_by: row.bound_by.name(),
        now: night_outlook(&row.now),
        at_limit: night_outlook(&row.at_limit),
        policy_version: row.policy_version,
    }
}

fn night_outlook(outlook: &Outlook) -> NightOutlook {
    let quantiles = QUANTILES_PERMILLE.into_iter().zip(outlook.arrivals_quantiles);
    let quantile = |(probability_permille, rooms)| ArrivalsQuantile { probability_permille, rooms };
    NightOutlook {
        booked_rooms: outlook.booked_rooms,
        expected_arrivals_ppm: outlook.expected_arrivals_ppm,
        expected_walks_ppm: outlook.expected_walks_ppm,
        expected_empty_ppm: outlook.expected_empty_ppm,
        walk_probability_ppm: outlook.walk_ppm,
        arrivals: quantiles.map(quantile).collect(),
    }
}
