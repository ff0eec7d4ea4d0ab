//! The writing side: hands records to librdkafka, and knows how long the oldest has waited.
//!
//! What becomes of a record is read back, never believed from here. So a delivery report frees a
//! place and is counted; one that fails has an unknown outcome, because the record may have been
//! written before its acknowledgement was lost. Its caller was told "not yet known" by then.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use bytes::Bytes;
use rdkafka::client::ClientContext;
use rdkafka::error::{KafkaError as ClientError, RDKafkaErrorCode};
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseRecord, Producer as _, ProducerContext, ThreadedProducer};

use crate::{AppendError, Topic};

use super::client;
use super::error::KafkaError;
use super::options::KafkaOptions;

/// What has become of everything that was handed over, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Deliveries {
    /// Confirmed by the brokers.
    pub confirmed: u64,
    /// Given up: nobody knows whether they were written, until they are read back.
    pub unknown: u64,
    /// Confirmed without a place in the log, or with a place that had been given before. None of
    /// these is ever right; the log that is read back decides.
    pub suspicious: u64,
}

/// A record on its way.
#[derive(Debug)]
pub(super) struct OnItsWay {
    topic: Topic,
    partition: u16,
    /// Kept only of a dead letter, which is sent again until it arrives.
    letter: Option<Bytes>,
    bytes: usize,
}

/// What waits in one partition of one topic.
#[derive(Debug, Default)]
struct Queue {
    /// When each was handed over, the oldest first.
    since: VecDeque<Instant>,
    /// The place after the last confirmed one.
    next_offset: i64,
}

/// What the callbacks share with the appending threads.
pub(super) struct Ledger {
    partitions: u16,
    queues: Vec<Mutex<Queue>>,
    records: AtomicUsize,
    bytes: AtomicUsize,
    confirmed: AtomicU64,
    unknown: AtomicU64,
    suspicious: AtomicU64,
    again: Mutex<Vec<(u16, Bytes)>>,
    /// A closed log loses nothing by being silent.
    is_closed: AtomicBool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // No panic can leave a queue half changed.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Ledger {
    fn new(partitions: u16) -> Self {
        let queues = Topic::ALL.len() * usize::from(partitions);
        Self {
            partitions,
            queues: (0..queues).map(|_| Mutex::default()).collect(),
            records: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
            confirmed: AtomicU64::new(0),
            unknown: AtomicU64::new(0),
            suspicious: AtomicU64::new(0),
            again: Mutex::default(),
            is_closed: AtomicBool::new(false),
        }
    }

    fn queue(&self, topic: Topic, partition: u16) -> MutexGuard<'_, Queue> {
        let index = topic.index() * usize::from(self.partitions) + usize::from(partition);
        lock(&self.queues[index])
    }

    fn confirmed(&self, of: &OnItsWay, offset: i64) {
        self.confirmed.fetch_add(1, Ordering::Relaxed);
        let mut queue = self.queue(of.topic, of.partition);
        // A broker that has seen a record before says so by giving no offset.
        let is_right = offset >= queue.next_offset;
        queue.next_offset = queue.next_offset.max(offset + 1);
        drop(queue);
        if !is_right {
            self.suspicious.fetch_add(1, Ordering::Relaxed);
            let (topic, partition) = (of.topic, of.partition);
            tracing::warn!(
                %topic, partition, offset,
                "a record was confirmed without a new place: only reading it back tells"
            );
        }
    }

    fn given_up(&self, of: &OnItsWay, error: &ClientError) {
        let count = self.unknown.fetch_add(1, Ordering::Relaxed) + 1;
        if count.is_power_of_two() && !self.is_closed.load(Ordering::Relaxed) {
            let (topic, partition) = (of.topic, of.partition);
            tracing::warn!(
                %topic, partition, count, %error,
                "records were not confirmed in time; whether they were written is not known"
            );
        }
        if let Some(letter) = &of.letter {
            lock(&self.again).push((of.partition, letter.clone()));
        }
    }
}

/// The ear of the producer.
pub(super) struct Ear(Arc<Ledger>);

impl ClientContext for Ear {
    fn error(&self, error: ClientError, reason: &str) {
        client::tell(&error, reason);
    }
}

impl ProducerContext for Ear {
    type DeliveryOpaque = Box<OnItsWay>;

    fn delivery(&self, result: &DeliveryResult<'_>, of: Box<OnItsWay>) {
        let ledger = &self.0;
        ledger.queue(of.topic, of.partition).since.pop_front();
        ledger.records.fetch_sub(1, Ordering::Relaxed);
        ledger.bytes.fetch_sub(of.bytes, Ordering::Relaxed);
        match result {
            Ok(message) => ledger.confirmed(&of, rdkafka::Message::offset(message)),
            Err((error, _)) => ledger.given_up(&of, error),
        }
    }
}

type Inner = ThreadedProducer<Ear>;

/// Hands records over.
pub(super) struct Producer {
    options: KafkaOptions,
    ledger: Arc<Ledger>,
    names: Vec<String>,
    /// Replaced when librdkafka says that it cannot go on.
    inner: RwLock<Arc<Inner>>,
}

impl Producer {
    /// Connects in the background.
    pub(super) fn new(options: &KafkaOptions) -> Result<Self, KafkaError> {
        let ledger = Arc::new(Ledger::new(options.partitions));
        Ok(Self {
            names: Topic::ALL.iter().map(|topic| options.topic_name(*topic)).collect(),
            inner: RwLock::new(Arc::new(inner(options, &ledger)?)),
            options: options.clone(),
            ledger,
        })
    }

