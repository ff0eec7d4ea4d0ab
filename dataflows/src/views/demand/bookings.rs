//! The bookings of the last days, and for those of the last hour which search came before them.
//!
//! A search came before a booking if it was at its property, for exactly the nights of the first
//! of its lines that stand, in the 60 minutes up to that of the booking; the latest counts. Each
//! telling of a search counts that was not known before, whatever is told of it later.

use std::collections::BTreeMap;

use events::{BookingId, Stay};
use rustc_hash::FxHashMap;

use super::cells::hour_of;
use super::counters::Counters;
use super::remembered::Counted;

/// How long before a booking a search may be, in minutes.
const LOOK_MINUTES: i32 = 60;

/// For how long searches are kept one by one: as long as a booking of the last hour may need them.
pub(super) const LOOKS_KEPT_MINUTES: i32 = 60 + LOOK_MINUTES;

/// Looks of an hour are kept in so many maps, of which none grows large at once.
const SHARDS: usize = 16;

/// A property, and the arrival and number of nights that somebody looked for there.
type Look = (u32, i32, u16);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Booked {
    place: u32,
    minute: i32,
    /// The nights of any of its lines, each once.
    nights: Vec<i32>,
    /// What its guest must have looked for.
    look: Look,
    /// How many minutes before it somebody did, if that is known.
    waited: Option<i32>,
}

/// The bookings that some window counts.
#[derive(Debug, Default)]
pub(super) struct Bookings {
    held: FxHashMap<BookingId, Booked>,
    by_hour: BTreeMap<i32, Vec<BookingId>>,
    by_minute: BTreeMap<i32, Vec<BookingId>>,
    /// The minutes of each hour in which somebody looked, a bit each.
    looks: BTreeMap<i32, Vec<FxHashMap<Look, u64>>>,
    /// Bookings of the last hour by what their guests looked for.
    of_look: FxHashMap<Look, Vec<BookingId>>,
    /// Bookings whose search is to be found anew.
    to_match: Vec<BookingId>,
}

fn shard(look: &Look) -> usize {
    look.0 as usize % SHARDS
}

impl Bookings {
    pub fn count(&self) -> usize {
        self.held.len()
    }

    /// Somebody looked at a property.
    pub fn look(&mut self, search: &Counted, first_hour: i32) {
        let hour = hour_of(search.minute);
        if hour < first_hour {
            return;
        }
        let look = (search.place, search.arrival, search.nights_count);
        let maps = self.looks.entry(hour).or_insert_with(|| vec![FxHashMap::default(); SHARDS]);
        *maps[shard(&look)].entry(look).or_default() |= 1 << search.minute.rem_euclid(60);
        if let Some(bookings) = self.of_look.get(&look) {
            self.to_match.extend(bookings);
        }
    }

    /// The latest minute in which somebody looked, up to one and not too long before it.
    fn looked_at(&self, look: &Look, minute: i32) -> Option<i32> {
        let hour = hour_of(minute);
        let minutes_in = |hour: i32| {
            let bits = self.looks.get(&hour).and_then(|maps| maps[shard(look)].get(look).copied());
            let bits = bits.unwrap_or(0);
            (0..60).rev().filter(move |bit| bits >> bit & 1 == 1).map(move |bit| hour * 60 + bit)
        };
        let mut minutes = minutes_in(hour).chain(minutes_in(hour - 1));
        minutes.find(|at| *at <= minute).filter(|at| *at > minute - LOOK_MINUTES)
    }

    /// Moves the windows: bookings outside of all are forgotten, what is before the last hour
    /// needs no search any more.
    pub fn advance(&mut self, counters: &Counters, first_hour: i32) {
        let floors = counters.cells.floors();
        while let Some(first) = self.by_hour.first_entry().filter(|it| *it.key() <= floors.week) {
            let (hour, ids) = first.remove_entry();
            for id in ids {
                if self.held.get(&id).is_some_and(|booked| hour_of(booked.minute) == hour) {
                    self.held.remove(&id);
                }
            }
        }
        while let Some(first) = self.by_minute.first_entry().filter(|it| *it.key() <= floors.minute)
        {
            for id in first.remove() {
                if let Some(booked) = self.held.get_mut(&id)
                    && booked.minute <= floors.minute
                {
                    booked.waited = None;
                    let look = booked.look;
                    self.unwait(id, look);
                }
            }
        }
        self.looks = self.looks.split_off(&first_hour);
    }

