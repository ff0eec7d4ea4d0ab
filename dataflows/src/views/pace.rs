//! How do the bookings of a night to come stand: now, against last year, against what is usual?
//!
//! ```sql
//! -- A stay line as it stands, on each of its nights. `booked` is the UTC date of the booking's
//! -- confirmation, `cancelled` that of the line's cancellation, or null. An amended line counts as
//! -- if it had been booked in its present form: what it was before is on no record.
//! CREATE VIEW on_books AS SELECT property, room_type, night, rooms, booked, cancelled FROM lines
//! UNION ALL               SELECT property, NULL,      night, rooms, booked, cancelled FROM lines;
//!
//! -- Rooms on the books at the end of a day, as they are known now.
//! CREATE MACRO books(p, t, n, day) AS (SELECT SUM(rooms) FROM on_books
//!   WHERE (property, room_type, night) = (p, t, n) AND booked <= day
//!     AND (cancelled IS NULL OR cancelled > day));
//!
//! CREATE VIEW pace AS SELECT p AS property, t AS room_type, n AS night,
//!   SUM(rooms) FILTER (cancelled IS NULL) AS on_the_books,
//!   -- Net: bookings less cancellations of the days after today - W.
//!   SUM(rooms) FILTER (booked > today - W)
//!     - SUM(rooms) FILTER (cancelled > today - W) AS pickup_W,
//!   -- The same weekday a year before, at the same lead time; null where the property's first
//!   -- booking is younger than that.
//!   books(p, t, n - 364, today - 364) AS year_before,
//!   -- Over the nights m that went before, and over every lead time of the bucket that n is in.
//!   1000 * COALESCE(SUM(books(p, t, m, m - lead)), 0) / COUNT(*) AS mean_milli
//! FROM ... m IN [max(reference - 364, first + lead_of_bucket_last), reference), lead IN bucket(n)
//! WHERE night >= today - 1 GROUP BY ALL;
//! ```
//!
//! W is 1, 7 and 30. `first` is the day of the property's first booking. `reference` is the last
//! day up to today on which the property's nights of reference move, which is every 28 days, for
//! each property on days of its own: `(reference - slot of the property) % 28 = 0`. Buckets of lead
//! times are those of [`LEAD_EDGES`](crate::views::days::LEAD_EDGES); the last has no mean.
//! A night on which nothing is booked, picked up or was booked a year before has no row; what is
//! usual for it stands in a row of its lead time, `mean_milli` above for each bucket.
//!
//! Inputs: bookings, each told whole whenever anything of it changes; the clock.
//!
//! Bound on its state: one entry for each room line and night of the last 420 days and of all to
//! come. A passing day looks at the rows from whose windows a booking or cancellation falls, at
//! those whose bucket changes, and at those of one property in 28; it tells how many.

use std::collections::BTreeMap;

use events::{Minute, Night, PropertyId, RoomTypeId, Slot, Stay};
use ledger::{Row, RowChange};
use models::pricing::LEAD_EDGES_DAYS;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::keeper::{Agenda, Keeper, KeeperSize, fingerprint};
use crate::views::booked::Booked;
use crate::views::days::{Day, DayPassed, nights_crossing};

mod hotel;
#[cfg(test)]
mod tests;

use hotel::{Hotel, WHOLE};

/// A year of whole weeks: the same weekday.
const YEAR_DAYS: i32 = 364;

/// How often a property's nights of reference move.
const REFERENCE_DAYS: i32 = 28;

/// The windows of the pick-up, in days.
const PICKUP_DAYS: [i32; 3] = [1, 7, 30];

/// Which night of what.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PaceKey {
    /// The property.
    pub property: PropertyId,
    /// Its room type; none for the whole property.
    pub room_type: Option<RoomTypeId>,
    /// Of which night, or what is usual.
    pub of: PaceOf,
}

/// What a row speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PaceOf {
    /// A night.
    Night(Night),
    /// Nights so many days ahead, up to the next bucket: the row says what is usual and nothing
    /// else. Nights without a row of their own are held against it.
    Lead(u16),
}

