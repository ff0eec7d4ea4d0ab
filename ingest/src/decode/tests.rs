//! Records that can be read, and records that cannot.

use bytes::Bytes;
use events::{
    BodyHash, Boot, ChainHash, Command, CommandId, Envelope, LogTime, Slot, Stamp, Tick,
    encode_envelope, wire::encode_command,
};

use crate::{Record, Topic, decode};

fn record(bytes: impl Into<Bytes>) -> Record {
    let bytes = bytes.into();
    Record { partition: 3, offset: 17, chain: ChainHash::default().then(&bytes), bytes }
}

fn envelope() -> Envelope {
    let command = Command::Tick(Tick { epoch: 1, boot: Boot(2), monotonic_ms: 3 });
    Envelope {
        id: CommandId(7),
        producer: 8,
        sequence: 9,
        not_after: LogTime(10),
        stamp: Stamp(11),
        slot: Slot::from_low_bits(12),
        body_hash: BodyHash::of(&encode_command(&command)),
        command,
    }
}

#[test]
fn an_envelope_comes_back() {
    assert_eq!(decode(&record(encode_envelope(&envelope()))), Ok(envelope()));
}

#[test]
fn what_cannot_be_read_keeps_its_place_its_bytes_and_a_reason() {
    let letter = decode(&record(&b"not a record"[..])).expect_err("these bytes are no envelope");
    assert_eq!((letter.topic, letter.partition, letter.offset), (Topic::Commands, 3, 17));
    assert_eq!(letter.bytes, Bytes::from_static(b"not a record"));
    assert!(letter.reason.contains("Protobuf"), "{}", letter.reason);
}
