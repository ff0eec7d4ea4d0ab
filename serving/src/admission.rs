//! How much is let in at once: less when it takes longer, and what matters most comes first.
//!
//! One limit of requests under way adapts to how long they take. Each class may fill a share of it,
//! so that a hold never takes the place kept for a confirmation. Who finds no place waits a moment,
//! the newest first, and is refused at once where waiting would help nobody.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

mod limit;
mod places;
#[cfg(test)]
mod tests;

pub use limit::LimitOptions;
use places::{Enter, Places};

/// How much a request matters; earlier ones come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Confirm, cancel, release, amend: somebody has a room already.
    Settle,
    /// Somebody wants a room.
    Hold,
    /// A hotel says what it has.
    Manage,
    /// Somebody looks.
    Read,
    /// Something worth counting was seen.
    Signal,
}

/// How many classes there are.
pub const CLASSES_COUNT: usize = 5;

impl Class {
    /// Every class, what matters most first.
    pub const ALL: [Self; CLASSES_COUNT] =
        [Self::Settle, Self::Hold, Self::Manage, Self::Read, Self::Signal];

    /// Its name, for metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Settle => "settle",
            Self::Hold => "hold",
            Self::Manage => "manage",
            Self::Read => "read",
            Self::Signal => "signal",
        }
    }

    /// Its place in [`Class::ALL`].
    pub(crate) fn index(self) -> usize {
        self as usize
    }

    /// How much of the limit may be full before it finds no place, in percent.
    fn share_percent(self) -> u32 {
        match self {
            Self::Settle => 100,
            Self::Hold => 80,
            Self::Manage => 70,
            Self::Read => 60,
            Self::Signal => 40,
        }
    }
}

/// Nobody has a place for the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refused;

/// Lets requests in.
#[derive(Debug)]
pub struct Admission(Mutex<Places>);

/// How things stand, for the metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) limit_count: u32,
    pub(crate) in_flight_count: [u32; CLASSES_COUNT],
    pub(crate) waiting_count: [usize; CLASSES_COUNT],
}

impl Admission {
    /// Nobody is in yet.
    pub fn new(options: LimitOptions, now: Instant) -> Self {
        Self(Mutex::new(Places::new(options, now)))
    }

    /// Whether it is certain that a request would be refused, before its body is read.
    pub(crate) fn is_hopeless(&self, class: Class, now: Instant) -> bool {
        self.places().is_hopeless(class, now)
    }

    /// A place, at the latest at `until`.
    pub(crate) async fn enter(&self, class: Class, until: Instant) -> Result<Permit<'_>, Refused> {
        let now = Instant::now();
        let (until, granted) = match self.places().enter(class, now) {
            Enter::Granted => return Ok(Permit::new(self, class)),
            Enter::Refused => return Err(Refused),
            Enter::Wait { until: longest, granted } => (until.min(longest), granted),
        };
        let mut waiting = Waiting { admission: self, class, granted: Some(granted) };
        let Some(granted) = waiting.granted.as_mut() else { return Err(Refused) };
        let answered = tokio::time::timeout_at(until.into(), granted).await;
        if matches!(answered, Ok(Ok(()))) {
            waiting.granted = None;
            return Ok(Permit::new(self, class));
        }
        Err(Refused)
    }

    pub(crate) fn standing(&self) -> Standing {
        self.places().standing()
    }

    /// No panic can leave the places half changed.
    fn places(&self) -> MutexGuard<'_, Places> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody who waits; a place that is granted while they leave is given back.
struct Waiting<'a> {
    admission: &'a Admission,
    class: Class,
    granted: Option<oneshot::Receiver<()>>,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let Some(granted) = self.granted.as_mut() else { return };
        granted.close();
        let mut places = self.admission.places();
        if granted.try_recv().is_ok() {
            places.leave(self.class, None, Instant::now());
        } else {
            places.gave_up(self.class, Instant::now());
        }
    }
}

/// A place; it is given back when this is dropped.
pub(crate) struct Permit<'a> {
    admission: &'a Admission,
    class: Class,
    since: Instant,
    took: Option<Duration>,
}

impl<'a> Permit<'a> {
    fn new(admission: &'a Admission, class: Class) -> Self {
        Self { admission, class, since: Instant::now(), took: None }
    }

    /// The request went all the way; how long that took says how busy the process is.
    pub(crate) fn completed(mut self) {
        self.took = Some(self.since.elapsed());
    }

    /// The request went all the way, and what it waited for took that long.
    pub(crate) fn completed_in(mut self, took: Duration) {
        self.took = Some(took);
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.admission.places().leave(self.class, self.took, Instant::now());
    }
}
