//! The same engine without its threads: whoever has it says what is done next, so that a
//! simulation decides the interleaving and one seed gives one run.
//!
//! Every part is the engine's own: the ledger's thread reads, decides and tells, a timely worker
//! computes, the writer assembles epochs. Only the waiting is gone.

use std::fmt;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;

use ingest::{Log, Topic};
use timely::WorkerConfig;
use timely::communication::Allocator;
use timely::communication::allocator::thread::Thread;
use timely::worker::Worker;

use crate::engine::{Base, bookmark, check_partitions, standing, starting_status};
use crate::error::EngineError;
use crate::host::Standings;
use crate::hydration::feed_stored;
use crate::intake::Hearing;
use crate::ledger_thread::{LedgerThread, Listener};
use crate::letters::{Held, Letters, ReadBack};
use crate::mailbox::Mailbox;
use crate::report::{BASE_EPOCH, Part, REPORTERS_PER_WORKER};
use crate::status::{Shared, Status};
use crate::worker::{Feeder, assemble};
use crate::writer::{Assembly, Sink, Writer};

/// How many steps of the worker are enough for any epoch of a simulation to come out.
const STEPS_MAX: usize = 64;

/// An engine that does nothing on its own. Dropping it is a crash.
pub struct SteppedEngine {
    shared: Arc<Shared>,
    ledger: LedgerThread,
    read_back: ReadBack,
    held: Held,
    feeder: Option<Feeder>,
    worker: Worker,
    parts: Sender<Part>,
    received: Receiver<Part>,
    assembly: Assembly,
    writer: Writer,
    epoch: u64,
    /// An engine belongs to the thread that made it, as its worker does.
    _on_one_thread: Rc<()>,
}

impl fmt::Debug for SteppedEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SteppedEngine").field("shared", &self.shared).finish_non_exhaustive()
    }
}

impl SteppedEngine {
    /// Ready to decide; the views have loaded the base, and nothing is stored yet.
    pub fn start(
        log: Arc<dyn Log>,
        base: Base,
        listener: Box<dyn Listener>,
        sink: Sink,
    ) -> Result<Self, EngineError> {
        let Base { mut partitions, stored } = base;
        partitions.sort_by_key(|part| part.partition);
        check_partitions(&partitions, log.partitions())?;
        let standing = standing(&partitions);
        let reader = log.resume(Topic::Commands, &bookmark(&partitions))?;
        let status = starting_status(&partitions, &standing);
        let mailbox = Mailbox::new(standing.standing(), usize::MAX, Duration::ZERO);
        let letters = Arc::new(Letters::new(log)?);
        let read_back = ReadBack::new(&letters);
        let shared = Shared::new(mailbox, letters, status, None, Standings::default());
        let shared = Arc::new(shared);
        let ledger = LedgerThread::new(reader, partitions, listener, Arc::clone(&shared), 1);
        let (parts, received) = mpsc::channel();
        let allocator = Allocator::Thread(Thread::default());
        let mut worker = Worker::new(WorkerConfig::default(), allocator, None);
        let inputs = assemble(&mut worker, &shared.standings, parts.clone());
        let mut feeder = Feeder::new(inputs);
        let mut feed = |base| {
            feeder.feed_base(base, &parts);
            worker.step();
        };
        let end = feed_stored(stored.read, standing, &mut feed)?;
        feed(end);
        let (keeping, kept) = mpsc::channel();
        drop(keeping.send((stored.kept)().map_err(|source| EngineError::Load { source })?));
        let writer = Writer::new(Arc::clone(&shared), sink, kept);
        Ok(Self {
            shared,
            ledger,
            read_back,
            held: Held::default(),
            feeder: Some(feeder),
            worker,
            parts,
            received,
            assembly: Assembly::new(REPORTERS_PER_WORKER),
            writer,
            epoch: BASE_EPOCH + 1,
            _on_one_thread: Rc::new(()),
        })
    }

    /// Decides at most so many records, tells who listens, and leaves the changes for the views.
    pub fn decide(&mut self, records_max: usize) -> Result<(), EngineError> {
        self.ledger.read_at_most(records_max, Duration::ZERO)
    }

    /// Hands what waits to the views as one epoch; `false` when nothing waits, or when a dead
    /// letter of it is still on its way. What came meanwhile is the next epoch.
    pub fn feed(&mut self) -> Result<bool, EngineError> {
        self.read_back.read(Duration::ZERO)?;
        let Some(feeder) = &mut self.feeder else { return Ok(false) };
        let Some(batch) = self.held.next(&self.shared) else { return Ok(false) };
        feeder.feed(batch, self.epoch, &self.parts);
        self.epoch += 1;
        Ok(true)
    }

    /// Has the views compute, and the writer store every epoch that they have closed.
    pub fn store(&mut self) -> Result<(), EngineError> {
        for _ in 0..STEPS_MAX {
            if self.assembly.is_closed_up_to(self.epoch) {
                break;
            }
            self.worker.step();
            for part in self.received.try_iter() {
                self.writer.take(part, &mut self.assembly)?;
            }
        }
        while let Some((number, epoch)) = self.assembly.next_closed() {
            self.writer.write(number, epoch)?;
        }
        Ok(())
    }

    /// Takes the input away without a word, as a process does that ends in disorder: the frontier
    /// is then empty, and nothing may be stored because of it.
    pub fn abandon(&mut self) -> Result<(), EngineError> {
        self.shared.gate.close();
        self.feeder = None;
        self.store()
    }

    /// Where signals are told to the views.
    pub fn hearing(&self) -> Hearing {
        Hearing::new(Arc::clone(&self.shared))
    }

    /// How far it is.
    pub fn status(&self) -> Status {
        self.shared.status()
    }
}
