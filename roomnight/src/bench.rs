//! What this build does on this machine, measured; each bench also runs tiny, as a test.

use clap::ValueEnum;

pub mod figures;
pub mod ledger;
pub mod memory;
pub mod world;

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Bench {
    /// Commands per second through the ledger alone, on one core
    Ledger,
    /// Decisions per second through the whole engine, with an fsync before every answer
    Booking,
    /// From a decision to its being visible in GET availability
    Freshness,
    /// What a server with nothing to do takes of a core
    Idle,
    /// From a kill -9 to being ready again
    Restart,
}

impl Bench {
    /// Its name on the command line and in its figures.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ledger => "ledger",
            Self::Booking => "booking",
            Self::Freshness => "freshness",
            Self::Idle => "idle",
            Self::Restart => "restart",
        }
    }
}
