//! What the view keeps of one property.

use std::collections::BTreeMap;
use std::ops::Range;

use events::{BookingId, PropertyId, RoomTypeId, Stay};
use ledger::rows::SupplyRange;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::{Figures, WINDOW_DAYS, Window, permille};
use crate::views::booked::Booked;
use crate::views::days::Day;

/// Nights from the first up to, not including, the second, with so many rooms each.
type RoomRange = (i32, i32, i64);

/// A line of a booking, as it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Line {
    stay: Stay,
    rooms: u16,
    night_price_minor: Option<i64>,
    is_cancelled: bool,
}

/// A booking, as it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Kept {
    made: Day,
    /// When the last line was cancelled, if none is left.
    cancelled: Option<Day>,
    lines: SmallVec<[Line; 1]>,
}

/// What was done on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Done {
    bookings: i64,
    cancellations: i64,
    /// Of the bookings made on the day, as far as they have a price.
    price_minor: i128,
    priced_nights: i64,
}

impl Done {
    fn add(&mut self, other: &Self) {
        self.bookings += other.bookings;
        self.cancellations += other.cancellations;
        self.price_minor += other.price_minor;
        self.priced_nights += other.priced_nights;
    }
}

/// A property.
#[derive(Debug)]
pub(super) struct Hotel {
    pub(super) property: PropertyId,
    pub(super) market: Option<u32>,
    room_types: Vec<RoomTypeId>,
    /// By room type.
    supply: Vec<Box<[RoomRange]>>,
    /// Rooms sold by night, and there by room type.
    sold: BTreeMap<i32, SmallVec<[(u16, u16); 2]>>,
    bookings: FxHashMap<BookingId, Kept>,
    /// How many bookings it may have before those are looked for that count no more.
    bookings_grown_count: usize,
    done: BTreeMap<Day, Done>,
    revenue_minor: BTreeMap<i32, i128>,
}

impl Hotel {
    pub(super) fn new(property: PropertyId) -> Self {
        Self {
            property,
            market: None,
            room_types: Vec::new(),
            supply: Vec::new(),
            sold: BTreeMap::new(),
            bookings: FxHashMap::default(),
            bookings_grown_count: 16,
            done: BTreeMap::new(),
            revenue_minor: BTreeMap::new(),
        }
    }

    pub(super) fn bookings_count(&self) -> usize {
        self.bookings.len()
    }

    fn kind(&mut self, id: &RoomTypeId) -> u16 {
        let known = self.room_types.iter().position(|known| known == id);
        known.unwrap_or_else(|| {
            self.room_types.push(id.clone());
            self.supply.push(Box::default());
            self.room_types.len() - 1
        }) as u16
    }

    /// Replaces the supply of a room type; the ranges of nights on which that makes so many rooms
    /// more, or fewer.
    pub(super) fn supply(&mut self, id: &RoomTypeId, ranges: &[SupplyRange]) -> Vec<RoomRange> {
        let kind = usize::from(self.kind(id));
        let rooms = |range: &SupplyRange| {
            let rooms = range.supply.physical.saturating_sub(range.supply.blocked);
            (range.nights.arrival().number(), range.nights.departure().number(), i64::from(rooms))
        };
        let after: Box<[RoomRange]> =
            ranges.iter().map(rooms).filter(|(_, _, rooms)| *rooms > 0).collect();
        let before = std::mem::replace(&mut self.supply[kind], after);
        let mut steps: Vec<(i32, i64)> = Vec::new();
        for (of, sign) in [(&before, -1), (&self.supply[kind], 1)] {
            for (from, to, rooms) in of {
                steps.extend([(*from, sign * rooms), (*to, -sign * rooms)]);
            }
        }
        steps.sort_unstable();
        let mut changed = Vec::new();
        let mut more = 0;
        for pair in steps.windows(2) {
            more += pair[0].1;
            if more != 0 && pair[0].0 < pair[1].0 {
                changed.push((pair[0].0, pair[1].0, more));
            }
        }
        changed
    }

    /// All its supply, room type by room type.
    pub(super) fn ranges(&self) -> impl Iterator<Item = RoomRange> {
        self.supply.iter().flatten().copied()
    }

