//! Asking again with the same key is safe: it is answered as the first time, whatever that was.

use serde_json::json;
use tempfile::TempDir;

use crate::support::api::Api;
use crate::support::hotel::Hotel;
use crate::support::server::Server;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_key_gets_the_same_answer() {
    let folder = TempDir::new().expect("a temporary folder");
    let server = Server::start(folder.path());
    let api = Api::new(&server.address);
    let hotel = Hotel::open(&api, "grand", &[("double", 1)]).await;
    let stay = ("2027-03-01", "2027-03-04");

    let first = hotel.hold("hold", "double", stay).await.expect(201);
    let second = hotel.hold("hold", "double", stay).await.expect(201);
    assert_eq!(first.body, second.body);

    // A refusal is an answer too, and stays one when there is room again.
    let refused = hotel.hold("late", "double", stay).await.expect(409);
    let path = format!("/v1/holds/{}/release", first.text("hold"));
    api.post(&path, "release", &json!({})).await.expect(200);
    let again = hotel.hold("late", "double", stay).await.expect(409);
    assert_eq!(refused.body, again.body);
    let fresh = hotel.hold("fresh", "double", stay).await.expect(201);

    // Another body under a used key is a mistake of the caller and changes nothing.
    hotel.hold("fresh", "double", ("2027-05-01", "2027-05-02")).await.expect(422);
    assert_eq!(hotel.left("double", ("2027-05-01", "2027-05-02"), &fresh.position).await, [1]);

    // Fifty at once with one key are one booking.
    let mut asking = Vec::new();
    for _ in 0..50 {
        let hotel = hotel.clone();
        let hold = fresh.text("hold").to_owned();
        asking.push(tokio::spawn(async move { hotel.confirm("confirm", &hold).await }));
    }
    let mut bodies = Vec::new();
    for each in asking {
        bodies.push(each.await.expect("no client panics").expect(201).body);
    }
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]));

    // A restart forgets none of it.
    assert!(server.stop().success());
    let server = Server::start(folder.path());
    let hotel = Hotel { api: Api::new(&server.address), property: "grand".to_owned() };
    assert_eq!(hotel.hold("hold", "double", stay).await.expect(201).body, first.body);
    assert_eq!(hotel.hold("late", "double", stay).await.expect(409).body, refused.body);
    assert_eq!(hotel.confirm("confirm", fresh.text("hold")).await.expect(201).body, bodies[0]);
    let status = hotel.api.get("/v1/commands/late").await.expect(200);
    assert!(status.body.to_string().contains("no_room"), "{status:?}");
    hotel.api.get("/v1/commands/never-sent").await.expect(404);
}