/// How the bookings of a night stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct PaceRow {
    /// Rooms booked and not cancelled.
    pub on_the_books: u32,
    /// Rooms booked less rooms cancelled today.
    pub pickup_1d: i32,
    /// The same of the last 7 days.
    pub pickup_7d: i32,
    /// The same of the last 30 days.
    pub pickup_30d: i32,
    /// Rooms on the books 364 days ago for the night 364 days earlier; none without a history.
    pub year_before: Option<u32>,
    /// What is usual at this lead time: thousandths of a room, over the property's own nights of
    /// the year before; none without a history.
    pub mean_milli: Option<u64>,
}

impl PaceRow {
    /// Whether there is anything to tell besides what is usual.
    fn is_default(&self) -> bool {
        let Self { on_the_books, pickup_1d, pickup_7d, pickup_30d, year_before, mean_milli: _ } =
            *self;
        let pickups = [pickup_1d, pickup_7d, pickup_30d];
        on_the_books == 0 && pickups == [0; 3] && year_before.unwrap_or(0) == 0
    }
}

/// What a row of the ledger says to the view, if anything.
pub fn booked_of(change: &RowChange) -> Option<Booked> {
    match change {
        RowChange::Put(Row::Booking(row)) => Some(Booked::from(row)),
        _ => None,
    }
}

/// A row, or that it is gone.
pub type PaceChange = (PaceKey, Option<PaceRow>);

/// A night of a room type, or of the whole, of a property.
type Cell = (u32, u16, i32);

/// Where bookings or cancellations of one day touched nights.
#[derive(Debug, Clone, Copy)]
struct Touch {
    hotel: u32,
    room_type: u16,
    stay: Stay,
}

/// The keeper of the view; its key is the property.
#[derive(Debug)]
pub struct Pace {
    today: Day,
    index: FxHashMap<PropertyId, u32>,
    hotels: Vec<Hotel>,
    /// The properties whose nights of reference move on days of that remainder.
    phases: Vec<Vec<u32>>,
    /// What was booked or cancelled on a day, for as long as that day may leave a window.
    touches: BTreeMap<Day, Vec<Touch>>,
    /// The properties whose history begins on a day, for as long as that is less than a year ago.
    began: BTreeMap<Day, Vec<u32>>,
    /// The properties of which a row of that night was told, now or before.
    told: BTreeMap<i32, FxHashSet<u32>>,
    dirty: Vec<Cell>,
    /// Properties of which something else may be usual.
    dirty_usual: Vec<u32>,
    agenda: Agenda<Cell>,
    /// Of the epoch that is being closed, as is the next.
    touched_count: Option<usize>,
    told_count: usize,
    passed: Option<DayPassed>,
    size: KeeperSize,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            today: Day::NEVER,
            index: FxHashMap::default(),
            hotels: Vec::new(),
            phases: vec![Vec::new(); REFERENCE_DAYS as usize],
            touches: BTreeMap::new(),
            began: BTreeMap::new(),
            told: BTreeMap::new(),
            dirty: Vec::new(),
            dirty_usual: Vec::new(),
            agenda: Agenda::default(),
            touched_count: None,
            told_count: 0,
            passed: None,
            size: KeeperSize::default(),
        }
    }
}

impl Keeper for Pace {
    type Event = Booked;
    type Change = PaceChange;

    fn hear(&mut self, booked: Booked) {
        let number = self.hotel(&booked.property);
        let Some(hotel) = self.hotels.get_mut(number as usize) else { return };
        if hotel.began_before(booked.made_on()) {
            self.began.entry(hotel.began).or_default().push(number);
            self.dirty_usual.push(number);
            self.dirty.extend(hotel.cells(self.today).map(|(kind, night)| (number, kind, night)));
        }
        self.size.held_count -= hotel.entries_count();
        let changed = hotel.book(&booked, self.today);
        self.size.held_count += hotel.entries_count();
        for line in changed {
            for day in [line.booked, line.cancelled] {
                if day != Day::LAST && day > self.today.plus(-YEAR_DAYS) {
                    let touch = Touch { hotel: number, room_type: line.room_type, stay: line.stay };
                    self.touches.entry(day).or_default().push(touch);
                }
            }
            let is_history = line.booked <= self.today.plus(-YEAR_DAYS);
            let has_begun = line.stay.arrival().number() < self.today.0;
            for night in line.stay.nights().map(Night::number) {
                self.dirty.push((number, line.room_type, night));
                if is_history {
                    self.dirty.push((number, line.room_type, night + YEAR_DAYS));
                }
            }
            if has_begun && hotel.forget_usual() {
                self.dirty_usual.push(number);
                let cells = hotel.cells(self.today);
                self.dirty.extend(cells.map(|(kind, night)| (number, kind, night)));
            }
        }
    }

