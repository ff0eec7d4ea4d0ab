//! The counters: one cell for each place and night, its windows summed as they slide.

use std::collections::BTreeMap;

use events::Minute;
use smallvec::SmallVec;

use super::row::{DemandRow, MinuteDemand, WholeDemand, Windows};
use crate::keeper::PART_COUNT;

/// The night of a cell that counts all nights.
pub(super) const WHOLE: i32 = i32::MIN;

/// Minutes are held within this of 1970, two thousand years, so that sums of them fit.
const MINUTE_BOUND: i64 = 1 << 30;

/// What 2^32 has decayed to after 0 to 23 hours: 2^(32 - hours / 24), rounded.
const DECAY: [u64; 24] = [
    4294967296, 4172697914, 4053909305, 3938502376, 3826380858, 3717451223, 3611622603, 3508806718,
    3408917802, 3311872529, 3217589947, 3125991407, 3037000500, 2950542991, 2866546760, 2784941738,
    2705659852, 2628634969, 2553802834, 2481101024, 2410468894, 2341847524, 2275179671, 2210409722,
];

/// The minute of a stamp, as cells count.
pub(super) fn bounded(minute: Minute) -> i32 {
    minute.0.clamp(-MINUTE_BOUND, MINUTE_BOUND) as i32
}

/// The hour of a minute.
pub(super) fn hour_of(minute: i32) -> i32 {
    minute.div_euclid(60)
}

/// What a cell counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Searches,
    Bookings,
}

/// Where the windows begin: what lies at or before these is outside.
#[derive(Debug, Clone, Copy)]
pub(super) struct Floors {
    pub minute: i32,
    pub day: i32,
    pub week: i32,
}

impl Floors {
    /// Before the first close everything counts.
    const OPEN: Self = Self { minute: i32::MIN, day: i32::MIN, week: i32::MIN };

    fn at(now: i32) -> Self {
        let hour = hour_of(now);
        Self { minute: now - 60, day: hour - 24, week: hour - 168 }
    }
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    at: i32,
    searches: u32,
    bookings: u32,
}

impl Bucket {
    fn of(&self, what: What) -> u32 {
        match what {
            What::Searches => self.searches,
            What::Bookings => self.bookings,
        }
    }
}

/// Buckets in order; most cells have one, which then needs no memory of its own.
type Buckets = SmallVec<[Bucket; 1]>;

/// Bookings of a minute that came after a search.
#[derive(Debug, Clone, Copy)]
struct Waits {
    at: i32,
    count: u32,
    minutes: u32,
}

/// A counter. It fills two lines of a cache, since most of what a search costs is to fetch these.
#[derive(Debug)]
#[repr(align(128))]
pub(super) struct Cell {
    pub place: u32,
    pub night: i32,
    wake: i32,
    is_dirty: bool,
    /// How many of the hours are older than the last day.
    day_begin: u16,
    minutes: Buckets,
    hours: Buckets,
    sums: Sums,
    whole: Option<Box<Whole>>,
}

#[derive(Debug, Default)]
struct Whole {
    waits: Vec<Waits>,
    told: Option<DemandRow>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Sums {
    searches: Windows,
    bookings: Windows,
}

impl Sums {
    fn of(&mut self, what: What) -> &mut Windows {
        match what {
            What::Searches => &mut self.searches,
            What::Bookings => &mut self.bookings,
        }
    }
}

/// Adds to one bucket; an empty one goes. Returns what it held of this before, and by how much the
/// number of buckets has changed.
fn bump(buckets: &mut Buckets, at: i32, what: What, diff: i32) -> (u32, i16) {
    let found = match buckets.last() {
        Some(last) if last.at == at => Ok(buckets.len() - 1),
        Some(last) if last.at > at => buckets.binary_search_by_key(&at, |bucket| bucket.at),
        _ => Err(buckets.len()),
    };
    let (index, grown) = match found {
        Ok(index) => (index, 0),
        Err(index) => {
            buckets.insert(index, Bucket { at, searches: 0, bookings: 0 });
            (index, 1)
        }
    };
    let bucket = &mut buckets[index];
    let before = bucket.of(what);
    let after = before.saturating_add_signed(diff);
    match what {
        What::Searches => bucket.searches = after,
        What::Bookings => bucket.bookings = after,
    }
    if bucket.searches == 0 && bucket.bookings == 0 {
        buckets.remove(index);
        return (before, grown - 1);
    }
    (before, grown)
}

impl Cell {
    fn new(place: u32, night: i32) -> Self {
        Self {
            place,
            night,
            wake: i32::MAX,
            is_dirty: false,
            day_begin: 0,
            minutes: Buckets::new(),
            hours: Buckets::new(),
            sums: Sums::default(),
            whole: (night == WHOLE).then(Box::default),
        }
    }

