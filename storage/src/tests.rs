//! The promises of the store: rows and position together, whole or not at all, after any end.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use dataflows::{AvailabilityKey, AvailabilityRow, Changes};
use events::{CommandId, HoldId, Link, LogTime, Position, Stamp};
use ingest::{Log, MemoryLog, Topic};
use ledger::rows::ClockRow;
use ledger::rows::TombstoneRow;
use ledger::{Digest, Row, RowChange, RowKey};

use crate::kinds::Kind;
use crate::tables::{
    Availability, Booking, Clock, Decision, Hold, HoldCaps, Inventory, InventoryNight, Oversold,
    Property, RatePlan, Restrictions, RoomType, Slot, Tombstone,
};
use crate::testing::{self, Draw, Sample};
use crate::{Error, Loaded, Store, StoreOptions};

mod boot;
mod damage;
mod hydrate;
mod load_time;
mod reads;

/// A log whose record at offset `n` of each partition is the number `n`.
fn log_of(partitions: u16, records: u64) -> MemoryLog {
    let log = MemoryLog::new(partitions);
    grow(&log, records);
    log
}

fn grow(log: &MemoryLog, records: u64) {
    for partition in 0..log.partitions() {
        let end = log.end(Topic::Commands).expect("the end").next_offset(partition);
        for offset in end..records {
            let record = Bytes::copy_from_slice(&offset.to_be_bytes());
            log.append(Topic::Commands, partition, record).expect("a log with room");
        }
    }
}

fn chain_of(records: u64) -> Link {
    (0..records).fold(Link::default(), |chain, offset| chain.then(&offset.to_be_bytes()))
}

fn digest_of(records: u64) -> Digest {
    Digest(chain_of(records).then(b"digest").after.0)
}

/// Changes that lead partition 0 of such a log up to `records`.
fn changes(records: u64) -> Changes {
    Changes {
        up_to: Position::from_iter([(0, records)]),
        chains: vec![(0, chain_of(records))],
        digests: vec![(0, digest_of(records))],
        ledger: Vec::new(),
        ..Changes::default()
    }
}

/// A state whose write buffers are small, so that files are written and merged in a test too.
fn open(dir: &Path) -> Store {
    let mut options = StoreOptions::at(dir.join("state"));
    options.write_buffer_bytes = 64 * 1024;
    Store::open(options).expect("a state that opens")
}

fn open_checked(dir: &Path, records: u64) -> Store {
    let store = open(dir);
    store.check_against(&log_of(1, records)).expect("a state of this log");
    store
}

/// What must be in the state, kept the simple way.
#[derive(Default)]
struct Model {
    records: u64,
    rows: BTreeMap<RowKey, Row>,
    availability: BTreeMap<AvailabilityKey, AvailabilityRow>,
}

impl Model {
    /// The next changes, drawn from a seed: puts, overwrites and deletes in every table.
    fn next(&mut self, draw: &mut Draw) -> Changes {
        self.records += draw.within(1..=3).cast_unsigned();
        let mut changes = changes(self.records);
        for _ in 0..draw.within(0..=12) {
            let change = match self.any_key(draw) {
                Some(key) if draw.u64().is_multiple_of(3) => RowChange::Delete(key),
                _ => RowChange::Put(any_row(draw)),
            };
            self.apply(&change);
            changes.ledger.push(change);
        }
        for _ in 0..draw.within(0..=4) {
            let (key, row) = Availability::grown(draw);
            changes.availability.push((key.clone(), Some(row)));
            self.availability.insert(key, row);
        }
        if draw.u64().is_multiple_of(4)
            && let Some((key, _)) = self.availability.pop_first()
        {
            changes.availability.push((key, None));
        }
        changes
    }

    fn any_key(&self, draw: &mut Draw) -> Option<RowKey> {
        let index = draw.u64() as usize % self.rows.len().max(1);
        self.rows.keys().nth(index).cloned()
    }

    fn apply(&mut self, change: &RowChange) {
        match change {
            RowChange::Put(row) => self.rows.insert(row.key(), row.clone()),
            RowChange::Delete(key) => self.rows.remove(key),
        };
    }