    fn close(&mut self, now: Minute, tell: &mut dyn FnMut(PaceChange)) {
        while !self.close_part(now, tell) {}
    }

    fn close_part(&mut self, now: Minute, tell: &mut dyn FnMut(PaceChange)) -> bool {
        if !self.agenda.is_open() {
            let today = Day::at(now).max(self.today);
            self.touched_count = (today != self.today).then(|| self.pass_to(today));
            self.today = today;
            self.told_count = self.tell_past(tell) + self.tell_usual(tell);
            let mut dirty = std::mem::take(&mut self.dirty);
            spread_to_wholes(&mut dirty);
            self.agenda.open(dirty);
        }
        for cell in self.agenda.part() {
            self.told_count += usize::from(self.tell_cell(cell, tell));
        }
        let is_closed = !self.agenda.is_open();
        if let Some(touched_count) = self.touched_count.take_if(|_| is_closed) {
            let (day, told_count) = (self.today, self.told_count);
            self.passed = Some(DayPassed { day, touched_count, told_count });
        }
        is_closed
    }

    fn size(&self) -> KeeperSize {
        self.size
    }

    fn day_passed(&self) -> Option<DayPassed> {
        self.passed
    }
}

impl Pace {
    fn hotel(&mut self, property: &PropertyId) -> u32 {
        if let Some(number) = self.index.get(property) {
            return *number;
        }
        let number = self.hotels.len() as u32;
        let phase = i32::from(Slot::of(property).number()) % REFERENCE_DAYS;
        self.hotels.push(Hotel::new(property.clone(), phase));
        self.phases[phase as usize].push(number);
        self.index.insert(property.clone(), number);
        number
    }

    /// Marks what the days up to `today` change; how many rows that are.
    fn pass_to(&mut self, today: Day) -> usize {
        let mut by_day: Vec<Cell> = Vec::new();
        // After a long time, or at the first clock, nearly every row is another.
        if i64::from(today.0) - i64::from(self.today.0) > i64::from(REFERENCE_DAYS) {
            for (number, hotel) in (0_u32..).zip(&mut self.hotels) {
                self.size.held_count -= hotel.entries_count();
                hotel.turn(today);
                self.dirty_usual.push(number);
                self.size.held_count += hotel.entries_count();
                by_day.extend(hotel.cells(today).map(|(kind, night)| (number, kind, night)));
            }
        } else {
            for number in self.today.0 + 1..=today.0 {
                self.pass_day(Day(number), &mut by_day);
            }
        }
        self.touches = self.touches.split_off(&today.plus(1 - YEAR_DAYS));
        self.began = self.began.split_off(&today.plus(1 - YEAR_DAYS));
        by_day.retain(|(_, _, night)| *night >= today.first_open_night());
        spread_to_wholes(&mut by_day);
        by_day.sort_unstable();
        by_day.dedup();
        self.dirty.extend_from_slice(&by_day);
        by_day.len()
    }

    fn pass_day(&mut self, day: Day, by_day: &mut Vec<Cell>) {
        let left = PICKUP_DAYS.iter().map(|days| (day.plus(-days), 0));
        for (of, later) in left.chain([(day.plus(-YEAR_DAYS), YEAR_DAYS)]) {
            for touch in self.touches.get(&of).into_iter().flatten() {
                let nights = touch.stay.nights().map(|night| night.number() + later);
                by_day.extend(nights.map(|night| (touch.hotel, touch.room_type, night)));
            }
        }
        for night in nights_crossing(day) {
            for number in self.told.get(&night).into_iter().flatten() {
                let Some(hotel) = self.hotels.get(*number as usize) else { continue };
                by_day.extend(hotel.kinds_told(night).map(|kind| (*number, kind, night)));
            }
        }
        let phase = day.0.rem_euclid(REFERENCE_DAYS) as usize;
        for number in &self.phases[phase] {
            let Some(hotel) = self.hotels.get_mut(*number as usize) else { continue };
            self.size.held_count -= hotel.entries_count();
            hotel.turn(day);
            self.dirty_usual.push(*number);
            self.size.held_count += hotel.entries_count();
            // What is usual makes no row, so that only those that are there may be others.
            let is_told = |(kind, night): &(u16, i32)| hotel.is_told(*kind, *night);
            let cells = hotel.cells(day).filter(is_told);
            by_day.extend(cells.map(|(kind, night)| (*number, kind, night)));
        }
        // With a year of history behind it, a property has something to compare with.
        let year_ago = day.plus(-YEAR_DAYS);
        for number in self.began.get(&year_ago).into_iter().flatten() {
            let Some(hotel) = self.hotels.get(*number as usize) else { continue };
            if hotel.began == year_ago {
                by_day.extend(hotel.cells(day).map(|(kind, night)| (*number, kind, night)));
            }
        }
    }

