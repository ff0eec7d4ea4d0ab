//! The sums over the properties of one market.

use std::collections::BTreeMap;
use std::ops::Range;

use events::MarketId;
use rustc_hash::FxHashMap;

/// A market.
#[derive(Debug)]
pub(super) struct Market {
    pub(super) market: MarketId,
    /// By how many rooms each night has more than the one before, where it has.
    steps: BTreeMap<i32, i64>,
    /// Rooms sold, on nights with any.
    sold: BTreeMap<i32, i64>,
    /// The rooms of the nights that are being told of.
    rooms: FxHashMap<i32, i64>,
}

impl Market {
    pub(super) fn new(market: MarketId) -> Self {
        let (steps, sold, rooms) = Default::default();
        Self { market, steps, sold, rooms }
    }

    /// Adds so many rooms on each of those nights.
    pub(super) fn add_rooms(&mut self, nights: Range<i32>, rooms: i64) {
        for (night, step) in [(nights.start, rooms), (nights.end, -rooms)] {
            add(&mut self.steps, night, step);
        }
    }

    pub(super) fn add_sold(&mut self, night: i32, rooms: i64) {
        add(&mut self.sold, night, rooms);
    }

    /// The nights among those on which anything is sold.
    pub(super) fn nights_sold(&self, nights: Range<i32>) -> impl Iterator<Item = i32> {
        self.sold.range(nights).map(|(night, _)| *night)
    }

    pub(super) fn forget(&mut self, night: i32) {
        self.sold.remove(&night);
    }

    /// Works out the rooms of those nights, which are in order, in one walk over the steps.
    pub(super) fn count(&mut self, nights: impl Iterator<Item = i32>) {
        self.rooms.clear();
        let mut steps = self.steps.iter().peekable();
        let mut rooms = 0;
        for night in nights {
            while let Some((_, step)) = steps.next_if(|(at, _)| **at <= night) {
                rooms += step;
            }
            self.rooms.insert(night, rooms);
        }
    }

    /// Rooms and rooms sold of a night that was counted.
    pub(super) fn night(&self, night: i32) -> (u64, u64) {
        let at = |value: Option<&i64>| value.copied().unwrap_or(0).max(0) as u64;
        (at(self.rooms.get(&night)), at(self.sold.get(&night)))
    }
}

fn add(sums: &mut BTreeMap<i32, i64>, night: i32, rooms: i64) {
    let sum = sums.entry(night).or_default();
    *sum += rooms;
    if *sum == 0 {
        sums.remove(&night);
    }
}
