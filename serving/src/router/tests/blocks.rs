//! The way of a block: set aside, picked up, given back, cut off.

use serde_json::{Value, json};

use super::{hold_body, hotel, left, line};
use crate::testing::{Answer, Stack};

const AVAILABILITY: &str =
    "/v1/properties/grand/availability?check_in=2027-03-01&check_out=2027-03-04";
const BLOCK: &str = "/v1/properties/grand/blocks/wedding";
const DATE: &str = "/v1/properties/grand/business-date";

fn block_body(rooms: u16) -> Value {
    json!({
        "room_type": "double", "from": "2027-03-01", "to": "2027-03-03", "rooms": rooms,
        "cut_off": "2027-02-15", "account": "acme", "name": "Wedding"
    })
}

fn guest(account: Option<&str>) -> Value {
    let mut body = hold_body("grand", &[line("double", "2027-03-01", "2027-03-03")]);
    body["block"] = json!("wedding");
    if let Some(account) = account {
        body["account"] = json!(account);
    }
    body
}

/// Of each night of the block: what is picked up and what is left.
fn nights(answer: &Answer) -> Vec<(u64, u64)> {
    let body = answer.json();
    let night = |night: &Value| (night["picked_up"].as_u64(), night["left"].as_u64());
    let nights = body["nights"].as_array().expect("nights").iter().map(night);
    nights.map(|(picked, left)| (picked.expect("a count"), left.expect("a count"))).collect()
}

#[tokio::test]
async fn a_block_is_set_aside_picked_up_and_cut_off() {
    let stack = Stack::started();
    hotel(&stack, "grand").await;
    let set = stack.put(BLOCK, "b-1", &block_body(2)).await;
    assert_eq!((set.status, set.json()), (200, json!({"state": "defined"})), "{set:?}");
    assert_eq!(left(&stack.get_after(AVAILABILITY, &set).await, "double"), [0, 0, 2]);
    let read = stack.get_after(BLOCK, &set).await;
    assert_eq!((read.status, read.text("state")), (200, "open".to_owned()));
    assert_eq!(nights(&read), [(0, 2), (0, 2)]);
    assert_eq!(read.json()["account"], "acme");

    let others = stack.post("/v1/holds", "h-1", &guest(Some("rival"))).await;
    assert_eq!((others.status, others.text("rejection")), (409, "not_of_block".to_owned()));
    let held = stack.post("/v1/holds", "h-2", &guest(Some("acme"))).await;
    assert_eq!((held.status, held.text("block")), (201, "wedding".to_owned()), "{held:?}");
    let again = stack.post("/v1/holds", "h-2", &guest(Some("acme"))).await;
    assert_eq!(again.json(), held.json());
    let read = stack.get_after(BLOCK, &held).await;
    assert_eq!(nights(&read), [(1, 1), (1, 1)]);
    assert_eq!(left(&stack.get_after(AVAILABILITY, &held).await, "double"), [0, 0, 2]);
    let path = format!("/v1/holds/{}", held.text("hold"));
    assert_eq!(stack.get_after(&path, &held).await.text("block"), "wedding");
    let confirmed = stack.post(&format!("{path}/confirm"), "h-3", &json!({"guest": "g-1"})).await;
    let booking = format!("/v1/bookings/{}", confirmed.text("booking"));
    assert_eq!(stack.get_after(&booking, &confirmed).await.text("block"), "wedding");

    let early = stack.get_after(DATE, &confirmed).await;
    assert_eq!((early.status, &early.json()["date"]), (200, &Value::Null));
    let audited = stack.post(DATE, "d-1", &json!({"date": "2027-02-15"})).await;
    let body = json!({"date": "2027-02-15", "released": ["wedding"]});
    assert_eq!((audited.status, audited.json()), (200, body));
    assert_eq!(stack.get_after(DATE, &audited).await.text("date"), "2027-02-15");
    let back = stack.post(DATE, "d-2", &json!({"date": "2027-02-15"})).await;
    assert_eq!((back.status, back.text("rejection")), (409, "date_not_after".to_owned()));
    let read = stack.get_after(BLOCK, &audited).await;
    assert_eq!((read.text("state"), nights(&read)), ("cut_off".to_owned(), vec![(1, 0), (1, 0)]));
    assert_eq!(left(&stack.get_after(AVAILABILITY, &audited).await, "double"), [1, 1, 2]);
    let late = stack.post("/v1/holds", "h-4", &guest(Some("acme"))).await;
    assert_eq!((late.status, late.text("rejection")), (409, "block_closed".to_owned()));
}

#[tokio::test]
async fn a_block_is_released_once_however_often_it_is_asked() {
    let stack = Stack::started();
    hotel(&stack, "grand").await;
    stack.put(BLOCK, "b-1", &block_body(2)).await;
    let too_many = stack.put(BLOCK, "b-2", &block_body(3)).await;
    assert_eq!((too_many.status, too_many.text("rejection")), (409, "no_room".to_owned()));
    assert_eq!(too_many.json()["nights"], json!(["2027-03-01", "2027-03-02"]));
    let release = format!("{BLOCK}/release");
    for (key, room_nights) in [("r-1", 4), ("r-1", 4), ("r-2", 0)] {
        let released = stack.post(&release, key, &json!({})).await;
        let body = json!({"block": "wedding", "state": "released", "room_nights": room_nights});
        assert_eq!((released.status, released.json()), (200, body));
        assert_eq!(stack.get_after(BLOCK, &released).await.text("state"), "released");
        assert_eq!(left(&stack.get_after(AVAILABILITY, &released).await, "double"), [2, 2, 2]);
    }
    let unknown = stack.post("/v1/properties/grand/blocks/none/release", "r-3", &json!({})).await;
    assert_eq!((unknown.status, unknown.text("rejection")), (404, "block_unknown".to_owned()));
    let unread = stack.get_after("/v1/properties/grand/blocks/none", &unknown).await;
    assert_eq!((unread.status, unread.text("rejection")), (404, "block_unknown".to_owned()));
}

#[tokio::test]
async fn every_fault_of_a_block_is_named() {
    let stack = Stack::started();
    let body = json!({
        "room_type": "a b", "from": "2027-03-03", "to": "2027-03-01", "rooms": 0,
        "cut_off": "soon", "account": 7, "name": "x".repeat(201), "odd": 1
    });
    let answer = stack.put(BLOCK, "b-1", &body).await;
    assert_eq!(answer.status, 422);
    let found = answer.json();
    let found = found["errors"].as_array().expect("errors").iter();
    let found: Vec<&str> = found.filter_map(|error| error["pointer"].as_str()).collect();
    let expected = ["/room_type", "/to", "/rooms", "/cut_off", "/account", "/name", "/odd"];
    assert_eq!(found, expected);
    let answer = stack.post(DATE, "d-2", &json!({"date": "2126-11-24"})).await;
    assert_eq!((answer.status, &answer.json()["errors"][0]["pointer"]), (422, &json!("/date")));
    let answer = stack.post(DATE, "d-1", &json!({})).await;
    assert_eq!((answer.status, &answer.json()["errors"][0]["pointer"]), (422, &json!("/date")));
}
