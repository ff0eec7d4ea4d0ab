//! A write or a sync that fails ends everything, once, and nothing of it is shown.

use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use events::Position;

use super::disks::{Counts, FailingDisk, GatedDisk};
use super::{images, open, options, temporary};
use crate::embedded::{EXIT_CODE, EmbeddedLog, EmbeddedOptions};
use crate::{AppendError, Log, LogError, Topic};

/// Runs a log into a failure; gives what was said of it, and what the disk was asked for.
fn fail(disk: FailingDisk) -> (Vec<String>, Counts) {
    let dir = temporary();
    let said = Arc::new(Mutex::new(Vec::new()));
    let disk = Arc::new(disk);
    let hears = Arc::clone(&said);
    let options = EmbeddedOptions {
        disk: Arc::clone(&disk) as _,
        on_fatal: Arc::new(move |fatal| {
            hears.lock().expect("nobody panics with it").push(fatal.to_string());
        }),
        ..options(dir.path(), 4)
    };
    let log = EmbeddedLog::open(options).expect("the log opens");
    let shown = images::fill(&log, 5, 40);
    let mut reader =
        log.reader(Topic::Commands, &log.end(Topic::Commands).expect("the end")).expect("the end");
    // The sixth fails; were the disk asked again it would agree.
    log.append(Topic::Commands, 0, Bytes::from_static(b"never seen")).expect("taken");
    let error = reader.next(1, Duration::from_secs(30)).expect_err("it never comes");
    assert!(matches!(error, LogError::Closed), "{error}");
    assert_eq!(log.append(Topic::Commands, 0, Bytes::new()), Err(AppendError::Closed));
    assert_eq!(images::contents(&log), shown);
    log.close();
    let said = said.lock().expect("nobody panics with it").clone();
    let counts = disk.counts();
    drop(log);
    let again = images::contents(&open(dir.path(), 4));
    assert_eq!(again[..5], shown, "what was shown is there after a restart");
    (said, counts)
}

// Opening an empty log writes nothing into its segment, and syncs it once.

#[test]
fn a_failed_sync_is_said_once_and_never_tried_again() {
    let (said, counts) = fail(FailingDisk::new(Some(7), None));
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("00000000000000000000.log could not be synced"), "{said:?}");
    assert_eq!(counts, Counts { writes: 6, syncs: 7 });
}

#[test]
fn a_full_disk_is_said_once_and_never_tried_again() {
    let (said, counts) = fail(FailingDisk::new(None, Some(6)));
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("could not be written: No space left"), "{said:?}");
    assert_eq!(counts, Counts { writes: 6, syncs: 6 });
}

#[test]
fn a_segment_that_cannot_be_made_ends_it_too() {
    let dir = temporary();
    let (sender, said) = std::sync::mpsc::channel();
    let on_fatal = move |fatal: &crate::embedded::Fatal| {
        // The test may have ended, and then nobody listens.
        drop(sender.send(fatal.to_string()));
    };
    let options = EmbeddedOptions { on_fatal: Arc::new(on_fatal), ..options(dir.path(), 4) };
    let log = EmbeddedLog::open(options).expect("the log opens");
    std::fs::create_dir(dir.path().join("segment.new")).expect("it can be made");
    let bytes = Bytes::from(vec![1; 60_000]);
    while log.append(Topic::Commands, 0, bytes.clone()) != Err(AppendError::Closed) {
        std::thread::yield_now();
    }
    let text = said.recv_timeout(Duration::from_secs(30)).expect("it is said");
    assert!(text.contains("segment.new could not be made"), "{text}");
    drop(log);
    assert!(said.try_recv().is_err(), "it is said once");
}

#[test]
fn by_default_it_ends_the_process() {
    let program = std::env::current_exe().expect("the test binary");
    let name = "embedded::tests::failure::the_process_that_ends";
    let output = Command::new(program)
        .args(["--exact", name, "--ignored", "--nocapture"])
        .output()
        .expect("it can be started");
    assert_eq!(output.status.code(), Some(EXIT_CODE), "{output:?}");
    assert!(!String::from_utf8_lossy(&output.stdout).contains("still alive"), "{output:?}");
}

#[test]
#[ignore = "it ends the process, and is run by the test before it"]
fn the_process_that_ends() {
    let dir = temporary();
    let disk = Arc::new(FailingDisk::new(Some(2), None));
    let options = EmbeddedOptions { disk, ..options(dir.path(), 1) };
    let log = EmbeddedLog::open(options).expect("the log opens");
    log.append(Topic::Commands, 0, Bytes::from_static(b"never seen")).expect("taken");
    let mut reader = log.reader(Topic::Commands, &Position::default()).expect("readable");
    let came = reader.next(1, Duration::from_secs(30));
    panic!("still alive: {came:?}");
}

#[test]
fn nothing_is_shown_before_its_sync_and_a_full_queue_says_so() {
    let dir = temporary();
    let disk = Arc::new(GatedDisk::default());
    let gate = Arc::clone(&disk);
    let options = EmbeddedOptions { disk, queue_records_max: 3, ..options(dir.path(), 1) };
    let log = EmbeddedLog::open(options).expect("the log opens");
    let mut reader = log.reader(Topic::Commands, &Position::default()).expect("readable");
    gate.shut();
    let append = || log.append(Topic::Commands, 0, Bytes::from_static(b"12345678"));
    append().expect("taken");
    gate.wait_for_sync();
    for _ in 0..3 {
        append().expect("three may wait");
    }
    assert_eq!(append(), Err(AppendError::Full { records: 3, bytes: 180 }));
    assert_eq!(reader.next(1, Duration::from_millis(20)).expect("readable"), []);
    assert_eq!(log.end(Topic::Commands).expect("the end"), Position::default());
    gate.open();
    assert_eq!(crate::contract::read(&mut *reader, 4).len(), 4);
    append().expect("there is room again");
}
