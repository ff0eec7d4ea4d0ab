//! An embedded log that was cut, forked, made anew or spread anew is refused by name, and nothing
//! of it is applied. `kafka/broken.rs` does the same over Apache Kafka.

use std::fs;
use std::path::{Path, PathBuf};

use events::Position;
use storage::{Store, StoreOptions};
use tempfile::TempDir;

use crate::support::api::Api;
use crate::support::hotel::Hotel;
use crate::support::{self, server::Server};

const STAY: (&str, &str) = ("2027-03-01", "2027-03-03");

/// What is done to the log, what the refusal has to name, and into how many partitions the server
/// that is then started believes it to be dealt.
type Harm = (&'static str, fn(&Scene), &'static str, &'static str);

const HARMS: &[Harm] = &[
    ("its end cut off", truncate, "witness", "1"),
    ("forked", fork, "another log", "1"),
    ("made anew, and shorter", remove, "another log", "1"),
    ("made anew, and longer", replace, "another log", "1"),
    ("spread over more partitions", |_| (), "partitions", "2"),
];

/// A state and the log that it was made from.
struct Scene {
    home: TempDir,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_log_is_refused_by_name_and_nothing_of_it_is_applied() {
    let rounds_count = if support::long() { 20 } else { 1 };
    for (name, harm, named, partitions) in HARMS {
        for _ in 0..rounds_count {
            let scene = Scene { home: TempDir::new().expect("a temporary folder") };
            book(&scene.data(), "grand", 8).await;
            if *name == "forked" {
                copy(&scene.data().join("log"), &scene.kept().join("log"));
                book(&scene.data(), "grand-later", 8).await;
                book(&scene.kept(), "other", 40).await;
            } else {
                book(&scene.kept(), "other", 40).await;
            }
            let before = stored(&scene.data());
            harm(&scene);
            let refused = Server::try_start_with(&scene.data(), |command| {
                command.env("ROOMNIGHT__LOG__PARTITIONS", partitions);
            });
            let refused = refused.err().unwrap_or_else(|| panic!("a log {name} was served"));
            assert!(!refused.status.success(), "{name}: {refused:?}");
            let last = refused.said.lines().filter(|line| !line.starts_with('{'));
            let said: String = last.collect::<Vec<_>>().join("\n");
            assert!(said.contains(named), "{name}: `{named}` is not in: {said}");
            assert!(!refused.said.contains("a panic"), "{name}: {refused:?}");
            assert_eq!(stored(&scene.data()), before, "{name}: something was applied");
        }
        println!("an embedded log {name} was refused {rounds_count} times of {rounds_count}");
    }
}

impl Scene {
    fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    /// Where another log stands.
    fn kept(&self) -> PathBuf {
        self.home.path().join("kept")
    }

    fn put(&self, log: &Path) {
        remove(self);
        copy(log, &self.data().join("log"));
    }
}

/// Cuts half of what was written to the last segment that has anything in it.
fn truncate(scene: &Scene) {
    let log = scene.data().join("log");
    let written = |path: &PathBuf| {
        let bytes = fs::read(path).unwrap_or_default();
        bytes.iter().rposition(|byte| *byte != 0).unwrap_or(0)
    };
    let entries = fs::read_dir(&log).expect("a log").flatten().map(|entry| entry.path());
    let segment = entries.max_by_key(written).expect("a segment");
    let bytes = fs::read(&segment).expect("readable");
    fs::write(&segment, &bytes[..written(&segment) / 2]).expect("it can be written");
}

fn fork(scene: &Scene) {
    scene.put(&scene.kept().join("log"));
}

fn remove(scene: &Scene) {
    fs::remove_dir_all(scene.data().join("log")).expect("nobody has it");
}

fn replace(scene: &Scene) {
    scene.put(&scene.kept().join("log"));
}

/// Opens a hotel and books some rooms; the server is stopped.
async fn book(data: &Path, property: &str, count: usize) {
    let server = Server::start(data);
    let hotel = Hotel::open(&Api::new(&server.address), property, &[("double", 50)]).await;
    for number in 0..count {
        hotel.hold(&format!("{property}-{number}"), "double", STAY).await.expect(201);
    }
    assert!(server.stop().success());
}

/// Which position the state reflects.
fn stored(data: &Path) -> Position {
    Store::open(StoreOptions::at(data.join("state"))).expect("nobody else has it").position()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("it can be made");
    for entry in fs::read_dir(from).expect("it is there").flatten() {
        fs::copy(entry.path(), to.join(entry.file_name())).expect("it can be copied");
    }
}
