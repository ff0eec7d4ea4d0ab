//! Who is in and who waits; it knows no clock and no task, so that tests can lead it step by step.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use events::Slot;
use tokio::sync::oneshot;

use super::lanes::Lanes;
use super::limit::{Limit, LimitOptions};
use super::turns::Turns;
use super::{CLASSES_COUNT, Class, Standing, Wish};

/// The most that wait in one class.
const WAITING_MAX: usize = 1_024;

/// How long a burst may take to pass.
const WAIT_OF_BURST: Duration = Duration::from_millis(250);

/// How long is waited once a queue has stood for longer than a burst: the refusal itself is prompt.
const WAIT_OVERLOADED: Duration = Duration::from_millis(10);

/// How long a class counts as overloaded after somebody was refused in it.
const OVERLOADED_FOR: Duration = Duration::from_secs(1);

/// How long those wait who have a room already.
const WAIT_SETTLE: Duration = Duration::from_secs(1);

/// Over how long is counted how many come in.
const PACE_OVER: Duration = Duration::from_millis(100);

/// In an overload as many wait as come in within that part of [`PACE_OVER`]: a quarter of the time
/// that they may wait, so that hardly anybody waits in vain.
const PACE_PARTS: u32 = 40;

/// In an overload at least so many wait.
const WAITING_OVERLOADED_MIN: usize = 8;

/// Of the places for holds one property may have this part.
const LANE_PART: u32 = 2;

/// And this part while holds of others wait.
const LANE_PART_CONTENDED: u32 = 8;

/// Of the chairs for holds one property may have this part.
const LANE_WAITING_PART: usize = 4;

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
    lane: Option<Slot>,
    grant: oneshot::Sender<()>,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Waiter>,
    /// Since when somebody has waited without a break.
    standing_since: Option<Instant>,
    overloaded_until: Option<Instant>,
    /// How many came in during the last stretch and during the present one.
    came_in: [u32; 2],
}

/// Everybody who is in, and everybody who waits.
#[derive(Debug)]
pub(super) struct Places {
    limit: Limit,
    in_flight: [u32; CLASSES_COUNT],
    queues: [Queue; CLASSES_COUNT],
    lanes: Lanes,
    turns: Turns,
    pace_until: Instant,
}

impl Places {
    pub(super) fn new(options: LimitOptions, now: Instant) -> Self {
        Self {
            limit: Limit::new(options, now),
            in_flight: [0; CLASSES_COUNT],
            queues: Default::default(),
            lanes: Lanes::new(),
            turns: Turns::default(),
            pace_until: now + PACE_OVER,
        }
    }

    /// Whether neither a place nor a chair is free.
    pub(super) fn is_hopeless(&mut self, wish: Wish, now: Instant) -> bool {
        self.pass(now);
        let is_hopeless = !self.has_place(wish) && !self.has_chair(wish, now);
        if is_hopeless {
            self.refused(wish, now);
        }
        is_hopeless
    }

    pub(super) fn enter(&mut self, wish: Wish, now: Instant) -> Enter {
        self.pass(now);
        // Whoever still waits has no use for that place.
        if self.has_place(wish) {
            self.came_in(wish);
            return Enter::Granted;
        }
        if !self.has_chair(wish, now) {
            self.refused(wish, now);
            return Enter::Refused;
        }
        let Wish { class, lane } = wish;
        let until = now + self.wait_max(class, now);
        if !self.is_lane_full(wish) {
            self.limit.reached();
        }
        let queue = &mut self.queues[class.index()];
        if queue.waiting.is_empty() {
            self.turns.begin(class);
        }
        queue.standing_since.get_or_insert(now);
        let (grant, granted) = oneshot::channel();
        queue.waiting.push_back(Waiter { since: now, until, lane, grant });
        self.lanes.waits(lane);
        Enter::Wait { until, granted }
    }

