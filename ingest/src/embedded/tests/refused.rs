//! Logs that are not opened: in use, asked for wrongly, or not whole.

use std::path::Path;

use super::images;
use super::{open, options, temporary};
use crate::embedded::{EmbeddedLog, EmbeddedOptions, OpenError};

fn refused(options: EmbeddedOptions) -> OpenError {
    EmbeddedLog::open(options).err().expect("it is refused")
}

fn used_log(dir: &Path) {
    images::fill(&open(dir, 4), 8, 40);
}

#[test]
fn a_log_is_opened_once_at_a_time() {
    let dir = temporary();
    let first = open(dir.path(), 4);
    let error = refused(options(dir.path(), 4));
    assert!(matches!(error, OpenError::InUse { .. }), "{error}");
    drop(first);
    open(dir.path(), 4);
}

#[test]
fn another_number_of_partitions_is_refused_with_the_right_one() {
    let dir = temporary();
    used_log(dir.path());
    let error = refused(options(dir.path(), 8));
    assert!(matches!(error, OpenError::PartitionCount { asked: 8, made_with: 4, .. }), "{error}");
    assert!(error.to_string().contains("set the partition count to 4"), "{error}");
}

#[test]
fn options_that_make_no_sense_are_refused_before_anything_is_made() {
    let dir = temporary();
    let path = dir.path().join("log");
    let small = EmbeddedOptions { segment_bytes: 1000, ..options(&path, 4) };
    for wrong in [options(&path, 0), options(&path, 4097), small] {
        assert!(matches!(refused(wrong), OpenError::Options(_)));
        assert!(!path.exists());
    }
}

#[test]
fn a_missing_meta_is_not_taken_for_a_new_log() {
    let dir = temporary();
    used_log(dir.path());
    std::fs::remove_file(dir.path().join("meta")).expect("it is there");
    let before = images::take(dir.path());
    let error = refused(options(dir.path(), 4));
    assert!(error.to_string().contains("/meta is missing"), "{error}");
    assert_eq!(images::take(dir.path()), before);
}

#[test]
fn a_log_that_was_only_begun_is_begun_again() {
    let dir = temporary();
    drop(open(dir.path(), 4));
    std::fs::remove_file(dir.path().join("meta")).expect("it is there");
    std::fs::write(dir.path().join("segment.new"), b"half").expect("it can be written");
    // With another partition count: nothing was promised yet.
    images::fill(&open(dir.path(), 7), 8, 40);
    assert_eq!(images::contents(&open(dir.path(), 7)).len(), 8);
}

#[test]
fn a_segment_missing_anywhere_is_named() {
    let dir = temporary();
    images::fill(&open(dir.path(), 4), 60, 20_000);
    let whole = images::take(dir.path());
    let used = images::groups(&whole).last().expect("there are groups").file.clone();
    let segments = whole.keys().filter(|name| name.ends_with(".log") && **name <= used);
    assert!(segments.clone().count() > 3);
    for name in segments {
        let mut image = whole.clone();
        image.remove(name);
        let dir = images::put(&image);
        let error = refused(options(dir.path(), 4));
        assert!(matches!(error, OpenError::Missing { .. }), "{error}");
        assert!(error.to_string().contains(name), "{error}");
    }
}
