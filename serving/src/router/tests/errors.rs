//! Every class of error, each as a problem.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use super::{booked, hold_body, hotel, inventory_body, line, property_body, stay_body};
use crate::testing::{Answer, Stack};
use crate::{Ready, paths};

const UNKNOWN_HOLD: &str = "hold_00000000000000000000000000";
const UNKNOWN_BOOKING: &str = "bk_00000000000000000000000000";

fn assert_problem(answer: &Answer, status: u16, name: &str) -> Value {
    assert_eq!(answer.header("content-type"), "application/problem+json", "{answer:?}");
    let problem = answer.json();
    assert_eq!((answer.status, &problem["type"]), (status, &json!(format!("/problems/{name}"))));
    assert_eq!(problem["status"], status);
    assert!(problem["title"].is_string() && problem["detail"].is_string(), "{problem}");
    problem
}

fn hold_request(key: Option<&str>, content_type: Option<&str>, body: Vec<u8>) -> Request<Body> {
    let mut request = Request::post(paths::HOLDS);
    if let Some(key) = key {
        request = request.header("Idempotency-Key", key);
    }
    if let Some(content_type) = content_type {
        request = request.header("Content-Type", content_type);
    }
    request.body(Body::from(body)).expect("a request")
}

#[tokio::test]
async fn what_is_no_request_of_ours() {
    let stack = Stack::started();
    for path in ["/", "/v1", "/v1/property/grand", "/v1/holds/a/b", "/v1/bookings/%FF"] {
        assert_problem(&stack.get(path).await, 404, "route-unknown");
    }
    for (method, path) in
        [("DELETE", "/v1/holds"), ("POST", "/v1/properties/grand"), ("PUT", "/livez")]
    {
        let answer = stack.write(method, path, "k", &json!({})).await;
        assert_problem(&answer, 405, "method-not-allowed");
        assert_ne!(answer.header("allow"), "");
    }
    let json = Some("application/json");
    let long_key = "k".repeat(256);
    for key in [None, Some(""), Some("a b"), Some("caf\u{e9}"), Some(&*long_key)] {
        let answer = stack.send(hold_request(key, json, b"{}".to_vec())).await;
        assert_problem(&answer, 400, "idempotency-key");
    }
    let twice =
        Request::post(paths::HOLDS).header("Idempotency-Key", "a").header("Idempotency-Key", "b");
    let twice = twice.header("Content-Type", "application/json").body(Body::from("{}"));
    assert_problem(&stack.send(twice.expect("a request")).await, 400, "idempotency-key");
    let longest = "k".repeat(255);
    let answer = stack.send(hold_request(Some(&longest), json, b"{}".to_vec())).await;
    assert_problem(&answer, 422, "invalid-input");
    for content_type in [None, Some("text/plain"), Some("application/x-www-form-urlencoded")] {
        let answer = stack.send(hold_request(Some("k"), content_type, b"{}".to_vec())).await;
        assert_problem(&answer, 415, "unsupported-media-type");
    }
    let with_charset = Some("Application/JSON; charset=utf-8");
    let answer = stack.send(hold_request(Some("k"), with_charset, b"{}".to_vec())).await;
    assert_problem(&answer, 422, "invalid-input");
    for body in ["{", "{\"a\":1,}", "nothing", "\u{feff}{}", "{} {}"] {
        let answer = stack.send(hold_request(Some("k"), json, body.into())).await;
        assert_problem(&answer, 400, "malformed-json");
    }
    let deep = "[".repeat(100_000);
    assert_problem(
        &stack.send(hold_request(Some("k"), json, deep.into())).await,
        400,
        "malformed-json",
    );
}

#[tokio::test]
async fn a_body_has_at_most_a_mebibyte() {
    let stack = Stack::started();
    let json = Some("application/json");
    let body = |length: usize| {
        let mut body = b"{}".to_vec();
        body.resize(length, b' ');
        body
    };
    let fits = stack.send(hold_request(Some("k"), json, body(1 << 20))).await;
    assert_problem(&fits, 422, "invalid-input");
    let too_long = stack.send(hold_request(Some("k"), json, body((1 << 20) + 1))).await;
    assert_problem(&too_long, 413, "body-too-large");
    // A body that does not announce its length is cut off where it passes the limit.
    let stream = Body::new(http_body_of_unknown_length(body((1 << 20) + 1)));
    let request = Request::post(paths::HOLDS)
        .header("Idempotency-Key", "k")
        .header("Content-Type", "application/json")
        .body(stream)
        .expect("a request");
    assert_problem(&stack.send(request).await, 413, "body-too-large");
}

/// Hides how long a body is.
fn http_body_of_unknown_length(bytes: Vec<u8>) -> Body {
    let mut parts = vec![bytes];
    Body::from_stream(OneChunk(parts.pop()))
}

struct OneChunk(Option<Vec<u8>>);

