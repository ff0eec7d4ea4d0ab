//! What guests look for, what rivals ask and what goes on, as JSON.

use dataflows::views::competitors::CompetitorsRow;
use dataflows::views::demand::{DemandRow, MinuteDemand, WholeDemand};
use dataflows::views::market_events::MarketEventsRow;
use dataflows::views::occupancy::NightOccupancy;
use events::{Night, Stamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::status::instant;

/// How much is searched and booked. The hour slides by minutes; a day is this hour and the 23
/// before it, seven days are this hour and the 167 before it.
#[derive(Debug, Serialize, ToSchema)]
pub struct DemandCounts {
    /// Searches of the last 60 minutes.
    pub searches_1h: u64,
    /// Searches of a day.
    pub searches_1d: u64,
    /// Searches of seven days.
    pub searches_7d: u64,
    /// Bookings of the last 60 minutes that stand.
    pub bookings_1h: u64,
    /// Bookings of a day that stand.
    pub bookings_1d: u64,
    /// Bookings of seven days that stand.
    pub bookings_7d: u64,
    /// Bookings for each million of searches over seven days; absent where nobody searched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub look_to_book_7d_ppm: Option<u64>,
    /// The same over the last 60 minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversion_1h_ppm: Option<u64>,
}

/// What rivals ask for a night, from what was seen of them and is not too old by the pricing
/// policy in force.
#[derive(Debug, Serialize, ToSchema)]
pub struct Rivals {
    /// How many of them something is known of, sold out or not.
    pub rivals: u32,
    /// Those without a room to sell.
    pub sold_out: u32,
    /// Those whose price is in another currency; they are in no amount.
    pub in_other_currency: u32,
    /// ISO 4217: the currency of the amounts; absent where no other rival has a price.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "EUR")]
    pub currency: Option<String>,
    /// What the others ask on average, in minor units, halves rounded up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub average_amount: Option<i64>,
    /// The least that any of them asks, in minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum_amount: Option<i64>,
}

/// What is looked for at a property.
#[derive(Debug, Serialize, ToSchema)]
pub struct Demand {
    /// The time that the answer reflects.
    pub as_of: String,
    /// Of the whole property: each search and booking counts once.
    pub whole: DemandCounts,
    /// Thousandths of searches, each halved every 24 hours, over seven days.
    pub trending_milli: u64,
    /// Nights of which anything is known, in order.
    pub nights: Vec<DemandNight>,
}

/// What is looked for on a night.
#[derive(Debug, Serialize, ToSchema)]
pub struct DemandNight {
    /// The night.
    #[schema(example = "2027-03-01")]
    pub night: String,
    /// Searches and bookings of stays that have this night.
    pub demand: DemandCounts,
    /// What rivals ask; absent where nothing is known of any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rivals: Option<Rivals>,
}

/// What goes on in a market.
#[derive(Debug, Serialize, ToSchema)]
pub struct Market {
    /// The time that the answer reflects.
    pub as_of: String,
    /// The market.
    #[schema(example = "lisbon")]
    pub market: String,
    /// Of the whole market: each search and booking counts once.
    pub whole: DemandCounts,
    /// Thousandths of searches, each halved every 24 hours, over seven days.
    pub trending_milli: u64,
    /// Nights of which anything is known, in order.
    pub nights: Vec<MarketNight>,
}

/// What goes on in a market on a night.
#[derive(Debug, Serialize, ToSchema)]
pub struct MarketNight {
    /// The night.
    #[schema(example = "2027-03-01")]
    pub night: String,
    /// Searches and bookings of stays that have this night.
    pub demand: DemandCounts,
    /// How full its properties are; absent where none has sold a room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occupancy: Option<Occupancy>,
    /// What events draw; absent where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<EventImpact>,
}

/// How full the properties of a market are on a night.
#[derive(Debug, Serialize, ToSchema)]
pub struct Occupancy {
    /// Rooms that exist and are not blocked.
    pub rooms: u64,
    /// Rooms sold.
    pub sold: u64,
    /// Rooms sold of a thousand; absent where there are no rooms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permille: Option<u32>,
}

/// How strongly the strongest event of each kind draws guests, of a thousand; 0 where there is
/// none.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventImpact {
    /// Fairs and the like.
    pub major_permille: u16,
    /// Conferences.
    pub conference_permille: u16,
    /// Concerts.
    pub concert_permille: u16,
    /// Matches and races.
    pub sports_permille: u16,
}

