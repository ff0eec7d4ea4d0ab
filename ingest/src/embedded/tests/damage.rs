//! Random damage to any file of a log: it is harmless, or it is refused by name, or it is taken
//! for a torn tail within the one window that the witness leaves. Never a wrong record.

use std::collections::BTreeSet;
use std::ops::Range;

use events::Position;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::images::{self, Image, Images};
use super::options;
use crate::contract::read;
use crate::embedded::{EmbeddedLog, EmbeddedOptions};
use crate::{Log, LogError, Record, Topic};

/// How many damages of each image are tried.
const CASES: u64 = 200;

/// What was done to which bytes of which file.
#[derive(Debug)]
struct Damage {
    file: String,
    kind: &'static str,
    bytes: Range<usize>,
}

/// Damages one file at random, and says how.
fn damage(image: &mut Image, dice: &mut ChaCha8Rng) -> Damage {
    let names: Vec<_> = image.keys().cloned().collect();
    let file = names.choose(dice).expect("there are files").clone();
    let bytes = &image[&file];
    // Most of a segment is empty, and most faults are tried where something stands.
    let used = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let length = if dice.random_range(0..5) > 0 { used } else { bytes.len() };
    let at = dice.random_range(0..length);
    damage_at(image, file, at, dice)
}

/// Damages a file at that byte, or from it on.
fn damage_at(image: &mut Image, file: String, at: usize, dice: &mut ChaCha8Rng) -> Damage {
    let bytes = image.get_mut(&file).expect("it is there");
    let (kind, bytes) = match dice.random_range(0..10) {
        0..4 => {
            bytes[at] ^= 1 << dice.random_range(0..8);
            ("flipped", at..at + 1)
        }
        4..6 => {
            let end = bytes.len();
            bytes.truncate(at);
            ("truncated", at..end)
        }
        6..9 => {
            let from = at / 4096 * 4096;
            let to = bytes.len().min(from + 4096 * dice.random_range(1..4));
            bytes[from..to].fill(0);
            ("zeroed", from..to)
        }
        _ => {
            let end = bytes.len();
            image.remove(&file);
            ("removed", 0..end)
        }
    };
    Damage { file, kind, bytes }
}

/// How a damaged log came out.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Same,
    Refused(String),
    /// Only so many records are left.
    Cut(usize),
}

fn outcome(image: &Image, expected: &[Record]) -> Outcome {
    let dir = images::put(image);
    let log = match EmbeddedLog::open(options(dir.path(), 4)) {
        Ok(log) => log,
        Err(error) => return Outcome::Refused(error.to_string()),
    };
    let records = images::contents(&log);
    assert_eq!(records, expected[..records.len()], "what is read is what was written");
    if records.len() == expected.len() { Outcome::Same } else { Outcome::Cut(records.len()) }
}

/// Whether the refusal names the file at fault.
fn names(text: &str, damage: &Damage) -> bool {
    // A removed `meta` and a removed witness are named too: they are missing.
    text.contains(&format!("/{}", damage.file))
}

#[test]
fn a_closed_log_loses_nothing_to_any_damage_or_says_where_it_is() {
    let images = Images::new(30, 120, 2_000);
    assert_eq!(images.killed.len(), images.closed.len());
    let (mut same, mut refused) = (0, 0);
    let mut kinds = BTreeSet::new();
    for seed in 0..CASES {
        let mut dice = ChaCha8Rng::seed_from_u64(seed);
        let mut image = images.closed.clone();
        let damage = damage(&mut image, &mut dice);
        kinds.insert(damage.kind);
        match outcome(&image, &images.records) {
            Outcome::Same => same += 1,
            Outcome::Refused(text) => {
                assert!(names(&text, &damage), "{damage:?}: {text}");
                refused += 1;
            }
            Outcome::Cut(left) => panic!("case {seed}: {damage:?} left {left} records"),
        }
    }
    println!("of {CASES} damages {same} changed nothing and {refused} were refused");
    assert_eq!(kinds.len(), 4, "{kinds:?}");
    assert!(same >= 20 && refused >= 100, "{same} the same, {refused} refused");
}