impl futures_core::Stream for OneChunk {
    type Item = Result<Vec<u8>, std::convert::Infallible>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        std::task::Poll::Ready(self.0.take().map(Ok))
    }
}

#[tokio::test]
async fn every_fault_is_listed_with_its_place() {
    let stack = Stack::started();
    let mut body = hold_body("grand", &[line("double", "2027-03-04", "2027-03-01")]);
    body["ttl"] = json!(5);
    body["ttl_seconds"] = json!(1.5);
    body["lines"][0]["rooms"] = json!("1");
    let problem = assert_problem(&stack.post("/v1/holds", "k", &body).await, 422, "invalid-input");
    let errors = problem["errors"].as_array().expect("a list");
    let pointers: Vec<&Value> = errors.iter().map(|error| &error["pointer"]).collect();
    assert_eq!(pointers, ["/ttl_seconds", "/lines/0/check_out", "/lines/0/rooms", "/ttl"]);
    assert!(
        errors.iter().all(|error| error["detail"].as_str().is_some_and(|text| !text.is_empty()))
    );
    let answer = stack.put("/v1/properties/gr%20and", "k", &property_body()).await;
    let problem = assert_problem(&answer, 422, "invalid-input");
    assert_eq!(problem["errors"][0]["pointer"], "/property");
    let answer = stack.get("/v1/properties/grand/availability?check_in=x&rooms=0").await;
    let problem = assert_problem(&answer, 422, "invalid-input");
    let errors = problem["errors"].as_array().expect("a list");
    let pointers: Vec<&Value> = errors.iter().map(|error| &error["pointer"]).collect();
    assert_eq!(pointers, ["/check_in", "/check_out", "/rooms"]);
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let stack = Stack::started();
    hotel(&stack, "grand").await;
    let stay = "check_in=2027-03-01&check_out=2027-03-02";
    for property in ["nowhere", "no%20where"] {
        let path = format!("/v1/properties/{property}/availability?{stay}");
        assert_problem(&stack.get(&path).await, 404, "property-unknown");
    }
    for hold in [UNKNOWN_HOLD, "hold_x", "x", UNKNOWN_BOOKING] {
        assert_problem(&stack.get(&format!("/v1/holds/{hold}")).await, 404, "hold-unknown");
        let path = format!("/v1/holds/{hold}/confirm");
        let answer = stack.post(&path, &format!("c-{hold}"), &json!({"guest": "g"})).await;
        assert_problem(&answer, 404, "hold-unknown");
        let path = format!("/v1/holds/{hold}/release");
        let answer = stack.post(&path, &format!("r-{hold}"), &json!({})).await;
        assert_problem(&answer, 404, "hold-unknown");
    }
    for booking in [UNKNOWN_BOOKING, "bk_x", UNKNOWN_HOLD] {
        let path = format!("/v1/bookings/{booking}");
        assert_problem(&stack.get(&path).await, 404, "booking-unknown");
        let answer =
            stack.post(&format!("{path}/cancel"), &format!("k-{booking}"), &json!({})).await;
        assert_problem(&answer, 404, "booking-unknown");
    }
    let room_type = json!({"name": "Double", "max_guests": 2});
    let answer = stack.put("/v1/properties/nowhere/room-types/double", "k-1", &room_type).await;
    let problem = assert_problem(&answer, 404, "property-unknown");
    assert_eq!(problem["rejection"], "property_unknown");
    let answer =
        stack.put("/v1/properties/grand/inventory", "k-2", &inventory_body("attic", 1)).await;
    assert_problem(&answer, 404, "room-type-unknown");
    let mut body = stay_body("grand");
    body["lines"][0]["rate_plan"] = json!("secret");
    assert_problem(&stack.post("/v1/holds", "k-3", &body).await, 404, "rate-plan-unknown");
    let (_, booking) =
        booked(&stack, "grand", "k-4", &[line("double", "2027-03-01", "2027-03-02")]).await;
    let path = format!("/v1/bookings/{booking}/cancel");
    let answer = stack.post(&path, "k-5", &json!({"lines": [2]})).await;
    assert_problem(&answer, 404, "line-unknown");
}

#[tokio::test]
async fn what_the_ledger_cannot_accept_is_unprocessable() {
    let stack = Stack::started();
    hotel(&stack, "grand").await;
    let mut body = property_body();
    body["currency"] = json!("USD");
    let answer = stack.put("/v1/properties/grand", "k-1", &body).await;
    assert_problem(&answer, 422, "currency-mismatch");
    let mut body = inventory_body("double", 1);
    body["blocked"] = json!(2);
    let answer = stack.put("/v1/properties/grand/inventory", "k-2", &body).await;
    assert_problem(&answer, 422, "blocked-exceeds-rooms");
    let mut body = stay_body("grand");
    body["lines"][0]["guests"]["adults"] = json!(3);
    assert_problem(&stack.post("/v1/holds", "k-3", &body).await, 422, "too-many-guests");
    let body = json!({"name": "Attic", "max_guests": 2});
    stack.put("/v1/properties/grand/room-types/attic", "k-4", &body).await;
    let body = hold_body("grand", &[line("attic", "2027-03-01", "2027-03-02")]);
    let answer = stack.post("/v1/holds", "k-5", &body).await;
    assert_problem(&answer, 422, "rate-plan-excludes-room-type");
}