    fn unwait(&mut self, id: BookingId, look: Look) {
        if let Some(ids) = self.of_look.get_mut(&look) {
            ids.retain(|other| *other != id);
            if ids.is_empty() {
                self.of_look.remove(&look);
            }
        }
    }

    /// Takes a booking as it is now: with the stays of the lines that stand.
    pub fn put(
        &mut self,
        id: BookingId,
        (place, minute): (u32, i32),
        stays: &[Stay],
        counters: &mut Counters,
    ) {
        let new = stays.first().filter(|_| counters.counts(minute)).map(|stay| {
            let mut nights: Vec<i32> =
                stays.iter().flat_map(|stay| stay.nights()).map(|night| night.number()).collect();
            nights.sort_unstable();
            nights.dedup();
            let look = look_of(place, *stay);
            Booked { place, minute, nights, look, waited: None }
        });
        let old = self.held.get(&id);
        if old.map(|old| (old.place, old.minute, &old.nights, old.look))
            == new.as_ref().map(|new| (new.place, new.minute, &new.nights, new.look))
        {
            return;
        }
        if let Some(old) = self.held.remove(&id) {
            self.count_all(&old, counters, -1);
            self.unwait(id, old.look);
        }
        if let Some(new) = new {
            self.count_all(&new, counters, 1);
            self.by_hour.entry(hour_of(new.minute)).or_default().push(id);
            if new.minute > counters.cells.floors().minute {
                self.by_minute.entry(new.minute).or_default().push(id);
                self.of_look.entry(new.look).or_default().push(id);
                self.to_match.push(id);
            }
            self.held.insert(id, new);
        }
    }

    fn count_all(&self, booked: &Booked, counters: &mut Counters, diff: i32) {
        for place in [Some(booked.place), counters.get(booked.place).market].into_iter().flatten() {
            count(booked, place, counters, diff);
        }
    }

    /// A property is in another market now: its bookings go with it.
    pub fn set_market(&mut self, property: u32, market: Option<u32>, counters: &mut Counters) {
        let before = counters.get(property).market;
        if before == market {
            return;
        }
        counters.set_market(property, market);
        if !counters.has_bookings(property) {
            return;
        }
        let mut moved: Vec<(&BookingId, &Booked)> =
            self.held.iter().filter(|(_, booked)| booked.place == property).collect();
        moved.sort_by_key(|(id, _)| **id);
        for (_, booked) in moved {
            for (place, diff) in [(before, -1), (market, 1)] {
                if let Some(place) = place {
                    count(booked, place, counters, diff);
                }
            }
        }
    }

    /// Finds the searches of bookings that are new, or for whose nights somebody has looked since.
    pub fn match_looks(&mut self, counters: &mut Counters) {
        for id in std::mem::take(&mut self.to_match) {
            let Some(booked) = self.held.get(&id) else { continue };
            let (place, minute, before) = (booked.place, booked.minute, booked.waited);
            if minute <= counters.cells.floors().minute {
                continue;
            }
            let after = self.looked_at(&booked.look, minute).map(|looked| minute - looked);
            if before == after {
                continue;
            }
            for place in [Some(place), counters.get(place).market].into_iter().flatten() {
                for (waited, diff) in [(before, -1), (after, 1)] {
                    if let Some(waited) = waited {
                        counters.count_wait(place, minute, waited, diff);
                    }
                }
            }
            if let Some(booked) = self.held.get_mut(&id) {
                booked.waited = after;
            }
        }
    }
}

/// Counts a booking at its property or in its market, with what is known of the search before it.
fn count(booked: &Booked, place: u32, counters: &mut Counters, diff: i32) {
    counters.count_booking(place, booked.minute, &booked.nights, diff);
    if let Some(waited) = booked.waited {
        counters.count_wait(place, booked.minute, waited, diff);
    }
}

fn look_of(place: u32, stay: Stay) -> Look {
    (place, stay.arrival().number(), stay.nights_count().min(i32::from(u16::MAX)) as u16)
}
