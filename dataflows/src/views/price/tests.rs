//! The view equals a slow recomputation after every epoch, a restart tells the same rows, more
//! demand never lowers a price and a rival's cut never raises it.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeMap;

use models::calendar;
use models::pricing::{self, Cell, Competitors, EventImpacts, EventKind, Factor, LEAD_EDGES_DAYS};
use rand::Rng as _;
use rand::seq::SliceRandom as _;

use super::*;
use crate::views::histories::take;
use crate::views::occupancy::{
    Figures, NightOccupancy, OccupancyKey, OccupancyOf, OccupancyRow, Window,
};
use crate::views::pace::{PaceKey, PaceOf, PaceRow};

mod sense;
mod speed;
mod world;

use world::World;

type Rows = BTreeMap<PriceKey, PriceRow>;

/// Everything that was heard last; what is gone is none.
#[derive(Debug, Clone, Default)]
struct Facts {
    properties: BTreeMap<PropertyId, (Option<Country>, Option<MarketId>)>,
    plans: BTreeMap<(PropertyId, u16), (Vec<RoomTypeId>, Money)>,
    policies: BTreeMap<PropertyId, [Option<Arc<PricingPolicy>>; 2]>,
    rivals: BTreeMap<(PropertyId, Night), Option<Competitors>>,
    demand: BTreeMap<(PropertyId, Night), Option<Searches>>,
    market_demand: BTreeMap<(MarketId, Night), Option<Searches>>,
    market_events: BTreeMap<(MarketId, Night), Option<EventImpacts>>,
    pace: BTreeMap<PaceKey, Option<PaceRow>>,
    occupancy: BTreeMap<OccupancyKey, Option<OccupancyRow>>,
}

impl Facts {
    fn note(&mut self, event: PriceEvent) {
        match event {
            PriceEvent::Property { property, country, market } => {
                self.properties.insert(property, (country, market));
            }
            PriceEvent::RatePlan { property, ordinal, room_types, base_price } => {
                self.plans.insert((property, ordinal), (room_types, base_price));
            }
            PriceEvent::Policies { property, active, candidate } => {
                self.policies.insert(property, [active, candidate]);
            }
            PriceEvent::Rivals(property, night, row) => {
                self.rivals.insert((property, night), row);
            }
            PriceEvent::Demand(property, night, row) => {
                self.demand.insert((property, night), row);
            }
            PriceEvent::MarketDemand(market, night, row) => {
                self.market_demand.insert((market, night), row);
            }
            PriceEvent::MarketEvents(market, night, row) => {
                self.market_events.insert((market, night), row);
            }
            PriceEvent::Pace(key, row) => {
                self.pace.insert(key, row);
            }
            PriceEvent::Occupancy(key, row) => {
                self.occupancy.insert(key, row);
            }
        }
    }

    /// All of it again, as after a restart: without what is gone.
    fn events(&self) -> Vec<PriceEvent> {
        let mut events = Vec::new();
        for (property, (country, market)) in &self.properties {
            let (property, country, market) = (property.clone(), *country, market.clone());
            events.push(PriceEvent::Property { property, country, market });
        }
        for ((property, ordinal), (room_types, base_price)) in &self.plans {
            events.push(PriceEvent::RatePlan {
                property: property.clone(),
                ordinal: *ordinal,
                room_types: room_types.clone(),
                base_price: *base_price,
            });
        }
        for (property, [active, candidate]) in &self.policies {
            let (property, active, candidate) =
                (property.clone(), active.clone(), candidate.clone());
            events.push(PriceEvent::Policies { property, active, candidate });
        }
        let there = |(property, night): &(PropertyId, Night)| (property.clone(), *night);
        for (key, row) in self.rivals.iter().filter(|(_, row)| row.is_some()) {
            let (property, night) = there(key);
            events.push(PriceEvent::Rivals(property, night, *row));
        }
        for (key, row) in self.demand.iter().filter(|(_, row)| row.is_some()) {
            let (property, night) = there(key);
            events.push(PriceEvent::Demand(property, night, *row));
        }
        for ((market, night), row) in self.market_demand.iter().filter(|(_, row)| row.is_some()) {
            events.push(PriceEvent::MarketDemand(market.clone(), *night, *row));
        }
        for ((market, night), row) in self.market_events.iter().filter(|(_, row)| row.is_some()) {
            events.push(PriceEvent::MarketEvents(market.clone(), *night, *row));
        }
        for (key, row) in self.pace.iter().filter(|(_, row)| row.is_some()) {
            events.push(PriceEvent::Pace(key.clone(), *row));
        }
        for (key, row) in self.occupancy.iter().filter(|(_, row)| row.is_some()) {
            events.push(PriceEvent::Occupancy(key.clone(), *row));
        }
        events
    }

    fn permille(&self, of: OccupancyOf, night: Night) -> Option<u32> {
        match self.occupancy.get(&OccupancyKey { of, night: Some(night) })? {
            Some(OccupancyRow::Night(row)) => row.permille,
            _ => None,
        }
    }

