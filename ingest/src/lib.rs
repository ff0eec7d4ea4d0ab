//! The order: bytes become events at a log position; one trait; logs in memory, in files, in Kafka.
//!
//! A log has [topics](Topic), a topic has partitions, and a partition is a row of records that is
//! only ever made longer. Whoever appends hands bytes over; whoever reads gets them back once they
//! are durable, in order, without gaps, each with its offset and the running hash of its partition.
//!
//! - [`Log`] and [`Reader`]: what is asked of any log. A [`Bookmark`] proves where one read on.
//! - [`MemoryLog`]: a log in a vector, for tests and simulations. It forgets.
//! - [`EmbeddedLog`]: segment files in one directory, with one sync for everything that waits.
//! - `KafkaLog`, with the feature `kafka`: topics of a Kafka cluster.
//! - [`decode`]: a record becomes an envelope, or a [dead letter](DeadLetter) with its reason.
//! - [`contract`]: what every implementation promises, as tests that each of them runs.

pub mod bookmark;
#[cfg(any(test, feature = "contract"))]
pub mod contract;
pub mod dead_letters;
pub mod decode;
pub mod embedded;
pub mod error;
#[cfg(feature = "kafka")]
pub mod kafka;
pub mod log;
pub mod memory;
pub mod planted;
pub mod space;
pub mod topic;

pub use bookmark::Bookmark;
pub use dead_letters::{DeadLetter, NotADeadLetter};
pub use decode::{decode, decode_signal};
pub use embedded::{EmbeddedLog, EmbeddedOptions, LockedLog, OpenError};
pub use error::{AppendError, LogError};
#[cfg(feature = "kafka")]
pub use kafka::{KafkaError, KafkaLog, KafkaOptions};
pub use log::{Log, Reader, Record};
pub use memory::MemoryLog;
pub use space::{Ballast, free_bytes};
pub use topic::Topic;
