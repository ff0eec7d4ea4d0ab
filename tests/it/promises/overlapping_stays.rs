//! Case study, flaw 1: a lock per exact date range let stays that merely overlap pass each other.

use tempfile::TempDir;

use crate::support::api::Api;
use crate::support::hotel::Hotel;
use crate::support::server::Server;

#[tokio::test]
async fn stays_that_overlap_exclude_each_other() {
    let folder = TempDir::new().expect("a temporary folder");
    let server = Server::start(folder.path());
    let hotel = Hotel::open(&Api::new(&server.address), "grand", &[("double", 1)]).await;

    hotel.hold("first", "double", ("2027-03-01", "2027-03-05")).await.expect(201);
    let refused = hotel.hold("second", "double", ("2027-03-03", "2027-03-06")).await.expect(409);
    assert_eq!(refused.text("rejection"), "no_room");
    assert_eq!(refused.body["nights"], serde_json::json!(["2027-03-03", "2027-03-04"]));

    // What does not overlap is still for sale.
    hotel.hold("third", "double", ("2027-03-05", "2027-03-06")).await.expect(201);
}
