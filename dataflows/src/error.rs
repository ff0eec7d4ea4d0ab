//! What stops an engine, or keeps it from starting.

use ingest::{AppendError, LogError};

/// What a sink says when it could not keep changes.
pub type SinkError = Box<dyn std::error::Error + Send + Sync>;

/// Why an engine does not start, or why it has stopped.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// An option that cannot be.
    #[error("`{option}` is {value}, and must be {must}: change it in the configuration")]
    Option {
        /// Which option.
        option: &'static str,
        /// What it says.
        value: usize,
        /// What it must be.
        must: &'static str,
    },
    /// The state was kept for another number of partitions.
    #[error(
        "the state has the partitions {state:?} and the log has {log}, counted from 0: start with \
         the log that the state was made from"
    )]
    PartitionsDiffer {
        /// The partitions of the state.
        state: Vec<u16>,
        /// How many partitions the log has.
        log: u16,
    },
    /// The system gave no thread.
    #[error("the thread `{thread}` could not be started: {reason}")]
    Thread {
        /// Which thread.
        thread: &'static str,
        /// What the system says.
        reason: String,
    },
    /// The log could not be read.
    #[error("the commands could not be read on: {0}")]
    Log(#[from] LogError),
    /// The log left records out, or gave some twice.
    #[error(
        "partition {partition} gave offset {found} where {expected} comes next: nothing was \
         decided from it; check the log for damage, and restart from the stored state"
    )]
    Gap {
        /// In which partition.
        partition: u16,
        /// The offset that had to come.
        expected: u64,
        /// The offset that came.
        found: u64,
    },
    /// The log is not the one that was read before.
    #[error(
        "the hash of partition {partition} at offset {offset} does not follow from the records \
         read before: the log was changed, cut or swapped; restore the log that belongs to the \
         state, or discard the state and rebuild it"
    )]
    Forked {
        /// In which partition.
        partition: u16,
        /// The record whose hash is another.
        offset: u64,
    },
    /// A record that cannot be read could not be put aside either.
    #[error("the dead letter of partition {partition}, offset {offset}, was not taken: {source}")]
    DeadLetter {
        /// In which partition.
        partition: u16,
        /// The record that cannot be read.
        offset: u64,
        /// What the log says.
        source: AppendError,
    },
    /// Changes could not be stored.
    #[error(
        "the changes up to position {position} could not be stored: {source}; the log has them, \
         repair the storage and start again"
    )]
    Sink {
        /// The position of the changes.
        position: String,
        /// What the sink says.
        source: SinkError,
    },
    /// What the views start from cannot be loaded.
    #[error(
        "what the views start from cannot be loaded: {source}; repair the storage, or remove \
             the state to rebuild it from the log"
    )]
    Load {
        /// What storage says.
        source: SinkError,
    },
    /// The views took in an epoch and never gave it back.
    #[error(
        "the views have made no progress for {waited_ms} ms with an epoch open: this is a defect; \
         the log has everything, start again"
    )]
    Stalled {
        /// For how long.
        waited_ms: u64,
    },
    /// A thread panicked.
    #[error(
        "the thread `{thread}` panicked: this is a defect; the log has everything, start again"
    )]
    Panicked {
        /// Which thread.
        thread: &'static str,
    },
}
