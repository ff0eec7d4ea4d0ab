//! The engine over a log in memory, with the real ledger: the same decisions however it runs, views
//! that equal a recomputation at every position, restarts, and ends of every kind.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::time::Instant;

use ingest::MemoryLog;
use ledger::rows::Row;
use ledger::{RowChange, RowKey, State};

use super::*;
use crate::stored::StoredInMemory;
use crate::{AvailabilityKey, AvailabilityRow, Changes, ViewKey, ViewRow};
use world::{Expected, History, Kept, Rows};

mod failures;
mod measures;
mod prices;
mod world;

const PATIENCE: Duration = Duration::from_secs(60);

fn options(workers: usize, records_max: usize) -> EngineOptions {
    EngineOptions { workers, records_max, ..EngineOptions::default() }
}

/// The state before the first record.
fn nothing(partitions: u16) -> Base {
    let start = |partition| PartitionStart {
        partition,
        state: State::new(),
        next_offset: 0,
        chain: Default::default(),
        digest: Default::default(),
    };
    Base { partitions: (0..partitions).map(start).collect(), ..Base::default() }
}

/// Starts an engine whose views take whatever waits at once, so that there are many epochs to
/// check.
fn start(options: EngineOptions, log: Arc<dyn Log>, base: Base, kept: &Kept) -> Engine {
    let (listener, sink) = (kept.listener(), kept.sink());
    Engine::start_paced(Duration::ZERO, options, log, base, listener, sink).unwrap()
}

/// Runs an engine over all of a log and stops it once everything is stored.
fn run(options: EngineOptions, log: &MemoryLog, base: Base) -> (Kept, Status, Stopped) {
    let kept = Kept::default();
    let engine = start(options, Arc::new(log.clone()), base, &kept);
    assert!(
        engine.wait_stored(&log.end(Topic::Commands).expect("the end"), PATIENCE),
        "{:?}",
        engine.status()
    );
    let status = engine.status();
    (kept, status, engine.stop().unwrap())
}

fn apply_view(rows: &mut Rows, changes: &Changes) {
    for (key, row) in changes.availability.clone() {
        match row {
            Some(row) => rows.insert(key, row),
            None => rows.remove(&key),
        };
    }
}

/// Checks each of the changes against a recomputation at its position; returns the view at the end.
fn check_every_position(changes: &[Changes], expected: &[Expected]) -> Rows {
    let mut rows = Rows::new();
    let mut before = Position::default();
    for changes in changes {
        assert!(changes.up_to.covers(&before), "{} after {before}", changes.up_to);
        before = changes.up_to.clone();
        apply_view(&mut rows, changes);
        let mut recomputed = Rows::new();
        for (partition, expected) in (0..).zip(expected) {
            recomputed.extend(expected.rows(changes.up_to.next_offset(partition)));
        }
        assert_eq!(rows, recomputed, "at {}", changes.up_to);
    }
    rows
}

/// Batches and workers change neither a decision nor a row, and every position shows the truth.
#[test]
fn the_same_whatever_the_batches_and_workers() {
    let history = world::Writer::new(1, 1).history(1_500);
    let expected = Expected::of(&history, 0);
    assert!(expected.dead_letters_count > 5);
    for (records_max, workers) in [(1, 1), (1, 2), (7, 1), (7, 2), (1000, 1), (1000, 2)] {
        let log = history.log(history.records.len());
        // A mailbox of one change lets no batch pile on another, so that each is an epoch.
        let changes_pending_max = if records_max < 1000 { 1 } else { 1_000_000 };
        let options = EngineOptions { changes_pending_max, ..options(workers, records_max) };
        let (kept, status, stopped) = run(options, &log, nothing(1));
        assert_eq!(stopped.digests, [(0, expected.digest)], "{records_max} {workers}");
        assert_eq!(stopped.stored, log.end(Topic::Commands).expect("the end"));
        assert_eq!(status.corrected_rows_count, Some(0));
        assert_eq!(status.dead_letters_count, expected.dead_letters_count);
        assert_eq!(
            ingest::dead_letters::list(&log).unwrap().len() as u64,
            status.dead_letters_count
        );
        let changes = kept.changes();
        let rows = check_every_position(&changes, &[expected_of(&history)]);
        assert!(rows.len() > 20, "a world in which something is sold");
        assert!(records_max == 1000 || changes.len() > 100, "only {} epochs", changes.len());
        check_replies(&kept, &history, status.dead_letters_count);
    }
}

