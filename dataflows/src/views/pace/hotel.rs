//! What the view keeps of one property: who has which night, since when and until when.

use std::collections::BTreeMap;

use events::{BookingId, Night, PropertyId, RoomTypeId, Stay};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::{PICKUP_DAYS, PaceRow, REFERENCE_DAYS, YEAR_DAYS};
use crate::keeper::Fingerprint;
use crate::views::booked::Booked;
use crate::views::days::{Day, LEAD_EDGES, lead_bucket};

/// Stands for all room types of a property together.
pub(super) const WHOLE: u16 = u16::MAX;

/// Buckets that have an end, and therefore a mean.
const BUCKETS: usize = LEAD_EDGES.len() - 1;

/// A line of a booking, as it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) room_type: u16,
    pub(super) stay: Stay,
    pub(super) rooms: u16,
    pub(super) booked: Day,
    /// [`Day::LAST`] while it is not.
    pub(super) cancelled: Day,
}

type Lines = SmallVec<[Line; 1]>;

/// Rooms on one night.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    booked: Day,
    cancelled: Day,
    rooms: u16,
}

impl Entry {
    /// Its rooms, if they were on the books at the end of that day.
    fn rooms_at(&self, day: Day) -> u32 {
        u32::from(if self.booked <= day && day < self.cancelled { self.rooms } else { 0 })
    }

    /// On how many of the lead times from `first` up to, not including, `end` it was on the books.
    fn leads_within(&self, night: i32, first: i32, end: i32) -> u64 {
        // On the books at lead L means booked <= night - L < cancelled.
        let longest = night.saturating_sub(self.booked.0);
        let shortest = night.saturating_sub(self.cancelled.0).saturating_add(1);
        let count = i64::from(longest.min(end - 1)) - i64::from(shortest.max(first)) + 1;
        count.max(0) as u64
    }
}

/// Rooms times lead times on the books in each bucket, over the nights of reference.
type Sums = [u64; BUCKETS];

/// What is usual, by room type and for the whole.
#[derive(Debug, Clone, Default)]
struct Usual {
    /// How many nights of reference each bucket has.
    nights_count: [u32; BUCKETS],
    sums: FxHashMap<u16, Sums>,
}

/// A property.
#[derive(Debug)]
pub(super) struct Hotel {
    pub(super) property: PropertyId,
    /// The day of its first booking.
    pub(super) began: Day,
    phase: i32,
    room_types: Vec<RoomTypeId>,
    bookings: FxHashMap<BookingId, Lines>,
    nights: BTreeMap<(i32, u16), Vec<Entry>>,
    /// Worked out when it is asked for.
    usual: Option<Box<Usual>>,
    /// What was told of it, by room type and bucket.
    usual_told: BTreeMap<(u16, usize), u64>,
    /// What was told of nights.
    told: BTreeMap<(i32, u16), Fingerprint>,
}

impl Hotel {
    pub(super) fn new(property: PropertyId, phase: i32) -> Self {
        Self {
            property,
            began: Day::LAST,
            phase,
            room_types: Vec::new(),
            bookings: FxHashMap::default(),
            nights: BTreeMap::new(),
            usual: None,
            usual_told: BTreeMap::new(),
            told: BTreeMap::new(),
        }
    }

    /// How many nights it has rooms on, each room type for itself.
    pub(super) fn entries_count(&self) -> usize {
        self.nights.len()
    }

    pub(super) fn room_type(&self, kind: u16) -> Option<RoomTypeId> {
        self.room_types.get(usize::from(kind)).cloned()
    }

    /// Notes that its history reaches back to that day; whether that is further than known.
    pub(super) fn began_before(&mut self, day: Day) -> bool {
        let is_earlier = day < self.began;
        if is_earlier {
            self.began = day;
            self.usual = None;
        }
        is_earlier
    }

