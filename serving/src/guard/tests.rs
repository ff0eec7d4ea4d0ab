//! Every route with every kind of key, and the order in which requests are turned away.

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use serde_json::{Value, json};
use std::sync::Arc;
use tower::ServiceExt as _;

use super::{Peer, guard};
use crate::admission::{Class, LimitOptions};
use crate::keys::{ApiKey, Scope, Secret};
use crate::policy::{TABLE, Verb};
use crate::rates::RateOptions;
use crate::testing::{Answer, Stack};
use crate::{Door, DoorOptions, openapi};

fn secret(number: u8) -> Secret {
    Secret::of_random([number; 20])
}

const NAMED: [(&str, u8, &[Scope]); 4] = [
    ("shop", 1, &[Scope::Shop]),
    ("manage", 2, &[Scope::Manage]),
    ("operate", 3, &[Scope::Operate]),
    ("web", 4, &[Scope::Shop]),
];

fn door(options: DoorOptions) -> Door {
    let keys = NAMED.map(|(name, number, scopes)| ApiKey::of(name, scopes, &secret(number)));
    Door::new(options, &keys).expect("they are in order")
}

fn stack() -> Stack {
    Stack::behind(Duration::from_millis(20), door(DoorOptions::default()))
}

fn verb(verb: Verb) -> &'static str {
    match verb {
        Verb::Get => "GET",
        Verb::Put => "PUT",
        Verb::Post => "POST",
    }
}

async fn ask(stack: &Stack, method: &str, path: &str, bearer: Option<&str>) -> Answer {
    let mut request = Request::builder().method(method).uri(path.replace(['{', '}'], ""));
    if let Some(bearer) = bearer {
        request = request.header("Authorization", format!("Bearer {bearer}"));
    }
    stack.send(request.body(Body::empty()).expect("a request")).await
}

#[tokio::test]
async fn every_route_asks_for_the_key_that_its_policy_names() {
    let stack = stack();
    let revoked = secret(99);
    let mistyped = format!("{}x", &secret(1).as_str()[..40]);
    let mut cells_count = 0;
    for policy in TABLE {
        let method = verb(policy.method);
        let is_open = policy.scopes.is_empty();
        let wrong = [None, Some("nonsense"), Some(&*mistyped), Some(revoked.as_str())];
        for bearer in wrong {
            let answer = ask(&stack, method, policy.path, bearer).await;
            let place = format!("{method} {} {bearer:?}: {answer:?}", policy.path);
            assert_eq!(answer.status == 401, !is_open, "{place}");
            if !is_open {
                assert!(answer.header("www-authenticate").starts_with("Bearer "), "{place}");
                assert_eq!(answer.json()["type"], "/problems/unauthenticated", "{place}");
            }
            cells_count += 1;
        }
        for (name, number, scopes) in NAMED {
            let answer = ask(&stack, method, policy.path, Some(secret(number).as_str())).await;
            let may = is_open || policy.scopes.iter().any(|scope| scopes.contains(scope));
            let place = format!("{method} {} as {name}: {answer:?}", policy.path);
            assert_eq!(answer.status == 403, !may, "{place}");
            assert_ne!(answer.status, 401, "{place}");
            if !may {
                let detail = answer.text("detail");
                let named = policy.scopes.iter().all(|scope| detail.contains(scope.name()));
                assert!(named, "{place}");
            }
            cells_count += 1;
        }
    }
    assert_eq!(cells_count, TABLE.len() * 8);
}

#[test]
fn every_route_of_the_document_has_a_policy_and_says_so() {
    let document: Value = serde_json::from_str(openapi::document()).expect("JSON");
    let mut described = Vec::new();
    for (path, operations) in document["paths"].as_object().expect("an object") {
        for (method, operation) in operations.as_object().expect("an object") {
            let policy = TABLE
                .iter()
                .find(|line| line.path == path && verb(line.method).eq_ignore_ascii_case(method));
            let policy = policy.unwrap_or_else(|| panic!("{method} {path} has no policy"));
            let security: Vec<Value> =
                policy.scopes.iter().map(|scope| json!({"api_key": [scope.name()]})).collect();
            assert_eq!(operation["security"], json!(security), "{method} {path}");
            described.push((policy.path, policy.method));
        }
    }
    assert_eq!(described.len(), TABLE.len(), "policies of routes that there are not");
}

