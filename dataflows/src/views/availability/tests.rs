//! The view equals a slow recomputation at every epoch, on 1 and 2 workers, in shuffled batches.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};

use differential_dataflow::AsCollection;
use events::{Stay, Supply};
use proptest::prelude::*;
use timely::dataflow::operators::Input;
use timely::worker::Worker;

use super::*;
use crate::report::{Part, report};

/// Facts of one epoch, each with its difference and the worker that is fed it.
type Epoch = Vec<(Fact, i64, usize)>;
type Rows = BTreeMap<PlaceNight, AvailabilityRow>;

const NIGHTS: i32 = 6;
const PLACES: u32 = 4;

fn night(number: i32) -> Night {
    Night::from_number(number).expect("a small number")
}

fn any_fact() -> impl Strategy<Value = Fact> {
    let at = (0..PLACES, 0..NIGHTS);
    (at, 1..=NIGHTS, 0..4_u16, any::<bool>(), 0..3_usize).prop_map(
        |((place, first), nights, rooms, is_claim, kind)| {
            let place = Place(place);
            if is_claim {
                let kind = [ClaimKind::Held, ClaimKind::Sold, ClaimKind::Allotted][kind];
                let last = (first + nights).min(NIGHTS);
                let stay = Stay::new(night(first), night(last)).expect("not empty");
                Fact::Claim { place, stay, rooms, kind }
            } else {
                let supply = Supply { physical: rooms * 2, blocked: rooms / 2, allowance: 1 };
                Fact::Supply { place, night: night(first), supply }
            }
        },
    )
}

/// Epochs that add facts and retract some of them later, in an order of their own.
fn any_epochs() -> impl Strategy<Value = Vec<Epoch>> {
    let life = (any_fact(), 0..8_usize, prop::option::of(0..8_usize), 0..2_usize);
    prop::collection::vec(life, 0..60).prop_perturb(|lives, mut random| {
        let mut epochs: Vec<Epoch> = vec![Vec::new(); 8];
        for (fact, born, died, worker) in lives {
            if let Some(died) = died {
                epochs[died.max(born)].push((fact, -1, 1 - worker));
            }
            epochs[born].push((fact, 1, worker));
        }
        for epoch in &mut epochs {
            for index in (1..epoch.len()).rev() {
                epoch.swap(index, random.random_range(0..=index));
            }
        }
        epochs
    })
}

/// The view after each epoch, from scratch: every night of the world is summed over every fact.
fn recompute(epochs: &[Epoch]) -> Vec<Rows> {
    (1..=epochs.len())
        .map(|count| {
            let facts: Vec<_> = epochs[..count].iter().flatten().collect();
            let mut rows = Rows::new();
            for at in world() {
                let sums = sum_night(&facts, at);
                if sums != [0; 5] {
                    let [rooms, blocked, held, sold, allotted] = sums;
                    let left = rooms - blocked - held - sold - allotted;
                    let row = AvailabilityRow { rooms, blocked, held, sold, allotted, left };
                    rows.insert(at, row);
                }
            }
            rows
        })
        .collect()
}

fn world() -> impl Iterator<Item = PlaceNight> {
    let nights = |place| (0..NIGHTS).map(move |number| (Place(place), night(number)));
    (0..PLACES).flat_map(nights).map(|(place, night)| PlaceNight { place, night })
}

fn sum_night(facts: &[&(Fact, i64, usize)], at: PlaceNight) -> [i32; 5] {
    let mut sums = [0; 5];
    for (fact, diff, _) in facts {
        let diff = *diff as i32;
        match fact {
            Fact::Claim { place, stay, rooms, kind }
                if *place == at.place && stay.contains(at.night) =>
            {
                let sum = match kind {
                    ClaimKind::Held => 2,
                    ClaimKind::Sold => 3,
                    ClaimKind::Allotted => 4,
                };
                sums[sum] += diff * i32::from(*rooms);
            }
            Fact::Supply { place, night, supply } if (*place, *night) == (at.place, at.night) => {
                sums[0] += diff * (i32::from(supply.physical) + i32::from(supply.allowance));
                sums[1] += diff * i32::from(supply.blocked);
            }
            _ => {}
        }
    }
    sums
}

