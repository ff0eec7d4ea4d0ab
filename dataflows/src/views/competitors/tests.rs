//! After every epoch the view equals a recomputation from all that was heard, however it was cut.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::keeper::testing::{Table, cuts, keep, random};

const OPTIONS: CompetitorsOptions =
    CompetitorsOptions { age_default_minutes: 100, age_max_minutes: 300 };

/// A record of the log, as far as this view is concerned.
#[derive(Debug, Clone)]
enum Step {
    Hear(CompetitorsEvent),
    Clock(i64),
}

#[derive(Debug, Default)]
struct Tables {
    rows: Table<CompetitorsKey, CompetitorsRow>,
    base: Table<CompetitorPriceKey, CompetitorPriceRow>,
}

impl Tables {
    fn keep(&mut self, change: CompetitorsChange) {
        match change {
            CompetitorsChange::Row(key, row) => keep(&mut self.rows, key, row),
            CompetitorsChange::Base(key, row) => keep(&mut self.base, key, row),
        }
    }
}

fn property(number: u32) -> PropertyId {
    PropertyId::new(&format!("property-{number}")).expect("an id")
}

fn currency(number: u32) -> Currency {
    ["EUR", "USD", "GBP"][number as usize % 3].parse().expect("a currency")
}

fn night(number: i32) -> Night {
    Night::from_number(10_000 + number).expect("a night")
}

fn rival(number: u32) -> RivalId {
    RivalId::new(&format!("rival-{number}")).expect("an id")
}

fn source(number: u32) -> SourceId {
    SourceId::new(&format!("source-{number}")).expect("an id")
}

/// What one source saw at `observed`, told at `stamp`, both in minutes.
fn seen(
    (of_property, of_rival, on_night, by): (u32, u32, i32, u32),
    observed: i64,
    stamp: i64,
    amount: Option<(i64, u32)>,
) -> CompetitorsEvent {
    let price =
        amount.map(|(amount_minor, number)| Money { amount_minor, currency: currency(number) });
    CompetitorsEvent::Seen {
        source: source(by),
        observed: Stamp(observed * 60_000),
        stamp: Stamp(stamp * 60_000),
        price: CompetitorPrice {
            property: property(of_property),
            rival: rival(of_rival),
            night: night(on_night),
            price,
        },
    }
}

/// A history in which sources are late, ahead, repeat themselves and contradict themselves.
fn history(random: &mut ChaCha8Rng) -> Vec<Step> {
    let mut clock = 1_000_000_i64;
    let mut steps: Vec<Step> = Vec::new();
    for _ in 0..random.random_range(1..150) {
        let step = match random.random_range(0..20) {
            0..3 => {
                clock += [1, 7, 60, 150, 400][random.random_range(0..5)];
                Step::Clock(clock)
            }
            3 => Step::Hear(CompetitorsEvent::Rules {
                property: property(random.random_range(0..2)),
                age_minutes: [None, Some(0), Some(20), Some(180), Some(9_000)]
                    [random.random_range(0..5)],
                rivals: [&[][..], &[], &[1], &[3, 0]][random.random_range(0..4)]
                    .iter()
                    .map(|number| rival(*number))
                    .collect(),
            }),
            4 => Step::Hear(CompetitorsEvent::Property {
                property: property(random.random_range(0..2)),
                currency: currency(random.random_range(0..3)),
            }),
            5..7 if !steps.is_empty() => steps[random.random_range(0..steps.len())].clone(),
            _ => {
                let observed = clock - [-90, -3, 0, 0, 5, 50, 250][random.random_range(0..7)];
                let stamp = clock - random.random_range(0..3);
                let key = (
                    random.random_range(0..2),
                    random.random_range(0..4),
                    random.random_range(0..2),
                    random.random_range(0..2),
                );
                let amount = (random.random_range(0..5) > 0)
                    .then(|| (random.random_range(-3..40), random.random_range(0..5)));
                Step::Hear(seen(key, observed, stamp, amount))
            }
        };
        // A repeated clock is one that does not move.
        steps.push(step);
    }
    steps
}

