//! What a connection is doing, and until when it may go on doing that.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::DoorOptions;

/// How a connection ended, for the metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// By one side closing it in order.
    Closed,
    /// By a fault of the network or of the protocol.
    Broken,
    /// Its headers took too long.
    SlowHeaders,
    /// It was silent for too long.
    Idle,
    /// Its requests made no progress.
    Stalled,
}

impl Ended {
    /// Every way to end.
    pub(crate) const ALL: [Self; 5] =
        [Self::Closed, Self::Broken, Self::SlowHeaders, Self::Idle, Self::Stalled];

    /// Its name, for metrics.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Broken => "broken",
            Self::SlowHeaders => "slow_headers",
            Self::Idle => "idle",
            Self::Stalled => "stalled",
        }
    }
}

/// What a connection is doing.
#[derive(Debug)]
pub(super) struct Activity {
    state: Mutex<State>,
    header_wait: Duration,
    idle_wait: Duration,
    stall_wait: Duration,
}

#[derive(Debug)]
struct State {
    requests_count: u32,
    begun_count: u64,
    /// When the last request began or ended, or when the connection was made.
    moved: Instant,
    /// When the first byte after that came; a new connection owes its first request at once.
    header_since: Option<Instant>,
    had_request: bool,
}

impl Activity {
    pub(super) fn new(options: &DoorOptions, now: Instant) -> Self {
        let state = State {
            requests_count: 0,
            begun_count: 0,
            moved: now,
            header_since: Some(now),
            had_request: false,
        };
        Self {
            state: Mutex::new(state),
            header_wait: options.header_wait,
            idle_wait: options.idle_wait,
            stall_wait: options.stall_wait,
        }
    }

    /// Bytes came in.
    pub(super) fn received(&self, is_http_2: bool, now: Instant) {
        let mut state = self.state();
        // Frames of HTTP/2 between requests, such as pings, begin no request.
        if state.requests_count == 0 && !(is_http_2 && state.had_request) {
            state.header_since.get_or_insert(now);
        }
    }

    /// A request came in whole, up to its body.
    pub(super) fn request_begun(&self, now: Instant) {
        let mut state = self.state();
        state.requests_count += 1;
        state.begun_count += 1;
        (state.moved, state.header_since, state.had_request) = (now, None, true);
    }

    /// A part of its answer was taken.
    pub(super) fn moved(&self, now: Instant) {
        self.state().moved = now;
    }

    /// Its answer was handed over to its end, or nobody wants it any more.
    pub(super) fn request_ended(&self, now: Instant) {
        let mut state = self.state();
        state.requests_count = state.requests_count.saturating_sub(1);
        state.moved = now;
    }

    /// A request was answered before it was begun.
    pub(super) fn turned_away(&self, now: Instant) {
        let mut state = self.state();
        (state.moved, state.header_since, state.had_request) = (now, None, true);
    }

    /// Whether so many requests were begun and each of them has ended.
    pub(super) fn has_ended_all_of(&self, count: u64) -> bool {
        let state = self.state();
        state.requests_count == 0 && state.begun_count == count
    }

    pub(super) fn is_idle(&self) -> bool {
        self.state().requests_count == 0
    }

    /// Until when it may go on, and how it ends then.
    pub(super) fn until(&self) -> (Instant, Ended) {
        let state = self.state();
        match (state.requests_count, state.header_since) {
            (0, Some(since)) => (since + self.header_wait, Ended::SlowHeaders),
            (0, None) => (state.moved + self.idle_wait, Ended::Idle),
            _ => (state.moved + self.stall_wait, Ended::Stalled),
        }
    }

    /// No panic can leave it half changed.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
