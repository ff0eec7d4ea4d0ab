//! One history over two logs: the same decisions, the same rows, the same views.

use std::path::Path;

use ledger::Row;
use serde_json::Value;
use storage::{Loaded, Store, StoreOptions};
use tempfile::TempDir;

use crate::replay;
use crate::support::binary;
use crate::support::kafka::Cluster;

#[test]
fn one_history_over_two_logs_is_decided_the_same() {
    let Some(cluster) = Cluster::shared() else { return };
    let has_real = replay::real_history().is_some();
    let dataset = if has_real { "hotel-bookings" } else { "generated:10:20000" };
    let home = TempDir::new().expect("a temporary folder");
    let (embedded, kafka) = (home.path().join("embedded"), home.path().join("kafka"));
    let topics = cluster.topics(1);

    let words = words(dataset, &embedded);
    let one = outcome(&binary::run(&words.each_ref().map(String::as_str)));
    let words = self::words(dataset, &kafka);
    let other = outcome(&topics.run(&words.each_ref().map(String::as_str)));
    println!("{dataset} over two logs: digest {}", one["digest"]);
    assert_eq!(one, other);
    assert!(one["digest"].as_str().is_some_and(|digest| digest.len() >= 64));

    let (one, other) = (load(&embedded), load(&kafka));
    assert_eq!(one.position, other.position);
    assert_eq!(one.digests, other.digests);
    assert_eq!(rows(&one), rows(&other));
    assert_eq!(one.availability, other.availability);
    assert!(!one.availability.is_empty());
    topics.verify(&kafka);
}

#[test]
fn a_replay_wants_topics_of_its_own() {
    let Some(cluster) = Cluster::shared() else { return };
    let topics = cluster.topics(1);
    let once = topics.run(&["replay", "generated:1:10"]);
    assert!(once.status.success(), "{}", binary::said(&once));
    let twice = topics.run(&["replay", "generated:1:10"]);
    assert!(!twice.status.success() && binary::said(&twice).contains("--topic-prefix"));
}

#[test]
fn brokers_that_are_not_there_are_named() {
    let home = TempDir::new().expect("a temporary folder");
    let data = home.path().to_str().expect("a plain name");
    let output = binary::run(&["serve", "--data", data, "--kafka", "127.0.0.1:1"]);
    let said = binary::said(&output);
    assert!(!output.status.success() && said.contains("127.0.0.1:1 do not answer"), "{said}");
}

fn words(dataset: &str, data: &Path) -> [String; 5] {
    let data = data.to_str().expect("temporary folders have plain names");
    ["replay", dataset, "--json", "--data", data].map(str::to_owned)
}

/// What became of a replay, without how long it took.
fn outcome(output: &std::process::Output) -> Value {
    assert!(output.status.success(), "{}", binary::said(output));
    let mut outcome: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    let members = outcome.as_object_mut().expect("an object");
    members.retain(|name, _| !name.starts_with("seconds") && name != "events_per_second");
    outcome
}

/// The rows, without the clock, which names the start of the process that told the time.
fn rows(loaded: &Loaded) -> Vec<&Row> {
    loaded.rows.iter().flatten().filter(|row| !matches!(row, Row::Clock(_))).collect()
}

fn load(data: &Path) -> Loaded {
    let store = Store::open(StoreOptions::at(data.join("state"))).expect("nobody else has it");
    store.load().expect("the state of a replay")
}