/// The one window: the process was killed before the witness came, and on top of that everything
/// from some group to the very end is damaged. Every group with a whole one behind it, and every
/// group that the witness knows, is safe.
#[test]
fn a_killed_log_loses_only_damaged_groups_at_its_very_end_that_no_witness_has_seen() {
    let images = Images::new(30, 120, 2_000);
    let groups = images::groups(&images.killed);
    let (mut same, mut refused, mut cut) = (0, 0, 0);
    for seed in 0..2 * CASES {
        let mut dice = ChaCha8Rng::seed_from_u64(1_000 + seed);
        let mut image = images.killed.clone();
        // Every fourth goes for the last three groups, where the window is.
        let damage = if seed % 4 == 0 {
            let group = groups[groups.len() - dice.random_range(1..4)].clone();
            let at = dice.random_range(group.bytes);
            damage_at(&mut image, group.file, at, &mut dice)
        } else {
            damage(&mut image, &mut dice)
        };
        match outcome(&image, &images.records) {
            Outcome::Same => same += 1,
            Outcome::Refused(text) => {
                assert!(names(&text, &damage), "{damage:?}: {text}");
                refused += 1;
            }
            Outcome::Cut(left) => {
                assert!(left >= images.witnessed, "case {seed}: {damage:?} left {left}");
                for lost in &groups[left..] {
                    let hit =
                        damage.bytes.start < lost.bytes.end && lost.bytes.start < damage.bytes.end;
                    assert!(lost.file == damage.file && hit, "{damage:?} took {lost:?}");
                }
                cut += 1;
            }
        }
    }
    let counts = format!("{same} the same, {refused} refused, {cut} cut");
    println!("of {} damages: {counts}", 2 * CASES);
    assert!(same >= 40 && refused >= 200 && cut >= 20, "{counts}");
}

#[test]
fn a_killed_log_whose_last_group_rots_is_cut_with_a_report() {
    let images = Images::new(30, 40, 50);
    let last = images::groups(&images.killed).pop().expect("there are groups");
    let mut image = images.killed.clone();
    image.get_mut(&last.file).expect("it is there")[last.bytes.start + 70] ^= 1;
    let dir = images::put(&image);
    let log = EmbeddedLog::open(options(dir.path(), 4)).expect("it looks like a torn tail");
    assert_eq!(images::contents(&log), images.records[..39]);
    let torn = log.recovery().torn.clone().expect("it is reported");
    assert_eq!((torn.at, torn.bytes), (last.bytes.start as u64, last.bytes.len() as u64));
}

#[test]
fn without_a_witness_a_log_is_opened_only_when_told_so() {
    let images = Images::new(10, 20, 50);
    let mut image = images.closed.clone();
    image.remove("witness");
    let dir = images::put(&image);
    let error = EmbeddedLog::open(options(dir.path(), 4)).err().expect("it proves nothing");
    assert!(error.to_string().contains("without_witness"), "{error}");
    let told = EmbeddedOptions { without_witness: true, ..options(dir.path(), 4) };
    let log = EmbeddedLog::open(told).expect("it was told so");
    assert_eq!(images::contents(&log), images.records);
    drop(log);
    let log = EmbeddedLog::open(options(dir.path(), 4)).expect("it has a witness again");
    assert_eq!(log.recovery().witness_slots_unreadable, 0);
}

#[test]
fn a_record_that_rots_while_the_log_is_open_is_refused_by_the_reader() {
    let images = Images::new(10, 60, 500);
    let dir = images::put(&images.closed);
    let uncached = EmbeddedOptions { cache_bytes_max: 0, ..options(dir.path(), 4) };
    let log = EmbeddedLog::open(uncached).expect("the log opens");
    let rotten = images::groups(&images.closed)[33].clone();
    let mut bytes = images.closed[&rotten.file].clone();
    bytes[rotten.bytes.end - 9] ^= 4;
    std::fs::write(dir.path().join(&rotten.file), bytes).expect("it can be written");
    let mut reader = log.reader(Topic::Commands, &Position::default()).expect("readable");
    assert_eq!(read(&mut *reader, 33), images.records[..33]);
    for _ in 0..2 {
        let error = reader.next(9, std::time::Duration::ZERO).expect_err("it is damaged");
        let LogError::Damaged { file, at, .. } = &error else { panic!("{error}") };
        assert!(file.ends_with(&rotten.file), "{error}");
        assert!(rotten.bytes.contains(&(*at as usize)), "{error}");
    }
}

#[test]
fn a_segment_of_another_log_is_refused() {
    let (one, other) = (Images::new(5, 10, 50), Images::new(5, 10, 50));
    let segment = "00000000000000000000.log".to_owned();
    let mut image = one.closed.clone();
    image.insert(segment.clone(), other.closed[&segment].clone());
    let Outcome::Refused(text) = outcome(&image, &one.records) else { panic!("it was opened") };
    assert!(text.contains(&segment), "{text}");
}

#[test]
fn a_directory_put_back_from_an_older_copy_without_its_witness_is_refused() {
    let images = Images::new(30, 60, 50);
    let mut image = images.killed.clone();
    // The segment is the old one, of 30 groups; the witness is that of the close.
    let old = images::groups(&images.killed)[30].clone();
    image.get_mut(&old.file).expect("it is there")[old.bytes.start..].fill(0);
    image.insert("witness".to_owned(), images.closed["witness"].clone());
    let Outcome::Refused(text) = outcome(&image, &images.records) else { panic!("it was opened") };
    assert!(text.contains("30 groups are lost"), "{text}");
}
