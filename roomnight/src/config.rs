//! What may be set: defaults, then a TOML file, then the environment, then flags; later ones win.

use std::num::{NonZeroU16, NonZeroU64, NonZeroUsize};
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::value::Value;
use serde::{Deserialize, Serialize};
use serving::ApiKey;

mod door;
mod keys;
mod show;
mod sources;
#[cfg(test)]
mod tests;

pub use door::DoorConfig;

/// The prefix of every environment variable that sets a key; the key's dots become `__`.
pub const ENVIRONMENT_PREFIX: &str = "ROOMNIGHT__";

/// The file that is read from the data folder when no other is named.
pub const FILE_NAME: &str = "roomnight.toml";

/// Everything that may be set, as it is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where HTTP is answered, as `address:port`; port 0 takes a free one.
    pub listen: String,
    /// The log.
    pub log: LogConfig,
    /// The log over Kafka, in place of the embedded one.
    pub kafka: KafkaConfig,
    /// The ledger's thread and the views' threads.
    pub engine: EngineConfig,
    /// The clock of the holds.
    pub ticks: TickConfig,
    /// How limits come to be applied.
    pub limits: LimitConfig,
    /// The state on disk.
    pub storage: StorageConfig,
    /// What is done when the disk is full or does not answer.
    pub disk: DiskConfig,
    /// The HTTP API.
    pub serving: ServingConfig,
    /// Who is let in, and how many at once.
    pub door: DoorConfig,
    /// Who may ask, beyond this machine and, once there is one, on it.
    pub api_keys: Vec<ApiKey>,
    /// What the process says about itself on standard error.
    pub messages: MessageConfig,
}

/// The log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogConfig {
    /// Into how many partitions the 4096 slots are dealt; fixed when the log is made.
    pub partitions: NonZeroU16,
    /// The size at which the embedded log closes a segment file and begins the next.
    pub segment_bytes: NonZeroU64,
}

/// The log over Kafka, in place of the embedded one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KafkaConfig {
    /// Addresses of brokers to begin with, `host:port`, separated by commas; empty for the
    /// embedded log.
    pub brokers: String,
    /// What stands before the name of each topic.
    pub topic_prefix: String,
    /// Takes a cluster whose only broker is all that keeps a record. For development.
    pub accept_single_broker: bool,
    /// More settings of the client, librdkafka, each as `name=value`: TLS, SASL and the like.
    pub client: Vec<String>,
}

impl KafkaConfig {
    /// Whether the log is to be Kafka's.
    pub fn is_named(&self) -> bool {
        !self.brokers.is_empty()
    }
}

/// The ledger's thread and the views' threads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EngineConfig {
    /// Timely workers for the views.
    pub workers: NonZeroUsize,
    /// The most records that are decided as one batch.
    pub records_max: NonZeroUsize,
    /// How many changes may wait for the views before the ledger pauses.
    pub changes_pending_max: NonZeroUsize,
}

/// The clock of the holds: how often its owner says that time has passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TickConfig {
    /// Milliseconds between ticks of a partition while any hold is open there.
    pub open_ms: NonZeroU64,
    /// Milliseconds between ticks of a partition otherwise.
    pub idle_ms: NonZeroU64,
    /// The longest step by which one tick may move log time.
    pub step_max_ms: NonZeroU64,
}

/// How limits come to be applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitConfig {
    /// Milliseconds between two looks at what is recommended and not applied.
    pub every_ms: NonZeroU64,
}

/// The state on disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StorageConfig {
    /// Memory for blocks, indexes, filters and write buffers together.
    pub cache_bytes: NonZeroUsize,
    /// The size at which a write buffer goes to a file.
    pub write_buffer_bytes: NonZeroUsize,
}

/// What is done when the disk is full or does not answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DiskConfig {
    /// With less space than this nothing new is taken, and what was kept aside is given back.
    pub low_bytes: u64,
    /// How much space is kept aside, for what is owed to those who have a hold or a booking.
    pub ballast_bytes: u64,
    /// For how long a write may take before the process says that it is not ready.
    pub stalled_ms: NonZeroU64,
}

/// The HTTP API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServingConfig {
    /// How long a write waits for its decision, and a read for its position.
    pub deadline_ms: NonZeroU64,
    /// How long requests under way may take to end once the process is asked to stop.
    pub drain_ms: NonZeroU64,
    /// Of which tenant's idempotency keys this process takes care.
    pub tenant: String,
    /// Threads that answer.
    pub threads: NonZeroUsize,
}