fn expected_of(history: &History) -> Expected {
    Expected::of(history, 0)
}

/// Every readable record is answered once, in order.
fn check_replies(kept: &Kept, history: &History, dead_letters_count: u64) {
    let replies = kept.replies.lock().unwrap();
    assert_eq!(replies.len() as u64, history.records.len() as u64 - dead_letters_count);
    assert!(replies.is_sorted_by(|one, other| one.offset < other.offset));
}

/// Each partition is decided for itself; the position is the vector of all.
#[test]
fn several_partitions_share_one_engine() {
    let history = world::Writer::new(2, 3).history(1_500);
    let expected: Vec<_> = (0..3).map(|partition| Expected::of(&history, partition)).collect();
    for (records_max, workers) in [(7, 2), (1000, 1)] {
        let log = history.log(history.records.len());
        let (kept, _, stopped) = run(options(workers, records_max), &log, nothing(3));
        let digests: Vec<_> = (0..).zip(expected.iter().map(|part| part.digest)).collect();
        assert_eq!(stopped.digests, digests);
        let changes = kept.changes();
        check_every_position(&changes, &expected);
        for (partition, chain) in &changes.last().unwrap().chains {
            let end = log.end(Topic::Commands).expect("the end").next_offset(*partition);
            assert_eq!(log.chain_at(Topic::Commands, *partition, end).unwrap(), chain.after);
        }
    }
}

/// When everything is cancelled, released or expired no row is left of those that there were.
#[test]
fn what_is_undone_leaves_no_row() {
    let history = world::Writer::new(3, 1).history_undone(1_000);
    for workers in [1, 2] {
        let log = history.log(1_000);
        let kept = Kept::default();
        let (listener, sink) = (kept.listener(), kept.sink());
        let shared: Arc<dyn Log> = Arc::new(log.clone());
        let engine =
            Engine::start(options(workers, 100), shared, nothing(1), listener, sink).unwrap();
        assert!(engine.wait_stored(&Position::after(0, 999), PATIENCE));
        let before = check_every_position(&kept.changes(), &[expected_of(&history)]);
        assert!(before.len() > 20, "rows to be undone");
        history.append(&log, 1_000, history.records.len());
        assert!(engine.wait_stored(&log.end(Topic::Commands).expect("the end"), PATIENCE));
        engine.stop().unwrap();
        assert_eq!(check_every_position(&kept.changes(), &[expected_of(&history)]), Rows::new());
    }
}

/// What a store would hold after some changes.
#[derive(Default, Clone)]
struct Stored {
    ledger: BTreeMap<RowKey, Row>,
    availability: Rows,
    views: BTreeMap<ViewKey, ViewRow>,
    last: Option<Changes>,
}

impl Stored {
    fn of(all: &[Changes]) -> Self {
        let mut stored = Self::default();
        for changes in all {
            for change in changes.ledger.clone() {
                match change {
                    RowChange::Put(row) => stored.ledger.insert(row.key(), row),
                    RowChange::Delete(key) => stored.ledger.remove(&key),
                };
            }
            apply_view(&mut stored.availability, changes);
            for (key, row) in changes.views.clone() {
                match row {
                    Some(row) => stored.views.insert(key, row),
                    None => stored.views.remove(&key),
                };
            }
        }
        stored.last = all.last().cloned();
        stored
    }

    fn base(&self) -> Base {
        let last = self.last.as_ref().unwrap();
        let start = PartitionStart {
            partition: 0,
            state: State::restore(self.ledger.values().cloned()).unwrap(),
            next_offset: last.up_to.next_offset(0),
            chain: last.chains[0].1,
            digest: last.digests[0].1,
        };
        let stored = StoredInMemory {
            ledger: self.ledger.values().cloned().collect(),
            availability: self.availability.clone().into_iter().collect(),
            views: self.views.clone().into_iter().collect(),
        };
        Base { partitions: vec![start], stored: stored.into() }
    }
}