    /// Takes back the rows of nights that are over everywhere.
    fn tell_past(&mut self, tell: &mut dyn FnMut(PaceChange)) -> usize {
        let open = self.told.split_off(&self.today.first_open_night());
        let mut told_count = 0;
        for (night, hotels) in std::mem::replace(&mut self.told, open) {
            let mut hotels: Vec<u32> = hotels.into_iter().collect();
            hotels.sort_unstable();
            for number in hotels {
                told_count += self.take_back(number, night, tell);
            }
        }
        told_count
    }

    /// Takes back the rows of a night of a property; how many those were.
    fn take_back(&mut self, number: u32, night: i32, tell: &mut dyn FnMut(PaceChange)) -> usize {
        let Some(hotel) = self.hotels.get_mut(number as usize) else { return 0 };
        let kinds: Vec<u16> = hotel.kinds_told(night).collect();
        for kind in &kinds {
            hotel.replace_told((*kind, night), None);
        }
        self.size.keys_count -= kinds.len();
        for kind in &kinds {
            if let Some(key) = self.key((number, *kind, night)) {
                tell((key, None));
            }
        }
        kinds.len()
    }

    /// Tells what is usual where it is another than before.
    fn tell_usual(&mut self, tell: &mut dyn FnMut(PaceChange)) -> usize {
        let mut numbers = std::mem::take(&mut self.dirty_usual);
        numbers.sort_unstable();
        numbers.dedup();
        let mut told_count = 0;
        for number in numbers {
            let Some(hotel) = self.hotels.get_mut(number as usize) else { continue };
            let kept_count = hotel.usual_told_count();
            for ((kind, bucket), mean_milli) in hotel.tell_usual(self.today) {
                let (property, room_type) = (hotel.property.clone(), hotel.room_type(kind));
                let of = PaceOf::Lead(LEAD_EDGES_DAYS[bucket]);
                let row = PaceRow { mean_milli, ..PaceRow::default() };
                tell((PaceKey { property, room_type, of }, mean_milli.map(|_| row)));
                told_count += 1;
            }
            self.size.keys_count += hotel.usual_told_count();
            self.size.keys_count -= kept_count;
        }
        told_count
    }

    /// Tells a row if it is another than before.
    fn tell_cell(&mut self, cell: Cell, tell: &mut dyn FnMut(PaceChange)) -> bool {
        let (number, kind, night) = cell;
        let is_open = night >= self.today.first_open_night();
        if !is_open || Night::from_number(night).is_none() {
            return false;
        }
        let Some(hotel) = self.hotels.get_mut(number as usize) else { return false };
        let row = Some(hotel.row(kind, night, self.today)).filter(|row| !row.is_default());
        let print = row.as_ref().map(fingerprint);
        let before = hotel.replace_told((kind, night), print);
        if row.is_some() && before.is_none() {
            self.told.entry(night).or_default().insert(number);
        }
        self.size.keys_count += usize::from(row.is_some());
        self.size.keys_count -= usize::from(before.is_some());
        if before == print {
            return false;
        }
        if let Some(key) = self.key(cell) {
            tell((key, row));
        }
        true
    }

    fn key(&self, (number, kind, night): Cell) -> Option<PaceKey> {
        let hotel = self.hotels.get(number as usize)?;
        let property = hotel.property.clone();
        Some(PaceKey {
            property,
            room_type: hotel.room_type(kind),
            of: PaceOf::Night(Night::from_number(night)?),
        })
    }
}

/// Adds the whole property of each cell of a room type.
fn spread_to_wholes(cells: &mut Vec<Cell>) {
    cells.sort_unstable();
    cells.dedup();
    let wholes: Vec<Cell> =
        cells.iter().map(|(number, _, night)| (*number, WHOLE, *night)).collect();
    cells.extend(wholes);
}
