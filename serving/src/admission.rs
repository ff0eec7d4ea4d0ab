//! How much is let in at once: less when it takes longer, and what matters most comes first.
//!
//! One limit of requests under way adapts to how long they take. Each class may fill a share of it,
//! so that a hold never takes the place kept for a confirmation. Who finds no place waits a moment,
//! and is refused at once where waiting would help nobody.
//!
//! Holds of one property never fill the places of all holds, and while others wait they get an
//! even turn and no more: a sale that everybody wants is nobody else's trouble.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use events::Slot;
use tokio::sync::oneshot;

mod lanes;
mod limit;
mod places;
#[cfg(test)]
mod tests;
mod turns;

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

    /// How much of the limit it may fill, in percent.
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

/// In what a request asks for a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wish {
    pub(crate) class: Class,
    /// The slot of the property that a hold is for; only holds are shared out by it.
    pub(crate) lane: Option<Slot>,
}

impl From<Class> for Wish {
    fn from(class: Class) -> Self {
        Self { class, lane: None }
    }
}

/// Nobody has a place for the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refused;

/// Lets requests in.
#[derive(Debug)]
pub struct Admission {
    places: Mutex<Places>,
    /// How many wait, so that who looks before a body is read need not take the lock for nothing.
    waiting_count: AtomicUsize,
}

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
        Self { places: Mutex::new(Places::new(options, now)), waiting_count: AtomicUsize::new(0) }
    }

    /// Whether anybody waits; nobody is refused while nobody does.
    pub(crate) fn has_waiting(&self) -> bool {
        self.waiting_count.load(Ordering::Relaxed) > 0
    }

    /// Whether it is certain that a request would be refused, before its body is read.
    pub(crate) fn is_hopeless(&self, wish: Wish, now: Instant) -> bool {
        self.has_waiting() && self.with(|places| places.is_hopeless(wish, now))
    }

    /// A place, at the latest at `until`.
    pub(crate) async fn enter(&self, wish: Wish, until: Instant) -> Result<Permit<'_>, Refused> {
        let now = Instant::now();
        let (until, granted) = match self.with(|places| places.enter(wish, now)) {
            Enter::Granted => return Ok(Permit::new(self, wish)),
            Enter::Refused => return Err(Refused),
            Enter::Wait { until: longest, granted } => (until.min(longest), granted),
        };
        let mut waiting = Waiting { admission: self, wish, granted: Some(granted) };
        let Some(granted) = waiting.granted.as_mut() else { return Err(Refused) };
        let answered = tokio::time::timeout_at(until.into(), granted).await;
        if matches!(answered, Ok(Ok(()))) {
            waiting.granted = None;
            return Ok(Permit::new(self, wish));
        }
        Err(Refused)
    }

    pub(crate) fn standing(&self) -> Standing {
        self.places().standing()
    }

    fn with<T>(&self, change: impl FnOnce(&mut Places) -> T) -> T {
        let mut places = self.places();
        let changed = change(&mut places);
        self.waiting_count.store(places.waiting_count(), Ordering::Relaxed);
        changed
    }

    /// No panic can leave the places half changed.
    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody who waits; a place that is granted while they leave is given back.
struct Waiting<'a> {
    admission: &'a Admission,
    wish: Wish,
    granted: Option<oneshot::Receiver<()>>,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let Some(granted) = self.granted.as_mut() else { return };
        granted.close();
        let is_granted = granted.try_recv().is_ok();
        self.admission.with(|places| match is_granted {
            true => places.leave(self.wish, None, Instant::now()),
            false => places.gave_up(self.wish, Instant::now()),
        });
    }
}

/// A place; it is given back when this is dropped.
pub(crate) struct Permit<'a> {
    admission: &'a Admission,
    wish: Wish,
    since: Instant,
    took: Option<Duration>,
}

impl<'a> Permit<'a> {
    fn new(admission: &'a Admission, wish: Wish) -> Self {
        Self { admission, wish, since: Instant::now(), took: None }
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
        self.admission.with(|places| places.leave(self.wish, self.took, Instant::now()));
    }
}
