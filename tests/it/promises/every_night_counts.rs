//! Case study, flaw 3: a stay was for sale if any night was, and the day of checking out counted.

use tempfile::TempDir;

use crate::support::api::Api;
use crate::support::hotel::Hotel;
use crate::support::server::Server;

#[tokio::test]
async fn every_night_is_needed_and_the_last_day_is_none() {
    let folder = TempDir::new().expect("a temporary folder");
    let server = Server::start(folder.path());
    let hotel = Hotel::open(&Api::new(&server.address), "grand", &[("double", 1)]).await;

    // The night of the 3rd is gone, the others are free.
    let held = hotel.hold("middle", "double", ("2027-03-03", "2027-03-04")).await.expect(201);

    // A stay over it is not for sale, though most of its nights are free.
    let over = ("2027-03-01", "2027-03-06");
    let row = hotel.availability("double", over, &held.position).await;
    assert_eq!(row["sellable"], false, "{row}");
    assert_eq!(hotel.left("double", over, &held.position).await, [1, 1, 0, 1, 1]);
    let refused = hotel.hold("over", "double", over).await.expect(409);
    assert_eq!(refused.body["nights"], serde_json::json!(["2027-03-03"]));

    // A stay that ends on the day whose night is gone needs that night no more.
    let until = ("2027-03-01", "2027-03-03");
    let row = hotel.availability("double", until, &held.position).await;
    assert_eq!(row["sellable"], true, "{row}");
    assert_eq!(row["nights"].as_array().map(Vec::len), Some(2), "{row}");
    hotel.hold("until", "double", until).await.expect(201);
}
