//! The last room goes to exactly one guest, however many ask at once.

use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio::sync::Barrier;

use crate::support::api::{Answer, Api};
use crate::support::hotel::Hotel;
use crate::support::server::Server;

const CLIENTS_COUNT: usize = 1_000;

/// The race: as many clients as asked, each with a key and connection of its own, all at once;
/// client `n` asks for stay `n mod stays`.
async fn race(hotel: &Hotel, address: &str, stays: &[(&'static str, &'static str)]) -> Vec<Answer> {
    let barrier = Arc::new(Barrier::new(CLIENTS_COUNT));
    let mut clients = Vec::new();
    for client in 0..CLIENTS_COUNT {
        let stay = stays[client % stays.len()];
        let barrier = Arc::clone(&barrier);
        let own = Hotel { api: Api::new(address), property: hotel.property.clone() };
        clients.push(tokio::spawn(async move {
            barrier.wait().await;
            let key = format!("race-{}-{client}", own.property);
            loop {
                let answer = own.hold(&key, "double", stay).await;
                // The door lets one hotel have only so many of those who wait, and says so by
                // name: whoever is turned away comes again with the same key, as it is told to.
                if answer.status != 503 || answer.text("type") != "/problems/overloaded" {
                    return answer;
                }
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }));
    }
    let mut answers = Vec::new();
    for client in clients {
        answers.push(client.await.expect("no client panics"));
    }
    answers
}

/// Splits the answers into holds and refusals, insisting that there is nothing else.
fn split(answers: Vec<Answer>) -> (Vec<Answer>, Vec<Answer>) {
    let (held, refused): (Vec<_>, Vec<_>) =
        answers.into_iter().partition(|answer| answer.status == 201);
    for answer in &held {
        assert_eq!(answer.text("state"), "held", "{answer:?}");
    }
    for answer in &refused {
        assert_eq!((answer.status, answer.text("rejection")), (409, "no_room"), "{answer:?}");
        assert!(answer.body["nights"].as_array().is_some_and(|nights| !nights.is_empty()));
    }
    (held, refused)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_room_and_a_thousand_clients() {
    let folder = TempDir::new().expect("a temporary folder");
    let server = Server::start(folder.path());
    let api = Api::new(&server.address);

    // All want the same nights: one is held, 999 are refused by name, and nothing is left.
    let stay = ("2027-03-01", "2027-03-04");
    let hotel = Hotel::open(&api, "same-nights", &[("double", 1)]).await;
    let (held, refused) = split(race(&hotel, &server.address, &[stay]).await);
    assert_eq!((held.len(), refused.len()), (1, 999));
    let nights = ["2027-03-01", "2027-03-02", "2027-03-03"];
    assert!(refused.iter().all(|answer| answer.body["nights"] == serde_json::json!(nights)));
    let position = &held[0].position;
    assert_eq!(hotel.left("double", stay, position).await, [0, 0, 0]);

    // Half want nights that overlap the other half's in one night only: still only one is held,
    // and those who lost to the other stay are told that one night.
    let stays = [("2027-03-01", "2027-03-04"), ("2027-03-03", "2027-03-06")];
    let hotel = Hotel::open(&api, "one-night", &[("double", 1)]).await;
    let (held, refused) = split(race(&hotel, &server.address, &stays).await);
    assert_eq!((held.len(), refused.len()), (1, 999));
    let alone = serde_json::json!(["2027-03-03"]);
    assert_eq!(refused.iter().filter(|answer| answer.body["nights"] == alone).count(), 500);

    // Half check out on the day on which the other half check in: one of each is held.
    let stays = [("2027-03-01", "2027-03-04"), ("2027-03-04", "2027-03-06")];
    let hotel = Hotel::open(&api, "back-to-back", &[("double", 1)]).await;
    let (held, refused) = split(race(&hotel, &server.address, &stays).await);
    assert_eq!((held.len(), refused.len()), (2, 998));
    let check_ins: std::collections::BTreeSet<_> =
        held.iter().map(|answer| answer.body["lines"][0]["check_in"].to_string()).collect();
    assert_eq!(check_ins.len(), 2, "one of each stay");
}
