//! The log as a process has it, with note taken of the dead letters that the process sends: what
//! it had sent and is nowhere after its end was lost on its way, and not skipped.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use events::{ChainHash, Position};
use ingest::{AppendError, DeadLetter, Log, LogError, Reader, Topic};

use crate::process::lock;

/// Where the record of a dead letter stood: its partition and offset.
pub type Place = (u16, u64);

/// The places of the letters that a process has sent.
pub type Sent = Arc<Mutex<BTreeSet<Place>>>;

/// A log that knows what was put aside through it.
pub struct Watched {
    /// The log itself.
    pub log: Arc<dyn Log>,
    /// What was put aside.
    pub sent: Sent,
}

impl Log for Watched {
    fn partitions(&self) -> u16 {
        self.log.partitions()
    }

    fn identity(&self) -> String {
        self.log.identity()
    }

    fn append(&self, topic: Topic, partition: u16, bytes: Bytes) -> Result<(), AppendError> {
        let letter = (topic == Topic::DeadLetters).then(|| DeadLetter::decode(&bytes));
        self.log.append(topic, partition, bytes)?;
        if let Some(Ok(letter)) = letter {
            lock(&self.sent).insert((letter.partition, letter.offset));
        }
        Ok(())
    }

    fn end(&self, topic: Topic) -> Result<Position, LogError> {
        self.log.end(topic)
    }

    fn reader(&self, topic: Topic, from: &Position) -> Result<Box<dyn Reader>, LogError> {
        self.log.reader(topic, from)
    }

    fn chain_at(
        &self,
        topic: Topic,
        partition: u16,
        next_offset: u64,
    ) -> Result<ChainHash, LogError> {
        self.log.chain_at(topic, partition, next_offset)
    }
}
