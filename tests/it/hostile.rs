//! Hostile clients and hostile records: whoever behaves is served, and everything has an outcome.

mod attackers;
mod corpus;
mod frames;
mod healthy;
mod records;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::net::TcpStream;

use crate::support::api::Api;
use crate::support::hotel::Hotel;
use crate::support::long;
use crate::support::server::Server;
use healthy::Health;

/// The share of a healthy client's requests that must be done.
const HEALTHY_PERCENT_MIN: f64 = 99.0;

/// The most memory that a server may take while it is attacked.
const RESIDENT_BYTES_MAX: u64 = 1 << 30;

/// How long an attack lasts.
fn length() -> Duration {
    Duration::from_secs(if long() { 60 } else { 5 })
}

/// How long an attacker waits before it connects again.
const PAUSE: Duration = Duration::from_millis(20);

/// A server under attack.
struct Siege {
    server: Server,
    _data: tempfile::TempDir,
    hotel: Hotel,
}

/// What became of an attack.
struct Outcome {
    health: Health,
    /// How often the server ended an attacker's connection.
    cut_off_count: usize,
    resident_bytes: u64,
}

impl Siege {
    async fn begin() -> Self {
        let data = tempfile::tempdir().expect("a temporary folder");
        let folder = data.path().to_owned();
        let server = tokio::task::spawn_blocking(move || Server::start(&folder));
        let server = server.await.expect("it starts");
        let api = Api::new(&server.address);
        let hotel = Hotel::open(&api, "besieged", &[("double", 60_000)]).await;
        Self { server, _data: data, hotel }
    }

    /// Lets so many attackers loose, each with one connection at a time, while a client who
    /// behaves looks and books.
    async fn withstand<F>(&self, attackers: usize, attack: fn(TcpStream, usize) -> F) -> Outcome
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let address = self.server.address.trim_start_matches("http://");
        let address: SocketAddr = address.parse().expect("an address");
        let cut_off = Arc::new(AtomicUsize::new(0));
        let until = Instant::now() + length();
        let attackers: Vec<_> = (0..attackers)
            .map(|number| {
                let cut_off = Arc::clone(&cut_off);
                tokio::spawn(async move {
                    loop {
                        if let Ok(stream) = TcpStream::connect(address).await {
                            attack(stream, number).await;
                            cut_off.fetch_add(1, Ordering::Relaxed);
                        }
                        tokio::time::sleep(PAUSE).await;
                    }
                })
            })
            .collect();
        let health = healthy::watch(&self.hotel, until).await;
        attackers.iter().for_each(tokio::task::JoinHandle::abort);
        let cut_off_count = cut_off.load(Ordering::Relaxed);
        Outcome { health, cut_off_count, resident_bytes: self.server.resident_bytes() }
    }

    /// The same, and the client who behaves must have been served.
    async fn must_withstand<F>(
        &self,
        name: &str,
        attackers: usize,
        attack: fn(TcpStream, usize) -> F,
    ) -> Outcome
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let outcome = self.withstand(attackers, attack).await;
        let Outcome { health, cut_off_count, resident_bytes } = &outcome;
        let percent = health.percent();
        eprintln!(
            "{name}: {percent:.2} % of {} requests of a healthy client, slowest {:?}; {} attackers \
             cut off {cut_off_count} times; {} MiB",
            health.asked_count,
            health.slowest,
            attackers,
            resident_bytes >> 20
        );
        assert!(percent >= HEALTHY_PERCENT_MIN, "{name}: {health:?}");
        assert!(*resident_bytes < RESIDENT_BYTES_MAX, "{name}: {resident_bytes} bytes");
        outcome
    }
}

/// One attack after the other: several at once would measure the machine and not the server.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_behaves_is_served_while_others_do_not() {
    let siege = Siege::begin().await;
    let slow = siege.must_withstand("slowloris", 2_000, attackers::slowloris).await;
    // The bound of five seconds on headers shows only where it lasts longer than that.
    assert!(!long() || slow.cut_off_count >= 2_000, "slow senders were not cut off");
    let reset = siege.must_withstand("rapid reset", 8, attackers::rapid_reset).await;
    assert!(reset.cut_off_count > 0, "who resets without end was never cut off");
    let bombs = siege.must_withstand("header bombs", 12, attackers::header_bomb).await;
    assert!(bombs.cut_off_count > 0, "headers without end were never refused");
    siege.must_withstand("pipelining", 8, attackers::pipelining).await;
    let status = tokio::task::spawn_blocking(move || siege.server.stop()).await;
    assert!(status.expect("it stops").success(), "it stops in order after all that");
}
