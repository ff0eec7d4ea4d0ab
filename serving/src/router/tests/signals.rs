//! Batches of signals, and dead letters listed and driven again.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use dataflows::intake::{Ear, OnFailure};
use dataflows::{Intake, Letters};
use events::Signal;
use ingest::{Bookmark, DeadLetter, Log, Topic};
use serde_json::{Value, json};

use crate::door::{Door, DoorOptions};
use crate::keys::{ApiKey, Scope, Secret};
use crate::testing::{Answer, Stack};

const SEARCH: &str = r#"{"type": "search", "source": "web", "id": "s-1", "market": "lisbon",
 "observed_at": "2027-01-15T08:00:00Z", "check_in": "2027-03-01", "check_out": "2027-03-04"}"#;
const PRICE: &str = r#"{"type": "competitor_price", "source": "crawler", "property": "grand",
 "rival": "plaza", "night": "2027-03-01", "price": {"amount": 11900, "currency": "EUR"},
 "observed_at": "2027-01-15T08:00:00Z"}"#;
const ATTEMPT: &str = r#"{"type": "attempt", "source": "web", "id": "a-1", "property": "grand",
 "card": "tok-1", "amount": {"amount": 11900, "currency": "EUR"}, "outcome": "started",
 "observed_at": "2027-01-15T08:00:00Z"}"#;
const EVENT: &str = r#"{"type": "market_event", "source": "fairs", "id": "e-1", "kind": "sports",
 "market": "lisbon", "from": "2027-03-01", "to": "2027-03-02", "impact_permille": 80,
 "name": "Derby", "observed_at": "2027-01-15T08:00:00Z"}"#;

fn one_line(text: &str) -> String {
    text.replace('\n', "")
}

async fn tell(stack: &Stack, key: Option<&str>, lines: &str) -> Answer {
    let mut request = Request::post("/v1/signals").header("Content-Type", "application/x-ndjson");
    if let Some(key) = key {
        request = request.header("Idempotency-Key", key);
    }
    stack.send(request.body(Body::from(lines.to_owned())).expect("a request")).await
}

/// Reads the signals of a stack as a running system does; what was heard is kept.
fn intake(stack: &Stack) -> (Intake, Arc<Mutex<Vec<Signal>>>) {
    let all = Arc::new(Mutex::new(Vec::new()));
    let (batches, heard_all) = (Arc::clone(&stack.app.batches), Arc::clone(&all));
    let ear: Ear = Arc::new(move |heard| {
        let signals = heard.observations.iter().map(|seen| seen.signal.clone());
        heard_all.lock().expect("nobody panics").extend(signals);
        batches.heard(heard.observations);
        Ok(())
    });
    let on_failure: OnFailure = Arc::new(|error| panic!("{error}"));
    let from = Topic::SIGNALS.iter().map(|topic| (*topic, Bookmark::default())).collect();
    let letters = Letters::new(Arc::clone(&stack.app.log)).expect("a log");
    let intake = Intake::start(&stack.app.log, &Arc::new(letters), from, &ear, &on_failure)
        .expect("it starts");
    (intake, all)
}

#[tokio::test]
async fn a_batch_is_durable_when_it_is_answered_and_bad_lines_spoil_no_others() {
    let stack = Stack::started();
    let (_intake, heard) = intake(&stack);
    let lines = format!("{}\n\n{{\"type\": 1}}\n{}\n", one_line(SEARCH), one_line(PRICE));
    let answer = tell(&stack, Some("k-1"), &lines).await;
    let body = answer.json();
    assert_eq!(answer.status, 200, "{body}");
    assert_eq!((&body["accepted"], &body["durable"]), (&json!(2), &json!(true)));
    let refused = body["refused"].as_array().expect("a list");
    assert_eq!((refused.len(), &refused[0]["line"]), (1, &json!(3)));
    assert_eq!(heard.lock().expect("nobody panics").len(), 2);
}

#[tokio::test]
async fn a_batch_without_one_good_line_is_refused_whole() {
    let stack = Stack::started();
    let answer = tell(&stack, Some("k"), "{]\n{\"type\": \"search\"}").await;
    assert_eq!(answer.status, 422);
    let errors = answer.json()["errors"].as_array().expect("a list").clone();
    let pointers: Vec<_> = errors.iter().filter_map(|error| error["pointer"].as_str()).collect();
    assert!(pointers.contains(&"/1") && pointers.contains(&"/2/source"), "{pointers:?}");
    assert_eq!(tell(&stack, None, SEARCH).await.status, 400, "every write has a key");
    assert_eq!(tell(&stack, Some("k"), "\n \n").await.status, 400);
    let end = stack.log.end(Topic::Searches).expect("it has an end");
    assert_eq!(end.next_offset(0), 0, "nothing was appended");
}

