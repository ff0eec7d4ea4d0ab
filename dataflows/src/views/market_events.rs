//! What goes on in a market on a night, and how strongly does it draw guests?
//!
//! ```sql
//! -- tellings: one row for each observation; version = (observed, impact, kind, arrival,
//! -- departure). today: the date 12 hours before the clock, so that a night is past only when it
//! -- is past everywhere.
//! CREATE VIEW known AS
//! SELECT source, id, arg_max((market, kind, arrival, departure, impact), version) AS event
//! FROM tellings GROUP BY source, id;
//!
//! CREATE VIEW market_events AS
//! SELECT event.market, night,
//!        max(event.impact) FILTER (event.kind = 'major')      AS major_permille,
//!        max(event.impact) FILTER (event.kind = 'conference') AS conference_permille,
//!        max(event.impact) FILTER (event.kind = 'concert')    AS concert_permille,
//!        max(event.impact) FILTER (event.kind = 'sports')     AS sports_permille
//! FROM known, nights_of(event.arrival, event.departure)
//! WHERE event.impact > 0 AND night >= today
//! GROUP BY event.market, night;
//! ```
//!
//! Inputs: the signals `market_event`. Impact 0 withdraws an event.
//!
//! Of several events of one kind on a night the strongest counts, so that two sources that tell of
//! one fair do not double it.
//!
//! What a source calls by one id is one event: the telling that it observed last holds, in
//! whatever order they arrive. An event is remembered until [`REMEMBERED_DAYS`] after the last
//! night that any telling gave it, by the stamps of the events heard since; a telling that comes
//! so late after its own last night is without effect.
//!
//! Bound on its state: the events remembered, and one row for each night that is not past.

use std::collections::{BTreeMap, BTreeSet};

use events::{MarketEventId, MarketEventKind, MarketId, Minute, Night, SourceId, Stamp, Stay};
use rustc_hash::FxHashMap;

use crate::keeper::{Keeper, KeeperSize};

#[cfg(test)]
mod tests;
mod wiring;

/// For how many days after its last night an event is remembered.
pub const REMEMBERED_DAYS: i32 = 30;

const HALF_DAY_MINUTES: i64 = 12 * 60;
const DAY_MINUTES: i64 = 24 * 60;

/// Days from 1970-01-01 to 2000-01-01, from which nights are counted.
const NIGHTS_ORIGIN_DAYS: i64 = 10_957;

/// A night of a market.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MarketEventsKey {
    /// The market.
    pub market: MarketId,
    /// The night.
    pub night: Night,
}

/// How strongly the night draws guests, for each kind of event; 0 where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MarketEventsRow {
    /// Fairs and the like.
    pub major_permille: u16,
    /// Conferences.
    pub conference_permille: u16,
    /// Concerts.
    pub concert_permille: u16,
    /// Matches and races.
    pub sports_permille: u16,
}

/// An event as its source calls it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MarketEventKey {
    /// Who tells of it.
    pub source: SourceId,
    /// Its id there.
    pub event: MarketEventId,
}

/// What is known of an event: the base of the view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarketEventRow {
    /// When its source saw it so.
    pub observed: Stamp,
    /// Where it is.
    pub market: MarketId,
    /// What it is.
    pub kind: MarketEventKind,
    /// On which nights guests stay for it.
    pub nights: Stay,
    /// How strongly it draws them; 0 when it was withdrawn.
    pub impact_permille: u16,
    /// The last departure that any telling gave it.
    pub departure_max: Night,
    /// The highest stamp of an event when it was last told anew.
    pub heard: Stamp,
}

/// What is heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MarketEventsEvent {
    /// A source tells of an event.
    Seen {
        /// The source.
        source: SourceId,
        /// When it saw it so.
        observed: Stamp,
        /// When that was appended.
        stamp: Stamp,
        /// What it saw.
        event: events::MarketEvent,
    },
    /// A row of the base from before a restart.
    Stored(MarketEventKey, MarketEventRow),
}

/// What is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MarketEventsChange {
    /// A row of the view.
    Row(MarketEventsKey, Option<MarketEventsRow>),
    /// A row of its base.
    Base(MarketEventKey, Option<MarketEventRow>),
}

/// The keeper.
#[derive(Debug, Default)]
pub struct MarketEvents {
    events: BTreeMap<MarketEventKey, MarketEventRow>,
    by_market: FxHashMap<MarketId, BTreeSet<MarketEventKey>>,
    told: FxHashMap<MarketEventsKey, MarketEventsRow>,
    /// The markets that have a row for a night.
    by_night: BTreeMap<Night, BTreeSet<MarketId>>,
    /// Events by the last departure that was told of them.
    by_departure: BTreeSet<(Night, MarketEventKey)>,
    /// The highest stamp of an event that is remembered, or was.
    heard: Stamp,
    dirty: BTreeSet<MarketEventsKey>,
    /// Events that changed in this epoch, as they were told before.
    changed: BTreeMap<MarketEventKey, Option<MarketEventRow>>,
}

/// The night that is tonight, or was just now, at the place where the day ends last.
fn tonight(now: Minute) -> Night {
    let days = (now.0.saturating_sub(HALF_DAY_MINUTES)).div_euclid(DAY_MINUTES);
    let number = days.saturating_sub(NIGHTS_ORIGIN_DAYS);
    let bounds = i64::from(Night::MIN.number())..=i64::from(Night::MAX.number());
    // Clamped to what nights can be, the number fits.
    let number = number.clamp(*bounds.start(), *bounds.end()) as i32;
    Night::from_number(number).unwrap_or(Night::MIN)
}

