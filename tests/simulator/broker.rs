//! A log as Kafka is one: shared by processes, with records under way that keep their order within
//! a producer and no other, that may come late or twice, and that outlive the process that sent
//! them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use events::{ChainHash, Position};
use ingest::{AppendError, Log, LogError, MemoryLog, Reader, Topic};

use crate::random::Random;

type Sent = (Topic, u16, Bytes);

/// The brokers, and what is on its way to them.
pub struct Broker {
    stored: MemoryLog,
    under_way: Mutex<Vec<VecDeque<Sent>>>,
}

impl Broker {
    /// An empty log for so many processes.
    pub fn new(partitions: u16, processes: usize) -> Arc<Self> {
        let under_way = Mutex::new(vec![VecDeque::new(); processes]);
        Arc::new(Self { stored: MemoryLog::new(partitions), under_way })
    }

    /// The log as one process has it.
    pub fn of_process(self: &Arc<Self>, process: usize) -> Arc<dyn Log> {
        Arc::new(Producer { broker: Arc::clone(self), process })
    }

    /// The next records of some process arrive; of how many, and whether one came twice.
    pub fn deliver(&self, random: &mut Random, doubled: u32) -> Result<(usize, bool), AppendError> {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        let processes = under_way.len();
        let queue = &mut under_way[random.index(processes)];
        let count = if random.percent(30) { 1 } else { queue.len() };
        let mut twice = false;
        let mut delivered = 0;
        for _ in 0..count.min(queue.len()) {
            let Some((topic, partition, bytes)) = queue.pop_front() else { break };
            self.stored.append(topic, partition, bytes.clone())?;
            delivered += 1;
            if topic == Topic::Commands && random.percent(doubled / 4) {
                // A producer without memory sends again what was not acknowledged.
                self.stored.append(topic, partition, bytes)?;
                twice = true;
            }
        }
        Ok((delivered, twice))
    }

    /// Whether anything is on its way.
    pub fn is_quiet(&self) -> bool {
        let under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        under_way.iter().all(VecDeque::is_empty)
    }

    /// A process has ended: what it had sent may still arrive, or its end never does.
    pub fn process_ended(&self, process: usize, random: &mut Random) -> usize {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        let queue = &mut under_way[process];
        let kept = random.index(queue.len() + 1);
        let lost = queue.len() - kept;
        queue.truncate(kept);
        lost
    }
}

/// The log in the hands of one process.
struct Producer {
    broker: Arc<Broker>,
    process: usize,
}

impl Log for Producer {
    fn partitions(&self) -> u16 {
        self.broker.stored.partitions()
    }

    fn identity(&self) -> String {
        self.broker.stored.identity()
    }

    fn append(&self, topic: Topic, partition: u16, bytes: Bytes) -> Result<(), AppendError> {
        let mut under_way = self.broker.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        under_way[self.process].push_back((topic, partition, bytes));
        Ok(())
    }

    fn end(&self, topic: Topic) -> Result<Position, LogError> {
        self.broker.stored.end(topic)
    }

    fn reader(&self, topic: Topic, from: &Position) -> Result<Box<dyn Reader>, LogError> {
        self.broker.stored.reader(topic, from)
    }

    fn chain_at(
        &self,
        topic: Topic,
        partition: u16,
        next_offset: u64,
    ) -> Result<ChainHash, LogError> {
        self.broker.stored.chain_at(topic, partition, next_offset)
    }
}

/// Another log that says it is this one.
pub struct Impostor {
    pub name: String,
    pub stored: MemoryLog,
}

impl Log for Impostor {
    fn partitions(&self) -> u16 {
        self.stored.partitions()
    }

    fn identity(&self) -> String {
        self.name.clone()
    }

    fn append(&self, topic: Topic, partition: u16, bytes: Bytes) -> Result<(), AppendError> {
        self.stored.append(topic, partition, bytes)
    }

    fn end(&self, topic: Topic) -> Result<Position, LogError> {
        self.stored.end(topic)
    }

    fn reader(&self, topic: Topic, from: &Position) -> Result<Box<dyn Reader>, LogError> {
        self.stored.reader(topic, from)
    }

    fn chain_at(
        &self,
        topic: Topic,
        partition: u16,
        next_offset: u64,
    ) -> Result<ChainHash, LogError> {
        self.stored.chain_at(topic, partition, next_offset)
    }
}
