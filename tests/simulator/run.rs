//! A run: one seed from beginning to end, in safety and then in peace.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::coverage::Coverage;
use crate::process::lock;
use crate::violation::{Checked, Violation};
use crate::world::{World, broken};

/// How many rounds without faults are enough for everybody to be answered.
const ROUNDS_MAX: usize = 60;

/// What a seed has come to.
pub struct Outcome {
    /// A hash of all that happened.
    pub trace: String,
    /// What was met.
    pub coverage: Coverage,
    /// What did not hold.
    pub violation: Option<Violation>,
    /// The last part of what happened.
    pub tail: String,
    /// Requests that edges have taken.
    pub sent_count: u64,
}

/// Runs a seed until so many commands were sent.
pub fn run(seed: u64, commands: u64) -> Outcome {
    match World::new(seed) {
        Ok(mut world) => {
            let lived = AssertUnwindSafe(|| live(&mut world, commands));
            let result = catch_unwind(lived).unwrap_or_else(|panic| {
                let text = panic.downcast_ref::<&str>().map(ToString::to_string);
                let what = panic.downcast_ref::<String>().cloned().or(text).unwrap_or_default();
                Violation::of("no_panic", what)
            });
            Outcome {
                trace: world.trace.hash().to_string(),
                violation: result.err(),
                tail: format!("{:?}\n{}", world.swarm, world.trace.tail()),
                sent_count: world.sent_count,
                coverage: world.coverage,
            }
        }
        Err(violation) => Outcome {
            trace: String::new(),
            coverage: Coverage::default(),
            violation: Some(violation),
            tail: "in the first moments".to_owned(),
            sent_count: 0,
        },
    }
}

fn live(world: &mut World, commands: u64) -> Checked {
    let mut steps = 0;
    while world.sent_count < commands && steps < commands * 20 {
        world.step()?;
        steps += 1;
    }
    world.coverage.often("steps", steps);
    heal(world)
}

/// No more faults: everybody is answered, every hold ends, and everything is as it must be.
fn heal(world: &mut World) -> Checked {
    world.swarm.answers_lost = 0;
    for number in 0..world.processes.len() {
        world.crash(number, false)?;
    }
    let mut rounds = 0;
    while rounds == 0 || !world.open.is_empty() {
        world.settle()?;
        rounds += 1;
        if rounds > ROUNDS_MAX {
            let open = world.open.iter().map(|number| world.operations[*number].id);
            let what = format!("nobody answers {:?}", open.collect::<Vec<_>>());
            return Violation::of("liveness", what);
        }
    }
    compare(world)?;
    pass_time(world)?;
    compare(world)?;
    let Some(process) = world.processes.iter().flatten().next() else { return Ok(()) };
    let log = Arc::clone(&process.log);
    world.oracle.durable(log.as_ref())?;
    world.dead_letters(log.as_ref())?;
    world.replayed(&log)?;
    let position = World::end_of(log.as_ref())?;
    world.trace.note(format!("the end at {position}"));
    Ok(())
}

/// Everything that is stored is what the log leads to.
fn compare(world: &mut World) -> Checked {
    world.settle()?;
    let Some(process) = world.processes.iter().flatten().next() else { return Ok(()) };
    let log = Arc::clone(&process.log);
    for image in &world.images {
        let loaded = lock(image).load().map_err(broken)?;
        world.oracle.compare(log.as_ref(), loaded)?;
    }
    Ok(())
}

/// Long enough for every hold to end, whatever was made of its interval; then none may be open.
fn pass_time(world: &mut World) -> Checked {
    world.epoch += 1;
    let (epoch, stamp, day_ms) = (world.epoch, world.stamp(), 24 * 60 * 60 * 1_000);
    for day in 0..4 {
        let now_ms = world.now_ms;
        let Some(process) = world.processes.iter_mut().flatten().last() else { return Ok(()) };
        process.frozen_until_ms = 0;
        for partition in 0..world.swarm.partitions {
            if day == 0 {
                process.announce(partition, epoch, stamp, day_ms).map_err(broken)?;
            }
            process.tick(partition, now_ms, stamp).map_err(broken)?;
        }
        world.now_ms += day_ms;
        world.settle()?;
    }
    if world.processes.iter().flatten().any(|one| one.engine.status().has_open_holds) {
        return Violation::of("no_leaked_hold", "a hold is open after all time has passed");
    }
    Ok(())
}
