//! Dead letters come back as they were written and are listed once.

use std::time::Duration;

use bytes::Bytes;
use events::Position;
use events::wire::RECORD_BYTES_MAX;
use proptest::prelude::{any, prop, prop_assert, prop_assert_eq, proptest};

use crate::{DeadLetter, Log, MemoryLog, NotADeadLetter, Topic, dead_letters};

fn letter(offset: u64, reason: &str) -> DeadLetter {
    let bytes = Bytes::from(vec![7; 3]);
    DeadLetter { topic: Topic::Commands, partition: 1, offset, reason: reason.to_owned(), bytes }
}

proptest! {
    #[test]
    fn a_letter_comes_back(
        partition: u16,
        offset: u64,
        reason in ".{0,200}",
        bytes in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let bytes = Bytes::from(bytes);
        let letter = DeadLetter { topic: Topic::Commands, partition, offset, reason, bytes };
        prop_assert_eq!(DeadLetter::decode(&letter.encode()), Ok(letter));
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let bytes = Bytes::from(bytes);
        if let Ok(letter) = DeadLetter::decode(&bytes) {
            prop_assert_eq!(letter.encode(), bytes);
        }
    }

    #[test]
    fn a_long_reason_is_cut_between_characters(reason in "[aü]{1000,4000}") {
        let decoded = DeadLetter::decode(&letter(0, &reason).encode()).expect("it was encoded");
        prop_assert!(reason.starts_with(&decoded.reason));
        prop_assert!(decoded.reason.len() >= reason.len().min(2047));
    }
}

#[test]
fn the_form_on_the_log_is_pinned() {
    let expected = b"\x01\x01\x01\x00\x05\x00\x00\x00\x00\x00\x00\x00\x02\x00no\x07\x07\x07";
    assert_eq!(letter(5, "no").encode(), Bytes::from_static(expected));
}

#[test]
fn a_letter_about_the_longest_record_fits_its_topic() {
    let bytes = Bytes::from(vec![1; RECORD_BYTES_MAX]);
    let longest = DeadLetter { bytes, ..letter(0, &"r".repeat(10_000)) };
    let log = MemoryLog::new(2);
    longest.append(&log).expect("it fits");
    assert_eq!(dead_letters::list(&log).expect("it is readable")[0].bytes, longest.bytes);
}

#[test]
fn a_letter_cut_short_or_of_another_version_is_named() {
    let bytes = letter(5, "no").encode();
    assert_eq!(DeadLetter::decode(&bytes.slice(..13)), Err(NotADeadLetter::TooShort));
    assert_eq!(DeadLetter::decode(&bytes.slice(..15)), Err(NotADeadLetter::TooShort));
    assert_eq!(DeadLetter::decode(&Bytes::from_static(b"\x02")), Err(NotADeadLetter::Version(2)));
    assert_eq!(
        DeadLetter::decode(&Bytes::from_static(b"\x01\x63")),
        Err(NotADeadLetter::Topic(99))
    );
}

#[test]
fn a_letter_appended_twice_is_listed_once_and_strangers_are_listed_too() {
    let log = MemoryLog::new(4);
    for offset in [9, 4, 9] {
        letter(offset, "no").append(&log).expect("the log takes it");
    }
    log.append(Topic::DeadLetters, 2, Bytes::from_static(b"?")).expect("the log takes it");
    let letters = dead_letters::list(&log).expect("it is readable");
    assert_eq!(letters[..2], [letter(4, "no"), letter(9, "no")]);
    assert_eq!((letters[2].topic, letters[2].partition), (Topic::DeadLetters, 2));
    assert_eq!(letters.len(), 3);
}

#[test]
fn what_is_driven_again_stands_in_its_topic_and_no_longer_on_the_list() {
    let log = MemoryLog::new(2);
    let letter = |offset, bytes: &'static [u8]| DeadLetter {
        topic: Topic::Searches,
        partition: 1,
        offset,
        reason: "of a later version".to_owned(),
        bytes: Bytes::from_static(bytes),
    };
    let (repaired, left) = (letter(4, b"four"), letter(5, b"five"));
    for letter in [&repaired, &left] {
        letter.append(&log).expect("it is taken");
    }
    dead_letters::drive_again(&log, &repaired).expect("it is taken");
    assert_eq!(dead_letters::list(&log).expect("it is listed"), [left]);
    let mut reader = log.reader(Topic::Searches, &Position::default()).expect("a reader");
    let records = reader.next(10, Duration::ZERO).expect("records");
    let read: Vec<_> = records.iter().map(|record| (record.partition, &record.bytes[..])).collect();
    assert_eq!(read, [(1, &b"four"[..])]);
}

#[test]
fn of_a_record_that_is_longer_than_ours_the_beginning_is_kept() {
    let bytes = Bytes::from(vec![7; 3 * RECORD_BYTES_MAX]);
    let stranger = DeadLetter { bytes: bytes.clone(), ..letter(3, "too long") };
    let log = MemoryLog::new(4);
    stranger.append(&log).expect("it fits its topic");
    let kept = bytes.slice(..RECORD_BYTES_MAX);
    let listed = dead_letters::list(&log).expect("it is listed");
    assert_eq!(listed, [DeadLetter { bytes: kept, ..stranger }]);
}
