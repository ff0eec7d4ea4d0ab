//! A document goes from a file to being in force and back, against a running server.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use events::Night;
use serving::SystemClock;
use tokio::sync::oneshot;

use super::*;
use crate::bench::world::World;
use crate::config::Config;
use crate::directory::DataFolder;
use crate::hand::Words;
use crate::run::{Parts, System};

const DEAR: &str = r#"
schema = 1
kind = "pricing"

[[seasons]]
name = "new year"
first_night = 2030-01-01
last_night = 2030-01-02
priority = 1
adjustment_permille = 500
"#;

/// Runs what asks a server that has one hotel.
fn with_server(ask: impl FnOnce(SocketAddr, PropertyId) + Send + 'static) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let parts = Parts {
        folder: DataFolder::at(folder.path()),
        clock: Arc::new(SystemClock),
        listener: None,
    };
    let mut system = System::start(&Config::default(), parts).expect("it starts");
    system.own().expect("it is owned");
    let world = World::new(2).expect("a world");
    let hand = system.hand().expect("randomness");
    for (number, command) in (1_u128..).zip(world.define(1).expect("a hotel")) {
        let words = Words {
            id: events::CommandId(number),
            sequence: hand.next_sequence(),
            not_after: events::LogTime(u64::MAX),
            stamp: system.app().clock.now(),
            command,
        };
        hand.append(words).expect("the log takes it");
    }
    let property = world.property(1).expect("an id");
    system.wait_for_supply(&property, world.room_type()).expect("it is stored");
    let listener = TcpListener::bind("127.0.0.1:0").expect("an address");
    let address = listener.local_addr().expect("an address");
    let (stop, stopped) = oneshot::channel::<()>();
    let asking = std::thread::spawn(move || {
        // It is told to stop also by a panic.
        let _stop = stop;
        ask(address, property);
    });
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    let app = Arc::clone(system.app());
    let served = serving::serve(listener, app, async move { drop(stopped.await) });
    runtime.block_on(served).expect("it serves");
    drop(runtime);
    asking.join().expect("what was asked was answered as it should be");
    system.stop().expect("it stops");
}

fn write(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), text).expect("a file");
    file
}

#[test]
fn a_document_is_staged_compared_promoted_and_rolled_back() {
    with_server(|address, property| {
        let mut tuner = Tuner::connect(address, None).expect("it answers");
        let file = write(DEAR);
        let (kind, text) = check(file.path()).expect("it is a policy");
        let shelf = Shelf { property, kind };
        let dear: PolicyVersion = "dear".parse().expect("an id");
        let staged = tuner.stage(&shelf, &dear, &text).expect("it is staged");
        assert!(staged.contains("computed beside") && !staged.contains("not"), "{staged}");
        let first: Night = "2030-01-01".parse().expect("a night");
        let nights = Stay::new(first, first.plus(4)).expect("nights");
        let diff = tuner.diff(&shelf, &dear, nights).expect("it is the candidate");
        let shown = diff.to_string();
        assert!(shown.contains("2 raised, 0 lowered of 4"), "{shown}");
        assert!(shown.contains("pricing: dear against what is built in"), "{shown}");
        assert_eq!(PolicyDiff::read(diff.json()), Some(diff.diff.clone()));

        tuner.promote(&shelf, &dear).expect("it is promoted");
        let over = tuner.diff(&shelf, &dear, nights).expect_err("it is no candidate any more");
        assert!(over.to_string().contains("Not the candidate"), "{over}");
        let again = tuner.stage(&shelf, &dear, &text).expect("the same text again");
        assert!(again.contains("is not computed"), "{again}");
        tuner.rollback(&shelf).expect("it is rolled back");
        let again = tuner.diff(&shelf, &dear, nights).expect("it is the candidate again");
        assert_eq!(again.diff.changes, diff.diff.changes);
        let nothing = tuner.rollback(&shelf).expect_err("nothing is in force");
        assert!(matches!(nothing, TuneError::Refused { status: 409, .. }), "{nothing}");
    });
}

#[test]
fn every_fault_of_a_document_is_told_with_its_place() {
    let file = write("schema = 1\nkind = \"pricing\"\nnonsense = 3\n[more]\nnonsense = 4\n");
    let error = check(file.path()).expect_err("it is no policy").to_string();
    let path = file.path().display();
    for place in [format!("{path}: line 3, column 1: "), format!("{path}: line 4, column 2: ")] {
        assert!(error.contains(&place), "{place} is not in {error}");
    }
    let nowhere = check(Path::new("/nowhere/at-all.toml")).expect_err("there is none");
    assert!(matches!(nowhere, TuneError::Unreadable { .. }), "{nowhere}");
}

#[test]
fn nobody_there_is_told_with_what_to_do() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("an address");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let Err(error) = Tuner::connect(address, None) else { panic!("nobody is there") };
    assert!(error.to_string().contains("--server"), "{error}");
}
