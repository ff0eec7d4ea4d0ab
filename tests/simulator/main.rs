//! The simulator: the real edge, log, ledger, views and store on one thread, under faults that a
//! seed decides, held against an oracle that shares no decision code with them.
//!
//! One seed is one run. `ROOMNIGHT_SEED=17 cargo test --release -p tests --test simulator seeds`
//! replays one, `ROOMNIGHT_SEEDS` says how many are run, and `ROOMNIGHT_LONG` runs 4,000.

mod blocks;
mod broker;
mod checks;
mod coverage;
mod disk;
mod faults;
mod operations;
mod oracle;
#[cfg(feature = "planted-bugs")]
mod planted;
mod process;
mod random;
mod run;
mod seeds;
mod steps;
mod swarm;
mod trace;
mod violation;
mod wishes;
mod world;
