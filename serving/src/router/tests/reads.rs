//! Reads say which position they reflect, and wait for the one they are asked for.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;

use super::{hotel, stay_body};
use crate::testing::Stack;

const UNKNOWN_HOLD: &str = "/v1/holds/hold_00000000000000000000000000";

fn waiting(path: &str, position: &str) -> Request<Body> {
    let request = Request::get(path).header("Roomnight-Wait-For", position);
    request.body(Body::empty()).expect("a request")
}

#[tokio::test]
async fn a_read_never_answers_older_than_it_is_asked_for() {
    let stack = Stack::started();
    hotel(&stack, "grand").await;
    let held = stack.post("/v1/holds", "k-1", &stay_body("grand")).await;
    let position: events::Position = held.header("roomnight-position").parse().expect("a position");
    let path = format!("/v1/holds/{}", held.text("hold"));
    let read = stack.get_after(&path, &held).await;
    assert_eq!(read.status, 200, "read your writes");
    let reflected: events::Position =
        read.header("roomnight-position").parse().expect("a position");
    assert!(reflected.covers(&position), "{reflected} covers {position}");
    let unknown = stack.get_after(UNKNOWN_HOLD, &held).await;
    assert_eq!(unknown.status, 404);
    assert_ne!(unknown.header("roomnight-position"), "", "also what is not there was looked for");
}

#[tokio::test]
async fn a_position_that_does_not_come_is_503() {
    let stack = Stack::stopped(Duration::from_millis(10));
    let paths = [
        "/v1/properties/grand/availability?check_in=2027-03-01&check_out=2027-03-02",
        UNKNOWN_HOLD,
        "/v1/bookings/bk_00000000000000000000000000",
        "/v1/commands/k",
    ];
    for path in paths {
        let late = stack.send(waiting(path, "0:7")).await;
        assert_eq!((late.status, late.text("type")), (503, "/problems/not-there-yet".to_owned()));
        assert_eq!(late.header("retry-after"), "1");
        for malformed in ["", "x", "0", "0:", "0:-1", "0:1,1:2"] {
            let refused = stack.send(waiting(path, malformed)).await;
            assert_eq!(refused.status, 400, "{malformed}");
            assert_eq!(refused.text("type"), "/problems/malformed-position");
        }
        let beginning = stack.send(waiting(path, "0:0")).await;
        assert_eq!(beginning.status, 404, "the beginning is always reached: {beginning:?}");
    }
}

#[tokio::test]
async fn a_waiting_read_is_woken() {
    let stack = Stack::stopped(Duration::from_secs(20));
    let read = stack.send(waiting(UNKNOWN_HOLD, "0:1"));
    let publish = async {
        tokio::task::yield_now().await;
        stack.app.progress.publish(events::Position::after(0, 0));
    };
    let (read, ()) = tokio::join!(read, publish);
    assert_eq!(read.status, 404);
}

#[tokio::test]
async fn a_property_is_read_as_it_was_last_described() {
    let stack = Stack::started();
    let path = "/v1/properties/grand";
    let described = serde_json::json!({
        "name": "Grand", "city": "Lisbon", "country": "PT",
        "location": {"lat": 38.123_456, "lon": -9.14}, "time_zone": "Europe/Lisbon",
        "currency": "EUR", "stars": 4, "amenities": ["wifi"], "market": "lisbon"
    });
    let defined = stack.put(path, "k-1", &described).await;
    assert_eq!(defined.status, 200, "{defined:?}");
    let mut read = stack.get_after(path, &defined).await.json();
    let fields = read.as_object_mut().expect("an object");
    assert!(fields.remove("as_of").is_some());
    assert_eq!(fields.remove("property"), Some("grand".into()));
    assert_eq!(read, described);
    let unknown = stack.get_after("/v1/properties/other", &defined).await;
    assert_eq!((unknown.status, unknown.text("rejection")), (404, "property_unknown".to_owned()));
}
