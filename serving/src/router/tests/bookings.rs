//! The way of a booking: defined, looked for, held, confirmed, cancelled.

use serde_json::json;

use super::{booked, hold_body, hotel, left, line, stay_body};
use crate::testing::Stack;

const STAY: &str = "/v1/properties/grand/availability?check_in=2027-03-01&check_out=2027-03-04";

#[tokio::test]
async fn a_hold_becomes_a_booking_and_is_cancelled() {
    let stack = Stack::started();
    let defined = hotel(&stack, "grand").await;
    let before = stack.get_after(STAY, &defined).await;
    assert_eq!(before.status, 200, "{before:?}");
    assert_eq!(before.json()["as_of"], "2027-01-15T08:00:00Z");
    assert_eq!(left(&before, "double"), [2, 2, 2]);

    let held = stack.post("/v1/holds", "k-1", &stay_body("grand")).await;
    assert_eq!(held.status, 201, "{held:?}");
    assert_eq!(held.header("content-type"), "application/json");
    let hold = held.text("hold");
    assert!(hold.starts_with("hold_"));
    let body = held.json();
    assert_eq!(body["state"], "held");
    assert_eq!(body["expires_at"], "2027-01-15T08:15:00Z");
    assert_eq!(body["lines"][0]["line"], 1);
    assert_eq!(body["lines"][0]["guests"], json!({"adults": 2, "children": []}));
    let during = stack.get_after(STAY, &held).await;
    assert_eq!(left(&during, "double"), [1, 1, 1]);

    let path = format!("/v1/holds/{hold}");
    let read = stack.get_after(&path, &held).await;
    assert_eq!((read.status, read.text("state")), (200, "held".to_owned()));
    assert_eq!(read.json()["lines"], body["lines"]);

    let confirmed = stack.post(&format!("{path}/confirm"), "k-2", &json!({"guest": "g-1"})).await;
    assert_eq!(confirmed.status, 201, "{confirmed:?}");
    let booking = confirmed.text("booking");
    assert_eq!(booking.strip_prefix("bk_"), hold.strip_prefix("hold_"));
    assert_eq!(confirmed.text("confirmation").len(), 9);
    let read = stack.get_after(&path, &confirmed).await.json();
    assert_eq!((&read["state"], &read["booking"]), (&json!("confirmed"), &json!(booking)));

    let path = format!("/v1/bookings/{booking}");
    let read = stack.get_after(&path, &confirmed).await;
    assert_eq!(read.text("confirmation"), confirmed.text("confirmation"));
    let read = read.json();
    assert_eq!((&read["state"], &read["property"]), (&json!("confirmed"), &json!("grand")));
    assert_eq!(read["lines"][0]["state"], "confirmed");
    assert_eq!(read["guest"], "g-1");

    let cancelled = stack.post(&format!("{path}/cancel"), "k-3", &json!({})).await;
    assert_eq!((cancelled.status, cancelled.text("state")), (200, "cancelled".to_owned()));
    let read = stack.get_after(&path, &cancelled).await.json();
    assert_eq!(
        (&read["state"], &read["lines"][0]["state"]),
        (&json!("cancelled"), &json!("cancelled"))
    );
    assert_eq!(left(&stack.get_after(STAY, &cancelled).await, "double"), [2, 2, 2]);
}

#[tokio::test]
async fn one_line_is_cancelled_and_the_other_stays() {
    let stack = Stack::started();
    hotel(&stack, "grand").await;
    let lines =
        [line("double", "2027-03-01", "2027-03-03"), line("suite", "2027-03-02", "2027-03-04")];
    let (_, booking) = booked(&stack, "grand", "k-1", &lines).await;
    let path = format!("/v1/bookings/{booking}");
    let cancelled = stack.post(&format!("{path}/cancel"), "k-2", &json!({"lines": [2]})).await;
    let body = json!({"booking": booking, "state": "confirmed", "lines_cancelled": [2]});
    assert_eq!((cancelled.status, cancelled.json()), (200, body));
    let read = stack.get_after(&path, &cancelled).await.json();
    assert_eq!(read["state"], "confirmed");
    assert_eq!(read["lines"][0]["state"], "confirmed");
    assert_eq!(read["lines"][1]["state"], "cancelled");
    let availability = stack.get_after(STAY, &cancelled).await;
    assert_eq!(left(&availability, "double"), [1, 1, 2]);
    assert_eq!(left(&availability, "suite"), [1, 1, 1]);
}

