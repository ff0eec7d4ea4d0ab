//! Over a log whose dead letters arrive when the test says so: nothing that passes a record is
//! stored before its letter is kept, and what ends before that puts it aside again.

use std::time::Duration;

use bytes::Bytes;
use events::ChainHash;
use ingest::{Bookmark, MemoryLog};
use ledger::State;

use super::*;
use crate::host::Standings;
use crate::mailbox::Mailbox;
use crate::status::Status;
use crate::{Base, Changes, Engine, EngineOptions, Intake, Listener, PartitionStart, Reply};

const PATIENCE: Duration = Duration::from_secs(60);

/// How long something is watched that must not happen.
const WATCHED: Duration = Duration::from_millis(100);

/// A log that keeps dead letters back until it is told to let them go.
#[derive(Clone)]
struct Slow {
    log: MemoryLog,
    kept_back: Arc<Mutex<Vec<(u16, Bytes)>>>,
}

impl Slow {
    fn new() -> Self {
        Self { log: MemoryLog::new(1), kept_back: Arc::default() }
    }

    /// Lets those go that were kept back first.
    fn let_go(&self, count: usize) {
        let going: Vec<_> = self.kept_back.lock().expect("no panic").drain(..count).collect();
        for (partition, bytes) in going {
            self.log.append(Topic::DeadLetters, partition, bytes).expect("it is taken");
        }
    }

    fn letters(&self) -> Arc<Letters> {
        Arc::new(Letters::new(Arc::new(self.clone())).expect("a log"))
    }
}

impl Log for Slow {
    fn partitions(&self) -> u16 {
        self.log.partitions()
    }

    fn append(&self, topic: Topic, partition: u16, bytes: Bytes) -> Result<(), AppendError> {
        if topic == Topic::DeadLetters {
            self.kept_back.lock().expect("no panic").push((partition, bytes));
            return Ok(());
        }
        self.log.append(topic, partition, bytes)
    }

    fn identity(&self) -> String {
        self.log.identity()
    }

    fn end(&self, topic: Topic) -> Result<Position, LogError> {
        self.log.end(topic)
    }

    fn reader(&self, topic: Topic, from: &Position) -> Result<Box<dyn Reader>, LogError> {
        self.log.reader(topic, from)
    }

    fn chain_at(&self, topic: Topic, partition: u16, next: u64) -> Result<ChainHash, LogError> {
        self.log.chain_at(topic, partition, next)
    }
}

fn letter(offset: u64) -> DeadLetter {
    let bytes = Bytes::from_static(b"nonsense");
    DeadLetter { topic: Topic::Commands, partition: 0, offset, reason: "none".to_owned(), bytes }
}

fn shared(letters: &Arc<Letters>) -> Shared {
    let mailbox = Mailbox::new(Batch::default(), 1_000, Duration::ZERO);
    let (status, standings) = (Status::default(), Standings::default());
    Shared::new(mailbox, Arc::clone(letters), status, None, standings)
}

fn put(shared: &Shared, next_offset: u64) {
    let up_to = Position::from_iter([(0, next_offset)]);
    assert!(shared.mailbox.put(&mut Batch { up_to, ..Batch::default() }));
}

fn put_aside(letters: &Letters, offset: u64) {
    letters.put_aside(&letter(offset), || false).expect("it is taken");
}

/// A batch waits for the letters that were sent before it was taken, and for no later one: so a
/// stream of letters holds up nothing for ever.
#[test]
fn a_batch_waits_for_its_own_letters() {
    let log = Slow::new();
    let letters = log.letters();
    let (shared, mut held) = (shared(&letters), Held::default());
    let mut read_back = ReadBack::new(&letters);
    let mut next = |held: &mut Held| {
        read_back.read(Duration::ZERO).expect("it is read");
        held.next(&shared).map(|batch| batch.up_to.next_offset(0))
    };
    put(&shared, 1);
    assert_eq!(next(&mut held), Some(1), "no letter, no waiting");

    put_aside(&letters, 1);
    put(&shared, 2);
    assert_eq!(next(&mut held), None, "the letter is on its way");
    put_aside(&letters, 2);
    put(&shared, 3);
    put(&shared, 4);
    assert_eq!(next(&mut held), None);
    log.let_go(1);
    assert_eq!(next(&mut held), Some(2), "the letter of the first is kept");
    assert_eq!(next(&mut held), None, "that of the second is on its way");
    log.let_go(1);
    assert_eq!(next(&mut held), Some(4), "what came meanwhile is one batch");
    assert_eq!(next(&mut held), None);
}

