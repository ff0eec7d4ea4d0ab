//! What a channel has sold is on record whatever is left, and flagged until rooms come free.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::api::{Answer, Api};
use crate::support::hotel::Hotel;
use crate::support::server::Server;

const STAY: (&str, &str) = ("2027-03-01", "2027-03-03");

async fn sold(hotel: &Hotel, key: &str, reference: &str) -> Answer {
    let mut body = hotel.hold_body("double", STAY, 1);
    let fields = body.as_object_mut().expect("an object");
    fields.remove("ttl_seconds");
    for (name, value) in [("channel", "ota"), ("reference", reference), ("guest", "guest-1")] {
        fields.insert(name.to_owned(), json!(value));
    }
    hotel.api.post("/v1/external-sales", key, &body).await
}

async fn oversold(hotel: &Hotel, position: &str) -> Vec<Value> {
    let path = format!("/v1/properties/{}/oversold", hotel.property);
    let read = hotel.api.get_at(&path, position).await.expect(200);
    read.body["oversold"].as_array().cloned().expect("a list")
}

#[tokio::test]
async fn it_is_flagged_and_the_flag_falls_as_rooms_come_free() {
    let folder = TempDir::new().expect("a temporary folder");
    let server = Server::start(folder.path());
    let hotel = Hotel::open(&Api::new(&server.address), "grand", &[("double", 1)]).await;
    let first = hotel.hold("first", "double", ("2027-03-01", "2027-03-02")).await.expect(201);
    assert_eq!(oversold(&hotel, &first.position).await, Vec::<Value>::new());

    // There is one room, and it is taken on the first of the two nights.
    let sale = sold(&hotel, "sale", "OTA-1").await.expect(201);
    let too_many = json!([{"room_type": "double", "night": "2027-03-01", "rooms": 1}]);
    assert_eq!(sale.body["oversold"], too_many);
    assert_eq!(hotel.left("double", STAY, &sale.position).await, [0, 0]);
    let flagged = oversold(&hotel, &sale.position).await;
    assert_eq!(flagged.len(), 1, "{flagged:?}");
    assert_eq!((&flagged[0]["night"], &flagged[0]["rooms"]), (&json!("2027-03-01"), &json!(1)));
    assert_eq!(flagged[0]["position"], sale.position);

    // The same sale under another key is the same booking, and counts once.
    let again = sold(&hotel, "again", "OTA-1").await.expect(200);
    assert_eq!(again.body["known"], true);
    assert_eq!(again.body["booking"], sale.body["booking"]);
    assert_eq!(oversold(&hotel, &again.position).await, flagged);

    // Another sale of the channel makes it worse; it has begun no later for that.
    let worse = sold(&hotel, "worse", "OTA-2").await.expect(201);
    let rows = oversold(&hotel, &worse.position).await;
    let rooms: Vec<&Value> = rows.iter().map(|row| &row["rooms"]).collect();
    assert_eq!(rooms, [&json!(2), &json!(1)]);
    assert_eq!(rows[0]["position"], sale.position);
    assert_eq!(rows[1]["position"], worse.position);

    // A guest's release and a cancellation work it off, and then the room is for sale again.
    let path = format!("/v1/holds/{}/release", first.text("hold"));
    let released = hotel.api.post(&path, "release", &json!({})).await.expect(200);
    assert_eq!(oversold(&hotel, &released.position).await[0]["rooms"], 1);
    for (key, booking) in [("one", sale.text("booking")), ("two", worse.text("booking"))] {
        let path = format!("/v1/bookings/{booking}/cancel");
        hotel.api.post(&path, key, &json!({})).await.expect(200);
    }
    let held = hotel.hold("last", "double", STAY).await.expect(201);
    assert_eq!(oversold(&hotel, &held.position).await, Vec::<Value>::new());
}
