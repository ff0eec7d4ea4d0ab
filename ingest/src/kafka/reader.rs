//! The reading side: our own offsets, our own proof.
//!
//! The brokers keep no hash of what they hold, so the reader computes it as it goes. Whoever comes
//! with a bookmark is first given the record before it again, and only if that is the record the
//! bookmark was set behind is anything handed out. The same is done whenever a connection was lost
//! or a partition has another leader: in between the log may have been cut, forked or made anew.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use events::Link;
use rdkafka::client::ClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError as ClientError, RDKafkaErrorCode};
use rdkafka::{Message, Offset, Statistics, TopicPartitionList};

use crate::{Bookmark, LogError, Reader, Record, Topic};

use super::client;
use super::error::KafkaError;
use super::options::KafkaOptions;
use super::producer::Producer;

/// The longest single wait for the client, so that a closed log is seen.
const POLL_MAX: Duration = Duration::from_millis(500);

/// The ear of the consumer: it hears when what was read must be proven again.
#[derive(Default)]
pub(super) struct Ear {
    is_doubtful: AtomicBool,
    leaders: std::sync::Mutex<Vec<(i32, i32)>>,
}

impl ClientContext for Ear {
    fn error(&self, error: ClientError, reason: &str) {
        self.is_doubtful.store(true, Ordering::SeqCst);
        client::tell(&error, reason);
    }

    fn stats(&self, statistics: Statistics) {
        let partitions = statistics.topics.values().flat_map(|topic| topic.partitions.values());
        let mut leaders: Vec<(i32, i32)> =
            partitions.map(|partition| (partition.partition, partition.leader)).collect();
        leaders.sort_unstable();
        let mut known = self.leaders.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if *known != leaders && !known.is_empty() {
            self.is_doubtful.store(true, Ordering::SeqCst);
        }
        *known = leaders;
    }
}

impl ConsumerContext for Ear {}

/// Where a partition is read.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    next_offset: u64,
    link: Link,
    /// The record before is to come again before anything else.
    is_unproven: bool,
    /// Records before this one are only hashed.
    shown_from: u64,
}

/// Why nothing more can be read.
#[derive(Debug, Clone)]
enum Break {
    Forked { partition: u16, place: Place, found: Link },
    Gap { partition: u16, expected: u64, found: u64 },
    Lost { partition: u16, offset: u64, what: String },
    Unnamed { what: String },
}

/// Goes through one topic.
pub(super) struct KafkaReader {
    producer: Arc<Producer>,
    topic: Topic,
    name: String,
    places: Vec<Place>,
    ready: VecDeque<Record>,
    broken: Option<Break>,
    answer_max: Duration,
    consumer: BaseConsumer<Ear>,
}

impl KafkaReader {
    /// Reads on from a bookmark, once it is proven.
    pub(super) fn resume(
        options: &KafkaOptions,
        producer: &Arc<Producer>,
        topic: Topic,
        from: &Bookmark,
    ) -> Result<Self, LogError> {
        let place = |partition| {
            let (next_offset, link) = from.get(partition);
            Place { next_offset, link, is_unproven: next_offset > 0, shown_from: next_offset }
        };
        let places = (0..options.partitions).map(place).collect();
        let mut reader = Self::new(options, producer, topic, places)?;
        reader.prove()?;
        Ok(reader)
    }

    /// Reads everything, and shows what stands at a position or after it.
    pub(super) fn from_the_beginning(
        options: &KafkaOptions,
        producer: &Arc<Producer>,
        topic: Topic,
        shown_from: &events::Position,
    ) -> Result<Self, LogError> {
        let place =
            |partition| Place { shown_from: shown_from.next_offset(partition), ..Place::default() };
        Self::new(options, producer, topic, (0..options.partitions).map(place).collect())
    }

    fn new(
        options: &KafkaOptions,
        producer: &Arc<Producer>,
        topic: Topic,
        places: Vec<Place>,
    ) -> Result<Self, LogError> {
        let unreachable = |error: String| LogError::Unreachable { topic, what: error };
        let reader = Self {
            producer: Arc::clone(producer),
            topic,
            name: options.topic_name(topic),
            places,
            ready: VecDeque::new(),
            broken: None,
            answer_max: options.answer_max,
            consumer: consumer(options).map_err(|error| unreachable(error.to_string()))?,
        };
        reader.assign().map_err(|error| unreachable(error.to_string()))?;
        Ok(reader)
    }

    /// Begins to fetch: each partition from the record that is to prove it, or from its place.
    fn assign(&self) -> Result<(), ClientError> {
        let mut list = TopicPartitionList::new();
        for (partition, place) in self.places.iter().enumerate() {
            let offset = place.next_offset - u64::from(place.is_unproven);
            let offset = Offset::Offset(offset as i64);
            list.add_partition_offset(&self.name, partition as i32, offset)?;
        }
        self.consumer.assign(&list)
    }

    /// Waits until every partition is proven.
    fn prove(&mut self) -> Result<(), LogError> {
        let until = Instant::now() + self.answer_max;
        while self.places.iter().any(|place| place.is_unproven) {
            self.poll(POLL_MAX);
            if let Some(broken) = self.broken.clone() {
                return Err(self.error(broken));
            }
            if Instant::now() > until {
                let what = "the last record before the bookmark does not come".to_owned();
                return Err(LogError::Unreachable { topic: self.topic, what });
            }
        }
        Ok(())
    }

