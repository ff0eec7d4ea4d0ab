//! A log over Kafka: its topics are topics of a cluster, its partitions their partitions.
//!
//! Kafka orders, replicates and elects. What it does not give is checked here. Records are written
//! by an idempotent producer with an explicit partition, and read back by readers that keep their
//! own offsets and compute the chain. There are no transactions, no consumer groups and no jump to
//! anywhere: an offset that is not the next one is an error that stops (`reliability.md` K1-K11).
//!
//! - Records that are handed over wait in librdkafka until they are delivered or `delivery_max` is
//!   over. Then their outcome is unknown, and only reading tells.
//! - While the oldest record of a partition waits for longer than `stall_max`, the partition takes
//!   nothing more ([`AppendError::Stalled`]), so callers are turned away at once and not held up.
//! - Readers wait while brokers are gone. When they come back the last record is read again.
//!
//! An owner who tells the log time should read its clock only once its tick before has been read
//! back: here a record can be on its way for as long as `delivery_max` (decision 0005). A tick
//! that was appended is read back when a listener has heard of its producer and sequence.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use events::{ChainHash, Position};
use rdkafka::producer::Producer as _;

use crate::log::{check_append, check_partition, check_position};
use crate::{AppendError, Bookmark, Log, LogError, Reader, Topic};

mod block_on;
mod client;
mod error;
mod options;
mod producer;
mod reader;
#[cfg(test)]
mod tests;
mod topics;

pub use error::{KafkaError, Refusal};
pub use options::KafkaOptions;
pub use producer::Deliveries;
pub use topics::{Created, create_topics};

use producer::Producer;
use reader::KafkaReader;

/// How long closing waits for what is not delivered yet.
const CLOSE_WAIT: Duration = Duration::from_secs(5);

/// A log in a Kafka cluster.
pub struct KafkaLog {
    options: KafkaOptions,
    identity: String,
    producer: Arc<Producer>,
}

impl KafkaLog {
    /// Opens the log, once its topics are found to be as they must be.
    pub fn open(options: KafkaOptions) -> Result<Self, KafkaError> {
        topics::check(&options)?;
        Self::connect(options)
    }

    /// Opens the log without looking at the settings of its topics.
    fn connect(options: KafkaOptions) -> Result<Self, KafkaError> {
        let producer = Producer::new(&options)?;
        let inner = producer.inner();
        let unreachable = |what: &str| KafkaError::Unreachable {
            brokers: options.brokers.clone(),
            what: what.to_owned(),
        };
        for topic in Topic::ALL {
            let name = options.topic_name(*topic);
            let found = topics::partitions_of(&options, inner.client(), &name)?.len();
            if found != usize::from(options.partitions) {
                let wanted = options.partitions;
                return Err(KafkaError::Partitions { topic: name, found, wanted });
            }
            for partition in 0..options.partitions {
                let ends = client::ends(inner.client(), &name, partition, options.answer_max);
                let (low, _) = ends.map_err(|error| unreachable(&error.to_string()))?;
                if low > 0 {
                    return Err(KafkaError::Trimmed { topic: name, partition, low });
                }
            }
        }
        let cluster = inner.client().fetch_cluster_id(options.answer_max);
        let cluster = cluster.ok_or_else(|| unreachable("the cluster does not say its id"))?;
        let identity = format!("kafka {cluster} {}", options.topic_prefix);
        tracing::info!(%identity, brokers = %options.brokers, "the log is open");
        drop(inner);
        Ok(Self { options, identity, producer: Arc::new(producer) })
    }

    /// What has become of everything that was appended.
    pub fn deliveries(&self) -> Deliveries {
        self.producer.deliveries()
    }

    /// Gives what waits some time to be delivered, and takes nothing more. Readers end.
    pub fn close(&self) {
        if !self.producer.is_closed() {
            self.producer.close(CLOSE_WAIT);
        }
    }

    fn end_of(&self, topic: Topic, partition: u16) -> Result<u64, LogError> {
        let name = self.options.topic_name(topic);
        let inner = self.producer.inner();
        client::ends(inner.client(), &name, partition, self.options.answer_max)
            .map(|(_, high)| high)
            .map_err(|error| LogError::Unreachable { topic, what: error.to_string() })
    }
}

impl Drop for KafkaLog {
    fn drop(&mut self) {
        self.close();
    }
}

impl Log for KafkaLog {
    fn partitions(&self) -> u16 {
        self.options.partitions
    }

    fn append(&self, topic: Topic, partition: u16, bytes: Bytes) -> Result<(), AppendError> {
        check_append(topic, partition, self.options.partitions, bytes.len())?;
        self.producer.append(topic, partition, &bytes)
    }

    fn identity(&self) -> String {
        self.identity.clone()
    }

    fn end(&self, topic: Topic) -> Result<Position, LogError> {
        let end = |partition| Ok((partition, self.end_of(topic, partition)?));
        (0..self.options.partitions).map(end).collect()
    }

    fn reader(&self, topic: Topic, from: &Position) -> Result<Box<dyn Reader>, LogError> {
        check_position(topic, from, self.options.partitions, &self.end(topic)?)?;
        let producer = &self.producer;
        Ok(Box::new(KafkaReader::from_the_beginning(&self.options, producer, topic, from)?))
    }

    fn chain_at(
        &self,
        topic: Topic,
        partition: u16,
        next_offset: u64,
    ) -> Result<ChainHash, LogError> {
        check_partition(partition, self.options.partitions)?;
        let asked = Position::from_iter([(partition, next_offset)]);
        check_position(topic, &asked, self.options.partitions, &self.end(topic)?)?;
        let Some(last) = next_offset.checked_sub(1) else { return Ok(ChainHash::default()) };
        let mut reader = self.reader(topic, &Position::from_iter([(partition, last)]))?;
        let is_it = |record: &crate::Record| (record.partition, record.offset) == (partition, last);
        loop {
            let records = reader.next(1024, self.options.answer_max)?;
            if let Some(record) = records.iter().find(|record| is_it(record)) {
                return Ok(record.chain);
            }
            if records.is_empty() {
                let what = format!("offset {last} of partition {partition} does not come");
                return Err(LogError::Unreachable { topic, what });
            }
        }
    }

    fn check(&self, topic: Topic, bookmark: &Bookmark) -> Result<(), LogError> {
        self.resume(topic, bookmark).map(drop)
    }

    fn resume(&self, topic: Topic, from: &Bookmark) -> Result<Box<dyn Reader>, LogError> {
        check_position(topic, &from.position(), self.options.partitions, &self.end(topic)?)?;
        Ok(Box::new(KafkaReader::resume(&self.options, &self.producer, topic, from)?))
    }
}
