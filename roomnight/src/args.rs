//! The command line, as clap reads it.

use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroU64, NonZeroUsize};
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use events::Position;

use crate::bench::Bench;
use crate::dataset::Dataset;

#[cfg(test)]
mod tests;

/// A hotel reservation engine: the log decides, every number is a view, every answer says what it
/// knows.
#[derive(Debug, Parser)]
#[command(name = "roomnight", version, disable_help_subcommand = true)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub task: Task,
}

/// What the binary can do.
#[derive(Debug, Subcommand)]
pub enum Task {
    /// Replays a history, serves it, and says what to try with curl
    Demo(DemoArguments),
    /// Answers HTTP on a data folder, which is made if it is not there
    Serve(ServeArguments),
    /// Runs a history through an engine on a log of its own and says what became of it
    Replay(ReplayArguments),
    /// Re-reads the log of a data folder and checks every decision and every view against it
    ///
    /// Exits with 0 when all holds, with 1 and the first offending position when something does
    /// not, and with 2 when it cannot be checked.
    Verify(DataArguments),
    /// Measures this build on this machine
    Bench(BenchArguments),
    /// Shows what stands on the log
    #[command(subcommand)]
    Log(LogTask),
    /// Prints the configuration in force and where each value comes from
    Config(ConfigArguments),
}

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub struct DemoArguments {
    /// Keeps the data in this folder, which must be empty or absent, instead of a temporary one
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Where to answer HTTP
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Replays this instead of the real history or, without that, a generated one
    #[arg(long)]
    pub dataset: Option<Dataset>,
    /// Stops after the replay and its summary
    #[arg(long)]
    pub exit_after_replay: bool,
}

/// Arguments of `serve`.
#[derive(Debug, Args)]
pub struct ServeArguments {
    /// The data folder
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// Where to answer HTTP; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<SocketAddr>,
    /// Reads this instead of DIR/roomnight.toml
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// Arguments of `replay`.
#[derive(Debug, Args)]
pub struct ReplayArguments {
    /// hotel-bookings, or generated[:PROPERTIES[:BOOKINGS]]
    pub dataset: Dataset,
    /// Keeps the data in this folder, which must be empty or absent, instead of a temporary one
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Appends at most so many commands a second
    #[arg(long, value_name = "COMMANDS")]
    pub rate: Option<NonZeroU32>,
    /// Timely workers for the views
    #[arg(long, value_name = "COUNT", default_value = "1")]
    pub workers: NonZeroUsize,
    /// The most records that are decided as one batch
    #[arg(long, value_name = "RECORDS", default_value = "8192")]
    pub batch: NonZeroUsize,
    /// How many rooms there are to sell
    #[arg(long, value_enum, default_value_t = Capacity::AdmitAll)]
    pub capacity: Capacity,
    /// Prints one JSON object instead of a table
    #[arg(long)]
    pub json: bool,
}

/// How many rooms a replay may sell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Capacity {
    /// As many as every booking of the history needs
    AdmitAll,
    /// As many as the hotels are taken to have had
    Real,
}

/// The data folder alone.
#[derive(Debug, Args)]
pub struct DataArguments {
    /// The data folder
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
}

/// Arguments of `bench`.
#[derive(Debug, Args)]
pub struct BenchArguments {
    /// What to measure
    #[arg(value_enum)]
    pub bench: Bench,
    /// Prints one JSON object a line
    #[arg(long)]
    pub json: bool,
    /// About how long each measured round lasts
    #[arg(long, value_name = "SECONDS", default_value = "3")]
    pub seconds: NonZeroU64,
    /// How many rounds; the figure is their median
    #[arg(long, value_name = "COUNT", default_value = "3")]
    pub rounds: NonZeroUsize,
    /// Does everything once on as little as possible: shows that the bench runs, measures nothing
    #[arg(long)]
    pub tiny: bool,
    /// Keeps its data below this folder: choose the disk that is to be measured
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

/// What can be done with a log.
#[derive(Debug, Subcommand)]
pub enum LogTask {
    /// Prints commands, one record a line: position, stamp, kind, id, summary
    Tail(TailArguments),
    /// Prints what could not be read: position, reason and bytes
    DeadLetters(DataArguments),
}

/// Arguments of `log tail`.
#[derive(Debug, Args)]
pub struct TailArguments {
    /// The data folder
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// Where to begin, as a Roomnight-Position header says it
    #[arg(long, value_name = "POSITION", default_value = "0:0")]
    pub from: Position,
    /// Only this partition
    #[arg(long, value_name = "NUMBER")]
    pub partition: Option<u16>,
    /// Stops after so many records
    #[arg(long, value_name = "RECORDS")]
    pub limit: Option<u64>,
}

/// Arguments of `config`.
#[derive(Debug, Args)]
pub struct ConfigArguments {
    /// The data folder whose roomnight.toml is read
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Reads this instead of DIR/roomnight.toml
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}