/// An engine that starts from what another stored finds nothing to correct and ends the same.
#[test]
fn a_restart_changes_nothing() {
    let history = world::Writer::new(4, 1).history(1_200);
    let expected = expected_of(&history);
    for workers in [1, 2] {
        let log = history.log(700);
        let (first, ..) = run(options(workers, 50), &log, nothing(1));
        let stored = Stored::of(&first.changes());
        history.append(&log, 700, history.records.len());
        let (second, status, stopped) = run(options(workers, 50), &log, stored.base());
        assert_eq!(status.corrected_rows_count, Some(0));
        assert_eq!(stopped.digests, [(0, expected.digest)]);
        let mut all = first.changes();
        assert_eq!(second.changes()[0].availability, []);
        assert_eq!(second.changes()[0].up_to, all.last().unwrap().up_to);
        all.extend(second.changes());
        check_every_position(&all, &[expected_of(&history)]);
        assert!(all.len() > 2 && stored.availability.len() > 20);
    }
}

/// A wrong stored row, a lost one and one too many are corrected by the first changes, and counted.
#[test]
fn wrong_stored_rows_are_corrected_and_counted() {
    let history = world::Writer::new(5, 1).history(800);
    let log = history.log(history.records.len());
    let (first, ..) = run(options(1, 100), &log, nothing(1));
    let stored = Stored::of(&first.changes());
    for workers in [1, 2] {
        let mut damaged = stored.availability.clone();
        let keys: Vec<AvailabilityKey> = damaged.keys().take(2).cloned().collect();
        damaged.get_mut(&keys[0]).unwrap().sold += 1;
        damaged.remove(&keys[1]);
        let lost = keys[1].clone();
        let mut extra = lost.clone();
        extra.night = events::Night::MAX;
        let row = AvailabilityRow { rooms: 1, blocked: 0, held: 1, sold: 0, allotted: 0, left: 0 };
        damaged.insert(extra.clone(), row);
        let base = Stored { availability: damaged.clone(), ..stored.clone() }.base();
        let (second, status, _) = run(options(workers, 100), &log, base);
        assert_eq!(status.corrected_rows_count, Some(3));
        let keys: Vec<AvailabilityKey> =
            second.changes()[0].availability.iter().map(|(key, _)| key.clone()).collect();
        assert!(keys.contains(&lost) && keys.contains(&extra));
        let mut corrected = damaged;
        apply_view(&mut corrected, &second.changes()[0]);
        assert_eq!(corrected, stored.availability);
    }
}

/// However an engine ends, and in the middle of whatever, what it has handed on is whole.
#[test]
fn an_end_in_mid_load_leaves_whole_epochs() {
    let history = world::Writer::new(6, 1).history(3_000);
    let expected = [expected_of(&history)];
    for (round, workers) in [(1_u32, 1), (2, 2), (3, 1), (4, 2), (5, 1), (6, 2)] {
        let log = history.log(history.records.len());
        let kept = Kept::default();
        let engine = start(options(workers, 3), Arc::new(log), nothing(1), &kept);
        engine.wait_stored(&Position::after(0, u64::from(round) * 40), PATIENCE);
        let after = if round.is_multiple_of(3) {
            let stopped = engine.stop().unwrap();
            assert_eq!(stopped.stored, stopped.decided, "a quiet stop stores what is decided");
            stopped.stored
        } else {
            drop(engine);
            kept.changes().last().map(|changes| changes.up_to.clone()).unwrap_or_default()
        };
        let changes = kept.changes();
        check_every_position(&changes, &expected);
        assert_eq!(changes.last().unwrap().up_to, after);
    }
}

/// A mailbox of one change makes the ledger wait for the views, and loses nothing.
#[test]
fn a_full_mailbox_makes_the_ledger_wait() {
    let history = world::Writer::new(7, 1).history(600);
    let log = history.log(history.records.len());
    let narrow = EngineOptions { changes_pending_max: 1, ..options(1, 10) };
    let (kept, _, stopped) = run(narrow, &log, nothing(1));
    assert_eq!(stopped.digests, [(0, expected_of(&history).digest)]);
    check_every_position(&kept.changes(), &[expected_of(&history)]);
    assert!(kept.changes().len() > 20, "one batch fits at a time");
}
