//! Whatever goes wrong, an engine says so, tells the process and does not hang.

use std::sync::mpsc;

use events::ChainHash;
use ingest::{AppendError, LogError, Reader, Record};

use super::*;
use crate::SinkError;

/// A log whose readers give something else than what it holds.
struct Tampered {
    log: MemoryLog,
    tamper: fn(&mut Vec<Record>),
}

struct TamperedReader {
    reader: Box<dyn Reader>,
    tamper: fn(&mut Vec<Record>),
}

impl Log for Tampered {
    fn partitions(&self) -> u16 {
        self.log.partitions()
    }

    fn append(&self, topic: Topic, partition: u16, bytes: bytes::Bytes) -> Result<(), AppendError> {
        self.log.append(topic, partition, bytes)
    }

    fn identity(&self) -> String {
        self.log.identity()
    }

    fn end(&self, topic: Topic) -> Result<Position, LogError> {
        self.log.end(topic)
    }

    fn reader(&self, topic: Topic, from: &Position) -> Result<Box<dyn Reader>, LogError> {
        let reader = self.log.reader(topic, from)?;
        Ok(Box::new(TamperedReader { reader, tamper: self.tamper }))
    }

    fn chain_at(&self, topic: Topic, partition: u16, next: u64) -> Result<ChainHash, LogError> {
        self.log.chain_at(topic, partition, next)
    }
}

impl Reader for TamperedReader {
    fn next(&mut self, records_max: usize, wait: Duration) -> Result<Vec<Record>, LogError> {
        let mut records = self.reader.next(records_max, wait)?;
        (self.tamper)(&mut records);
        Ok(records)
    }
}

/// Starts an engine that is to fail; returns its error, which `on_fatal` and `status` told as well.
fn fail(log: Arc<dyn Log>, sink: Sink) -> (EngineError, Status) {
    let (told, heard) = mpsc::channel();
    let on_fatal: OnFatal = Box::new(move |error| drop(told.send(error.to_string())));
    let options = EngineOptions { on_fatal: Some(on_fatal), ..options(1, 10) };
    let listener = Kept::default().listener();
    let engine = Engine::start(options, log, nothing(1), listener, sink).unwrap();
    let text = heard.recv_timeout(PATIENCE).unwrap();
    let status = engine.status();
    assert_eq!(status.failure.as_deref(), Some(text.as_str()));
    let begun = Instant::now();
    let error = engine.stop().unwrap_err();
    assert!(begun.elapsed() < STOP_WAIT, "a failed engine has nothing to wait for");
    assert_eq!(error.to_string(), text);
    (error, status)
}

fn history() -> History {
    world::Writer::new(8, 1).history(300)
}

fn tampered(tamper: fn(&mut Vec<Record>)) -> EngineError {
    let log = history().log(300);
    fail(Arc::new(Tampered { log, tamper }), Kept::default().sink()).0
}

/// A record that is left out stops the engine before anything is decided from the next one.
#[test]
fn a_gap_is_fatal() {
    let error = tampered(|records| records.retain(|record| record.offset != 123));
    let EngineError::Gap { partition: 0, expected: 123, found: 124 } = error else {
        panic!("{error:?}");
    };
}

/// A record that comes twice is as wrong as one that is missing.
#[test]
fn a_record_given_twice_is_fatal() {
    let error = tampered(|records| {
        if let Some(index) = records.iter().position(|record| record.offset == 77) {
            records.insert(index, records[index].clone());
        }
    });
    assert!(matches!(error, EngineError::Gap { expected: 78, found: 77, .. }), "{error:?}");
}

/// Other bytes than those that were hashed stop the engine.
#[test]
fn a_changed_record_is_fatal() {
    let error = tampered(|records| {
        for record in records.iter_mut().filter(|record| record.offset == 200) {
            record.bytes = bytes::Bytes::from_static(b"something else");
        }
    });
    assert!(matches!(error, EngineError::Forked { offset: 200, .. }), "{error:?}");
}

/// A log of the same length with other records is refused before one of them is read.
#[test]
fn another_log_is_fatal() {
    let log = history().log(300);
    let (kept, ..) = run(options(1, 100), &log, nothing(1));
    let base = Stored::of(&kept.changes()).base();
    let other = world::Writer::new(9, 1).history(310).log(310);
    let (listener, sink) = (kept.listener(), kept.sink());
    let error = Engine::start(options(1, 10), Arc::new(other), base, listener, sink).unwrap_err();
    let refused = EngineError::Log(LogError::Closed);
    assert_eq!(std::mem::discriminant(&error), std::mem::discriminant(&refused), "{error:?}");
    assert!(error.to_string().contains("is another log"), "{error}");
}

/// A log that ends while the engine reads it is not taken for a quiet one.
#[test]
fn a_closed_log_is_fatal() {
    let log = history().log(300);
    log.close();
    let (error, _) = fail(Arc::new(log), Kept::default().sink());
    let readable = matches!(error, EngineError::Log(LogError::Closed));
    // The bad records in the history cannot be put aside any more.
    assert!(readable || matches!(error, EngineError::DeadLetter { .. }), "{error:?}");
}

/// What cannot be stored stops everything; nothing after it is offered to the sink.
#[test]
fn a_failing_sink_is_fatal() {
    let kept = Kept::default();
    let mut inner = kept.sink();
    let sink: Sink = Box::new(move |changes| {
        if changes.up_to.next_offset(0) >= 50 {
            return Err(SinkError::from("the disk is full"));
        }
        inner(changes)
    });
    let log = history().log(300);
    let (error, status) = fail(Arc::new(log), sink);
    assert!(matches!(error, EngineError::Sink { .. }), "{error:?}");
    assert!(error.to_string().contains("the disk is full"));
    assert!(status.stored.next_offset(0) < 50);
    assert!(kept.changes().iter().all(|changes| changes.up_to.next_offset(0) < 50));
}

/// A panic in one thread ends the others.
#[test]
fn a_panic_is_fatal() {
    let log = history().log(300);
    let sink: Sink = Box::new(|_| panic!("a defect in the sink, as this test wants it"));
    let (error, _) = fail(Arc::new(log), sink);
    assert!(matches!(error, EngineError::Panicked { thread: "writer" }), "{error:?}");
}

/// A position past the end of the log is refused at the start.
#[test]
fn a_log_that_is_shorter_than_the_state_is_refused() {
    let mut base = nothing(1);
    base.partitions[0].next_offset = 5;
    let kept = Kept::default();
    let log = Arc::new(MemoryLog::new(1));
    let error = Engine::start(options(1, 10), log, base, kept.listener(), kept.sink()).unwrap_err();
    assert!(matches!(error, EngineError::Log(LogError::PastTheEnd { .. })), "{error:?}");
}

/// Another number of partitions, and options that cannot be, are refused at the start.
#[test]
fn what_cannot_be_is_refused() {
    let start = |options, base| {
        let kept = Kept::default();
        let log = Arc::new(MemoryLog::new(2));
        Engine::start(options, log, base, kept.listener(), kept.sink()).unwrap_err().to_string()
    };
    assert!(start(options(1, 1), nothing(3)).contains("[0, 1, 2] and the log has 2"));
    assert!(start(options(0, 1), nothing(2)).contains("`workers` is 0"));
    assert!(start(options(1, 0), nothing(2)).contains("`records_max` is 0"));
}
