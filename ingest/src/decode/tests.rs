//! Records that can be read, and records that cannot.

use bytes::Bytes;
use events::{
    Attempt, BodyHash, Boot, ChainHash, Command, CommandId, CompetitorPrice, Envelope, LogTime,
    Money, Observation, Outcome, Signal, Slot, Stamp, Tick, encode_envelope, encode_observation,
    wire::encode_command,
};

use crate::{Record, Topic, decode, decode_signal};

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

#[test]
fn a_signal_in_the_wrong_topic_is_a_dead_letter_that_names_the_right_one() {
    let observation = Observation {
        producer: 0,
        sequence: 0,
        source: "crawler".parse().expect("an id"),
        observed: Stamp(1),
        stamp: Stamp(1),
        signal: Signal::CompetitorPrice(CompetitorPrice {
            property: "grand".parse().expect("an id"),
            rival: "plaza".parse().expect("an id"),
            night: "2027-03-01".parse().expect("a night"),
            price: None,
        }),
    };
    let bytes = Bytes::from(encode_observation(&observation));
    let record = Record { partition: 2, offset: 9, bytes, chain: ChainHash::default() };
    assert_eq!(decode_signal(Topic::CompetitorPrices, &record), Ok(observation));
    let letter = decode_signal(Topic::Searches, &record).expect_err("it is refused");
    assert_eq!((letter.topic, letter.partition, letter.offset), (Topic::Searches, 2, 9));
    assert_eq!(
        letter.reason,
        "a `competitor_price` in `searches`: append it to `competitor-prices`"
    );
    assert_eq!(letter.bytes, record.bytes);
}

#[test]
fn of_the_number_of_a_card_nothing_is_kept() {
    let observation = Observation {
        producer: 0,
        sequence: 0,
        source: "web".parse().expect("an id"),
        observed: Stamp(1),
        stamp: Stamp(1),
        signal: Signal::Attempt(Box::new(Attempt {
            id: "a-1".parse().expect("an id"),
            property: "grand".parse().expect("an id"),
            guest: None,
            card: Some("4111111111111112".parse().expect("no card has this number")),
            email: None,
            address: None,
            device: None,
            amount: Money { amount_minor: 1, currency: "EUR".parse().expect("a currency") },
            outcome: Outcome::Started,
        })),
    };
    let mut bytes = encode_observation(&observation);
    assert_eq!(decode_signal(Topic::Attempts, &record(bytes.clone())), Ok(observation));
    let at = bytes.windows(4).position(|part| part == b"1112").expect("the token");
    bytes[at + 3] = b'1';
    let letter = decode_signal(Topic::Attempts, &record(bytes)).expect_err("it is refused");
    assert!(letter.bytes.is_empty() && !letter.reason.contains("4111"), "{letter:?}");
    assert!(letter.reason.contains("is the number of a card"), "{}", letter.reason);
}
