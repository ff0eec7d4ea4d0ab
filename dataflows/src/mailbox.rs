//! The mailbox between the ledger and the views: what waits is taken as one epoch.
//!
//! The ledger appends under a short lock and never waits for a dataflow, until
//! `changes_pending_max` changes wait. Then it drops those that later ones have superseded, and if
//! that does not make room it waits for the views: the log holds what is not read yet.

use std::collections::BTreeMap;
use std::mem;
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::Thread;
use std::time::Duration;

use events::{Link, Minute, Observation, Position};
use ingest::{Bookmark, Topic};
use ledger::{Digest, RowChange};

use crate::inputs::{Fact, coalesce_facts, coalesce_rows};
use crate::places::PlaceName;

#[cfg(test)]
mod tests;

/// Decided records: where they lead, and what they changed.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// The position after the last of them.
    pub up_to: Position,
    /// The last step of the chain there, for each partition.
    pub chains: Vec<(u16, Link)>,
    /// The digest there, for each partition.
    pub digests: Vec<(u16, Digest)>,
    /// Rows of the ledger, drain by drain; the last change of a key wins. They are large, so the
    /// drains are not copied into one.
    pub rows: Vec<Vec<RowChange>>,
    /// Input of the views.
    pub facts: Vec<(Fact, i64)>,
    /// The names of the places that are new with it.
    pub names: Vec<PlaceName>,
    /// The highest minute that its ticks have told.
    pub minute: Option<Minute>,
    /// Signals that were heard meanwhile, each topic's in order.
    pub observations: Vec<Observation>,
    /// How far the topics of signals are reflected with them.
    pub bookmarks: BTreeMap<Topic, Bookmark>,
}

impl Batch {
    /// How many changes it carries.
    pub fn changes_count(&self) -> usize {
        self.rows.iter().map(Vec::len).sum::<usize>() + self.facts.len()
    }

    /// Drops what later changes have superseded or cancelled.
    fn coalesce(&mut self) {
        coalesce_facts(&mut self.facts);
        self.rows = vec![self.take_rows()];
    }

    /// Takes the input of the views, equal facts summed.
    pub fn take_facts(&mut self) -> Vec<(Fact, i64)> {
        let mut facts = mem::take(&mut self.facts);
        coalesce_facts(&mut facts);
        facts
    }

    /// Takes the rows, each key once. Within one drain the ledger has seen to that.
    pub fn take_rows(&mut self) -> Vec<RowChange> {
        let mut drains = mem::take(&mut self.rows);
        if drains.len() > 1 { coalesce_rows(drains) } else { drains.pop().unwrap_or_default() }
    }

    /// Adds what came after; leaves `later` empty with its capacity.
    fn append(&mut self, later: &mut Self) {
        mem::swap(&mut self.up_to, &mut later.up_to);
        mem::swap(&mut self.chains, &mut later.chains);
        mem::swap(&mut self.digests, &mut later.digests);
        self.rows.append(&mut later.rows);
        self.facts.append(&mut later.facts);
        self.names.append(&mut later.names);
        self.minute = self.minute.max(later.minute.take());
    }

    /// Where it stands, without what led there.
    pub fn standing(&self) -> Self {
        Self {
            up_to: self.up_to.clone(),
            chains: self.chains.clone(),
            digests: self.digests.clone(),
            ..Self::default()
        }
    }
}

/// How many signals may wait for the views before reading them waits too.
const OBSERVATIONS_PENDING_MAX: usize = 50_000;

#[derive(Debug, Default)]
struct Waiting {
    batch: Option<Batch>,
    /// Where the batch before that one led: a batch of signals alone leads no further.
    standing: Batch,
    /// Signals that wait, in the order in which they were heard.
    observations: Vec<Observation>,
    /// How far the topics of signals were heard since the last batch.
    bookmarks: BTreeMap<Topic, Bookmark>,
    /// How many changes the batch carries.
    pending_count: usize,
    /// How many changes there were after the last coalescing.
    coalesced_count: usize,
    closed: bool,
}

impl Waiting {
    fn is_empty(&self) -> bool {
        self.batch.is_none() && self.bookmarks.is_empty()
    }
}

