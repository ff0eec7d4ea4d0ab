//! Whole directories: a log and a state on disk, and what an audit of the two says.

use super::*;

use std::path::Path;

use dataflows::Changes;
use events::Link;
use ingest::{EmbeddedLog, EmbeddedOptions, Log, MemoryLog, Topic};
use storage::{Store, StoreOptions};

use crate::config::Config;
use crate::verify::{VerifyError, audit, audit_log};

/// Writes the records to a log in the directory.
fn write_log(dir: &Path, records: &[Bytes]) {
    let log = open_log(dir);
    for bytes in records {
        log.append(Topic::Commands, 0, bytes.clone()).unwrap();
    }
    log.close();
}

fn open_log(dir: &Path) -> EmbeddedLog {
    EmbeddedLog::open(EmbeddedOptions::new(dir.join("log"), 1)).unwrap()
}

/// Writes what a sound system stores of a history to a state in the directory.
fn write_state(dir: &Path, history: &mut History) {
    let stored = history.stored();
    let store = Store::open(StoreOptions::at(dir.join("state"))).unwrap();
    store.check_against(&open_log(dir)).unwrap();
    let clocks = stored.clocks.into_iter().map(|(_, clock)| Row::Clock(clock));
    let changes = Changes {
        up_to: stored.position,
        chains: stored
            .chains
            .into_iter()
            .map(|(of, after)| (of, Link { after, ..Link::default() }))
            .collect(),
        digests: vec![(0, history.digest)],
        ledger: stored.rows.into_iter().chain(clocks).map(RowChange::Put).collect(),
        availability: stored.availability.into_iter().map(|(key, row)| (key, Some(row))).collect(),
        ..Changes::default()
    };
    store.write(&changes, Stamp(0)).unwrap();
}

/// A history with a sale in it.
fn a_sale() -> History {
    let mut history = History::of_one_room();
    let first = held(&history.hold(0..2));
    booked(&history.confirm(first));
    held(&history.hold(4..6));
    history
}

#[test]
fn a_state_that_trails_its_log_passes() {
    let dir = tempfile::tempdir().unwrap();
    let mut history = a_sale();
    write_log(dir.path(), &history.records);
    write_state(dir.path(), &mut history);
    let before = history.records.len();
    history.pass(1);
    history.pass(60_000);
    history.hold(4..6);
    write_log(dir.path(), &history.records[before..]);
    let report = audit(dir.path(), &Config::default()).unwrap();
    assert!(report.all_holds(), "{report}");
    assert_eq!(report.count_of("records read"), history.records.len() as u64);
    assert_eq!(report.count_of("records beyond the stored position"), 3);
    assert_eq!(report.count_of("bookings"), 1);
    assert_eq!(report.count_of("view"), 4);
}

#[test]
fn a_log_without_a_state_passes() {
    let dir = tempfile::tempdir().unwrap();
    write_log(dir.path(), &a_sale().records);
    let report = audit(dir.path(), &Config::default()).unwrap();
    assert!(report.all_holds(), "{report}");
    assert_eq!(report.count_of("records beyond the stored position"), report.count_of("chain"));
    assert!(!dir.path().join("state").exists());
}

#[test]
fn a_log_that_was_cut_does_not() {
    let dir = tempfile::tempdir().unwrap();
    let mut history = a_sale();
    write_log(dir.path(), &history.records);
    write_state(dir.path(), &mut history);
    std::fs::remove_dir_all(dir.path().join("log")).unwrap();
    write_log(dir.path(), &history.records[..5]);
    let violation = audit(dir.path(), &Config::default()).unwrap().violation.unwrap();
    assert_eq!((violation.check, violation.offset), ("position", 5));
}

#[test]
fn a_log_with_another_past_does_not() {
    let dir = tempfile::tempdir().unwrap();
    let mut history = a_sale();
    write_log(dir.path(), &history.records);
    write_state(dir.path(), &mut history);
    std::fs::remove_dir_all(dir.path().join("log")).unwrap();
    history.records.swap(3, 4);
    write_log(dir.path(), &history.records);
    let violation = audit(dir.path(), &Config::default()).unwrap().violation.unwrap();
    assert_eq!((violation.check, violation.offset), ("stored_chain", history.last()));
}

#[test]
fn nothing_is_no_log() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(audit(dir.path(), &Config::default()), Err(VerifyError::NoLog { .. })));
    assert!(!dir.path().join("log").exists());
}

/// A hotel whose slot lies on the partition, of two.
fn hotel_on(partition: u16) -> String {
    let mut names = (0..).map(|number| format!("hotel-{number}"));
    let lies_there =
        |name: &String| Slot::of(&name.parse::<PropertyId>().unwrap()).partition(2) == partition;
    names.find(lies_there).unwrap()
}

/// Two partitions, each with a hotel, a room that is asked for twice, and a clock of its own.
fn two_partitions() -> (MemoryLog, StoredState) {
    let log = MemoryLog::new(2);
    let mut both = StoredState { partitions: 2, ..StoredState::default() };
    for partition in 0..2_u16 {
        let hotel = hotel_on(partition);
        let mut history = History::new();
        history.start();
        history.define(&hotel, &["double"]);
        history.supply(&hotel, "double", 0..10, supply(1, 0, 0));
        for _ in 0..2 {
            let lines = [line("double", 0..3, 1)].into_iter().collect();
            let property = hotel.parse().unwrap();
            history.say(Command::PlaceHold(PlaceHold::direct(property, 60_000, lines)));
        }
        history.pass(1_000 + u64::from(partition));
        for bytes in &history.records {
            log.append(Topic::Commands, partition, bytes.clone()).unwrap();
        }
        let stored = history.stored();
        both.position.set(partition, history.records.len() as u64);
        both.chains.push((partition, stored.chains[0].1));
        both.digests.push((partition, stored.digests[0].1));
        let clock = stored.clocks[0].1.clone();
        both.clocks.push((partition, ClockRow { partition, ..clock }));
        both.rows.extend(stored.rows);
        both.availability.extend(stored.availability);
    }
    (log, both)
}

#[test]
fn partitions_are_audited_each_with_its_own_clock() {
    let (log, stored) = two_partitions();
    let report = audit_log(&log, &stored).unwrap();
    assert!(report.all_holds(), "{report}");
    assert_eq!(report.count_of("clock"), 2);
    assert_eq!(report.count_of("no_undersell"), 6);
}

#[test]
fn a_violation_names_its_partition() {
    let (log, mut stored) = two_partitions();
    let row = stored.availability.last_mut().unwrap();
    row.1.rooms += 1;
    let violation = audit_log(&log, &stored).unwrap().violation.unwrap();
    assert_eq!((violation.check, violation.partition), ("view_adds_up", 1));
}

#[test]
fn a_command_on_a_partition_that_is_not_its_own() {
    let log = MemoryLog::new(2);
    let mut history = History::new();
    history.define(&hotel_on(1), &["double"]);
    for bytes in &history.records {
        log.append(Topic::Commands, 0, bytes.clone()).unwrap();
    }
    let nothing = StoredState { partitions: 2, ..StoredState::default() };
    let violation = audit_log(&log, &nothing).unwrap().violation.unwrap();
    assert_eq!((violation.check, violation.partition, violation.offset), ("routed", 0, 0));
}

#[test]
fn a_state_of_another_number_of_partitions() {
    let (log, mut stored) = two_partitions();
    stored.partitions = 3;
    let violation = audit_log(&log, &stored).unwrap().violation.unwrap();
    assert_eq!(violation.check, "position");
    assert!(violation.subject.contains("number of partitions"));
}