#[tokio::test]
async fn a_released_hold_gives_its_rooms_back() {
    let stack = Stack::started();
    hotel(&stack, "grand").await;
    let held = stack.post("/v1/holds", "k-1", &stay_body("grand")).await;
    let path = format!("/v1/holds/{}", held.text("hold"));
    // What takes no fields may be sent without a body.
    let request = axum::http::Request::post(format!("{path}/release"))
        .header("Idempotency-Key", "k-2")
        .body(axum::body::Body::empty())
        .expect("a request");
    let released = stack.send(request).await;
    let body = json!({"hold": held.text("hold"), "state": "released"});
    assert_eq!((released.status, released.json()), (200, body));
    assert_eq!(stack.get_after(&path, &released).await.text("state"), "released");
    assert_eq!(left(&stack.get_after(STAY, &released).await, "double"), [2, 2, 2]);
    let late = stack.post(&format!("{path}/confirm"), "k-3", &json!({"guest": "g-1"})).await;
    assert_eq!((late.status, late.text("rejection")), (409, "hold_released".to_owned()));
}

#[tokio::test]
async fn an_expired_hold_gives_its_rooms_back() {
    let stack = Stack::started();
    hotel(&stack, "grand").await;
    let held = stack.post("/v1/holds", "k-1", &stay_body("grand")).await;
    stack.pass(1, 2 * 900_000).await;
    // Another write in the same partition comes after the ticks.
    let after = stack.put("/v1/properties/grand", "k-2", &super::property_body()).await;
    let read = stack.get_after(&format!("/v1/holds/{}", held.text("hold")), &after).await;
    assert_eq!(read.text("state"), "expired");
    assert_eq!(left(&stack.get_after(STAY, &after).await, "double"), [2, 2, 2]);
}

#[tokio::test]
async fn the_loser_of_the_last_room_is_told_which_nights_were_full() {
    let stack = Stack::started();
    hotel(&stack, "grand").await;
    booked(&stack, "grand", "k-1", &[line("suite", "2027-03-02", "2027-03-04")]).await;
    let body = hold_body("grand", &[line("suite", "2027-03-01", "2027-03-05")]);
    let refused = stack.post("/v1/holds", "k-2", &body).await;
    assert_eq!(refused.status, 409);
    assert_eq!(refused.header("content-type"), "application/problem+json");
    let problem = refused.json();
    assert_eq!(problem["type"], "/problems/no-room");
    assert_eq!(problem["rejection"], "no_room");
    assert_eq!(problem["nights"], json!(["2027-03-02", "2027-03-03"]));
    let back_to_back = hold_body("grand", &[line("suite", "2027-03-04", "2027-03-05")]);
    assert_eq!(stack.post("/v1/holds", "k-3", &back_to_back).await.status, 201);
}

#[tokio::test]
async fn availability_says_why_not() {
    let stack = Stack::started();
    let defined = hotel(&stack, "grand").await;
    let why_not = |answer: &crate::testing::Answer| {
        let body = answer.json();
        let rows = body["room_types"].as_array().expect("a list").clone();
        rows.into_iter()
            .map(|row| (row["sellable"].clone(), row["why_not"].clone()))
            .collect::<Vec<_>>()
    };
    let few = stack.get_after(&format!("{STAY}&rooms=2&guests=4"), &defined).await;
    assert_eq!(why_not(&few), [(json!(true), json!([])), (json!(false), json!(["no_room"]))]);
    let many = stack.get(&format!("{STAY}&rooms=1&guests=4")).await;
    let expected = [(json!(false), json!(["too_many_guests"])), (json!(true), json!([]))];
    assert_eq!(why_not(&many), expected);
    let later = "/v1/properties/grand/availability?check_in=2027-03-31&check_out=2027-04-02";
    assert_eq!(left(&stack.get(later).await, "double"), [2, 0]);
    let body = json!({"name": "Attic", "max_guests": 1});
    let attic = stack.put("/v1/properties/grand/room-types/attic", "k-1", &body).await;
    let read = stack.get_after(STAY, &attic).await;
    let expected = json!(["no_rate_plan", "too_many_guests", "no_room"]);
    assert!(why_not(&read).contains(&(json!(false), expected)), "{read:?}");
}

#[tokio::test]
async fn nothing_is_left_where_more_is_sold_than_exists() {
    let stack = Stack::started();
    hotel(&stack, "grand").await;
    booked(&stack, "grand", "k-1", &[line("suite", "2027-03-01", "2027-03-04")]).await;
    let body = json!({
        "room_type": "suite", "from": "2027-03-02", "to": "2027-03-03", "rooms": 1, "blocked": 1
    });
    let set = stack.put("/v1/properties/grand/inventory", "k-2", &body).await;
    assert_eq!(set.json(), json!({"nights_changed": 1}));
    assert_eq!(left(&stack.get_after(STAY, &set).await, "suite"), [0, 0, 0]);
}
