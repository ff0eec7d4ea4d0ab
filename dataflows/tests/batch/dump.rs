//! A log and what the keepers tell of it, as JSON lines. Ids need no escaping.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{Display, Write as _};
use std::path::Path;
use std::sync::Arc;

use dataflows::Keeper;
use dataflows::views::competitors::{
    Competitors, CompetitorsChange, CompetitorsEvent, CompetitorsOptions,
};
use dataflows::views::demand::{Demand, DemandChange, DemandEvent, DemandOptions};
use dataflows::views::limit::Limit;
use dataflows::views::market_events::{MarketEvents, MarketEventsChange, MarketEventsEvent};
use dataflows::views::occupancy::{Occupancy, OccupancyEvent};
use dataflows::views::pace::Pace;
use dataflows::views::price::{Price, PriceEvent};
use dataflows::views::velocity::attempts::Told;
use dataflows::views::velocity::{
    AttemptKey, AttemptRow, IdentityKind, Velocity, VelocityChange, VelocityEvent, VelocityKey,
    network,
};
use events::{Attempt, Minute, Observation, Signal};
use models::pricing::{CompetitorRules, PricingPolicy, RelativeBounds};

use crate::log::{Record, Rules};

mod limit;
mod rows;
mod said;

/// The files, by name.
#[derive(Debug, Default)]
pub struct Dump {
    files: BTreeMap<&'static str, String>,
    /// What was told since the position before, by file and key; `None` where the row is gone.
    told: BTreeMap<(&'static str, String), Option<String>>,
    /// Each attempt as it was told last.
    attempts: BTreeMap<AttemptKey, AttemptRow>,
    identities: BTreeSet<(&'static str, String)>,
}

const FILES: &[&str] = &[
    "positions",
    "properties",
    "supply",
    "plans",
    "rules",
    "overbooking",
    "links",
    "searches",
    "prices",
    "fairs",
    "attempts",
    "bookings",
    "competitors",
    "market_events",
    "demand",
    "pace",
    "occupancy",
    "price",
    "limit",
    "velocity",
    "identities",
    "features",
];

/// The keepers, and the clock.
struct Keepers {
    competitors: Competitors,
    market_events: MarketEvents,
    demand: Demand,
    pace: Pace,
    occupancy: Occupancy,
    price: Price,
    limit: Limit,
    velocity: Velocity,
    heard: u64,
    now: Minute,
}

impl Keepers {
    fn new() -> Self {
        Self {
            competitors: Competitors::new(CompetitorsOptions::default()),
            market_events: MarketEvents::new(),
            demand: Demand::new(DemandOptions::default()),
            pace: Pace::default(),
            occupancy: Occupancy::default(),
            price: Price::default(),
            limit: Limit::default(),
            velocity: Velocity::default(),
            heard: 0,
            now: Minute(0),
        }
    }

    fn hear(&mut self, record: Record) {
        self.heard += 1;
        if let Some(event) = limit::event(&record) {
            self.limit.hear(event);
        }
        match record {
            Record::Tick(stamp) => self.now = self.now.max(stamp.minute()),
            Record::Property { property, market, currency } => {
                let currency = currency.parse().expect("a currency");
                let named = property.clone();
                self.competitors.hear(CompetitorsEvent::Property { property: named, currency });
                self.occupancy.hear(OccupancyEvent::Market(property.clone(), market.clone()));
                let (named, country) = (property.clone(), None);
                let event =
                    PriceEvent::Property { property: named, country, market: market.clone() };
                self.price.hear(event);
                self.demand.hear(DemandEvent::Property { property, market });
            }
            Record::Supply { property, room_type, ranges } => {
                self.occupancy.hear(OccupancyEvent::Supply(property, room_type, ranges));
            }
            Record::Sold { property, room_type, night, sold } => {
                self.occupancy.hear(OccupancyEvent::Sold(property, room_type, night, sold));
            }
            Record::RatePlan { property, ordinal, room_types, base_price } => {
                let plan = PriceEvent::RatePlan { property, ordinal, room_types, base_price };
                self.price.hear(plan);
            }
            Record::Rules { property, rules } => {
                let Rules { minutes, rivals, .. } = rules.clone();
                let (age_minutes, named) = (Some(minutes), property.clone());
                let counts = CompetitorsEvent::Rules { property: named, age_minutes, rivals };
                self.competitors.hear(counts);
                let active = Some(Arc::new(policy(rules)));
                self.price.hear(PriceEvent::Policies { property, active, candidate: None });
            }
            // Limits alone hear of these.
            Record::Overbooking { .. } | Record::Link { .. } => {}
            Record::Search { source, observed, stamp, search } => {
                self.demand.hear(DemandEvent::Search { source, observed, stamp, search });
            }
            Record::Price { source, observed, stamp, price } => {
                self.competitors.hear(CompetitorsEvent::Seen { source, observed, stamp, price });
            }
            Record::Fair { source, observed, stamp, event } => {
                let seen = MarketEventsEvent::Seen { source, observed, stamp, event };
                self.market_events.hear(seen);
            }
            Record::Attempt { source, observed, stamp, attempt } => {
                let (producer, sequence, signal) = (0, self.heard, Signal::Attempt(attempt));
                let seen = Observation { producer, sequence, source, observed, stamp, signal };
                let told = Told::new(self.heard, Arc::new(seen)).expect("it is an attempt");
                self.velocity.hear(VelocityEvent::Told(Box::new(told)));
            }
            Record::Booking(booked) => {
                let standing = booked.lines.iter().filter(|line| line.cancelled.is_none());
                let stays = standing.map(|line| line.stay).collect();
                let (booking, property) = (booked.booking, booked.property.clone());
                let stamp = booked.made;
                self.demand.hear(DemandEvent::Booking { booking, property, stamp, stays });
                self.pace.hear(booked.clone());
                self.occupancy.hear(OccupancyEvent::Booked(booked));
            }
        }
    }

    /// Ends an epoch.
    fn close(&mut self, dump: &mut Dump) {
        let now = self.now;
        self.competitors.close(now, &mut |change| {
            let CompetitorsChange::Row(key, row) = change else { return };
            self.price.hear(PriceEvent::of_rivals(key.clone(), row));
            let row = row.as_ref().map(rows::competitors);
            dump.tell("competitors", rows::competitors_key(&key), row);
        });
        self.market_events.close(now, &mut |change| {
            let MarketEventsChange::Row(key, row) = change else { return };
            self.price.hear(PriceEvent::of_market_events(key.clone(), row));
            let row = row.as_ref().map(rows::market_events);
            dump.tell("market_events", rows::market_events_key(&key), row);
        });
        self.demand.close(now, &mut |change| {
            let DemandChange::Row(key, row) = change else { return };
            if let Some(event) = PriceEvent::of_demand(key.clone(), row.as_ref()) {
                self.price.hear(event);
            }
            dump.tell("demand", rows::demand_key(&key), row.as_ref().map(rows::demand));
        });
        self.pace.close(now, &mut |(key, row)| {
            self.price.hear(PriceEvent::Pace(key.clone(), row));
            dump.tell("pace", rows::pace_key(&key), row.as_ref().map(rows::pace));
        });
        self.occupancy.close(now, &mut |(key, row)| {
            self.price.hear(PriceEvent::Occupancy(key.clone(), row));
            dump.tell("occupancy", rows::occupancy_key(&key), row.as_ref().map(rows::occupancy));
        });
        // Prices hear what the others have told, and tell last.
        self.price.close(now, &mut |(key, row)| {
            dump.tell("price", rows::price_key(&key), row.as_ref().map(rows::price));
        });
        self.limit.close(now, &mut |(key, row)| {
            dump.tell("limit", limit::key(&key), row.as_ref().map(limit::row));
        });
        self.velocity.close(now, &mut |change| match change {
            VelocityChange::Row(key, row) => {
                dump.tell("velocity", rows::velocity_key(&key), row.as_ref().map(rows::velocity));
            }
            VelocityChange::Attempt(key, row) => {
                dump.attempts.extend(row.map(|row| (key, *row)));
            }
        });
    }
}

fn policy(rules: Rules) -> PricingPolicy {
    let Rules { version, minutes, rivals, count_min, floor_permille, ceiling_permille } = rules;
    PricingPolicy {
        version,
        relative: RelativeBounds { floor_permille, ceiling_permille },
        competitors: CompetitorRules { rivals, age_max_minutes: minutes, count_min },
        ..PricingPolicy::default()
    }
}

/// JSON of something that may be absent.
fn or_null(value: Option<impl Display>) -> String {
    value.map_or_else(|| "null".to_owned(), |value| value.to_string())
}

fn quoted(value: impl Display) -> String {
    format!("\"{value}\"")
}

impl Dump {
    /// Feeds the log to fresh keepers, closing at the cuts, which hold the positions.
    pub fn of(log: &[Record], cuts: &[usize], positions: &[usize]) -> Self {
        let files = FILES.iter().map(|name| (*name, String::new())).collect();
        let mut dump = Self { files, ..Self::default() };
        let mut keepers = Keepers::new();
        let mut begin = 0;
        for end in cuts {
            for (seq, record) in log.iter().enumerate().take(*end).skip(begin) {
                dump.record(seq, record);
                keepers.hear(record.clone());
            }
            keepers.close(&mut dump);
            if positions.contains(end) {
                let now = keepers.now.0;
                dump.line("positions", format_args!("\"position\":{end},\"now\":{now}"));
                dump.write_told(*end);
            }
            begin = *end;
        }
        dump.write_attempts();
        dump
    }

    /// Adds a row that nobody told: a comparison that does not see it is none.
    pub fn tamper(&mut self) {
        let row = "\"seq\":1,\"market\":\"market-9\",\"night\":9999,\"gone\":false,\"major\":1";
        self.line("market_events", row);
    }

    /// Writes the files anew.
    pub fn write(&self, folder: &Path) {
        std::fs::create_dir_all(folder).expect("the folder of the target is ours");
        for (name, text) in &self.files {
            std::fs::write(folder.join(format!("{name}.ndjson")), text).expect("it can be written");
        }
    }

    fn line(&mut self, file: &'static str, fields: impl Display) {
        let text = self.files.entry(file).or_default();
        writeln!(text, "{{{fields}}}").expect("a text grows as it must");
    }

    fn record(&mut self, seq: usize, record: &Record) {
        if let Record::Attempt { attempt, .. } = record {
            self.identities.extend(identities(attempt));
        }
        let said = said::said_of_hotels(record).or_else(|| said::said_of_limits(record));
        if let Some((file, fields)) = said.or_else(|| said::seen(record)) {
            self.line(file, format_args!("\"seq\":{seq},{fields}"));
        }
    }

    fn tell(&mut self, file: &'static str, key: String, row: Option<String>) {
        self.told.insert((file, key), row);
    }

    /// What was told since the position before, as it stands at this one.
    fn write_told(&mut self, position: usize) {
        for ((file, key), row) in std::mem::take(&mut self.told) {
            let gone = row.is_none();
            let row = row.map(|row| format!(",{row}")).unwrap_or_default();
            self.line(file, format_args!("\"seq\":{position},{key},\"gone\":{gone}{row}"));
        }
    }

    /// The identities that there were, and what was known of them before each attempt.
    fn write_attempts(&mut self) {
        for (name, text) in std::mem::take(&mut self.identities) {
            let kind = IdentityKind::ALL.into_iter().find(|kind| kind.name() == name);
            let key = rows::velocity_key(&VelocityKey::new(kind.expect("a kind"), &text));
            self.line("identities", format_args!("{key},\"text\":\"{text}\""));
        }
        for row in std::mem::take(&mut self.attempts).into_values() {
            for (kind, known) in IdentityKind::ALL.into_iter().zip(&row.features) {
                let Some(known) = known else { continue };
                let (source, id) = (&row.source, &row.attempt.id);
                let head = format!("\"source\":\"{source}\",\"id\":\"{id}\"");
                let kind = kind.name();
                let known = rows::velocity(known);
                self.line("features", format_args!("{head},\"kind\":\"{kind}\",{known}"));
            }
        }
    }
}

/// By what an attempt can be told to be of somebody.
fn identities(attempt: &Attempt) -> impl Iterator<Item = (&'static str, String)> {
    let text = |kind| match kind {
        IdentityKind::Guest => attempt.guest.as_ref().map(ToString::to_string),
        IdentityKind::Card => attempt.card.as_ref().map(ToString::to_string),
        IdentityKind::Email => attempt.email.as_ref().map(ToString::to_string),
        IdentityKind::Address => attempt.address.map(|address| address.to_string()),
        IdentityKind::Network => attempt.address.map(network),
        IdentityKind::Device => attempt.device.as_ref().map(ToString::to_string),
    };
    IdentityKind::ALL.into_iter().filter_map(move |kind| Some((kind.name(), text(kind)?)))
}
