//! Errors of brokers: nothing is lost, doubled or put in another order, and what is stuck is said.

use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, Instant};

use bytes::Bytes;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

use crate::contract::read;
use crate::{AppendError, Log, Reader, Record, Topic};

use super::Mock;

/// How many sequences of errors are tried of each kind.
const SEQUENCES: u64 = 30;
const RECORDS: u64 = 200;

/// Errors that a produce request can meet while brokers restart, elect and fall behind.
const PRODUCE_ERRORS: &[RDKafkaRespErr] = &[
    RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
    RDKafkaRespErr::RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
    RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
    RDKafkaRespErr::RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,
    RDKafkaRespErr::RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
];

/// Errors that a fetch request can meet meanwhile.
const FETCH_ERRORS: &[RDKafkaRespErr] = &[
    RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
    RDKafkaRespErr::RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE,
    RDKafkaRespErr::RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH,
    RDKafkaRespErr::RD_KAFKA_RESP_ERR__TRANSPORT,
];

fn some(random: &mut ChaCha8Rng, of: &[RDKafkaRespErr]) -> Vec<RDKafkaRespErr> {
    let count = random.random_range(1..=4);
    (0..count).map(|_| of[random.random_range(0..of.len())]).collect()
}

#[test]
fn sequences_of_errors_lose_and_double_nothing() {
    run_sequences(PRODUCE_ERRORS, |_| {});
}

/// The mock does not know the numbers of an idempotent producer: what it wrote before the
/// connection was lost it writes again. So only here may a record come twice; that a real broker
/// writes it once is shown where one is killed.
#[test]
fn lost_connections_lose_nothing() {
    let lost = [RDKafkaRespErr::RD_KAFKA_RESP_ERR__TRANSPORT];
    run_sequences(&[PRODUCE_ERRORS, &lost].concat(), |row| {
        let mut seen = HashSet::new();
        row.retain(|bytes| seen.insert(bytes.clone()));
    });
}

/// Reads until each of so many records has come at least once.
fn read_distinct(reader: &mut dyn Reader, count: u64) -> Vec<Record> {
    let until = Instant::now() + Duration::from_secs(30);
    let (mut records, mut seen) = (Vec::new(), HashSet::new());
    while seen.len() < count as usize {
        assert!(Instant::now() < until, "{} of {count} records came", seen.len());
        let some = reader.next(1000, Duration::from_millis(200)).expect("readable");
        seen.extend(some.iter().map(|record| record.bytes.clone()));
        records.extend(some);
    }
    records.extend(reader.next(1000, Duration::ZERO).expect("readable"));
    records
}

fn run_sequences(produce_errors: &[RDKafkaRespErr], tidy: fn(&mut Vec<Bytes>)) {
    let mut mock = Mock::new();
    for seed in 0..SEQUENCES {
        let random = &mut ChaCha8Rng::seed_from_u64(seed);
        let log = mock.log(2);
        let mut reader = log.reader(Topic::Commands, &Default::default()).expect("readable");
        let mut expected: BTreeMap<u16, Vec<Bytes>> = BTreeMap::new();
        for number in 0..RECORDS {
            if number == RECORDS / 4 {
                let errors = some(random, produce_errors);
                mock.cluster.request_errors(RDKafkaApiKey::Produce, &errors);
                mock.cluster.request_errors(RDKafkaApiKey::Fetch, &some(random, FETCH_ERRORS));
            }
            let (partition, bytes) = ((number % 2) as u16, Bytes::from(format!("{seed} {number}")));
            while let Err(error) = log.append(Topic::Commands, partition, bytes.clone()) {
                assert!(matches!(error, AppendError::Stalled { .. }), "seed {seed}: {error}");
                std::thread::sleep(Duration::from_millis(5));
            }
            expected.entry(partition).or_default().push(bytes);
        }
        let records = read_distinct(&mut *reader, RECORDS);
        let mut found: BTreeMap<u16, Vec<Bytes>> = BTreeMap::new();
        for record in records {
            found.entry(record.partition).or_default().push(record.bytes);
        }
        found.values_mut().for_each(tidy);
        assert_eq!(found, expected, "seed {seed}");
        assert_eq!(log.deliveries().unknown, 0, "seed {seed}");
        mock.cluster.clear_request_errors(RDKafkaApiKey::Fetch);
        mock.cluster.clear_request_errors(RDKafkaApiKey::Produce);
    }
}

#[test]
fn a_sequence_out_of_order_stops_nothing_for_good() {
    let mut mock = Mock::new();
    let log = mock.log(1);
    let mut reader = log.reader(Topic::Commands, &Default::default()).expect("readable");
    let error = RDKafkaRespErr::RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER;
    mock.cluster.request_errors(RDKafkaApiKey::Produce, &[error]);
    // What becomes of the first is not known: it is read once or never.
    log.append(Topic::Commands, 0, Bytes::from_static(b"first")).expect("taken");
    let until = Instant::now() + Duration::from_secs(30);
    let mut read = Vec::new();
    while !read.contains(&Bytes::from_static(b"last")) {
        assert!(Instant::now() < until, "it did not come: {read:?}, {:?}", log.deliveries());
        match log.append(Topic::Commands, 0, Bytes::from_static(b"last")) {
            Ok(()) | Err(AppendError::Stalled { .. }) => {}
            Err(error) => panic!("{error}"),
        }
        let records = reader.next(100, Duration::from_millis(50)).expect("readable");
        read.extend(records.into_iter().map(|record| record.bytes));
    }
    assert!(read.iter().filter(|bytes| *bytes == "first").count() <= 1, "{read:?}");
}

#[test]
fn brokers_that_are_gone_turn_callers_away_and_lose_nothing_of_what_was_read() {
    let mut mock = Mock::new();
    let log = mock.log(1);
    let mut reader = log.reader(Topic::Commands, &Default::default()).expect("readable");
    log.append(Topic::Commands, 0, Bytes::from_static(b"before")).expect("taken");
    assert_eq!(read(&mut *reader, 1)[0].bytes, "before");
    (1..=3).for_each(|broker| mock.cluster.broker_down(broker).expect("a broker"));
    let until = Instant::now() + Duration::from_secs(20);
    let mut taken = 0;
    let stalled = loop {
        assert!(Instant::now() < until, "{taken} were taken");
        match log.append(Topic::Commands, 0, Bytes::from(format!("during {taken}"))) {
            Ok(()) => taken += 1,
            Err(error) => break error,
        }
        assert_eq!(reader.next(1, Duration::from_millis(20)).expect("it waits"), []);
    };
    assert!(matches!(stalled, AppendError::Stalled { partition: 0, .. }), "{stalled}");
    (1..=3).for_each(|broker| mock.cluster.broker_up(broker).expect("a broker"));
    let (mut is_taken, mut is_back) = (false, false);
    while !is_back {
        assert!(Instant::now() < until + Duration::from_secs(20), "it does not come back");
        is_taken = is_taken || log.append(Topic::Commands, 0, Bytes::from_static(b"after")).is_ok();
        let records = reader.next(1000, Duration::from_millis(20)).expect("it waits");
        is_back = records.iter().any(|record| record.bytes == "after");
    }
}
