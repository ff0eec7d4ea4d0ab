//! The command line, as clap reads it.

use std::net::SocketAddr;
use std::num::{NonZeroU16, NonZeroU32, NonZeroU64, NonZeroUsize};
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use events::{Night, PolicyKind, PolicyVersion, Position, PropertyId};
use serving::Scope;

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
    Verify(LogArguments),
    /// Measures this build on this machine
    Bench(BenchArguments),
    /// Makes the topics of a log over Kafka
    #[command(subcommand)]
    Topics(TopicsTask),
    /// Tries policies out beside those in force, and puts them in force
    #[command(subcommand)]
    Tune(TuneTask),
    /// Shows what stands on the log
    #[command(subcommand)]
    Log(LogTask),
    /// Makes API keys, which whoever is beyond this machine must send
    #[command(subcommand)]
    Keys(KeysTask),
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
    /// The log.
    #[command(flatten)]
    pub kafka: KafkaArguments,
}

/// Where the log is when it is Kafka's.
#[derive(Debug, Clone, Default, Args)]
pub struct KafkaArguments {
    /// Has its log in the Kafka cluster of these brokers, separated by commas
    #[arg(long, value_name = "HOST:PORT")]
    pub kafka: Option<String>,
    /// What stands before the name of each topic; roomnight. unless set
    #[arg(long, value_name = "PREFIX")]
    pub topic_prefix: Option<String>,
    /// Takes a cluster whose only broker is all that keeps a record: for development
    #[arg(long)]
    pub accept_single_broker: bool,
}

/// What can be done with topics.
#[derive(Debug, Subcommand)]
pub enum TopicsTask {
    /// Makes every topic that is not there, as the log needs it, and checks those that are
    Create(TopicsArguments),
}

/// Arguments of `topics create`.
#[derive(Debug, Args)]
pub struct TopicsArguments {
    /// The data folder whose roomnight.toml is read
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Reads this instead of DIR/roomnight.toml
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Into how many partitions the 4096 slots are dealt, for ever
    #[arg(long, value_name = "COUNT")]
    pub partitions: Option<NonZeroU16>,
    /// The cluster.
    #[command(flatten)]
    pub kafka: KafkaArguments,
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
    /// The log, whose topics must be empty.
    #[command(flatten)]
    pub kafka: KafkaArguments,
}

/// How many rooms a replay may sell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Capacity {
    /// As many as every booking of the history needs
    AdmitAll,
    /// As many as the hotels are taken to have had
    Real,
}

/// The data folder and the log.
#[derive(Debug, Args)]
pub struct LogArguments {
    /// The data folder
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// The log.
    #[command(flatten)]
    pub kafka: KafkaArguments,
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
    /// The log of the server, for `http`, `overload` and `flash-sale`.
    #[command(flatten)]
    pub kafka: KafkaArguments,
}

/// What can be done with a log.
#[derive(Debug, Subcommand)]
pub enum LogTask {
    /// Prints commands, one record a line: position, stamp, kind, id, summary
    Tail(TailArguments),
    /// Prints what could not be read: position, reason and bytes
    DeadLetters(LogArguments),
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
    /// The log.
    #[command(flatten)]
    pub kafka: KafkaArguments,
}

/// What can be done with policies.
#[derive(Debug, Subcommand)]
pub enum TuneTask {
    /// Checks a document, and tells every fault with its line and column
    Check {
        /// The document, in TOML; docs/policies.md has every key
        file: PathBuf,
    },
    /// Checks a document and stages it: it is computed beside what is in force, and published
    /// nowhere
    Stage {
        /// At which property
        property: PropertyId,
        /// What it is to be called; a name stands for one text for ever
        version: PolicyVersion,
        /// The document, in TOML
        file: PathBuf,
        /// The server.
        #[command(flatten)]
        server: ServerArguments,
    },
    /// Shows what another price or limit there would be if the version staged last were in force
    Diff {
        /// Which version.
        #[command(flatten)]
        named: PolicyArguments,
        /// The first night
        #[arg(long, value_name = "NIGHT")]
        from: Night,
        /// The day after the last night
        #[arg(long, value_name = "NIGHT")]
        to: Night,
        /// Prints one JSON object instead of a table
        #[arg(long)]
        json: bool,
    },
    /// Puts a version in force, from one record on
    Promote {
        /// Which version.
        #[command(flatten)]
        named: PolicyArguments,
    },
    /// Puts in force again what was before the last promotion
    Rollback {
        /// At which property
        property: PropertyId,
        /// pricing or overbooking
        #[arg(value_parser = policy_kind)]
        kind: PolicyKind,
        /// The server.
        #[command(flatten)]
        server: ServerArguments,
    },
}

/// A version of a policy.
#[derive(Debug, Args)]
pub struct PolicyArguments {
    /// At which property
    pub property: PropertyId,
    /// pricing or overbooking
    #[arg(value_parser = policy_kind)]
    pub kind: PolicyKind,
    /// What it is called
    pub version: PolicyVersion,
    /// The server.
    #[command(flatten)]
    pub server: ServerArguments,
}

/// A running server; the API key, if it asks for one, is taken from the environment.
#[derive(Debug, Args)]
pub struct ServerArguments {
    /// The server; an API key with the scope manage is taken from ROOMNIGHT_KEY
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    pub server: SocketAddr,
}

fn policy_kind(text: &str) -> Result<PolicyKind, String> {
    PolicyKind::from_name(text).ok_or_else(|| "there are pricing and overbooking".to_owned())
}

/// What can be done with API keys.
#[derive(Debug, Subcommand)]
pub enum KeysTask {
    /// Draws a key, and prints it with what belongs into roomnight.toml; neither is kept
    Create(KeysArguments),
}

/// Arguments of `keys create`.
#[derive(Debug, Args)]
pub struct KeysArguments {
    /// Whose key it is: a-z, 0-9, - and _; idempotency keys belong to this name
    #[arg(long, value_name = "NAME")]
    pub name: String,
    /// What it may be used for: shop, manage or operate; can be given more than once
    #[arg(long = "scope", value_name = "SCOPE", required = true)]
    pub scopes: Vec<Scope>,
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
