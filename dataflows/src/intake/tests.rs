//! Signals are told once, in order, from the bookmark on; what is no signal becomes a dead letter.

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use events::{CompetitorPrice, Observation, Signal, Stamp, encode_observation};
use ingest::{Bookmark, Log, MemoryLog, Topic};

use super::{Ear, Intake, Letters, OnFailure};

const WAIT: Duration = Duration::from_secs(20);

fn observation(sequence: u64) -> Observation {
    Observation {
        producer: 1,
        sequence,
        source: "crawler".parse().expect("an id"),
        observed: Stamp(1),
        stamp: Stamp(2),
        signal: Signal::CompetitorPrice(CompetitorPrice {
            property: "grand".parse().expect("an id"),
            rival: "plaza".parse().expect("an id"),
            night: "2027-03-01".parse().expect("a night"),
            price: None,
        }),
    }
}

/// What one telling said: sequences, dead letters, and where it stood then.
type Told = (Vec<u64>, u64, Bookmark);

fn start(log: &MemoryLog, from: Bookmark) -> (Intake, Receiver<Told>) {
    let (sender, told) = channel();
    let sender = Mutex::new(sender);
    let ear: Ear = Arc::new(move |heard| {
        let sequences = heard.observations.iter().map(|seen| seen.sequence).collect();
        let told = (sequences, heard.dead_letters_count, heard.bookmark.clone());
        Ok(sender.lock().expect("nobody panics").send(told)?)
    });
    let on_failure: OnFailure = Arc::new(|error| panic!("{error}"));
    let log = Arc::new(log.clone()) as Arc<dyn Log>;
    let bookmarks = vec![(Topic::CompetitorPrices, from)];
    let letters = Arc::new(Letters::new(Arc::clone(&log)).expect("a log"));
    (Intake::start(&log, &letters, bookmarks, &ear, &on_failure).expect("it starts"), told)
}

/// Everything that is told until so many signals and dead letters were.
fn hear(told: &Receiver<Told>, count: u64) -> Told {
    let mut all: Told = Default::default();
    while all.0.len() as u64 + all.1 < count {
        let (sequences, dead_letters_count, bookmark) = told.recv_timeout(WAIT).expect("more");
        all.0.extend(sequences);
        all.1 += dead_letters_count;
        all.2 = bookmark;
    }
    all
}

#[test]
fn each_signal_is_told_once_and_what_is_none_is_put_aside() {
    let log = MemoryLog::new(1);
    let append = |bytes: Vec<u8>| {
        log.append(Topic::CompetitorPrices, 0, Bytes::from(bytes)).expect("it is taken");
    };
    append(encode_observation(&observation(1)));
    append(b"not a signal".to_vec());
    append(encode_observation(&observation(2)));
    let (intake, told) = start(&log, Bookmark::default());
    let (sequences, dead_letters_count, bookmark) = hear(&told, 3);
    assert_eq!((sequences, dead_letters_count), (vec![1, 2], 1));
    drop(intake);

    let letters = ingest::dead_letters::list(&log).expect("they are listed");
    assert_eq!(letters.len(), 1);
    assert_eq!((letters[0].topic, letters[0].offset), (Topic::CompetitorPrices, 1));

    append(encode_observation(&observation(3)));
    let (_intake, told) = start(&log, bookmark);
    assert_eq!(hear(&told, 1).0, [3], "what was told before is not told again");
}

#[test]
fn a_bookmark_of_another_log_is_refused() {
    let (log, other) = (MemoryLog::new(1), MemoryLog::new(1));
    for (log, sequence) in [(&log, 1), (&other, 2)] {
        let bytes = encode_observation(&observation(sequence));
        log.append(Topic::CompetitorPrices, 0, Bytes::from(bytes)).expect("it is taken");
    }
    let (intake, told) = start(&log, Bookmark::default());
    let (.., bookmark) = hear(&told, 1);
    drop(intake);
    let ear: Ear = Arc::new(|_| Ok(()));
    let on_failure: OnFailure = Arc::new(|_| ());
    let other = Arc::new(other) as Arc<dyn Log>;
    let bookmarks = vec![(Topic::CompetitorPrices, bookmark)];
    let letters = Arc::new(Letters::new(Arc::clone(&other)).expect("a log"));
    let refused =
        Intake::start(&other, &letters, bookmarks, &ear, &on_failure).expect_err("it is refused");
    assert!(refused.to_string().contains("is another log"), "{refused}");
}
