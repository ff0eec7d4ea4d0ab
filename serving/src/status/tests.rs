//! Every refusal and error has words, a status, and a line in the documentation.

use axum::http::StatusCode;
use events::{BookingId, Decision, HoldId, LogTime, Oversold, Reason, Rejection, Slot, Stamp};
use serde_json::{Value, json};

use super::{HoldTerms, answer, instant, instant_after, terms_of_kind, terms_of_reason};
use crate::confirmation::ConfirmationKey;
use crate::problem::{Kind, Problem, type_of};

fn json_of(decision: &Decision) -> (u16, Value) {
    let terms = HoldTerms {
        property: &"grand".parse().expect("an id"),
        ttl_ms: 900_000,
        lines: &[],
        block: None,
    };
    let numbers = ConfirmationKey::new([1; 32]);
    let answer = answer(decision, Stamp(1_800_000_000_000), Some(terms), &numbers);
    (answer.status.as_u16(), serde_json::from_slice(&answer.body).expect("JSON"))
}

#[test]
fn every_decision_has_its_answer() {
    let hold = HoldId(1 << 116 | 5);
    let booking = hold.booking();
    let number = ConfirmationKey::new([1; 32]).number(Slot::from_low_bits(1), 7);
    let cases = [
        (Decision::Defined, 200, json!({"state": "defined"})),
        (Decision::InventorySet { nights_changed: 364 }, 200, json!({"nights_changed": 364})),
        (Decision::RestrictionsSet { nights_changed: 3 }, 200, json!({"nights_changed": 3})),
        (
            Decision::PolicyActive { version: Some("calm".parse().expect("an id")), changed: true },
            200,
            json!({"version": "calm", "changed": true}),
        ),
        (
            Decision::PolicyActive { version: None, changed: true },
            200,
            json!({"version": null, "changed": true}),
        ),
        (
            Decision::Held { hold, deadline: LogTime(3) },
            201,
            json!({
                "hold": hold.to_string(), "state": "held", "property": "grand",
                "expires_at": "2027-01-15T08:15:00Z", "lines": []
            }),
        ),
        (
            Decision::Confirmed { booking, ordinal: 7, readmitted: false },
            201,
            json!({
                "booking": booking.to_string(), "confirmation": number, "state": "confirmed",
                "hold": hold.to_string(), "readmitted": false
            }),
        ),
        (Decision::Released { hold }, 200, json!({"hold": hold.to_string(), "state": "released"})),
        (cancelled(booking, true), 200, cancelled_json(booking, "cancelled")),
        (cancelled(booking, false), 200, cancelled_json(booking, "confirmed")),
        (
            Decision::ExternalSaleRecorded {
                booking,
                ordinal: 7,
                oversold: vec![Oversold {
                    room_type: "double".parse().expect("an id"),
                    night: "2027-03-02".parse().expect("a night"),
                    rooms: 2,
                }],
                known: false,
            },
            201,
            json!({
                "booking": booking.to_string(), "confirmation": number, "state": "confirmed",
                "known": false,
                "oversold": [{"room_type": "double", "night": "2027-03-02", "rooms": 2}]
            }),
        ),
        (
            Decision::Amended { booking, lines: [1].into_iter().collect(), amendments: 2 },
            200,
            json!({
                "booking": booking.to_string(), "state": "confirmed", "lines_amended": [1],
                "amendments": 2
            }),
        ),
    ];
    for (decision, status, body) in cases {
        assert_eq!(json_of(&decision), (status, body), "{decision:?}");
    }
}

#[test]
fn what_is_decided_of_blocks_has_its_answer() {
    let cases = [
        (
            Decision::BlockReleased { block: "wedding".parse().expect("an id"), room_nights: 9 },
            200,
            json!({"block": "wedding", "state": "released", "room_nights": 9}),
        ),
        (
            Decision::BusinessDateAdvanced {
                date: "2027-03-02".parse().expect("a date"),
                released: vec!["wedding".parse().expect("an id")],
            },
            200,
            json!({"date": "2027-03-02", "released": ["wedding"]}),
        ),
    ];
    for (decision, status, body) in cases {
        assert_eq!(json_of(&decision), (status, body), "{decision:?}");
    }
}

fn cancelled(booking: BookingId, whole: bool) -> Decision {
    Decision::Cancelled { booking, lines: [2, 3].into_iter().collect(), whole }
}

fn cancelled_json(booking: BookingId, state: &str) -> Value {
    json!({"booking": booking.to_string(), "state": state, "lines_cancelled": [2, 3]})
}

#[test]
fn what_no_route_asks_for_is_our_own_fault() {
    let owner = Decision::OwnerAnnounced { epoch: 1 };
    let tick = Decision::Ticked { log_time: LogTime(1), expired: Vec::new() };
    for decision in [Decision::Recorded, owner, tick] {
        assert_eq!(json_of(&decision).0, 500);
    }
}

#[test]
fn a_refusal_names_itself_and_its_nights() {
    let nights = ["2027-03-02".parse().expect("a night")].into();
    let decision = Decision::Rejected(Rejection { reason: Reason::NoRoom, nights });
    let (status, body) = json_of(&decision);
    assert_eq!(status, 409);
    assert_eq!(body["type"], "/problems/no-room");
    assert_eq!(body["rejection"], "no_room");
    assert_eq!(body["nights"], json!(["2027-03-02"]));
    assert_eq!(body["status"], 409);
    let without: Value =
        serde_json::from_slice(&Problem::from(Reason::IdReused).body()).expect("JSON");
    assert_eq!(without.get("nights"), None);
    assert_eq!(without.get("errors"), None);
}

#[test]
fn nothing_goes_without_words() {
    for reason in Reason::ALL {
        let terms = terms_of_reason(*reason);
        assert!(!terms.title.is_empty() && terms.detail.ends_with('.'), "{reason:?}: {terms:?}");
    }
    for kind in Kind::ALL {
        let terms = terms_of_kind(*kind);
        assert!(!terms.title.is_empty() && terms.detail.ends_with('.'), "{kind:?}: {terms:?}");
    }
}

#[test]
fn every_status_stands_in_the_documentation() {
    const PAGE: &str = include_str!("../../../docs/http-status-codes.md");
    let reasons = Reason::ALL.iter().map(|reason| terms_of_reason(*reason));
    let kinds = Kind::ALL.iter().map(|kind| terms_of_kind(*kind));
    for terms in reasons.chain(kinds) {
        let row =
            format!("| `{}` | {} | {} |", type_of(terms.name), terms.status.as_u16(), terms.title);
        assert!(PAGE.contains(&row), "docs/http-status-codes.md lacks\n{row}");
    }
    let rows = PAGE.lines().filter(|line| line.starts_with("| `/problems/")).count();
    assert_eq!(rows, Reason::ALL.len() + Kind::ALL.len(), "rows of problems that there are not");
}

#[test]
fn whoever_may_ask_again_is_told_when() {
    for reason in Reason::ALL {
        let problem = Problem::from(*reason);
        let is_later = problem.status() == StatusCode::SERVICE_UNAVAILABLE;
        assert_eq!(problem.retry_after_s().is_some(), is_later, "{reason:?}");
    }
}

#[test]
fn instants_are_rfc_3339_in_utc() {
    assert_eq!(instant(Stamp(0)), "1970-01-01T00:00:00Z");
    assert_eq!(instant_after(Stamp(1_800_000_000_000), 250), "2027-01-15T08:00:00.25Z");
    assert_eq!(instant(Stamp(i64::MAX)).get(..4), Some("9999"));
}