    /// Puts a booking in the place of what it was; the lines that it had or has.
    pub(super) fn book(&mut self, booked: &Booked, today: Day) -> Lines {
        let made = booked.made_on();
        let kept_from = kept_from(today);
        let mut lines = Lines::new();
        for line in &booked.lines {
            let room_type = self.kind(&line.room_type);
            let cancelled = line.cancelled_on(made).unwrap_or(Day::LAST);
            let Some(stay) = from_night(line.stay, kept_from) else { continue };
            lines.push(Line { room_type, stay, rooms: line.rooms, booked: made, cancelled });
        }
        let before = match lines.is_empty() {
            true => self.bookings.remove(&booked.booking),
            false => self.bookings.insert(booked.booking, lines.clone()),
        };
        let mut before = before.unwrap_or_default();
        for line in &mut before {
            // Nights that were forgotten since are not taken back again.
            line.stay = from_night(line.stay, kept_from).unwrap_or(line.stay);
        }
        if before == lines {
            return Lines::new();
        }
        before.iter().for_each(|line| self.count(line, false));
        lines.iter().for_each(|line| self.count(line, true));
        before.extend(lines);
        before
    }

    fn kind(&mut self, id: &RoomTypeId) -> u16 {
        let known = self.room_types.iter().position(|known| known == id);
        known.unwrap_or_else(|| {
            self.room_types.push(id.clone());
            self.room_types.len() - 1
        }) as u16
    }

    fn count(&mut self, line: &Line, is_added: bool) {
        let entry = Entry { booked: line.booked, cancelled: line.cancelled, rooms: line.rooms };
        for night in line.stay.nights() {
            let key = (night.number(), line.room_type);
            if is_added {
                self.nights.entry(key).or_default().push(entry);
            } else if let Some(entries) = self.nights.get_mut(&key) {
                if let Some(index) = entries.iter().position(|other| *other == entry) {
                    entries.swap_remove(index);
                }
                if entries.is_empty() {
                    self.nights.remove(&key);
                }
            }
        }
    }

    /// Every cell that may have a row: those with bookings, and those that had some a year before.
    pub(super) fn cells(&self, today: Day) -> impl Iterator<Item = (u16, i32)> {
        let open = today.first_open_night();
        let keys = self.nights.range((open.saturating_sub(YEAR_DAYS), 0)..).map(|(key, _)| *key);
        let both = keys.flat_map(|(night, kind)| [(kind, night), (kind, night + YEAR_DAYS)]);
        both.filter(move |(_, night)| *night >= open)
    }

    /// Its nights of reference move: what is usual is another, and what no window reaches is
    /// forgotten.
    pub(super) fn turn(&mut self, today: Day) {
        self.usual = None;
        let kept_from = kept_from(today);
        self.nights = self.nights.split_off(&(kept_from, 0));
        let is_kept = |line: &Line| line.stay.departure().number() > kept_from;
        self.bookings.retain(|_, lines| lines.iter().any(is_kept));
    }

    /// A night of reference has changed after the fact; whether anybody was told of what is usual.
    pub(super) fn forget_usual(&mut self) -> bool {
        self.usual.take().is_some()
    }

    /// How many rows say what is usual.
    pub(super) fn usual_told_count(&self) -> usize {
        self.usual_told.len()
    }

    /// What is usual now where it is another than was told, by room type and bucket.
    pub(super) fn tell_usual(&mut self, today: Day) -> Vec<((u16, usize), Option<u64>)> {
        let mut usual = BTreeMap::new();
        let kinds: Vec<u16> = (0..self.room_types.len() as u16).chain([WHOLE]).collect();
        for kind in kinds {
            for bucket in 0..BUCKETS {
                let mean_milli = self.mean_milli(kind, bucket, today).filter(|mean| *mean > 0);
                usual.extend(mean_milli.map(|mean| ((kind, bucket), mean)));
            }
        }
        let before = std::mem::replace(&mut self.usual_told, usual);
        let gone = before.keys().filter(|key| !self.usual_told.contains_key(key));
        let mut news: Vec<_> = gone.map(|key| (*key, None)).collect();
        let changed = self.usual_told.iter().filter(|(key, mean)| before.get(key) != Some(mean));
        news.extend(changed.map(|(key, mean)| (*key, Some(*mean))));
        news
    }

    /// The room types of which a row of that night was told.
    pub(super) fn kinds_told(&self, night: i32) -> impl Iterator<Item = u16> {
        self.told.range((night, 0)..=(night, WHOLE)).map(|((_, kind), _)| *kind)
    }

    pub(super) fn is_told(&self, kind: u16, night: i32) -> bool {
        self.told.contains_key(&(night, kind))
    }

    /// Puts what is told of a night in the place of what was, which is given back.
    pub(super) fn replace_told(
        &mut self,
        (kind, night): (u16, i32),
        print: Option<Fingerprint>,
    ) -> Option<Fingerprint> {
        match print {
            Some(print) => self.told.insert((night, kind), print),
            None => self.told.remove(&(night, kind)),
        }
    }

