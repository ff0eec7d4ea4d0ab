//! What can go wrong with a log that is open: when appending and when reading.

use std::io;
use std::path::PathBuf;

use events::ChainHash;

use crate::Topic;

/// Why a record was not taken. None of it was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// More waits to be written than may wait. Try again later, or turn the caller away.
    #[error(
        "the log is full: {records} records of {bytes} bytes wait to be written; \
         try again when the disk has caught up"
    )]
    Full {
        /// How many records wait.
        records: usize,
        /// How many bytes they have.
        bytes: usize,
    },
    /// What was handed over before is stuck, so the log takes nothing more for now. Turn the
    /// caller away and let it try again.
    #[error(
        "partition {partition} of `{topic}` takes nothing: what was handed over {waited_ms} ms ago \
         is not confirmed; see whether the brokers run and have enough replicas in sync"
    )]
    Stalled {
        /// Where it was to go.
        topic: Topic,
        /// In which partition.
        partition: u16,
        /// For how long the oldest record has waited.
        waited_ms: u64,
    },
    /// The log is closed, or an error of the disk has stopped it.
    #[error("the log is closed: nothing more can be appended before it is opened again")]
    Closed,
    /// Longer than a record of that topic may be. It will never fit.
    #[error("a record of {bytes} bytes, where one of `{topic}` has at most {bytes_max}")]
    TooLong {
        /// Where it was to go.
        topic: Topic,
        /// How long it is.
        bytes: usize,
        /// How long it may be.
        bytes_max: usize,
    },
    /// The log does not have that partition.
    #[error(
        "there is no partition {partition}: the log has {partitions}, counted from 0; \
         compare the partition count of the caller with the log's"
    )]
    NoSuchPartition {
        /// The partition asked for.
        partition: u16,
        /// How many there are.
        partitions: u16,
    },
}

/// Why records cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The position lies beyond the last record: whoever holds it has read another log.
    #[error(
        "position {asked} of partition {partition} of `{topic}` lies past the end, which is {end}: \
         what was read up to there is not of this log, or the log has lost its end; \
         restore the log that belongs to the state, or discard the state and rebuild it"
    )]
    PastTheEnd {
        /// Of which topic.
        topic: Topic,
        /// In which partition.
        partition: u16,
        /// The next offset asked for.
        asked: u64,
        /// The next offset of the log.
        end: u64,
    },
    /// The log does not have that partition.
    #[error(
        "there is no partition {partition}: the log has {partitions}, counted from 0; \
         compare the partition count of the reader with the log's"
    )]
    NoSuchPartition {
        /// The partition asked for.
        partition: u16,
        /// How many there are.
        partitions: u16,
    },
    /// The log has other records than those that were read before.
    #[error(
        "partition {partition} of `{topic}` is another log: up to offset {next_offset} its hash is \
         {found}, where {expected} was read before; restore the log that belongs to the state, or \
         discard the state and rebuild it"
    )]
    Forked {
        /// Of which topic.
        topic: Topic,
        /// In which partition.
        partition: u16,
        /// Up to which offset.
        next_offset: u64,
        /// The hash that was read before.
        expected: ChainHash,
        /// The hash that is found now.
        found: ChainHash,
    },
    /// Records are missing between two others, or the log no longer begins where it should.
    #[error(
        "offset {found} of partition {partition} of `{topic}` comes where {expected} should: \
         records were removed by retention or compaction, or something else writes transactions \
         to the topic; restore the topic, set cleanup.policy=delete, retention.ms=-1 and \
         retention.bytes=-1, and let nothing else write to it"
    )]
    Gap {
        /// Of which topic.
        topic: Topic,
        /// In which partition.
        partition: u16,
        /// The offset that should come.
        expected: u64,
        /// The offset that came.
        found: u64,
    },
    /// The brokers no longer have what was to be read next.
    #[error(
        "partition {partition} of `{topic}` has lost offset {offset}: {what}; stop, and find out \
         whether the topic was deleted, cut or restored before anything is written to it again"
    )]
    Lost {
        /// Of which topic.
        topic: Topic,
        /// In which partition.
        partition: u16,
        /// The offset that was asked for.
        offset: u64,
        /// What the brokers say.
        what: String,
    },
    /// The brokers do not answer, or refuse.
    #[error(
        "the brokers could not be asked about `{topic}`: {what}; see whether they run and can be \
         reached"
    )]
    Unreachable {
        /// Of which topic.
        topic: Topic,
        /// What the client says.
        what: String,
    },
    /// The brokers will not let this topic be read on, and do not say where.
    #[error(
        "`{topic}` cannot be read on: {what}; stop, and see whether the topic is still there, and \
         whether this user may read it"
    )]
    Refused {
        /// Of which topic.
        topic: Topic,
        /// What the client says.
        what: String,
    },
    /// Bytes on disk are not what was written. Nothing of them is given out.
    #[error(
        "{} is damaged at byte {at}: {what}; stop, copy the directory aside, and restore the file \
         from a backup",
        file.display()
    )]
    Damaged {
        /// Which file.
        file: PathBuf,
        /// Where in it the damaged part begins.
        at: u64,
        /// What is wrong there.
        what: String,
    },
    /// The file could not be read.
    #[error("{} could not be read: {source}", file.display())]
    Io {
        /// Which file.
        file: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The log is closed and everything in it was read.
    #[error("the log is closed: open it again to read on")]
    Closed,
}
