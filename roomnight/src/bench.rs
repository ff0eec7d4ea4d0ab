//! What this build does on this machine, measured; each bench also runs tiny, as a test.

use std::io;
use std::path::PathBuf;

use clap::ValueEnum;

use self::figures::Figures;
use self::world::WorldError;
use crate::run::RunError;

pub mod booking;
pub mod catalogue;
mod child;
mod desk;
pub mod figures;
pub mod flash_sale;
pub mod freshness;
pub mod http;
pub mod hydrate;
pub mod idle;
pub mod ledger;
mod load;
pub mod overbooking;
pub mod overload;
mod process;
pub mod restart;
mod stage;
pub mod velocity;
pub mod views;
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
    /// From a kill -9 to deciding, and to the views being loaded, with a million bookings
    Hydrate,
    /// Events per second through all the views, and from an event to stored views
    Views,
    /// What an event costs the views among a million hotels, against ten thousand
    Catalogue,
    /// Holds per second over HTTP, with the clients on the same cores
    Http,
    /// What is still done when up to ten times as much is asked as can be done
    Overload,
    /// Ten thousand clients want one of twenty rooms
    FlashSale,
    /// Revenue, walks and empty rooms of two real hotels with an allowance and without
    Overbooking,
    /// Attempts to book per second through the view of who tries how often
    Velocity,
}

/// How large a bench is and where it keeps its data.
#[derive(Debug, Clone)]
pub struct Manner {
    /// Only shows that it runs.
    pub is_tiny: bool,
    /// About how long a measured round lasts.
    pub seconds: u64,
    /// How many rounds; a figure is their median.
    pub rounds: usize,
    /// Below which folder; below the system's temporary one if none is named.
    pub data: Option<PathBuf>,
    /// The flags that say where Kafka is, for a server that is a process of its own; none for its
    /// embedded log.
    pub kafka: Vec<String>,
}

impl Manner {
    /// As little as shows that a bench runs.
    pub fn tiny() -> Self {
        Self { is_tiny: true, seconds: 1, rounds: 1, data: None, kafka: Vec::new() }
    }

    /// A new folder that goes away with the value.
    fn folder(&self) -> Result<tempfile::TempDir, io::Error> {
        let mut builder = tempfile::Builder::new();
        builder.prefix("roomnight-bench-");
        match &self.data {
            Some(data) => builder.tempdir_in(data),
            None => builder.tempdir(),
        }
    }
}

/// Why a bench did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// The made-up world is not valid.
    #[error(transparent)]
    World(#[from] WorldError),
    /// The system under test does not run.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The history that fills the state could not be replayed.
    #[error(transparent)]
    Replay(#[from] crate::replay::ReplayError),
    /// There is no such history.
    #[error(transparent)]
    History(#[from] crate::dataset::HistoryError),
    /// The log takes nothing.
    #[error("the log takes no record")]
    Append(#[from] ingest::AppendError),
    /// The system of this machine refuses.
    #[error("{doing} failed")]
    Io {
        /// What was tried.
        doing: &'static str,
        /// Why.
        source: io::Error,
    },
    /// What was measured is not what it should be.
    #[error("{0}")]
    Unexpected(String),
}

impl BenchError {
    /// For `map_err`: says what was tried.
    fn io(doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { doing, source }
    }
}

/// Runs a bench.
pub fn run(bench: Bench, manner: &Manner) -> Result<Figures, BenchError> {
    match bench {
        Bench::Ledger => {
            let full = ledger::Size::full(manner.rounds);
            let size = if manner.is_tiny { ledger::Size::tiny() } else { full };
            Ok(ledger::run(size)?)
        }
        Bench::Booking => booking::run(manner),
        Bench::Freshness => freshness::run(manner),
        Bench::Idle => idle::run(manner),
        Bench::Restart => restart::run(manner),
        Bench::Hydrate => hydrate::run(manner),
        Bench::Views => views::run(manner),
        Bench::Http => http::run(manner),
        Bench::Catalogue => catalogue::run(manner),
        Bench::Overload => overload::run(manner),
        Bench::FlashSale => flash_sale::run(manner),
        Bench::Overbooking => overbooking::run(manner),
        Bench::Velocity => velocity::run(manner),
    }
}
