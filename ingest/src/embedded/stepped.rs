//! The same log without its threads: whoever has it says when it commits and when the witness
//! follows, so that a simulation decides where a crash falls.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use events::{ChainHash, Position};

use super::committer::Committer;
use super::disk::Disk;
use super::fatal::Fatal;
use super::witness::Witness;
use super::{EmbeddedLog, EmbeddedOptions, OpenError, Recovery};
use crate::{AppendError, Log, LogError, Reader, Topic};

/// An embedded log that does nothing on its own. Dropping it is a crash: what waits is forgotten.
pub struct SteppedLog {
    log: EmbeddedLog,
    steps: Mutex<Steps>,
    disk: Arc<dyn Disk>,
}

struct Steps {
    committer: Committer,
    witness: Witness,
}

impl SteppedLog {
    /// Opens or makes a log as [`EmbeddedLog::open`] does.
    pub fn open(options: &EmbeddedOptions) -> Result<Self, OpenError> {
        let (log, committer, witness) = EmbeddedLog::assemble(EmbeddedLog::lock(options.clone())?)?;
        log.preparer.works_alone();
        committer.prepare_next();
        log.preparer.make_wanted()?;
        let steps = Mutex::new(Steps { committer, witness });
        Ok(Self { log, steps, disk: Arc::clone(&options.disk) })
    }

    /// Writes, syncs and shows what waits; `false` when nothing does. After an error the log is to
    /// be dropped, as the process would end.
    pub fn commit(&self) -> Result<bool, Fatal> {
        let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        let any = steps.committer.commit_waiting()?;
        self.log.preparer.make_wanted()?;
        Ok(any)
    }

    /// Has the witness follow what is committed.
    pub fn follow(&self) -> Result<(), Fatal> {
        let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        let Steps { committer, witness } = &mut *steps;
        let path = witness.path().clone();
        witness.write(committer.mark, &*self.disk).map_err(Fatal::of(&path, "written"))
    }

    /// What opening it found.
    pub fn recovery(&self) -> &Recovery {
        self.log.recovery()
    }
}

impl Log for SteppedLog {
    fn partitions(&self) -> u16 {
        self.log.partitions()
    }

    fn identity(&self) -> String {
        self.log.identity()
    }

    fn append(&self, topic: Topic, partition: u16, bytes: Bytes) -> Result<(), AppendError> {
        self.log.append(topic, partition, bytes)
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

#[cfg(test)]
mod tests;
