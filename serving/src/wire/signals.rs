//! Lines of JSON to signals, with every fault of a line noted.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use events::market_event::NAME_CHARS_MAX;
use events::night::STAY_NIGHTS_MAX;
use events::signal::Place;
use events::{
    Attempt, CardToken, CompetitorPrice, DeviceId, EmailHash, GuestRef, MarketEvent,
    MarketEventKind, MarketId, Outcome, PropertyId, Search, Signal, SourceId, Stamp,
};
use jiff::Timestamp;
use serde_json::Value;

use super::commands::{self, Faults};
use super::read::{self, Object, Report, integer, object, parsed, text};

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
            SignalKind::Attempt => attempt(line, report).map(Box::new).map(Signal::Attempt),
            SignalKind::MarketEvent => market_event(line, report).map(Signal::MarketEvent),
        };
        Some(Told { source: source?, observed: observed?, signal: signal? })
    })
}

enum SignalKind {
    Search,
    CompetitorPrice,
    Attempt,
    MarketEvent,
}

fn kind(value: &Value, at: &read::Pointer<'_>, report: &mut Report) -> Option<SignalKind> {
    match read::string(value, at, report)? {
        "search" => Some(SignalKind::Search),
        "competitor_price" => Some(SignalKind::CompetitorPrice),
        "attempt" => Some(SignalKind::Attempt),
        "market_event" => Some(SignalKind::MarketEvent),
        _ => {
            let expected = "expected `search`, `competitor_price`, `attempt` or `market_event`";
            report.fault(at, expected);
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
    let market = line.optional(report, "market", None, some::<MarketId>);
    let property = line.optional(report, "property", None, some::<PropertyId>);
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

fn attempt(line: &mut Object<'_>, report: &mut Report) -> Option<Attempt> {
    let id = line.required(report, "id", parsed);
    let property = line.required(report, "property", parsed);
    let guest = line.optional(report, "guest", None, some::<GuestRef>);
    let card = line.optional(report, "card", None, some::<CardToken>);
    let email = line.optional(report, "email", None, some::<EmailHash>);
    let address = line.optional(report, "address", None, some::<IpAddr>);
    let device = line.optional(report, "device", None, some::<DeviceId>);
    let amount = line.required(report, "amount", object(commands::money));
    let outcome = line.required(report, "outcome", one_of(&Outcome::ALL));
    Some(Attempt {
        id: id?,
        property: property?,
        guest: guest?,
        card: card?,
        email: email?,
        address: address?.map(|address| address.to_canonical()),
        device: device?,
        amount: amount?,
        outcome: outcome?,
    })
}

fn market_event(line: &mut Object<'_>, report: &mut Report) -> Option<MarketEvent> {
    let id = line.required(report, "id", parsed);
    let market = line.required(report, "market", parsed);
    let kind = line.required(report, "kind", one_of(&MarketEventKind::ALL));
    let nights = commands::stay(line, report, "from", "to");
    let impact_permille =
        line.required(report, "impact_permille", integer(0..=i64::from(u16::MAX)));
    let name = line.required(report, "name", text(NAME_CHARS_MAX));
    Some(MarketEvent {
        id: id?,
        market: market?,
        kind: kind?,
        nights: nights?,
        impact_permille: impact_permille?,
        name: name?,
    })
}

/// A text that something of ours can be made of, in a field that may be left out.
fn some<T>(value: &Value, at: &read::Pointer<'_>, report: &mut Report) -> Option<Option<T>>
where
    T: FromStr,
    T::Err: fmt::Display,
{
    parsed(value, at, report).map(Some)
}

/// One of several names.
fn one_of<T: Copy>(
    names: &'static [(&'static str, T)],
) -> impl Fn(&Value, &read::Pointer<'_>, &mut Report) -> Option<T> {
    move |value, at, report| {
        let text = read::string(value, at, report)?;
        let found = names.iter().find(|(name, _)| *name == text);
        if found.is_none() {
            let names: Vec<_> = names.iter().map(|(name, _)| *name).collect();
            report.fault(at, format!("expected one of: {}", names.join(", ")));
        }
        found.map(|(_, value)| *value)
    }
}

#[cfg(test)]
mod tests;
