//! What a log over Kafka is told when it is opened.

use std::time::Duration;

use crate::Topic;

/// Which brokers, which topics, and how patient to be.
#[derive(Debug, Clone)]
pub struct KafkaOptions {
    /// Addresses to begin with, `host:port`, separated by commas.
    pub brokers: String,
    /// What stands before the name of each topic.
    pub topic_prefix: String,
    /// How many partitions each topic has. It can never change.
    pub partitions: u16,
    /// Takes a cluster that loses records with its only broker. For development.
    pub accept_single_broker: bool,
    /// How long a record may wait to be delivered before its outcome is unknown. Longer than a
    /// caller waits for its answer, and shorter than a command stays valid.
    pub delivery_max: Duration,
    /// After how long an undelivered record keeps its partition from taking more.
    pub stall_max: Duration,
    /// How long brokers may take to answer a question about the log.
    pub answer_max: Duration,
    /// How many records may wait to be delivered.
    pub queue_records_max: usize,
    /// How many KiB may wait to be delivered.
    pub queue_kib_max: usize,
    /// How long a broker holds an answer back when there is nothing to read.
    pub fetch_wait_max: Duration,
    /// Any other settings of librdkafka, such as those of TLS and SASL; they win.
    pub overrides: Vec<(String, String)>,
}

impl KafkaOptions {
    /// The usual ones.
    pub fn new(brokers: impl Into<String>, partitions: u16) -> Self {
        Self {
            brokers: brokers.into(),
            topic_prefix: "roomnight.".to_owned(),
            partitions,
            accept_single_broker: false,
            delivery_max: Duration::from_secs(8),
            stall_max: Duration::from_secs(1),
            answer_max: Duration::from_secs(10),
            queue_records_max: 100_000,
            queue_kib_max: 256 * 1024,
            fetch_wait_max: Duration::from_millis(50),
            overrides: Vec::new(),
        }
    }

    /// The name of a topic in the cluster.
    pub fn topic_name(&self, topic: Topic) -> String {
        format!("{}{}", self.topic_prefix, topic.name())
    }
}
