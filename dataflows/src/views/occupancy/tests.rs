//! The view equals a slow recomputation after every epoch, however the epochs are cut, and a
//! restart tells the same rows.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeMap;

use events::{BookingId, Stay, Supply};
use rand::Rng as _;
use rand::seq::SliceRandom as _;

use super::*;
use crate::views::histories::{Step, World, take};

type Rows = BTreeMap<OccupancyKey, OccupancyRow>;
type Place = (PropertyId, RoomTypeId);

/// Everything that was heard last, as the ledger has it.
#[derive(Default)]
struct Books {
    bookings: BTreeMap<BookingId, Booked>,
    supply: BTreeMap<Place, Vec<SupplyRange>>,
    sold: BTreeMap<(Place, Night), u16>,
    markets: BTreeMap<PropertyId, Option<MarketId>>,
}

impl Books {
    fn note(&mut self, event: OccupancyEvent) {
        match event {
            OccupancyEvent::Booked(booked) => {
                self.bookings.insert(booked.booking, booked);
            }
            OccupancyEvent::Supply(property, room_type, ranges) => {
                self.supply.insert((property, room_type), ranges);
            }
            OccupancyEvent::Sold(property, room_type, night, sold) => {
                self.sold.insert(((property, room_type), night), sold);
            }
            OccupancyEvent::Market(property, market) => {
                self.markets.insert(property, market);
            }
        }
    }

    /// All of it again, as after a restart.
    fn events(&self) -> Vec<OccupancyEvent> {
        let bookings = self.bookings.values().cloned().map(OccupancyEvent::Booked);
        let supply = self.supply.iter().map(|((property, room_type), ranges)| {
            OccupancyEvent::Supply(property.clone(), room_type.clone(), ranges.clone())
        });
        let sold = self.sold.iter().map(|(((property, room_type), night), sold)| {
            OccupancyEvent::Sold(property.clone(), room_type.clone(), *night, *sold)
        });
        let markets = self
            .markets
            .iter()
            .map(|(property, market)| OccupancyEvent::Market(property.clone(), market.clone()));
        bookings.chain(supply).chain(sold).chain(markets).collect()
    }

    fn rooms(&self, is_of: impl Fn(&PropertyId) -> bool, night: i32) -> u64 {
        let of = self.supply.iter().filter(|((property, _), _)| is_of(property));
        let ranges = of.flat_map(|(_, ranges)| ranges);
        let on = ranges.filter(|range| range.nights.nights().any(|one| one.number() == night));
        on.map(|range| u64::from(range.supply.physical.saturating_sub(range.supply.blocked))).sum()
    }

    fn sold(&self, is_of: impl Fn(&PropertyId) -> bool, night: i32) -> u64 {
        let of = self.sold.iter().filter(|(((property, _), _), _)| is_of(property));
        of.filter(|((_, one), _)| one.number() == night).map(|(_, sold)| u64::from(*sold)).sum()
    }

    fn night(&self, is_of: impl Fn(&PropertyId) -> bool, night: i32) -> Option<OccupancyRow> {
        let (rooms, sold) = (self.rooms(&is_of, night), self.sold(&is_of, night));
        let permille = (rooms > 0).then(|| (1000 * sold / rooms.max(1)) as u32);
        (sold > 0).then_some(OccupancyRow::Night(NightOccupancy { rooms, sold, permille }))
    }

    fn window(&self, property: &PropertyId, today: i32, days: i32) -> Window {
        let is_of = |of: &PropertyId| of == property;
        let bookings = || self.bookings.values().filter(|booked| is_of(&booked.property));
        let made = bookings().filter(|booked| booked.made_on().0 > today - days).count() as u32;
        let is_cancelled = |booked: &&Booked| {
            let made = booked.made_on();
            let days_of: Option<Vec<Day>> =
                booked.lines.iter().map(|line| line.cancelled_on(made)).collect();
            days_of.is_some_and(|all| all.into_iter().max().unwrap().0 > today - days)
        };
        let cancelled = bookings().filter(is_cancelled).count() as u32;
        let nights = || today - days..today;
        let rooms: u64 = nights().map(|night| self.rooms(is_of, night)).sum();
        let sold: u64 = nights().map(|night| self.sold(is_of, night)).sum();
        let mut revenue = 0;
        for line in bookings().flat_map(|booked| &booked.lines) {
            let nights = line.stay.nights().filter(|night| nights().contains(&night.number()));
            if line.cancelled.is_none() {
                let price = line.night_price_minor.unwrap_or(0);
                revenue += nights.count() as i64 * i64::from(line.rooms) * price;
            }
        }
        Window {
            bookings: made,
            cancellations: cancelled,
            cancelled_permille: (made > 0).then(|| (1000 * cancelled / made.max(1)).min(1000)),
            occupancy_permille: (rooms > 0).then(|| (1000 * sold / rooms.max(1)) as u32),
            revenue_per_room_minor: (rooms > 0).then(|| revenue / rooms.max(1) as i64),
        }
    }

