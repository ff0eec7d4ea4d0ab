//! What every log promises, as tests. An implementation is one when it passes [`check`].
//!
//! A new log gives a [`Subject`] and calls [`check`] from a test; nothing else is asked of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use events::{ChainHash, Position};

use crate::{
    AppendError, Bookmark, DeadLetter, Log, LogError, Reader, Record, Topic, dead_letters,
};

/// How long a record may take from append to reader before a promise counts as broken.
const PATIENCE: Duration = Duration::from_secs(30);

/// The log under test.
pub trait Subject {
    /// A new, empty log with that many partitions.
    fn create(&mut self, partitions: u16) -> Arc<dyn Log>;

    /// Closes the log made last, and opens it again; `None` when it keeps nothing.
    fn reopen(&mut self, log: Arc<dyn Log>) -> Option<Arc<dyn Log>>;
}

/// One promise: its name and the test of it.
type Promise = (&'static str, fn(&mut dyn Subject, u16));

/// Everything that is promised, each about an empty log with a number of partitions.
pub const PROMISES: &[Promise] = &[
    ("an empty log ends where it begins", an_empty_log_ends_where_it_begins),
    ("records come back in order", records_come_back_in_order),
    ("the chain runs over each partition", the_chain_runs_over_each_partition),
    ("topics are apart", topics_are_apart),
    ("a reader begins where it is told", a_reader_begins_where_it_is_told),
    ("a reader takes no more than it is asked to", a_reader_takes_no_more_than_asked),
    ("a reader waits and is woken", a_reader_waits_and_is_woken),
    ("two readers read the same", two_readers_read_the_same),
    ("a position past the end is refused", a_position_past_the_end_is_refused),
    ("a partition that is not there is refused", a_missing_partition_is_refused),
    ("a record too long is refused and leaves no trace", a_record_too_long_is_refused),
    ("empty and longest records come back", empty_and_longest_records_come_back),
    ("threads keep their order", threads_keep_their_order),
    ("dead letters are listed", dead_letters_are_listed),
    ("what was read is there after a restart", what_was_read_is_there_after_a_restart),
    ("a reader goes on from a bookmark", a_reader_goes_on_from_a_bookmark),
    ("a bookmark of another log is refused", a_bookmark_of_another_log_is_refused),
    ("a bookmark holds across a restart", a_bookmark_holds_across_a_restart),
];

/// Checks every promise, each on a new log.
pub fn check(subject: &mut dyn Subject, partitions: u16) {
    for (name, promise) in PROMISES {
        // The line stands in the output of a test that fails, and says which promise it was.
        println!("promise, with {partitions} partitions: {name}");
        promise(subject, partitions);
    }
}

/// Reads until as many records as asked have come.
pub fn read(reader: &mut dyn Reader, count: usize) -> Vec<Record> {
    let until = Instant::now() + PATIENCE;
    let mut records = Vec::new();
    while records.len() < count {
        assert!(Instant::now() < until, "{} of {count} records came", records.len());
        let missing = count - records.len();
        records.extend(reader.next(missing, Duration::from_millis(500)).expect("readable"));
    }
    records
}

/// Everything in a topic, from its beginning to its durable end.
pub fn read_all(log: &dyn Log, topic: Topic) -> Vec<Record> {
    let count =
        log.end(topic).expect("the end").iter().map(|(_, next_offset)| next_offset as usize).sum();
    read(&mut *reader(log, topic), count)
}

fn reader(log: &dyn Log, topic: Topic) -> Box<dyn Reader> {
    log.reader(topic, &Position::default()).expect("the beginning can be read")
}

fn bytes(number: u64) -> Bytes {
    Bytes::from(format!("record {number}"))
}

fn append(log: &dyn Log, topic: Topic, partition: u16, bytes: &Bytes) {
    log.append(topic, partition, bytes.clone()).expect("the log takes it");
}

/// Appends `count` records over all partitions and gives back what each partition now holds.
fn fill(log: &dyn Log, topic: Topic, count: u64) -> BTreeMap<u16, Vec<Bytes>> {
    let mut expected: BTreeMap<u16, Vec<Bytes>> = BTreeMap::new();
    for number in 0..count {
        let partition = (number * number % u64::from(log.partitions())) as u16;
        append(log, topic, partition, &bytes(number));
        expected.entry(partition).or_default().push(bytes(number));
    }
    expected
}

/// Sorts records by partition, asserting offsets without gaps and a chain without breaks.
fn by_partition(records: &[Record]) -> BTreeMap<u16, Vec<Bytes>> {
    let mut rows: BTreeMap<u16, Vec<Bytes>> = BTreeMap::new();
    let mut chains: BTreeMap<u16, ChainHash> = BTreeMap::new();
    for record in records {
        let row = rows.entry(record.partition).or_default();
        assert_eq!(record.offset, row.len() as u64, "offsets are dense");
        let chain = chains.entry(record.partition).or_default();
        *chain = chain.then(&record.bytes);
        assert_eq!(record.chain, *chain, "the chain runs over the raw bytes");
        row.push(record.bytes.clone());
    }
    rows
}

fn position(records: &[Record]) -> Position {
    let mut position = Position::default();
    records.iter().for_each(|record| position.set(record.partition, record.offset + 1));
    position
}

fn an_empty_log_ends_where_it_begins(subject: &mut dyn Subject, partitions: u16) {
    let log = subject.create(partitions);
    assert_eq!(log.partitions(), partitions);
    for topic in Topic::ALL {
        assert_eq!(log.end(*topic).expect("the end"), Position::default());
        let none = reader(&*log, *topic).next(10, Duration::ZERO).expect("readable");
        assert_eq!(none, []);
        let last = partitions - 1;
        assert_eq!(log.chain_at(*topic, last, 0).expect("known"), ChainHash::default());
    }
}

fn records_come_back_in_order(subject: &mut dyn Subject, partitions: u16) {
    let log = subject.create(partitions);
    let mut reader = reader(&*log, Topic::Commands);
    let expected = fill(&*log, Topic::Commands, 500);
    let records = read(&mut *reader, 500);
    assert_eq!(by_partition(&records), expected);
    assert_eq!(log.end(Topic::Commands).expect("the end"), position(&records));
    assert_eq!(reader.next(10, Duration::ZERO).expect("readable"), []);
}

fn the_chain_runs_over_each_partition(subject: &mut dyn Subject, partitions: u16) {
    let log = subject.create(partitions);
    fill(&*log, Topic::Commands, 60);
    for record in read(&mut *reader(&*log, Topic::Commands), 60) {
        let chain = log.chain_at(Topic::Commands, record.partition, record.offset + 1);
        assert_eq!(chain.expect("known"), record.chain);
    }
}

fn topics_are_apart(subject: &mut dyn Subject, partitions: u16) {
    let log = subject.create(partitions);
    let commands = fill(&*log, Topic::Commands, 20);
    let letters = fill(&*log, Topic::DeadLetters, 7);
    assert_eq!(by_partition(&read(&mut *reader(&*log, Topic::Commands), 20)), commands);
    assert_eq!(by_partition(&read(&mut *reader(&*log, Topic::DeadLetters), 7)), letters);
}

fn a_reader_begins_where_it_is_told(subject: &mut dyn Subject, partitions: u16) {
    let log = subject.create(partitions);
    fill(&*log, Topic::Commands, 80);
    let records = read(&mut *reader(&*log, Topic::Commands), 80);
    for cut in [0, 1, 33, 79, 80] {
        let from = position(&records[..cut]);
        let mut rest = log.reader(Topic::Commands, &from).expect("within the log");
        let again = read(&mut *rest, 80 - cut);
        assert_eq!(rest.next(1, Duration::ZERO).expect("readable"), []);
        let after = |record: &&Record| record.offset >= from.next_offset(record.partition);
        let sorted = |records: Vec<Record>| {
            let mut records = records;
            records.sort_by_key(|record| (record.partition, record.offset));
            records
        };
        let expected = records.iter().filter(after).cloned().collect();
        assert_eq!(sorted(again), sorted(expected));
    }
}

fn a_reader_takes_no_more_than_asked(subject: &mut dyn Subject, partitions: u16) {
    let log = subject.create(partitions);
    let expected = fill(&*log, Topic::Commands, 30);
    let mut whole = reader(&*log, Topic::Commands);
    read(&mut *whole, 30);
    let mut reader = reader(&*log, Topic::Commands);
    assert_eq!(reader.next(0, Duration::ZERO).expect("readable"), []);
    let mut records = Vec::new();
    while records.len() < 30 {
        let some = reader.next(7, PATIENCE).expect("readable");
        assert!((1..=7).contains(&some.len()), "{} records came", some.len());
        records.extend(some);
    }
    assert_eq!(by_partition(&records), expected);
}

fn a_reader_waits_and_is_woken(subject: &mut dyn Subject, partitions: u16) {
    let log = subject.create(partitions);
    let mut reader = reader(&*log, Topic::Commands);
    let began = Instant::now();
    let none = reader.next(1, Duration::from_millis(30)).expect("readable");
    assert_eq!(none, []);
    assert!(began.elapsed() >= Duration::from_millis(30), "it came back before its time");
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| reader.next(1, PATIENCE).expect("readable"));
        append(&*log, Topic::Commands, 0, &bytes(1));
        let woken = waiting.join().expect("the reader lives");
        assert_eq!(woken.len(), 1);
        assert_eq!(woken[0].bytes, bytes(1));
    });
    assert!(began.elapsed() < PATIENCE, "it slept through the append");
}

