//! Dead letters on their way: sent, and not yet read back from their topic.
//!
//! A log takes a record long before it is durable, and one that is still under way when the process
//! ends is lost. So nothing is handed to the views, and therefore nothing is stored, that passes a
//! record whose dead letter nobody has read back: a start then reads the record again, and puts it
//! aside again. Deciding waits for none of this.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use events::Position;
use ingest::dead_letters::Stood;
use ingest::{AppendError, DeadLetter, Log, LogError, Reader, Topic};

use crate::error::EngineError;
use crate::mailbox::Batch;
use crate::priority::yield_to_deciders;
use crate::status::{PanicGuard, Shared};

#[cfg(test)]
mod tests;

/// How long to wait before a dead letter is offered again to a log that was full.
const FULL_WAIT: Duration = Duration::from_millis(1);

/// How long a read waits for letters that are under way, and so the longest that stopping takes to
/// be seen meanwhile.
const READ_WAIT: Duration = Duration::from_millis(100);

/// The most letters that are read back at once.
const RECORDS_MAX: usize = 1024;

/// The dead letters of a process that are on their way.
pub struct Letters {
    log: Arc<dyn Log>,
    /// Where their topic ended before the first of them was sent.
    from: Position,
    under_way: Mutex<UnderWay>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct UnderWay {
    /// How many were sent so far.
    sent_count: u64,
    /// Those that were not read back: where their records stood, and how many were sent before.
    letters: BTreeMap<Stood, u64>,
    is_closed: bool,
}

impl Letters {
    /// None under way yet.
    pub fn new(log: Arc<dyn Log>) -> Result<Self, LogError> {
        let from = log.end(Topic::DeadLetters)?;
        Ok(Self { log, from, under_way: Mutex::default(), changed: Condvar::new() })
    }

    /// Appends a dead letter, and waits for a log that is full unless `is_stopping`.
    pub fn put_aside(
        &self,
        letter: &DeadLetter,
        is_stopping: impl Fn() -> bool,
    ) -> Result<(), EngineError> {
        // Noted before it is sent: it may be read back before this thread goes on.
        self.note(letter);
        let DeadLetter { topic, partition, offset, reason, .. } = letter;
        loop {
            match letter.append(self.log.as_ref()) {
                Ok(()) => {
                    tracing::warn!(%topic, partition, offset, reason, "a record cannot be read");
                    return Ok(());
                }
                Err(AppendError::Full { .. } | AppendError::Stalled { .. }) if !is_stopping() => {
                    std::thread::sleep(FULL_WAIT);
                }
                Err(source) => {
                    let (partition, offset) = (*partition, *offset);
                    return Err(EngineError::DeadLetter { partition, offset, source });
                }
            }
        }
    }

    fn note(&self, letter: &DeadLetter) {
        let mut under_way = self.lock();
        let before = under_way.sent_count;
        under_way.sent_count += 1;
        under_way.letters.insert(letter.stood(), before);
        drop(under_way);
        self.changed.notify_all();
    }

    /// How many were sent so far.
    fn sent_count(&self) -> u64 {
        self.lock().sent_count
    }

    /// Whether so many, the first that were sent, have all been read back.
    fn are_kept(&self, count: u64) -> bool {
        self.lock().letters.values().all(|before| *before >= count)
    }

    /// Those that are among these records are under way no longer.
    fn have_read(&self, records: &[ingest::Record]) {
        let mut under_way = self.lock();
        for record in records {
            // What else stands there is nobody's letter, and said where letters are listed.
            if let Ok(letter) = DeadLetter::decode(&record.bytes) {
                under_way.letters.remove(&letter.stood());
            }
        }
    }

    /// Waits until some are under way; `false` when nobody asks any more.
    fn wait_for_some(&self) -> bool {
        let under_way = self.lock();
        let nothing =
            |under_way: &mut UnderWay| !under_way.is_closed && under_way.letters.is_empty();
        let under_way = self.changed.wait_while(under_way, nothing);
        !under_way.unwrap_or_else(PoisonError::into_inner).is_closed
    }

    /// Nobody asks any more.
    pub(crate) fn close(&self) {
        self.lock().is_closed = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, UnderWay> {
        // No holder leaves it half changed.
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Letters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Letters").field("under_way", &self.under_way).finish_non_exhaustive()
    }
}

/// Reads the topic of dead letters for those that are under way. Until the first it reads nothing.
pub(crate) struct ReadBack {
    letters: Arc<Letters>,
    reader: Option<Box<dyn Reader>>,
}

impl ReadBack {
    pub fn new(letters: &Arc<Letters>) -> Self {
        Self { letters: Arc::clone(letters), reader: None }
    }

    /// Reads those that have come, and waits so long for the first; returns at once when none is
    /// under way.
    pub fn read(&mut self, wait: Duration) -> Result<(), LogError> {
        let letters = &self.letters;
        if letters.lock().letters.is_empty() {
            return Ok(());
        }
        let reader = match &mut self.reader {
            Some(reader) => reader,
            none => none.insert(letters.log.reader(Topic::DeadLetters, &letters.from)?),
        };
        letters.have_read(&reader.next(RECORDS_MAX, wait)?);
        Ok(())
    }

    /// Runs until the engine ends, and wakes the views for what they may have then.
    pub fn run(mut self, shared: &Shared) {
        let _guard = PanicGuard { shared, thread: "letters" };
        yield_to_deciders();
        while self.letters.wait_for_some() {
            match self.read(READ_WAIT) {
                Ok(()) => shared.mailbox.wake(),
                // The log closes before or after the engine is asked to end; either ends this.
                Err(LogError::Closed) if shared.is_stopping() => return,
                Err(error) => return shared.fail(error.into()),
            }
        }
    }
}

/// What was taken from the mailbox for the views, and may not be theirs yet.
#[derive(Debug, Default)]
pub(crate) struct Held(Option<(Batch, u64)>);

impl Held {
    /// The next batch of which every dead letter was read back, the oldest first. While one is held
    /// the mailbox goes on to merge what comes after it.
    pub fn next(&mut self, shared: &Shared) -> Option<Batch> {
        if self.0.is_none() {
            let batch = shared.mailbox.take()?;
            // Asked after it was taken: letters are sent before what passes their records is told.
            self.0 = Some((batch, shared.letters.sent_count()));
        }
        let (batch, _) = self.0.take_if(|(_, sent)| shared.letters.are_kept(*sent))?;
        Some(batch)
    }
}
