//! However the system ends and wherever it stands: what a restart computes anew from what was
//! stored is what was stored.

use std::sync::Arc;
use std::time::Duration;

use events::{
    Command, MarketEvent, MarketEventKind, Observation, PolicyKind, PolicyVersion, PromotePolicy,
    Signal, StagePolicy, Stay,
};
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

/// The market of which the searches of [`Stream`] are.
const MARKET: &str = "market-0";

/// What is in force at the first hotel: what rivals ask is soon too old there.
const POLICY: &str = "schema = 1\nkind = \"pricing\"\n\
    [competitors]\nage_max_minutes = 1\nrivals = [\"rival-1\", \"rival-2\"]\n";

fn say(system: &System, hand: &Hand, said: Said) {
    match said {
        Said::Command(id, command) => hand
            .append_patiently(Words {
                id,
                sequence: hand.next_sequence(),
                not_after: events::LogTime(u64::MAX),
                stamp: system.app().clock.now(),
                command: *command,
            })
            .expect("the log takes it"),
        Said::Signal(observation) => {
            hand.tell_patiently(&observation).expect("the log takes it");
        }
    }
}

/// What makes a hotel that competes in the market.
fn define(world: &World, hotel: usize) -> Vec<Command> {
    let mut commands = Vec::from(world.define(hotel).expect("a hotel"));
    for command in &mut commands {
        if let Command::DefineProperty(define) = command {
            define.market = Some(MARKET.parse().expect("an id"));
        }
    }
    if hotel == 0 {
        let property = world.property(hotel).expect("an id");
        let (kind, version) = (PolicyKind::Pricing, PolicyVersion::new("soon").expect("an id"));
        let stage = StagePolicy {
            property: property.clone(),
            kind,
            version: version.clone(),
            document: POLICY.to_owned(),
        };
        commands.push(Command::StagePolicy(stage));
        commands.push(Command::PromotePolicy(PromotePolicy { property, kind, version }));
    }
    commands
}

/// An event of the market, or that it is called off.
fn fair(system: &System, world: &World, random: &mut ChaCha8Rng) -> Said {
    let night = world.first_night().plus(random.random_range(0..40));
    let event = MarketEvent {
        id: format!("fair-{}", random.random_range(0..9)).parse().expect("an id"),
        market: MARKET.parse().expect("an id"),
        kind: MarketEventKind::Concert,
        nights: Stay::new(night, night.plus(random.random_range(1..5))).expect("nights"),
        impact_permille: [0, 100, 400][random.random_range(0..3)],
        name: "A fair".into(),
    };
    let stamp = system.app().clock.now();
    Said::Signal(Box::new(Observation {
        producer: 0,
        sequence: 0,
        source: "town".parse().expect("an id"),
        observed: stamp,
        stamp,
        signal: Signal::MarketEvent(event),
    }))
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
                for (step, command) in (0..).zip(define(&world, hotel)) {
                    say(&system, &hand, Said::command(format!("{hotel}/{step}"), command));
                }
            }
        }
        for _ in 0..random.random_range(0..EVENTS_MAX) {
            let said = match random.random_range(0..30) {
                0 => fair(&system, &world, &mut random),
                _ => stream.next(&world).expect("an event"),
            };
            say(&system, &hand, said);
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
