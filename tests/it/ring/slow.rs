//! A disk that is slow (C2.6) or does not answer for a while (C2.7).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::sync::watch;

use super::report::Report;
use super::shim::{Action, Disk, ops, parts};
use crate::support::api::Api;
use crate::support::hotel::Hotel;
use crate::support::{self, server::Server};

/// How many ask at once: 200 ms for each sync are five groups a second.
const CLIENTS: usize = 500;
const STAY: (&str, &str) = ("2027-03-01", "2027-03-02");

/// What the clients counted.
#[derive(Default)]
struct Counts {
    answered: AtomicU64,
    unknown: AtomicU64,
    false_refusals: AtomicU64,
}

/// Asks for rooms until told to stop; the time of each answer.
async fn ask(
    hotel: Hotel,
    client: usize,
    counts: Arc<Counts>,
    stopped: watch::Receiver<bool>,
) -> Vec<Duration> {
    let body = hotel.hold_body("double", STAY, 1);
    let mut took = Vec::new();
    let mut number = 0;
    while !*stopped.borrow() {
        let begun = Instant::now();
        let answer = hotel.api.post("/v1/holds", &format!("slow-{client}-{number}"), &body).await;
        took.push(begun.elapsed());
        match answer.status {
            201 => &counts.answered,
            202 | 503 => &counts.unknown,
            _ => &counts.false_refusals,
        }
        .fetch_add(1, Ordering::Relaxed);
        number += 1;
    }
    took
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_disk_is_made_up_for_by_groups() {
    let seconds = if support::long() { 60 } else { 8 };
    let disk = Disk::quick();
    let server = disk.start().expect("it starts");
    let api = Api::new(&server.address);
    let mut hotels = Vec::new();
    for name in ["slow-1", "slow-2", "slow-3", "slow-4"] {
        hotels.push(Hotel::open(&api, name, &[("double", 60_000)]).await);
    }
    let (stop, stopped) = watch::channel(false);
    let counts = Arc::new(Counts::default());
    disk.strike(Action::Delay { ms: 200 }, parts::SEGMENT, ops::SYNC, 1);
    let begun = Instant::now();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            // One hotel alone may not have every place at the door.
            let hotel = hotels[client % hotels.len()].clone();
            ask(hotel, client, Arc::clone(&counts), stopped.clone())
        })
        .map(tokio::spawn)
        .collect();
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    stop.send_replace(true);
    let mut took = Vec::new();
    for client in clients {
        took.extend(client.await.expect("no client panics"));
    }
    let elapsed = begun.elapsed();
    let syncs = disk.fired();
    disk.calm();
    assert!(server.stop().success(), "it stops when asked to");
    took.sort();
    let answered = counts.answered.load(Ordering::Relaxed);
    let mut report = Report::default();
    report.figure("seconds", elapsed.as_secs_f64());
    report.figure("holds_per_second", answered as f64 / elapsed.as_secs_f64());
    report.figure("p99_milliseconds", took[took.len() * 99 / 100].as_millis() as u64);
    report.figure("slow_syncs", syncs);
    report.figure("unknown", counts.unknown.load(Ordering::Relaxed));
    report.figure("false_refusals", counts.false_refusals.load(Ordering::Relaxed));
    assert_eq!(counts.false_refusals.load(Ordering::Relaxed), 0, "refused for being slow");
    // A sync a record would make five a second; the amount is for a group to make.
    assert!(answered / syncs.max(1) >= 20, "{answered} answers in {syncs} slow syncs");
    for _ in 0..syncs {
        report.met("slow sync");
    }
    report.end("rel_c2_6_slow_disk", &[("slow sync", 20)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stalled_disk_is_told_at_once_and_recovers_by_itself() {
    let stall = Duration::from_secs(if support::long() { 30 } else { 8 });
    let disk = Disk::quick();
    let server = disk.start().expect("it starts");
    let api = Api::new(&server.address);
    let hotel = Hotel::open(&api, "stalled", &[("double", 1_000)]).await;
    let ms = stall.as_millis() as u64;
    disk.strike(Action::Delay { ms }, parts::SEGMENT, ops::SYNC, 1);
    let begun = Instant::now();
    let first = hotel.hold("stalled-first", "double", STAY).await;
    assert_eq!(first.status, 202, "what is not known is not refused: {first:?}");
    let unready_after = wait_for_ready(&api, false, begun).await;
    // Only the one sync stalls.
    disk.calm();
    let rss_before = rss_bytes(&server);
    let (shed, slowest) = shed(&hotel).await;
    let rss_after = rss_bytes(&server);
    let ready_after = wait_for_ready(&api, true, begun).await;
    let known = api.get("/v1/commands/stalled-first").await;
    let again = hotel.hold("after-the-stall", "double", STAY).await;
    let mut report = Report::default();
    report.figure("stalled_seconds", stall.as_secs());
    report.figure("unready_after_ms", unready_after.as_millis() as u64);
    report.figure("shed_after_ms_p99", slowest.as_millis() as u64);
    report.figure("ready_again_after_ms", ready_after.as_millis() as u64);
    report.figure("memory_grown_bytes", rss_after.saturating_sub(rss_before));
    for _ in 0..shed {
        report.met("shed by name");
    }
    assert!(rss_after.saturating_sub(rss_before) < 200 << 20, "it grew by too much");
    assert_eq!((known.status, &known.body["status"]), (200, &json!(201)), "{known:?}");
    assert_eq!(again.status, 201, "{again:?}");
    assert!(server.stop().success(), "it stops when asked to");
    report.end("rel_c2_7_stalled_disk", &[("shed by name", 200)]);
}

/// Asks until `/readyz` says so; how long that took.
async fn wait_for_ready(api: &Api, is_ready: bool, begun: Instant) -> Duration {
    loop {
        let answer = api.get("/readyz").await;
        if (answer.status == 200) == is_ready {
            return begun.elapsed();
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{answer:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Asks for 200 rooms that nobody can promise; how many were turned away, and the 99th percentile
/// of how long that took.
async fn shed(hotel: &Hotel) -> (usize, Duration) {
    let mut took = Vec::new();
    for number in 0..200 {
        let begun = Instant::now();
        let answer = hotel.hold(&format!("shed-{number}"), "double", STAY).await;
        took.push(begun.elapsed());
        assert_eq!(answer.status, 503, "{answer:?}");
        assert_eq!(answer.text("type"), "/problems/storage-stalled", "{answer:?}");
    }
    took.sort();
    (took.len(), took[took.len() * 99 / 100])
}

/// What a server has in memory.
fn rss_bytes(server: &Server) -> u64 {
    let path = format!("/proc/{}/statm", server.id());
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let pages = text.split_whitespace().nth(1).and_then(|pages| pages.parse().ok());
    pages.unwrap_or(0) * 4096
}
