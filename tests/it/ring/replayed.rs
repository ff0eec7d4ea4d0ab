//! A log with records twice, out of order, and from the day before (C3.2): each command is decided
//! once, and what comes too late changes nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use events::{
    AnnounceOwner, BodyHash, Boot, Command, CommandId, Envelope, LogTime, Slot, Stamp, Tick,
    decode_envelope, encode_envelope,
};
use ingest::{EmbeddedLog, EmbeddedOptions, Log, Topic};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use tempfile::TempDir;

use super::kills::verify;
use super::report::Report;
use super::script::{History, play};
use super::shim::small;
use crate::support;
use crate::support::api::Api;
use crate::support::server::Server;

const GUESTS: usize = 60;
const ROUNDS: u64 = 10;
const ROUNDS_LONG: u64 = 50;
/// Of so many records in a row the order is lost.
const WINDOW: usize = 64;
const TWICE_PERCENT: u32 = 20;
/// For how long a decision is remembered after its time, and the most that one tick tells.
const A_DAY_MS: u64 = 24 * 3_600_000;

/// A record as it stood on the log.
type Bytes = Vec<u8>;

/// What a server says of each command, by its key.
type Answers = BTreeMap<String, Value>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_twice_out_of_order_and_of_the_day_before_are_decided_once() {
    let place = TempDir::new().expect("a temporary folder");
    let original = place.path().join("original");
    let keys = book(&original).await;
    let records = records_of(&original);
    let rounds = if support::long() { ROUNDS_LONG } else { ROUNDS };
    let mut report = Report::default();
    report.figure("rounds", rounds);
    report.figure("records", records.len());
    for seed in 0..rounds {
        let folder = place.path().join(format!("round-{seed}"));
        fs::create_dir(&folder).expect("it can be made");
        fs::copy(original.join("secret"), folder.join("secret")).expect("it is there");
        round(&folder, &records, &keys, seed, &mut report).await;
        fs::remove_dir_all(&folder).expect("nobody holds it any more");
    }
    report.end(
        "rel_c3_2_duplicates_reordering_and_replay",
        &[
            ("record twice", rounds * 20),
            ("record moved", rounds * 100),
            ("too late", rounds * 20),
            ("replayed a day later", rounds * 100),
        ],
    );
}

async fn round(folder: &Path, records: &[Bytes], keys: &[String], seed: u64, report: &mut Report) {
    let when = format!("seed {seed}");
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    append(folder, &disorder(records, &mut dice, report));
    let first = answers(folder, keys, &when).await;
    let again = answers(folder, keys, &when).await;
    assert_eq!(first, again, "{when}: answered otherwise after a restart");
    verify(folder, &when);

    // A day later everything comes once more.
    append(folder, &a_day_later());
    let later = disorder(records, &mut dice, report);
    append(folder, &later);
    for _ in &later {
        report.met("replayed a day later");
    }
    let replayed = answers(folder, keys, &when).await;
    for (key, answer) in &replayed {
        let before = &first[key];
        // Its first answer is forgotten by then, and that it came too late is not worth a memory;
        // that it did nothing the auditor sees.
        let is_late = answer["answer"]["rejection"] == "stale"
            || answer["type"] == "/problems/command-unknown";
        assert!(answer == before || is_late, "{when}: {key}: {before} became {answer}");
        report.met(if is_late { "too late" } else { "answered as before" });
    }
    verify(folder, &when);
}

/// Lets guests book, and stops; the keys of all that was asked.
async fn book(folder: &Path) -> Vec<String> {
    let server = Server::try_start_with(folder, small).expect("it starts");
    let history = Arc::new(History::default());
    let played = play(&Api::new(&server.address), &history, GUESTS).await;
    played.expect("nothing happens to it");
    assert!(server.stop().success(), "it stops when asked to");
    history.all().into_iter().map(|told| told.key).collect()
}

fn log_of(folder: &Path) -> EmbeddedLog {
    let mut options = EmbeddedOptions::new(PathBuf::from(folder).join("log"), 1);
    options.segment_bytes = 262_144;
    EmbeddedLog::open(options).expect("nobody has it")
}

/// The commands of guests and hoteliers, without what the owner of the log says.
fn records_of(folder: &Path) -> Vec<Bytes> {
    let log = log_of(folder);
    let mut reader = log.reader(Topic::Commands, &Default::default()).expect("readable");
    let mut all = Vec::new();
    loop {
        let records = reader.next(1_000, Duration::ZERO).expect("readable");
        if records.is_empty() {
            return all;
        }
        let commands = records.into_iter().filter(|record| {
            let envelope = decode_envelope(&record.bytes).expect("the server wrote it");
            !matches!(envelope.command, Command::Tick(_) | Command::AnnounceOwner(_))
        });
        all.extend(commands.map(|record| record.bytes.to_vec()));
    }
}

fn append(folder: &Path, records: &[Bytes]) {
    let log = log_of(folder);
    for record in records {
        log.append(Topic::Commands, 0, record.clone().into()).expect("there is room");
    }
    log.close();
}

/// The records with some of them twice, and each window in any order.
fn disorder(records: &[Bytes], dice: &mut ChaCha8Rng, report: &mut Report) -> Vec<Bytes> {
    let mut all = Vec::new();
    for record in records {
        all.push(record.clone());
        if dice.random_range(0..100) < TWICE_PERCENT {
            all.push(record.clone());
            report.met("record twice");
        }
    }
    let before = all.clone();
    for window in all.chunks_mut(WINDOW) {
        window.shuffle(dice);
    }
    for _ in before.iter().zip(&all).filter(|(before, after)| before != after) {
        report.met("record moved");
    }
    all
}

/// A new owner, under whom a day of log time passes.
fn a_day_later() -> Vec<Bytes> {
    let (epoch, boot) = (1_000_000, Boot(7));
    let announce = AnnounceOwner { epoch, boot, step_max_ms: A_DAY_MS };
    let tick = |monotonic_ms| Command::Tick(Tick { epoch, boot, monotonic_ms });
    let ticks = [tick(0), tick(A_DAY_MS), tick(2 * A_DAY_MS)];
    let commands = std::iter::once(Command::AnnounceOwner(announce)).chain(ticks);
    let envelope = |(number, command): (u64, Command)| Envelope {
        id: CommandId(u128::from(number) + 1),
        producer: 1,
        sequence: number,
        not_after: LogTime(u64::MAX),
        stamp: Stamp(0),
        slot: Slot::from_low_bits(0),
        body_hash: BodyHash(0),
        command,
    };
    (1..).zip(commands).map(envelope).map(|envelope| encode_envelope(&envelope)).collect()
}

/// What a server that starts on the folder says of each command.
async fn answers(folder: &Path, keys: &[String], when: &str) -> Answers {
    let server = Server::try_start_with(folder, small);
    let server = server.unwrap_or_else(|refused| panic!("{when}: {refused:?}"));
    let api = Api::new(&server.address);
    let mut answers = Answers::new();
    for key in keys {
        let mut answer = api.get(&format!("/v1/commands/{key}")).await.body;
        if let Some(members) = answer.as_object_mut() {
            // It moves with every write.
            members.remove("as_of");
        }
        answers.insert(key.clone(), answer);
    }
    assert!(server.stop().success(), "{when}: it stops when asked to");
    answers
}
