//! Who waits to hear that a batch of signals is durable.

use std::sync::{Mutex, MutexGuard, PoisonError};

use events::Observation;
use rustc_hash::FxHashMap;
use tokio::sync::oneshot;

/// A batch of which so many signals were not read back yet.
type Open = (usize, oneshot::Sender<()>);

/// Every batch that somebody waits for, by its sequence number.
#[derive(Debug, Default)]
pub struct Batches {
    producer: u64,
    open: Mutex<FxHashMap<u64, Open>>,
}

impl Batches {
    /// Nobody waits yet. `producer` is the number under which this process appends.
    pub fn new(producer: u64) -> Self {
        Self { producer, open: Mutex::default() }
    }

    /// Told of signals that were read back from the log.
    pub fn heard(&self, observations: &[Observation]) {
        let ours = observations.iter().filter(|heard| heard.producer == self.producer);
        let mut open = self.open();
        for heard in ours {
            let Some((count, _)) = open.get_mut(&heard.sequence) else { continue };
            *count -= 1;
            if *count == 0
                && let Some((_, sender)) = open.remove(&heard.sequence)
            {
                // A request whose time is up has gone; its signals stand on the log.
                let _gone = sender.send(());
            }
        }
    }

    /// Waits for so many signals of one batch.
    pub(crate) fn enter(&self, sequence: u64, count: usize) -> Batch<'_> {
        let (sender, all_heard) = oneshot::channel();
        self.open().insert(sequence, (count, sender));
        Batch { batches: self, sequence, all_heard }
    }

    /// No panic can leave the map half changed.
    fn open(&self) -> MutexGuard<'_, FxHashMap<u64, Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place among those who wait; leaving gives it back.
pub(crate) struct Batch<'b> {
    batches: &'b Batches,
    sequence: u64,
    pub(crate) all_heard: oneshot::Receiver<()>,
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        self.batches.open().remove(&self.sequence);
    }
}