fn two_readers_read_the_same(subject: &mut dyn Subject, partitions: u16) {
    let log = subject.create(partitions);
    let mut early = reader(&*log, Topic::Commands);
    fill(&*log, Topic::Commands, 100);
    let first = read(&mut *early, 100);
    let second = read(&mut *reader(&*log, Topic::Commands), 100);
    assert_eq!(by_partition(&first), by_partition(&second));
}

fn a_position_past_the_end_is_refused(subject: &mut dyn Subject, partitions: u16) {
    let log = subject.create(partitions);
    append(&*log, Topic::Commands, 0, &bytes(1));
    read(&mut *reader(&*log, Topic::Commands), 1);
    let error = log.reader(Topic::Commands, &Position::after(0, 1)).err();
    assert!(
        matches!(error, Some(LogError::PastTheEnd { partition: 0, asked: 2, end: 1, .. })),
        "{error:?}"
    );
    let error = log.chain_at(Topic::Commands, 0, 2).err();
    assert!(matches!(error, Some(LogError::PastTheEnd { asked: 2, end: 1, .. })), "{error:?}");
}

fn a_missing_partition_is_refused(subject: &mut dyn Subject, partitions: u16) {
    let log = subject.create(partitions);
    let appended = log.append(Topic::Commands, partitions, bytes(1));
    let expected = AppendError::NoSuchPartition { partition: partitions, partitions };
    assert_eq!(appended, Err(expected));
    let error = log.reader(Topic::Commands, &Position::after(partitions, 0)).err();
    assert!(matches!(error, Some(LogError::NoSuchPartition { .. })), "{error:?}");
    let error = log.chain_at(Topic::Commands, partitions, 0).err();
    assert!(matches!(error, Some(LogError::NoSuchPartition { .. })), "{error:?}");
}