#[tokio::test]
async fn a_route_that_was_forgotten_in_the_table_is_denied() {
    let stack = stack();
    let handler = || async { "a secret" };
    let layer = from_fn_with_state(Arc::clone(&stack.app), guard);
    let forgotten = Router::new().route("/v1/forgotten", get(handler)).layer(layer);
    for bearer in [None, Some(secret(1))] {
        let mut request = Request::get("/v1/forgotten");
        if let Some(secret) = bearer {
            request = request.header("Authorization", format!("Bearer {}", secret.as_str()));
        }
        let request = request.body(Body::empty()).expect("a request");
        let response = forgotten.clone().oneshot(request).await.expect("it cannot fail");
        assert_eq!(response.status().as_u16(), 403);
    }
}

#[tokio::test]
async fn two_callers_cannot_see_each_other_s_answers() {
    let stack = stack();
    let body = json!({
        "property": "grand", "ttl_seconds": 900, "lines": [{
            "room_type": "double", "rate_plan": "flexible", "check_in": "2027-03-01",
            "check_out": "2027-03-04", "rooms": 1, "guests": {"adults": 2, "children": []}
        }]
    });
    let send = async |number: u8| {
        let request = Request::post("/v1/holds")
            .header("Authorization", format!("Bearer {}", secret(number).as_str()))
            .header("Idempotency-Key", "the-same")
            .header("Content-Type", "application/json")
            .body(Body::from(body.to_string()))
            .expect("a request");
        stack.send(request).await.status
    };
    let asked = async |number: u8| {
        ask(&stack, "GET", "/v1/commands/the-same", Some(secret(number).as_str())).await.status
    };
    assert_eq!(send(1).await, 202, "nobody decides here");
    assert_eq!((asked(1).await, asked(4).await), (202, 404));
    assert_eq!(send(4).await, 202);
    assert_eq!(asked(4).await, 202);
    assert_eq!(stack.app.waiters.in_flight_count(), 2, "they are two commands");
}

#[tokio::test]
async fn who_asks_too_often_is_told_how_long_to_wait() {
    let one = NonZeroU32::MIN;
    let rates = RateOptions { per_key: one, per_address: one };
    let stack =
        Stack::behind(Duration::ZERO, door(DoorOptions { rates, ..DoorOptions::default() }));
    let mut statuses = Vec::new();
    for _ in 0..4 {
        let answer = ask(&stack, "GET", "/metrics", Some(secret(3).as_str())).await;
        statuses.push(answer.status);
        if answer.status == 429 {
            let seconds: u64 = answer.header("retry-after").parse().expect("seconds");
            assert!((1..=4).contains(&seconds), "{seconds}");
            assert!(answer.header("ratelimit").starts_with("\"client\";r=0;t="), "{answer:?}");
            assert_eq!(answer.json()["type"], "/problems/too-many-requests");
        }
    }
    assert_eq!(statuses[..2], [200, 200], "a burst of two is allowed");
    assert!(statuses.contains(&429), "{statuses:?}");
    let others = ask(&stack, "GET", "/metrics", Some(secret(2).as_str())).await;
    assert_eq!(others.status, 403, "the rate of one key is not that of another");

    let guess = async |address: &str| {
        let mut request = Request::get("/metrics").body(Body::empty()).expect("a request");
        request.extensions_mut().insert(Peer(address.parse().expect("an address")));
        stack.send(request).await.status
    };
    let mut guesses = Vec::new();
    for _ in 0..4 {
        guesses.push(guess("203.0.113.7").await);
    }
    assert!(guesses.starts_with(&[401, 401]) && guesses.contains(&429), "{guesses:?}");
    assert_eq!(guess("203.0.113.8").await, 401, "another address is another client");
}

