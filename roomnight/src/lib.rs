//! The binary: demo, serve, replay, verify, bench and log; no logic.
//!
//! - [`args`], [`cli`]: from the command line to the work, and to an exit code.
//! - [`config`]: what may be set; a key that nothing reads is refused.
//! - [`log`]: the embedded log or Kafka's, as the configuration says.
//! - [`run`]: log, state, engine, ticker and door, started and stopped in order.
//! - [`replay`], [`demo`], [`serve`], [`tail`], [`bench`]: what can be done with them.
//! - [`keys`]: an API key, shown once.
//! - [`tune`]: policies, checked here and tried out on a server.
//! - [`verify`]: the auditor, which shares no decision code with the ledger.

pub mod args;
mod background;
pub mod bench;
pub mod cli;
mod client;
pub mod clock;
pub mod config;
pub mod dataset;
pub mod demo;
pub mod directory;
mod disk_watch;
pub mod hand;
mod intake;
pub mod keys;
pub mod limits;
pub mod log;
pub mod messages;
mod owner;
pub mod pages;
pub mod replay;
pub mod run;
pub mod serve;
pub mod tail;
pub mod tally;
pub mod tune;
pub mod verify;
