//! A hundred attempts with one card at once: each one's features count all attempts before it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::Barrier;

use crate::support::api::{Answer, Api};
use crate::support::hotel::Hotel;
use crate::support::server::Server;

const ATTEMPTS_COUNT: usize = 100;
const PATIENCE: Duration = Duration::from_secs(60);

/// The attempt of that number: one card, and everything else its own, but for one device in ten.
fn attempt(number: usize, observed_at: &str) -> Value {
    json!({
        "type": "attempt", "source": "web", "id": format!("a-{number}"),
        "observed_at": observed_at, "property": format!("hotel-{}", number % 7),
        "guest": format!("guest-{number}"), "card": "tok-stolen",
        "device": format!("device-{}", number % 10), "address": format!("192.0.2.{number}"),
        "amount": {"amount": 10_000, "currency": "EUR"}, "outcome": "declined"
    })
}

/// Asks until the views have come so far.
async fn wait_for(api: &Api, path: &str, is_there: impl Fn(&Answer) -> bool) -> Answer {
    let begun = Instant::now();
    loop {
        let answer = api.get(path).await;
        if is_there(&answer) {
            return answer;
        }
        assert!(begun.elapsed() < PATIENCE, "{path}: {answer:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// What was known of an identity of that kind before the attempt.
fn known<'a>(answer: &'a Answer, kind: &str) -> &'a Value {
    let features = answer.body["features"].as_array().expect("a list");
    let of_kind = features.iter().find(|known| known["kind"] == kind).expect("it has one");
    &of_kind["velocity"]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_attempt_with_a_card_knows_of_all_before_it() {
    let folder = TempDir::new().expect("a temporary folder");
    let server = Server::start(folder.path());
    let api = Api::new(&server.address);
    let hotel = Hotel::open(&api, "grand", &[("double", 1)]).await;
    let position = hotel.supply("double", 2).await.position;
    let before = api.get_at("/v1/risk/card/tok-stolen", &position).await.expect(200);
    assert_eq!(before.body["velocity"]["attempts_24h"], 0, "a card that nobody has used");

    let barrier = Arc::new(Barrier::new(ATTEMPTS_COUNT));
    let mut clients = Vec::new();
    for number in 0..ATTEMPTS_COUNT {
        let (api, barrier) = (Api::new(&server.address), Arc::clone(&barrier));
        let body = attempt(number, before.text("as_of"));
        clients.push(tokio::spawn(async move {
            barrier.wait().await;
            api.post("/v1/signals", &format!("burst-{number}"), &body).await
        }));
    }
    for client in clients {
        client.await.expect("no client panics").expect(200);
    }
    let is_all = |answer: &Answer| answer.body["velocity"]["attempts_1h"] == ATTEMPTS_COUNT;
    let card = wait_for(&api, "/v1/risk/card/tok-stolen", is_all).await;
    let velocity = &card.body["velocity"];
    assert_eq!((&velocity["declines_1h"], &velocity["properties_24h"]), (&json!(100), &json!(7)));
    assert_eq!(velocity["amounts_24h"], json!([{"amount": "1000000", "currency": "EUR"}]));
    let network = api.get("/v1/risk/network/192.0.2.200").await.expect(200);
    assert_eq!(network.body["velocity"]["attempts_1h"], ATTEMPTS_COUNT);

    let mut counts = Vec::new();
    for number in 0..ATTEMPTS_COUNT {
        let path = format!("/v1/risk/attempt/a-{number}?source=web");
        let answer = wait_for(&api, &path, |answer| answer.status == 200).await;
        let of_card = known(&answer, "card");
        assert_eq!(of_card["attempts_1h"], of_card["declines_1h"], "{answer:?}");
        assert_eq!(known(&answer, "guest")["attempts_24h"], 0, "it does not count itself");
        assert!(known(&answer, "device")["attempts_1h"].as_u64() < Some(10), "{answer:?}");
        counts.push(of_card["attempts_1h"].as_u64().expect("a count"));
    }
    counts.sort_unstable();
    let expected: Vec<u64> = (0..ATTEMPTS_COUNT as u64).collect();
    assert_eq!(counts, expected, "the first knew of none, the last of all others");
}
