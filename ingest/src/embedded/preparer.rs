//! The preparer: a thread that makes the next segment before it is needed.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::directory::Directory;
use super::fatal::Fatal;
use super::layout::LogId;
use super::segment::{self, Pace, Segment};

/// How long it waits before it asks a full disk again.
const FULL_PAUSE: Duration = Duration::from_millis(100);

/// What the preparer is asked for, and what it has made.
pub struct Preparer {
    directory: Arc<Directory>,
    id: LogId,
    segment_bytes: u64,
    inner: Mutex<Inner>,
    changed: Condvar,
}

#[derive(Default)]
struct Inner {
    wanted: Option<u64>,
    made: Option<(u64, Arc<Segment>)>,
    /// Whether somebody waits for it.
    urgent: bool,
    /// No thread runs it: whoever needs a segment makes it.
    is_alone: bool,
    stopped: bool,
}

impl Preparer {
    /// A preparer with nothing to do.
    pub fn new(directory: Arc<Directory>, id: LogId, segment_bytes: u64) -> Self {
        let inner = Mutex::default();
        Self { directory, id, segment_bytes, inner, changed: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, inner: MutexGuard<'a, Inner>) -> MutexGuard<'a, Inner> {
        self.changed.wait(inner).unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks for the segment of that index, once.
    pub fn want(&self, index: u64) {
        let mut inner = self.lock();
        let made = inner.made.as_ref().map(|(index, _)| *index);
        if inner.wanted != Some(index) && made != Some(index) {
            inner.wanted = Some(index);
            drop(inner);
            self.changed.notify_all();
        }
    }

    /// No thread will run it: from here on a segment is made by whoever needs it.
    pub fn works_alone(&self) {
        self.lock().is_alone = true;
    }

    /// Takes the segment of that index, waiting until it is made.
    pub fn get(&self, index: u64) -> Result<Arc<Segment>, Fatal> {
        self.want(index);
        let mut inner = self.lock();
        if inner.is_alone {
            drop(inner);
            self.make_wanted()?;
            inner = self.lock();
        }
        inner.urgent = true;
        loop {
            if let Some((_, segment)) = inner.made.take_if(|(made, _)| *made == index) {
                inner.urgent = false;
                return Ok(segment);
            }
            if inner.stopped {
                // Whoever stopped it has said why; this only ends the thread that asked.
                let source = io::Error::other("the log is being stopped");
                let path = self.directory.file(&segment::name(index));
                return Err(Fatal::of(&path, "made")(source));
            }
            inner = self.wait(inner);
        }
    }

    /// Has it end, also in the middle of a segment.
    pub fn stop(&self) {
        self.lock().stopped = true;
        self.changed.notify_all();
    }

    /// The thread.
    pub fn run(&self) -> Result<(), Fatal> {
        while let Some(index) = self.next_wanted() {
            let made = self.make(index);
            if made.as_ref().is_err_and(Fatal::is_full) {
                self.wait_for_space(index);
            } else if !made? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Waits until it makes sense to try again. Nothing was told about a segment that could not be
    /// made for want of space, and the next attempt begins it anew.
    fn wait_for_space(&self, index: u64) {
        let file = self.directory.file(&segment::name(index));
        tracing::warn!(file = %file.display(), "no space for the next segment: make some");
        let inner = self.lock();
        if !inner.stopped {
            drop(self.changed.wait_timeout(inner, FULL_PAUSE));
        }
    }

    /// Makes what is wanted, if anything is, on the calling thread.
    pub fn make_wanted(&self) -> Result<(), Fatal> {
        let wanted = self.lock().wanted;
        wanted.map_or(Ok(()), |index| self.make(index).map(drop))
    }

    /// `false` when it was stopped before the segment was ready.
    fn make(&self, index: u64) -> Result<bool, Fatal> {
        let header = segment::header(self.id, index, self.segment_bytes);
        let pace = || self.pace();
        let Some(segment) = segment::make(&self.directory, header, pace)? else {
            return Ok(false);
        };
        let mut inner = self.lock();
        inner.made = Some((index, Arc::new(segment)));
        inner.wanted = None;
        drop(inner);
        self.changed.notify_all();
        Ok(true)
    }

    fn pace(&self) -> Pace {
        let inner = self.lock();
        match (inner.stopped, inner.urgent) {
            (true, _) => Pace::Stop,
            (false, true) => Pace::AtOnce,
            (false, false) => Pace::Gently,
        }
    }

    fn next_wanted(&self) -> Option<u64> {
        let mut inner = self.lock();
        while inner.wanted.is_none() && !inner.stopped {
            inner = self.wait(inner);
        }
        if inner.stopped { None } else { inner.wanted }
    }
}