/// What the process says about itself on standard error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessageConfig {
    /// Which messages: a level, or `target=level` pairs joined by commas.
    pub filter: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".to_owned(),
            log: LogConfig { partitions: NonZeroU16::MIN, segment_bytes: at_least_one(64 << 20) },
            kafka: KafkaConfig {
                brokers: String::new(),
                topic_prefix: "roomnight.".to_owned(),
                accept_single_broker: false,
                client: Vec::new(),
            },
            engine: EngineConfig {
                workers: NonZeroUsize::MIN,
                records_max: NonZeroUsize::MIN.saturating_add(1_023),
                changes_pending_max: NonZeroUsize::MIN.saturating_add(999_999),
            },
            ticks: TickConfig {
                open_ms: at_least_one(250),
                idle_ms: at_least_one(10_000),
                step_max_ms: at_least_one(10_000),
            },
            limits: LimitConfig { every_ms: at_least_one(250) },
            storage: StorageConfig {
                cache_bytes: NonZeroUsize::MIN.saturating_add((256 << 20) - 1),
                write_buffer_bytes: NonZeroUsize::MIN.saturating_add((32 << 20) - 1),
            },
            disk: DiskConfig {
                low_bytes: 128 << 20,
                ballast_bytes: 256 << 20,
                stalled_ms: at_least_one(2_000),
            },
            serving: ServingConfig {
                deadline_ms: at_least_one(2_000),
                drain_ms: at_least_one(20_000),
                tenant: "default".to_owned(),
                threads: NonZeroUsize::MIN.saturating_add(1),
            },
            door: DoorConfig::default(),
            api_keys: Vec::new(),
            messages: MessageConfig { filter: "info".to_owned() },
        }
    }
}

fn at_least_one(number: u64) -> NonZeroU64 {
    NonZeroU64::new(number).unwrap_or(NonZeroU64::MIN)
}

/// Why a configuration is refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file that was named cannot be read.
    #[error("cannot read the configuration {path}: name a file that exists with --config")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A key that nothing reads: most likely a slip of the pen.
    #[error(
        "unknown key `{key}` in {place}: did you mean `{nearest}`? `roomnight config` lists all"
    )]
    UnknownKey {
        /// The key as it was written.
        key: String,
        /// Where it was written.
        place: String,
        /// The known key that looks most like it.
        nearest: String,
    },
    /// A value of another type, or out of range, or a file that is not TOML.
    #[error("the configuration is not valid: {0}")]
    Invalid(Box<figment::Error>),
}

impl From<figment::Error> for ConfigError {
    fn from(error: figment::Error) -> Self {
        Self::Invalid(Box::new(error))
    }
}

/// Where values come from, besides the defaults; later fields win over earlier ones.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The file's path and text.
    pub file: Option<(PathBuf, String)>,
    /// Names and values of environment variables; those without the prefix are not looked at.
    pub environment: Vec<(String, String)>,
    /// Keys and values from the command line.
    pub flags: Vec<(&'static str, Value)>,
}

impl Sources {
    /// Reads the file that is named, or the one in the data folder if there is one, and the
    /// environment of this process.
    pub fn of_process(file: Option<&Path>, data: Option<&Path>) -> Result<Self, ConfigError> {
        let beside = data.map(|data| data.join(FILE_NAME)).filter(|path| path.is_file());
        let path = file.map(Path::to_path_buf).or(beside);
        let read = |path: PathBuf| match std::fs::read_to_string(&path) {
            Ok(text) => Ok((path, text)),
            Err(source) => Err(ConfigError::Unreadable { path, source }),
        };
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Ok(Self { file: path.map(read).transpose()?, environment, flags: Vec::new() })
    }

    /// Sets a key from the command line, if the flag was given.
    pub fn flag(mut self, key: &'static str, value: Option<impl Into<Value>>) -> Self {
        self.flags.extend(value.map(|value| (key, value.into())));
        self
    }
}

/// A configuration in force, and where each of its values came from.
#[derive(Debug, Clone)]
pub struct Effective {
    /// The values.
    pub config: Config,
    figment: Figment,
}

impl Effective {
    /// Puts the sources together; a key that nothing reads is refused.
    pub fn load(sources: &Sources) -> Result<Self, ConfigError> {
        let defaults = Value::serialize(Config::default())?;
        let known = keys::leaves(&defaults);
        let mut figment = Figment::from(sources::defaults(defaults));
        for source in sources::all(sources)? {
            keys::check(&source.dict, &known, &source.place)?;
            figment = figment.merge(source);
        }
        Ok(Self { config: figment.extract()?, figment })
    }
}

/// One `key = value` a line, valid as TOML, with the source of each; secrets are masked.
impl std::fmt::Display for Effective {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let value = Value::serialize(&self.config).map_err(|_| std::fmt::Error)?;
        show::write_lines(f, &value, |key| {
            self.figment.find_metadata(key).map_or(String::new(), |found| found.name.to_string())
        })
    }
}
