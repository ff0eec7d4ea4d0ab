//! The wiring of the keepers: which view hears what, and from whom; one paragraph a view.

use events::{Minute, PropertyId, Slot};
use ledger::RowChange;
use timely::dataflow::StreamVec;
use timely::dataflow::operators::Concatenate;
use timely::dataflow::operators::core::OkErr;
use timely::dataflow::operators::vec::Map;

use crate::host::{Standings, host};
use crate::keeper::{Keeper, KeeperSize};
use crate::tidings::{Local, Tiding};
use crate::view_rows::{ViewChange, ViewKey, ViewRow};
use crate::views::competitors::{
    Competitors, CompetitorsChange, CompetitorsEvent, CompetitorsOptions,
};
use crate::views::days::DayPassed;
use crate::views::demand::{Demand, DemandChange, DemandEvent, DemandOptions};
use crate::views::limit::{Limit, LimitEvent};
use crate::views::market_events::{MarketEvents, MarketEventsChange, MarketEventsEvent};
use crate::views::occupancy::{Occupancy, OccupancyEvent};
use crate::views::pace::{Pace, booked_of};
use crate::views::policies::{Policies, PolicyChange, PolicyEvent};
use crate::views::price::{Branch, Price, PriceEvent};

pub(crate) mod velocity;

/// Wires the keepers; the only place that knows them all. Gives what they tell.
pub(crate) fn wire<'scope>(
    tidings: StreamVec<'scope, u64, Local<Tiding>>,
    minutes: StreamVec<'scope, u64, Local<Minute>>,
    standings: &Standings,
) -> StreamVec<'scope, u64, Local<ViewChange>> {
    let scope = tidings.scope();
    let peers = scope.peers() as u64;

    // Pace hears bookings.
    let bookings = tidings.clone().flat_map(|Local(tiding)| tiding_of(&tiding, booked_of));
    let pace = ("pace", Pace::default());
    let pace = host(pace, bookings, minutes.clone(), |one| home(&one.property), standings);

    // Occupancy hears bookings, supply, sold nights and properties, and sums over markets, so that
    // it has one place.
    let of_ledger =
        tidings.clone().flat_map(|Local(tiding)| tiding_of(&tiding, OccupancyEvent::of));
    let occupancy = ("occupancy", Occupancy::default());
    let occupancy = host(occupancy, of_ledger, minutes.clone(), |_| 0, standings);

    // Policies hears what is staged and promoted, and tells who prices and limits.
    let of_ledger = tidings.clone().flat_map(|Local(tiding)| tiding_of(&tiding, PolicyEvent::of));
    let policies = ("policies", Policies::default());
    let policies =
        host(policies, of_ledger, minutes.clone(), |event| home(event.property()), standings);

    // Limit hears bookings, supply, links, rate plans and policies.
    let of_ledger = tidings.clone().flat_map(|Local(tiding)| tiding_of(&tiding, LimitEvent::of));
    let of_policies = policies.clone().flat_map(|Local(change)| match change {
        PolicyChange::Overbooking(property, [active, candidate]) => {
            Some(Local(LimitEvent::Policies { property, active, candidate }))
        }
        PolicyChange::Pricing(..) => None,
    });
    let of_ledger = scope.concatenate([of_ledger, of_policies]);
    let limit = ("limit", Limit::default());
    let limit = host(limit, of_ledger, minutes.clone(), |event| home(event.property()), standings);

    let signals = signals(&tidings, &minutes, &policies, standings);

    // Price hears properties, rate plans and policies, and what the other views tell.
    let of_ledger = tidings.clone().flat_map(|Local(tiding)| tiding_of(&tiding, PriceEvent::of));
    let of_pace = pace.clone().map(|Local((key, row))| Local(PriceEvent::Pace(key, row)));
    let of_occupancy =
        occupancy.clone().map(|Local((key, row))| Local(PriceEvent::Occupancy(key, row)));
    let of_policies = policies.flat_map(|Local(change)| match change {
        PolicyChange::Pricing(property, [active, candidate]) => {
            Some(Local(PriceEvent::Policies { property, active, candidate }))
        }
        PolicyChange::Overbooking(..) => None,
    });
    let heard = [of_ledger, of_policies, of_pace, of_occupancy, signals.to_price];
    let heard = scope.concatenate(heard);
    let heard = heard.flat_map(move |Local(event)| addressed(event, peers));
    let price = ("price", Everywhere(Price::default()));
    let price = host(price, heard, minutes.clone(), |(to, _)| *to, standings);

    // Velocity hears attempts.
    let velocity = velocity::wire(tidings, minutes, standings);

    scope.concatenate([
        signals.told,
        pace.map(|Local(change)| change_of(change, ViewKey::Pace, ViewRow::Pace)),
        occupancy.map(|Local(change)| change_of(change, ViewKey::Occupancy, ViewRow::Occupancy)),
        limit.map(|Local(((branch, key), row))| match branch {
            Branch::Active => change_of((key, row), ViewKey::Limit, ViewRow::Limit),
            Branch::Candidate => {
                change_of((key, row), ViewKey::LimitCandidate, ViewRow::LimitCandidate)
            }
        }),
        price.map(|Local(change)| change_of(change, ViewKey::Price, ViewRow::Price)),
        velocity,
    ])
}

