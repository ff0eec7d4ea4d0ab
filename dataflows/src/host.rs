//! The host of a keeper: an operator that tells it the events of each epoch and, when nothing more
//! can come for the epoch, passes on what it tells.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use events::Minute;
use timely::container::CapacityContainerBuilder;
use timely::dataflow::StreamVec;
use timely::dataflow::channels::pact::{Exchange, Pipeline};
use timely::dataflow::operators::{Capability, Operator};

use crate::keeper::{Keeper, KeeperSize};
use crate::tidings::Local;
use crate::views::days::{Day, DayPassed};

#[cfg(test)]
mod tests;

/// How a view stands, on one worker or on all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// What it holds.
    pub size: KeeperSize,
    /// Events that it has heard since the start.
    pub events_count: u64,
    /// Rows that it has told since the start.
    pub changes_count: u64,
    /// How long it was busy since the start, over all workers.
    pub busy: Duration,
    /// Up to which minute it is complete.
    pub minute: Minute,
    /// When it last ended an epoch.
    pub closed_at: Option<Instant>,
    /// What the last day that began made it look at.
    pub day_passed: Option<DayPassed>,
}

impl Standing {
    fn add(&mut self, other: &Self) {
        self.size.keys_count += other.size.keys_count;
        self.size.held_count += other.size.held_count;
        self.events_count += other.events_count;
        self.changes_count += other.changes_count;
        self.busy += other.busy;
        self.minute = self.minute.max(other.minute);
        self.closed_at = self.closed_at.max(other.closed_at);
        self.day_passed = match (self.day_passed, other.day_passed) {
            (Some(one), Some(other)) => Some(one.and(other)),
            (one, other) => one.or(other),
        };
    }
}

