//! A full disk (C2.5): nothing new is taken, what is owed is kept, and with space all goes on.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;

use super::kills::verify;
use super::report::Report;
use crate::support::api::{Answer, Api};
use crate::support::hotel::Hotel;
use crate::support::server::Server;

const DISK_MIB: u64 = 300;
const MIB: u64 = 1 << 20;
/// How many holds wait to be confirmed when the disk fills.
const HOLDS: usize = 1_200;
const CLIENTS: usize = 8;
const STAY: (&str, &str) = ("2027-03-01", "2027-03-02");

/// How a disk fills.
#[derive(Debug, Clone, Copy)]
enum Filling {
    /// To the last byte.
    AtOnce,
    /// Step by step, until little is left.
    Gradually,
}

/// A small disk of its own, in memory.
struct SmallDisk(TempDir);

impl SmallDisk {
    /// `None` where nobody may mount one, which CI does not accept.
    fn mount() -> Option<Self> {
        let folder = TempDir::new().expect("a temporary folder");
        let size = format!("size={DISK_MIB}m");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "ring"])
            .arg(folder.path())
            .output();
        if mounted.as_ref().is_ok_and(|output| output.status.success()) {
            return Some(Self(folder));
        }
        let is_ci = std::env::var_os("CI").is_some_and(|value| value == "true");
        assert!(!is_ci, "a disk of {DISK_MIB} MiB has to be mounted here: {mounted:?}");
        println!("SKIPPED: the full disk, as this user may not mount a small one: {mounted:?}");
        None
    }

    fn data(&self) -> PathBuf {
        self.0.path().join("data")
    }

    fn filler(&self) -> PathBuf {
        self.0.path().join("filler")
    }

    /// Takes all that is left.
    fn fill(&self, filling: Filling) {
        let mut file = File::create(self.filler()).expect("there is space for a name");
        let (step, left) = match filling {
            Filling::AtOnce => (64 * MIB, 0),
            Filling::Gradually => (256 * 1024, 8 * MIB),
        };
        let bytes = vec![7; step as usize];
        while ingest::free_bytes(self.0.path()).expect("it is mounted") > left
            && file.write(&bytes).is_ok_and(|written| written > 0)
        {}
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: whoever still has a file open on it must not keep it in the way.
        drop(Command::new("umount").arg("-l").arg(self.0.path()).status());
    }
}

