//! A log that was cut, forked, made anew, compacted or spread anew is refused by name, and nothing
//! of it is applied.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use events::Position;
use storage::{Store, StoreOptions};
use tempfile::TempDir;

use crate::support;
use crate::support::api::Api;
use crate::support::hotel::Hotel;
use crate::support::kafka::{Cluster, Topics};
use crate::support::server::{Refused, Server};

const STAY: (&str, &str) = ("2027-03-01", "2027-03-03");

/// For how long a running server may not notice that its log was replaced.
const NOTICED_WITHIN: Duration = Duration::from_secs(60);

/// A state and the log that it was made from.
struct Scene<'c> {
    cluster: &'c Cluster,
    topics: Topics,
    home: TempDir,
}

/// What is done to the log, and what the refusal has to name.
type Harm = (&'static str, fn(&mut Scene<'_>), &'static str);

const HARMS: &[Harm] = &[
    ("its beginning removed", trim, "begins at offset"),
    ("its end cut off", truncate, "ahead of its log"),
    ("forked", fork, "another"),
    ("made anew, and shorter", make_anew, "ahead of its log"),
    ("made anew, and longer", make_anew_and_write, "another"),
    ("compacted", compact, "cleanup.policy=compact"),
    ("kept for a week only", expire, "retention.ms=604800000"),
    ("spread over more partitions", repartition, "2 partitions"),
    ("on one broker", forget_single, "replication.factor=1"),
    ("gone", remove, "there is no topic"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_log_is_refused_by_name_and_nothing_of_it_is_applied() {
    let Some(cluster) = Cluster::start(1) else { return };
    let rounds_count = if support::long() { 20 } else { 1 };
    for (name, harm, named) in HARMS {
        for _ in 0..rounds_count {
            let mut scene = Scene::new(&cluster);
            book(&scene.topics, &scene.data(), "grand", 8).await;
            if matches!(*name, "forked") {
                scene.keep_log();
                book(&scene.topics, &scene.data(), "grand-later", 8).await;
            }
            let before = stored(&scene.data());
            harm(&mut scene);
            if matches!(*name, "forked" | "made anew, and longer") {
                book(&scene.topics, &scene.home.path().join("other"), "other", 40).await;
            }
            let refused = refusal(&scene, name);
            assert!(!refused.status.success(), "{name}: {refused:?}");
            let last = refused.said.lines().filter(|line| !line.starts_with('{'));
            let said: String = last.collect::<Vec<_>>().join("\n");
            assert!(said.contains(named), "{name}: `{named}` is not in: {said}");
            assert!(!refused.said.contains("a panic"), "{name}: {refused:?}");
            assert_eq!(stored(&scene.data()), before, "{name}: something was applied");
        }
        println!("a log {name} was refused {rounds_count} times of {rounds_count}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_is_replaced_under_a_server_ends_it() {
    let Some(cluster) = Cluster::shared() else { return };
    let rounds_count = if support::long() { 20 } else { 1 };
    for _ in 0..rounds_count {
        let mut scene = Scene::new(cluster);
        book(&scene.topics, &scene.data(), "grand", 8).await;
        let mut server = scene.topics.server(&scene.data());
        make_anew(&mut scene);
        book(&scene.topics, &scene.home.path().join("other"), "other", 40).await;
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = server.ended() {
                break status;
            }
            assert!(begun.elapsed() < NOTICED_WITHIN, "a replaced log is read on");
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        assert_eq!(status.code(), Some(70), "it ends as one that cannot go on");
        let stored = properties(&scene.data());
        assert!(
            !stored.contains(&"other".to_owned()),
            "something of the other log is in {stored:?}"
        );
    }
}

/// How a server refuses the log. A broker that has just come back may not lead its partitions yet.
fn refusal(scene: &Scene<'_>, name: &str) -> Refused {
    loop {
        let refused = scene.topics.try_server(&scene.data()).err();
        let refused = refused.unwrap_or_else(|| panic!("a log {name} was served"));
        if !refused.said.contains("do not answer") {
            return refused;
        }
    }
}

impl<'c> Scene<'c> {
    fn new(cluster: &'c Cluster) -> Self {
        let home = TempDir::new().expect("a temporary folder");
        Self { cluster, topics: cluster.topics(1), home }
    }

    fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    /// Does something to the broker's files while it does not run.
    fn with_broker_away(&self, change: impl FnOnce(&Path)) {
        self.cluster.kill(1);
        change(&self.cluster.partition_dir(&self.topics.commands(), 0));
        self.cluster.restart(1);
    }

    /// Copies the log aside as it is now.
    fn keep_log(&self) {
        let kept = self.home.path().join("kept");
        self.with_broker_away(|dir| copy(dir, &kept));
    }

    fn configure(&self, setting: &str) {
        let topic = self.topics.commands();
        let words = ["--alter", "--entity-type", "topics", "--entity-name", &topic];
        self.cluster.tool("ConfigCommand", &[&words[..], &["--add-config", setting]].concat());
    }

    fn delete(&self, topic: &str) {
        self.cluster.tool("TopicCommand", &["--delete", "--topic", topic]);
    }
}

fn trim(scene: &mut Scene<'_>) {
    let topic = scene.topics.commands();
    let file = scene.home.path().join("offsets.json");
    let partition = format!(r#"{{"topic": "{topic}", "partition": 0, "offset": 3}}"#);
    fs::write(&file, format!(r#"{{"partitions": [{partition}]}}"#)).expect("it can be written");
    let file = file.to_str().expect("a plain name");
    scene.cluster.tool("DeleteRecordsCommand", &["--offset-json-file", file]);
}

fn truncate(scene: &mut Scene<'_>) {
    scene.with_broker_away(|dir| {
        let segment = dir.join("00000000000000000000.log");
        let bytes = fs::read(&segment).expect("the only segment");
        let used = bytes.iter().rposition(|byte| *byte != 0).expect("something was written");
        fs::write(&segment, &bytes[..used / 2]).expect("it can be written");
    });
}

fn fork(scene: &mut Scene<'_>) {
    let kept = scene.home.path().join("kept");
    scene.with_broker_away(|dir| {
        fs::remove_dir_all(dir).expect("the broker is away");
        copy(&kept, dir);
    });
}

fn make_anew(scene: &mut Scene<'_>) {
    scene.delete(&scene.topics.commands());
    scene.topics.create();
}

fn make_anew_and_write(scene: &mut Scene<'_>) {
    make_anew(scene);
}

fn compact(scene: &mut Scene<'_>) {
    scene.configure("cleanup.policy=compact");
}

fn expire(scene: &mut Scene<'_>) {
    scene.configure("retention.ms=604800000");
}

fn repartition(scene: &mut Scene<'_>) {
    let topic = scene.topics.commands();
    scene.cluster.tool("TopicCommand", &["--alter", "--topic", &topic, "--partitions", "2"]);
}

fn forget_single(scene: &mut Scene<'_>) {
    scene.topics.accept_single_broker = false;
}

fn remove(scene: &mut Scene<'_>) {
    scene.delete(&scene.topics.commands());
}

/// Opens a hotel and books some rooms; the server is stopped.
async fn book(topics: &Topics, data: &Path, property: &str, count: usize) {
    let server = topics.server(data);
    write(&server, property, count).await;
    assert!(server.stop().success());
}

async fn write(server: &Server, property: &str, count: usize) {
    let hotel = Hotel::open(&Api::new(&server.address), property, &[("double", 50)]).await;
    for number in 0..count {
        hotel.hold(&format!("{property}-{number}"), "double", STAY).await.expect(201);
    }
}

fn store(data: &Path) -> Store {
    Store::open(StoreOptions::at(data.join("state"))).expect("nobody else has it")
}

/// Which position the state reflects.
fn stored(data: &Path) -> Position {
    store(data).position()
}

/// Which properties the state knows.
fn properties(data: &Path) -> Vec<String> {
    let loaded = store(data).load().expect("a state");
    loaded.availability.iter().map(|(key, _)| key.property.to_string()).collect()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("it can be made");
    for entry in fs::read_dir(from).expect("it is there").flatten() {
        fs::copy(entry.path(), to.join(entry.file_name())).expect("it can be copied");
    }
}
