//! Who is in and who waits; it knows no clock and no task, so that tests can lead it step by step.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::limit::{Limit, LimitOptions};
use super::{CLASSES_COUNT, Class, Standing};

/// The most that wait in one class.
const WAITING_MAX: usize = 1_024;

/// How long a burst may take to pass.
const WAIT_OF_BURST: Duration = Duration::from_secs(1);

/// How long is waited once a queue has stood for longer than a burst: the refusal itself is prompt.
const WAIT_OVERLOADED: Duration = Duration::from_millis(5);

/// How long a class counts as overloaded after somebody was refused in it.
const OVERLOADED_FOR: Duration = Duration::from_secs(1);

/// How long those wait who have a room already.
const WAIT_SETTLE: Duration = Duration::from_secs(1);

/// What becomes of somebody who asks for a place.
#[derive(Debug)]
pub(super) enum Enter {
    /// They are in.
    Granted,
    /// They may wait that long.
    Wait { until: Instant, granted: oneshot::Receiver<()> },
    /// They are not.
    Refused,
}

#[derive(Debug)]
struct Waiter {
    since: Instant,
    until: Instant,
    grant: oneshot::Sender<()>,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Waiter>,
    /// Since when somebody has waited without a break.
    standing_since: Option<Instant>,
    overloaded_until: Option<Instant>,
}

/// Everybody who is in, and everybody who waits.
#[derive(Debug)]
pub(super) struct Places {
    limit: Limit,
    in_flight: [u32; CLASSES_COUNT],
    queues: [Queue; CLASSES_COUNT],
}

impl Places {
    pub(super) fn new(options: LimitOptions, now: Instant) -> Self {
        let limit = Limit::new(options, now);
        Self { limit, in_flight: [0; CLASSES_COUNT], queues: Default::default() }
    }

    /// Whether neither a place nor a chair is free.
    pub(super) fn is_hopeless(&mut self, class: Class, now: Instant) -> bool {
        self.turn_out(class, now);
        let is_full = self.queues[class.index()].waiting.len() >= self.waiting_max(class, now);
        let is_hopeless = is_full && !self.has_place(class);
        if is_hopeless {
            self.refused(class, now);
        }
        is_hopeless
    }

    pub(super) fn enter(&mut self, class: Class, now: Instant) -> Enter {
        self.limit.pass(now);
        self.turn_out(class, now);
        let nobody_waits = Class::ALL[..=class.index()]
            .iter()
            .all(|before| self.queues[before.index()].waiting.is_empty());
        if nobody_waits && self.has_place(class) {
            self.in_flight[class.index()] += 1;
            return Enter::Granted;
        }
        self.limit.reached();
        if self.queues[class.index()].waiting.len() >= self.waiting_max(class, now) {
            self.refused(class, now);
            return Enter::Refused;
        }
        let until = now + self.wait_max(class, now);
        let queue = &mut self.queues[class.index()];
        queue.standing_since.get_or_insert(now);
        let (grant, granted) = oneshot::channel();
        queue.waiting.push_back(Waiter { since: now, until, grant });
        Enter::Wait { until, granted }
    }

    /// Somebody is done, and whoever comes next comes in.
    pub(super) fn leave(&mut self, class: Class, took: Option<Duration>, now: Instant) {
        self.in_flight[class.index()] = self.in_flight[class.index()].saturating_sub(1);
        match took {
            Some(took) => self.limit.sample(class, took, now),
            None => self.limit.pass(now),
        }
        self.let_in(now);
    }

    /// Somebody has waited in vain or went away; those who are gone make room.
    pub(super) fn gave_up(&mut self, class: Class, now: Instant) {
        let queue = &mut self.queues[class.index()];
        queue.waiting.retain(|waiter| !waiter.grant.is_closed());
        self.refused(class, now);
        self.note_empty(class);
    }

    pub(super) fn standing(&self) -> Standing {
        Standing {
            limit_count: self.limit.count(),
            in_flight_count: self.in_flight,
            waiting_count: std::array::from_fn(|index| self.queues[index].waiting.len()),
        }
    }

    fn has_place(&self, class: Class) -> bool {
        let in_flight: u32 = self.in_flight.iter().sum();
        in_flight < (self.limit.count() * class.share_percent() / 100).max(1)
    }

    /// Lets in whoever matters most, as long as there are places for them.
    fn let_in(&mut self, now: Instant) {
        for class in Class::ALL {
            self.turn_out(class, now);
            while self.has_place(class) {
                let waiting = &mut self.queues[class.index()].waiting;
                let next = match class {
                    Class::Settle => waiting.pop_front(),
                    // The newest: who has waited long is about to give up.
                    _ => waiting.pop_back(),
                };
                let Some(waiter) = next else { break };
                if waiter.grant.send(()).is_ok() {
                    self.in_flight[class.index()] += 1;
                }
            }
            self.note_empty(class);
            if !self.queues[class.index()].waiting.is_empty() {
                // What matters less does not overtake.
                break;
            }
        }
    }

    /// Refuses those who have waited for longer than anybody may by now.
    fn turn_out(&mut self, class: Class, now: Instant) {
        let wait_max = self.wait_max(class, now);
        let queue = &mut self.queues[class.index()];
        let mut turned_out = false;
        while let Some(oldest) = queue.waiting.front() {
            let is_over = now >= oldest.until || now.duration_since(oldest.since) >= wait_max;
            if !is_over {
                break;
            }
            queue.waiting.pop_front();
            turned_out = true;
        }
        if turned_out {
            self.refused(class, now);
            self.note_empty(class);
        }
    }

    fn wait_max(&self, class: Class, now: Instant) -> Duration {
        match class {
            Class::Settle => WAIT_SETTLE,
            _ if self.is_overloaded(class, now) => WAIT_OVERLOADED,
            _ => WAIT_OF_BURST,
        }
    }

    /// In an overload as many wait as may be served in the time that they wait.
    fn waiting_max(&self, class: Class, now: Instant) -> usize {
        match class {
            Class::Settle => WAITING_MAX,
            _ if self.is_overloaded(class, now) => (self.limit.count() / 2).max(8) as usize,
            _ => WAITING_MAX,
        }
    }

    fn is_overloaded(&self, class: Class, now: Instant) -> bool {
        let queue = &self.queues[class.index()];
        let is_standing = |since: Instant| now.duration_since(since) >= WAIT_OF_BURST;
        queue.overloaded_until.is_some_and(|until| now < until)
            || queue.standing_since.is_some_and(is_standing)
    }

    fn refused(&mut self, class: Class, now: Instant) {
        self.limit.reached();
        self.queues[class.index()].overloaded_until = Some(now + OVERLOADED_FOR);
    }

    fn note_empty(&mut self, class: Class) {
        let queue = &mut self.queues[class.index()];
        if queue.waiting.is_empty() {
            queue.standing_since = None;
        }
    }
}
