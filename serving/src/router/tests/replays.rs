//! The same key: the same body gets the same answer, another body none.

use serde_json::{Value, json};

use super::{hold_body, hotel, line, property_body, stay_body};
use crate::testing::Stack;

#[tokio::test]
async fn every_write_is_answered_again_with_the_same_bytes() {
    let stack = Stack::started();
    hotel(&stack, "grand").await;
    let held = stack.post("/v1/holds", "h", &stay_body("grand")).await;
    let hold = held.text("hold");
    let other = stack.post("/v1/holds", "h-2", &stay_body("grand")).await.text("hold");
    let booking = hold.replace("hold_", "bk_");
    let writes: Vec<(&str, String, &str, Value, u16)> = vec![
        ("PUT", "/v1/properties/grand".into(), "a", property_body(), 200),
        ("POST", "/v1/holds".into(), "b", stay_body("grand"), 409),
        ("POST", format!("/v1/holds/{hold}/confirm"), "c", json!({"guest": "g-1"}), 201),
        ("POST", format!("/v1/holds/{other}/release"), "d", json!({}), 200),
        ("POST", format!("/v1/bookings/{booking}/cancel"), "e", json!({"lines": [1]}), 200),
        ("POST", format!("/v1/bookings/{booking}/cancel"), "f", json!({}), 409),
        (
            "POST",
            "/v1/holds".into(),
            "g",
            hold_body("nowhere", &[line("a", "2027-03-01", "2027-03-02")]),
            404,
        ),
        (
            "PUT",
            "/v1/properties/grand/inventory".into(),
            "i",
            super::inventory_body("double", 9),
            200,
        ),
    ];
    let mut first = Vec::new();
    for (method, path, key, body, status) in &writes {
        let answer = stack.write(method, path, key, body).await;
        assert_eq!(answer.status, *status, "{path}: {answer:?}");
        first.push(answer);
    }
    stack.clock.forward_ms(3_600_000);
    for ((method, path, key, body, _), first) in writes.iter().zip(&first) {
        let again = stack.write(method, path, key, body).await;
        assert_eq!((again.status, &again.bytes), (first.status, &first.bytes), "{path}");
        assert_eq!(again.header("content-type"), first.header("content-type"));
        assert_ne!(again.header("roomnight-position"), first.header("roomnight-position"));
    }
    let again = stack.post("/v1/holds", "h", &stay_body("grand")).await;
    assert_eq!((again.status, again.bytes), (held.status, held.bytes), "expires_at is the first");
}

#[tokio::test]
async fn a_key_with_another_body_is_refused() {
    let stack = Stack::started();
    hotel(&stack, "grand").await;
    let held = stack.post("/v1/holds", "k", &stay_body("grand")).await;
    let other = hold_body("grand", &[line("suite", "2027-03-01", "2027-03-04")]);
    let refused = stack.post("/v1/holds", "k", &other).await;
    assert_eq!((refused.status, refused.text("rejection")), (422, "id_reused".to_owned()));
    let again = stack.post("/v1/holds", "k", &stay_body("grand")).await;
    assert_eq!((again.status, again.bytes), (201, held.bytes));
}

#[tokio::test]
async fn a_key_of_another_slot_is_refused_before_and_after_it_is_stored() {
    let stack = Stack::started();
    hotel(&stack, "grand").await;
    let elsewhere = hotel(&stack, "bellevue").await;
    let held = stack.post("/v1/holds", "k", &stay_body("grand")).await;
    // At once, when only the registry of what is under way may know it.
    let refused = stack.post("/v1/holds", "k", &stay_body("bellevue")).await;
    assert_eq!((refused.status, refused.text("type")), (422, "/problems/id-reused".to_owned()));
    let stored = stack.get_after("/v1/commands/k", &held).await;
    assert_eq!(stored.status, 200);
    let refused = stack.post("/v1/holds", "k", &stay_body("bellevue")).await;
    assert_eq!((refused.status, refused.text("rejection")), (422, "id_reused".to_owned()));
    assert_eq!(refused.header("roomnight-position"), "", "nothing was appended");
    let free = "/v1/properties/bellevue/availability?check_in=2027-03-01&check_out=2027-03-02";
    assert_eq!(super::left(&stack.get_after(free, &elsewhere).await, "double"), [2]);
}

#[tokio::test]
async fn a_hundred_repetitions_at_once_are_one_hold() {
    let stack = Stack::started();
    hotel(&stack, "grand").await;
    let body = stay_body("grand");
    let mut answers = Vec::new();
    let requests = (0..100).map(|_| stack.post("/v1/holds", "k", &body));
    for request in requests {
        answers.push(request);
    }
    let answers = join(answers).await;
    let first = &answers[0];
    assert_eq!(first.status, 201);
    assert!(answers.iter().all(|answer| answer.bytes == first.bytes));
    let path = "/v1/properties/grand/availability?check_in=2027-03-01&check_out=2027-03-02";
    assert_eq!(super::left(&stack.get_after(path, first).await, "double"), [1]);
}

/// Runs all at once and keeps their order.
async fn join<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut futures: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let mut outputs: Vec<Option<F::Output>> = futures.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, output) in futures.iter_mut().zip(&mut outputs) {
            if output.is_none()
                && let std::task::Poll::Ready(ready) = future.as_mut().poll(context)
            {
                *output = Some(ready);
            }
        }
        if outputs.iter().all(Option::is_some) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    outputs.into_iter().flatten().collect()
}
