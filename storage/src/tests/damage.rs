//! Ends that nobody planned: a kill, a power cut, a disk that forgets.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use events::Stamp;
use ledger::{Row, RowChange, RowKey};

use super::{Model, changes, log_of, open, open_checked, tombstone};
use crate::testing::Draw;
use crate::{Error, Loaded, Store, StoreOptions};

/// How many rows a state has at any time in the runs below: each write puts as many new ones as
/// it takes old ones away, so that half a batch would show.
const ROWS_PER_WRITE: u64 = 5;

/// Write number `number`, counted from 1: rows that say when they were written.
fn write_number(store: &Store, number: u64) {
    let mut changes = changes(number);
    for index in 0..ROWS_PER_WRITE {
        let row = tombstone(number * ROWS_PER_WRITE + index);
        changes.ledger.push(RowChange::Put(Row::Tombstone(row)));
        if let Some(old) = (number * ROWS_PER_WRITE + index).checked_sub(4 * ROWS_PER_WRITE) {
            changes.ledger.push(RowChange::Delete(RowKey::Tombstone(tombstone(old).hold)));
        }
    }
    store.write(&changes, Stamp(1)).expect("a write");
}

/// Sees that the rows are exactly those of the position, and says how many writes that is.
fn expect_whole(loaded: &Loaded) -> u64 {
    let writes = loaded.position.next_offset(0);
    let first = writes.saturating_sub(3).max(1) * ROWS_PER_WRITE;
    let last = (writes + 1) * ROWS_PER_WRITE;
    let expected: Vec<_> = (first..last)
        .filter(|_| writes > 0)
        .map(|number| Row::Tombstone(tombstone(number)))
        .collect();
    assert_eq!(loaded.rows, vec![expected], "at {}", loaded.position);
    writes
}

fn loaded(dir: &Path) -> Loaded {
    let store = open(dir);
    store.check_against(&log_of(1, 3_000)).expect("a state of this log");
    store.load().expect("rows")
}

#[test]
fn a_kill_leaves_whole_writes_and_loses_none_that_was_answered() {
    const DIR: &str = "ROOMNIGHT_STORAGE_TEST_WRITER";
    if let Some(dir) = std::env::var_os(DIR) {
        // This is the process to be killed: it writes until then.
        let store = open_checked(Path::new(&dir), 3_000);
        for number in store.position().next_offset(0) + 1..3_000 {
            write_number(&store, number);
            println!("written {number}");
            std::io::stdout().flush().expect("a pipe");
        }
        return;
    }
    let dir = tempfile::tempdir().expect("a directory");
    let mut draw = Draw::new(11);
    for _ in 0..8 {
        let mut writer = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "--nocapture"])
            .arg("tests::damage::a_kill_leaves_whole_writes_and_loses_none_that_was_answered")
            .env(DIR, dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process");
        let lines = BufReader::new(writer.stdout.take().expect("its output")).lines();
        let written = |line: std::io::Result<String>| {
            line.expect("text").split_once("written ")?.1.parse::<u64>().ok()
        };
        let last = lines.filter_map(written).nth(draw.within(0..=90) as usize).expect("a write");
        writer.kill().expect("a kill");
        writer.wait().expect("its end");
        let writes = expect_whole(&loaded(dir.path()));
        assert!(writes >= last, "write {last} was answered and is lost: {writes}");
    }
}

#[test]
fn a_torn_or_damaged_write_ahead_log_leaves_whole_writes() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open_checked(dir.path(), 3_000);
    (1..=60).for_each(|number| write_number(&store, number));
    drop(store);
    let log = only(&dir.path().join("state"), "log");
    let bytes = fs::read(&log).expect("the write-ahead log");
    assert!(bytes.len() > 60 * 100, "sixty writes are in the write-ahead log");
    let mut draw = Draw::new(5);
    let mut least = u64::MAX;
    for turn in 0..60 {
        let copy = tempfile::tempdir().expect("a directory");
        copy_dir(&dir.path().join("state"), &copy.path().join("state"));
        let mut damaged = bytes.clone();
        let at = draw.u64() as usize % damaged.len();
        if turn % 2 == 0 {
            damaged.truncate(at);
        } else {
            damaged[at] ^= 1 << (draw.u64() % 8);
        }
        fs::write(only(&copy.path().join("state"), "log"), damaged).expect("a write");
        let store = match Store::open(StoreOptions::at(copy.path().join("state"))) {
            Ok(store) => store,
            Err(Error::Corrupt { .. } | Error::Unavailable { .. }) => continue,
            Err(error) => panic!("{error}"),
        };
        store.check_against(&log_of(1, 60)).expect("a state behind its log");
        least = least.min(expect_whole(&store.load().expect("rows")));
    }
    assert!(least < 60, "no damage was met at all");
}