#[tokio::test]
async fn a_deadline_that_is_over_appends_nothing() {
    let stack = Stack::stopped(Duration::from_secs(5));
    let hold = |deadline: &str| {
        Request::post("/v1/holds")
            .header("Idempotency-Key", "k")
            .header("Content-Type", "application/json")
            .header("Roomnight-Deadline", deadline)
            .body(Body::from(
                json!({
                    "property": "grand", "lines": [{
                        "room_type": "double", "rate_plan": "flexible", "check_in": "2027-03-01",
                        "check_out": "2027-03-04", "rooms": 1, "guests": {"adults": 2}
                    }]
                })
                .to_string(),
            ))
            .expect("a request")
    };
    let late = stack.send(hold("0")).await;
    assert_eq!((late.status, late.text("type")), (503, "/problems/deadline".to_owned()));
    assert_ne!(late.header("retry-after"), "");
    assert_eq!(stack.app.waiters.in_flight_count(), 0, "nothing was appended");
    let malformed = stack.send(hold("soon")).await;
    assert_eq!(malformed.text("type"), "/problems/malformed-deadline");
    let short = stack.send(hold("5")).await;
    assert_eq!(short.status, 202, "it was appended, and nobody decides here");
    stack.app.door.shut();
    let shut = stack.put("/v1/properties/grand", "k-2", &json!({})).await;
    assert_eq!(shut.status, 422);
    let stopped = stack.send(hold("5000")).await;
    assert_eq!((stopped.status, stopped.text("type")), (503, "/problems/stopping".to_owned()));
}

#[tokio::test]
async fn what_looks_like_a_card_is_kept_nowhere() {
    let stack = Stack::stopped(Duration::from_millis(5));
    let hold = "/v1/holds/hold_00000000000000000000000000/confirm";
    let answer = stack.post(hold, "k", &json!({"guest": "4111111111111111"})).await;
    let expected = (422, "/problems/card-number-in-field".to_owned());
    assert_eq!((answer.status, answer.text("type")), expected);
    assert!(!String::from_utf8_lossy(&answer.bytes).contains("4111"));
    let answer = stack.put("/v1/properties/4111111111111111", "k", &json!({})).await;
    assert_eq!((answer.status, answer.text("type")), expected);
    assert_eq!(stack.app.waiters.in_flight_count(), 0);
}

#[tokio::test]
async fn who_waits_for_a_place_in_vain_is_told_so() {
    let limit = LimitOptions { in_flight_min: 1, in_flight_max: 1, ..LimitOptions::default() };
    let options = DoorOptions { limit, ..DoorOptions::default() };
    let door = Door::new(options, &[]).expect("it needs no keys");
    let stack = Stack::behind(Duration::from_secs(5), door);
    let later = Instant::now() + Duration::from_secs(60);
    let admission = &stack.app.door.admission;
    let place = admission.enter(Class::Settle.into(), later).await.expect("it is free");
    let look = || {
        Request::get("/v1/properties/grand/availability")
            .header("Roomnight-Deadline", "5")
            .body(Body::empty())
            .expect("a request")
    };
    let answer = stack.send(look()).await;
    assert_eq!((answer.status, answer.text("type")), (503, "/problems/overloaded".to_owned()));
    let seconds: u64 = answer.header("retry-after").parse().expect("seconds");
    assert!((1..=3).contains(&seconds), "{seconds}");
    assert_eq!(stack.get("/livez").await.status, 200, "what has no class needs no place");
    let metrics = stack.get("/metrics").await;
    let metrics = String::from_utf8_lossy(&metrics.bytes).into_owned();
    let counted = "roomnight_refused_total{class=\"read\",reason=\"no_place\"} 1";
    assert!(metrics.contains(counted), "{metrics}");
    drop(place);
    assert_ne!(stack.send(look()).await.status, 503, "the place is free again");
}