    fn is_touched(&self, property: &PropertyId, night: Night) -> bool {
        let own = (property.clone(), night);
        let of = OccupancyOf::Property(property.clone());
        let has_pace = self.pace.iter().any(|(key, row)| {
            key.property == *property && key.of == PaceOf::Night(night) && row.is_some()
        });
        has_pace
            || self.rivals.get(&own).copied().flatten().is_some()
            || self.demand.get(&own).copied().flatten().is_some()
            || self
                .occupancy
                .get(&OccupancyKey { of, night: Some(night) })
                .copied()
                .flatten()
                .is_some()
    }

    fn pace(
        &self,
        property: &PropertyId,
        room_type: Option<&RoomTypeId>,
        night: Night,
        lead: u16,
    ) -> Option<u32> {
        let row = |of| {
            let key = PaceKey { property: property.clone(), room_type: room_type.cloned(), of };
            self.pace.get(&key).copied().flatten().unwrap_or_default()
        };
        let books = row(PaceOf::Night(night));
        let known = [
            row(PaceOf::Lead(lead)).mean_milli.unwrap_or(0),
            1000 * u64::from(books.year_before.unwrap_or(0)),
        ];
        let known: Vec<u64> = known.into_iter().filter(|milli| *milli > 0).collect();
        let expected = known.iter().sum::<u64>().checked_div(known.len() as u64);
        // A mean of two is rounded up.
        let expected =
            expected? + u64::from(known.len() == 2 && known.iter().sum::<u64>() % 2 == 1);
        Some((u64::from(books.on_the_books) * 1_000_000 / expected) as u32)
    }

    fn features(
        &self,
        policy: &PricingPolicy,
        property: &PropertyId,
        room_type: &RoomTypeId,
        (night, today): (Night, Day),
    ) -> Features {
        let (country, market) = self.properties.get(property).cloned().unwrap_or_default();
        let is_weekend = policy.weekend.days(country).contains(calendar::weekday(night));
        let ahead = today.days_to(night.number());
        let lead = LEAD_EDGES_DAYS.into_iter().rev().find(|edge| i32::from(*edge) <= ahead.max(0));
        let own = (property.clone(), night);
        let own = self.demand.get(&own).copied().flatten();
        let there = |market: MarketId| (market, night);
        let around = market.clone().map(there);
        let searched =
            around.as_ref().and_then(|key| self.market_demand.get(key)).copied().flatten();
        let of = OccupancyOf::Property(property.clone());
        let week = match self.occupancy.get(&OccupancyKey { of: of.clone(), night: None }) {
            Some(Some(OccupancyRow::Figures(figures))) => figures.week,
            _ => Window::default(),
        };
        let rate = match (week.cancelled_permille, week.cancellations) {
            (Some(rate), _) => rate,
            (None, 0) => 0,
            (None, _) => 1000,
        };
        let market_occupancy = market
            .map(|market| self.permille(OccupancyOf::Market(market), night).unwrap_or(0) as u16);
        let lead = lead.unwrap();
        let pace = self.pace(property, Some(room_type), night, lead);
        Features {
            searches_7d: Some(
                own.unwrap_or_default().searches_7d.max(searched.unwrap_or_default().searches_7d),
            ),
            look_to_book_ppm: own
                .and_then(|own| own.look_to_book_ppm)
                .or(searched.and_then(|of| of.look_to_book_ppm)),
            pace_permille: pace.or_else(|| self.pace(property, None, night, lead)),
            occupancy_permille: Some(self.permille(of.clone(), night).unwrap_or(0) as u16),
            market_occupancy_permille: market_occupancy,
            competitors: self.rivals.get(&(property.clone(), night)).copied().flatten(),
            events: around
                .and_then(|key| self.market_events.get(&key).copied().flatten())
                .unwrap_or_default(),
            cancellation_rate_permille: policy
                .curves
                .get(&Factor::CancellationRate)
                .is_some_and(|curve| curve.weight_permille > 0)
                .then_some(rate as u16),
            occupancy_last_year_permille: (night.number() - 364 < today.0 - 1)
                .then(|| self.permille(of, night.plus(-364)))
                .flatten()
                .map(|share| share as u16),
            ..Features::of_night(night, ahead, is_weekend, None)
        }
        .bucketed()
    }

