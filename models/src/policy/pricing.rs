//! What a document says of prices.

use std::collections::{BTreeMap, BTreeSet};

use events::Currency;

use super::document::{Item, Section};
use crate::calendar::{Country, DAY_NAMES, MONTH_NAMES, Weekdays};
use crate::pricing::{
    AMOUNT_MINOR_MAX, Bounds, Curve, CurveError, Direction, EFFECT_PERMILLE_MAX, Factor,
    LEAD_EDGES_DAYS, POINTS_COUNT_MAX, ParityMode, PricingPolicy, Season, Tier, Tiers, Weighted,
};

const NAME_CHARS_MAX: usize = 64;
const SEASONS_COUNT_MAX: usize = 256;
const TIERS_COUNT_MAX: usize = 256;
const ENDINGS_COUNT_MAX: usize = 16;
const RIVALS_COUNT_MAX: usize = 64;
const NAMES_COUNT_MAX: usize = 300;
const STEP_MINOR_MAX: i64 = 1_000_000_000;
const VALUE_MAX: i64 = 1_000_000_000;
const WEIGHT_MAX: i64 = 10_000;
const AGE_MINUTES_MAX: i64 = 366 * 24 * 60;
const STAY_NIGHTS_MAX: i64 = 730;

const CURRENCY: &str = "a code of ISO 4217 such as \"EUR\"";

const RISING: &str = "an effect at least that of the point before: more of this is more demand, \
                      which never lowers a price";
const FALLING: &str = "an effect at most that of the point before: more of this is less demand, \
                       which never raises a price";

const MODES: &[(&str, ParityMode)] =
    &[("off", ParityMode::Off), ("warn", ParityMode::Warn), ("enforce", ParityMode::Enforce)];

/// The policy: what is built in, changed by what the document says.
pub(super) fn policy(root: &Section<'_>) -> PricingPolicy {
    let mut policy = PricingPolicy::default();
    if let Some(section) = root.section("bounds") {
        bounds(&section, &mut policy);
    }
    if let Some(section) = root.section("factors") {
        factors(&section, &mut policy.curves);
    }
    if let Some(sections) = root.sections("tiers", TIERS_COUNT_MAX) {
        policy.tiers = tiers(&sections);
    }
    if let Some(sections) = root.sections("seasons", SEASONS_COUNT_MAX) {
        policy.seasons = seasons(&sections);
    }
    if let Some(section) = root.section("parity") {
        parity(&section, &mut policy);
    }
    if let Some(section) = root.section("competitors") {
        competitors(&section, &mut policy);
    }
    if let Some(section) = root.section("weekend") {
        weekend(&section, &mut policy);
    }
    if let Some(section) = root.section("confidence") {
        confidence(&section, &mut policy);
    }
    policy
}

fn bounds(section: &Section<'_>, policy: &mut PricingPolicy) {
    section.whole("floor_permille", 0..=1_000_000, &mut policy.relative.floor_permille);
    section.whole("ceiling_permille", 0..=1_000_000, &mut policy.relative.ceiling_permille);
    if policy.relative.floor_permille > policy.relative.ceiling_permille {
        let least = policy.relative.ceiling_permille;
        section.fault("the floor is above the ceiling", format!("a floor up to {least}"));
    }
    for (currency, section) in section.section("currencies").iter().flat_map(currencies) {
        let amount = |key: &str| section.whole_if_any::<i64>(key, 0..=AMOUNT_MINOR_MAX);
        let (floor_minor, ceiling_minor) = (amount("floor_minor"), amount("ceiling_minor"));
        if let (Some(floor), Some(ceiling)) = (floor_minor, ceiling_minor)
            && floor > ceiling
        {
            section.fault("the floor is above the ceiling", format!("a floor up to {ceiling}"));
        }
        section.finish();
        policy.absolute.insert(currency, Bounds { floor_minor, ceiling_minor });
    }
    section.finish();
}