    /// Somebody is done, and whoever comes next comes in.
    pub(super) fn leave(&mut self, wish: Wish, took: Option<Duration>, now: Instant) {
        let in_flight = &mut self.in_flight[wish.class.index()];
        *in_flight = in_flight.saturating_sub(1);
        self.lanes.left(wish.lane);
        if let Some(took) = took {
            self.limit.sample(wish.class, took, now);
        }
        self.pass(now);
    }

    /// Somebody has waited in vain or went away; those who are gone make room.
    pub(super) fn gave_up(&mut self, wish: Wish, now: Instant) {
        let (queue, lanes) = (&mut self.queues[wish.class.index()], &mut self.lanes);
        queue.waiting.retain(|waiter| {
            let is_gone = waiter.grant.is_closed();
            if is_gone {
                lanes.waits_no_more(waiter.lane);
            }
            !is_gone
        });
        self.refused(wish, now);
        self.note_empty(wish.class);
    }

    pub(super) fn waiting_count(&self) -> usize {
        self.queues.iter().map(|queue| queue.waiting.len()).sum()
    }

    pub(super) fn standing(&self) -> Standing {
        Standing {
            limit_count: self.limit.count(),
            in_flight_count: self.in_flight,
            waiting_count: std::array::from_fn(|index| self.queues[index].waiting.len()),
        }
    }

    /// What follows from the time alone, and from places that came free.
    fn pass(&mut self, now: Instant) {
        self.limit.pass(now);
        if now >= self.pace_until {
            self.pace_until = now + PACE_OVER;
            for queue in &mut self.queues {
                queue.came_in = [queue.came_in[1], 0];
            }
        }
        for class in Class::ALL {
            self.turn_out(class, now);
        }
        self.let_in(now);
    }

    /// How many places a class may fill.
    fn share(&self, class: Class) -> u32 {
        (self.limit.count() * class.share_percent() / 100).max(1)
    }

    fn has_place(&self, wish: Wish) -> bool {
        let in_flight: u32 = self.in_flight.iter().sum();
        if wish.class == Class::Settle {
            return in_flight < self.limit.count().max(1);
        }
        let of_class = self.in_flight[wish.class.index()];
        let settling = self.in_flight[Class::Settle.index()];
        in_flight < self.limit.count().max(1)
            && of_class < self.share(wish.class)
            && in_flight - settling < self.share(Class::Hold)
            && !self.is_lane_full(wish)
    }

    /// Whether a property has as many holds under way as it may.
    fn is_lane_full(&self, Wish { class, lane }: Wish) -> bool {
        if class != Class::Hold || lane.is_none() {
            return false;
        }
        let waiting = self.queues[class.index()].waiting.len();
        let is_contended = waiting > self.lanes.waiting_count(lane);
        let part = if is_contended { LANE_PART_CONTENDED } else { LANE_PART };
        self.lanes.in_flight_count(lane) >= (self.share(class) / part).max(1)
    }

    fn has_chair(&self, Wish { class, lane }: Wish, now: Instant) -> bool {
        let max = self.waiting_max(class, now);
        let of_lane_max = (max / LANE_WAITING_PART).max(1);
        self.queues[class.index()].waiting.len() < max
            && (class != Class::Hold || self.lanes.waiting_count(lane) < of_lane_max)
    }

    fn came_in(&mut self, Wish { class, lane }: Wish) {
        self.in_flight[class.index()] += 1;
        self.queues[class.index()].came_in[1] += 1;
        self.lanes.came_in(lane);
    }

    /// Lets in who is next, as long as there are places for them.
    fn let_in(&mut self, now: Instant) {
        while let Some((class, index)) = self.next(now) {
            let Some(waiter) = self.queues[class.index()].waiting.remove(index) else { return };
            let wish = Wish { class, lane: waiter.lane };
            self.lanes.waits_no_more(wish.lane);
            if waiter.grant.send(()).is_ok() {
                self.turns.took(class);
                self.came_in(wish);
            }
            self.note_empty(class);
        }
    }