    fn recompute(&self, now: Minute) -> Rows {
        let today = Day::at(now);
        let mut rows = Rows::new();
        for property in names().map(|id| PropertyId::new(id).unwrap()) {
            let built_in = Some(Arc::new(PricingPolicy::default()));
            let [active, candidate] = self.policies.get(&property).cloned().unwrap_or_default();
            let branches = [(Branch::Active, active.or(built_in)), (Branch::Candidate, candidate)];
            for number in today.0 - 1..today.0 + 900 {
                let night = Night::from_number(number).unwrap();
                if !self.is_touched(&property, night) {
                    continue;
                }
                for (branch, policy) in &branches {
                    let Some(policy) = policy else { continue };
                    for room_type in ["double", "twin"].map(|id| RoomTypeId::new(id).unwrap()) {
                        let plans =
                            (0..9).filter_map(|plan| self.plans.get(&(property.clone(), plan)));
                        let mut selling = plans.filter(|(sold, _)| sold.contains(&room_type));
                        let Some((_, base)) = selling.next() else { continue };
                        let features = self.features(policy, &property, &room_type, (night, today));
                        let key = PriceKey {
                            property: property.clone(),
                            branch: *branch,
                            room_type,
                            night,
                        };
                        rows.insert(key, priced(policy, night, *base, features));
                    }
                }
            }
        }
        rows
    }
}

fn priced(policy: &PricingPolicy, night: Night, base: Money, features: Features) -> PriceRow {
    let priced = pricing::price(policy, &Cell::new(base, night), &features);
    let average = features.competitors.and_then(|rivals| rivals.average);
    let average = average.filter(|average| average.currency == base.currency);
    PriceRow {
        base: priced.base,
        price_minor: priced.price.amount_minor,
        multiplier_ppm: priced.multiplier_ppm,
        confidence_permille: priced.confidence_permille,
        position_permille: average
            .map(|average| (1000 * priced.price.amount_minor / average.amount_minor) as u32),
        policy_version: policy.version,
        features,
    }
}

fn names() -> [&'static str; 3] {
    ["grand", "inn", "lodge"]
}

#[test]
fn it_equals_a_slow_recomputation_after_every_epoch() {
    let (mut seen, mut candidates, mut paced) = (0, 0, 0);
    for seed in 0..10 {
        let mut world = World::new(seed);
        let (mut keeper, mut rows, mut facts) = (Price::default(), Rows::new(), Facts::default());
        for _ in 0..80 {
            for _ in 0..world.random.random_range(1..8) {
                let event = world.happen();
                facts.note(event.clone());
                keeper.hear(event);
            }
            let now = world.pass();
            take(&mut keeper, now, &mut rows);
            assert_eq!(rows, facts.recompute(now), "seed {seed}");
            assert_eq!(take(&mut keeper, now, &mut rows), 0, "told again");
            seen += rows.len();
            candidates += rows.keys().filter(|key| key.branch == Branch::Candidate).count();
            paced += rows.values().filter(|row| row.features.pace_permille > Some(0)).count();
            if world.random.random_ratio(1, 8) {
                let mut events = facts.events();
                events.shuffle(&mut world.random);
                let (mut fresh, mut again) = (Price::default(), Rows::new());
                events.into_iter().for_each(|event| fresh.hear(event));
                take(&mut fresh, now, &mut again);
                assert_eq!(again, rows, "seed {seed}");
            }
        }
    }
    assert!(seen > 10_000 && candidates > 2_000 && paced > 1_000, "{seen} {candidates} {paced}");
}

#[test]
fn what_is_said_of_a_market_reaches_only_those_who_have_the_night() {
    let mut keeper = Price::default();
    let mut rows = Rows::new();
    let mut world = World::new(1);
    let night = |ahead: i32| Night::from_number(Day::at(Minute(world.minute)).0 + ahead).unwrap();
    let (near, far) = (night(5), night(6));
    for number in 0..100 {
        let property = PropertyId::new(&format!("h{number}")).unwrap();
        let market = MarketId::new(if number < 10 { "rome" } else { "oslo" }).unwrap();
        let (country, market) = (None, Some(market));
        keeper.hear(PriceEvent::Property { property: property.clone(), country, market });
        keeper.hear(PriceEvent::RatePlan {
            property: property.clone(),
            ordinal: 0,
            room_types: vec![RoomTypeId::new("double").unwrap()],
            base_price: world.money(),
        });
        let touched = if number % 2 == 0 { near } else { far };
        let searches = Searches { searches_7d: 1, look_to_book_ppm: None };
        keeper.hear(PriceEvent::Demand(property, touched, Some(searches)));
    }
    assert_eq!(take(&mut keeper, Minute(world.minute), &mut rows), 100);
    let searches = Searches { searches_7d: 500, look_to_book_ppm: None };
    let rome = MarketId::new("rome").unwrap();
    keeper.hear(PriceEvent::MarketDemand(rome.clone(), near, Some(searches)));
    assert_eq!(take(&mut keeper, Minute(world.minute), &mut rows), 5);
    // In the same bucket: nobody's features are others.
    let searches = Searches { searches_7d: 501, look_to_book_ppm: None };
    keeper.hear(PriceEvent::MarketDemand(rome, near, Some(searches)));
    assert_eq!(take(&mut keeper, Minute(world.minute), &mut rows), 0);
    // From five and six days ahead everybody comes into another bucket; then they are past it.
    world.minute += 1440;
    assert_eq!(take(&mut keeper, Minute(world.minute), &mut rows), 100);
    assert_eq!(keeper.day_passed().unwrap().touched_count, 100);
}
