//! Whoever follows a view and applies what it is told has the view.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use axum::response::Response;
use futures_core::Stream;
use serde_json::{Value, json};

use super::{booked, hotel, line, stay_body};
use crate::testing::Stack;

const PATH: &str = "/v1/views/availability/changes?property=grand";

/// One event of a stream.
#[derive(Debug, Clone, Default)]
struct Event {
    name: String,
    id: Option<String>,
    data: Value,
}

/// A follower, and what it has heard and not looked at yet.
struct Follower {
    body: axum::body::BodyDataStream,
    text: String,
    rows: BTreeMap<String, Value>,
}

impl Follower {
    async fn start(stack: &Stack, last_event: Option<&str>) -> Self {
        let mut request = Request::get(PATH);
        if let Some(id) = last_event {
            request = request.header("Last-Event-ID", id);
        }
        let response: Response = stack.open(request.body(Body::empty()).expect("one")).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert!(response.headers().contains_key("roomnight-position"));
        let body = response.into_body().into_data_stream();
        Self { body, text: String::new(), rows: BTreeMap::new() }
    }

    /// The next event, applied to the rows.
    async fn next(&mut self) -> Event {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let event = parsed(event);
                self.text = rest.to_owned();
                // A line that begins with a colon is a sign of life.
                if !event.name.is_empty() {
                    self.apply(&event);
                    return event;
                }
                continue;
            }
            let mut body = std::pin::pin!(&mut self.body);
            let more = std::future::poll_fn(|context| body.as_mut().poll_next(context));
            let more = tokio::time::timeout(Duration::from_secs(20), more).await;
            let bytes = more.expect("something comes").expect("no end").expect("no fault");
            self.text.push_str(std::str::from_utf8(&bytes).expect("text"));
        }
    }

    fn apply(&mut self, event: &Event) {
        if event.data["snapshot"] == true {
            self.rows.clear();
        }
        for row in event.data["rows"].as_array().expect("rows") {
            let key = row["key"].to_string();
            match row.get("row") {
                Some(value) => drop(self.rows.insert(key, value.clone())),
                None => drop(self.rows.remove(&key)),
            }
        }
    }
}

fn parsed(text: &str) -> Event {
    let mut event = Event::default();
    for line in text.lines() {
        match line.split_once(": ").unwrap_or((line, "")) {
            ("event", name) => event.name = name.to_owned(),
            ("id", id) => event.id = Some(id.to_owned()),
            ("data", data) => event.data = serde_json::from_str(data).expect("JSON"),
            _ => {}
        }
    }
    event
}

/// A property that can be read.
async fn stored_hotel(stack: &Stack) {
    let last = hotel(stack, "grand").await;
    assert_eq!(stack.get_after("/v1/properties/grand", &last).await.status, 200);
}

fn sold(rows: &BTreeMap<String, Value>) -> Vec<i64> {
    rows.values().map(|row| row["sold"].as_i64().expect("a number")).collect()
}

#[tokio::test]
async fn a_follower_gets_a_snapshot_then_changes_and_retractions() {
    let stack = Stack::started();
    hotel(&stack, "other").await;
    stored_hotel(&stack).await;
    let mut follower = Follower::start(&stack, None).await;
    let first = follower.next().await;
    assert_eq!((first.name.as_str(), &first.data["rows"]), ("snapshot", &json!([])));

    let lines = [line("double", "2027-03-01", "2027-03-03")];
    let (_, booking) = booked(&stack, "grand", "k-1", &lines).await;
    booked(&stack, "other", "k-2", &lines).await;
    while sold(&follower.rows) != [1, 1] {
        let event = follower.next().await;
        assert_eq!(event.name, "changes");
        assert_eq!(event.data["snapshot"], false);
    }
    let path = format!("/v1/bookings/{booking}/cancel");
    assert_eq!(stack.post(&path, "k-3", &json!({})).await.status, 200);
    while !follower.rows.is_empty() {
        assert_eq!(follower.next().await.name, "changes");
    }
}

#[tokio::test]
async fn whoever_comes_back_hears_what_it_missed_and_nothing_else() {
    let stack = Stack::started();
    stored_hotel(&stack).await;
    let mut follower = Follower::start(&stack, None).await;
    let id = follower.next().await.id.expect("a snapshot ends with an id");
    drop(follower);
    let held = stack.post("/v1/holds", "k-1", &stay_body("grand")).await;
    stack.get_after("/v1/properties/grand", &held).await;
    let mut back = Follower::start(&stack, Some(&id)).await;
    let event = back.next().await;
    assert_eq!((event.name.as_str(), back.rows.len()), ("changes", 3));

    let mut stranger = Follower::start(&stack, Some("0000000000000099-1")).await;
    let event = stranger.next().await;
    assert_eq!((event.name.as_str(), stranger.rows.len()), ("snapshot", 3), "of another start");
}

#[tokio::test]
async fn what_cannot_be_followed_is_refused() {
    let stack = Stack::started();
    stored_hotel(&stack).await;
    let unknown = stack.get("/v1/views/nothing/changes?property=grand").await;
    assert_eq!(unknown.status, 404);
    let missing = stack.get("/v1/views/availability/changes").await;
    assert_eq!((missing.status, missing.text("type")), (422, "/problems/invalid-input".to_owned()));
    let nowhere = stack.get("/v1/views/availability/changes?property=nowhere").await;
    assert_eq!(nowhere.status, 404);
    let standing = stack.get("/v1/dataflow").await;
    assert_eq!(standing.status, 200);
    assert!(standing.json()["epochs_stored_total"].as_u64() > Some(0));
}