/// The last 60 minutes of a property, minute by minute.
#[derive(Debug, Serialize, ToSchema)]
pub struct Realtime {
    /// The time that the answer reflects.
    pub as_of: String,
    /// The property.
    #[schema(example = "grand")]
    pub property: String,
    /// The minutes in which anything was, in order.
    pub minutes: Vec<RealtimeMinute>,
    /// All of them together, and the windows around them.
    pub whole: DemandCounts,
    /// Seconds from search to booking on average, over the bookings of these minutes of which it is
    /// known which search came before them; absent without any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search_to_booking_seconds: Option<u64>,
    /// Thousandths of searches, each halved every 24 hours, over seven days.
    pub trending_milli: u64,
}

/// One minute.
#[derive(Debug, Serialize, ToSchema)]
pub struct RealtimeMinute {
    /// When it began.
    #[schema(example = "2027-01-15T08:00:00Z")]
    pub minute: String,
    /// Searches in it.
    pub searches: u32,
    /// Bookings made in it that stand.
    pub bookings: u32,
}

impl From<&DemandRow> for DemandCounts {
    fn from(row: &DemandRow) -> Self {
        Self {
            searches_1h: row.searches.last_1h,
            searches_1d: row.searches.last_1d,
            searches_7d: row.searches.last_7d,
            bookings_1h: row.bookings.last_1h,
            bookings_1d: row.bookings.last_1d,
            bookings_7d: row.bookings.last_7d,
            look_to_book_7d_ppm: row.look_to_book_ppm(),
            conversion_1h_ppm: row.conversion_ppm(),
        }
    }
}

impl From<&CompetitorsRow> for Rivals {
    fn from(row: &CompetitorsRow) -> Self {
        Self {
            rivals: row.rivals_count,
            sold_out: row.sold_out_count,
            in_other_currency: row.foreign_count,
            currency: row.prices.map(|prices| prices.currency.to_string()),
            average_amount: row.prices.map(|prices| prices.average_minor),
            minimum_amount: row.prices.map(|prices| prices.minimum_minor),
        }
    }
}

impl From<NightOccupancy> for Occupancy {
    fn from(row: NightOccupancy) -> Self {
        let NightOccupancy { rooms, sold, permille } = row;
        Self { rooms, sold, permille }
    }
}

impl From<MarketEventsRow> for EventImpact {
    fn from(row: MarketEventsRow) -> Self {
        let MarketEventsRow {
            major_permille,
            conference_permille,
            concert_permille,
            sports_permille,
        } = row;
        Self { major_permille, conference_permille, concert_permille, sports_permille }
    }
}

/// A night of a property, if anything is known of it.
pub(crate) fn demand_night(
    night: Night,
    demand: Option<&DemandRow>,
    rivals: Option<&CompetitorsRow>,
) -> Option<DemandNight> {
    (demand.is_some() || rivals.is_some()).then(|| DemandNight {
        night: night.to_string(),
        demand: counts(demand),
        rivals: rivals.map(Rivals::from),
    })
}

/// A night of a market, if anything is known of it.
pub(crate) fn market_night(
    night: Night,
    demand: Option<&DemandRow>,
    occupancy: Option<NightOccupancy>,
    events: Option<MarketEventsRow>,
) -> Option<MarketNight> {
    let is_known = demand.is_some() || occupancy.is_some() || events.is_some();
    is_known.then(|| MarketNight {
        night: night.to_string(),
        demand: counts(demand),
        occupancy: occupancy.map(Occupancy::from),
        events: events.map(EventImpact::from),
    })
}

/// Counts of a place or a night; zeros where there is no row.
pub(crate) fn counts(row: Option<&DemandRow>) -> DemandCounts {
    DemandCounts::from(row.unwrap_or(&DemandRow::default()))
}

/// What is told of a place as a whole alone.
pub(crate) fn whole_of(row: Option<&DemandRow>) -> WholeDemand {
    row.and_then(|row| row.whole.as_deref().cloned()).unwrap_or_default()
}

/// A minute of a property.
pub(crate) fn realtime_minute(minute: &MinuteDemand) -> RealtimeMinute {
    let began = Stamp(minute.minute.0.saturating_mul(60_000));
    RealtimeMinute { minute: instant(began), searches: minute.searches, bookings: minute.bookings }
}