    /// Counts in an hour; returns what the hour held before.
    fn add_hour(&mut self, floors: Floors, hour: i32, what: What, diff: i32) -> u32 {
        let (before, grown) = bump(&mut self.hours, hour, what, diff);
        if hour <= floors.day {
            self.day_begin = self.day_begin.saturating_add_signed(grown);
        }
        let sums = self.sums.of(what);
        sums.last_7d = sums.last_7d.saturating_add_signed(diff.into());
        if hour > floors.day {
            sums.last_1d = sums.last_1d.saturating_add_signed(diff.into());
        }
        before
    }

    fn add_minute(&mut self, minute: i32, what: What, diff: i32) {
        bump(&mut self.minutes, minute, what, diff);
        let sums = self.sums.of(what);
        sums.last_1h = sums.last_1h.saturating_add_signed(diff.into());
    }

    /// Lets go of what the windows have left behind.
    fn expire(&mut self, floors: Floors) {
        let sums = &mut self.sums;
        let gone = self.minutes.partition_point(|bucket| bucket.at <= floors.minute);
        for bucket in self.minutes.drain(..gone) {
            sums.searches.last_1h -= u64::from(bucket.searches);
            sums.bookings.last_1h -= u64::from(bucket.bookings);
        }
        let day_begin = self.hours.partition_point(|bucket| bucket.at <= floors.day);
        for bucket in &self.hours[usize::from(self.day_begin)..day_begin] {
            sums.searches.last_1d -= u64::from(bucket.searches);
            sums.bookings.last_1d -= u64::from(bucket.bookings);
        }
        let gone = self.hours.partition_point(|bucket| bucket.at <= floors.week);
        for bucket in self.hours.drain(..gone) {
            sums.searches.last_7d -= u64::from(bucket.searches);
            sums.bookings.last_7d -= u64::from(bucket.bookings);
        }
        // Future hours may be many; those of a day that is over are at most a week's.
        self.day_begin = (day_begin - gone) as u16;
        if let Some(whole) = &mut self.whole {
            whole.waits.retain(|waits| waits.at > floors.minute);
        }
    }

    /// When something leaves a window next, or the weights of a whole change.
    fn next_wake(&self, hour_now: i32) -> i32 {
        let minute = self.minutes.first().map(|bucket| bucket.at + 60);
        let day = self.hours.get(usize::from(self.day_begin)).map(|hour| (hour.at + 24) * 60);
        let week = self.hours.first().map(|bucket| (bucket.at + 168) * 60);
        let decay = (self.night == WHOLE && week.is_some()).then(|| (hour_now + 1) * 60);
        [minute, day, week, decay].into_iter().flatten().min().unwrap_or(i32::MAX)
    }

    fn trending_milli(&self, hour_now: i32) -> u64 {
        let weighted = self.hours.iter().map(|bucket| {
            let age = (hour_now - bucket.at).max(0) as usize;
            u128::from(bucket.searches) * u128::from(DECAY[age % 24] >> (age / 24))
        });
        ((weighted.sum::<u128>() * 1000) >> 32) as u64
    }

    fn row(&self, hour_now: i32) -> DemandRow {
        let whole = self.whole.as_ref().map(|whole| {
            let minute = |bucket: &Bucket| MinuteDemand {
                minute: Minute(bucket.at.into()),
                searches: bucket.searches,
                bookings: bucket.bookings,
            };
            let waits = || whole.waits.iter();
            Box::new(WholeDemand {
                minutes: self.minutes.iter().map(minute).collect(),
                trending_milli: self.trending_milli(hour_now),
                searched_before_count: waits().map(|waits| u64::from(waits.count)).sum(),
                search_to_booking_minutes: waits().map(|waits| u64::from(waits.minutes)).sum(),
            })
        });
        DemandRow { searches: self.sums.searches, bookings: self.sums.bookings, whole }
    }
}

/// What became of a cell.
#[derive(Debug)]
pub(super) struct CellChange {
    /// Whether it counts nothing any more.
    pub is_empty: bool,
    /// Its row, if that has changed.
    pub row: Option<Option<DemandRow>>,
}

/// All cells.
#[derive(Debug)]
pub(super) struct Cells {
    slab: Vec<Cell>,
    free: Vec<u32>,
    /// Cells to look at again, by minute.
    wakes: BTreeMap<i32, Vec<u32>>,
    /// Cells that changed in this epoch, with their sums before.
    dirty: Vec<(u32, Sums)>,
    floors: Floors,
}

impl Cells {
    pub fn new() -> Self {
        let (slab, free, dirty) = (Vec::new(), Vec::new(), Vec::new());
        Self { slab, free, wakes: BTreeMap::new(), dirty, floors: Floors::OPEN }
    }

    pub fn floors(&self) -> Floors {
        self.floors
    }

    pub fn count(&self) -> usize {
        self.slab.len() - self.free.len()
    }

    pub fn create(&mut self, place: u32, night: i32) -> u32 {
        let cell = Cell::new(place, night);
        if let Some(index) = self.free.pop() {
            self.slab[index as usize] = cell;
            return index;
        }
        self.slab.push(cell);
        (self.slab.len() - 1) as u32
    }

