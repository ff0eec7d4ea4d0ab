//! The binary: demo, serve, replay, verify, bench and log; no logic.

pub mod args;
pub mod bench;
pub mod config;
pub mod dataset;