/// Prices follow rivals and events, and a key that sells is no key that prices.
#[tokio::test]
async fn whoever_does_not_manage_tells_nothing_that_moves_prices() {
    let secret = Secret::of_random([1; 20]);
    let key = ApiKey::of("shop", &[Scope::Shop], &secret);
    let door = Door::new(DoorOptions::default(), &[key]).expect("it is in order");
    let stack = Stack::behind(Duration::from_millis(20), door);
    let (_intake, heard) = intake(&stack);
    let lines = [SEARCH, PRICE, ATTEMPT, EVENT].map(one_line).join("\n");
    let request = Request::post("/v1/signals")
        .header("Content-Type", "application/x-ndjson")
        .header("Authorization", format!("Bearer {}", secret.as_str()))
        .header("Idempotency-Key", "k");
    let answer = stack.send(request.body(Body::from(lines)).expect("a request")).await;
    let body = answer.json();
    let refused = body["refused"].as_array().expect("a list").iter();
    let refused: Vec<_> =
        refused.map(|line| (&line["line"], &line["errors"][0]["pointer"])).collect();
    assert_eq!(refused, [(&json!(2), &json!("/type")), (&json!(4), &json!("/type"))]);
    assert_eq!(heard.lock().expect("nobody panics").len(), 2);
}

/// A short line may speak of two years of nights, each of which is counted by itself.
#[tokio::test]
async fn the_searches_of_a_batch_have_so_many_nights_and_no_more() {
    let stack = Stack::started();
    let (_intake, _heard) = intake(&stack);
    let long = SEARCH.replace("2027-03-04", "2029-02-27");
    let line = |number: usize| one_line(&long).replace("s-1", &format!("s-{number}"));
    let lines: Vec<String> = (1..=70).map(line).collect();
    let answer = tell(&stack, Some("k"), &lines.join("\n")).await;
    let body = answer.json();
    // 68 stays of 729 nights are 49,572.
    assert_eq!((answer.status, &body["accepted"]), (200, &json!(68)), "{body}");
    assert_eq!(body["refused"][0]["line"], 69);
}

#[tokio::test]
async fn attempts_and_events_reach_their_topics_and_the_number_of_a_card_reaches_none() {
    let stack = Stack::started();
    let (_intake, heard) = intake(&stack);
    let lines = format!("{}\n{}\n", one_line(ATTEMPT), one_line(EVENT));
    let answer = tell(&stack, Some("k-1"), &lines).await;
    assert_eq!((answer.status, &answer.json()["accepted"]), (200, &json!(2)));
    let heard = heard.lock().expect("nobody panics").len();
    let ends = [Topic::Attempts, Topic::MarketEvents].map(|topic| stack.log.end(topic));
    let ends = ends.map(|end| end.expect("it has an end").iter().map(|(_, next)| next).sum());
    assert_eq!((heard, ends), (2, [1_u64, 1]));
    let answer = tell(&stack, Some("k-2"), &lines.replace("tok-1", "4111111111111111")).await;
    let body = answer.json();
    assert_eq!((answer.status, &body["accepted"]), (200, &json!(1)));
    assert!(body["refused"][0]["line"] == 1 && !body.to_string().contains("4111"), "{body}");
    let end = stack.log.end(Topic::Attempts).expect("it has an end");
    assert_eq!(end.iter().map(|(_, next)| next).sum::<u64>(), 1, "nothing of it is on the log");
}

#[tokio::test]
async fn a_dead_letter_is_listed_until_it_is_driven_again() {
    let stack = Stack::started();
    let letter = DeadLetter {
        topic: Topic::Searches,
        partition: 0,
        offset: 0,
        reason: "`kind` is missing".to_owned(),
        bytes: vec![8, 1].into(),
    };
    letter.append(&stack.log).expect("it is taken");
    let listed = stack.get("/v1/dead-letters?topic=searches").await.json();
    assert_eq!(listed["waiting"], 1);
    let of_list = &listed["dead_letters"][0];
    assert_eq!(
        (&of_list["reason"], &of_list["bytes_hex"]),
        (&json!(letter.reason), &json!("0801"))
    );
    let none: Value = stack.get("/v1/dead-letters?topic=commands").await.json();
    assert_eq!(none["dead_letters"], json!([]));
    assert_eq!(stack.get("/v1/dead-letters?limit=0").await.status, 422);

    let redrive = async |path: &str, key: &str| {
        stack.write("POST", &format!("/v1/dead-letters/{path}/redrive"), key, &json!({})).await
    };
    for unknown in ["searches/0/1", "searchers/0/0", "searches/0/-1", "commands/0/0"] {
        let answer = redrive(unknown, "u").await;
        assert_eq!(answer.json()["type"], "/problems/dead-letter-unknown", "{unknown}");
    }
    for _ in 0..2 {
        let answer = redrive("searches/0/0", "r").await;
        assert_eq!((answer.status, answer.json()), (200, json!({"state": "driven_again"})));
    }
    assert_eq!(stack.get("/v1/dead-letters").await.json()["waiting"], 0);
    let end = stack.log.end(Topic::Searches).expect("it has an end");
    assert_eq!(end.next_offset(0), 1, "asked twice, appended once");
}
