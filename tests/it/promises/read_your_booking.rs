//! Whoever passes on the position of a write sees it in every read that follows.

use serde_json::json;
use tempfile::TempDir;

use crate::support::api::Api;
use crate::support::hotel::Hotel;
use crate::support::server::Server;

#[tokio::test]
async fn a_position_is_never_read_behind() {
    let folder = TempDir::new().expect("a temporary folder");
    let server = Server::start(folder.path());
    let api = Api::new(&server.address);
    let hotel = Hotel::open(&api, "grand", &[("double", 50)]).await;
    let stay = ("2027-03-01", "2027-03-02");

    for guest in 1..=25 {
        let held = hotel.hold(&format!("hold-{guest}"), "double", stay).await.expect(201);
        let hold = held.text("hold");
        let read = api.get_at(&format!("/v1/holds/{hold}"), &held.position).await.expect(200);
        assert_eq!(read.text("state"), "held");
        assert_eq!(hotel.left("double", stay, &held.position).await, [50 - guest]);

        let booked = hotel.confirm(&format!("confirm-{guest}"), hold).await.expect(201);
        let path = format!("/v1/bookings/{}", booked.text("booking"));
        let read = api.get_at(&path, &booked.position).await.expect(200);
        assert_eq!(read.text("state"), "confirmed");
        assert_eq!(read.text("confirmation"), booked.text("confirmation"));
        assert_eq!(hotel.left("double", stay, &booked.position).await, [50 - guest]);
    }

    let held = hotel.hold("released", "double", stay).await.expect(201);
    let path = format!("/v1/holds/{}", held.text("hold"));
    let released = api.post(&format!("{path}/release"), "release", &json!({})).await.expect(200);
    let read = api.get_at(&path, &released.position).await.expect(200);
    assert_eq!(read.text("state"), "released");
    assert_eq!(hotel.left("double", stay, &released.position).await, [25]);
}

#[tokio::test]
async fn a_position_of_the_future_is_waited_for_and_then_refused() {
    let folder = TempDir::new().expect("a temporary folder");
    let server = Server::start(folder.path());
    let api = Api::new(&server.address);
    Hotel::open(&api, "grand", &[("double", 1)]).await;
    let path = "/v1/properties/grand/availability?check_in=2027-03-01&check_out=2027-03-02";
    let answer = api.ask_at(&format!("{path}&rooms=1&guests=1"), "0:999999999").await;
    assert_eq!(answer.status, 503, "never an older state than asked for: {answer:?}");
}
