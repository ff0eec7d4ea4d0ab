//! Lines that are signals, and what is said of those that are not.

use events::{Outcome, Signal, Stamp};
use serde_json::{Value, json};

use super::told;

const NOW: Stamp = Stamp(1_800_000_000_000);

fn search() -> Value {
    json!({
        "type": "search", "source": "web", "id": "s-1", "observed_at": "2027-01-15T08:00:00Z",
        "market": "lisbon", "check_in": "2027-03-01", "check_out": "2027-03-04"
    })
}

fn faults(line: &Value) -> Vec<String> {
    let faults = told(line, NOW).expect_err("it is refused");
    faults.into_iter().map(|fault| format!("{} {}", fault.pointer, fault.detail)).collect()
}

#[test]
fn a_search_and_a_price_are_read() {
    let read = told(&search(), NOW).expect("a search");
    assert_eq!((read.source.as_str(), read.observed), ("web", NOW));
    let Signal::Search(read) = read.signal else { panic!("a search") };
    assert_eq!((read.rooms, read.guests, read.stay.nights_count()), (1, 2, 3));
    let sold_out = json!({
        "type": "competitor_price", "source": "crawler", "observed_at": "2027-01-15T08:00:00Z",
        "property": "grand", "rival": "plaza", "night": "2027-03-01", "price": null
    });
    let Signal::CompetitorPrice(read) = told(&sold_out, NOW).expect("a price").signal else {
        panic!("a price")
    };
    assert_eq!(read.price, None, "sold out is news too");
}

#[test]
fn an_attempt_and_an_event_are_read() {
    let attempt = json!({
        "type": "attempt", "source": "web", "observed_at": "2027-01-15T08:00:00Z", "id": "a-1",
        "property": "grand", "guest": "anna", "card": "tok-1", "email": "AB".repeat(32),
        "address": "::ffff:192.0.2.7", "amount": {"amount": 35_700, "currency": "EUR"},
        "outcome": "declined"
    });
    let Signal::Attempt(read) = told(&attempt, NOW).expect("an attempt").signal else {
        panic!("an attempt")
    };
    assert_eq!((read.outcome, read.device), (Outcome::Declined, None));
    assert_eq!(read.address, Some("192.0.2.7".parse().expect("an address")));
    assert_eq!(read.email.map(|email| email.to_string()), Some("ab".repeat(32)));
    let event = json!({
        "type": "market_event", "source": "fairs", "observed_at": "2027-01-15T08:00:00Z",
        "id": "e-1", "market": "lisbon", "kind": "concert", "from": "2027-03-01",
        "to": "2027-03-03", "impact_permille": 120, "name": "Fado"
    });
    let Signal::MarketEvent(read) = told(&event, NOW).expect("an event").signal else {
        panic!("an event")
    };
    assert_eq!((read.impact_permille, read.nights.nights_count()), (120, 2));

    let with = |line: &Value, field: &str, value: Value| {
        let mut line = line.clone();
        line[field] = value;
        faults(&line)
    };
    assert_eq!(
        with(&attempt, "outcome", json!("lost"))[0],
        "/outcome expected one of: started, declined, booked"
    );
    assert_eq!(
        with(&attempt, "card", json!("4111 1111 1111 1111"))[0],
        "/card is the number of a card: send the token that the payment service gave for it"
    );
    assert_eq!(with(&attempt, "address", json!("192.0.2.300")).len(), 1);
    assert_eq!(with(&attempt, "email", json!("anna@example.org")).len(), 1);
    assert_eq!(with(&event, "impact_permille", json!(70_000)).len(), 1);
    assert_eq!(with(&event, "name", json!(" ")).len(), 1);
    assert_eq!(with(&event, "to", json!("2027-03-01")).len(), 1);
}

#[test]
fn every_fault_of_a_line_is_named() {
    let with = |field: &str, value: Value| {
        let mut line = search();
        line[field] = value;
        faults(&line)
    };
    assert_eq!(faults(&json!([])), [" expected an object, found a list"]);
    assert_eq!(with("type", json!("booking")).len(), 1 + 4, "fields of no known kind are faults");
    assert_eq!(with("market", json!(null)), ["/market name a market, a property or both"]);
    assert_eq!(
        with("observed_at", json!("2027-01-15T08:05:01Z")),
        [
            "/observed_at lies more than five minutes ahead of the clock here: set the source's clock"
        ]
    );
    assert_eq!(with("check_out", json!("2027-03-01")).len(), 1);
    assert_eq!(with("price", json!(null)).len(), 1);
}
