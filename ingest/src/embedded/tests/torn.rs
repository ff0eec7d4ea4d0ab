//! A torn tail, at every byte: what was acknowledged before it stays, and the log goes on.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::disks::GatedDisk;
use super::images::{self, Image};
use super::{open, options, temporary};
use crate::contract::read;
use crate::embedded::{EmbeddedLog, EmbeddedOptions, OpenError};
use crate::{Log, Record, Topic};

/// An image whose last group has three records and is not witnessed, and the records before it.
fn image_with_a_long_last_group() -> (Image, Vec<Record>) {
    let dir = temporary();
    let gate = Arc::new(GatedDisk::default());
    let disk = Arc::clone(&gate);
    let witness_after = Duration::from_secs(3600);
    let options = EmbeddedOptions { disk, witness_after, ..options(dir.path(), 4) };
    let log = EmbeddedLog::open(options).expect("the log opens");
    let mut records = images::fill(&log, 10, 30);
    // While the first sync is held back the others gather, and make up one group.
    gate.shut();
    log.append(Topic::Commands, 0, Bytes::from_static(b"alone")).expect("taken");
    gate.wait_for_sync();
    for bytes in ["one", "two", "three"] {
        log.append(Topic::Commands, 1, bytes.into()).expect("the log takes it");
    }
    let mut reader =
        log.reader(Topic::Commands, &log.end(Topic::Commands).expect("the end")).expect("the end");
    gate.open();
    records.extend(read(&mut *reader, 4));
    let image = images::take(dir.path());
    assert_eq!(images::groups(&image).last().map(|group| group.records), Some(3));
    records.truncate(11);
    (image, records)
}

#[test]
fn a_group_cut_short_at_any_byte_is_cut_and_the_log_goes_on() {
    let (image, before) = image_with_a_long_last_group();
    let last = images::groups(&image).pop().expect("there are groups");
    for cut in last.bytes.clone() {
        let mut torn = image.clone();
        let bytes = torn.get_mut(&last.file).expect("it is there");
        bytes[cut..].fill(0);
        let is_anything_left = bytes[last.bytes.start..].iter().any(|byte| *byte != 0);
        let dir = images::put(&torn);
        let log = open(dir.path(), 4);
        assert_eq!(images::contents(&log), before, "cut at byte {cut}");
        let found = log.recovery().torn.clone();
        assert_eq!(found.is_some(), is_anything_left, "cut at byte {cut}");
        if let Some(found) = found {
            assert_eq!(found.at, last.bytes.start as u64);
            // What was torn may end in zeros of its own, which nobody can tell from the rest.
            let bytes = found.bytes as usize;
            assert!(bytes <= cut - last.bytes.start, "cut at byte {cut}: {bytes} bytes");
            assert!(found.file.ends_with(&last.file));
        }
        log.append(Topic::Commands, 3, Bytes::from_static(b"after")).expect("taken");
        drop(log);
        let log = open(dir.path(), 4);
        let all = images::contents(&log);
        assert_eq!(all[..before.len()], before);
        assert_eq!(all[before.len()].bytes, Bytes::from_static(b"after"));
        assert_eq!(log.recovery().torn, None);
    }
}

#[test]
fn a_group_of_which_any_piece_is_missing_is_cut() {
    let (image, before) = image_with_a_long_last_group();
    let last = images::groups(&image).pop().expect("there are groups");
    // Not only the end: sectors reach a disk in any order.
    for piece in last.bytes.clone().step_by(5) {
        let mut torn = image.clone();
        let end = last.bytes.end.min(piece + 40);
        torn.get_mut(&last.file).expect("it is there")[piece..end].fill(0);
        let dir = images::put(&torn);
        let log = open(dir.path(), 4);
        assert_eq!(images::contents(&log), before, "from byte {piece}");
    }
}

#[test]
fn a_group_that_the_witness_knows_is_never_cut() {
    let images = images::Images::new(0, 12, 40);
    let last = images::groups(&images.closed).pop().expect("there are groups");
    for byte in last.bytes.clone() {
        let mut damaged = images.closed.clone();
        damaged.get_mut(&last.file).expect("it is there")[byte] ^= 0x40;
        let dir = images::put(&damaged);
        let error = EmbeddedLog::open(options(dir.path(), 4)).err().expect("it is damaged");
        let OpenError::Damaged { file, at, .. } = &error else { panic!("{error}") };
        assert!(file.ends_with(&last.file), "{error}");
        assert!(last.bytes.contains(&(*at as usize)), "{error}");
        assert_eq!(images::take(dir.path()), damaged, "a refused log is left as it was");
    }
}

#[test]
fn a_witnessed_end_that_is_gone_is_reported_with_what_was_lost() {
    let images = images::Images::new(0, 12, 40);
    let groups = images::groups(&images.closed);
    let mut damaged = images.closed.clone();
    let from = groups[9].bytes.start;
    damaged.get_mut(&groups[9].file).expect("it is there")[from..].fill(0);
    let dir = images::put(&damaged);
    let error = EmbeddedLog::open(options(dir.path(), 4)).err().expect("it is damaged");
    let text = error.to_string();
    let OpenError::Lost { at, group: 9, witnessed: 12, .. } = error else { panic!("{text}") };
    assert_eq!(at, from as u64);
    assert!(text.contains("3 groups are lost"), "{text}");
}

#[test]
fn a_group_that_is_whole_stays_though_nobody_was_told_of_it() {
    let images = images::Images::new(3, 12, 40);
    let dir = images::put(&images.killed);
    let log = open(dir.path(), 4);
    assert_eq!(images::contents(&log), images.records);
    assert_eq!(log.recovery().torn, None);
}

#[test]
fn what_no_witness_has_seen_is_written_and_synced_again() {
    let images = images::Images::new(3, 12, 40);
    let groups = images::groups(&images.killed);
    let dir = images::put(&images.killed);
    let disk = Arc::new(super::disks::FailingDisk::new(None, None));
    let options = EmbeddedOptions { disk: Arc::clone(&disk) as _, ..options(dir.path(), 4) };
    let log = EmbeddedLog::open(options).expect("the log opens");
    let written = disk.written();
    let all = groups[3].bytes.start as u64..groups[11].bytes.end as u64;
    assert!(written.iter().eq([&all]), "{written:?}");
    assert_eq!(disk.counts().syncs, 1);
    assert_eq!(images::contents(&log), images.records);
}