    fn expect(&self, loaded: &Loaded) {
        assert_eq!(loaded.position, Position::from_iter([(0, self.records)]));
        assert_eq!(loaded.chains, vec![(0, chain_of(self.records))]);
        assert_eq!(loaded.digests, vec![(0, digest_of(self.records))]);
        let [rows] = loaded.rows.as_slice() else { panic!("one partition") };
        let rows: BTreeMap<_, _> = rows.iter().map(|row| (row.key(), row.clone())).collect();
        assert_eq!(rows, self.rows);
        assert_eq!(loaded.rows[0].len(), self.rows.len(), "a row was loaded twice");
        assert!(loaded.availability.iter().map(|(key, row)| (key, row)).eq(&self.availability));
    }

    /// The same of what deciding needs, handed over row by row.
    fn expect_ledger(&self, store: &Store) {
        let rows = Mutex::new(Vec::new());
        let loaded = store.load_ledger(3, |part, some| {
            let mut rows = rows.lock().expect("rows");
            some.for_each(|row| {
                assert_eq!(part, row.partition(3));
                rows.push(row);
            });
        });
        let (loaded, rows) = (loaded.expect("rows"), rows.into_inner().expect("rows"));
        assert_eq!(loaded.position, Position::from_iter([(0, self.records)]));
        assert_eq!(loaded.chains, vec![(0, chain_of(self.records))]);
        assert_eq!(rows.len(), self.rows.len(), "a row was handed over twice, or none");
        let rows: BTreeMap<_, _> = rows.into_iter().map(|row| (row.key(), row)).collect();
        assert_eq!(rows, self.rows);
    }
}

fn any_row(draw: &mut Draw) -> Row {
    match draw.u64() % 21 {
        0 => Row::Property(Property::sample(draw)),
        1 => Row::RoomType(RoomType::sample(draw)),
        2 => Row::RatePlan(RatePlan::sample(draw)),
        3 => Row::Inventory(Inventory::sample(draw)),
        4 => Row::InventoryNight(InventoryNight::grown(draw)),
        5 => Row::Hold(Hold::grown(draw)),
        6 => Row::Booking(Booking::grown(draw)),
        7 => Row::Decision(Decision::sample(draw)),
        8 => Row::Tombstone(Tombstone::sample(draw)),
        9 => Row::Slot(Slot::sample(draw)),
        10 => Row::Restrictions(Restrictions::sample(draw)),
        11 => Row::HoldCaps(HoldCaps::sample(draw)),
        12 => Row::Oversold(Oversold::sample(draw)),
        13 => Row::Link(crate::tables::Link::sample(draw)),
        14 => Row::Policy(crate::tables::Policy::sample(draw)),
        15 => Row::ActivePolicy(crate::tables::ActivePolicy::sample(draw)),
        17 => Row::Above(crate::tables::Above::sample(draw)),
        16 => Row::Limits(crate::tables::Limits::sample(draw)),
        18 => Row::Block(crate::tables::Block::sample(draw)),
        19 => Row::BusinessDate(crate::tables::BusinessDate::sample(draw)),
        _ => Row::Clock(ClockRow { partition: 0, ..Clock::sample(draw) }),
    }
}

#[test]
fn what_was_written_is_loaded_after_any_number_of_restarts() {
    for seed in 0..6 {
        let dir = tempfile::tempdir().expect("a directory");
        let (mut draw, mut model) = (Draw::new(seed), Model::default());
        for round in 0..8 {
            let store = open_checked(dir.path(), 10_000);
            if round > 0 {
                model.expect(&store.load().expect("rows"));
                model.expect_ledger(&store);
            }
            for _ in 0..draw.within(1..=120) {
                store.write(&model.next(&mut draw), Stamp(9)).expect("a write");
            }
            model.expect(&store.load().expect("rows"));
            if round % 3 == 0 {
                store.flush().expect("a flush");
            }
        }
    }
}

