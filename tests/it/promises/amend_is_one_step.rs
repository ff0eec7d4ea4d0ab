//! A stay is changed in one step: the net change is admitted, or everything stays as it was.

use serde_json::json;
use tempfile::TempDir;

use crate::support::api::{Answer, Api};
use crate::support::hotel::Hotel;
use crate::support::server::Server;

async fn booked(hotel: &Hotel, key: &str, stay: (&str, &str)) -> String {
    let held = hotel.hold(key, "double", stay).await.expect(201);
    let confirmed = hotel.confirm(&format!("{key}-confirm"), held.text("hold")).await.expect(201);
    confirmed.text("booking").to_owned()
}

async fn amend(hotel: &Hotel, key: &str, booking: &str, stay: (&str, &str)) -> Answer {
    let body = json!({"lines": [{"line": 1, "check_in": stay.0, "check_out": stay.1}]});
    hotel.api.post(&format!("/v1/bookings/{booking}/amend"), key, &body).await
}

#[tokio::test]
async fn the_net_change_is_admitted_or_nothing_changes() {
    let folder = TempDir::new().expect("a temporary folder");
    let server = Server::start(folder.path());
    let hotel = Hotel::open(&Api::new(&server.address), "grand", &[("double", 1)]).await;
    let booking = booked(&hotel, "first", ("2027-03-02", "2027-03-05")).await;
    booked(&hotel, "second", ("2027-03-06", "2027-03-08")).await;
    let all = ("2027-03-01", "2027-03-09");

    // The only room is this guest's: moved by a day, the stay needs one night and not three.
    let moved = amend(&hotel, "move", &booking, ("2027-03-01", "2027-03-04")).await.expect(200);
    assert_eq!(moved.body["amendments"], 1);
    assert_eq!(hotel.left("double", all, &moved.position).await, [0, 0, 0, 1, 1, 0, 0, 1]);

    // A night of the other guest is named, and nothing has changed.
    let refused = amend(&hotel, "long", &booking, ("2027-03-02", "2027-03-07")).await.expect(409);
    assert_eq!(refused.text("rejection"), "no_room");
    assert_eq!(refused.body["nights"], json!(["2027-03-06"]));
    assert_eq!(hotel.left("double", all, &refused.position).await, [0, 0, 0, 1, 1, 0, 0, 1]);
    let again = amend(&hotel, "long", &booking, ("2027-03-02", "2027-03-07")).await;
    assert_eq!((again.status, again.body), (refused.status, refused.body));

    // Who leaves early gives the nights back at once.
    let early = amend(&hotel, "early", &booking, ("2027-03-01", "2027-03-02")).await.expect(200);
    assert_eq!(hotel.left("double", all, &early.position).await, [0, 1, 1, 1, 1, 0, 0, 1]);
    let read = hotel.api.get_at(&format!("/v1/bookings/{booking}"), &early.position).await;
    assert_eq!(read.body["amendments"], 2);
    assert_eq!(read.body["lines"][0]["check_out"], "2027-03-02");
}
