//! How much is searched and booked at a property and in a market, by night and altogether?
//!
//! ```sql
//! -- searches: the tellings that hold, a row for each place that they count for, which are the
//! -- property and its market, or the market alone; minute = floor(least(observed, stamp) / 60000).
//! -- bookings: those with a line that stands, a row for the property and one for its market;
//! -- minute = floor(stamp / 60000). hour = floor(minute / 60), also of clock.now.
//! CREATE VIEW demand_whole AS
//! SELECT place, NULL AS night,
//!        count(*) FILTER (minute > now - 60)                   AS searches_1h,
//!        count(*) FILTER (hour > now_hour - 24)                AS searches_1d,
//!        count(*)                                              AS searches_7d,
//!        floor(1000 * sum(decayed(greatest(now_hour - hour, 0))) / pow(2, 32)) AS trending_milli
//! FROM searches, clock WHERE hour > now_hour - 168 GROUP BY place;
//! -- The same of bookings; and the same by night, where a search counts for each night of its
//! -- stay and a booking for each night of any of its lines. decayed(h) is 2^(32 - h % 24 / 24),
//! -- rounded, and shifted right by h / 24 bits.
//! ```
//!
//! Inputs: the signals `search`; the ledger's bookings; in which market a property is.
//!
//! The hour before `now` slides by minutes and holds what is later than `now` too. A day is this
//! hour and the 23 before it, and seven days are this hour and the 167 before it, so that they are
//! up to an hour short of 24 and 168 hours. A stay counts for at most its first 730 nights.
//!
//! A search at a property counts in the market that it names, or else in the market in which the
//! property was said to be when the search was heard. A booking counts in the market in which the
//! property is now. A booking counts once, however many rooms it has, from the stamp of its
//! confirmation on, and no more once all of it is cancelled.
//!
//! A search that is told twice counts once, as it was observed last. Its id is remembered until a
//! search is heard that was appended [`DemandOptions::remembered_minutes`] or more after it was
//! heard; told again after that, it counts again.
//!
//! Of the time from search to booking see `bookings.rs`: searches do not say who searched, so that
//! it is the time since the latest search for the same nights of the same property.
//!
//! Base: the searches heard in each epoch as one row, until their hours are over and their ids
//! forgotten; then the searches of each place and hour, until they are outside of all windows.
//! What bookings add follows from the ledger's rows.
//!
//! Bound on its state: one entry for each search whose id is remembered; one bucket for each hour
//! and each minute of the last in which a place and night was searched or booked; the bookings of
//! seven days; the stays looked for in the last three hours; an entry for each property with a
//! market. Nothing for a place where nothing was.

use std::collections::VecDeque;

use events::{BookingId, MarketId, Minute, Night, PropertyId, Search, SourceId, Stamp, Stay};

use crate::keeper::{Keeper, KeeperSize};

mod bookings;
mod cells;
mod counters;
mod hours;
mod remembered;
mod row;
#[cfg(test)]
mod tests;
mod wiring;

pub use row::{
    DemandKey, DemandPlace, DemandRow, HeardSearch, MinuteDemand, SearchHourKey, SearchHourRow,
    SearchesKey, SearchesRow, WholeDemand, Windows, volume_bucket,
};

use bookings::{Bookings, LOOKS_KEPT_MINUTES};
use cells::{bounded, hour_of};
use counters::Counters;
use remembered::{Counted, Remembered, Telling, fingerprint};

/// The most nights of a search that count.
const NIGHTS_MAX: i32 = events::night::STAY_NIGHTS_MAX;

/// What is heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DemandEvent {
    /// Somebody searched.
    Search {
        /// Who tells of it.
        source: SourceId,
        /// When the source saw it.
        observed: Stamp,
        /// When it was appended.
        stamp: Stamp,
        /// The search.
        search: Search,
    },
    /// A booking, as it is now.
    Booking {
        /// Which.
        booking: BookingId,
        /// Where.
        property: PropertyId,
        /// When it was confirmed.
        stamp: Stamp,
        /// The stays of those of its lines that stand, in order; none once all is cancelled.
        stays: Vec<Stay>,
    },
    /// A property is in a market.
    Property {
        /// Which property.
        property: PropertyId,
        /// Its market, if it has one.
        market: Option<MarketId>,
    },
    /// Searches that were stored before a restart.
    StoredSearches(SearchesKey, SearchesRow),
    /// An hour that was stored before a restart.
    StoredHour(SearchHourKey, SearchHourRow),
}

/// What is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DemandChange {
    /// A row of the view.
    Row(DemandKey, Option<DemandRow>),
    /// Searches: base.
    Searches(SearchesKey, Option<SearchesRow>),
    /// An hour: base.
    Hour(SearchHourKey, Option<SearchHourRow>),
}

/// Its settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DemandOptions {
    /// For how long the id of a search is remembered.
    pub remembered_minutes: u16,
}

impl Default for DemandOptions {
    fn default() -> Self {
        Self { remembered_minutes: 60 }
    }
}

/// A page of searches that is stored.
#[derive(Debug, Clone, Copy)]
struct Page {
    sequence: u64,
    heard_max: i32,
    hour_max: i32,
}

