//! What the views tell, as JSON: whose row, and what it says.

use dataflows::views::competitors::{CompetitorsKey, CompetitorsRow};
use dataflows::views::demand::{DemandKey, DemandPlace, DemandRow, Windows};
use dataflows::views::market_events::{MarketEventsKey, MarketEventsRow};
use dataflows::views::occupancy::{OccupancyKey, OccupancyOf, OccupancyRow, Window};
use dataflows::views::pace::{PaceKey, PaceOf, PaceRow};
use dataflows::views::price::{PriceKey, PriceRow};
use dataflows::views::velocity::{VelocityKey, VelocityRow};

use super::{or_null, quoted};

pub fn competitors_key(key: &CompetitorsKey) -> String {
    format!("\"property\":\"{}\",\"night\":{}", key.property, key.night.number())
}

pub fn competitors(row: &CompetitorsRow) -> String {
    let prices = row.prices;
    format!(
        "\"rivals\":{},\"sold_out\":{},\"foreign_count\":{},\"currency\":{},\"average\":{},\
         \"minimum\":{}",
        row.rivals_count,
        row.sold_out_count,
        row.foreign_count,
        or_null(prices.map(|prices| quoted(prices.currency))),
        or_null(prices.map(|prices| prices.average_minor)),
        or_null(prices.map(|prices| prices.minimum_minor)),
    )
}

pub fn market_events_key(key: &MarketEventsKey) -> String {
    format!("\"market\":\"{}\",\"night\":{}", key.market, key.night.number())
}

pub fn market_events(row: &MarketEventsRow) -> String {
    format!(
        "\"major\":{},\"conference\":{},\"concert\":{},\"sports\":{}",
        row.major_permille, row.conference_permille, row.concert_permille, row.sports_permille,
    )
}

pub fn demand_key(key: &DemandKey) -> String {
    let place = match &key.place {
        DemandPlace::Property(property) => format!("p:{property}"),
        DemandPlace::Market(market) => format!("m:{market}"),
    };
    format!("\"place\":\"{place}\",\"night\":{}", or_null(key.night.map(|night| night.number())))
}

fn list(windows: Windows) -> String {
    format!("[{},{},{}]", windows.last_1h, windows.last_1d, windows.last_7d)
}

pub fn demand(row: &DemandRow) -> String {
    let mut fields = format!(
        "\"searches\":{},\"bookings\":{},\"look_to_book\":{},\"conversion\":{}",
        list(row.searches),
        list(row.bookings),
        or_null(row.look_to_book_ppm()),
        or_null(row.conversion_ppm()),
    );
    if let Some(whole) = &row.whole {
        let minutes: Vec<String> = whole
            .minutes
            .iter()
            .map(|at| format!("{}:{}:{}", at.minute.0, at.searches, at.bookings))
            .collect();
        fields += &format!(
            ",\"minutes\":\"{}\",\"trending\":{},\"waited\":[{},{}]",
            minutes.join(" "),
            whole.trending_milli,
            whole.searched_before_count,
            whole.search_to_booking_minutes,
        );
    }
    fields
}

pub fn pace_key(key: &PaceKey) -> String {
    let (night, lead) = match key.of {
        PaceOf::Night(night) => (Some(night.number()), None),
        PaceOf::Lead(days) => (None, Some(days)),
    };
    format!(
        "\"property\":\"{}\",\"room_type\":{},\"night\":{},\"lead\":{}",
        key.property,
        or_null(key.room_type.as_ref().map(quoted)),
        or_null(night),
        or_null(lead),
    )
}

pub fn pace(row: &PaceRow) -> String {
    format!(
        "\"books\":{},\"pickups\":[{},{},{}],\"year_before\":{},\"mean\":{}",
        row.on_the_books,
        row.pickup_1d,
        row.pickup_7d,
        row.pickup_30d,
        or_null(row.year_before),
        or_null(row.mean_milli),
    )
}

pub fn occupancy_key(key: &OccupancyKey) -> String {
    let place = match &key.of {
        OccupancyOf::Property(property) => format!("p:{property}"),
        OccupancyOf::Market(market) => format!("m:{market}"),
    };
    format!("\"place\":\"{place}\",\"night\":{}", or_null(key.night.map(|night| night.number())))
}

pub fn occupancy(row: &OccupancyRow) -> String {
    match row {
        OccupancyRow::Night(night) => format!(
            "\"rooms\":{},\"sold\":{},\"permille\":{}",
            night.rooms,
            night.sold,
            or_null(night.permille),
        ),
        OccupancyRow::Figures(figures) => format!(
            "\"week\":{},\"month\":{},\"trend\":{}",
            window(&figures.week),
            window(&figures.month),
            or_null(figures.price_trend_7d_permille),
        ),
    }
}

fn window(window: &Window) -> String {
    format!(
        "[{},{},{},{},{}]",
        window.bookings,
        window.cancellations,
        or_null(window.cancelled_permille),
        or_null(window.occupancy_permille),
        or_null(window.revenue_per_room_minor),
    )
}

pub fn velocity_key(key: &VelocityKey) -> String {
    format!("\"kind\":\"{}\",\"hash\":\"{:032x}\"", key.kind.name(), key.hash)
}

pub fn velocity(row: &VelocityRow) -> String {
    let amount = |(currency, minor): &(events::Currency, i128)| format!("{currency}:{minor}");
    let amounts: Vec<String> = row.amounts_24h.iter().map(amount).collect();
    format!(
        "\"attempts\":[{},{}],\"bookings\":[{},{}],\"declines\":{},\"properties\":{},\
         \"cards\":{},\"amounts\":\"{}\"",
        row.attempts_1h,
        row.attempts_24h,
        row.bookings_1h,
        row.bookings_24h,
        row.declines_1h,
        row.properties_24h,
        row.cards_24h,
        amounts.join(" "),
    )
}

pub fn price_key(key: &PriceKey) -> String {
    let PriceKey { property, room_type, night, .. } = key;
    let night = night.number();
    format!("\"property\":\"{property}\",\"room_type\":\"{room_type}\",\"night\":{night}")
}

pub fn price(row: &PriceRow) -> String {
    let known = &row.features;
    format!(
        "\"base\":{},\"price\":{},\"multiplier\":{},\"confidence\":{},\"place\":{},\
         \"version\":{},\"lead\":{},\"searches\":{},\"look_to_book\":{},\"pace\":{},\
         \"occupancy\":{},\"market_occupancy\":{},\"cancelled\":{},\"last_year\":{}",
        row.base.amount_minor,
        row.price_minor,
        row.multiplier_ppm,
        row.confidence_permille,
        or_null(row.position_permille),
        row.policy_version,
        known.days_to_arrival,
        or_null(known.searches_7d),
        or_null(known.look_to_book_ppm),
        or_null(known.pace_permille),
        or_null(known.occupancy_permille),
        or_null(known.market_occupancy_permille),
        or_null(known.cancellation_rate_permille),
        or_null(known.occupancy_last_year_permille),
    )
}
