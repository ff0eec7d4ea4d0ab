//! Whoever follows a view and applies what it is told has the view, whichever it is.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use axum::response::Response;
use futures_core::Stream;
use serde_json::{Value, json};

use super::policies::stage;
use super::{booked, hotel, line, property_body, stay_body};
use crate::keys::{ApiKey, Scope, Secret};
use crate::testing::Stack;
use crate::{Door, DoorOptions};

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
    /// More of the same is about to come.
    has_more: bool,
}

impl Follower {
    async fn start(stack: &Stack, path: &str, last_event: Option<&str>) -> Self {
        let mut request = Request::get(path);
        if let Some(id) = last_event {
            request = request.header("Last-Event-ID", id);
        }
        let response: Response = stack.open(request.body(Body::empty()).expect("one")).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert!(response.headers().contains_key("roomnight-position"));
        let body = response.into_body().into_data_stream();
        Self { body, text: String::new(), rows: BTreeMap::new(), has_more: false }
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
        if event.data["snapshot"] == true && !self.has_more {
            self.rows.clear();
        }
        self.has_more = event.data["more"] == true;
        assert_eq!(event.id.is_none(), self.has_more);
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
    let mut follower = Follower::start(&stack, PATH, None).await;
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
    let mut follower = Follower::start(&stack, PATH, None).await;
    let id = follower.next().await.id.expect("a snapshot ends with an id");
    drop(follower);
    let held = stack.post("/v1/holds", "k-1", &stay_body("grand")).await;
    stack.get_after("/v1/properties/grand", &held).await;
    let mut back = Follower::start(&stack, PATH, Some(&id)).await;
    let event = back.next().await;
    assert_eq!((event.name.as_str(), back.rows.len()), ("changes", 3));

    let mut stranger = Follower::start(&stack, PATH, Some("0000000000000099-1")).await;
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
    for (query, field) in [
        ("pace/changes?market=lisbon", "/market"),
        ("market_events/changes?property=grand", "/property"),
        ("demand/changes?property=grand&market=lisbon", "/market"),
        ("occupancy/changes", "/property"),
        ("velocity/changes?kind=shoe&id=9", "/kind"),
        ("velocity/changes?kind=email&id=anna", "/id"),
    ] {
        let refused = stack.get(&format!("/v1/views/{query}")).await;
        assert_eq!(refused.status, 422, "{query}: {refused:?}");
        let errors = refused.json()["errors"].clone();
        let mut pointers = errors.as_array().expect("a list").iter();
        assert!(pointers.any(|error| error["pointer"] == field), "{query}: {errors}");
    }
    let standing = stack.get("/v1/dataflow").await;
    assert_eq!(standing.status, 200);
    assert!(standing.json()["epochs_stored_total"].as_u64() > Some(0));
}

/// Everything that can be followed of one hotel, its market and one card.
const ALL: [&str; 12] = [
    "availability/changes?property=grand",
    "occupancy/changes?property=grand",
    "occupancy/changes?market=lisbon",
    "pace/changes?property=grand",
    "price/changes?property=grand",
    "limit/changes?property=grand",
    "demand/changes?property=grand",
    "demand/changes?market=lisbon",
    "competitors/changes?property=grand",
    "market_events/changes?market=lisbon",
    "velocity/changes?kind=card&id=tok-1",
    "velocity/changes?kind=guest&id=g-1",
];

/// Of what only bookings make.
const OF_BOOKINGS: [&str; 4] = [
    "availability/changes?property=grand",
    "pace/changes?property=grand",
    "occupancy/changes?market=lisbon",
    "limit/changes?property=grand",
];

const CALM: &str = "schema = 1\nkind = \"overbooking\"\n";

/// What a newcomer is told at once.
async fn told_anew(stack: &Stack, path: &str) -> BTreeMap<String, Value> {
    let mut newcomer = Follower::start(stack, path, None).await;
    assert_eq!(newcomer.next().await.name, "snapshot", "{path}");
    newcomer.rows
}

/// Hears what comes until it has what a newcomer is told.
async fn catch_up(stack: &Stack, path: &str, follower: &mut Follower) {
    loop {
        if told_anew(stack, path).await == follower.rows {
            return;
        }
        // It fails when nothing comes any more, and what was heard is not what there is.
        assert_eq!(follower.next().await.name, "changes", "{path}");
    }
}

fn signals() -> [Value; 4] {
    let at = "2027-01-15T08:00:00Z";
    [
        json!({"type": "search", "source": "web", "id": "s-1", "property": "grand",
            "market": "lisbon", "observed_at": at, "check_in": "2027-03-01",
            "check_out": "2027-03-03"}),
        json!({"type": "competitor_price", "source": "crawler", "property": "grand",
            "rival": "plaza", "night": "2027-03-01", "observed_at": at,
            "price": {"amount": 11900, "currency": "EUR"}}),
        json!({"type": "market_event", "source": "fairs", "id": "e-1", "kind": "sports",
            "market": "lisbon", "from": "2027-03-01", "to": "2027-03-02", "observed_at": at,
            "impact_permille": 80, "name": "Derby"}),
        json!({"type": "attempt", "source": "web", "id": "a-1", "property": "grand",
            "card": "tok-1", "guest": "g-1", "outcome": "started", "observed_at": at,
            "amount": {"amount": 11900, "currency": "EUR"}}),
    ]
}

#[tokio::test]
async fn every_view_can_be_followed_from_its_first_row_to_its_last() {
    let stack = Stack::started();
    let _intake = stack.listen();
    stack.pass(1, 1).await;
    stored_hotel(&stack).await;
    let mut body = property_body();
    body["market"] = json!("lisbon");
    stack.put("/v1/properties/grand", "in-lisbon", &body).await;
    let policies = "/v1/properties/grand/policies/overbooking/calm";
    stage(&stack, policies, "p-1", "text/plain", CALM).await;
    let promoted = stack.post(&format!("{policies}/promote"), "p-2", &json!({})).await;
    stack.get_after("/v1/properties/grand", &promoted).await;
    let mut followers = Vec::new();
    for path in ALL {
        let path = format!("/v1/views/{path}");
        let mut follower = Follower::start(&stack, &path, None).await;
        assert_eq!(follower.next().await.data["rows"], json!([]), "{path}");
        followers.push((path, follower));
    }
    let lines = [line("double", "2027-03-01", "2027-03-03")];
    let (_, booking) = booked(&stack, "grand", "k-1", &lines).await;
    let is_told = |velocity: &Value| velocity["velocity"]["attempts_1h"] == 1;
    stack.tell("t-1", &signals(), "/v1/risk/card/tok-1", is_told).await;
    for (path, follower) in &mut followers {
        while follower.rows.is_empty() {
            assert_eq!(follower.next().await.name, "changes", "{path}");
        }
        catch_up(&stack, path, follower).await;
    }
    let path = format!("/v1/bookings/{booking}/cancel");
    let cancelled = stack.post(&path, "k-2", &json!({})).await;
    stack.get_after("/v1/properties/grand", &cancelled).await;
    for (path, follower) in &mut followers {
        catch_up(&stack, path, follower).await;
        let is_gone = OF_BOOKINGS.iter().any(|of| path.ends_with(of));
        assert_eq!(follower.rows.is_empty(), is_gone, "{path}: {:?}", follower.rows);
    }
}

#[tokio::test]
async fn a_snapshot_of_many_rows_comes_in_parts_that_say_so() {
    let stack = Stack::started();
    stored_hotel(&stack).await;
    let body = json!({
        "room_type": "double", "from": "2027-01-01", "to": "2028-12-01", "rooms": 9
    });
    stack.put("/v1/properties/grand/inventory", "i-1", &body).await;
    let body = json!({
        "room_type": "suite", "from": "2027-01-01", "to": "2028-12-01", "rooms": 9
    });
    stack.put("/v1/properties/grand/inventory", "i-2", &body).await;
    let lines = ["double", "suite"].map(|of| line(of, "2027-01-01", "2028-11-01"));
    let (answer, _) = booked(&stack, "grand", "k-1", &lines).await;
    stack.get_after("/v1/properties/grand", &answer).await;
    let mut follower = Follower::start(&stack, PATH, None).await;
    let first = follower.next().await;
    assert_eq!((first.id.clone(), &first.data["more"]), (None, &json!(true)));
    assert_eq!(first.data["rows"].as_array().map(Vec::len), Some(1_000));
    let second = follower.next().await;
    assert_eq!((second.name.as_str(), &second.data["more"]), ("snapshot", &json!(false)));
    assert_eq!(follower.rows.len(), 2 * 670);
}

/// Who follows a view needs what who reads it once needs.
#[tokio::test]
async fn each_view_asks_for_the_scope_of_its_read() {
    let secret = |number: u8| Secret::of_random([number; 20]);
    let keys = [("shop", 1, Scope::Shop), ("manage", 2, Scope::Manage)];
    let keys = keys.map(|(name, number, scope)| ApiKey::of(name, &[scope], &secret(number)));
    let door = Door::new(DoorOptions::default(), &keys).expect("they are in order");
    let stack = Stack::behind(Duration::from_millis(20), door);
    for path in ALL {
        let view = path.split('/').next().expect("a name");
        let of_shops = ["availability", "price", "velocity"].contains(&view);
        for (number, is_let_in) in [(1, of_shops), (2, true)] {
            let bearer = format!("Bearer {}", secret(number).as_str());
            // Nobody is there, so that nobody who is let in is told anything.
            let path = format!("/v1/views/{}", path.replace("grand", "nowhere"));
            let request = Request::get(&path).header("Authorization", bearer);
            let response = stack.open(request.body(Body::empty()).expect("one")).await;
            assert_eq!(response.status() != 403, is_let_in, "{path} with key {number}");
        }
    }
}
