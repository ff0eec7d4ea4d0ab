//! What an event costs with so many properties touched: run it by name, with `--ignored`.

use std::time::Instant;

use super::*;

/// A hundred thousand properties with three touched nights each, then a stream of changes.
#[test]
#[ignore = "a measurement: it prints nanoseconds per event"]
fn nanoseconds_per_event() {
    for properties in [10_000_u32, 100_000, 1_000_000] {
        measure(properties, properties / 500);
    }
}

fn measure(properties: u32, markets: u32) {
    const EVENTS: u32 = 1_000_000;
    let mut world = World::new(7);
    let now = Minute(world.minute);
    let today = Day::at(now).0;
    let mut keeper = Price::default();
    let property = |number: u32| PropertyId::new(&format!("hotel-{number}")).unwrap();
    let market = |number: u32| MarketId::new(&format!("market-{number}")).unwrap();
    let night = |ahead: i32| Night::from_number(today + ahead).unwrap();
    let euro = |amount_minor: i64| Money { amount_minor, currency: "EUR".parse().unwrap() };
    let rooms = ["double", "twin"].map(|id| RoomTypeId::new(id).unwrap());
    for number in 0..properties {
        let (property, market) = (property(number), Some(market(number % markets)));
        keeper.hear(PriceEvent::Property { property: property.clone(), country: None, market });
        let (room_types, base_price) = (rooms.to_vec(), euro(12_000));
        let (ordinal, of) = (0, property.clone());
        keeper.hear(PriceEvent::RatePlan { property: of, ordinal, room_types, base_price });
        for _ in 0..3 {
            let searches = Searches { searches_7d: 3, look_to_book_ppm: None };
            let ahead = world.random.random_range(0..120);
            keeper.hear(PriceEvent::Demand(property.clone(), night(ahead), Some(searches)));
        }
    }
    let mut told = 0_u64;
    let started = Instant::now();
    keeper.close(now, &mut |_| told += 1);
    let first = started.elapsed();
    let (mut hearing, mut closing, mut changes) = (0, 0, 0_u64);
    let mut events = Vec::new();
    for _ in 0..EVENTS / 500 {
        events.extend((0..500).map(|_| {
            let property = property(world.random.random_range(0..properties));
            let ahead = night(world.random.random_range(0..120));
            match world.random.random_range(0..100) {
                0..70 => {
                    let searches_7d = world.random.random_range(1..40);
                    let searches = Searches { searches_7d, look_to_book_ppm: None };
                    PriceEvent::Demand(property, ahead, Some(searches))
                }
                70..90 => PriceEvent::Rivals(property, ahead, Some(world.rivals())),
                90..95 => world.pace(property, ahead),
                95..99 => {
                    let permille = Some(world.share());
                    let row = NightOccupancy { rooms: 10, sold: 3, permille };
                    let of = OccupancyOf::Property(property);
                    let key = OccupancyKey { of, night: Some(ahead) };
                    PriceEvent::Occupancy(key, Some(OccupancyRow::Night(row)))
                }
                _ => {
                    let market = market(world.random.random_range(0..markets));
                    PriceEvent::MarketDemand(market, ahead, Some(world.searches()))
                }
            }
        }));
        let started = Instant::now();
        events.drain(..).for_each(|event| keeper.hear(event));
        hearing += started.elapsed().as_nanos();
        let started = Instant::now();
        keeper.close(now, &mut |_| changes += 1);
        closing += started.elapsed().as_nanos();
    }
    println!(
        "{properties} properties, {markets} markets: {told} rows at first in {} ms; then \
         {EVENTS} events: {} ns to hear, {} ns to price and tell, {changes} rows told",
        first.as_millis(),
        hearing / u128::from(EVENTS),
        closing / u128::from(EVENTS),
    );
    let started = Instant::now();
    keeper.close(now.plus(1440), &mut |_| {});
    println!("a passing day: {:?} in {} ms", keeper.day_passed(), started.elapsed().as_millis());
}
