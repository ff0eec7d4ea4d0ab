//! What was there is there again, whatever was appended, however often it is opened.

use std::collections::BTreeMap;

use bytes::Bytes;
use events::{ChainHash, Position};
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof, proptest};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{images, open, options, temporary};
use crate::contract::read;
use crate::embedded::{EmbeddedLog, EmbeddedOptions};
use crate::{Log, Topic};

#[derive(Debug, Clone)]
enum Step {
    Append { topic: Topic, partition: u16, length: usize, count: usize },
    Reopen { segment_bytes: u64, cache_bytes_max: usize },
}

fn step() -> impl Strategy<Value = Step> {
    let topic = prop_oneof![Just(Topic::Commands), Just(Topic::DeadLetters)];
    let length = prop_oneof![0..600_usize, 60_000..=65_536_usize];
    let append =
        (topic, 0..3_u16, length, 1..12_usize).prop_map(|(topic, partition, length, count)| {
            Step::Append { topic, partition, length, count }
        });
    let sizes = (0..3_u64, any::<bool>());
    let reopen = sizes.prop_map(|(larger, cached)| Step::Reopen {
        segment_bytes: (256 << larger) * 1024,
        cache_bytes_max: if cached { 1 << 20 } else { 0 },
    });
    prop_oneof![4 => append, 1 => reopen]
}

type Rows = BTreeMap<(Topic, u16), Vec<Bytes>>;

fn check(log: &dyn Log, rows: &Rows) {
    for topic in Topic::ALL {
        let count = rows.iter().filter(|((of, _), _)| of == topic).map(|(_, row)| row.len()).sum();
        let mut reader = log.reader(*topic, &Position::default()).expect("readable");
        let mut chains: BTreeMap<u16, ChainHash> = BTreeMap::new();
        for record in read(&mut *reader, count) {
            let row = &rows[&(*topic, record.partition)];
            assert_eq!(record.bytes, row[record.offset as usize]);
            let chain = chains.entry(record.partition).or_default();
            *chain = chain.then(&record.bytes);
            assert_eq!(record.chain, *chain);
        }
        for (partition, chain) in chains {
            let end = log.end(*topic).expect("the end").next_offset(partition);
            assert_eq!(log.chain_at(*topic, partition, end).expect("known"), chain);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_appends_and_restarts_keep_everything(
        steps in proptest::collection::vec(step(), 1..25),
    ) {
        let dir = temporary();
        let mut log = open(dir.path(), 3);
        let mut rows = Rows::new();
        for (number, step) in steps.into_iter().enumerate() {
            match step {
                Step::Append { topic, partition, length, count } => {
                    let bytes = Bytes::from(vec![number as u8; length]);
                    for _ in 0..count {
                        log.append(topic, partition, bytes.clone()).expect("taken");
                        rows.entry((topic, partition)).or_default().push(bytes.clone());
                    }
                }
                Step::Reopen { segment_bytes, cache_bytes_max } => {
                    drop(log);
                    let options = options(dir.path(), 3);
                    let options = EmbeddedOptions { segment_bytes, cache_bytes_max, ..options };
                    log = EmbeddedLog::open(options).expect("the log opens");
                    check(&log, &rows);
                }
            }
        }
        check(&log, &rows);
    }
}

#[test]
fn reading_begins_anywhere_in_a_log_of_many_segments() {
    let dir = temporary();
    let uncached = EmbeddedOptions { cache_bytes_max: 0, ..options(dir.path(), 4) };
    let log = EmbeddedLog::open(uncached.clone()).expect("the log opens");
    let mut dice = ChaCha8Rng::seed_from_u64(7);
    for number in 0..2_000_u32 {
        let bytes = vec![number as u8; dice.random_range(0..3_000)];
        let partition = dice.random_range(0..4);
        log.append(Topic::Commands, partition, bytes.into()).expect("the log takes it");
    }
    drop(log);
    let log = EmbeddedLog::open(uncached).expect("the log opens");
    assert!(images::take(dir.path()).len() > 12, "the log has many segments");
    let records = images::contents(&log);
    assert_eq!(records.len(), 2_000);
    for _ in 0..60 {
        let record = &records[dice.random_range(0..records.len())];
        let chain = log.chain_at(Topic::Commands, record.partition, record.offset + 1);
        assert_eq!(chain.expect("known"), record.chain);
        let mut from = log.end(Topic::Commands).expect("the end");
        from.set(record.partition, record.offset);
        let mut reader = log.reader(Topic::Commands, &from).expect("within the log");
        assert_eq!(read(&mut *reader, 1), std::slice::from_ref(record));
    }
}

#[test]
fn a_closed_log_is_opened_with_nothing_cut() {
    let dir = temporary();
    let records = images::fill(&open(dir.path(), 4), 50, 100);
    for _ in 0..3 {
        let log = open(dir.path(), 4);
        let recovery = log.recovery();
        assert_eq!((recovery.groups, recovery.records), (50, 50));
        assert_eq!((&recovery.torn, recovery.witness_slots_unreadable), (&None, 0));
        assert_eq!(images::contents(&log), records);
    }
}

#[test]
fn what_waits_when_the_log_is_closed_is_written() {
    let dir = temporary();
    let log = open(dir.path(), 1);
    for number in 0..5_000_u32 {
        let bytes = Bytes::copy_from_slice(&number.to_le_bytes());
        log.append(Topic::Commands, 0, bytes).expect("the log takes it");
    }
    drop(log);
    assert_eq!(
        open(dir.path(), 1).end(Topic::Commands).expect("the end"),
        Position::after(0, 4_999)
    );
}