/// What the views of signals tell.
struct OfSignals<'scope> {
    /// All of it.
    told: StreamVec<'scope, u64, Local<ViewChange>>,
    /// What of it prices hear.
    to_price: StreamVec<'scope, u64, Local<PriceEvent>>,
}

/// The views of signals.
fn signals<'scope>(
    tidings: &StreamVec<'scope, u64, Local<Tiding>>,
    minutes: &StreamVec<'scope, u64, Local<Minute>>,
    policies: &StreamVec<'scope, u64, Local<PolicyChange>>,
    standings: &Standings,
) -> OfSignals<'scope> {
    let scope = tidings.scope();

    // Competitors hears what is seen of rivals, the currencies of properties, and from the policies
    // in force which of what was seen counts.
    let seen = tidings.clone().flat_map(|Local(tiding)| CompetitorsEvent::of(&tiding).map(Local));
    let of_policies = policies.clone().flat_map(|Local(change)| match change {
        PolicyChange::Pricing(property, [active, _]) => {
            Some(Local(CompetitorsEvent::of_policy(property, active.as_deref())))
        }
        PolicyChange::Overbooking(..) => None,
    });
    let seen = scope.concatenate([seen, of_policies]);
    let competitors = ("competitors", Competitors::new(CompetitorsOptions::default()));
    let competitors =
        host(competitors, seen, minutes.clone(), |event| home(event.property()), standings);

    // Events of markets are few, and a source may move one to another market: they have one place.
    let seen = tidings.clone().flat_map(|Local(tiding)| MarketEventsEvent::of(&tiding).map(Local));
    let market_events = ("market_events", MarketEvents::new());
    let market_events = host(market_events, seen, minutes.clone(), |_| 0, standings);

    // Demand hears searches, bookings and markets; a search told twice may be told of two places,
    // so that it has one place.
    let heard = tidings.clone().flat_map(|Local(tiding)| DemandEvent::of(&tiding).map(Local));
    let demand = ("demand", Demand::new(DemandOptions::default()));
    let demand = host(demand, heard, minutes.clone(), |_| 0, standings);

    let competitors = split(competitors, CompetitorsChange::to_price);
    let market_events = split(market_events, MarketEventsChange::to_price);
    let demand = split(demand, DemandChange::to_price);
    let told = scope.concatenate([competitors.0, market_events.0, demand.0]);
    let to_price = scope.concatenate([competitors.1, market_events.1, demand.1]);
    OfSignals { told, to_price }
}

/// What a view of signals tells: all of it, and what prices hear. Its rows may be large, so that
/// they are moved on and not shared.
#[expect(clippy::result_large_err, reason = "it is no error: it says which way to go")]
fn split<'scope, C: Into<ViewChange> + 'static>(
    changes: StreamVec<'scope, u64, Local<C>>,
    to_price: fn(&C) -> Option<PriceEvent>,
) -> (StreamVec<'scope, u64, Local<ViewChange>>, StreamVec<'scope, u64, Local<PriceEvent>>) {
    let each = changes.flat_map(move |Local(change)| {
        let heard = to_price(&change).map(Err);
        heard.into_iter().chain([Ok(change.into())])
    });
    each.ok_err(|each| match each {
        Ok(change) => Ok(Local(change)),
        Err(event) => Err(Local(event)),
    })
}

/// What a row of the ledger says to a view.
fn tiding_of<T>(tiding: &Tiding, of: fn(&RowChange) -> Option<T>) -> Option<Local<T>> {
    if let Tiding::Row(change) = tiding { of(change).map(Local) } else { None }
}

/// The worker at which everything of a property comes together.
fn home(property: &PropertyId) -> u64 {
    Slot::of(property).number().into()
}

/// What is about a property goes to its home, what is about a market to everybody.
fn addressed(event: PriceEvent, peers: u64) -> impl Iterator<Item = Local<(u64, PriceEvent)>> {
    let (one, all) = match event.property().map(home) {
        Some(home) => (Some(Local((home, event))), None),
        None => (None, Some(event)),
    };
    let copies = move |event: PriceEvent| (0..peers).map(move |to| Local((to, event.clone())));
    one.into_iter().chain(all.into_iter().flat_map(copies))
}

fn change_of<K, R>(
    (key, row): (K, Option<R>),
    key_of: fn(K) -> ViewKey,
    row_of: fn(R) -> ViewRow,
) -> Local<ViewChange> {
    Local((key_of(key), row.map(row_of)))
}

/// A keeper of which some events are heard on every worker: each says where it is to be heard.
#[derive(Debug)]
struct Everywhere<K>(K);

impl<K: Keeper> Keeper for Everywhere<K> {
    type Event = (u64, K::Event);
    type Change = K::Change;

    fn hear(&mut self, (_, event): Self::Event) {
        self.0.hear(event);
    }

    fn close(&mut self, now: Minute, tell: &mut dyn FnMut(K::Change)) {
        self.0.close(now, tell);
    }

    fn close_part(&mut self, now: Minute, tell: &mut dyn FnMut(K::Change)) -> bool {
        self.0.close_part(now, tell)
    }

    fn size(&self) -> KeeperSize {
        self.0.size()
    }

    fn day_passed(&self) -> Option<DayPassed> {
        self.0.day_passed()
    }
}