    fn rooms(&self, night: i32) -> i64 {
        let of_kind = |ranges: &[RoomRange]| {
            let next = ranges.partition_point(|(from, _, _)| *from <= night);
            let found = next.checked_sub(1).and_then(|last| ranges.get(last));
            found.filter(|(_, to, _)| night < *to).map_or(0, |(_, _, rooms)| *rooms)
        };
        self.supply.iter().map(|ranges| of_kind(ranges)).sum()
    }

    /// Replaces how many rooms of a type are sold on a night; how many more that are.
    pub(super) fn sell(&mut self, id: &RoomTypeId, night: i32, rooms: u16) -> i64 {
        let kind = self.kind(id);
        let sold = self.sold.entry(night).or_default();
        let index = sold.iter().position(|(of, _)| *of == kind);
        let before = match (index, rooms) {
            (Some(index), 0) => sold.swap_remove(index).1,
            (Some(index), rooms) => std::mem::replace(&mut sold[index].1, rooms),
            (None, 0) => 0,
            (None, rooms) => {
                sold.push((kind, rooms));
                0
            }
        };
        if sold.is_empty() {
            self.sold.remove(&night);
        }
        i64::from(rooms) - i64::from(before)
    }

    /// The nights among those on which anything is sold.
    pub(super) fn nights_sold(&self, nights: Range<i32>) -> impl Iterator<Item = i32> {
        self.sold.range(nights).map(|(night, _)| *night)
    }

    /// Rooms sold on each night with any.
    pub(super) fn sold(&self) -> impl Iterator<Item = (i32, i64)> {
        self.sold.iter().map(|(night, sold)| (*night, of_all(sold)))
    }

    /// Rooms and rooms sold.
    pub(super) fn night(&self, night: i32) -> (u64, u64) {
        let sold = self.sold.get(&night).map_or(0, |sold| of_all(sold));
        (self.rooms(night).max(0) as u64, sold.max(0) as u64)
    }

    pub(super) fn forget(&mut self, night: i32) {
        self.sold.remove(&night);
    }

    /// Puts a booking in the place of what it was.
    pub(super) fn book(&mut self, booked: &Booked, today: Day) {
        let made = booked.made_on();
        let line = |line: &crate::views::booked::BookedStay| Line {
            stay: line.stay,
            rooms: line.rooms,
            night_price_minor: line.night_price_minor,
            is_cancelled: line.cancelled.is_some(),
        };
        let cancelled = booked.lines.iter().map(|line| line.cancelled_on(made));
        // None if any line stands: then there is no last one.
        let cancelled = cancelled.collect::<Option<Vec<Day>>>();
        let cancelled = cancelled.and_then(|days| days.into_iter().max());
        let kept = Kept { made, cancelled, lines: booked.lines.iter().map(line).collect() };
        let before = self.bookings.get(&booked.booking);
        if before == Some(&kept) {
            return;
        }
        if let Some(before) = before.cloned() {
            self.count(&before, -1, today);
        }
        self.count(&kept, 1, today);
        if kept.counts_at(today) {
            self.bookings.insert(booked.booking, kept);
        } else {
            self.bookings.remove(&booked.booking);
        }
        if self.bookings.len() >= self.bookings_grown_count {
            self.bookings.retain(|_, kept| kept.counts_at(today));
            self.bookings_grown_count = self.bookings.len() * 2 + 16;
        }
    }

    /// What no window reaches any more is left out, both where it is added and taken back.
    fn count(&mut self, kept: &Kept, sign: i64, today: Day) {
        let reached = today.plus(-WINDOW_DAYS);
        let mut made = Done { bookings: sign, ..Done::default() };
        for line in &kept.lines {
            let Some(price) = line.night_price_minor else { continue };
            let nights = i64::from(line.rooms) * i64::from(line.stay.nights_count());
            made.priced_nights += sign * nights;
            made.price_minor += i128::from(sign * nights) * i128::from(price);
            if line.is_cancelled {
                continue;
            }
            let revenue = i128::from(sign) * i128::from(line.rooms) * i128::from(price);
            for night in line.stay.nights().map(|night| night.number()) {
                if night >= reached.0 {
                    let sum = self.revenue_minor.entry(night).or_default();
                    *sum += revenue;
                    if *sum == 0 {
                        self.revenue_minor.remove(&night);
                    }
                }
            }
        }
        let cancelled = Done { cancellations: sign, ..Done::default() };
        for (day, done) in [(Some(kept.made), made), (kept.cancelled, cancelled)] {
            let Some(day) = day.filter(|day| *day > reached) else { continue };
            let sum = self.done.entry(day).or_default();
            sum.add(&done);
            if *sum == Done::default() {
                self.done.remove(&day);
            }
        }
    }

