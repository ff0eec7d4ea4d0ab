//! What nobody has decided yet: 202, where to ask, and what is answered there.

use std::time::Duration;

use ingest::{Log as _, Topic};
use serde_json::json;

use super::{hotel, property_body, stay_body};
use crate::testing::Stack;

#[tokio::test]
async fn an_undecided_write_says_where_to_ask() {
    let mut stack = Stack::stopped(Duration::from_millis(20));
    let pending = stack.put("/v1/properties/grand", "k/1", &property_body()).await;
    assert_eq!(pending.status, 202, "{pending:?}");
    let url = "/v1/commands/k%2F1";
    assert_eq!(pending.json(), json!({"status_url": url}));
    assert_eq!(pending.header("location"), url);
    assert_eq!(pending.header("retry-after"), "1");
    assert_eq!(pending.header("roomnight-position"), "");
    let asked = stack.get(url).await;
    assert_eq!((asked.status, asked.text("state")), (202, "pending".to_owned()));
    assert_eq!(asked.text("idempotency_key"), "k/1");

    stack.start();
    let again = loop {
        // The engine decides in its own time, and the deadline of this stack is short.
        let again = stack.put("/v1/properties/grand", "k/1", &property_body()).await;
        if again.status != 202 {
            break again;
        }
    };
    assert_eq!((again.status, again.json()), (200, json!({"state": "defined"})));
    assert_eq!(stack.app.waiters.count(), 0, "nobody waits any more");
}

#[tokio::test]
async fn a_lost_answer_can_be_asked_for() {
    let stack = Stack::started();
    hotel(&stack, "grand").await;
    let held = stack.post("/v1/holds", "k-1", &stay_body("grand")).await;
    // Without a position: whoever had the answer is not told "not yet".
    let asked = stack.get("/v1/commands/k-1").await;
    assert_eq!(asked.status, 200, "{asked:?}");
    let body = asked.json();
    assert_eq!(body["state"], "decided");
    assert_eq!(body["command"], "place_hold");
    assert_eq!(body["status"], 201);
    assert_eq!(body["answer"], held.json());

    let path = format!("/v1/holds/{}/confirm", held.text("hold"));
    let confirmed = stack.post(&path, "k-2", &json!({"guest": "g-1"})).await;
    let asked = stack.get("/v1/commands/k-2").await;
    assert_eq!(asked.json()["answer"], confirmed.json());

    stack.post("/v1/holds", "k-3", &stay_body("grand")).await;
    let refused = stack.post("/v1/holds", "k-4", &stay_body("grand")).await;
    assert_eq!(refused.status, 409);
    let asked = stack.get("/v1/commands/k-4").await;
    assert_eq!((asked.status, &asked.json()["status"]), (200, &json!(409)));
    assert_eq!(asked.json()["answer"], refused.json());

    let unknown = stack.get("/v1/commands/never").await;
    assert_eq!(
        (unknown.status, unknown.text("type")),
        (404, "/problems/command-unknown".to_owned())
    );
}

#[tokio::test]
async fn what_waited_too_long_changed_nothing_and_may_be_sent_with_a_new_key() {
    let mut stack = Stack::stopped(Duration::from_millis(20));
    stack.tick(1, 100_000);
    let pending = stack.put("/v1/properties/grand", "k", &property_body()).await;
    assert_eq!(pending.status, 202, "it stands in the log behind the ticks");
    stack.start();
    let end = stack.log.end(Topic::Commands).expect("the end");
    assert!(stack.app.progress.reached(&end, Duration::from_secs(10)).await);
    let asked = stack.get("/v1/commands/k").await;
    assert_eq!((asked.status, &asked.json()["status"]), (200, &json!(409)));
    assert_eq!(asked.json()["answer"]["rejection"], "stale");
    for (key, status) in [("k", 409), ("k-2", 200)] {
        let again = loop {
            let again = stack.put("/v1/properties/grand", key, &property_body()).await;
            if again.status != 202 {
                break again;
            }
        };
        assert_eq!(again.status, status, "{again:?}");
    }
}