    fn price_trend(&self, property: &PropertyId, today: i32) -> Option<u32> {
        let (mut price, mut nights) = ([0_i128; 2], [0_i128; 2]);
        for booked in self.bookings.values().filter(|booked| booked.property == *property) {
            let week = match today - booked.made_on().0 {
                ..7 => 0,
                7..14 => 1,
                _ => continue,
            };
            for line in &booked.lines {
                let Some(each) = line.night_price_minor else { continue };
                let count = i128::from(line.rooms) * i128::from(line.stay.nights_count());
                price[week] += count * i128::from(each);
                nights[week] += count;
            }
        }
        let (last, before) = (price[0] * nights[1], price[1] * nights[0]);
        (last > 0 && before > 0).then(|| (1000 * last / before.max(1)) as u32)
    }

    fn figures(&self, property: &PropertyId, today: i32) -> Option<OccupancyRow> {
        let (week, month) = (self.window(property, today, 7), self.window(property, today, 30));
        let sold: u64 =
            (today - 30..today).map(|night| self.sold(|of| of == property, night)).sum();
        let is_quiet = (month.bookings, month.cancellations, sold) == (0, 0, 0);
        let price_trend_7d_permille = self.price_trend(property, today);
        let figures = Figures { week, month, price_trend_7d_permille };
        (!is_quiet).then_some(OccupancyRow::Figures(figures))
    }

    fn recompute(&self, now: Minute) -> Rows {
        let today = Day::at(now).0;
        let mut rows = Rows::new();
        let mut nights: Vec<i32> = self.sold.keys().map(|(_, night)| night.number()).collect();
        nights.sort_unstable();
        nights.dedup();
        nights.retain(|night| *night >= today - 366);
        let mut put = |of: OccupancyOf, night: Option<i32>, row: Option<OccupancyRow>| {
            let night = night.map(|night| Night::from_number(night).unwrap());
            row.map(|row| rows.insert(OccupancyKey { of, night }, row));
        };
        for property in ["grand", "inn"].map(|id| PropertyId::new(id).unwrap()) {
            let of = OccupancyOf::Property(property.clone());
            for night in &nights {
                put(of.clone(), Some(*night), self.night(|of| *of == property, *night));
            }
            put(of, None, self.figures(&property, today));
        }
        for market in ["rome", "oslo"].map(|id| MarketId::new(id).unwrap()) {
            let is_of = |property: &PropertyId| {
                self.markets.get(property).cloned().flatten() == Some(market.clone())
            };
            for night in &nights {
                let of = OccupancyOf::Market(market.clone());
                put(of, Some(*night), self.night(is_of, *night));
            }
        }
        rows
    }
}

/// Something that happens to a property besides its bookings.
fn happen(world: &mut World) -> OccupancyEvent {
    let property = if world.random.random_ratio(1, 2) { "grand" } else { "inn" };
    let room_type = if world.random.random_ratio(1, 2) { "double" } else { "twin" };
    let (property, room_type) =
        (PropertyId::new(property).unwrap(), RoomTypeId::new(room_type).unwrap());
    let today = Day::at(Minute(world.minute)).0;
    let night = |days: i32| Night::from_number(today + days).unwrap();
    match world.random.random_range(0..8) {
        0 => {
            let market = ["rome", "oslo", "-"][world.random.random_range(0..3)];
            let market = (market != "-").then(|| MarketId::new(market).unwrap());
            OccupancyEvent::Market(property, market)
        }
        1 | 2 => {
            let mut from = world.random.random_range(-60..20);
            let mut ranges = Vec::new();
            for _ in 0..world.random.random_range(0..4) {
                let to = from + world.random.random_range(1..60);
                let nights = Stay::new(night(from), night(to)).unwrap();
                let (physical, blocked) =
                    (world.random.random_range(0..12), world.random.random_range(0..3));
                let supply = Supply { physical, blocked, allowance: 2 };
                ranges.push(SupplyRange { nights, supply });
                from = to + world.random.random_range(0..5);
            }
            OccupancyEvent::Supply(property, room_type, ranges)
        }
        _ => {
            let night = night(world.random.random_range(-45..60));
            let sold = world.random.random_range(0..8_u16).saturating_sub(2);
            OccupancyEvent::Sold(property, room_type, night, sold)
        }
    }
}

