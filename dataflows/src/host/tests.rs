//! A hosted keeper tells what it would tell alone, whatever the workers and the epochs.

use std::collections::BTreeMap;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};

use events::Minute;
use timely::dataflow::operators::Input;
use timely::dataflow::operators::Inspect;
use timely::dataflow::operators::Probe;
use timely::dataflow::operators::vec::Broadcast;

use super::{Standings, host};
use crate::keeper::{Keeper, KeeperSize};
use crate::tidings::Local;

/// How many minutes an event counts.
const WINDOW: i64 = 10;

/// Counts the events of each key in a window, and remembers in which order they came. It closes key
/// by key.
#[derive(Debug, Default)]
struct Counter {
    events: BTreeMap<u64, Vec<(Minute, u64)>>,
    told: BTreeMap<u64, Vec<u64>>,
    /// The keys that are still to be closed; none while no epoch is being closed.
    closing: Option<Vec<u64>>,
}

type Event = (u64, Minute, u64);
type Change = (u64, Option<Vec<u64>>);

impl Keeper for Counter {
    type Event = Event;
    type Change = Change;

    fn hear(&mut self, (key, minute, number): Event) {
        assert!(self.closing.is_none(), "nothing is heard between two parts");
        self.events.entry(key).or_default().push((minute, number));
    }

    fn close(&mut self, now: Minute, tell: &mut dyn FnMut(Change)) {
        while !self.close_part(now, tell) {}
    }

    fn close_part(&mut self, now: Minute, tell: &mut dyn FnMut(Change)) -> bool {
        let all = || self.events.keys().copied().collect();
        let mut rest = self.closing.take().unwrap_or_else(all);
        let Some(key) = rest.pop() else { return true };
        self.closing = Some(rest);
        let events = self.events.entry(key).or_default();
        events.retain(|(minute, _)| minute.plus(WINDOW) > now);
        let row: Vec<u64> = events.iter().map(|(_, number)| *number).collect();
        if row.is_empty() {
            self.events.remove(&key);
        }
        let told = self.told.insert(key, row.clone()).unwrap_or_default();
        if told != row {
            tell((key, Some(row).filter(|row| !row.is_empty())));
        }
        false
    }

    fn size(&self) -> KeeperSize {
        let held_count = self.events.values().map(Vec::len).sum();
        KeeperSize { keys_count: self.events.len(), held_count }
    }
}

/// Epochs of events, and the minute at the end of each.
type Epochs = Vec<(Vec<Event>, Minute)>;

fn history(epochs_count: u64) -> Epochs {
    let epoch = |epoch: u64| {
        let now = Minute(epoch.div_euclid(2) as i64);
        let event = |number: u64| (number * 7 % 5, now.plus(-((number % 4) as i64)), number);
        ((epoch * 10..epoch * 10 + epoch % 7).map(event).collect(), now)
    };
    (0..epochs_count).map(epoch).collect()
}

/// What a keeper that hears everything itself has told of each key in the end.
fn alone(epochs: &Epochs) -> BTreeMap<u64, Vec<u64>> {
    let mut keeper = Counter::default();
    let mut rows = BTreeMap::new();
    for (events, now) in epochs {
        events.iter().for_each(|event| keeper.hear(*event));
        keeper.close(*now, &mut |(key, row)| put(&mut rows, key, row));
    }
    rows
}

fn put(rows: &mut BTreeMap<u64, Vec<u64>>, key: u64, row: Option<Vec<u64>>) {
    match row {
        Some(row) => drop(rows.insert(key, row)),
        None => drop(rows.remove(&key)),
    }
}

fn hosted(epochs: Epochs, workers: usize) -> BTreeMap<u64, Vec<u64>> {
    let (told, received): (Sender<(u64, Change)>, Receiver<_>) = mpsc::channel();
    let told = Mutex::new(told);
    let epochs = Arc::new(epochs);
    let config = timely::Config::process(workers);
    let guards = timely::execute(config, move |worker| {
        let told = told.lock().expect("nobody panics with it").clone();
        let (mut events_in, mut minutes_in, done) = worker.dataflow::<u64, _, _>(|scope| {
            let (events_in, events) = scope.new_input::<Vec<Local<Event>>>();
            let (minutes_in, minutes) = scope.new_input::<Vec<Local<Minute>>>();
            let named = ("Counter", Counter::default());
            let route = |(key, ..): &Event| *key;
            let changes = host(named, events, minutes.broadcast(), route, &Standings::default());
            let changes = changes.inspect_core(move |heard| {
                let Ok((stamp, changes)) = heard else { return };
                let epoch = *stamp.least().expect("each change has its epoch");
                for Local(change) in changes.iter() {
                    told.send((epoch, change.clone())).expect("somebody listens");
                }
            });
            (events_in, minutes_in, changes.probe().0)
        });
        if worker.index() > 0 {
            return;
        }
        for (epoch, (events, now)) in (0..).zip(epochs.iter()) {
            events.iter().for_each(|event| events_in.send(Local(*event)));
            minutes_in.send(Local(*now));
            events_in.advance_to(epoch + 1);
            minutes_in.advance_to(epoch + 1);
            worker.step();
        }
        // What is still open when the input ends is told by nobody.
        worker.step_while(|| done.less_than(&(epochs.len() as u64)));
    });
    drop(guards.expect("the workers start").join());
    let mut changes: Vec<_> = received.into_iter().collect();
    changes.sort_by_key(|(epoch, _)| *epoch);
    let mut rows = BTreeMap::new();
    changes.into_iter().for_each(|(_, (key, row))| put(&mut rows, key, row));
    rows
}

#[test]
fn one_worker_tells_what_the_keeper_tells_alone() {
    let epochs = history(60);
    let expected = alone(&epochs);
    assert!(expected.values().any(|row| row.len() > 3), "windows that hold something");
    assert_eq!(hosted(epochs, 1), expected);
}

#[test]
fn three_workers_tell_the_same() {
    let epochs = history(60);
    let expected = alone(&epochs);
    assert_eq!(hosted(epochs, 3), expected);
}

#[test]
fn a_window_empties_when_only_the_clock_moves() {
    let mut epochs = history(20);
    epochs.push((Vec::new(), Minute(1_000)));
    assert_eq!(hosted(epochs, 2), BTreeMap::new());
}
