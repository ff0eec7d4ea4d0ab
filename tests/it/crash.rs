//! A kill at any moment loses nothing that was acknowledged and decides nothing twice.
//!
//! Sixteen clients book, release and cancel, and ask again with the same key until they are
//! answered, while the server is killed over and over. In the end every client knows what became
//! of each of its wishes, so the sum of what they know is what the server must say: for each key
//! the same answer again, for each booking its state, and for each night how many rooms are left.
//! `verify` then reads the log for itself.

pub mod client;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tempfile::TempDir;
use tokio::sync::watch;

use crate::support::api::Api;
use crate::support::hotel::Hotel;
use crate::support::server::Server;
use crate::support::{self, binary};
use client::{Client, Known, NIGHTS, ROOMS};

const CLIENTS_COUNT: u64 = 16;
const HOTELS_COUNT: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_lose_nothing_and_decide_nothing_twice() {
    let folder = TempDir::new().expect("a temporary folder");
    let data = folder.path().join("data");
    if support::long() {
        fill(&data);
    }
    let kills_count = if support::long() { 100 } else { 20 };

    let server = Server::start(&data);
    let api = Api::new(&server.address);
    let mut hotels = Vec::new();
    for number in 0..HOTELS_COUNT {
        hotels.push(Hotel::open(&api, &format!("crash-{number}"), &[("double", ROOMS)]).await);
    }
    let hotels: Arc<[String]> = hotels.into_iter().map(|hotel| hotel.property).collect();

    let (address, addresses) = watch::channel(server.address.clone());
    let (stop, stopped) = watch::channel(false);
    let clients: Vec<_> = (0..CLIENTS_COUNT)
        .map(|seed| Client::new(seed, Arc::clone(&hotels), addresses.clone(), stopped.clone()))
        .map(|client| tokio::spawn(client.run()))
        .collect();

    let ready_after = kill_over_and_over(server, &data, kills_count, &address).await;

    // The last server stays up until every client has been answered.
    let server = Server::start(&data);
    address.send_replace(server.address.clone());
    stop.send_replace(true);
    let mut known = Known::default();
    for client in clients {
        known.join(client.await.expect("no client panics"));
    }
    let position = known.check_answers_again(&Api::new(&server.address)).await;
    known.check_bookings(&Api::new(&server.address), &position).await;
    check_nights(&known, &Api::new(&server.address), &hotels, &position).await;
    assert!(server.stop().success(), "it stops when asked to");
    verify(&data);

    let slowest = ready_after.iter().max().copied().unwrap_or_default();
    println!(
        "{kills_count} kills, {} answers of {} bookings, retried {} times; ready again after at \
         most {slowest:?}",
        known.answers.len(),
        known.bookings.len(),
        known.retries_count,
    );
    assert!(known.bookings.len() > kills_count, "the clients were at work");
    assert!(known.retries_count > 0, "the kills were felt");
    if support::long() {
        assert!(slowest < Duration::from_secs(2), "ready again only after {slowest:?}");
    }
}

/// Kills and restarts; how long each restart took until the server could decide.
async fn kill_over_and_over(
    mut server: Server,
    data: &Path,
    kills_count: usize,
    address: &watch::Sender<String>,
) -> Vec<Duration> {
    let mut random = ChaCha8Rng::seed_from_u64(kills_count as u64);
    let mut ready_after = Vec::new();
    for _ in 0..kills_count {
        // The moment has to be an arbitrary one, in the middle of work.
        tokio::time::sleep(Duration::from_millis(random.random_range(20..200))).await;
        server.kill();
        server = Server::start(data);
        ready_after.push(server.ready_after);
        address.send_replace(server.address.clone());
    }
    server.kill();
    ready_after
}

/// Every night of every hotel has as many rooms left as the clients' bookings leave.
pub async fn check_nights(known: &Known, api: &Api, hotels: &[String], position: &str) {
    for property in hotels {
        let hotel = Hotel { api: api.clone(), property: property.clone() };
        let stay = (NIGHTS[0], NIGHTS[NIGHTS.len() - 1]);
        let left = hotel.left("double", stay, position).await;
        let expected: Vec<i64> = (0..NIGHTS.len() - 1)
            .map(|night| i64::from(ROOMS) - known.taken(property, night))
            .collect();
        assert_eq!(left, expected, "rooms left in {property}");
    }
}

/// Puts a hundred thousand bookings into the state, so that restarts have something to load.
fn fill(data: &Path) {
    let data = data.to_str().expect("temporary folders have plain names");
    let output = binary::run(&["replay", "generated:20:100000", "--data", data]);
    assert!(output.status.success(), "{}", binary::said(&output));
}

/// Insists that the auditor finds nothing.
fn verify(data: &Path) {
    let data = data.to_str().expect("temporary folders have plain names");
    let output = binary::run(&["verify", "--data", data]);
    assert!(output.status.success(), "{}", binary::said(&output));
}