impl MarketEventRow {
    /// Of two tellings the greater one holds.
    fn version(&self) -> impl Ord + '_ {
        let nights = (self.nights.arrival(), self.nights.departure());
        (self.observed, self.impact_permille, self.kind, nights, &self.market)
    }

    fn is_forgotten(&self, heard: Stamp) -> bool {
        tonight(heard.minute()) > self.departure_max.plus(REMEMBERED_DAYS)
    }
}

impl MarketEvents {
    /// A keeper that has heard nothing.
    pub fn new() -> Self {
        Self::default()
    }

    fn take(&mut self, key: MarketEventKey, new: MarketEventRow, stamp: Stamp) {
        let heard = self.heard.max(stamp);
        if new.is_forgotten(stamp) {
            return;
        }
        let old = self.events.get(&key).filter(|old| !old.is_forgotten(heard)).cloned();
        let departure_max =
            old.as_ref().map_or(new.departure_max, |old| old.departure_max.max(new.departure_max));
        let row = match old {
            Some(old) if old.version() >= new.version() => {
                if departure_max == old.departure_max {
                    return;
                }
                MarketEventRow { departure_max, heard, ..old }
            }
            _ => MarketEventRow { departure_max, heard, ..new },
        };
        self.heard = heard;
        self.put(key, Some(row));
        self.forget();
    }

    /// Forgets what has been past for long, by the stamps of what was heard.
    fn forget(&mut self) {
        while let Some((departure_max, key)) = self.by_departure.first() {
            if tonight(self.heard.minute()) <= departure_max.plus(REMEMBERED_DAYS) {
                break;
            }
            self.put(key.clone(), None);
        }
    }

    /// Replaces what is known of an event and marks the nights that it touches.
    fn put(&mut self, key: MarketEventKey, row: Option<MarketEventRow>) {
        let old = match &row {
            Some(row) => self.events.insert(key.clone(), row.clone()),
            None => self.events.remove(&key),
        };
        for row in [&old, &row].into_iter().flatten() {
            self.mark(row);
        }
        if let Some(old) = &old {
            self.by_departure.remove(&(old.departure_max, key.clone()));
            if let Some(keys) = self.by_market.get_mut(&old.market) {
                keys.remove(&key);
                if keys.is_empty() {
                    self.by_market.remove(&old.market);
                }
            }
        }
        if let Some(row) = &row {
            self.by_departure.insert((row.departure_max, key.clone()));
            self.by_market.entry(row.market.clone()).or_default().insert(key.clone());
        }
        self.changed.entry(key).or_insert(old);
    }

    fn mark(&mut self, row: &MarketEventRow) {
        let key = |night| MarketEventsKey { market: row.market.clone(), night };
        self.dirty.extend(row.nights.nights().map(key));
    }

    fn row(&self, key: &MarketEventsKey) -> Option<MarketEventsRow> {
        let mut row = MarketEventsRow::default();
        let ids = self.by_market.get(&key.market)?;
        let events = ids.iter().filter_map(|id| self.events.get(id));
        for event in events.filter(|event| event.nights.contains(key.night)) {
            let impact_permille = match event.kind {
                MarketEventKind::Major => &mut row.major_permille,
                MarketEventKind::Conference => &mut row.conference_permille,
                MarketEventKind::Concert => &mut row.concert_permille,
                MarketEventKind::Sports => &mut row.sports_permille,
            };
            *impact_permille = event.impact_permille.max(*impact_permille);
        }
        (row != MarketEventsRow::default()).then_some(row)
    }

    fn close_night(
        &mut self,
        key: MarketEventsKey,
        today: Night,
        tell: &mut dyn FnMut(MarketEventsChange),
    ) {
        let row = self.row(&key).filter(|_| key.night >= today);
        if self.told.get(&key) == row.as_ref() {
            return;
        }
        let markets = self.by_night.entry(key.night).or_default();
        match row {
            Some(row) => {
                markets.insert(key.market.clone());
                self.told.insert(key.clone(), row);
            }
            None => {
                markets.remove(&key.market);
                self.told.remove(&key);
            }
        }
        tell(MarketEventsChange::Row(key, row));
    }
}

impl Keeper for MarketEvents {
    type Event = MarketEventsEvent;
    type Change = MarketEventsChange;

    fn hear(&mut self, event: MarketEventsEvent) {
        match event {
            MarketEventsEvent::Seen { source, observed, stamp, event } => {
                let key = MarketEventKey { source, event: event.id };
                let row = MarketEventRow {
                    observed,
                    market: event.market,
                    kind: event.kind,
                    nights: event.nights,
                    impact_permille: event.impact_permille,
                    departure_max: event.nights.departure(),
                    heard: stamp,
                };
                self.take(key, row, stamp);
            }
            MarketEventsEvent::Stored(key, row) => {
                self.heard = self.heard.max(row.heard);
                self.put(key.clone(), Some(row.clone()));
                self.changed.insert(key, Some(row));
            }
        }
    }

    fn close(&mut self, now: Minute, tell: &mut dyn FnMut(MarketEventsChange)) {
        for (key, told) in std::mem::take(&mut self.changed) {
            let row = self.events.get(&key);
            if row != told.as_ref() {
                tell(MarketEventsChange::Base(key, row.cloned()));
            }
        }
        let today = tonight(now);
        while let Some(entry) = self.by_night.first_entry().filter(|entry| *entry.key() < today) {
            let night = *entry.key();
            let keys = entry.remove().into_iter().map(|market| MarketEventsKey { market, night });
            self.dirty.extend(keys);
        }
        for key in std::mem::take(&mut self.dirty) {
            self.close_night(key, today, tell);
        }
        // A night that has no row in any market is not waited for.
        self.by_night.retain(|_, markets| !markets.is_empty());
    }

    fn size(&self) -> KeeperSize {
        KeeperSize { keys_count: self.told.len(), held_count: self.events.len() }
    }
}