fn clock_of(steps: &[Step]) -> Minute {
    let clocks = steps.iter().filter_map(|step| match step {
        Step::Clock(minute) => Some(*minute),
        Step::Hear(_) => None,
    });
    Minute(clocks.max().unwrap_or(1_000_000))
}

/// The prices of one currency, naively.
fn recompute_prices(prices: &[Money], currency: Currency) -> Option<RivalPrices> {
    let amounts: Vec<i64> = prices
        .iter()
        .filter(|price| price.currency == currency)
        .map(|price| price.amount_minor)
        .collect();
    let minimum_minor = *amounts.iter().min()?;
    let mean = amounts.iter().sum::<i64>() as f64 / amounts.len() as f64;
    let average_minor = (mean + 0.5).floor() as i64;
    Some(RivalPrices { currency, average_minor, minimum_minor })
}

/// The view from the whole list of events: filter, sort, take the last.
fn recompute(steps: &[Step]) -> Table<CompetitorsKey, CompetitorsRow> {
    let now = clock_of(steps);
    let (mut rules, mut currencies) = (BTreeMap::new(), BTreeMap::new());
    let mut all = Vec::new();
    for step in steps {
        match step {
            Step::Hear(CompetitorsEvent::Rules { property, age_minutes, rivals }) => {
                let age = age_minutes.map_or(100, |minutes| i64::from(minutes.clamp(1, 300)));
                rules.insert(property.clone(), (age, rivals.clone()));
            }
            Step::Hear(CompetitorsEvent::Property { property, currency }) => {
                currencies.insert(property.clone(), *currency);
            }
            Step::Hear(CompetitorsEvent::Seen { source, observed, stamp, price }) => {
                let amount = price.price.map(|money| (money.currency, money.amount_minor));
                let version = (*observed, source.clone(), amount, (*observed).min(*stamp));
                all.push((price.clone(), version));
            }
            Step::Hear(CompetitorsEvent::Stored(..)) | Step::Clock(_) => {}
        }
    }
    all.retain(|(price, (.., moment))| {
        let (age, rivals) = rules.get(&price.property).cloned().unwrap_or((100, Vec::new()));
        let counts = rivals.is_empty() || rivals.contains(&price.rival);
        counts && moment.minute().0 > now.0 - age
    });
    all.sort_by(|left, right| left.1.cmp(&right.1));
    let mut latest = BTreeMap::new();
    for (price, _) in all {
        let key = CompetitorsKey { property: price.property, night: price.night };
        let rivals: &mut BTreeMap<RivalId, Option<Money>> = latest.entry(key).or_default();
        rivals.insert(price.rival, price.price);
    }
    let summary = |(key, rivals): (CompetitorsKey, BTreeMap<RivalId, Option<Money>>)| {
        let prices: Vec<Money> = rivals.values().filter_map(|price| *price).collect();
        let count =
            |currency: &Currency| prices.iter().filter(|price| price.currency == *currency).count();
        let mut codes: Vec<Currency> = prices.iter().map(|price| price.currency).collect();
        codes.sort_by_key(|currency| (std::cmp::Reverse(count(currency)), *currency));
        let currency = currencies.get(&key.property).copied().or(codes.first().copied());
        let own = currency.map_or(0, |currency| count(&currency));
        let row = CompetitorsRow {
            rivals_count: rivals.len() as u32,
            sold_out_count: (rivals.len() - prices.len()) as u32,
            foreign_count: (prices.len() - own) as u32,
            prices: currency.and_then(|currency| recompute_prices(&prices, currency)),
        };
        (key, row)
    };
    latest.into_iter().map(summary).collect()
}

