//! Why a log over Kafka is not opened.

use std::fmt;

/// Why a log over Kafka is not opened, or its topics are not made.
#[derive(Debug, thiserror::Error)]
pub enum KafkaError {
    /// A setting is one that librdkafka does not know or take.
    #[error("librdkafka does not take the configuration: {0}; see its CONFIGURATION.md")]
    Configuration(String),
    /// No answer.
    #[error("the brokers {brokers} do not answer: {what}; see whether they run and can be reached")]
    Unreachable {
        /// Where they were looked for.
        brokers: String,
        /// What the client says.
        what: String,
    },
    /// A topic is not there.
    #[error("there is no topic `{topic}` on {brokers}: make it with `roomnight topics create`")]
    NoTopic {
        /// Its name.
        topic: String,
        /// Where it was looked for.
        brokers: String,
    },
    /// A topic has another number of partitions than the configuration.
    #[error(
        "topic `{topic}` has {found} partitions where the configuration says {wanted}: give the \
         configuration the number that the topic was made with; a topic whose count was raised \
         cannot be used on, because its properties have changed their places"
    )]
    Partitions {
        /// Its name.
        topic: String,
        /// How many it has.
        found: usize,
        /// How many it should have.
        wanted: u16,
    },
    /// The beginning of a topic was removed.
    #[error(
        "partition {partition} of topic `{topic}` begins at offset {low} and no longer at 0: \
         retention or a deletion has removed records; restore the topic, and set retention.ms=-1 \
         and retention.bytes=-1"
    )]
    Trimmed {
        /// Its name.
        topic: String,
        /// In which partition.
        partition: u16,
        /// Where it begins.
        low: u64,
    },
    /// Settings with which records could be lost or changed.
    #[error("the topics may not be used as they are set:{}", lines(.0))]
    Refused(Vec<Refusal>),
    /// A topic could not be made.
    #[error("topic `{topic}` could not be made: {what}")]
    Create {
        /// Its name.
        topic: String,
        /// What the brokers say.
        what: String,
    },
}

/// One setting that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The name of the topic.
    pub topic: String,
    /// Which setting.
    pub key: &'static str,
    /// What it is.
    pub found: String,
    /// What it must be.
    pub wanted: String,
    /// What sets it right.
    pub remedy: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { topic, key, found, wanted, remedy } = self;
        write!(f, "`{topic}` has {key}={found}, wanted is {wanted}: {remedy}")
    }
}

fn lines(refusals: &[Refusal]) -> String {
    refusals.iter().map(|refusal| format!("\n  {refusal}")).collect()
}