/// How the views stand, by view and worker; looked at when somebody asks.
#[derive(Debug, Clone, Default)]
pub struct Standings(Arc<Mutex<BTreeMap<(&'static str, usize), Standing>>>);

impl Standings {
    fn set(&self, name: &'static str, worker: usize, standing: Standing) {
        // It is one value: no panic can leave it half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert((name, worker), standing);
    }

    /// How each view stands on all workers together.
    pub fn by_view(&self) -> BTreeMap<&'static str, Standing> {
        let mut sums = BTreeMap::<_, Standing>::new();
        let of_workers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for ((name, _), standing) in of_workers.iter() {
            sums.entry(*name).or_default().add(standing);
        }
        sums
    }
}

/// An epoch that is still open.
struct Open<Event> {
    capability: Capability<u64>,
    /// As they came: to put them into one place would be to copy them again and again.
    events: Vec<Vec<Local<Event>>>,
    minute: Option<Minute>,
}

/// A keeper with the epochs that it has not closed.
struct Hosted<K: Keeper> {
    keeper: K,
    open: BTreeMap<u64, Open<K::Event>>,
    standing: Standing,
    /// The day on which the process began: what it looked at then, it did not because of the day.
    first_day: Option<Day>,
}

impl<K: Keeper> Hosted<K> {
    fn new(keeper: K) -> Self {
        let (open, standing) = (BTreeMap::new(), Standing::default());
        Self { keeper, open, standing, first_day: None }
    }

    fn open(&mut self, capability: Capability<u64>) -> &mut Open<K::Event> {
        let open = |capability| Open { capability, events: Vec::new(), minute: None };
        self.open.entry(*capability.time()).or_insert_with(|| open(capability))
    }

    /// Closes a part of the first epoch, if nothing more can come for it, and tells with the
    /// epoch's capability; whether there is more to close.
    fn close_part(
        &mut self,
        is_complete: impl Fn(&u64) -> bool,
        tell: impl FnOnce(&Capability<u64>, &mut dyn FnMut(&mut dyn FnMut(K::Change))),
    ) -> bool {
        let Some(mut first) = self.open.first_entry().filter(|first| is_complete(first.key()))
        else {
            return false;
        };
        let (keeper, standing) = (&mut self.keeper, &mut self.standing);
        let Open { capability, events, minute } = first.get_mut();
        hear(keeper, events, standing);
        standing.minute = standing.minute.max(minute.unwrap_or_default());
        let mut is_closed = false;
        tell(capability, &mut |give| {
            is_closed = keeper.close_part(standing.minute, &mut |change| {
                standing.changes_count += 1;
                give(change);
            });
        });
        if is_closed {
            first.remove();
            standing.closed_at = Some(Instant::now());
            standing.size = keeper.size();
            if standing.minute > Minute::default() {
                let first = *self.first_day.get_or_insert(Day::at(standing.minute));
                standing.day_passed = keeper.day_passed().filter(|passed| passed.day > first);
            }
        }
        true
    }

    /// Hears what has come for the first epoch, if nothing more can come for one before: then it
    /// has not to wait, and a whole base never stands here.
    fn hear_first(&mut self, is_next: impl Fn(&u64) -> bool) {
        if let Some(mut first) = self.open.first_entry().filter(|first| is_next(first.key())) {
            hear(&mut self.keeper, &mut first.get_mut().events, &mut self.standing);
        }
    }
}

/// Tells a keeper what has come.
fn hear<K: Keeper>(
    keeper: &mut K,
    events: &mut Vec<Vec<Local<K::Event>>>,
    standing: &mut Standing,
) {
    for Local(event) in events.drain(..).flatten() {
        standing.events_count += 1;
        keeper.hear(event);
    }
}

/// Hosts a keeper on every worker. Events go to the worker that `route` names, in their order;
/// `minutes` says in which epochs the clock has moved and must reach every worker.
pub fn host<'scope, K>(
    (name, keeper): (&'static str, K),
    events: StreamVec<'scope, u64, Local<K::Event>>,
    minutes: StreamVec<'scope, u64, Local<Minute>>,
    route: impl Fn(&K::Event) -> u64 + 'static,
    standings: &Standings,
) -> StreamVec<'scope, u64, Local<K::Change>>
where
    K: Keeper + 'static,
    K::Event: Clone + Send + 'static,
    K::Change: Clone + 'static,
{
    let scope = events.scope();
    let worker = scope.index();
    let standings = standings.clone();
    let pact = Exchange::new(move |Local(event): &Local<K::Event>| route(event));
    events.binary_frontier::<_, CapacityContainerBuilder<Vec<Local<K::Change>>>, _, _, _, _>(
        minutes,
        pact,
        Pipeline,
        name,
        move |_capability, info| {
            let again = scope.activator_for(info.address);
            let mut hosted = Hosted::new(keeper);
            move |(events, events_frontier), (minutes, minutes_frontier), output| {
                // The order of arrival is the order of the log: `for_each` keeps it.
                events.for_each(|stamp, arrived| {
                    let Some(capability) = stamp.retain_least(0) else { return };
                    hosted.open(capability).events.push(std::mem::take(arrived));
                });
                minutes.for_each(|stamp, arrived| {
                    let Some(capability) = stamp.retain_least(0) else { return };
                    let minute = arrived.drain(..).map(|Local(minute)| minute).max();
                    hosted.open(capability).minute = minute;
                });
                if events_frontier.is_empty() {
                    // The inputs have ended: nothing that it would tell now is stored any more.
                    hosted.open.clear();
                }
                if hosted.open.is_empty() {
                    return;
                }
                let begun = Instant::now();
                let is_complete = |epoch: &u64| {
                    !events_frontier.less_equal(epoch) && !minutes_frontier.less_equal(epoch)
                };
                let has_told = hosted.close_part(is_complete, |capability, close| {
                    let mut session = output.session(capability);
                    close(&mut |change| session.give(Local(change)));
                });
                if has_told {
                    // Others take what was told before the next part, so that it never piles up.
                    again.activate();
                } else {
                    hosted.hear_first(|epoch| {
                        !events_frontier.less_than(epoch) && !minutes_frontier.less_than(epoch)
                    });
                }
                hosted.standing.busy += begun.elapsed();
                standings.set(name, worker, hosted.standing);
            }
        },
    )
}