/// A keeper as after a restart: from the base and from what the ledger's rows say again.
fn restart(tables: &Tables, steps: &[Step]) -> Competitors {
    let mut keeper = Competitors::new(OPTIONS);
    for step in steps {
        if let Step::Hear(
            event @ (CompetitorsEvent::Rules { .. } | CompetitorsEvent::Property { .. }),
        ) = step
        {
            keeper.hear(event.clone());
        }
    }
    for (key, row) in tables.base.iter().rev() {
        keeper.hear(CompetitorsEvent::Stored(key.clone(), row.clone()));
    }
    keeper
}

fn check(seed: u64) {
    let mut random = random(seed);
    let steps = history(&mut random);
    let mut keeper = Competitors::new(OPTIONS);
    let mut tables = Tables::default();
    let mut begin = 0;
    for end in cuts(&mut random, steps.len()) {
        for step in &steps[begin..end] {
            if let Step::Hear(event) = step {
                keeper.hear(event.clone());
            }
        }
        let now = clock_of(&steps[..end]);
        keeper.close(now, &mut |change| tables.keep(change));
        assert_eq!(tables.rows, recompute(&steps[..end]), "seed {seed}, {end} steps");
        assert_eq!(
            keeper.size().held_count,
            tables.base.values().map(|row| row.seen.len()).sum::<usize>()
        );
        keeper.close(now, &mut |change| panic!("seed {seed}: told twice: {change:?}"));
        if random.random_range(0..5) == 0 {
            keeper = restart(&tables, &steps[..end]);
            let mut again = Tables { base: tables.base.clone(), ..Tables::default() };
            keeper.close(now, &mut |change| again.keep(change));
            assert_eq!((&again.rows, &again.base), (&tables.rows, &tables.base), "seed {seed}");
        }
        begin = end;
    }
}

#[test]
fn it_equals_a_recomputation_after_every_epoch() {
    (0..3_000).for_each(check);
}

/// The rows after these steps in one epoch.
fn rows_of(steps: &[Step]) -> Vec<CompetitorsRow> {
    let mut keeper = Competitors::new(CompetitorsOptions::default());
    let mut tables = Tables::default();
    for step in steps {
        if let Step::Hear(event) = step {
            keeper.hear(event.clone());
        }
    }
    keeper.close(clock_of(steps), &mut |change| tables.keep(change));
    tables.rows.into_values().collect()
}

#[test]
fn what_is_too_old_is_missing_and_never_zero() {
    let at = 1_000_000;
    let price = Step::Hear(seen((0, 0, 0, 0), at, at, Some((9_900, 0))));
    let day = 24 * 60;
    let before = rows_of(&[price.clone(), Step::Clock(at + 2 * day - 1)]);
    assert_eq!(before.first().map(|row| row.rivals_count), Some(1));
    assert_eq!(rows_of(&[price, Step::Clock(at + 2 * day)]), vec![]);
}

#[test]
fn an_older_observation_never_overwrites_a_newer() {
    let at = 1_000_000;
    let newer = Step::Hear(seen((0, 0, 0, 0), at, at, Some((9_900, 0))));
    let older = Step::Hear(seen((0, 0, 0, 0), at - 5, at + 1, Some((100, 0))));
    let rows = rows_of(&[newer, older, Step::Clock(at + 1)]);
    assert_eq!(rows[0].prices.map(|prices| prices.minimum_minor), Some(9_900));
}

#[test]
fn one_that_is_sold_out_and_one_in_another_currency_are_counted_and_left_out() {
    let at = 1_000_000;
    let rows = rows_of(&[
        Step::Hear(seen((0, 0, 0, 0), at, at, Some((100, 0)))),
        Step::Hear(seen((0, 1, 0, 0), at, at, Some((201, 0)))),
        Step::Hear(seen((0, 2, 0, 0), at, at, Some((5, 1)))),
        Step::Hear(seen((0, 3, 0, 0), at, at, None)),
        Step::Clock(at),
    ]);
    let prices = RivalPrices { currency: currency(0), average_minor: 151, minimum_minor: 100 };
    let row = CompetitorsRow {
        rivals_count: 4,
        sold_out_count: 1,
        foreign_count: 1,
        prices: Some(prices),
    };
    assert_eq!(rows, vec![row]);
}