/// Producers are the ledger's thread, of changes, and the intake's threads, of signals; one
/// consumer, the views' first worker.
#[derive(Debug)]
pub(crate) struct Mailbox {
    waiting: Mutex<Waiting>,
    room: Condvar,
    consumer: OnceLock<Thread>,
    changes_pending_max: usize,
    /// How long the consumer waits after one epoch before it takes the next.
    pub epoch_interval_min: Duration,
}

impl Mailbox {
    /// An empty mailbox with that bound, emptied at most so often. What it is filled with goes on
    /// from where `standing` leads.
    pub fn new(standing: Batch, changes_pending_max: usize, epoch_interval_min: Duration) -> Self {
        Self {
            waiting: Mutex::new(Waiting { standing, ..Waiting::default() }),
            room: Condvar::new(),
            consumer: OnceLock::new(),
            changes_pending_max,
            epoch_interval_min,
        }
    }

    /// From now on the calling thread is woken when something waits.
    pub fn consume_here(&self) {
        self.consumer.get_or_init(std::thread::current);
    }

    /// Hands over a batch; waits while the mailbox is full. `false` when nobody will ever take it.
    pub fn put(&self, batch: &mut Batch) -> bool {
        let mut waiting = self.lock();
        if waiting.pending_count >= self.changes_pending_max {
            waiting = self.coalesce(waiting);
        }
        while !waiting.closed && waiting.pending_count >= self.changes_pending_max {
            waiting = self.room.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        if waiting.closed {
            return false;
        }
        waiting.pending_count += batch.changes_count();
        let was_empty = waiting.is_empty();
        waiting.batch.get_or_insert_default().append(batch);
        drop(waiting);
        // Woken by the first, the consumer knows that there is something until it takes it.
        if was_empty {
            self.wake();
        }
        true
    }

    /// Hands over signals and how far their topic is heard with them; waits while too many wait.
    /// `false` when nobody will ever take them.
    pub fn hear(&self, topic: Topic, observations: &[Observation], bookmark: &Bookmark) -> bool {
        let mut waiting = self.lock();
        while !waiting.closed && waiting.observations.len() >= OBSERVATIONS_PENDING_MAX {
            waiting = self.room.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        if waiting.closed {
            return false;
        }
        let was_empty = waiting.is_empty();
        waiting.observations.extend_from_slice(observations);
        waiting.bookmarks.insert(topic, bookmark.clone());
        drop(waiting);
        if was_empty {
            self.wake();
        }
        true
    }

    /// Takes everything that waits.
    pub fn take(&self) -> Option<Batch> {
        let mut waiting = self.lock();
        if waiting.is_empty() {
            return None;
        }
        let mut batch = match waiting.batch.take() {
            Some(batch) => {
                waiting.standing = batch.standing();
                batch
            }
            None => waiting.standing.standing(),
        };
        batch.observations = mem::take(&mut waiting.observations);
        batch.bookmarks = mem::take(&mut waiting.bookmarks);
        waiting.pending_count = 0;
        waiting.coalesced_count = 0;
        drop(waiting);
        self.room.notify_all();
        Some(batch)
    }

    /// How many changes wait.
    pub fn pending_count(&self) -> usize {
        self.lock().pending_count
    }

    /// Nothing more goes in, nobody waits for room any more.
    pub fn close(&self) {
        self.lock().closed = true;
        self.room.notify_all();
        self.wake();
    }

    /// Wakes the consumer, whatever it waits for.
    pub fn wake(&self) {
        if let Some(consumer) = self.consumer.get() {
            consumer.unpark();
        }
    }

    /// Drops what is superseded, if the changes have doubled since that was done last, so that each
    /// is looked at a constant number of times. It takes long and is done outside the lock: only
    /// the producer does it, so nothing can overtake what it holds.
    fn coalesce<'mailbox>(
        &'mailbox self,
        mut waiting: MutexGuard<'mailbox, Waiting>,
    ) -> MutexGuard<'mailbox, Waiting> {
        if waiting.pending_count < waiting.coalesced_count * 2 {
            return waiting;
        }
        let Some(mut batch) = waiting.batch.take() else { return waiting };
        drop(waiting);
        batch.coalesce();
        let mut waiting = self.lock();
        waiting.coalesced_count = batch.changes_count();
        waiting.pending_count = waiting.coalesced_count;
        waiting.batch = Some(batch);
        self.wake();
        waiting
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
