//! What a price must not do, whatever has happened: fall with demand, rise with a rival's cut, or
//! be another for a night that was touched without a trace.

use super::*;

/// Rows of a fresh keeper that hears those facts.
fn rows_of(facts: &Facts, now: Minute) -> Rows {
    let (mut keeper, mut rows) = (Price::default(), Rows::new());
    facts.events().into_iter().for_each(|event| keeper.hear(event));
    take(&mut keeper, now, &mut rows);
    rows
}

fn a_world(seed: u64) -> (World, Facts, Minute) {
    let mut world = World::new(seed);
    let mut facts = Facts::default();
    for property in names().map(|id| PropertyId::new(id).unwrap()) {
        let plan = world.plan(property);
        facts.note(plan);
    }
    for _ in 0..world.random.random_range(5..80) {
        facts.note(world.happen());
    }
    let now = world.pass();
    (world, facts, now)
}

/// More of the same demand than before, somewhere.
fn more_demand(world: &mut World, facts: &mut Facts) -> bool {
    let more = world.random.random_range(1..50);
    match world.random.random_range(0..5) {
        0 => facts.demand.values_mut().flatten().for_each(|row| row.searches_7d += more),
        1 => facts.market_demand.values_mut().flatten().for_each(|row| row.searches_7d += more),
        2 => facts.pace.values_mut().flatten().for_each(|row| {
            let is_usual = *row == PaceRow { mean_milli: row.mean_milli, ..PaceRow::default() };
            row.on_the_books += if is_usual { 0 } else { more };
        }),
        3 => {
            let today = Day::at(Minute(world.minute)).0;
            for (key, row) in &mut facts.occupancy {
                let is_ahead = key.night.is_some_and(|night| night.number() >= today - 1);
                if let (true, Some(OccupancyRow::Night(row))) = (is_ahead, row) {
                    row.permille = row.permille.map(|permille| permille + more);
                }
            }
        }
        _ => {
            // A first search or sale where there was none.
            let (property, night) = (world.property(), world.night());
            let searches = Searches { searches_7d: more, look_to_book_ppm: None };
            if night.number() < Day::at(Minute(world.minute)).0 - 1 {
                return false;
            }
            let row = facts.demand.entry((property.clone(), night)).or_default();
            row.get_or_insert(searches);
            let permille = Some(more);
            let row = OccupancyRow::Night(NightOccupancy { rooms: 10, sold: 1, permille });
            let of = OccupancyOf::Property(property);
            let key = OccupancyKey { of, night: Some(night) };
            facts.occupancy.entry(key).or_default().get_or_insert(row);
        }
    }
    true
}

#[test]
fn more_demand_never_lowers_a_price() {
    let (mut compared, mut raised) = (0, 0);
    for seed in 0..400 {
        let (mut world, mut facts, now) = a_world(seed);
        let before = rows_of(&facts, now);
        if !more_demand(&mut world, &mut facts) {
            continue;
        }
        let after = rows_of(&facts, now);
        for (key, row) in &before {
            let later = &after[key];
            assert!(later.price_minor >= row.price_minor, "seed {seed}: {key:?} {row:?} {later:?}");
            compared += 1;
            raised += usize::from(later.price_minor > row.price_minor);
        }
    }
    assert!(compared > 2_500 && raised > 120, "{compared} {raised}");
}

#[test]
fn a_rivals_cut_never_raises_a_price() {
    let (mut compared, mut lowered) = (0, 0);
    for seed in 0..400 {
        let (mut world, mut facts, now) = a_world(seed);
        let before = rows_of(&facts, now);
        let cut = world.random.random_range(1..2_500);
        for rivals in facts.rivals.values_mut().flatten() {
            for price in [&mut rivals.average, &mut rivals.minimum].into_iter().flatten() {
                price.amount_minor -= cut.min(price.amount_minor);
            }
        }
        let after = rows_of(&facts, now);
        for (key, row) in &before {
            let later = &after[key];
            assert!(later.price_minor <= row.price_minor, "seed {seed}: {key:?} {row:?} {later:?}");
            compared += 1;
            lowered += usize::from(later.price_minor < row.price_minor);
        }
    }
    assert!(compared > 2_500 && lowered > 120, "{compared} {lowered}");
}

#[test]
fn a_night_that_nobody_touched_has_the_price_that_a_touch_without_a_trace_would_tell() {
    let mut compared = 0;
    for seed in 0..300 {
        let (mut world, mut facts, now) = a_world(seed);
        let today = Day::at(now);
        let property = world.property();
        let night = Night::from_number(today.0 + world.random.random_range(0..40)).unwrap();
        if facts.is_touched(&property, night) {
            continue;
        }
        // Bookings of which nothing is on the books any more, and that nobody made a year ago.
        let room_type = world.room_type();
        let key = PaceKey {
            property: property.clone(),
            room_type: Some(room_type.clone()),
            of: PaceOf::Night(night),
        };
        facts.note(PriceEvent::Pace(key, Some(PaceRow { pickup_1d: -1, ..PaceRow::default() })));
        let rows = rows_of(&facts, now);
        let key = PriceKey {
            property: property.clone(),
            branch: Branch::Active,
            room_type: room_type.clone(),
            night,
        };
        let Some(row) = rows.get(&key) else { continue };
        let (country, market) = facts.properties.get(&property).cloned().unwrap_or_default();
        let around = |market: MarketId| MarketNight {
            searches: facts.market_demand.get(&(market.clone(), night)).copied().flatten(),
            occupancy: facts.permille(OccupancyOf::Market(market.clone()), night),
            events: facts.market_events.get(&(market, night)).copied().flatten(),
        };
        let usual = |(key, row): (&PaceKey, &Option<PaceRow>)| {
            let PaceOf::Lead(days) = key.of else { return None };
            let kind = key.room_type.as_ref().map(|id| u16::from(*id != room_type));
            let mean = row.as_ref()?.mean_milli?;
            (key.property == property).then_some((kind, days, mean))
        };
        let of = OccupancyOf::Property(property.clone());
        let usual = Usual {
            country,
            has_market: market.is_some(),
            cancellation_rate_permille: row.features.cancellation_rate_permille.unwrap_or(0),
            books_milli: facts.pace.iter().filter_map(usual).collect(),
        };
        let [policy, _] = facts.policies.get(&property).cloned().unwrap_or_default();
        let untouched = price_of_untouched(
            &policy.unwrap_or_default(),
            (&usual, &market.map(around).unwrap_or_default()),
            (night, today),
            (0, row.base),
            facts.permille(of, night.plus(-364)),
        );
        assert_eq!(&untouched, row, "seed {seed}");
        compared += 1;
    }
    assert!(compared > 50, "{compared}");
}
