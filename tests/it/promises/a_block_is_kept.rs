//! What is set aside for a group is off sale for all others, until it is picked up or cut off.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::api::{Answer, Api};
use crate::support::binary;
use crate::support::hotel::Hotel;
use crate::support::server::Server;

const STAY: (&str, &str) = ("2027-03-01", "2027-03-03");
const BLOCK: &str = "/v1/properties/grand/blocks/wedding";

async fn pick_up(hotel: &Hotel, key: &str) -> Answer {
    let mut body = hotel.hold_body("double", STAY, 1);
    let fields = body.as_object_mut().expect("an object");
    fields.insert("block".to_owned(), json!("wedding"));
    fields.insert("account".to_owned(), json!("acme"));
    hotel.api.post("/v1/holds", key, &body).await
}

async fn nights(hotel: &Hotel, position: &str) -> Value {
    let read = hotel.api.get_at(BLOCK, position).await.expect(200);
    let nights = read.body["nights"].as_array().cloned().expect("a list");
    nights.iter().map(|night| json!([night["picked_up"], night["left"]])).collect()
}

#[tokio::test]
async fn it_outlives_a_kill_and_ends_with_its_date() {
    let folder = TempDir::new().expect("a temporary folder");
    let mut server = Server::start(folder.path());
    let mut hotel = Hotel::open(&Api::new(&server.address), "grand", &[("double", 3)]).await;
    let block = json!({
        "room_type": "double", "from": STAY.0, "to": STAY.1, "rooms": 2,
        "cut_off": "2027-02-15", "account": "acme"
    });
    let set = hotel.api.put(BLOCK, "block", &block).await.expect(200);
    assert_eq!(hotel.left("double", STAY, &set.position).await, [1, 1]);
    let other = hotel.hold("other", "double", STAY).await.expect(201);
    let late = hotel.hold("late", "double", STAY).await.expect(409);
    assert_eq!(late.body["rejection"], "no_room");
    let held = pick_up(&hotel, "guest").await.expect(201);
    let confirmed = hotel.confirm("confirm", held.text("hold")).await.expect(201);
    assert_eq!(nights(&hotel, &confirmed.position).await, json!([[1, 1], [1, 1]]));

    server.kill();
    server = Server::start(folder.path());
    hotel.api = Api::new(&server.address);
    assert_eq!(nights(&hotel, &confirmed.position).await, json!([[1, 1], [1, 1]]));
    let path = format!("/v1/bookings/{}/cancel", confirmed.text("booking"));
    let cancelled = hotel.api.post(&path, "cancel", &json!({})).await.expect(200);
    assert_eq!(nights(&hotel, &cancelled.position).await, json!([[0, 2], [0, 2]]));
    assert_eq!(hotel.left("double", STAY, &cancelled.position).await, [0, 0]);

    let date = json!({"date": "2027-02-16"});
    let audited = hotel.api.post("/v1/properties/grand/business-date", "audit", &date).await;
    let audited = audited.expect(200);
    assert_eq!(audited.body["released"], json!(["wedding"]));
    assert_eq!(hotel.left("double", STAY, &audited.position).await, [2, 2]);
    let closed = pick_up(&hotel, "too-late").await.expect(409);
    assert_eq!(closed.body["rejection"], "block_closed");
    hotel.confirm("other-confirm", other.text("hold")).await.expect(201);

    assert!(server.stop().success());
    let output = binary::run(&["verify", "--data", folder.path().to_str().expect("a plain name")]);
    assert_eq!(output.status.code(), Some(0), "{}", binary::said(&output));
}