#[tokio::test]
async fn what_comes_too_late_is_a_conflict() {
    let stack = Stack::started();
    hotel(&stack, "grand").await;
    let suite = [line("suite", "2027-03-01", "2027-03-02")];
    let expired = stack.post("/v1/holds", "k-1", &hold_body("grand", &suite)).await.text("hold");
    stack.pass(1, 2 * 900_000).await;
    booked(&stack, "grand", "k-2", &suite).await;
    let path = format!("/v1/holds/{expired}/confirm");
    let answer = stack.post(&path, "k-3", &json!({"guest": "g"})).await;
    let problem = assert_problem(&answer, 409, "confirm-too-late");
    assert_eq!(problem["nights"], json!(["2027-03-01"]));
    let path = format!("/v1/holds/{expired}/release");
    assert_problem(&stack.post(&path, "k-4", &json!({})).await, 409, "hold-expired");
    let (_, booking) =
        booked(&stack, "grand", "k-5", &[line("double", "2027-03-01", "2027-03-02")]).await;
    let hold = booking.replace("bk_", "hold_");
    let path = format!("/v1/holds/{hold}/confirm");
    let answer = stack.post(&path, "k-6", &json!({"guest": "g"})).await;
    assert_problem(&answer, 409, "hold-confirmed");
    let path = format!("/v1/bookings/{booking}/cancel");
    assert_eq!(stack.post(&path, "k-7", &json!({})).await.status, 200);
    assert_problem(&stack.post(&path, "k-8", &json!({})).await, 409, "booking-cancelled");
}

#[tokio::test]
async fn health_says_what_the_process_can_do() {
    let mut stack = Stack::stopped(std::time::Duration::from_millis(10));
    stack.app.readiness.set(Ready::Starting);
    assert_eq!(stack.get("/livez").await.json(), json!({"status": "alive"}));
    assert_problem(&stack.get("/readyz").await, 503, "not-ready");
    let early = stack.put("/v1/properties/grand", "k", &property_body()).await;
    assert_problem(&early, 503, "not-ready");
    // All of the log is stored, and the views are not there yet.
    stack.app.readiness.set(Ready::Ready);
    let loading = json!({"status": "ready", "decisions": "ready", "views": "loading"});
    assert_eq!(stack.get("/readyz").await.json(), loading);
    stack.start();
    let ready = json!({"status": "ready", "decisions": "ready", "views": "ready"});
    assert_eq!(stack.get("/readyz").await.json(), ready);
    stack.app.readiness.set(Ready::Stopping);
    assert_problem(&stack.get("/readyz").await, 503, "stopping");
    assert_eq!(stack.get("/livez").await.status, 200);
    let refused = stack.put("/v1/properties/grand", "k", &property_body()).await;
    assert_problem(&refused, 503, "stopping");
    assert_eq!(refused.header("retry-after"), "1");
}

#[tokio::test]
async fn a_closed_log_takes_no_writes_and_leaves_no_trace_of_them() {
    let stack = Stack::started();
    stack.log.close();
    let refused = stack.put("/v1/properties/grand", "k", &property_body()).await;
    assert_problem(&refused, 503, "stopping");
    assert_problem(&stack.get("/v1/commands/k").await, 404, "command-unknown");
    assert_eq!((stack.app.waiters.count(), stack.app.waiters.in_flight_count()), (0, 0));
}

#[tokio::test]
async fn what_happens_is_counted_and_traced() {
    let stack = Stack::started();
    hotel(&stack, "grand").await;
    let given = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let request = Request::get("/v1/nowhere").header("traceparent", given).body(Body::empty());
    let answer = stack.send(request.expect("a request")).await;
    assert_eq!(answer.header("traceparent")[..36], given[..36]);
    let metrics = stack.get("/metrics").await;
    assert!(metrics.header("content-type").starts_with("text/plain"));
    let text = String::from_utf8(metrics.bytes).expect("text");
    for line in [
        "roomnight_http_requests_total{route=\"/v1/properties/{property}\",status=\"200\"} 2",
        "roomnight_http_requests_total{route=\"none\",status=\"404\"} 1",
        "roomnight_decisions_total{command=\"set_inventory\",outcome=\"done\"} 2",
        "roomnight_waiters_count 0",
    ] {
        assert!(text.lines().any(|found| found == line), "no {line} in\n{text}");
    }
    assert!(text.contains("roomnight_http_request_duration_seconds_bucket"), "{text}");
}