/// The view after each epoch as the workers report it. With `hurried`, all epochs are fed at once.
fn run(epochs: &[Epoch], workers: usize, hurried: bool) -> Vec<Rows> {
    let (parts, received) = mpsc::channel();
    let parts = Mutex::new(parts);
    let done = Arc::new(AtomicBool::new(false));
    let is_done = Arc::clone(&done);
    let epochs_fed = epochs.to_vec();
    let feed = move |worker: &mut Worker| {
        let index = worker.index();
        let parts = parts.lock().expect("no panic before").clone();
        let mut input = worker.dataflow::<u64, _, _>(|scope| {
            let (input, facts) = scope.new_input::<Vec<(Fact, u64, i64)>>();
            report(availability(facts.as_collection()), index, parts);
            input
        });
        for (epoch, facts) in (0..).zip(&epochs_fed) {
            for (fact, diff, fed_by) in facts {
                if fed_by % worker.peers() == index {
                    input.send((*fact, epoch, *diff));
                }
            }
            input.advance_to(epoch + 1);
            if !hurried {
                worker.step();
            }
        }
        while !is_done.load(Ordering::Acquire) {
            worker.step();
        }
    };
    let guards = timely::execute(timely::Config::process(workers), feed).expect("workers");
    let rows = collect(&received, workers, epochs.len() as u64);
    done.store(true, Ordering::Release);
    assert!(guards.join().iter().all(Result::is_ok));
    let nothing_more = received.try_iter().next();
    assert!(nothing_more.is_none(), "the end of a dataflow closes nothing: {nothing_more:?}");
    rows
}

/// Applies the parts until every worker has closed every epoch.
fn collect(received: &Receiver<Part>, workers: usize, epochs_count: u64) -> Vec<Rows> {
    let mut frontiers = vec![0; workers];
    let mut changes = vec![Vec::new(); epochs_count as usize];
    while frontiers.iter().any(|frontier| *frontier < epochs_count) {
        match received.recv().expect("the workers run") {
            Part::Rows { epoch, rows } => changes[epoch as usize].extend(rows),
            Part::Closed { reporter, frontier } => frontiers[reporter] = frontier,
            Part::Opened { .. } | Part::Views { .. } => panic!("only the view reports"),
        }
    }
    let mut rows = Rows::new();
    let apply = |changes: Vec<(PlaceNight, Option<AvailabilityRow>)>| {
        for (key, row) in changes {
            match row {
                Some(row) => rows.insert(key, row),
                None => rows.remove(&key),
            };
        }
        rows.clone()
    };
    changes.into_iter().map(apply).collect()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 48,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Whatever comes in, in whatever order, the view is the recomputation, at every epoch.
    #[test]
    fn equals_a_recomputation_at_every_epoch(epochs in any_epochs(), hurried in any::<bool>()) {
        let expected = recompute(&epochs);
        for workers in [1, 2] {
            prop_assert_eq!(&run(&epochs, workers, hurried), &expected, "{} workers", workers);
        }
    }
}

/// A tally is an Abelian group: what is added and negated leaves nothing.
#[test]
fn tallies_cancel() {
    let tally = Tally([1, -2, 3, 0, 1]);
    let mut negated = tally;
    negated.negate();
    negated.plus_equals(&tally);
    assert!(negated.is_zero());
    assert_eq!(negated, Tally::zero());
    assert_eq!(tally.multiply(&-2), Tally([-2, 4, -6, 0, -2]));
}

/// Lowered supply shows as rooms owed.
#[test]
fn rows_show_what_is_left() {
    let row = AvailabilityRow::from(Tally([10, 2, 3, 7, 1]));
    assert_eq!((row.rooms, row.left), (10, -3));
}
