//! The hand that writes commands to the log from within the process.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use events::{
    BodyHash, Command, CommandId, Envelope, LogTime, Observation, Slot, Stamp, encode_envelope,
    encode_observation,
};
use ingest::{AppendError, Log, Topic};

/// How long to wait before a record is offered again to a log that was full.
const FULL_WAIT: Duration = Duration::from_millis(1);

/// Appends commands under a producer number of its own.
pub struct Hand {
    log: Arc<dyn Log>,
    producer: u64,
    next_sequence: AtomicU64,
}

impl Hand {
    /// A hand that no other start of a process has.
    pub fn new(log: Arc<dyn Log>) -> Result<Self, getrandom::Error> {
        let producer = getrandom::u64()?;
        Ok(Self { log, producer, next_sequence: AtomicU64::new(1) })
    }

    /// The number under which it appends.
    pub fn producer(&self) -> u64 {
        self.producer
    }

    /// A number that this hand has not used before.
    pub fn next_sequence(&self) -> u64 {
        self.next_sequence.fetch_add(1, Ordering::Relaxed)
    }

    /// Appends a command where its slot belongs.
    pub fn append(&self, words: Words) -> Result<(), AppendError> {
        let Words { id, sequence, not_after, stamp, command } = words;
        let slot = command.slot().unwrap_or(Slot::from_low_bits(0));
        let partition = slot.partition(self.log.partitions());
        self.append_to(partition, slot, Words { id, sequence, not_after, stamp, command })
    }

    /// Appends a command that concerns a whole partition.
    pub fn append_to_partition(&self, partition: u16, words: Words) -> Result<(), AppendError> {
        // Slots are dealt evenly, so the slot of the partition's own number is one of its slots.
        self.append_to(partition, Slot::from_low_bits(partition), words)
    }

    /// As [`Hand::append`], and waits while the log is full.
    pub fn append_patiently(&self, words: Words) -> Result<(), AppendError> {
        loop {
            match self.append(words.clone()) {
                Err(AppendError::Full { .. } | AppendError::Stalled { .. }) => {
                    std::thread::sleep(FULL_WAIT);
                }
                result => return result,
            }
        }
    }

    /// Appends a signal where its slot belongs, and waits while the log is full.
    pub fn tell_patiently(&self, observation: &Observation) -> Result<(), AppendError> {
        let topic = Topic::of_signal(&observation.signal);
        let partition = observation.signal.slot().partition(self.log.partitions());
        let bytes = encode_observation(observation);
        loop {
            match self.log.append(topic, partition, bytes.clone().into()) {
                Err(AppendError::Full { .. } | AppendError::Stalled { .. }) => {
                    std::thread::sleep(FULL_WAIT);
                }
                result => return result,
            }
        }
    }

    fn append_to(&self, partition: u16, slot: Slot, words: Words) -> Result<(), AppendError> {
        let envelope = Envelope {
            id: words.id,
            producer: self.producer,
            sequence: words.sequence,
            not_after: words.not_after,
            stamp: words.stamp,
            slot,
            // Whoever reads the record computes it from the bytes; it is not written.
            body_hash: BodyHash(0),
            command: words.command,
        };
        self.log.append(Topic::Commands, partition, encode_envelope(&envelope).into())
    }
}

impl std::fmt::Debug for Hand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hand").field("producer", &self.producer).finish_non_exhaustive()
    }
}

/// What is to be appended.
#[derive(Debug, Clone)]
pub struct Words {
    /// The id of the command.
    pub id: CommandId,
    /// Finds whoever waits for the answer.
    pub sequence: u64,
    /// Log time after which it may no longer be decided.
    pub not_after: LogTime,
    /// Wall time.
    pub stamp: Stamp,
    /// What is asked.
    pub command: Command,
}
