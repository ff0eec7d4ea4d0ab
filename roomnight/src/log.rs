//! The log that the configuration names: the embedded one in the data folder, or Kafka's.

use std::sync::Arc;
use std::time::Duration;

use ingest::{EmbeddedLog, EmbeddedOptions, KafkaError, KafkaLog, KafkaOptions, Log, OpenError};

use crate::config::Config;
use crate::directory::DataFolder;
use crate::disk_watch::StalledFor;

/// Why the log cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum LogOpenError {
    /// The embedded one.
    #[error(transparent)]
    Embedded(#[from] OpenError),
    /// Kafka's.
    #[error(transparent)]
    Kafka(#[from] KafkaError),
    /// A setting for the client of Kafka that is none.
    #[error("`kafka.client` holds `{0}`: write each setting as name=value")]
    Setting(String),
}

/// An open log, of either kind.
pub enum OpenLog {
    /// Segment files in the data folder.
    Embedded(Arc<EmbeddedLog>),
    /// Topics of a Kafka cluster.
    Kafka(Arc<KafkaLog>),
}

/// A log that nobody else can have, and that is not read yet.
pub(crate) enum LockedLog {
    /// The data folder is this process's.
    Embedded(ingest::LockedLog),
    /// Many may read and write Kafka's.
    Kafka(KafkaOptions),
}

impl LockedLog {
    /// Takes the log that the configuration names.
    pub(crate) fn take(config: &Config, folder: &DataFolder) -> Result<Self, LogOpenError> {
        if config.kafka.is_named() {
            return Ok(Self::Kafka(kafka_options(config)?));
        }
        let mut options = EmbeddedOptions::new(folder.log(), config.log.partitions.get());
        options.segment_bytes = config.log.segment_bytes.get();
        Ok(Self::Embedded(EmbeddedLog::lock(options)?))
    }

    /// Reads and checks it.
    pub(crate) fn open(self) -> Result<OpenLog, LogOpenError> {
        Ok(match self {
            Self::Embedded(locked) => OpenLog::Embedded(Arc::new(locked.open()?)),
            Self::Kafka(options) => OpenLog::Kafka(Arc::new(KafkaLog::open(options)?)),
        })
    }
}

impl OpenLog {
    /// Opens the log that the configuration names.
    pub fn open(config: &Config, folder: &DataFolder) -> Result<Self, LogOpenError> {
        LockedLog::take(config, folder)?.open()
    }

    /// The log, for those who do not care which.
    pub fn log(&self) -> Arc<dyn Log> {
        match self {
            Self::Embedded(log) => Arc::clone(log) as _,
            Self::Kafka(log) => Arc::clone(log) as _,
        }
    }

    /// Says for how long the disk under the log has owed an answer; Kafka's disks are its own
    /// concern.
    pub(crate) fn stalled_for(&self) -> StalledFor {
        match self {
            Self::Embedded(log) => {
                let log = Arc::clone(log);
                Box::new(move || log.stalled_for())
            }
            Self::Kafka(_) => Box::new(|| Duration::ZERO),
        }
    }

    /// Makes durable what waits, and takes nothing more.
    pub fn close(&self) {
        match self {
            Self::Embedded(log) => log.close(),
            Self::Kafka(log) => log.close(),
        }
    }
}

/// What the log over Kafka is told.
pub fn kafka_options(config: &Config) -> Result<KafkaOptions, LogOpenError> {
    let kafka = &config.kafka;
    let mut options = KafkaOptions::new(&kafka.brokers, config.log.partitions.get());
    options.topic_prefix.clone_from(&kafka.topic_prefix);
    options.accept_single_broker = kafka.accept_single_broker;
    for setting in &kafka.client {
        let (name, value) =
            setting.split_once('=').ok_or_else(|| LogOpenError::Setting(setting.clone()))?;
        options.overrides.push((name.trim().to_owned(), value.trim().to_owned()));
    }
    Ok(options)
}