    /// Whoever is next of those who wait and for whom there is a place: who has a room already,
    /// then the classes by turns.
    fn next(&self, now: Instant) -> Option<(Class, usize)> {
        let of_class = |class| self.next_of(class, now).map(|index| (class, index));
        if let Some(index) = self.next_of(Class::Settle, now) {
            return Some((Class::Settle, index));
        }
        let others = Class::ALL[1..].iter().filter_map(|class| of_class(*class));
        others.min_by_key(|(class, _)| self.turns.order(*class))
    }

    fn next_of(&self, class: Class, now: Instant) -> Option<usize> {
        let queue = &self.queues[class.index()];
        match class {
            _ if queue.waiting.is_empty() => None,
            Class::Hold => self.next_hold(now),
            _ if !self.has_place(class.into()) => None,
            Class::Settle => Some(0),
            _ if self.is_overloaded(class, now) => Some(0),
            // The newest: who has waited long is about to give up.
            _ => Some(queue.waiting.len() - 1),
        }
    }

    /// The hold of whichever property has the fewest under way. Of those the newest, as who has
    /// waited long is about to give up; in an overload nobody waits long, and they come in turn.
    fn next_hold(&self, now: Instant) -> Option<usize> {
        let class = Class::Hold;
        if !self.has_place(class.into()) {
            return None;
        }
        let waiting = self.queues[class.index()].waiting.iter().enumerate();
        let open =
            waiting.filter(|(_, waiter)| !self.is_lane_full(Wish { class, lane: waiter.lane }));
        let load = |waiter: &Waiter| self.lanes.in_flight_count(waiter.lane);
        let next = match self.is_overloaded(class, now) {
            true => open.min_by_key(|(index, waiter)| (load(waiter), *index)),
            false => open.min_by_key(|(index, waiter)| (load(waiter), usize::MAX - index)),
        };
        next.map(|(index, _)| index)
    }

    /// Refuses those who have waited for longer than anybody may by now.
    fn turn_out(&mut self, class: Class, now: Instant) {
        if self.queues[class.index()].waiting.is_empty() {
            return;
        }
        let wait_max = self.wait_max(class, now);
        let mut turned_out = None;
        while let Some(oldest) = self.queues[class.index()].waiting.front() {
            let is_over = now >= oldest.until || now.duration_since(oldest.since) >= wait_max;
            if !is_over {
                break;
            }
            turned_out = Some(Wish { class, lane: oldest.lane });
            self.lanes.waits_no_more(oldest.lane);
            self.queues[class.index()].waiting.pop_front();
        }
        if let Some(wish) = turned_out {
            self.refused(wish, now);
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

    /// In an overload as many wait as come in while they wait.
    fn waiting_max(&self, class: Class, now: Instant) -> usize {
        match class {
            Class::Settle => WAITING_MAX,
            _ if self.is_overloaded(class, now) => {
                let came_in = self.queues[class.index()].came_in;
                let at_pace = came_in[0].max(came_in[1]) / PACE_PARTS;
                (at_pace as usize).clamp(WAITING_OVERLOADED_MIN, WAITING_MAX)
            }
            _ => WAITING_MAX,
        }
    }

    fn is_overloaded(&self, class: Class, now: Instant) -> bool {
        let queue = &self.queues[class.index()];
        let is_standing = |since: Instant| now.duration_since(since) >= WAIT_OF_BURST;
        queue.overloaded_until.is_some_and(|until| now < until)
            || queue.standing_since.is_some_and(is_standing)
    }

    /// Notes that somebody was refused. Where only their property has no place left, that is no
    /// overload of the class.
    fn refused(&mut self, wish: Wish, now: Instant) {
        if self.is_lane_full(wish) {
            return;
        }
        self.limit.reached();
        self.queues[wish.class.index()].overloaded_until = Some(now + OVERLOADED_FOR);
    }

    fn note_empty(&mut self, class: Class) {
        let queue = &mut self.queues[class.index()];
        if queue.waiting.is_empty() {
            queue.standing_since = None;
        }
    }
}