fn small(command: &mut Command) {
    command
        .env("ROOMNIGHT__DISK__BALLAST_BYTES", (96 * MIB).to_string())
        .env("ROOMNIGHT__DISK__LOW_BYTES", (48 * MIB).to_string())
        .env("ROOMNIGHT__LOG__SEGMENT_BYTES", (2 * MIB).to_string())
        .env("ROOMNIGHT__STORAGE__WRITE_BUFFER_BYTES", (2 * MIB).to_string());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_keeps_what_is_owed_and_takes_nothing_new() {
    let mut report = Report::default();
    for filling in [Filling::AtOnce, Filling::Gradually] {
        let Some(disk) = SmallDisk::mount() else { return };
        fill_and_free(&disk, filling, &mut report).await;
    }
    report.end(
        "rel_c2_5_disk_full",
        &[("filled", 2), ("refused by name", 2), ("kept while full", 2_000), ("space again", 2)],
    );
}

async fn fill_and_free(disk: &SmallDisk, filling: Filling, report: &mut Report) {
    let server = Server::try_start_with(&disk.data(), small).expect("it starts");
    let api = Api::new(&server.address);
    let hotel = Hotel::open(&api, "full", &[("double", 60_000)]).await;
    let mut told = each(&hotel, HOLDS, |hotel, number| async move {
        let key = format!("hold-{number}");
        let answer = hotel.hold(&key, "double", STAY).await.expect(201);
        (key, answer)
    })
    .await;

    disk.fill(filling);
    let filled = Instant::now();
    report.met("filled");
    let refused_after = wait_for_refusal(&hotel, filled).await;
    report.figure("refused_after_ms", refused_after.as_millis() as u64);
    report.met("refused by name");
    assert_eq!(api.get("/readyz").await.status, 200, "it still answers those who have a booking");

    let held: Arc<[String]> = told.iter().map(|(_, told)| told.text("hold").to_owned()).collect();
    told.extend(keep(&hotel, held, report).await);
    let refusal = hotel.hold("still-full", "double", STAY).await;
    assert_eq!(refusal.text("type"), "/problems/storage-full", "{refusal:?}");

    std::fs::remove_file(disk.filler()).expect("it is there");
    let served_after = wait_for_space(&hotel).await;
    report.figure("serving_again_after_ms", served_after.as_millis() as u64);
    report.met("space again");

    assert!(server.stop().success(), "it stops when asked to");
    let server = Server::try_start_with(&disk.data(), small).expect("it starts");
    nothing_is_lost(&Api::new(&server.address), &told).await;
    assert!(server.stop().success(), "it stops when asked to");
    verify(&disk.data(), "a full disk");
}

/// Confirms all holds and cancels every third booking while the disk is full.
async fn keep(hotel: &Hotel, held: Arc<[String]>, report: &mut Report) -> Vec<(String, Answer)> {
    let count = held.len();
    let confirmed = each(hotel, count, |hotel, number| {
        let held = Arc::clone(&held);
        async move {
            let key = format!("confirm-{number}");
            let answer = hotel.confirm(&key, &held[number]).await.expect(201);
            (key, answer)
        }
    })
    .await;
    let bookings: Arc<[String]> =
        confirmed.iter().map(|(_, told)| told.text("booking").to_owned()).collect();
    let cancelled = each(hotel, count / 3, |hotel, number| {
        let bookings = Arc::clone(&bookings);
        async move {
            let (key, path) =
                (format!("cancel-{number}"), format!("/v1/bookings/{}/cancel", bookings[number]));
            let answer = hotel.api.post(&path, &key, &json!({})).await.expect(200);
            (key, answer)
        }
    })
    .await;
    for _ in 0..confirmed.len() + cancelled.len() {
        report.met("kept while full");
    }
    confirmed.into_iter().chain(cancelled).collect()
}

/// Does something so many times, a few at once; what came of it.
async fn each<F, T>(
    hotel: &Hotel,
    count: usize,
    make: impl Fn(Hotel, usize) -> F,
) -> Vec<(String, T)>
where
    F: Future<Output = (String, T)> + Send + 'static,
    T: Send + 'static,
{
    let mut all = Vec::new();
    let mut under_way = tokio::task::JoinSet::new();
    for number in 0..count {
        if under_way.len() >= CLIENTS {
            let done = under_way.join_next().await.expect("there are some");
            all.push(done.expect("no client panics"));
        }
        under_way.spawn(make(hotel.clone(), number));
    }
    all.extend(under_way.join_all().await);
    all
}

/// Asks for new rooms until they are refused by name; how long after the disk was full.
async fn wait_for_refusal(hotel: &Hotel, filled: Instant) -> Duration {
    for number in 0.. {
        let begun = Instant::now();
        let answer = hotel.hold(&format!("late-{number}"), "double", STAY).await;
        if answer.text("type") == "/problems/storage-full" {
            assert_eq!(answer.status, 503, "{answer:?}");
            return begun.duration_since(filled);
        }
        assert_eq!(answer.status, 201, "neither taken nor refused by name: {answer:?}");
    }
    Duration::MAX
}

/// Asks for new rooms until they are taken again.
async fn wait_for_space(hotel: &Hotel) -> Duration {
    let begun = Instant::now();
    for number in 0.. {
        let answer = hotel.hold(&format!("again-{number}"), "double", STAY).await;
        if answer.status == 201 {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "nothing is taken again: {answer:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    begun.elapsed()
}

/// The server knows everything that was told.
async fn nothing_is_lost(api: &Api, told: &[(String, Answer)]) {
    for (key, answer) in told {
        let now = api.get(&format!("/v1/commands/{key}")).await;
        assert_eq!(now.status, 200, "{key} was acknowledged and is lost: {now:?}");
        assert_eq!(now.body["answer"], answer.body, "{key}");
    }
}

/// A start on a full disk waits for space, without help.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_on_a_full_disk_waits_for_space() {
    let Some(disk) = SmallDisk::mount() else { return };
    let server = Server::try_start_with(&disk.data(), small).expect("it starts");
    assert!(server.stop().success(), "it stops when asked to");
    give_up_ballast(&disk.data());
    disk.fill(Filling::AtOnce);
    let data = disk.data();
    let begun = Instant::now();
    let start = tokio::task::spawn_blocking(move || Server::try_start_with(&data, small));
    // Long enough to fail, had it gone on: an ordinary start takes a tenth of it.
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!start.is_finished(), "it did not wait");
    std::fs::remove_file(disk.filler()).expect("it is there");
    let server = start.await.expect("no panic").expect("it starts once there is space");
    let waited = begun.elapsed();
    assert!(server.stop().success(), "it stops when asked to");
    let mut report = Report::default();
    report.figure("waited_ms", waited.as_millis() as u64);
    report.met("waited");
    report.end("rel_c2_5_start_on_a_full_disk", &[("waited", 1)]);
}

fn give_up_ballast(data: &Path) {
    std::fs::remove_file(data.join("ballast")).expect("it was taken");
}
