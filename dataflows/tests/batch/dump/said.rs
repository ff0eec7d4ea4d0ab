//! What is on the log, as JSON.

use dataflows::views::booked::{Booked, BookedStay};
use events::signal::Place;
use events::{Attempt, Part, Slot, SourceId, Stamp, Stay, Supply};
use ledger::rows::SupplyRange;

use super::{or_null, quoted};
use crate::log::{Overbooking, Record};

fn nights(stay: Stay) -> String {
    format!("\"arrival\":{},\"departure\":{}", stay.arrival().number(), stay.departure().number())
}

/// A booking: the stays of its lines that stand, and all of its lines.
fn booking(booked: &Booked) -> String {
    let stay = |line: &BookedStay| {
        format!("[{},{}]", line.stay.arrival().number(), line.stay.departure().number())
    };
    let standing = booked.lines.iter().filter(|line| line.cancelled.is_none());
    let stays: Vec<String> = standing.map(stay).collect();
    let line = |line: &BookedStay| {
        format!(
            "{{\"room_type\":\"{}\",\"rate_plan\":\"{}\",{},\"rooms\":{},\"cancelled\":{},\
             \"price\":{}}}",
            line.room_type,
            line.rate_plan,
            nights(line.stay),
            line.rooms,
            or_null(line.cancelled.map(|stamp| stamp.0)),
            or_null(line.night_price_minor),
        )
    };
    let lines: Vec<String> = booked.lines.iter().map(line).collect();
    format!(
        "\"booking\":\"{}\",\"property\":\"{}\",\"channel\":\"{}\",\"fact\":{},\"stamp\":{},\
         \"stays\":[{}],\"lines\":[{}]",
        booked.booking,
        booked.property,
        booked.channel,
        or_null(booked.fact.map(|fact| format!("\"{fact:?}\""))),
        booked.made.0,
        stays.join(","),
        lines.join(","),
    )
}

fn attempt_fields(attempt: &Attempt) -> String {
    format!(
        ",\"id\":\"{}\",\"property\":\"{}\",\"guest\":{},\"card\":{},\"email\":{},\
         \"address\":{},\"device\":{},\"currency\":\"{}\",\"amount\":{},\"outcome\":\"{}\"",
        attempt.id,
        attempt.property,
        or_null(attempt.guest.as_ref().map(quoted)),
        or_null(attempt.card.as_ref().map(quoted)),
        or_null(attempt.email.as_ref().map(quoted)),
        or_null(attempt.address.map(quoted)),
        or_null(attempt.device.as_ref().map(quoted)),
        attempt.amount.currency,
        attempt.amount.amount_minor,
        attempt.outcome.name(),
    )
}

/// What the ledger and policies say.
pub fn said_of_hotels(record: &Record) -> Option<(&'static str, String)> {
    match record {
        Record::Property { property, market, currency } => {
            let market = or_null(market.as_ref().map(quoted));
            let slot = Slot::of(property).number();
            let fields = format!(
                "\"property\":\"{property}\",\"market\":{market},\"currency\":\"{currency}\",\
                 \"slot\":{slot}",
            );
            Some(("properties", fields))
        }
        Record::RatePlan { property, ordinal, room_types, base_price } => {
            let room_types: Vec<String> = room_types.iter().map(quoted).collect();
            let fields = format!(
                "\"property\":\"{property}\",\"ordinal\":{ordinal},\"room_types\":[{}],\
                 \"currency\":\"{}\",\"base\":{}",
                room_types.join(","),
                base_price.currency,
                base_price.amount_minor,
            );
            Some(("plans", fields))
        }
        Record::Rules { property, rules } => {
            let rivals: Vec<String> = rules.rivals.iter().map(quoted).collect();
            let fields = format!(
                "\"property\":\"{property}\",\"version\":{},\"minutes\":{},\"rivals\":[{}],\
                 \"count_min\":{},\"floor\":{},\"ceiling\":{}",
                rules.version,
                rules.minutes,
                rivals.join(","),
                rules.count_min,
                rules.floor_permille,
                rules.ceiling_permille,
            );
            Some(("rules", fields))
        }
        Record::Supply { property, room_type, ranges } => {
            let range = |range: &SupplyRange| {
                let Supply { physical, blocked, .. } = range.supply;
                format!(
                    "{{{},\"physical\":{physical},\"blocked\":{blocked}}}",
                    nights(range.nights)
                )
            };
            let ranges: Vec<String> = ranges.iter().map(range).collect();
            let fields = format!(
                "\"property\":\"{property}\",\"room_type\":\"{room_type}\",\"ranges\":[{}]",
                ranges.join(","),
            );
            Some(("supply", fields))
        }
        Record::Booking(booked) => Some(("bookings", booking(booked))),
        // What is sold follows from the bookings, and is not taken at its word.
        Record::Sold { .. }
        | Record::Overbooking { .. }
        | Record::Link { .. }
        | Record::Search { .. }
        | Record::Price { .. }
        | Record::Fair { .. }
        | Record::Attempt { .. }
        | Record::Tick(_) => None,
    }
}