/// The bookmark of a topic of signals waits as the position of the commands does.
#[test]
fn a_bookmark_waits_for_a_letter() {
    let log = Slow::new();
    log.append(Topic::Searches, 0, Bytes::from_static(b"nonsense")).expect("it is taken");
    let letters = log.letters();
    let shared = Arc::new(shared(&letters));
    let (hearing, told) = (crate::Hearing::new(Arc::clone(&shared)), Arc::new(Mutex::new(0)));
    let count = Arc::clone(&told);
    let ear: crate::intake::Ear = Arc::new(move |heard| {
        hearing.tell(heard);
        *count.lock().expect("no panic") += heard.dead_letters_count;
        Ok(())
    });
    let failed: crate::intake::OnFailure = Arc::new(|error| panic!("{error}"));
    let of_log: Arc<dyn Log> = Arc::new(log.clone());
    let from = vec![(Topic::Searches, Bookmark::default())];
    let intake = Intake::start(&of_log, &letters, from, &ear, &failed).expect("it starts");
    while *told.lock().expect("no panic") == 0 {
        std::thread::yield_now();
    }
    drop(intake);

    let (mut read_back, mut held) = (ReadBack::new(&letters), Held::default());
    read_back.read(Duration::ZERO).expect("it is read");
    assert!(held.next(&shared).is_none(), "its letter is on its way");
    log.let_go(1);
    read_back.read(Duration::ZERO).expect("it is read");
    let batch = held.next(&shared).expect("its letter is kept");
    assert_eq!(batch.bookmarks[&Topic::Searches].position().next_offset(0), 1);
}

/// Hears nothing.
struct Deaf;

impl Listener for Deaf {
    fn decided(&mut self, _: &[Reply], _: &[(u16, events::LogTime)]) {}
}

/// An engine over the whole log, and the positions that it stores.
fn start(log: &Slow) -> (Engine, Arc<Mutex<Vec<Position>>>) {
    let start = PartitionStart {
        partition: 0,
        state: State::new(),
        next_offset: 0,
        chain: Default::default(),
        digest: Default::default(),
    };
    let base = Base { partitions: vec![start], ..Base::default() };
    let stored = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&stored);
    let sink = move |changes: Changes| {
        kept.lock().expect("no panic").push(changes.up_to);
        Ok(())
    };
    let log = Arc::new(log.clone());
    let options = EngineOptions::default();
    let engine = Engine::start(options, log, base, Box::new(Deaf), Box::new(sink));
    (engine.expect("it starts"), stored)
}

/// A process that ends while a letter is on its way has stored nothing past its record, so that the
/// next one puts it aside again.
#[test]
fn a_letter_that_is_lost_with_its_process_is_sent_again() {
    let log = Slow::new();
    log.append(Topic::Commands, 0, Bytes::from_static(b"nonsense")).expect("it is taken");
    let end = Position::from_iter([(0, 1)]);
    let (engine, stored) = start(&log);
    while !engine.status().decided.covers(&end) {
        std::thread::yield_now();
    }
    assert!(!engine.wait_stored(&end, WATCHED), "{:?}", engine.status());
    drop(engine);
    let stored = stored.lock().expect("no panic");
    assert!(stored.iter().all(|position| !position.covers(&end)), "{stored:?}");
    // The letter is lost.
    log.kept_back.lock().expect("no panic").clear();

    let (engine, _) = start(&log);
    while log.kept_back.lock().expect("no panic").is_empty() {
        std::thread::yield_now();
    }
    log.let_go(1);
    assert!(engine.wait_stored(&end, PATIENCE), "{:?}", engine.status());
    engine.stop().expect("it ends well");
    let letters = ingest::dead_letters::list(&log).expect("they are listed");
    assert_eq!(letters.iter().map(DeadLetter::stood).collect::<Vec<_>>(), [letter(0).stood()]);
}
