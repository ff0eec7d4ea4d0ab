//! However the system ends and wherever it stands: what a restart computes anew from what was
//! stored is what was stored.

use std::sync::Arc;
use std::time::Duration;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{start, until};
use crate::bench::views::stream::{Said, Stream};
use crate::bench::world::World;
use crate::hand::{Hand, Words};
use crate::run::System;
use crate::tally::Tally;

/// How often the system is ended.
const ENDS: usize = 50;

/// How many events come between two ends, at most.
const EVENTS_MAX: usize = 400;

const HOTELS: usize = 20;

fn say(system: &System, hand: &Hand, said: Said) {
    match said {
        Said::Command(id, command) => hand
            .append_patiently(Words {
                id,
                sequence: hand.next_sequence(),
                not_after: events::LogTime(u64::MAX),
                stamp: system.app().clock.now(),
                command,
            })
            .expect("the log takes it"),
        Said::Signal(observation) => {
            hand.tell_patiently(&observation).expect("the log takes it");
        }
    }
}

/// Half of the ends are in order; half are in the middle of whatever was under way, with what was
/// decided and not stored thrown away.
#[test]
fn fifty_ends_at_random_points_leave_the_views_that_a_restart_computes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut random = ChaCha8Rng::seed_from_u64(50);
    let world = World::new(10).expect("a world");
    let mut stream = Stream::new(HOTELS, ChaCha8Rng::seed_from_u64(51));
    let mut stored_rows_count = 0;
    for end in 0..ENDS {
        let mut system = start(folder.path(), &Arc::new(Tally::default()));
        let hydrated = || system.status().corrected_rows_count;
        until(|| hydrated().is_some());
        assert_eq!(hydrated(), Some(0), "after end {end} stored rows were wrong");
        system.own().expect("it is owned");
        let hand = system.hand().expect("randomness");
        if end == 0 {
            for hotel in 0..HOTELS {
                for (step, command) in (0..).zip(world.define(hotel).expect("a hotel")) {
                    say(&system, &hand, Said::command(format!("{hotel}/{step}"), command));
                }
            }
        }
        for _ in 0..random.random_range(0..EVENTS_MAX) {
            say(&system, &hand, stream.next(&world).expect("an event"));
        }
        std::thread::sleep(Duration::from_micros(random.random_range(0..20_000)));
        stored_rows_count = system.app().store.load().expect("rows").views.len();
        if random.random() {
            system.stop().expect("it stops");
        } else {
            drop(system);
        }
    }
    assert!(stored_rows_count > 1_000, "only {stored_rows_count} rows were at stake");
}
