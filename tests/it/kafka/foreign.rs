//! Records that nobody here wrote: each ends as a dead letter or as a recorded rejection.

use bytes::Bytes;
use events::{
    BodyHash, Boot, CancelBooking, Command, CommandId, Envelope, HoldId, LogTime, Slot, Stamp,
    Tick, decode_envelope, encode_envelope,
};
use ingest::{AppendError, KafkaLog, KafkaOptions, Log, Topic};
use rand::{Rng, RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tempfile::TempDir;

use crate::support::api::Api;
use crate::support::hotel::Hotel;
use crate::support::kafka::{Cluster, Topics};

const RECORDS_COUNT: usize = 100_000;
const OVERSIZED_COUNT: usize = 100;
const STAY: (&str, &str) = ("2027-03-01", "2027-03-03");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_foreign_records_harm_nobody() {
    let Some(cluster) = Cluster::shared() else { return };
    let home = TempDir::new().expect("a temporary folder");
    let data = home.path().join("data");
    let topics = cluster.topics(2);
    let server = topics.server(&data);
    let hotel = Hotel::open(&Api::new(&server.address), "grand", &[("double", 50)]).await;

    let mut sent = Sent::default();
    tokio::task::block_in_place(|| {
        send_all(&topics, &mut sent);
        send_oversized(cluster, &topics, &mut sent);
    });
    // Whoever books meanwhile is answered, and the answer stands behind the foreign records.
    let held = hotel.hold("a-guest", "double", STAY).await.expect(201);
    assert_eq!(hotel.left("double", STAY, &held.position).await, [49, 49]);
    assert!(server.stop().success(), "it still stops when asked to");

    let letters = topics.run(&["log", "dead-letters", "--data", data.to_str().expect("plain")]);
    let letters = String::from_utf8_lossy(&letters.stdout).lines().count();
    let report = topics.verify(&data);
    let decided = counted(&report, "records read") - counted(&report, "dead letters among");
    println!(
        "{} foreign records: {letters} dead letters, {} decided and refused",
        sent.unreadable_count + sent.readable_count,
        sent.readable_count
    );
    assert!(sent.unreadable_count > 0 && sent.readable_count > 0, "both kinds were sent");
    assert_eq!(letters, sent.unreadable_count, "each unreadable record is a dead letter");
    assert_eq!(counted(&report, "decisions that the stored digest"), decided);
    assert!(decided > sent.readable_count, "each readable record has its decision");
}

/// A number of the report, by the words of its row.
fn counted(report: &str, words: &str) -> usize {
    let row = report.lines().find(|line| line.contains(words));
    let row = row.unwrap_or_else(|| panic!("{words} is not in:\n{report}"));
    let number = row.split_whitespace().next().expect("a number");
    number.replace(',', "").parse().expect("a number")
}

/// What was sent, as it must be read.
#[derive(Debug, Default)]
struct Sent {
    unreadable_count: usize,
    readable_count: usize,
}

/// Writes past every check of the door.
fn send_all(topics: &Topics, sent: &mut Sent) {
    let mut options = KafkaOptions::new(&topics.brokers, topics.partitions);
    options.topic_prefix.clone_from(&topics.prefix);
    options.accept_single_broker = topics.accept_single_broker;
    let log = KafkaLog::open(options).expect("the topics are as they must be");
    let mut random = ChaCha8Rng::seed_from_u64(100_000);
    for number in 0..RECORDS_COUNT {
        let partition = random.random_range(0..topics.partitions);
        let bytes = Bytes::from(record(number, partition, topics.partitions, &mut random));
        match decode_envelope(&bytes) {
            Ok(_) => sent.readable_count += 1,
            Err(_) => sent.unreadable_count += 1,
        }
        while let Err(error) = log.append(Topic::Commands, partition, bytes.clone()) {
            let is_full = matches!(error, AppendError::Full { .. } | AppendError::Stalled { .. });
            assert!(is_full, "{error}");
            std::thread::yield_now();
        }
    }
    log.close();
    assert_eq!(log.deliveries().unknown, 0, "each record arrived");
}

/// Records longer than any of ours, by a producer that is not ours.
fn send_oversized(cluster: &Cluster, topics: &Topics, sent: &mut Sent) {
    let (count, topic) = (OVERSIZED_COUNT.to_string(), topics.commands());
    let words = ["--topic", &topic, "--num-records", &count, "--record-size", "300000"];
    cluster.tool("ProducerPerformance", &[&words[..], &["--throughput", "-1"]].concat());
    sent.unreadable_count += OVERSIZED_COUNT;
}

/// One that is noise, cut, damaged, or a command that cannot be meant.
fn record(number: usize, partition: u16, partitions: u16, random: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = encode_envelope(&command(number, partition, partitions, random));
    match number % 4 {
        0 => {
            bytes = vec![0; random.random_range(0..2_000)];
            random.fill_bytes(&mut bytes);
        }
        1 => bytes.truncate(random.random_range(0..bytes.len())),
        2 => {
            let at = random.random_range(0..bytes.len());
            bytes[at] ^= 1 << random.random_range(0..8);
        }
        _ => {}
    }
    bytes
}

/// A command that is to be refused: of an owner who is none, of a slot that is not its own, or
/// about something that is not there.
fn command(number: usize, partition: u16, partitions: u16, random: &mut ChaCha8Rng) -> Envelope {
    let own = random.random_range(0..4096 / partitions) * partitions + partition;
    let home = Slot::from_low_bits(own);
    let id = CommandId(random.random());
    let booking = HoldId::of_command(home, id).booking();
    let cancel = Command::CancelBooking(CancelBooking { booking, lines: Default::default() });
    let tick = Tick { epoch: 1, boot: Boot(random.random()), monotonic_ms: u64::MAX };
    let (slot, command) = match number / 4 % 3 {
        0 => (home, cancel),
        1 => (Slot::from_low_bits(own.wrapping_add(partitions)), cancel),
        _ => (home, Command::Tick(tick)),
    };
    Envelope {
        id,
        producer: random.random(),
        sequence: random.random(),
        not_after: LogTime(u64::MAX),
        stamp: Stamp(0),
        slot,
        body_hash: BodyHash(0),
        command,
    }
}
