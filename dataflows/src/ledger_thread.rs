//! The ledger's thread: reads the log, decides, tells at once, leaves the changes in the mailbox.
//!
//! Nothing here waits for a dataflow or for storage, until the mailbox is full. Each partition is
//! decided in the order of its records, on this one thread, whatever the batches.

use std::sync::Arc;
use std::time::Duration;

use events::{Command, CommandId, Envelope, Link, LogTime, Slot};
use ingest::planted::{self, Bug};
use ingest::{LogError, Reader, Record};
use ledger::{Decided, Digest, Move, State};

use crate::error::EngineError;
use crate::inputs::fact_of_move;
use crate::mailbox::Batch;
use crate::places::Places;
use crate::status::{PanicGuard, Shared};

/// How long a read waits for the first record, and so the longest that stopping takes to be seen.
const READ_WAIT: Duration = Duration::from_millis(100);

/// Fewer commands than this wait less for memory than warming costs.
const WORTH_WARMING: usize = 4;

/// What became of one record, for whoever waits for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Who appended the record.
    pub producer: u64,
    /// Which of that producer's records it is.
    pub sequence: u64,
    /// The id of its command.
    pub id: CommandId,
    /// The slot that it was sent to.
    pub slot: Slot,
    /// Where it stands.
    pub partition: u16,
    /// Where it stands there.
    pub offset: u64,
    /// What became of it.
    pub decided: Decided,
}

/// Hears decisions as soon as they are made.
pub trait Listener: Send {
    /// What became of a batch of records, and what the log time of each partition is now. Called on
    /// the ledger's thread, which decides nothing until it returns.
    fn decided(&mut self, replies: &[Reply], log_times: &[(u16, LogTime)]);
}

/// Where one partition starts.
#[derive(Debug)]
pub struct PartitionStart {
    /// Which partition.
    pub partition: u16,
    /// The ledger's state before `next_offset`.
    pub state: State,
    /// The first record to decide.
    pub next_offset: u64,
    /// The last step of the log's chain before it.
    pub chain: Link,
    /// The digest of the decisions before it.
    pub digest: Digest,
}

impl PartitionStart {
    /// Checks that a record is the next one, and of the same log as those before.
    fn follow(&mut self, record: &Record) -> Result<(), EngineError> {
        let (partition, expected, found) = (record.partition, self.next_offset, record.offset);
        if found != expected {
            return Err(EngineError::Gap { partition, expected, found });
        }
        let chain = self.chain.then(&record.bytes);
        if chain.after != record.chain {
            return Err(EngineError::Forked { partition, offset: found });
        }
        self.next_offset += 1;
        self.chain = chain;
        Ok(())
    }
}

/// The ledger's thread and all that it owns.
pub(crate) struct LedgerThread {
    reader: Box<dyn Reader>,
    /// In order and without gaps, so that the number is the index.
    partitions: Vec<PartitionStart>,
    listener: Box<dyn Listener>,
    shared: Arc<Shared>,
    records_max: usize,
    places: Places,
    /// How many rows the batch before had: about as many as the next will have.
    rows_count_before: usize,
    /// Kept between batches for their capacity, as are those below.
    replies: Vec<Reply>,
    moves: Vec<Move>,
    batch: Batch,
    envelopes: Vec<Envelope>,
    offsets: Vec<u64>,
}

impl LedgerThread {
    /// Ready to run; `partitions` are all of the log's, in order.
    pub fn new(
        reader: Box<dyn Reader>,
        partitions: Vec<PartitionStart>,
        listener: Box<dyn Listener>,
        shared: Arc<Shared>,
        records_max: usize,
    ) -> Self {
        Self {
            reader,
            partitions,
            places: Places::default(),
            listener,
            shared,
            records_max,
            rows_count_before: 0,
            replies: Vec::new(),
            moves: Vec::new(),
            batch: Batch::default(),
            envelopes: Vec::new(),
            offsets: Vec::new(),
        }
    }

    /// Runs until it is asked to stop or cannot go on.
    pub fn run(mut self) {
        let shared = Arc::clone(&self.shared);
        let _guard = PanicGuard { shared: &shared, thread: "ledger" };
        while !shared.is_stopping() {
            if let Err(error) = self.read_at_most(self.records_max, READ_WAIT) {
                shared.fail(error);
            }
        }
    }

