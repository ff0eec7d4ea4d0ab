//! The same history in other batches and on other threads: the same decisions.

use std::num::NonZeroUsize;
use std::sync::Arc;

use datasets::Capacity;

use super::{Manner, Outcome, replay};
use crate::clock::HistoryClock;
use crate::config::Config;
use crate::dataset::{self, Dataset};
use crate::directory::DataFolder;
use crate::run::{Parts, System};
use crate::tally::Tally;

const HISTORY: Dataset = Dataset::Generated { properties: 3, bookings: 400 };

fn replayed(capacity: Capacity, workers: usize, batch: usize) -> Outcome {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut config = Config::default();
    config.engine.workers = NonZeroUsize::new(workers).expect("not zero");
    config.engine.records_max = NonZeroUsize::new(batch).expect("not zero");
    let history = dataset::open(HISTORY).expect("it can be made up");
    let (tally, clock) = (Arc::new(Tally::default()), Arc::new(HistoryClock::live()));
    let listener = Some(tally.listener());
    let folder = DataFolder::at(folder.path());
    let parts = Parts { folder, clock: Arc::clone(&clock) as _, listener };
    let system = System::start(&config, parts).expect("it starts");
    let manner = Manner { capacity, rate: None };
    let outcome = replay(&system, &tally, &clock, history.as_ref(), manner, |_| ());
    let outcome = outcome.expect("it comes to its end");
    let stopped = system.stop().expect("it stops");
    assert_eq!(stopped.decided, stopped.stored);
    assert_eq!(stopped.digests, outcome.digests);
    outcome
}

#[test]
fn batches_and_workers_change_no_decision() {
    let first = replayed(Capacity::AdmitAll, 1, 1);
    assert_eq!(first.counts.decisions["confirmed"], 400);
    assert!(first.counts.rejections.is_empty(), "{first}");
    assert!(first.counts.decisions["cancelled"] > 0 && first.counts.decisions["ticked"] > 0);
    assert!(first.room_nights.values().all(|nights| *nights > 0) && first.room_nights.len() == 3);
    for (workers, batch) in [(1, 7), (1, 1000), (2, 1), (2, 7), (2, 1000)] {
        let again = replayed(Capacity::AdmitAll, workers, batch);
        assert_eq!(again.digest(), first.digest(), "{workers} workers, batches of {batch}");
        assert_eq!(again.counts, first.counts);
        assert_eq!(again.room_nights, first.room_nights);
    }
}

#[test]
fn an_outcome_is_one_json_object() {
    let outcome = replayed(Capacity::Real, 1, 1000);
    let json = outcome.json();
    assert!(json.starts_with("{\"dataset\": \"generated-1/1/3/400/"), "{json}");
    assert!(json.contains("\"capacity\": \"real\"") && json.contains(&outcome.digest()), "{json}");
    assert_eq!(json.lines().count(), 1);
    assert_eq!(json.matches('{').count(), json.matches('}').count());
}
