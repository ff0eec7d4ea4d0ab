//! The host of a keeper: an operator that tells it the events of each epoch and, when nothing more
//! can come for the epoch, passes on what it tells.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use events::Minute;
use timely::container::CapacityContainerBuilder;
use timely::dataflow::StreamVec;
use timely::dataflow::channels::pact::{Exchange, Pipeline};
use timely::dataflow::operators::{Capability, Operator};

use crate::keeper::{Keeper, KeeperSize};
use crate::tidings::Local;

#[cfg(test)]
mod tests;

/// What the keepers hold, by view and worker; looked at when somebody asks.
#[derive(Debug, Clone, Default)]
pub struct Sizes(Arc<Mutex<BTreeMap<(&'static str, usize), KeeperSize>>>);

impl Sizes {
    fn set(&self, name: &'static str, worker: usize, size: KeeperSize) {
        // A size is one value: no panic can leave it half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert((name, worker), size);
    }

    /// What each view holds on all workers.
    pub fn by_view(&self) -> BTreeMap<&'static str, KeeperSize> {
        let mut sums = BTreeMap::<_, KeeperSize>::new();
        for ((name, _), size) in self.0.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            let sum = sums.entry(*name).or_default();
            sum.keys_count += size.keys_count;
            sum.held_count += size.held_count;
        }
        sums
    }
}

/// An epoch that is still open.
struct Open<Event> {
    capability: Capability<u64>,
    events: Vec<Event>,
    minute: Option<Minute>,
}

/// Hosts a keeper on every worker. Events go to the worker that `route` names, in their order;
/// `minutes` says in which epochs the clock has moved and must reach every worker.
pub fn host<'scope, K>(
    (name, mut keeper): (&'static str, K),
    events: StreamVec<'scope, u64, Local<K::Event>>,
    minutes: StreamVec<'scope, u64, Local<Minute>>,
    route: impl Fn(&K::Event) -> u64 + 'static,
    sizes: &Sizes,
) -> StreamVec<'scope, u64, Local<K::Change>>
where
    K: Keeper + 'static,
    K::Event: Clone + Send + 'static,
    K::Change: Clone + 'static,
{
    let worker = events.scope().index();
    let sizes = sizes.clone();
    let pact = Exchange::new(move |Local(event): &Local<K::Event>| route(event));
    events.binary_frontier::<_, CapacityContainerBuilder<Vec<Local<K::Change>>>, _, _, _, _>(
        minutes,
        pact,
        Pipeline,
        name,
        move |_capability, _info| {
            let mut open = BTreeMap::<u64, Open<K::Event>>::new();
            let mut now = Minute::default();
            move |(events, events_frontier), (minutes, minutes_frontier), output| {
                // The order of arrival is the order of the log: `for_each` keeps it.
                events.for_each(|stamp, arrived| {
                    let Some(capability) = stamp.retain_least(0) else { return };
                    let epoch = opened(&mut open, capability);
                    epoch.events.extend(arrived.drain(..).map(|Local(event)| event));
                });
                minutes.for_each(|stamp, arrived| {
                    let Some(capability) = stamp.retain_least(0) else { return };
                    let epoch = opened(&mut open, capability);
                    epoch.minute = arrived.drain(..).map(|Local(minute)| minute).max();
                });
                let is_complete = |epoch: &u64| {
                    !events_frontier.less_equal(epoch) && !minutes_frontier.less_equal(epoch)
                };
                while let Some(first) = open.first_entry().filter(|first| is_complete(first.key()))
                {
                    let Open { capability, events, minute } = first.remove();
                    events.into_iter().for_each(|event| keeper.hear(event));
                    now = minute.map_or(now, |minute| now.max(minute));
                    let mut session = output.session(&capability);
                    keeper.close(now, &mut |change| session.give(Local(change)));
                    sizes.set(name, worker, keeper.size());
                }
            }
        },
    )
}

fn opened<Event>(
    open: &mut BTreeMap<u64, Open<Event>>,
    capability: Capability<u64>,
) -> &mut Open<Event> {
    let epoch = *capability.time();
    open.entry(epoch).or_insert_with(|| Open { capability, events: Vec::new(), minute: None })
}