    /// Forgets what no window reaches any more; whether a passing day can still change its figures.
    pub(super) fn pass(&mut self, today: Day) -> bool {
        let reached = today.plus(-WINDOW_DAYS);
        self.done = self.done.split_off(&reached.plus(1));
        self.revenue_minor = self.revenue_minor.split_off(&reached.0);
        let is_sold = self.sold.range(reached.0..).next().is_some();
        let is_live = is_sold || !self.done.is_empty() || !self.revenue_minor.is_empty();
        if !is_live {
            self.bookings.retain(|_, kept| kept.counts_at(today));
        }
        is_live
    }

    /// Its figures, unless nothing happened in any window.
    pub(super) fn figures(&self, today: Day) -> Option<Figures> {
        let (week, _) = self.window(today, 7);
        let (month, sold) = self.window(today, WINDOW_DAYS);
        let is_quiet = month.bookings == 0 && month.cancellations == 0 && sold == 0;
        let price_trend_7d_permille = self.price_trend(today);
        (!is_quiet).then_some(Figures { week, month, price_trend_7d_permille })
    }

    fn window(&self, today: Day, days: i32) -> (Window, u64) {
        let mut done = Done::default();
        self.done.range(today.plus(1 - days)..).for_each(|(_, on_day)| done.add(on_day));
        let nights = today.plus(-days).0..today.0;
        let rooms: i64 = nights.clone().map(|night| self.rooms(night)).sum();
        let rooms = rooms.max(0) as u64;
        let sold = self.sold.range(nights.clone()).map(|(_, sold)| of_all(sold)).sum::<i64>();
        let sold = sold.max(0) as u64;
        let revenue: i128 = self.revenue_minor.range(nights).map(|(_, minor)| minor).sum();
        let count = |count: i64| u32::try_from(count.max(0)).unwrap_or(u32::MAX);
        let (bookings, cancellations) = (count(done.bookings), count(done.cancellations));
        let revenue = |rooms: u64| {
            let each = revenue / i128::from(rooms);
            i64::try_from(each).unwrap_or(i64::MAX)
        };
        let window = Window {
            bookings,
            cancellations,
            cancelled_permille: (bookings > 0)
                .then(|| permille(u64::from(cancellations), u64::from(bookings)).min(1000)),
            occupancy_permille: (rooms > 0).then(|| permille(sold, rooms)),
            revenue_per_room_minor: (rooms > 0).then(|| revenue(rooms)),
        };
        (window, sold)
    }

    fn price_trend(&self, today: Day) -> Option<u32> {
        let sums = |days: &mut dyn Iterator<Item = (&Day, &Done)>| {
            let mut sum = Done::default();
            days.for_each(|(_, done)| sum.add(done));
            sum
        };
        let last = sums(&mut self.done.range(today.plus(-6)..));
        let before = sums(&mut self.done.range(today.plus(-13)..today.plus(-6)));
        let above = last.price_minor.checked_mul(i128::from(before.priced_nights))?;
        let below = before.price_minor.checked_mul(i128::from(last.priced_nights))?;
        if above <= 0 || below <= 0 {
            return None;
        }
        let trend = above.checked_mul(1000)? / below;
        Some(u32::try_from(trend).unwrap_or(u32::MAX))
    }
}

impl Kept {
    /// Whether any of it may be in a window now or later, or may have to be taken out of one.
    fn counts_at(&self, today: Day) -> bool {
        let reached = today.plus(-WINDOW_DAYS);
        let days = [Some(self.made), self.cancelled];
        days.into_iter().flatten().any(|day| day > reached)
            || self.lines.iter().any(|line| line.stay.departure().number() > reached.0)
    }
}

fn of_all(sold: &[(u16, u16)]) -> i64 {
    sold.iter().map(|(_, rooms)| i64::from(*rooms)).sum()
}