/// The tables of a table whose keys are currencies.
fn currencies<'a>(section: &Section<'a>) -> Vec<(Currency, Section<'a>)> {
    let entries = section.entries(NAMES_COUNT_MAX).into_iter();
    let read = |(key, item): (&str, Item<'a>)| Some((currency(key, &item)?, item.section()?));
    entries.filter_map(read).collect()
}

/// A key that is a currency.
pub(super) fn currency(key: &str, item: &Item<'_>) -> Option<Currency> {
    let read = key.parse().ok();
    if read.is_none() {
        item.fault("the key is not a currency", CURRENCY);
    }
    read
}

fn factors(section: &Section<'_>, curves: &mut BTreeMap<Factor, Weighted>) {
    for factor in Factor::ALL.iter().copied().filter(|factor| *factor != Factor::Season) {
        let Some(section) = section.section(factor.name()) else { continue };
        let built_in = curves.get(&factor);
        let mut weight_permille = built_in.map_or(1000, |weighted| weighted.weight_permille);
        section.whole("weight_permille", 0..=WEIGHT_MAX, &mut weight_permille);
        let read = match factor {
            Factor::Weekday => named_points(&section, &DAY_NAMES),
            Factor::Month => named_points(&section, &MONTH_NAMES),
            Factor::Weekend | Factor::Holiday => flag_points(&section),
            _ => section.get("curve").and_then(|item| curve(&item, factor.direction())),
        };
        section.finish();
        match read.or_else(|| built_in.map(|weighted| weighted.curve.clone())) {
            Some(curve) => {
                curves.insert(factor, Weighted { curve, weight_permille });
            }
            None if section.get("curve").is_none() => section.fault(
                "there is no curve, and none is built in",
                "`curve` with points such as [[0, 0], [1000, 50]]",
            ),
            // A curve that is wrong has said so.
            None => {}
        }
    }
    section.finish();
}

fn effect(section: &Section<'_>, key: &str) -> Option<i32> {
    let most = i64::from(EFFECT_PERMILLE_MAX);
    section.whole_if_any(key, -most..=most)
}

/// A point for each name, of no effect where none is said.
fn named_points(section: &Section<'_>, names: &[&str]) -> Option<Curve> {
    let points = names.iter().map(|name| effect(section, name).unwrap_or_default());
    Curve::new((1..).zip(points).collect()).ok()
}

fn flag_points(section: &Section<'_>) -> Option<Curve> {
    let effect = effect(section, "effect_permille")?;
    Curve::new(vec![(0, 0), (1, effect)]).ok()
}

fn curve(item: &Item<'_>, direction: Direction) -> Option<Curve> {
    let items = item.list(1..=POINTS_COUNT_MAX)?;
    let most = i64::from(EFFECT_PERMILLE_MAX);
    let point = |item: &Item<'_>| {
        let pair = item.list(2..=2)?;
        Some((pair[0].whole(0..=VALUE_MAX)?, pair[1].whole(-most..=most)?))
    };
    let points: Vec<Option<(i64, i32)>> = items.iter().map(point).collect();
    // A point that is wrong by itself has been told; what follows would speak of others.
    let points: Vec<(i64, i32)> = points.into_iter().collect::<Option<_>>()?;
    let curve = match Curve::new(points) {
        Ok(curve) => curve,
        Err(CurveError::Order(index) | CurveError::Effect(index)) => {
            items[index].fault("the value is not above that of the point before", "rising values");
            return None;
        }
        Err(CurveError::Count) => return None,
    };
    let (wrong, allowed) = match direction {
        Direction::Rising => (curve.first_fall(), RISING),
        Direction::Falling => (curve.first_rise(), FALLING),
        Direction::Free => (None, ""),
    };
    if let Some(index) = wrong {
        items[index].fault("the effect goes the wrong way", allowed);
        return None;
    }
    Some(curve)
}