/// A booking as it was heard: place, minute, stays that stand.
type HeardBooking = (BookingId, (u32, i32), Vec<Stay>);

/// The keeper.
#[derive(Debug)]
pub struct Demand {
    counters: Counters,
    remembered: Remembered,
    bookings: Bookings,
    /// Bookings of this epoch, not yet counted.
    heard_bookings: Vec<HeardBooking>,
    /// Searches of this epoch, by the clock when they were heard.
    heard_searches: Vec<(u128, Counted, i32)>,
    pages: VecDeque<Page>,
    next_sequence: u64,
    /// What was stored before a restart, until something else happens.
    stored: Vec<(SearchesKey, SearchesRow)>,
    /// All is counted, and not all is told.
    is_closing: bool,
}

impl Demand {
    /// A keeper that has heard nothing.
    pub fn new(options: DemandOptions) -> Self {
        Self {
            counters: Counters::new(),
            remembered: Remembered::new(options.remembered_minutes.into()),
            bookings: Bookings::default(),
            heard_bookings: Vec::new(),
            heard_searches: Vec::new(),
            pages: VecDeque::new(),
            next_sequence: 0,
            stored: Vec::new(),
            is_closing: false,
        }
    }

    fn hear_search(&mut self, source: &SourceId, observed: Stamp, stamp: Stamp, search: &Search) {
        let (place, market) = match &search.place {
            events::signal::Place::Market(market) => (self.counters.market(market), None),
            events::signal::Place::Property(property, market) => {
                let place = self.counters.property(property);
                let named = market.as_ref().map(|market| self.counters.market(market));
                (place, named.or(self.counters.get(place).market))
            }
        };
        let minute = bounded(observed.min(stamp).minute());
        let counted = counted((place, market), search.stay, observed, minute);
        let id = fingerprint(source, &search.id);
        let counters = &self.counters;
        let is_later = |old: &Counted| version(&counted, counters) > version(old, counters);
        let telling = self.remembered.hear(id, counted, bounded(stamp.minute()), is_later);
        match telling {
            Telling::Known => return,
            Telling::New => {}
            Telling::Instead(old) => self.counters.count_search(&old, -1),
        }
        self.counters.count_search(&counted, 1);
        self.look(&counted);
        self.heard_searches.push((id, counted, self.remembered.clock()));
    }

    fn look(&mut self, search: &Counted) {
        if matches!(self.counters.get(search.place).name, DemandPlace::Property(_)) {
            self.bookings.look(search, self.counters.hours.open());
        }
    }

    /// Hears again what was stored, page by page in the order in which it was heard first.
    fn restore(&mut self) {
        if self.stored.is_empty() {
            return;
        }
        let mut stored = std::mem::take(&mut self.stored);
        stored.sort_by_key(|(key, _)| *key);
        for (SearchesKey { sequence }, row) in stored {
            let places: Vec<u32> =
                row.places.iter().map(|place| self.counters.place(place)).collect();
            let mut page = Page { sequence, heard_max: i32::MIN, hour_max: i32::MIN };
            for search in &row.searches {
                let at = |index: u32| places.get(index as usize).copied();
                let Some(place) = at(search.place) else { continue };
                let market = search.market.and_then(at);
                let minute = bounded(search.minute);
                let counted = counted((place, market), search.stay, search.observed, minute);
                let heard = bounded(search.heard);
                page.heard_max = page.heard_max.max(heard);
                page.hour_max = page.hour_max.max(hour_of(minute));
                // Whatever is on a page did count against what was told before it.
                match self.remembered.hear(search.fingerprint, counted, heard, |_| true) {
                    Telling::Instead(old) => self.count_untold(&old, -1),
                    Telling::New | Telling::Known => {}
                }
                self.count_untold(&counted, 1);
                self.look(&counted);
            }
            self.pages.push_back(page);
            self.next_sequence = sequence + 1;
        }
    }

    /// Counts a search where its hour was not stored.
    fn count_untold(&mut self, search: &Counted, diff: i32) {
        let hour = hour_of(search.minute);
        for place in [Some(search.place), search.market].into_iter().flatten() {
            if !self.counters.hours.is_told(hour, place) {
                self.counters.count_search_in(place, search, diff);
            }
        }
    }

    /// Tells the searches of this epoch, and lets go of pages that nobody needs any more.
    fn close_pages(&mut self, tell: &mut dyn FnMut(DemandChange)) {
        let heard = std::mem::take(&mut self.heard_searches);
        if !heard.is_empty() {
            let sequence = self.next_sequence;
            self.next_sequence += 1;
            let mut page = Page { sequence, heard_max: i32::MIN, hour_max: i32::MIN };
            let mut row = SearchesRow::default();
            row.searches.reserve(heard.len());
            for (id, counted, clock) in heard {
                page.heard_max = page.heard_max.max(clock);
                page.hour_max = page.hour_max.max(hour_of(counted.minute));
                let search = self.on_page(id, &counted, clock, sequence, &mut row.places);
                row.searches.extend(search);
            }
            self.pages.push_back(page);
            tell(DemandChange::Searches(SearchesKey { sequence }, Some(row)));
        }
        while let Some(page) = self.pages.front() {
            let is_kept = !self.remembered.is_forgotten(page.heard_max)
                || !self.counters.hours.are_told(page.hour_max);
            if is_kept {
                break;
            }
            tell(DemandChange::Searches(SearchesKey { sequence: page.sequence }, None));
            self.pages.pop_front();
        }
    }

