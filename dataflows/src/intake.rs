//! The intake of signals: each topic read in order, what cannot be read put aside, the rest told.
//!
//! Signals decide nothing and wait for nobody: a thread of its own reads each of their topics, so
//! that a flood of searches never stands before a booking.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use events::Observation;
use ingest::{Bookmark, Log, LogError, Reader, Topic, decode_signal};

use crate::error::{EngineError, SinkError};
use crate::letters::Letters;
use crate::priority::yield_to_deciders;
use crate::status::Shared;

#[cfg(test)]
mod tests;

/// How long a read waits for the first record, and so the longest that stopping takes to be seen.
const READ_WAIT: Duration = Duration::from_millis(100);

/// The most records that are told at once.
const RECORDS_MAX: usize = 4096;

/// A part of a topic, read and made durable before.
#[derive(Debug)]
pub struct Heard<'a> {
    /// Which topic.
    pub topic: Topic,
    /// What could be read, in the order of each partition.
    pub observations: &'a [Observation],
    /// How many records could not be, and are dead letters on their way now.
    pub dead_letters_count: u64,
    /// Where to go on after this part.
    pub bookmark: &'a Bookmark,
}

/// Takes what was heard. It is called on the thread of its topic, which reads on when it returns.
pub type Ear = Arc<dyn Fn(&Heard<'_>) -> Result<(), SinkError> + Send + Sync>;

/// Told once when a topic cannot be read on.
pub type OnFailure = Arc<dyn Fn(&EngineError) + Send + Sync>;

/// Where signals are told to the views of an engine.
#[derive(Clone)]
pub struct Hearing(Arc<Shared>);

impl Hearing {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self(shared)
    }

    /// Tells the views what was heard; they reflect it together with the bookmark. Waits while the
    /// views are far behind; without effect once the engine is ending.
    pub fn tell(&self, heard: &Heard<'_>) {
        self.0.mailbox.hear(heard.topic, heard.observations, heard.bookmark);
    }

    /// By which dead letters are to be sent, so that no bookmark is stored before they are kept.
    pub fn letters(&self) -> Arc<Letters> {
        Arc::clone(&self.0.letters)
    }
}

impl std::fmt::Debug for Hearing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hearing").finish_non_exhaustive()
    }
}

/// The threads that read the topics of signals. Dropping it stops them.
pub struct Intake {
    is_stopping: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Intake {
    /// Reads on from where each topic's bookmark stands. What cannot be read is sent by `letters`.
    pub fn start(
        log: &Arc<dyn Log>,
        letters: &Arc<Letters>,
        bookmarks: Vec<(Topic, Bookmark)>,
        ear: &Ear,
        on_failure: &OnFailure,
    ) -> Result<Self, EngineError> {
        let is_stopping = Arc::new(AtomicBool::new(false));
        let mut intake = Self { is_stopping: Arc::clone(&is_stopping), threads: Vec::new() };
        for (topic, bookmark) in bookmarks {
            let topic_reader = TopicReader {
                topic,
                reader: log.resume(topic, &bookmark)?,
                bookmark,
                letters: Arc::clone(letters),
                ear: Arc::clone(ear),
                is_stopping: Arc::clone(&is_stopping),
                observations: Vec::new(),
            };
            let on_failure = Arc::clone(on_failure);
            let name = topic.name();
            let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
                if let Err(error) = topic_reader.run() {
                    on_failure(&error);
                }
            });
            let thread = thread
                .map_err(|error| EngineError::Thread { thread: name, reason: error.to_string() })?;
            intake.threads.push(thread);
        }
        Ok(intake)
    }
}

impl Drop for Intake {
    fn drop(&mut self) {
        self.is_stopping.store(true, Ordering::Release);
        for thread in self.threads.drain(..) {
            // A thread that panicked has ended too, which is all that is asked here.
            drop(thread.join());
        }
    }
}

impl std::fmt::Debug for Intake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Intake").field("threads", &self.threads.len()).finish_non_exhaustive()
    }
}

struct TopicReader {
    topic: Topic,
    reader: Box<dyn Reader>,
    bookmark: Bookmark,
    letters: Arc<Letters>,
    ear: Ear,
    is_stopping: Arc<AtomicBool>,
    observations: Vec<Observation>,
}

impl TopicReader {
    fn run(mut self) -> Result<(), EngineError> {
        yield_to_deciders();
        while !self.is_stopping() {
            self.read_once()?;
        }
        Ok(())
    }

    fn read_once(&mut self) -> Result<(), EngineError> {
        let records = match self.reader.next(RECORDS_MAX, READ_WAIT) {
            // The log closes before or after this thread is asked to stop; either ends it.
            Err(LogError::Closed) => {
                self.is_stopping.store(true, Ordering::Release);
                return Ok(());
            }
            records => records?,
        };
        let mut dead_letters_count = 0;
        self.observations.clear();
        for record in &records {
            match decode_signal(self.topic, record) {
                Ok(observation) => self.observations.push(observation),
                Err(letter) => {
                    dead_letters_count += 1;
                    self.letters.put_aside(&letter, || self.is_stopping())?;
                }
            }
            self.bookmark.pass(record);
        }
        if records.is_empty() {
            return Ok(());
        }
        let (topic, observations) = (self.topic, &self.observations[..]);
        let bookmark = &self.bookmark;
        (self.ear)(&Heard { topic, observations, dead_letters_count, bookmark }).map_err(|source| {
            EngineError::Sink { position: bookmark.position().to_string(), source }
        })
    }

    fn is_stopping(&self) -> bool {
        self.is_stopping.load(Ordering::Acquire)
    }
}