    /// The row of a night, whether there is anything to tell or not.
    pub(super) fn row(&mut self, kind: u16, night: i32, today: Day) -> PaceRow {
        let mean_milli = self.mean_milli(kind, lead_bucket(today.days_to(night)), today);
        let mut row = PaceRow { mean_milli, ..PaceRow::default() };
        let mut pickups = [0_i64; 3];
        for entry in self.entries(kind, night) {
            let rooms = i64::from(entry.rooms);
            if entry.cancelled == Day::LAST {
                row.on_the_books += u32::from(entry.rooms);
            }
            for (pickup, days) in pickups.iter_mut().zip(PICKUP_DAYS) {
                let after = today.plus(-days);
                *pickup += if entry.booked > after { rooms } else { 0 };
                let is_cancelled = entry.cancelled != Day::LAST && entry.cancelled > after;
                *pickup -= if is_cancelled { rooms } else { 0 };
            }
        }
        [row.pickup_1d, row.pickup_7d, row.pickup_30d] = pickups.map(|rooms| rooms as i32);
        let then = today.plus(-YEAR_DAYS);
        if self.began <= then {
            let before = self.entries(kind, night - YEAR_DAYS);
            row.year_before = Some(before.map(|entry| entry.rooms_at(then)).sum());
        }
        row
    }

    fn entries(&self, kind: u16, night: i32) -> impl Iterator<Item = &Entry> {
        let kinds = if kind == WHOLE { 0..=WHOLE } else { kind..=kind };
        let range = (night, *kinds.start())..=(night, *kinds.end());
        self.nights.range(range).flat_map(|(_, entries)| entries)
    }

    fn mean_milli(&mut self, kind: u16, bucket: usize, today: Day) -> Option<u64> {
        if bucket >= BUCKETS {
            return None;
        }
        if self.usual.is_none() {
            self.usual = Some(Box::new(self.usual(today)));
        }
        let usual = self.usual.as_ref()?;
        let nights_count = u64::from(usual.nights_count[bucket]);
        if nights_count == 0 {
            return None;
        }
        let sum = usual.sums.get(&kind).map_or(0, |sums| sums[bucket]);
        let leads_count = (LEAD_EDGES[bucket + 1] - LEAD_EDGES[bucket]) as u64;
        Some(sum.saturating_mul(1000) / (nights_count * leads_count))
    }

    fn usual(&self, today: Day) -> Usual {
        let reference = today.0 - (today.0 - self.phase).rem_euclid(REFERENCE_DAYS);
        // A night counts in a bucket once the history reaches back to its longest lead time.
        let first = |bucket: usize| {
            let whole = self.began.0.saturating_add(LEAD_EDGES[bucket + 1] - 1);
            whole.max(reference - YEAR_DAYS)
        };
        let mut usual = Usual::default();
        for (bucket, count) in usual.nights_count.iter_mut().enumerate() {
            *count = reference.saturating_sub(first(bucket)).max(0) as u32;
        }
        if usual.nights_count[0] == 0 {
            return usual;
        }
        let from = reference - YEAR_DAYS;
        for ((night, kind), entries) in self.nights.range((from, 0)..(reference, 0)) {
            let mut sums = Sums::default();
            for (bucket, sum) in sums.iter_mut().enumerate().filter(|(at, _)| *night >= first(*at))
            {
                let (lead, end) = (LEAD_EDGES[bucket], LEAD_EDGES[bucket + 1]);
                let leads =
                    |entry: &Entry| u64::from(entry.rooms) * entry.leads_within(*night, lead, end);
                *sum = entries.iter().map(leads).sum();
            }
            for kind in [*kind, WHOLE] {
                let kept = usual.sums.entry(kind).or_default();
                kept.iter_mut().zip(sums).for_each(|(kept, sum)| *kept += sum);
            }
        }
        usual
    }
}

/// The first night that a window of reference or the year before may still reach.
fn kept_from(today: Day) -> i32 {
    today.0.saturating_sub(YEAR_DAYS + REFERENCE_DAYS).max(Night::MIN.number())
}

/// What is left of a stay from that night on.
fn from_night(stay: Stay, first: i32) -> Option<Stay> {
    let first = Night::from_number(first)?;
    Stay::new(stay.arrival().max(first), stay.departure()).ok()
}