    /// Reads and decides at most so many records, and waits at most so long for the first.
    pub fn read_at_most(&mut self, records_max: usize, wait: Duration) -> Result<(), EngineError> {
        let records = match self.reader.next(records_max, wait) {
            Err(LogError::Closed) if self.shared.is_stopping() => return Ok(()),
            records => records?,
        };
        if records.is_empty() {
            return Ok(());
        }
        let dead_letters_count = self.decide(&records)?;
        let log_times: Vec<_> =
            self.partitions.iter().map(|part| (part.partition, part.state.log_time())).collect();
        self.listener.decided(&self.replies, &log_times);
        self.replies.clear();
        self.publish(records.len() as u64, dead_letters_count, log_times);
        Ok(())
    }

    /// Decides records in order; returns how many of them could not be read.
    fn decide(&mut self, records: &[Record]) -> Result<u64, EngineError> {
        let mut dead_letters_count = 0;
        for same in records.chunk_by(|one, next| one.partition == next.partition) {
            // Warmed and then decided together; what is warmed has no say in what is decided.
            for chunk in same.chunks(State::WARM_COUNT) {
                dead_letters_count += self.decode(chunk)?;
                self.apply(chunk[0].partition)?;
            }
        }
        Ok(dead_letters_count)
    }

    /// Checks and decodes records of one partition; returns how many of them could not be read.
    fn decode(&mut self, records: &[Record]) -> Result<u64, EngineError> {
        let mut dead_letters_count = 0;
        for record in records {
            self.partition(record.partition)?.follow(record)?;
            match ingest::decode(record) {
                Ok(envelope) => {
                    self.offsets.push(record.offset);
                    self.envelopes.push(envelope);
                }
                Err(letter) => {
                    dead_letters_count += 1;
                    if !planted::is_on(Bug::DecodeErrorSkipped) {
                        let shared = &self.shared;
                        shared.letters.put_aside(&letter, || shared.is_stopping())?;
                    }
                }
            }
        }
        Ok(dead_letters_count)
    }

    /// Decides what was decoded.
    fn apply(&mut self, partition: u16) -> Result<(), EngineError> {
        let mut envelopes = std::mem::take(&mut self.envelopes);
        let start = self.partition(partition)?;
        if envelopes.len() >= WORTH_WARMING {
            start.state.warm(&envelopes);
        }
        let mut digest = start.digest;
        let state = &mut self.partitions[usize::from(partition)].state;
        for (envelope, offset) in envelopes.drain(..).zip(self.offsets.drain(..)) {
            let (producer, sequence) = (envelope.producer, envelope.sequence);
            let (id, slot) = (envelope.id, envelope.slot);
            if matches!(envelope.command, Command::Tick(_)) {
                self.batch.minute = self.batch.minute.max(Some(envelope.stamp.minute()));
            }
            state.read_at(offset);
            let decided = ledger::apply(state, envelope);
            digest = digest.then(&decided.decision);
            self.replies.push(Reply { producer, sequence, id, slot, partition, offset, decided });
        }
        self.partitions[usize::from(partition)].digest = digest;
        self.envelopes = envelopes;
        Ok(())
    }

    fn partition(&mut self, partition: u16) -> Result<&mut PartitionStart, EngineError> {
        let partitions = self.partitions.len() as u16;
        self.partitions
            .get_mut(usize::from(partition))
            .ok_or(EngineError::Log(LogError::NoSuchPartition { partition, partitions }))
    }

    /// Tells how far the ledger is, and hands on what has changed.
    fn publish(
        &mut self,
        records_count: u64,
        dead_letters_count: u64,
        log_times: Vec<(u16, LogTime)>,
    ) {
        let batch = &mut self.batch;
        batch.chains.clear();
        batch.digests.clear();
        let mut has_open_holds = false;
        let mut rows = Vec::with_capacity(self.rows_count_before);
        for part in &mut self.partitions {
            part.state.drain(&mut rows, &mut self.moves);
            batch.up_to.set(part.partition, part.next_offset);
            batch.chains.push((part.partition, part.chain));
            batch.digests.push((part.partition, part.digest));
            has_open_holds |= part.state.has_open_holds();
        }
        self.rows_count_before = rows.len();
        batch.rows.push(rows);
        let places = &mut self.places;
        batch.facts.extend(self.moves.drain(..).map(|moved| fact_of_move(moved, places)));
        places.take_new(&mut batch.names);
        self.shared.update(|status| {
            status.decided.clone_from(&batch.up_to);
            status.digests.clone_from(&batch.digests);
            status.log_times = log_times;
            status.has_open_holds = has_open_holds;
            status.records_count += records_count;
            status.dead_letters_count += dead_letters_count;
        });
        self.shared.mailbox.put(batch);
    }
}
