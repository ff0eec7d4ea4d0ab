//! One tick on its way at a time, on a log that nobody reads until the test says so.

use std::num::NonZeroU64;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dataflows::{Listener, Reply};
use events::{Boot, Command, Decision, LogTime, Position, Slot, Stamp};
use ingest::{Log, MemoryLog, Topic};
use ledger::Decided;
use serving::SystemClock;

use super::{Owner, Told, Vigil, Watch};
use crate::config::Config;
use crate::hand::Hand;

fn owner(log: &Arc<MemoryLog>, step_max_ms: u64) -> Owner {
    let mut config = Config::default().ticks;
    config.step_max_ms = NonZeroU64::new(step_max_ms).expect("not zero");
    let owner = Owner {
        hand: Hand::new(Arc::clone(log) as _).expect("randomness"),
        clock: Arc::new(SystemClock),
        vigil: Arc::new(Vigil::new([0])),
        boot: Boot(7),
        partitions: 1,
        config,
    };
    owner.announce().expect("the log takes it");
    owner
}

/// The readings of the ticks on the log.
fn readings(log: &MemoryLog) -> Vec<u64> {
    let mut reader = log.reader(Topic::Commands, &Position::default()).expect("a reader");
    let records = reader.next(100, Duration::ZERO).expect("records");
    let reading = |record| match ingest::decode(record).expect("ours").command {
        Command::Tick(tick) => Some(tick.monotonic_ms),
        _ => None,
    };
    records.iter().filter_map(reading).collect()
}

/// As the ledger says that it has read a record.
fn read_back(owner: &Owner, sequence: u64, producer: u64) {
    let decision = Decision::Ticked { log_time: LogTime(0), expired: Vec::new() };
    let decided = Decided { decision, stamp: Stamp(0), repeated: false };
    let id = events::CommandId(0);
    let slot = Slot::from_low_bits(0);
    let reply = Reply { producer, sequence, id, slot, partition: 0, offset: 0, decided };
    Watch(Arc::clone(&owner.vigil)).decided(&[reply], &[]);
}

#[test]
fn the_clock_is_read_only_once_the_last_tick_was_read_back() {
    let log = Arc::new(MemoryLog::new(1));
    let owner = owner(&log, 3_600_000);
    let (begun, mut told) = (Instant::now(), Told::default());
    for _ in 0..3 {
        owner.tick_once(0, 1, begun, &mut told).expect("the log takes it");
    }
    assert_eq!(readings(&log).len(), 1, "the first is still on its way");
    read_back(&owner, told.sequence, owner.hand.producer() ^ 1);
    owner.tick_once(0, 1, begun, &mut told).expect("the log takes it");
    assert_eq!(readings(&log).len(), 1, "somebody else's record was read back");
    read_back(&owner, told.sequence, owner.hand.producer());
    owner.tick_once(0, 1, begun, &mut told).expect("the log takes it");
    assert_eq!(readings(&log).len(), 2);
}

#[test]
fn a_tick_that_may_be_lost_is_said_again_with_the_same_reading() {
    let log = Arc::new(MemoryLog::new(1));
    let owner = owner(&log, 1);
    let (begun, mut told) = (Instant::now(), Told::default());
    owner.tick_once(0, 1, begun, &mut told).expect("the log takes it");
    while readings(&log).len() < 2 {
        owner.tick_once(0, 1, begun, &mut told).expect("the log takes it");
    }
    let readings = readings(&log);
    assert_eq!(readings[0], readings[1]);
}
