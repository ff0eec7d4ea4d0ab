//! The witness says what was written last, also when one slot cannot be read.

use std::path::Path;

use events::ChainHash;

use super::{Mark, NAME, SLOT_BYTES, Witness};
use crate::embedded::directory::Directory;
use crate::embedded::disk::LocalDisk;
use crate::embedded::layout::{Location, LogId};

const ID: LogId = LogId([7; 16]);

fn mark(group: u64) -> Mark {
    let end = Location { segment: group / 10, at: 64 + group * 100 };
    Mark { group, end, hash: ChainHash::default().then(&group.to_le_bytes()) }
}

fn written(dir: &Path, groups: u64) -> Directory {
    let directory = Directory::lock(dir).expect("nobody has it");
    let mut witness = Witness::make(&directory, ID, Mark::beginning()).expect("it can be made");
    for group in 1..=groups {
        witness.write(mark(group), &LocalDisk).expect("it can be written");
    }
    directory
}

#[test]
fn the_newest_mark_is_read() {
    for groups in [1, 2, 3, 8] {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let directory = written(dir.path(), groups);
        let (witness, testimony) = Witness::open(&directory, ID).expect("readable");
        assert_eq!((testimony.mark, testimony.slots_unreadable), (Some(mark(groups)), 0));
        assert!(witness.is_some());
    }
}

#[test]
fn with_one_slot_unreadable_the_other_speaks_and_with_two_nobody_does() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let directory = written(dir.path(), 5);
    let path = directory.file(NAME);
    let mut bytes = std::fs::read(&path).expect("it is there");
    // Turns 1 and 2 were those of making it, so group 5 is turn 7 and stands in slot 1.
    bytes[SLOT_BYTES + 60] ^= 1;
    std::fs::write(&path, &bytes).expect("it can be written");
    let (_, testimony) = Witness::open(&directory, ID).expect("readable");
    assert_eq!((testimony.mark, testimony.slots_unreadable), (Some(mark(4)), 1));
    bytes[3] ^= 1;
    std::fs::write(&path, &bytes).expect("it can be written");
    let (witness, testimony) = Witness::open(&directory, ID).expect("readable");
    assert_eq!((testimony.mark, testimony.slots_unreadable), (None, 2));
    assert!(witness.is_none());
}

#[test]
fn the_witness_of_another_log_says_nothing() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let directory = written(dir.path(), 5);
    let (_, testimony) = Witness::open(&directory, LogId([8; 16])).expect("readable");
    assert_eq!(testimony.mark, None);
}
