//! Power cuts: what was read is there afterwards; what was not is there or not, in order.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use events::Position;

use super::disks::PowerDisk;
use super::{images, open, options, temporary};
use crate::embedded::{EmbeddedLog, EmbeddedOptions};
use crate::{AppendError, Log, LogError, Topic};

/// How many power cuts are tried.
const CASES: u64 = 80;

/// Appends to a log until its power is cut; says how many records were appended and how many of
/// them were read.
fn run_until_the_cut(options: EmbeddedOptions) -> (u64, u64) {
    let Ok(log) = EmbeddedLog::open(options) else { return (0, 0) };
    let from = log.end(Topic::Commands).expect("the end");
    let mut reader = log.reader(Topic::Commands, &from).expect("the end");
    let (mut appended, mut read) = (0, 0);
    let first = from.next_offset(0);
    loop {
        // A few at a time, of different lengths, so that groups and their sectors differ.
        for _ in 0..1 + appended % 5 {
            match log.append(Topic::Commands, 0, bytes(first + appended)) {
                Ok(()) => appended += 1,
                Err(AppendError::Closed) => {}
                Err(error) => panic!("{error}"),
            }
        }
        match reader.next(100, Duration::from_secs(30)) {
            Ok(records) => read += records.len() as u64,
            Err(LogError::Closed) => return (appended, read),
            Err(error) => panic!("{error}"),
        }
    }
}

fn bytes(number: u64) -> Bytes {
    let mut bytes = number.to_le_bytes().to_vec();
    bytes.resize(8 + (number * 97 % 1_500) as usize, number as u8);
    bytes.into()
}

#[test]
fn a_power_cut_at_any_sync_loses_nothing_that_was_read() {
    let mut torn = 0;
    for seed in 0..CASES {
        let dir = temporary();
        let mut acknowledged = 0;
        // The later cuts fall into the opening of a log that has lost power before.
        for (round, syncs) in [3 + seed as usize, 1 + seed as usize % 4, 9].iter().enumerate() {
            let disk = Arc::new(PowerDisk::new(*syncs, seed * 10 + round as u64));
            let options = EmbeddedOptions {
                disk,
                witness_after: Duration::from_millis(seed % 3),
                on_fatal: Arc::new(|_| ()),
                ..options(dir.path(), 1)
            };
            let before = open(dir.path(), 1);
            torn += u64::from(before.recovery().torn.is_some());
            let there = before.end(Topic::Commands).expect("the end").next_offset(0);
            assert!(there >= acknowledged, "seed {seed}: {there} of {acknowledged} are there");
            drop(before);
            let (_, read) = run_until_the_cut(options);
            acknowledged = there + read;
        }
        let log = open(dir.path(), 1);
        let records = images::contents(&log);
        assert!(records.len() as u64 >= acknowledged, "seed {seed}: acknowledged and lost");
        for (offset, record) in (0..).zip(&records) {
            assert_eq!(record.bytes, bytes(offset), "seed {seed}: what is there is a prefix");
        }
        assert_eq!(
            log.end(Topic::Commands).expect("the end"),
            Position::from_iter([(0, records.len() as u64)])
        );
    }
    assert!(torn > 10, "only {torn} tails were torn");
}
