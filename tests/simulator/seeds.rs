//! Many seeds: no violation, every situation met, and the same seed twice is the same run.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use crate::coverage::Coverage;
use crate::process::lock;
use crate::run::{Outcome, run};

/// How many commands a seed sends.
pub const COMMANDS: u64 = 2_000;

/// How many seeds are run where nobody asks for another number.
const SEEDS: u64 = 4_000;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn seeds() -> std::ops::Range<u64> {
    if let Some(seed) = number("ROOMNIGHT_SEED") {
        return seed..seed + 1;
    }
    0..number("ROOMNIGHT_SEEDS").unwrap_or(SEEDS)
}

/// What a violation looks like to whoever must find its cause.
pub fn report(seed: u64, outcome: &Outcome) -> Option<String> {
    let violation = outcome.violation.as_ref()?;
    Some(format!(
        "seed {seed}: {violation}\n{}\nreplay it with\n  ROOMNIGHT_SEED={seed} cargo test \
         --release -p tests --test simulator seeds\n",
        outcome.tail
    ))
}

#[test]
fn seeds_find_no_violation() {
    let seeds = seeds();
    let (next, commands) = (AtomicU64::new(seeds.start), AtomicU64::new(0));
    let (met, found) = (Mutex::new(Coverage::default()), Mutex::new(Vec::new()));
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end || lock(&found).len() >= 3 {
                return;
            }
            let outcome = run(seed, COMMANDS);
            commands.fetch_add(outcome.sent_count, Ordering::Relaxed);
            lock(&met).add(&outcome.coverage);
            lock(&found).extend(report(seed, &outcome));
        }
    };
    let threads = thread::available_parallelism().map_or(2, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    let count = seeds.end - seeds.start;
    let (met, found) = (lock(&met), lock(&found));
    println!("{count} seeds, {} commands\n{met}", commands.load(Ordering::Relaxed));
    assert!(found.is_empty(), "{}", found.join("\n"));
    if count >= 100 {
        let short = met.below_floor(count);
        assert!(short.is_empty(), "nothing was proved about\n{}", short.join("\n"));
    }
}

#[test]
fn a_seed_replays_to_the_same_trace() {
    for seed in 1_000_000..1_000_008 {
        let (one, other) = (run(seed, COMMANDS), run(seed, COMMANDS));
        assert_eq!(one.trace, other.trace, "seed {seed} is not one run");
    }
}