#[test]
fn a_damaged_file_is_an_error_and_never_a_wrong_row() {
    let dir = tempfile::tempdir().expect("a directory");
    let (mut draw, mut model) = (Draw::new(21), Model::default());
    let store = open_checked(dir.path(), 10_000);
    for _ in 0..150 {
        store.write(&model.next(&mut draw), Stamp(1)).expect("a write");
    }
    store.flush().expect("a flush");
    drop(store);
    let mut refused = 0;
    for _ in 0..40 {
        let copy = tempfile::tempdir().expect("a directory");
        copy_dir(&dir.path().join("state"), &copy.path().join("state"));
        let files = files(&copy.path().join("state"), "sst");
        let file = &files[draw.u64() as usize % files.len()];
        let mut bytes = fs::read(file).expect("a file");
        let at = draw.u64() as usize % bytes.len();
        bytes[at] ^= 1 << (draw.u64() % 8);
        fs::write(file, bytes).expect("a write");
        let loaded =
            Store::open(StoreOptions::at(copy.path().join("state"))).and_then(|store| store.load());
        match loaded {
            Ok(loaded) => model.expect(&loaded),
            Err(Error::Corrupt { .. } | Error::Unavailable { .. }) => refused += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert!(refused > 20, "only {refused} of 40 were noticed: the rest met bytes of no meaning");
}

#[test]
fn a_row_that_is_not_what_was_written_is_named_by_every_read() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open_checked(dir.path(), 100);
    write_number(&store, 1);
    let (key, value) = ([&[12], [0; 15].as_slice(), &[5]].concat(), b"nonsense");
    store.db.put(&key, value).expect("a write past the tables");
    let error = store.load().expect_err("a damaged row");
    let same = store.load_ledger(1, |_, _| ()).expect_err("a damaged row");
    assert_eq!(same.to_string(), error.to_string());
    let Error::Corrupt { table: "tombstone", key, .. } = &error else { panic!("{error}") };
    assert_eq!(key, "0c00000000000000000000000000000005");
    assert!(error.to_string().contains("rebuilt from the log"), "{error}");

    let other = [77_u8, 1, 2];
    store.db.put(other, b"").expect("a write past the tables");
    store.db.delete([&[12], [0; 15].as_slice(), &[5]].concat()).expect("a delete");
    let error = store.load().expect_err("a row of no table");
    assert!(error.to_string().contains("at key 4d0102: no table has this key"), "{error}");
}

#[test]
fn rows_without_their_position_are_refused_at_the_start() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open_checked(dir.path(), 100);
    write_number(&store, 1);
    store.db.delete([1_u8]).expect("a delete past the tables");
    drop(store);
    let error = Store::open(StoreOptions::at(dir.path().join("state"))).err().expect("no position");
    assert!(matches!(error, Error::Corrupt { table: "meta", .. }), "{error}");
}

fn files(dir: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).expect("a directory");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut files: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|found| found == extension)).collect();
    files.sort();
    files
}

/// The one file of that extension that holds something.
fn only(dir: &Path, extension: &str) -> PathBuf {
    let length = |path: &PathBuf| fs::metadata(path).expect("a file").len();
    files(dir, extension).into_iter().max_by_key(length).expect("a file")
}

fn copy_dir(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).expect("a directory") {
        let entry = entry.expect("an entry");
        fs::copy(entry.path(), to.join(entry.file_name())).expect("a copy");
    }
}
