//! The places and their cells: where a search or a booking counts.

use events::{MarketId, Night, PropertyId};
use rustc_hash::FxHashMap;

use super::cells::{CellChange, Cells, WHOLE, What, hour_of};
use super::hours::Hours;
use super::remembered::Counted;
use super::row::{DemandKey, DemandPlace, DemandRow, SearchHourKey, SearchHourRow};

/// For how many hours an empty place keeps its number, so that nothing of late means another one.
const EMPTY_HOURS: i32 = 6;

#[derive(Debug)]
pub(super) struct Place {
    pub name: DemandPlace,
    /// The market of a property, as it was last said.
    pub market: Option<u32>,
    /// How many properties are said to be in this market.
    members_count: u32,
    whole: Option<u32>,
    /// Its cells by night.
    nights: Vec<(i32, u32)>,
    /// Its index on a page of searches, and which page.
    page: (u64, u32),
    /// Whether it is among those that were empty.
    is_listed: bool,
}

impl Place {
    fn is_empty(&self) -> bool {
        self.whole.is_none()
            && self.nights.is_empty()
            && self.market.is_none()
            && self.members_count == 0
    }

    fn list_if_empty(&mut self, number: u32, emptied: &mut Vec<(i32, u32)>) {
        if !self.is_listed && self.is_empty() {
            self.is_listed = true;
            emptied.push((i32::MAX, number));
        }
    }
}

/// All places, with what they count.
#[derive(Debug)]
pub(super) struct Counters {
    properties: FxHashMap<PropertyId, u32>,
    markets: FxHashMap<MarketId, u32>,
    places: Vec<Place>,
    free: Vec<u32>,
    /// Places that were empty, with the hour in which that was seen.
    emptied: Vec<(i32, u32)>,
    /// The hour in which those were looked at last.
    swept: i32,
    pub cells: Cells,
    pub hours: Hours,
    /// The cells of a stay: filled and used within one call.
    stay_cells: Vec<u32>,
}

impl Counters {
    pub fn new() -> Self {
        Self {
            properties: FxHashMap::default(),
            markets: FxHashMap::default(),
            places: Vec::new(),
            free: Vec::new(),
            emptied: Vec::new(),
            swept: i32::MIN,
            cells: Cells::new(),
            hours: Hours::new(),
            stay_cells: Vec::new(),
        }
    }

    pub fn property(&mut self, property: &PropertyId) -> u32 {
        if let Some(number) = self.properties.get(property) {
            return *number;
        }
        let number = self.create(DemandPlace::Property(property.clone()));
        self.properties.insert(property.clone(), number);
        number
    }

    pub fn market(&mut self, market: &MarketId) -> u32 {
        if let Some(number) = self.markets.get(market) {
            return *number;
        }
        let number = self.create(DemandPlace::Market(market.clone()));
        self.markets.insert(market.clone(), number);
        number
    }

    pub fn place(&mut self, name: &DemandPlace) -> u32 {
        match name {
            DemandPlace::Property(property) => self.property(property),
            DemandPlace::Market(market) => self.market(market),
        }
    }

    fn create(&mut self, name: DemandPlace) -> u32 {
        let place = Place {
            name,
            market: None,
            members_count: 0,
            whole: None,
            nights: Vec::new(),
            page: (u64::MAX, 0),
            is_listed: true,
        };
        // It is empty until something counts in it.
        let number = self.free.pop().unwrap_or(self.places.len() as u32);
        if number as usize == self.places.len() {
            self.places.push(place);
        } else {
            self.places[number as usize] = place;
        }
        self.emptied.push((i32::MAX, number));
        number
    }

    pub fn get(&self, place: u32) -> &Place {
        &self.places[place as usize]
    }

    /// The place's index on a page: `next` if it is not there yet.
    pub fn index_on_page(&mut self, place: u32, page: u64, next: usize) -> u32 {
        let place = &mut self.places[place as usize];
        if place.page.0 != page {
            place.page = (page, next as u32);
        }
        place.page.1
    }

    pub fn set_market(&mut self, property: u32, market: Option<u32>) {
        let before = std::mem::replace(&mut self.places[property as usize].market, market);
        if let Some(market) = market {
            self.places[market as usize].members_count += 1;
        }
        for (place, is_member_gone) in [(before, true), (Some(property), false)] {
            let Some(number) = place else { continue };
            let place = &mut self.places[number as usize];
            place.members_count -= u32::from(is_member_gone);
            place.list_if_empty(number, &mut self.emptied);
        }
    }

    /// Whether what was in that minute counts in any window.
    pub fn counts(&self, minute: i32) -> bool {
        hour_of(minute) > self.cells.floors().week
    }

    pub fn has_bookings(&self, place: u32) -> bool {
        self.places[place as usize].whole.is_some_and(|whole| self.cells.has_bookings(whole))
    }

    fn whole(&mut self, place: u32) -> u32 {
        let state = &mut self.places[place as usize];
        *state.whole.get_or_insert_with(|| self.cells.create(place, WHOLE))
    }