#[test]
fn rows_of_several_partitions_are_given_back_apart() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path());
    store.check_against(&log_of(4, 10)).expect("a fresh state");
    let mut draw = Draw::new(3);
    let rows: Vec<_> = (0..50).map(|_| Row::Hold(Hold::sample(&mut draw))).collect();
    let mut changes = changes(7);
    changes.up_to.set(2, 5);
    changes.chains.push((2, chain_of(5)));
    changes.digests.push((2, digest_of(5)));
    changes.ledger = rows.iter().cloned().map(RowChange::Put).collect();
    store.write(&changes, Stamp(1)).expect("a write");

    let loaded = store.load().expect("rows");
    assert_eq!(loaded.partitions, 4);
    assert_eq!(loaded.chains, vec![(0, chain_of(7)), (2, chain_of(5))]);
    assert_eq!(loaded.rows.len(), 4);
    for (partition, rows) in loaded.rows.iter().enumerate() {
        for row in rows {
            let Row::Hold(row) = row else { panic!("{row:?}") };
            assert_eq!(usize::from(row.hold.slot().partition(4)), partition);
        }
    }
    let mut keys: Vec<_> = rows.iter().map(Row::key).collect();
    keys.sort();
    keys.dedup();
    assert_eq!(loaded.rows.iter().map(Vec::len).sum::<usize>(), keys.len());
}

#[test]
fn a_position_never_goes_back_and_never_comes_without_its_hashes() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open_checked(dir.path(), 100);
    store.write(&changes(10), Stamp(1)).expect("a write");
    let refused = |changes: &Changes, word: &str| {
        let error = store.write(changes, Stamp(2)).expect_err("nonsense");
        let Error::Invalid { what, .. } = &error else { panic!("{error}") };
        assert!(what.contains(word), "{what}");
    };
    refused(&changes(9), "up to 0:9 for a state at 0:10");
    refused(&Changes { chains: Vec::new(), ..changes(11) }, "without its hashes");
    refused(&Changes { digests: Vec::new(), ..changes(11) }, "without its hashes");
    refused(
        &Changes {
            up_to: Position::from_iter([(0, 10), (1, 1)]),
            chains: vec![(1, chain_of(1))],
            digests: vec![(1, digest_of(1))],
            ..changes(10)
        },
        "partition 1",
    );
    assert_eq!(store.position(), Position::from_iter([(0, 10)]));
    let snapshot = store.snapshot().expect("a snapshot");
    assert_eq!((snapshot.position(), snapshot.stamp()), (store.position(), Stamp(1)));
    drop(snapshot);
    // Changes that lead nowhere are corrections of the views, and welcome.
    store.write(&changes(10), Stamp(3)).expect("a write");
}

#[test]
fn each_partition_gets_its_own_clock_back() {
    let dir = tempfile::tempdir().expect("a directory");
    let log = log_of(2, 10);
    let store = open(dir.path());
    store.check_against(&log).expect("a fresh state");
    let mut draw = Draw::new(1);
    let clocks = [0, 1].map(|partition| ClockRow { partition, ..Clock::sample(&mut draw) });
    let ledger = clocks.iter().cloned().map(|clock| RowChange::Put(Row::Clock(clock))).collect();
    store.write(&Changes { ledger, ..changes(1) }, Stamp(1)).expect("a write");
    let loaded = store.load().expect("what was written");
    for (clock, rows) in clocks.into_iter().zip(loaded.rows) {
        assert_eq!(rows.first(), Some(&Row::Clock(clock)));
    }
}

#[test]
fn every_table_has_a_byte_of_its_own_and_a_pinned_format() {
    let bytes: Vec<_> = Kind::ALL.iter().map(|kind| kind.byte()).collect();
    assert!(bytes.is_sorted_by(|earlier, later| earlier < later), "{bytes:?}");
    let pinned = include_str!("../formats.toml").lines().filter_map(|line| line.split_once(" = "));
    // What was added to a table is pinned under the table's own name and an ending.
    let own = pinned.filter(|(name, _)| !name.ends_with(testing::GROWN));
    let pinned: Vec<_> = own.map(|(name, _)| name).collect();
    let names: Vec<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
    assert_eq!(pinned, names);
}

fn tombstone(number: u64) -> TombstoneRow {
    TombstoneRow { hold: HoldId(number.into()), forget_at: LogTime(number) }
}

fn command(number: u64) -> CommandId {
    CommandId(number.into())
}
