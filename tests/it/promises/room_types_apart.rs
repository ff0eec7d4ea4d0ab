//! Case study, flaw 2: availability ignored the room type, so that one type answered for all.

use tempfile::TempDir;

use crate::support::api::Api;
use crate::support::hotel::Hotel;
use crate::support::server::Server;

#[tokio::test]
async fn one_room_type_says_nothing_of_another() {
    let folder = TempDir::new().expect("a temporary folder");
    let server = Server::start(folder.path());
    let rooms = [("single", 1), ("suite", 1)];
    let hotel = Hotel::open(&Api::new(&server.address), "grand", &rooms).await;
    let stay = ("2027-03-01", "2027-03-03");

    let held = hotel.hold("first", "single", stay).await.expect(201);
    let single = hotel.availability("single", stay, &held.position).await;
    let suite = hotel.availability("suite", stay, &held.position).await;
    assert_eq!(single["sellable"], false, "{single}");
    assert_eq!(suite["sellable"], true, "{suite}");

    let refused = hotel.hold("second", "single", stay).await.expect(409);
    assert_eq!(refused.text("rejection"), "no_room");
    hotel.hold("third", "suite", stay).await.expect(201);
}