fn a_record_too_long_is_refused(subject: &mut dyn Subject, partitions: u16) {
    let log = subject.create(partitions);
    for topic in Topic::ALL {
        let long = Bytes::from(vec![1; topic.record_bytes_max() + 1]);
        let refused = log.append(*topic, 0, long);
        assert!(matches!(refused, Err(AppendError::TooLong { .. })), "{refused:?}");
        append(&*log, *topic, 0, &bytes(2));
        let records = read(&mut *reader(&*log, *topic), 1);
        assert_eq!(records[0].bytes, bytes(2));
        assert_eq!(records[0].offset, 0);
    }
}

fn empty_and_longest_records_come_back(subject: &mut dyn Subject, partitions: u16) {
    let log = subject.create(partitions);
    for topic in Topic::ALL {
        let longest: Vec<u8> = (0..topic.record_bytes_max()).map(|index| index as u8).collect();
        let all = [Bytes::new(), Bytes::from(longest), Bytes::new()];
        all.iter().for_each(|bytes| append(&*log, *topic, 0, bytes));
        let records = read(&mut *reader(&*log, *topic), 3);
        assert!(records.iter().map(|record| &record.bytes).eq(&all), "the bytes differ");
    }
}

fn threads_keep_their_order(subject: &mut dyn Subject, partitions: u16) {
    const THREADS: u64 = 16;
    const EACH: u64 = 250;
    let log = subject.create(partitions);
    let mut reader = reader(&*log, Topic::Commands);
    let log = &*log;
    let records = std::thread::scope(|scope| {
        for thread in 0..THREADS {
            scope.spawn(move || {
                for number in 0..EACH {
                    let partition = (number % u64::from(log.partitions())) as u16;
                    append(log, Topic::Commands, partition, &bytes(thread << 32 | number));
                }
            });
        }
        read(&mut *reader, (THREADS * EACH) as usize)
    });
    let rows = by_partition(&records);
    for thread in 0..THREADS {
        for partition in 0..partitions {
            let mine = (0..EACH)
                .filter(|number| number % u64::from(partitions) == u64::from(partition))
                .map(|number| bytes(thread << 32 | number));
            let row = rows.get(&partition).map(Vec::as_slice).unwrap_or_default();
            let theirs: std::collections::HashSet<_> = mine.clone().collect();
            let seen = row.iter().filter(|bytes| theirs.contains(*bytes)).cloned();
            assert!(seen.eq(mine), "thread {thread} in partition {partition}: each once, in order");
        }
    }
    assert_eq!(records.len() as u64, THREADS * EACH);
}

