//! What only a real broker does: settings of topics, and logs that were cut, removed and made anew.

use std::time::{Duration, Instant};

use bytes::Bytes;
use events::Position;
use rdkafka::admin::{AdminClient, AdminOptions, AlterConfig, NewPartitions, ResourceSpecifier};
use rdkafka::client::DefaultClientContext;
use rdkafka::{Offset, TopicPartitionList};

use crate::contract::read;
use crate::kafka::block_on::block_on;
use crate::{Bookmark, KafkaError, KafkaOptions, Log, LogError, Reader, Topic};

use super::super::{KafkaLog, client, create_topics};
use super::Real;

fn admin(options: &KafkaOptions) -> AdminClient<DefaultClientContext> {
    client::config(options).create().expect("an admin client")
}

/// Sets one setting of the commands, and every other one that a topic is made with anew.
fn alter(options: &KafkaOptions, changes: &[(&str, &str)]) {
    let name = options.topic_name(Topic::Commands);
    let config = AlterConfig::new(ResourceSpecifier::Topic(&name));
    let config = changes.iter().fold(config, |config, (key, value)| config.set(key, value));
    let altered = block_on(admin(options).alter_configs(&[config], &AdminOptions::new()));
    assert!(altered.expect("an answer").into_iter().all(|one| one.is_ok()));
}

fn remove(options: &KafkaOptions) {
    let names: Vec<_> = Topic::ALL.iter().map(|topic| options.topic_name(*topic)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let removed = block_on(admin(options).delete_topics(&names, &AdminOptions::new()));
    assert!(removed.expect("an answer").into_iter().all(|one| one.is_ok()));
}

/// Cuts off what stands before an offset of the first partition.
fn cut_before(options: &KafkaOptions, offset: i64) {
    let mut list = TopicPartitionList::new();
    let name = options.topic_name(Topic::Commands);
    list.add_partition_offset(&name, 0, Offset::Offset(offset)).expect("a partition");
    block_on(admin(options).delete_records(&list, &AdminOptions::new())).expect("records are cut");
}

fn fill(log: &KafkaLog, word: &str, count: usize) {
    for number in 0..count {
        let bytes = Bytes::from(format!("{word} {number}"));
        log.append(Topic::Commands, 0, bytes).expect("the log takes it");
    }
}

/// Writes ten records and reads them; gives what somebody keeps of them.
fn ten(log: &KafkaLog) -> (Box<dyn Reader>, Bookmark) {
    let mut reader = log.reader(Topic::Commands, &Position::default()).expect("readable");
    fill(log, "first", 10);
    let mut bookmark = Bookmark::default();
    read(&mut *reader, 10).iter().for_each(|record| bookmark.pass(record));
    (reader, bookmark)
}

/// Reads until there is an error; what comes meanwhile must be nothing.
fn break_of(reader: &mut dyn Reader) -> LogError {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        assert!(Instant::now() < until, "nothing was noticed");
        match reader.next(100, Duration::from_millis(500)) {
            Ok(records) => assert_eq!(records, [], "records past the break were given out"),
            Err(error) => return error,
        }
    }
}

/// Makes the topics again, as often as it takes until the removal is through.
fn make_again(options: &KafkaOptions) {
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        assert!(Instant::now() < until, "the topics are not made");
        let made = create_topics(options);
        if made.is_ok_and(|made| made.iter().all(|topic| !topic.was_there)) {
            break;
        }
    }
    while KafkaLog::open(options.clone()).is_err() {
        assert!(Instant::now() < until, "the topics are not to be used");
    }
}

#[test]
fn a_topic_that_is_not_there_or_has_another_count_is_refused() {
    let Some(mut real) = Real::found() else { return };
    let missing = super::options(real.brokers.clone(), 2);
    let error = KafkaLog::open(missing).err();
    assert!(matches!(error, Some(KafkaError::NoTopic { .. })), "{error:?}");
    drop(real.log(2));
    let options = real.options.clone().expect("a log was made");
    let name = options.topic_name(Topic::Commands);
    let more = [NewPartitions::new(&name, 3)];
    block_on(admin(&options).create_partitions(&more, &AdminOptions::new())).expect("an answer");
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        let error = KafkaLog::open(options.clone()).err();
        if matches!(error, Some(KafkaError::Partitions { found: 3, wanted: 2, .. })) {
            break;
        }
        assert!(Instant::now() < until, "{error:?}");
    }
}