    /// Searches that a cell has counted in an hour.
    pub fn searches_in(&self, index: u32, hour: i32) -> u32 {
        let hours = &self.slab[index as usize].hours;
        let found = hours.binary_search_by_key(&hour, |bucket| bucket.at);
        found.map_or(0, |at| hours[at].searches)
    }

    pub fn has_bookings(&self, index: u32) -> bool {
        self.slab[index as usize].sums.bookings.last_7d > 0
    }

    /// Counts what was in a minute; returns what its hour held before. The hour is inside the week.
    pub fn add(&mut self, index: u32, minute: i32, what: What, diff: i32) -> u32 {
        self.touch(index);
        let (floors, hour) = (self.floors, hour_of(minute));
        let cell = &mut self.slab[index as usize];
        let before = cell.add_hour(floors, hour, what, diff);
        let mut wake = hour_wake(floors, hour, cell.night);
        if minute > floors.minute {
            cell.add_minute(minute, what, diff);
            wake = wake.min(minute + 60);
        }
        self.wake_at(index, wake);
        before
    }

    /// Counts searches of an hour that is over.
    pub fn add_hour(&mut self, index: u32, hour: i32, searches: u32) {
        self.touch(index);
        let floors = self.floors;
        let cell = &mut self.slab[index as usize];
        // An hour holds fewer searches than 31 bits count.
        cell.add_hour(floors, hour, What::Searches, searches.min(i32::MAX as u32) as i32);
        let wake = hour_wake(floors, hour, cell.night);
        self.wake_at(index, wake);
    }

    /// Counts a booking of a minute of the last hour that came so long after a search.
    pub fn add_wait(&mut self, index: u32, minute: i32, waited: i32, diff: i32) {
        if minute <= self.floors.minute {
            return;
        }
        self.touch(index);
        let Some(whole) = &mut self.slab[index as usize].whole else { return };
        let place = match whole.waits.binary_search_by_key(&minute, |waits| waits.at) {
            Ok(place) => place,
            Err(place) => {
                whole.waits.insert(place, Waits { at: minute, count: 0, minutes: 0 });
                place
            }
        };
        let waits = &mut whole.waits[place];
        waits.count = waits.count.saturating_add_signed(diff);
        waits.minutes = waits.minutes.saturating_add_signed(diff * waited);
        if waits.count == 0 {
            whole.waits.remove(place);
        }
    }

    fn touch(&mut self, index: u32) {
        let cell = &mut self.slab[index as usize];
        if !cell.is_dirty {
            cell.is_dirty = true;
            self.dirty.push((index, cell.sums));
        }
    }

    fn wake_at(&mut self, index: u32, wake: i32) {
        let cell = &mut self.slab[index as usize];
        if wake < cell.wake {
            cell.wake = wake;
            self.wakes.entry(wake).or_default().push(index);
        }
    }

    /// Moves the windows.
    pub fn advance(&mut self, now: i32) {
        self.floors = Floors::at(now);
        while let Some(entry) = self.wakes.first_entry().filter(|entry| *entry.key() <= now) {
            let (minute, woken) = entry.remove_entry();
            for index in woken {
                // It may have been woken before, or be another cell by now.
                if self.slab[index as usize].wake != minute {
                    continue;
                }
                self.touch(index);
                let cell = &mut self.slab[index as usize];
                cell.expire(self.floors);
                cell.wake = i32::MAX;
                let wake = cell.next_wake(hour_of(now));
                if wake < i32::MAX {
                    self.wake_at(index, wake);
                }
            }
        }
    }

    /// Tells cells whose row has changed, and those that are empty: they are free after it. Whether
    /// those were the last.
    pub fn close_part(&mut self, now: i32, tell: &mut dyn FnMut(&Cell, CellChange)) -> bool {
        let part = self.dirty.split_off(self.dirty.len().saturating_sub(PART_COUNT));
        for (index, before) in part {
            let cell = &mut self.slab[index as usize];
            cell.is_dirty = false;
            let is_empty = cell.sums == Sums::default();
            let row = (!is_empty).then(|| cell.row(hour_of(now)));
            let has_changed = match &mut cell.whole {
                None => cell.sums != before,
                Some(whole) if whole.told == row => false,
                Some(whole) => {
                    whole.told.clone_from(&row);
                    true
                }
            };
            if is_empty {
                cell.wake = i32::MAX;
                self.free.push(index);
            }
            if is_empty || has_changed {
                tell(cell, CellChange { is_empty, row: has_changed.then_some(row) });
            }
        }
        self.dirty.is_empty()
    }
}

/// When the windows or the weight of an hour change next.
fn hour_wake(floors: Floors, hour: i32, night: i32) -> i32 {
    match (night, hour > floors.day) {
        (WHOLE, _) => (hour + 1) * 60,
        (_, true) => (hour + 24) * 60,
        (_, false) => (hour + 168) * 60,
    }
}

#[cfg(test)]
mod tests {
    use super::Cell;

    #[test]
    fn a_cell_fills_two_lines_of_a_cache() {
        assert_eq!(size_of::<Cell>(), 128);
    }
}