fn dead_letters_are_listed(subject: &mut dyn Subject, partitions: u16) {
    let log = subject.create(partitions);
    let letter = |offset| DeadLetter {
        topic: Topic::Commands,
        partition: partitions - 1,
        offset,
        reason: "unreadable".to_owned(),
        bytes: bytes(offset),
    };
    [3, 1].iter().for_each(|offset| letter(*offset).append(&*log).expect("the log takes it"));
    read(&mut *reader(&*log, Topic::DeadLetters), 2);
    assert_eq!(dead_letters::list(&*log).expect("readable"), [letter(1), letter(3)]);
}

fn what_was_read_is_there_after_a_restart(subject: &mut dyn Subject, partitions: u16) {
    let log = subject.create(partitions);
    let mut expected = fill(&*log, Topic::Commands, 120);
    let records = read(&mut *reader(&*log, Topic::Commands), 120);
    let Some(log) = subject.reopen(log) else { return };
    assert_eq!(log.end(Topic::Commands).expect("the end"), position(&records));
    for record in &records {
        let chain = log.chain_at(Topic::Commands, record.partition, record.offset + 1);
        assert_eq!(chain.expect("known"), record.chain);
    }
    assert_eq!(by_partition(&read_all(&*log, Topic::Commands)), expected);
    append(&*log, Topic::Commands, 0, &bytes(120));
    expected.entry(0).or_default().push(bytes(120));
    let all = read(&mut *reader(&*log, Topic::Commands), 121);
    assert_eq!(by_partition(&all), expected);
}

/// What somebody who has read these records keeps of them.
fn bookmark(records: &[Record]) -> Bookmark {
    let mut bookmark = Bookmark::default();
    records.iter().for_each(|record| bookmark.pass(record));
    bookmark
}

fn a_reader_goes_on_from_a_bookmark(subject: &mut dyn Subject, partitions: u16) {
    let log = subject.create(partitions);
    let expected = fill(&*log, Topic::Commands, 60);
    let records = read(&mut *reader(&*log, Topic::Commands), 60);
    for cut in [0, 1, 30, 60] {
        let (before, after) = records.split_at(cut);
        let bookmark = bookmark(before);
        assert_eq!(bookmark.position(), position(before));
        log.check(Topic::Commands, &bookmark).expect("its own log");
        let mut rest = log.resume(Topic::Commands, &bookmark).expect("its own log");
        let again = [before.to_vec(), read(&mut *rest, after.len())].concat();
        assert_eq!(by_partition(&again), expected);
        assert_eq!(rest.next(1, Duration::ZERO).expect("readable"), []);
    }
}

fn a_bookmark_of_another_log_is_refused(subject: &mut dyn Subject, partitions: u16) {
    let log = subject.create(partitions);
    (0..3).for_each(|number| append(&*log, Topic::Commands, 0, &bytes(number)));
    let records = read(&mut *reader(&*log, Topic::Commands), 3);
    let other = |number: u64, from: &[Record]| {
        let (next_offset, link) = bookmark(from).get(0);
        Bookmark::from_iter([(0, next_offset + 1, link.then(&bytes(number)))])
    };
    log.check(Topic::Commands, &other(2, &records[..2])).expect("the same records");
    for resumed in [false, true] {
        let forked = other(7, &records[..2]);
        let error = match resumed {
            false => log.check(Topic::Commands, &forked).err(),
            true => log.resume(Topic::Commands, &forked).err(),
        };
        let is_named = matches!(error, Some(LogError::Forked { partition: 0, next_offset: 3, .. }));
        assert!(is_named, "{error:?}");
        let error = log.check(Topic::Commands, &other(3, &records)).err();
        let is_named = matches!(error, Some(LogError::PastTheEnd { asked: 4, end: 3, .. }));
        assert!(is_named, "{error:?}");
    }
}

fn a_bookmark_holds_across_a_restart(subject: &mut dyn Subject, partitions: u16) {
    let log = subject.create(partitions);
    let mut expected = fill(&*log, Topic::Commands, 40);
    let mut records = read(&mut *reader(&*log, Topic::Commands), 40);
    let identity = log.identity();
    let Some(log) = subject.reopen(log) else { return };
    assert_eq!(log.identity(), identity);
    append(&*log, Topic::Commands, 0, &bytes(40));
    expected.entry(0).or_default().push(bytes(40));
    let mut rest = log.resume(Topic::Commands, &bookmark(&records)).expect("its own log");
    records.extend(read(&mut *rest, 1));
    assert_eq!(by_partition(&records), expected);
}