    fn on_page(
        &mut self,
        fingerprint: u128,
        counted: &Counted,
        clock: i32,
        sequence: u64,
        places: &mut Vec<DemandPlace>,
    ) -> Option<HeardSearch> {
        let mut index = |place: u32| {
            let index = self.counters.index_on_page(place, sequence, places.len());
            if index as usize == places.len() {
                places.push(self.counters.get(place).name.clone());
            }
            index
        };
        let (place, market) = (index(counted.place), counted.market.map(&mut index));
        let arrival = Night::from_number(counted.arrival)?;
        let departure = Night::from_number(counted.arrival + i32::from(counted.nights_count))?;
        Some(HeardSearch {
            fingerprint,
            observed: counted.observed,
            minute: Minute(counted.minute.into()),
            heard: Minute(clock.into()),
            place,
            market,
            stay: Stay::new(arrival, departure).ok()?,
        })
    }

    fn close_hours(&mut self, open: i32, tell: &mut dyn FnMut(DemandChange)) {
        let outside = self.counters.cells.floors().week;
        let key = |counters: &Counters, (hour, place): hours::HourOf| SearchHourKey {
            hour,
            place: counters.get(place).name.clone(),
        };
        for (of, was_told) in self.counters.hours.take_due(open, outside) {
            let row = self.counters.hour_row(of.1, of.0);
            if row.is_none() {
                self.counters.hours.forget(of);
            }
            if row.is_some() || was_told {
                tell(DemandChange::Hour(key(&self.counters, of), row));
            }
        }
        for of in self.counters.hours.take_gone() {
            tell(DemandChange::Hour(key(&self.counters, of), None));
        }
    }
}

fn counted(
    (place, market): (u32, Option<u32>),
    stay: Stay,
    observed: Stamp,
    minute: i32,
) -> Counted {
    let nights_count = stay.nights_count().min(NIGHTS_MAX) as u16;
    Counted { observed, place, market, arrival: stay.arrival().number(), nights_count, minute }
}

/// Of two tellings of one search the greater one holds.
fn version<'a>(search: &Counted, counters: &'a Counters) -> impl Ord + use<'a> {
    let name = |place: u32| &counters.get(place).name;
    let nights = (search.arrival, search.nights_count);
    (search.observed, search.minute, nights, name(search.place), search.market.map(name))
}

impl Keeper for Demand {
    type Event = DemandEvent;
    type Change = DemandChange;

    fn hear(&mut self, event: DemandEvent) {
        match event {
            DemandEvent::Search { source, observed, stamp, search } => {
                self.restore();
                self.hear_search(&source, observed, stamp, &search);
            }
            DemandEvent::Booking { booking, property, stamp, stays } => {
                let place = self.counters.property(&property);
                let minute = bounded(stamp.minute());
                self.heard_bookings.push((booking, (place, minute), stays));
            }
            DemandEvent::Property { property, market } => {
                let place = self.counters.property(&property);
                let market = market.map(|market| self.counters.market(&market));
                self.bookings.set_market(place, market, &mut self.counters);
            }
            DemandEvent::StoredSearches(key, row) => self.stored.push((key, row)),
            DemandEvent::StoredHour(key, row) => self.counters.restore_hour(&key, &row),
        }
    }

    fn close(&mut self, now: Minute, tell: &mut dyn FnMut(DemandChange)) {
        while !self.close_part(now, tell) {}
    }

    fn close_part(&mut self, now: Minute, tell: &mut dyn FnMut(DemandChange)) -> bool {
        let now = bounded(now);
        if !self.is_closing {
            self.begin_to_close(now, tell);
        }
        let tell = &mut |key, row| tell(DemandChange::Row(key, row));
        self.is_closing = !self.counters.close_part(now, tell);
        !self.is_closing
    }

    fn size(&self) -> KeeperSize {
        KeeperSize {
            keys_count: self.counters.cells.count(),
            held_count: self.remembered.count() + self.bookings.count(),
        }
    }
}

impl Demand {
    /// Counts what was heard, so that only cells are left to be told.
    fn begin_to_close(&mut self, now: i32, tell: &mut dyn FnMut(DemandChange)) {
        self.restore();
        let open = hour_of(now - LOOKS_KEPT_MINUTES + 1);
        self.counters.cells.advance(now);
        self.bookings.advance(&self.counters, open);
        for (id, place_minute, stays) in std::mem::take(&mut self.heard_bookings) {
            self.bookings.put(id, place_minute, &stays, &mut self.counters);
        }
        self.bookings.match_looks(&mut self.counters);
        self.close_hours(open, tell);
        self.close_pages(tell);
    }
}