    /// The client, for questions about the cluster.
    pub(super) fn inner(&self) -> Arc<Inner> {
        Arc::clone(&self.inner.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Hands one record over.
    pub(super) fn append(
        &self,
        topic: Topic,
        partition: u16,
        bytes: &Bytes,
    ) -> Result<(), AppendError> {
        let again = std::mem::take(&mut *lock(&self.ledger.again));
        for (index, (partition, letter)) in again.iter().enumerate() {
            if self.send(Topic::DeadLetters, *partition, letter).is_err() {
                lock(&self.ledger.again).extend_from_slice(&again[index..]);
                break;
            }
        }
        self.send(topic, partition, bytes)
    }

    fn send(&self, topic: Topic, partition: u16, bytes: &Bytes) -> Result<(), AppendError> {
        if self.ledger.is_closed.load(Ordering::SeqCst) {
            return Err(AppendError::Closed);
        }
        // Held until the record is handed over, so that the queue has the order of the log.
        let mut queue = self.ledger.queue(topic, partition);
        let now = Instant::now();
        if let Some(oldest) = queue.since.front()
            && now.duration_since(*oldest) > self.options.stall_max
        {
            let waited_ms = now.duration_since(*oldest).as_millis() as u64;
            return Err(AppendError::Stalled { topic, partition, waited_ms });
        }
        let letter = (topic == Topic::DeadLetters).then(|| bytes.clone());
        let of = Box::new(OnItsWay { topic, partition, letter, bytes: bytes.len() });
        let record = BaseRecord::<'_, (), [u8], _>::with_opaque_to(&self.names[topic.index()], of)
            .partition(i32::from(partition))
            .payload(bytes);
        let producer = self.inner();
        self.ledger.records.fetch_add(1, Ordering::Relaxed);
        self.ledger.bytes.fetch_add(bytes.len(), Ordering::Relaxed);
        let Err((error, _)) = producer.send(record) else {
            queue.since.push_back(now);
            return Ok(());
        };
        drop(queue);
        self.ledger.records.fetch_sub(1, Ordering::Relaxed);
        self.ledger.bytes.fetch_sub(bytes.len(), Ordering::Relaxed);
        Err(self.not_taken(topic, partition, &producer, &error))
    }

    fn not_taken(
        &self,
        topic: Topic,
        partition: u16,
        producer: &Arc<Inner>,
        error: &ClientError,
    ) -> AppendError {
        if error.rdkafka_error_code() == Some(RDKafkaErrorCode::QueueFull) {
            return AppendError::Full {
                records: self.ledger.records.load(Ordering::Relaxed),
                bytes: self.ledger.bytes.load(Ordering::Relaxed),
            };
        }
        tracing::error!(%topic, partition, %error, "the producer takes nothing and is made anew");
        self.replace(producer);
        AppendError::Stalled { topic, partition, waited_ms: 0 }
    }

    /// Makes another producer in place of one that cannot go on. What the old one still had has
    /// an unknown outcome, as its delivery reports say.
    fn replace(&self, broken: &Arc<Inner>) {
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        if !Arc::ptr_eq(&inner, broken) {
            return;
        }
        match self::inner(&self.options, &self.ledger) {
            Ok(fresh) => {
                let old = std::mem::replace(&mut *inner, Arc::new(fresh));
                // Ending it waits for its threads, and nobody should wait for that.
                drop(std::thread::spawn(move || drop(old)));
            }
            Err(error) => tracing::error!(%error, "no producer can be made"),
        }
    }

    /// What has become of everything so far.
    pub(super) fn deliveries(&self) -> Deliveries {
        Deliveries {
            confirmed: self.ledger.confirmed.load(Ordering::Relaxed),
            unknown: self.ledger.unknown.load(Ordering::Relaxed),
            suspicious: self.ledger.suspicious.load(Ordering::Relaxed),
        }
    }

    /// Whether nothing more is taken.
    pub(super) fn is_closed(&self) -> bool {
        self.ledger.is_closed.load(Ordering::SeqCst)
    }

    /// Takes nothing more and gives what waits some time to be delivered.
    pub(super) fn close(&self, wait: Duration) {
        self.ledger.is_closed.store(true, Ordering::SeqCst);
        if let Err(error) = self.inner().flush(wait) {
            let records = self.ledger.records.load(Ordering::Relaxed);
            tracing::warn!(%error, records, "the log was closed before all was confirmed");
        }
    }
}

fn inner(options: &KafkaOptions, ledger: &Arc<Ledger>) -> Result<Inner, KafkaError> {
    let millis = |duration: Duration| duration.as_millis().to_string();
    let mut config = client::config(options);
    config
        .set("enable.idempotence", "true")
        .set("acks", "all")
        .set("message.timeout.ms", millis(options.delivery_max))
        .set("queue.buffering.max.messages", options.queue_records_max.to_string())
        .set("queue.buffering.max.kbytes", options.queue_kib_max.to_string())
        .set("linger.ms", "1")
        .set("compression.codec", "none")
        .set("retry.backoff.max.ms", "500");
    client::override_with(&mut config, options);
    config
        .create_with_context(Ear(Arc::clone(ledger)))
        .map_err(|error| KafkaError::Configuration(error.to_string()))
}