#[test]
fn it_equals_a_slow_recomputation_after_every_epoch() {
    let (mut markets, mut trends, mut figures) = (0, 0, 0);
    for seed in 0..20 {
        let mut world = World::new(seed);
        let (mut keeper, mut rows, mut books) =
            (Occupancy::default(), Rows::new(), Books::default());
        for _ in 0..150 {
            let count = world.random.random_range(1..4);
            let mut steps = world.history(count);
            if world.random.random_ratio(3, 4) {
                // Most things happen close to each other.
                steps.retain(|step| matches!(step, Step::Heard(_)));
                world.minute += world.random.random_range(0..1200);
            }
            let heard = steps.into_iter().filter_map(|step| match step {
                Step::Heard(booked) => Some(OccupancyEvent::Booked(booked)),
                Step::Closed(_) => None,
            });
            let mut events: Vec<_> = heard.collect();
            events.extend((0..world.random.random_range(0..6)).map(|_| happen(&mut world)));
            for event in events {
                books.note(event.clone());
                keeper.hear(event);
            }
            let now = Minute(world.minute);
            take(&mut keeper, now, &mut rows);
            assert_eq!(rows, books.recompute(now), "seed {seed}");
            assert_eq!(take(&mut keeper, now, &mut rows), 0, "told again");
            for (key, row) in &rows {
                markets += usize::from(matches!(key.of, OccupancyOf::Market(_)));
                if let OccupancyRow::Figures(row) = row {
                    figures += 1;
                    trends += usize::from(row.price_trend_7d_permille.is_some());
                }
            }
            if world.random.random_ratio(1, 10) {
                let mut events = books.events();
                events.shuffle(&mut world.random);
                let (mut fresh, mut again) = (Occupancy::default(), Rows::new());
                events.into_iter().for_each(|event| fresh.hear(event));
                take(&mut fresh, now, &mut again);
                assert_eq!(again, rows, "seed {seed}");
                assert_eq!(fresh.size().keys_count, keeper.size().keys_count);
            }
        }
    }
    assert!(markets > 300 && trends > 30 && figures > 300, "{markets} {trends} {figures}");
}

#[test]
fn a_passing_day_looks_only_at_properties_with_anything_in_a_window() {
    let mut keeper = Occupancy::default();
    let today = 10_000;
    let minute = |day: i32| Minute((i64::from(day) + 10_957) * 1440);
    let double = RoomTypeId::new("double").unwrap();
    for number in 0..1000 {
        let property = PropertyId::new(&format!("h{number}")).unwrap();
        let nights =
            Stay::new(Night::from_number(today).unwrap(), Night::from_number(today + 700).unwrap());
        let supply = Supply { physical: 10, blocked: 0, allowance: 0 };
        let ranges = vec![SupplyRange { nights: nights.unwrap(), supply }];
        keeper.hear(OccupancyEvent::Supply(property.clone(), double.clone(), ranges));
        if number < 30 {
            let night = Night::from_number(today + 3).unwrap();
            keeper.hear(OccupancyEvent::Sold(property, double.clone(), night, 1));
        }
    }
    let mut rows = Rows::new();
    take(&mut keeper, minute(today), &mut rows);
    for days in 1..60 {
        take(&mut keeper, minute(today + days), &mut rows);
        // The night leaves the last window on its thirty-first day, which is looked at once more.
        let touched = if days <= 34 { 30 } else { 0 };
        assert_eq!(keeper.day_passed().unwrap().touched_count, touched, "{days}");
    }
}
