//! A log shown line by line.

use bytes::Bytes;
use events::{
    BodyHash, Command, CommandId, ConfirmHold, Envelope, GuestRef, HoldId, LogTime, Position, Slot,
    Stamp, encode_envelope,
};
use ingest::{DeadLetter, Log, MemoryLog, Topic};

use super::{Range, commands, dead_letters};

fn log() -> MemoryLog {
    let log = MemoryLog::new(1);
    for number in 0..3 {
        let guest = GuestRef::new("guest-1").expect("an id");
        let envelope = Envelope {
            id: CommandId(number),
            producer: 1,
            sequence: 1,
            not_after: LogTime(0),
            stamp: Stamp(1_800_000_000_123),
            slot: Slot::from_low_bits(0),
            body_hash: BodyHash(0),
            command: Command::ConfirmHold(ConfirmHold { hold: HoldId(7), guest }),
        };
        let bytes = Bytes::from(encode_envelope(&envelope));
        log.append(Topic::Commands, 0, bytes).expect("memory takes it");
    }
    log.append(Topic::Commands, 0, Bytes::from_static(b"nonsense")).expect("memory takes it");
    log
}

fn shown(range: &Range) -> Vec<String> {
    let mut out = Vec::new();
    commands(&log(), range, &mut out).expect("it can be read");
    let text = String::from_utf8(out).expect("text");
    text.lines().map(ToOwned::to_owned).collect()
}

#[test]
fn one_record_a_line() {
    let lines = shown(&Range::default());
    assert_eq!(lines.len(), 4);
    assert_eq!(
        lines[0],
        "0:0           2027-01-15T08:00:00.123Z  confirm_hold      cmd_00000000000000000000000000  \
         hold_00000000000000000000000007 for guest-1"
    );
    assert!(lines[3].starts_with("0:3           unreadable: "), "{}", lines[3]);
}

#[test]
fn a_range_is_kept_to() {
    let from = Position::from_iter([(0, 1)]);
    let lines = shown(&Range { from, partition: Some(0), limit: Some(2) });
    assert!(lines[0].starts_with("0:1 ") && lines[1].starts_with("0:2 ") && lines.len() == 2);
    assert!(shown(&Range { partition: Some(7), ..Range::default() }).is_empty());
}

#[test]
fn dead_letters_are_shown_with_their_reason() {
    let log = log();
    let letter = DeadLetter {
        topic: Topic::Commands,
        partition: 0,
        offset: 3,
        reason: "not a command".to_owned(),
        bytes: Bytes::from_static(b"nonsense"),
    };
    letter.append(&log).expect("memory takes it");
    let mut out = Vec::new();
    dead_letters(&log, &mut out).expect("it can be read");
    assert_eq!(
        String::from_utf8(out).expect("text"),
        "0:3  not a command  8 bytes 6e6f6e73656e7365\n"
    );
}