    /// Collects the cells of nights that follow each other.
    fn collect_cells(&mut self, place: u32, arrival: i32, nights_count: u16) {
        self.stay_cells.clear();
        let nights = &mut self.places[place as usize].nights;
        let first = nights.partition_point(|(night, _)| *night < arrival);
        for (at, night) in (first..).zip(arrival..arrival + i32::from(nights_count)) {
            if nights.get(at).is_none_or(|(other, _)| *other != night) {
                nights.insert(at, (night, self.cells.create(place, night)));
            }
            self.stay_cells.push(nights[at].1);
        }
    }

    /// Counts a search, or takes it back.
    pub fn count_search(&mut self, search: &Counted, diff: i32) {
        if self.counts(search.minute) {
            for place in [Some(search.place), search.market].into_iter().flatten() {
                self.count_search_in(place, search, diff);
            }
        }
    }

    /// Counts a search in one of its places.
    pub fn count_search_in(&mut self, place: u32, search: &Counted, diff: i32) {
        let Counted { arrival, nights_count, minute, .. } = *search;
        let whole = self.whole(place);
        let before = self.cells.add(whole, minute, What::Searches, diff);
        self.hours.note(hour_of(minute), place, before == 0);
        self.collect_cells(place, arrival, nights_count);
        for cell in &self.stay_cells {
            self.cells.add(*cell, minute, What::Searches, diff);
        }
    }

    /// Counts a booking, or takes it back: once for the whole, once for each night.
    pub fn count_booking(&mut self, place: u32, minute: i32, nights: &[i32], diff: i32) {
        if !self.counts(minute) {
            return;
        }
        let whole = self.whole(place);
        self.cells.add(whole, minute, What::Bookings, diff);
        for night in nights {
            self.collect_cells(place, *night, 1);
            self.cells.add(self.stay_cells[0], minute, What::Bookings, diff);
        }
    }

    /// Counts how long a booking came after its search, or takes that back.
    pub fn count_wait(&mut self, place: u32, minute: i32, waited: i32, diff: i32) {
        let whole = self.whole(place);
        self.cells.add_wait(whole, minute, waited, diff);
    }

    /// The searches of a place in an hour; `None` where there are none.
    pub fn hour_row(&self, place: u32, hour: i32) -> Option<SearchHourRow> {
        let state = self.get(place);
        let searches = state.whole.map_or(0, |whole| self.cells.searches_in(whole, hour));
        let night = |(night, cell): &(i32, u32)| {
            let searches = self.cells.searches_in(*cell, hour);
            (searches > 0).then_some((Night::from_number(*night)?, searches))
        };
        let nights = || state.nights.iter().filter_map(night).collect();
        (searches > 0).then(|| SearchHourRow { searches, nights: nights() })
    }

    /// Counts what was stored of an hour before a restart.
    pub fn restore_hour(&mut self, key: &SearchHourKey, row: &SearchHourRow) {
        let place = self.place(&key.place);
        let whole = self.whole(place);
        self.cells.add_hour(whole, key.hour, row.searches);
        for (night, searches) in &row.nights {
            self.collect_cells(place, night.number(), 1);
            self.cells.add_hour(self.stay_cells[0], key.hour, *searches);
        }
        self.hours.restore(key.hour, place);
    }

    /// Tells rows that have changed and frees what is empty; whether those were the last.
    pub fn close_part(
        &mut self,
        now: i32,
        tell: &mut dyn FnMut(DemandKey, Option<DemandRow>),
    ) -> bool {
        let hour_now = hour_of(now);
        let (places, emptied) = (&mut self.places, &mut self.emptied);
        let is_last = self.cells.close_part(now, &mut |cell, CellChange { is_empty, row }| {
            let place = &mut places[cell.place as usize];
            if let Some(row) = row {
                let night = Night::from_number(cell.night).filter(|_| cell.night != WHOLE);
                tell(DemandKey { place: place.name.clone(), night }, row);
            }
            if !is_empty {
                return;
            }
            if cell.night == WHOLE {
                place.whole = None;
            } else if let Ok(at) = place.nights.binary_search_by_key(&cell.night, |night| night.0) {
                place.nights.remove(at);
            }
            place.list_if_empty(cell.place, emptied);
        });
        if is_last {
            self.free_places(hour_now);
        }
        is_last
    }

    /// Frees the numbers of places that have been empty for some hours.
    fn free_places(&mut self, hour_now: i32) {
        if hour_now == self.swept || self.hours.are_some_gone() {
            return;
        }
        self.swept = hour_now;
        let mut listed = std::mem::take(&mut self.emptied);
        listed.retain_mut(|(since, number)| {
            *since = (*since).min(hour_now);
            let place = &mut self.places[*number as usize];
            place.is_listed = place.is_empty() && hour_now - *since < EMPTY_HOURS;
            if !place.is_listed && place.is_empty() {
                self.free.push(*number);
                match &place.name {
                    DemandPlace::Property(property) => self.properties.remove(property),
                    DemandPlace::Market(market) => self.markets.remove(market),
                };
            }
            place.is_listed
        });
        self.emptied = listed;
    }
}