/// What policies on overbooking and links say.
pub fn said_of_limits(record: &Record) -> Option<(&'static str, String)> {
    match record {
        Record::Overbooking { property, active, candidate } => {
            let said =
                |policy: &Option<Overbooking>| or_null(policy.as_ref().map(Overbooking::json));
            let (active, candidate) = (said(active), said(candidate));
            let fields = format!(
                "\"property\":\"{property}\",\"active\":{active},\"candidate\":{candidate}",
            );
            Some(("overbooking", fields))
        }
        Record::Link { property, room_type, parts } => {
            let part = |part: &Part| {
                let Part { room_type, rooms } = part;
                format!("{{\"room_type\":\"{room_type}\",\"rooms\":{rooms}}}")
            };
            let parts: Vec<String> = parts.iter().map(part).collect();
            let fields = format!(
                "\"property\":\"{property}\",\"room_type\":\"{room_type}\",\"parts\":[{}]",
                parts.join(","),
            );
            Some(("links", fields))
        }
        Record::Property { .. }
        | Record::Supply { .. }
        | Record::Sold { .. }
        | Record::RatePlan { .. }
        | Record::Rules { .. }
        | Record::Search { .. }
        | Record::Price { .. }
        | Record::Fair { .. }
        | Record::Attempt { .. }
        | Record::Booking(_)
        | Record::Tick(_) => None,
    }
}

/// What signals say.
pub fn seen(record: &Record) -> Option<(&'static str, String)> {
    let head = |source: &SourceId, observed: &Stamp, stamp: &Stamp| {
        format!("\"source\":\"{source}\",\"observed\":{},\"stamp\":{}", observed.0, stamp.0)
    };
    match record {
        Record::Search { source, observed, stamp, search } => {
            let (property, market) = match &search.place {
                Place::Market(market) => (None, Some(market)),
                Place::Property(property, market) => (Some(property), market.as_ref()),
            };
            let fields = format!(
                "{},\"id\":\"{}\",\"property\":{},\"market\":{},{}",
                head(source, observed, stamp),
                search.id,
                or_null(property.map(quoted)),
                or_null(market.map(quoted)),
                nights(search.stay),
            );
            Some(("searches", fields))
        }
        Record::Price { source, observed, stamp, price } => {
            let fields = format!(
                "{},\"property\":\"{}\",\"rival\":\"{}\",\"night\":{},\"currency\":{},\
                 \"amount\":{}",
                head(source, observed, stamp),
                price.property,
                price.rival,
                price.night.number(),
                or_null(price.price.map(|price| quoted(price.currency))),
                or_null(price.price.map(|price| price.amount_minor)),
            );
            Some(("prices", fields))
        }
        Record::Fair { source, observed, stamp, event } => {
            let kind = format!("{:?}", event.kind).to_lowercase();
            let fields = format!(
                "{},\"id\":\"{}\",\"market\":\"{}\",\"kind\":\"{kind}\",{},\"impact\":{}",
                head(source, observed, stamp),
                event.id,
                event.market,
                nights(event.nights),
                event.impact_permille,
            );
            Some(("fairs", fields))
        }
        Record::Attempt { source, observed, stamp, attempt } => {
            Some(("attempts", head(source, observed, stamp) + &attempt_fields(attempt)))
        }
        Record::Property { .. }
        | Record::Supply { .. }
        | Record::Sold { .. }
        | Record::RatePlan { .. }
        | Record::Rules { .. }
        | Record::Overbooking { .. }
        | Record::Link { .. }
        | Record::Booking(_)
        | Record::Tick(_) => None,
    }
}