fn tiers(sections: &[Section<'_>]) -> BTreeMap<Currency, Tiers> {
    let mut by_currency: BTreeMap<Currency, Vec<Tier>> = BTreeMap::new();
    for section in sections {
        let currency = section
            .require("currency", CURRENCY)
            .and_then(|item| item.named::<Currency>("a currency", CURRENCY));
        let mut from_minor = 0;
        section.whole("from_minor", 0..=AMOUNT_MINOR_MAX, &mut from_minor);
        let step = section.require("step_minor", "after how many minor units endings repeat");
        let step_minor = step.and_then(|item| item.whole(1..=STEP_MINOR_MAX));
        let endings = section.require("endings_minor", "a list of endings below the step");
        let endings = endings.and_then(|item| item.list(1..=ENDINGS_COUNT_MAX));
        let most = step_minor.unwrap_or(STEP_MINOR_MAX) - 1;
        let endings_minor: Option<Vec<i64>> = endings.and_then(|items| {
            let read: Vec<_> = items.iter().map(|item| item.whole(0..=most)).collect();
            read.into_iter().collect()
        });
        section.finish();
        let (Some(currency), Some(step_minor), Some(endings_minor)) =
            (currency, step_minor, endings_minor)
        else {
            continue;
        };
        let tiers = by_currency.entry(currency).or_default();
        if tiers.iter().any(|tier| tier.from_minor == from_minor) {
            let wrong = format!("another tier of {currency} begins at {from_minor}");
            section.fault(wrong, "one tier for each beginning");
        } else {
            tiers.push(Tier { from_minor, step_minor, endings_minor });
        }
    }
    let sorted = by_currency.into_iter().filter_map(|(currency, mut tiers)| {
        tiers.sort_by_key(|tier| tier.from_minor);
        Some((currency, Tiers::new(tiers)?))
    });
    sorted.collect()
}

fn seasons(sections: &[Section<'_>]) -> Vec<Season> {
    let (mut names, mut priorities) = (BTreeSet::new(), BTreeSet::new());
    let mut seasons = Vec::new();
    for section in sections {
        let season = season(section);
        section.finish();
        if !names.insert(season.name.clone()) && !season.name.is_empty() {
            section.fault(format!("another season is called `{}`", season.name), "another name");
        }
        if !priorities.insert(season.priority) {
            let wrong = format!("another season has priority {}", season.priority);
            section.fault(wrong, "one season for each priority, so that one of them holds");
        }
        seasons.push(season);
    }
    seasons.sort_by_key(|season| std::cmp::Reverse(season.priority));
    seasons
}

fn season(section: &Section<'_>) -> Season {
    let name = section.require("name", "a text of 1 to 64 characters");
    let name = name.and_then(|item| item.text(NAME_CHARS_MAX)).unwrap_or_default();
    let priority = section.require("priority", "a whole number; the highest that matches holds");
    let priority = priority.and_then(|item| item.whole(-1_000_000..=1_000_000)).unwrap_or_default();
    let adjustment = section.require("adjustment_permille", "thousandths of the base price");
    let most = i64::from(EFFECT_PERMILLE_MAX);
    let season = Season {
        first_night: section.get("first_night").and_then(|item| item.night()),
        last_night: section.get("last_night").and_then(|item| item.night()),
        weekdays: section.get("weekdays").and_then(|it| weekdays(&it)).unwrap_or(Weekdays::ALL),
        lead_days_from: lead_edge(section, "lead_days_from"),
        lead_days_before: lead_edge(section, "lead_days_before"),
        stay_nights_min: section.whole_if_any("stay_nights_min", 1..=STAY_NIGHTS_MAX),
        stay_nights_max: section.whole_if_any("stay_nights_max", 1..=STAY_NIGHTS_MAX),
        adjustment_permille: adjustment.and_then(|it| it.whole(-most..=most)).unwrap_or_default(),
        ..Season::named(name, priority)
    };
    if season.first_night.zip(season.last_night).is_some_and(|(first, last)| first > last) {
        section.fault("the first night is after the last", "a first night up to the last");
    }
    if season.lead_days_from.zip(season.lead_days_before).is_some_and(|(from, to)| from >= to) {
        section.fault("`lead_days_from` is not below `lead_days_before`", "at least one bucket");
    }
    if season.stay_nights_min.zip(season.stay_nights_max).is_some_and(|(min, max)| min > max) {
        section.fault("`stay_nights_min` is above `stay_nights_max`", "at least one length");
    }
    season
}

/// A number of days at which a bucket begins: only there does a price change with time.
pub(super) fn lead_edge(section: &Section<'_>, key: &str) -> Option<u16> {
    let item = section.get(key)?;
    let days: u16 = item.whole(0..=365)?;
    if LEAD_EDGES_DAYS.contains(&days) {
        return Some(days);
    }
    let edges: Vec<String> = LEAD_EDGES_DAYS.iter().map(u16::to_string).collect();
    item.fault(format!("no bucket of days begins at {days}"), edges.join(", "));
    None
}

fn weekdays(item: &Item<'_>) -> Option<Weekdays> {
    let choices: Vec<(&str, u8)> = DAY_NAMES.into_iter().zip(1..).collect();
    let days: Vec<Option<u8>> =
        item.list(1..=7)?.iter().map(|item| item.choice(&choices)).collect();
    Some(days.into_iter().flatten().fold(Weekdays::default(), Weekdays::with))
}

fn parity(section: &Section<'_>, policy: &mut PricingPolicy) {
    if let Some(mode) = section.get("default").and_then(|item| item.choice(MODES)) {
        policy.parity.default = mode;
    }
    let markets = section.section("markets");
    for (key, item) in markets.iter().flat_map(|markets| markets.entries(NAMES_COUNT_MAX)) {
        match (key.parse(), item.choice(MODES)) {
            (Ok(market), Some(mode)) => {
                policy.parity.markets.insert(market, mode);
            }
            (Ok(_), None) => {}
            (Err(_), _) => item.fault("the key is not the id of a market", ID),
        }
    }
    section.finish();
}

/// What ids are made of.
pub(super) const ID: &str = "1 to 64 of the characters A-Z a-z 0-9 . _ ~ -";

fn competitors(section: &Section<'_>, policy: &mut PricingPolicy) {
    let rules = &mut policy.competitors;
    section.whole("age_max_minutes", 1..=AGE_MINUTES_MAX, &mut rules.age_max_minutes);
    section.whole("count_min", 1..=1000, &mut rules.count_min);
    if let Some(items) = section.get("rivals").and_then(|item| item.list(0..=RIVALS_COUNT_MAX)) {
        rules.rivals = items.iter().filter_map(|item| item.named("an id", ID)).collect();
    }
    section.finish();
}

fn weekend(section: &Section<'_>, policy: &mut PricingPolicy) {
    if let Some(days) = section.get("default").and_then(|item| weekdays(&item)) {
        policy.weekend.default = days;
    }
    let countries = section.section("countries");
    for (key, item) in countries.iter().flat_map(|it| it.entries(NAMES_COUNT_MAX)) {
        match (key.parse::<Country>(), weekdays(&item)) {
            (Ok(country), Some(days)) => {
                policy.weekend.countries.insert(country, days);
            }
            (Ok(_), None) => {}
            (Err(_), _) => {
                item.fault("the key is not a country", "two capital letters of ISO 3166-1")
            }
        }
    }
    section.finish();
}

fn confidence(section: &Section<'_>, policy: &mut PricingPolicy) {
    let confidence = &mut policy.confidence;
    section.whole("searches_half_count", 0..=1_000_000, &mut confidence.searches_half_count);
    section.whole("rivals_half_count", 0..=1_000_000, &mut confidence.rivals_half_count);
    if let Some(weights) = section.section("weights") {
        let measured = Factor::ALL.iter().filter(|factor| **factor != Factor::Season);
        let read = |factor: &Factor| {
            let weight = weights.whole_if_any(factor.name(), 0..=WEIGHT_MAX)?;
            Some((*factor, weight))
        };
        confidence.weights = measured.filter_map(read).collect();
        weights.finish();
    }
    section.finish();
}
