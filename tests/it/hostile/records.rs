//! Bad records on the log itself: each ends as a dead letter or as a recorded decision, and the
//! auditor agrees with every one of them.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use events::hold::Lines;
use events::{
    BodyHash, Command, CommandId, ConfirmHold, Envelope, GuestRef, HoldId, Line, LogTime, Night,
    PlaceHold, PropertyId, RatePlanId, RoomTypeId, Slot, Stamp, Stay, encode_envelope,
};
use ingest::embedded::{EmbeddedLog, EmbeddedOptions};
use ingest::{AppendError, Log, Topic};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::support::api::Api;
use crate::support::binary;
use crate::support::hotel::Hotel;
use crate::support::long;
use crate::support::server::Server;

/// How many bad records there are.
fn count() -> usize {
    if long() { 100_000 } else { 4_000 }
}

/// How many kinds of bad records there are; the last two can be read and must be refused.
const KINDS: usize = 7;

#[tokio::test]
async fn every_bad_record_has_an_outcome() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let server = Server::start(data.path());
    let hotel = Hotel::open(&Api::new(&server.address), "target", &[("double", 20)]).await;
    assert!(server.stop().success());
    let before = lines(data.path(), &["log", "tail"]).len();
    append(data.path());

    let server = Server::start(data.path());
    let api = Api::new(&server.address);
    let mut refused = 0;
    for number in (0..count()).filter(|number| number % KINDS >= KINDS - 2) {
        let answer = api.get(&format!("/v1/commands/bad-{number}")).await;
        assert_eq!(answer.status, 200, "{number}: {answer:?}");
        assert!(answer.body.to_string().contains("\"rejection\""), "{number}: {answer:?}");
        refused += 1;
    }
    let hotel = Hotel { api: api.clone(), ..hotel };
    hotel.hold("after-all", "double", ("2027-03-01", "2027-03-02")).await.expect(201);
    assert!(server.stop().success());

    let dead = lines(data.path(), &["log", "dead-letters"]).len();
    let tail = lines(data.path(), &["log", "tail"]);
    let unreadable = tail.iter().filter(|line| line.contains("  unreadable: ")).count();
    let read = tail.len() - before - unreadable;
    eprintln!("{} bad records: {dead} dead letters, {refused} refused by name", count());
    assert_eq!(dead, unreadable, "what cannot be read is a dead letter, and nothing else is");
    assert!(dead + read >= count() && refused > 0 && dead > count() / 2, "{dead} and {read}");
    let verified = binary::run(&["verify", "--data", path(data.path())]);
    assert!(verified.status.success(), "{}", binary::said(&verified));
}

fn path(data: &Path) -> &str {
    data.to_str().expect("temporary folders have plain names")
}

fn lines(data: &Path, arguments: &[&str]) -> Vec<String> {
    let output = binary::run(&[arguments, &["--data", path(data)]].concat());
    assert!(output.status.success(), "{}", binary::said(&output));
    String::from_utf8(output.stdout).expect("text").lines().map(str::to_owned).collect()
}

/// Writes them behind the server's back, as somebody with the log in their hands would.
fn append(data: &Path) {
    let log = EmbeddedLog::open(EmbeddedOptions::new(data.join("log"), 1)).expect("it opens");
    let before = log.end(Topic::Commands).expect("it has an end").next_offset(0);
    let mut random = ChaCha8Rng::seed_from_u64(11);
    for number in 0..count() {
        let bytes = Bytes::from(bad(number, &mut random));
        loop {
            match log.append(Topic::Commands, 0, bytes.clone()) {
                Ok(()) => break,
                Err(AppendError::Full { .. }) => std::thread::sleep(Duration::from_millis(1)),
                Err(error) => panic!("{number}: {error}"),
            }
        }
    }
    let end = before + count() as u64;
    while log.end(Topic::Commands).expect("it has an end").next_offset(0) < end {
        std::thread::sleep(Duration::from_millis(1));
    }
    log.close();
}

/// The bad record of that number.
fn bad(number: usize, random: &mut ChaCha8Rng) -> Vec<u8> {
    let good = encode_envelope(&confirmation(number, random));
    match number % KINDS {
        0 => Vec::new(),
        1 => (0..random.random_range(1..600)).map(|_| random.random()).collect(),
        // Cut off in the middle.
        2 => good[..random.random_range(1..good.len())].to_vec(),
        // One byte is another one.
        3 => {
            let mut bytes = good;
            let at = random.random_range(0..bytes.len());
            bytes[at] ^= random.random_range(1..=u8::MAX);
            bytes
        }
        // Twice the same message in one record, and something after it.
        4 => [good.as_slice(), &good[..4]].concat(),
        // Of a hold that there never was.
        5 => good,
        // At a hotel that there never was.
        _ => encode_envelope(&envelope(number, nowhere())),
    }
}

/// A confirmation of a hold that there never was.
fn confirmation(number: usize, random: &mut ChaCha8Rng) -> Envelope {
    let guest = GuestRef::new("guest-1").expect("an id");
    let hold = HoldId(random.random());
    envelope(number, Command::ConfirmHold(ConfirmHold { hold, guest }))
}

/// A hold at a hotel that there never was.
fn nowhere() -> Command {
    let night: Night = "2027-03-01".parse().expect("a night");
    let line = Line {
        room_type: RoomTypeId::new("double").expect("an id"),
        rate_plan: RatePlanId::new("flexible").expect("an id"),
        stay: Stay::new(night, night.plus(1)).expect("a stay"),
        rooms: u16::MAX,
        adults: u16::MAX,
        children: Default::default(),
    };
    let property = PropertyId::new("nowhere").expect("an id");
    Command::PlaceHold(PlaceHold::direct(property, 1_000, Lines::from_iter([line])))
}

fn envelope(number: usize, command: Command) -> Envelope {
    Envelope {
        id: CommandId::from_key("default", &format!("bad-{number}")),
        producer: 1,
        sequence: number as u64,
        not_after: LogTime(u64::MAX),
        stamp: Stamp(1_900_000_000_000),
        slot: command.slot().unwrap_or(Slot::from_low_bits(0)),
        body_hash: BodyHash(0),
        command,
    }
}