    /// Takes at most one event of the client; says whether there was one.
    fn poll(&mut self, wait: Duration) -> bool {
        let read = match self.consumer.poll(wait) {
            None => return false,
            Some(Ok(message)) => {
                let bytes = Bytes::copy_from_slice(message.payload().unwrap_or_default());
                Ok((message.partition() as u16, message.offset() as u64, bytes))
            }
            Some(Err(error)) => Err(error),
        };
        match read {
            Ok((partition, offset, bytes)) => self.take(partition, offset, bytes),
            Err(error) => self.fail(&error),
        }
        true
    }

    fn take(&mut self, partition: u16, offset: u64, bytes: Bytes) {
        if self.consumer.context().is_doubtful.swap(false, Ordering::SeqCst) {
            // The brokers answer again; what they hold may be another log than before.
            return self.doubt();
        }
        let place = &mut self.places[usize::from(partition)];
        let expected = place.next_offset - u64::from(place.is_unproven);
        if offset != expected {
            self.broken = Some(Break::Gap { partition, expected, found: offset });
            return;
        }
        if place.is_unproven {
            place.is_unproven = false;
            if !place.link.is_over(&bytes) {
                let found = Link { after: place.link.before, ..Link::default() }.then(&bytes);
                self.broken = Some(Break::Forked { partition, place: *place, found });
            }
            return;
        }
        place.next_offset += 1;
        place.link = place.link.then(&bytes);
        if offset >= place.shown_from {
            self.ready.push_back(Record { partition, offset, bytes, chain: place.link.after });
        }
    }

    /// Has every partition proven again before anything more is taken from it.
    fn doubt(&mut self) {
        for place in &mut self.places {
            place.is_unproven = place.next_offset > 0;
        }
        if let Err(error) = self.assign() {
            self.broken = Some(Break::Unnamed { what: error.to_string() });
        }
    }

    fn fail(&mut self, error: &ClientError) {
        use RDKafkaErrorCode as Code;
        let code = error.rdkafka_error_code();
        let is_final = matches!(error, ClientError::MessageConsumptionFatal(_))
            || matches!(
                code,
                Some(
                    Code::AutoOffsetReset
                        | Code::OffsetOutOfRange
                        | Code::LogTruncation
                        | Code::UnknownTopicOrPartition
                        | Code::UnknownTopic
                        | Code::UnknownPartition
                        | Code::TopicAuthorizationFailed
                        | Code::BadMessage
                        | Code::InvalidMessage
                )
            );
        if is_final {
            self.broken = Some(self.name_break(error.to_string()));
        } else {
            // Brokers go and come; the client reconnects, and what comes then is proven first.
            self.consumer.context().is_doubtful.store(true, Ordering::SeqCst);
        }
    }

    /// Finds out which partition the client complains of: it does not say.
    fn name_break(&self, what: String) -> Break {
        for (partition, place) in (0..).zip(&self.places) {
            let wait = self.answer_max.min(Duration::from_secs(2));
            if let Ok((low, high)) =
                client::ends(self.consumer.client(), &self.name, partition, wait)
                && !(low..=high).contains(&place.next_offset)
            {
                let what = format!("it now goes from {low} to {high} ({what})");
                return Break::Lost { partition, offset: place.next_offset, what };
            }
        }
        Break::Unnamed { what }
    }

    fn error(&self, broken: Break) -> LogError {
        let topic = self.topic;
        match broken {
            Break::Forked { partition, place, found } => LogError::Forked {
                topic,
                partition,
                next_offset: place.next_offset,
                expected: place.link.after,
                found: found.after,
            },
            Break::Gap { partition, expected, found } => {
                LogError::Gap { topic, partition, expected, found }
            }
            Break::Lost { partition, offset, what } => {
                LogError::Lost { topic, partition, offset, what }
            }
            Break::Unnamed { what } => LogError::Refused { topic, what },
        }
    }
}

impl Reader for KafkaReader {
    fn next(&mut self, records_max: usize, wait: Duration) -> Result<Vec<Record>, LogError> {
        let until = Instant::now().checked_add(wait);
        while self.ready.len() < records_max && self.broken.is_none() {
            let left = until.map_or(POLL_MAX, |at| at.saturating_duration_since(Instant::now()));
            let wait = if self.ready.is_empty() { left.min(POLL_MAX) } else { Duration::ZERO };
            let came = self.poll(wait);
            if !came && (!self.ready.is_empty() || left <= POLL_MAX || self.producer.is_closed()) {
                break;
            }
        }
        if let (Some(broken), true) = (&self.broken, self.ready.is_empty()) {
            return Err(self.error(broken.clone()));
        }
        if self.ready.is_empty() && records_max > 0 && self.producer.is_closed() {
            return Err(LogError::Closed);
        }
        let count = records_max.min(self.ready.len());
        Ok(self.ready.drain(..count).collect())
    }
}

fn consumer(options: &KafkaOptions) -> Result<BaseConsumer<Ear>, KafkaError> {
    let mut config = client::config(options);
    config
        // The client wants a name though no group is ever joined.
        .set("group.id", format!("{}reader", options.topic_prefix))
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("auto.offset.reset", "error")
        .set("isolation.level", "read_uncommitted")
        .set("check.crcs", "true")
        .set("fetch.wait.max.ms", options.fetch_wait_max.as_millis().to_string())
        .set("fetch.queue.backoff.ms", "10")
        .set("fetch.error.backoff.ms", "50")
        .set("fetch.message.max.bytes", client::BATCH_BYTES_MAX.to_string())
        .set("queued.max.messages.kbytes", "65536")
        .set("statistics.interval.ms", "1000");
    client::override_with(&mut config, options);
    config
        .create_with_context(Ear::default())
        .map_err(|error| KafkaError::Configuration(error.to_string()))
}
