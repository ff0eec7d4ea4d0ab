//! The rules of the start, row by row.

use bytes::Bytes;
use events::{Position, Stamp};
use ingest::{Log, MemoryLog, Topic};

use super::{changes, log_of, open, open_checked};
use crate::{CheckError, Checked, Error, Store};

/// A state that reflects ten records of a log of one partition.
fn state_at_ten(dir: &std::path::Path) -> Store {
    let store = open_checked(dir, 10);
    store.write(&changes(10), Stamp(1)).expect("a write");
    drop(store);
    open(dir)
}

#[test]
fn an_empty_state_belongs_to_the_first_log_that_it_meets() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path());
    let checked = store.check_against(&log_of(3, 5)).expect("an empty state");
    assert_eq!(checked, Checked { records_behind: 15 });
    drop(store);
    let error = open(dir.path()).check_against(&log_of(2, 5)).expect_err("another count");
    assert!(matches!(error, CheckError::Partitions { state: 3, log: 2, .. }), "{error}");
}

#[test]
fn a_state_at_the_end_of_its_log_goes_on() {
    let dir = tempfile::tempdir().expect("a directory");
    let checked = state_at_ten(dir.path()).check_against(&log_of(1, 10)).expect("the same log");
    assert_eq!(checked, Checked { records_behind: 0 });
}

#[test]
fn a_state_behind_the_end_of_its_log_goes_on_and_says_how_far() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = state_at_ten(dir.path());
    let checked = store.check_against(&log_of(1, 17)).expect("a longer log");
    assert_eq!(checked, Checked { records_behind: 7 });
    assert_eq!(store.load().expect("rows").position, Position::from_iter([(0, 10)]));
}

#[test]
fn a_state_ahead_of_its_log_is_refused() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = state_at_ten(dir.path());
    let error = store.check_against(&log_of(1, 9)).expect_err("a log that was cut");
    assert!(matches!(error, CheckError::Ahead { partition: 0, state: 10, log: 9, .. }), "{error}");
    let text = error.to_string();
    assert!(text.starts_with("the state is ahead of its log"), "{text}");
    assert!(text.contains("restore the log, or remove ") && text.contains("/state"), "{text}");
    // An empty log is only the shortest of those that were cut.
    let error = store.check_against(&log_of(1, 0)).expect_err("an empty log");
    assert!(matches!(error, CheckError::Ahead { state: 10, log: 0, .. }), "{error}");
}

#[test]
fn a_log_that_was_cut_and_grew_again_is_refused() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = state_at_ten(dir.path());
    let log = log_of(1, 9);
    for _ in 0..5 {
        log.append(Topic::Commands, 0, Bytes::from_static(b"another")).expect("room");
    }
    let error = store.check_against(&log).expect_err("a fork");
    assert!(matches!(error, CheckError::Forked { partition: 0, next_offset: 10, .. }), "{error}");
    let text = error.to_string();
    assert!(text.contains("belongs to another log") && text.contains("remove "), "{text}");
}

#[test]
fn a_log_of_another_number_of_partitions_is_refused() {
    let dir = tempfile::tempdir().expect("a directory");
    let error = state_at_ten(dir.path()).check_against(&log_of(4, 10)).expect_err("four");
    assert!(matches!(error, CheckError::Partitions { state: 1, log: 4, .. }), "{error}");
    assert!(error.to_string().contains("made from a log of 1 partitions, and this log has 4"));
}

#[test]
fn what_is_refused_is_left_as_it_is_and_takes_no_writes() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = state_at_ten(dir.path());
    let before = store.load().expect("rows");
    for log in [log_of(1, 9), log_of(2, 10), MemoryLog::new(1)] {
        store.check_against(&log).expect_err("a log of another state");
        let error = store.write(&changes(11), Stamp(2)).expect_err("an unchecked state");
        assert!(matches!(error, Error::Invalid { .. }), "{error}");
    }
    assert_eq!(store.load().expect("rows"), before);
    store.check_against(&log_of(1, 11)).expect("its own log");
    store.write(&changes(11), Stamp(2)).expect("a write");
}

#[test]
fn a_state_that_never_met_a_log_says_so() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path());
    assert!(matches!(store.load(), Err(Error::Invalid { .. })));
    assert!(matches!(store.write(&changes(1), Stamp(1)), Err(Error::Invalid { .. })));
    let snapshot = store.snapshot().expect("an empty snapshot");
    assert_eq!((snapshot.position(), snapshot.stamp()), (Position::default(), Stamp(0)));
}

#[test]
fn two_processes_do_not_share_a_state() {
    let dir = tempfile::tempdir().expect("a directory");
    let _first = open(dir.path());
    let error = Store::open(crate::StoreOptions::at(dir.path().join("state"))).err();
    let Some(Error::Unavailable { doing: "opening", .. }) = error else { panic!("{error:?}") };
}
