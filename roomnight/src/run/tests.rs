//! The system, started and stopped.

use std::num::NonZeroU64;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dataflows::Stopped;
use events::hold::Lines;
use events::{Command, CommandId, Line, PlaceHold, Stay};
use serving::SystemClock;

use super::{Parts, RunError, System};
use crate::bench::world::World;
use crate::config::Config;
use crate::directory::DataFolder;
use crate::hand::Words;
use crate::tally::Tally;

mod limits;
mod restarts;

/// How long anything here may take.
const PATIENCE: Duration = Duration::from_secs(30);

fn quick() -> Config {
    let mut config = Config::default();
    config.ticks.open_ms = NonZeroU64::new(5).expect("not zero");
    config
}

fn start(folder: &Path, tally: &Arc<Tally>) -> System {
    let listener = Some(tally.listener());
    let parts = Parts { folder: DataFolder::at(folder), clock: Arc::new(SystemClock), listener };
    System::start(&quick(), parts).expect("it starts")
}

fn say(system: &System, number: u128, command: Command) {
    let hand = system.hand().expect("randomness");
    let words = Words {
        id: CommandId(number << 64),
        sequence: hand.next_sequence(),
        not_after: system.app().waiters.log_time(0).plus_ms(60_000),
        stamp: system.app().clock.now(),
        command,
    };
    hand.append(words).expect("the log takes it");
}

fn until(is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "it does not come to be");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Two rooms of a hotel held for so long.
fn hold(world: &World, ttl_ms: u64) -> Command {
    let night = world.first_night();
    Command::PlaceHold(PlaceHold::direct(
        world.property(1).expect("an id"),
        ttl_ms,
        Lines::from_iter([Line {
            room_type: world.room_type().clone(),
            rate_plan: events::RatePlanId::new("flexible").expect("an id"),
            stay: Stay::new(night, night.plus(1)).expect("a night"),
            rooms: 2,
            adults: 2,
            children: Default::default(),
        }]),
    ))
}

fn sell(system: &System, world: &World) {
    for (number, command) in (1..).zip(world.define(1).expect("a hotel")) {
        say(system, number, command);
    }
}

#[test]
fn a_hold_ends_by_itself_and_wakes_the_ticker_for_that() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let tally = Arc::new(Tally::default());
    let mut system = start(folder.path(), &tally);
    system.own().expect("it is owned");
    let world = World::new(2).expect("a world");
    sell(&system, &world);
    let begun = Instant::now();
    say(&system, 10, hold(&world, 20));
    until(|| tally.counts().decisions.get("held") == Some(&1));
    until(|| system.status().decided.covers(&system.log_end().expect("the end")));
    while system.status().has_open_holds {
        assert!(begun.elapsed() < PATIENCE, "the hold is still open: {:?}", system.status());
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(begun.elapsed() >= Duration::from_millis(20), "it ended early");
    system.catch_up_stored().expect("it goes on");
    let night = world.first_night();
    let stay = Stay::new(night, night.plus(1)).expect("a night");
    let property = world.property(1).expect("an id");
    let rows = {
        let snapshot = system.app().store.snapshot().expect("a snapshot");
        snapshot.availability(&property, world.room_type(), stay).expect("rows")
    };
    assert_eq!((rows[0].1.held, rows[0].1.left), (0, 2));
    system.stop().expect("it stops");
}

#[test]
fn a_restart_goes_on_where_the_log_ends_under_a_higher_epoch() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let world = World::new(2).expect("a world");
    let mut stopped_at: Option<Stopped> = None;
    for number in 0..3 {
        let tally = Arc::new(Tally::default());
        let mut system = start(folder.path(), &tally);
        if let Some(stopped) = stopped_at {
            assert!(system.status().decided.covers(&stopped.stored), "it begins anew");
        }
        system.own().expect("it is owned");
        assert_eq!(system.vigil.epoch(0), number + 1);
        if number == 0 {
            sell(&system, &world);
        }
        say(&system, 100 + u128::from(number), hold(&world, 600_000));
        // The two rooms are held once; whoever comes later is turned away, as the state knows.
        let kind = if number == 0 { "held" } else { "rejected" };
        until(|| tally.counts().decisions.get(kind) == Some(&1));
        stopped_at = Some(system.stop().expect("it stops"));
    }
}

#[test]
fn a_folder_has_one_process() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let tally = Arc::new(Tally::default());
    let system = start(folder.path(), &tally);
    let parts = Parts {
        folder: DataFolder::at(folder.path()),
        clock: Arc::new(SystemClock),
        listener: None,
    };
    let refused = System::start(&quick(), parts).expect_err("the first one has it");
    assert!(matches!(refused, RunError::Log(_)), "{refused}");
    system.stop().expect("it stops");
}
