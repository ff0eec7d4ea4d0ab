//! Lines of JSON to signals, with every fault of a line noted.

use events::night::STAY_NIGHTS_MAX;
use events::signal::Place;
use events::{CompetitorPrice, MarketId, PropertyId, Search, Signal, SourceId, Stamp};
use jiff::Timestamp;
use serde_json::Value;

use super::commands::{self, Faults};
use super::read::{self, Object, Report, integer, object, parsed};

/// How far ahead of this process the clock of a source may be. What is dated further ahead would
/// stand in the way of everything that the source sees until then.
const AHEAD_MAX_MS: i64 = 5 * 60 * 1000;
const ROOMS_MAX: i64 = 200;
const GUESTS_MAX: i64 = 10_000;

/// One line of `POST /v1/signals`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) source: SourceId,
    pub(crate) observed: Stamp,
    pub(crate) signal: Signal,
}

/// Reads one line; `now` is when it came.
pub(crate) fn told(line: &Value, now: Stamp) -> Result<Told, Faults> {
    read::body(line, Report::default(), |line, report| {
        let source = line.required(report, "source", parsed);
        let observed = observed(line, report, now);
        let signal = match line.required(report, "type", kind)? {
            SignalKind::Search => search(line, report).map(Signal::Search),
            SignalKind::CompetitorPrice => {
                competitor_price(line, report).map(Signal::CompetitorPrice)
            }
        };
        Some(Told { source: source?, observed: observed?, signal: signal? })
    })
}

enum SignalKind {
    Search,
    CompetitorPrice,
}

fn kind(value: &Value, at: &read::Pointer<'_>, report: &mut Report) -> Option<SignalKind> {
    match read::string(value, at, report)? {
        "search" => Some(SignalKind::Search),
        "competitor_price" => Some(SignalKind::CompetitorPrice),
        _ => {
            report.fault(at, "expected `search` or `competitor_price`");
            None
        }
    }
}

fn observed(line: &mut Object<'_>, report: &mut Report, now: Stamp) -> Option<Stamp> {
    let observed = line.required(report, "observed_at", parsed::<Timestamp>)?.as_millisecond();
    if observed > now.0.saturating_add(AHEAD_MAX_MS) {
        let detail = "lies more than five minutes ahead of the clock here: set the source's clock";
        report.fault(&line.at("observed_at"), detail);
        return None;
    }
    Some(Stamp(observed))
}

fn search(line: &mut Object<'_>, report: &mut Report) -> Option<Search> {
    let id = line.required(report, "id", parsed);
    let some = |value: &Value, at: &read::Pointer<'_>, report: &mut Report| {
        parsed::<MarketId>(value, at, report).map(Some)
    };
    let market = line.optional(report, "market", None, some);
    let some = |value: &Value, at: &read::Pointer<'_>, report: &mut Report| {
        parsed::<PropertyId>(value, at, report).map(Some)
    };
    let property = line.optional(report, "property", None, some);
    let stay = commands::stay(line, report, "check_in", "check_out");
    let rooms = line.optional(report, "rooms", 1, integer(1..=ROOMS_MAX));
    let guests = line.optional(report, "guests", 2, integer(1..=GUESTS_MAX));
    let place = match (property?, market?) {
        (Some(property), market) => Place::Property(property, market),
        (None, Some(market)) => Place::Market(market),
        (None, None) => {
            report.fault(&line.at("market"), "name a market, a property or both");
            return None;
        }
    };
    debug_assert!(stay.is_none_or(|stay| stay.nights_count() <= STAY_NIGHTS_MAX));
    Some(Search { id: id?, place, stay: stay?, rooms: rooms?, guests: guests? })
}

fn competitor_price(line: &mut Object<'_>, report: &mut Report) -> Option<CompetitorPrice> {
    let property = line.required(report, "property", parsed);
    let rival = line.required(report, "rival", parsed);
    let night = line.required(report, "night", parsed);
    let price = line.required(report, "price", |value, at, report| match value {
        // The rival has no room to sell.
        Value::Null => Some(None),
        price => object(commands::money)(price, at, report).map(Some),
    });
    Some(CompetitorPrice { property: property?, rival: rival?, night: night?, price: price? })
}

#[cfg(test)]
mod tests;