#[test]
fn every_setting_with_which_records_could_be_lost_is_refused_by_name() {
    let Some(mut real) = Real::found() else { return };
    drop(real.log(1));
    let options = real.options.clone().expect("a log was made");
    let right = [
        ("retention.ms", "-1"),
        ("message.timestamp.type", "LogAppendTime"),
        ("compression.type", "uncompressed"),
    ];
    for (key, value) in [
        ("cleanup.policy", "compact"),
        ("retention.ms", "604800000"),
        ("retention.bytes", "1000000"),
        ("unclean.leader.election.enable", "true"),
        ("message.timestamp.type", "CreateTime"),
        ("compression.type", "gzip"),
        ("max.message.bytes", "2000"),
        ("max.message.bytes", "10000000"),
    ] {
        let mut changes: Vec<_> = right.into_iter().filter(|(other, _)| *other != key).collect();
        changes.push((key, value));
        alter(&options, &changes);
        let until = Instant::now() + Duration::from_secs(10);
        let text = loop {
            match KafkaLog::open(options.clone()) {
                Err(KafkaError::Refused(refusals)) if refusals.iter().any(|one| one.key == key) => {
                    break KafkaError::Refused(refusals).to_string();
                }
                _ => assert!(Instant::now() < until, "{key}={value} was taken"),
            }
        };
        let found = format!("has {key}={value}, wanted is ");
        assert!(text.contains(&found), "{text}");
        assert!(text.contains(&format!("--add-config {key}=")), "{text}");
    }
}

#[test]
fn a_single_broker_is_refused_unless_it_is_accepted() {
    let Some(mut real) = Real::found() else { return };
    drop(real.log(1));
    let mut options = real.options.clone().expect("a log was made");
    options.accept_single_broker = false;
    let error = KafkaLog::open(options).map(drop).expect_err("one replica").to_string();
    assert!(error.contains("replication.factor=1"), "{error}");
    assert!(error.contains("min.insync.replicas=1"), "{error}");
}

#[test]
fn a_log_whose_beginning_was_cut_is_refused() {
    let Some(mut real) = Real::found() else { return };
    let log = real.log(1);
    let options = real.options.clone().expect("a log was made");
    let (_, bookmark) = ten(&log);
    cut_before(&options, 4);
    let mut reader = log.reader(Topic::Commands, &Position::default()).expect("a reader");
    let error = break_of(&mut *reader);
    assert!(matches!(error, LogError::Lost { partition: 0, offset: 0, .. }), "{error:?}");
    // Who has read past the cut reads on, until the next start.
    log.check(Topic::Commands, &bookmark).expect("the record before is there");
    let error = KafkaLog::open(options).err();
    assert!(matches!(error, Some(KafkaError::Trimmed { low: 4, .. })), "{error:?}");
}

#[test]
fn a_topic_that_was_made_anew_is_noticed_by_who_reads_and_by_who_starts() {
    let Some(mut real) = Real::found() else { return };
    let log = real.log(1);
    let options = real.options.clone().expect("a log was made");
    let (mut reader, bookmark) = ten(&log);
    remove(&options);
    make_again(&options);
    let again = KafkaLog::open(options).expect("new topics");
    let error = again.check(Topic::Commands, &bookmark).expect_err("it is shorter");
    assert!(matches!(error, LogError::PastTheEnd { asked: 10, end: 0, .. }), "{error:?}");
    // As long as the one before and longer, so that only the hash tells.
    fill(&again, "second", 25);
    read(&mut *again.reader(Topic::Commands, &Position::default()).expect("readable"), 25);
    let error = again.check(Topic::Commands, &bookmark).expect_err("it is another");
    assert!(matches!(error, LogError::Forked { next_offset: 10, .. }), "{error:?}");
    let error = break_of(&mut *reader);
    let is_named =
        matches!(error, LogError::Forked { .. } | LogError::Lost { .. } | LogError::Refused { .. });
    assert!(is_named, "{error:?}");
}
