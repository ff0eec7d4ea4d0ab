//! What the view keeps of one property.

use std::collections::BTreeMap;
use std::sync::Arc;

use events::{BookingId, ChannelId, Fact, Money, Part, PropertyId, RatePlanId, RoomTypeId, Stay};
use ledger::rows::SupplyRange;
use models::overbooking::{BookingTraits, Group, NightBooks, ONE_PPM, OverbookingPolicy, limit};
use models::pricing::lead_bucket_days;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::LimitRow;
use crate::views::booked::Booked;
use crate::views::days::{Day, lead_bucket};
use crate::views::price::Branch;

/// Nights and room types.
type Cells = Vec<(i32, u16)>;

/// A line that takes rooms, as it was booked.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    room_type: u16,
    stay: Stay,
    rooms: u16,
    guest: Guest,
}

/// What a guest is like, as far as it says whether he shows up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Guest {
    arrival: i32,
    lead_days: u16,
    rate_plan: u16,
    channel: u16,
    fact: Option<Fact>,
}

/// Rooms of one guest on a night.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    rooms: u16,
    guest: Guest,
}

/// A property.
#[derive(Debug)]
pub(super) struct Hotel {
    pub(super) property: PropertyId,
    active: Option<Arc<OverbookingPolicy>>,
    candidate: Option<Arc<OverbookingPolicy>>,
    room_types: Vec<RoomTypeId>,
    rate_plans: Vec<RatePlanId>,
    channels: Vec<ChannelId>,
    supply: FxHashMap<u16, Vec<SupplyRange>>,
    links: FxHashMap<u16, SmallVec<[(u16, u16); 2]>>,
    /// By ordinal: what it sells and for how much.
    plans: BTreeMap<u16, (SmallVec<[u16; 8]>, Money)>,
    bookings: FxHashMap<BookingId, SmallVec<[Line; 1]>>,
    /// What is booked of each night, while it has a policy.
    nights: BTreeMap<(i32, u16), Vec<Entry>>,
    /// When it last forgot the nights that are over.
    trimmed: Day,
}

impl Hotel {
    pub(super) fn new(property: PropertyId) -> Self {
        Self {
            property,
            active: None,
            candidate: None,
            room_types: Vec::new(),
            rate_plans: Vec::new(),
            channels: Vec::new(),
            supply: FxHashMap::default(),
            links: FxHashMap::default(),
            plans: BTreeMap::new(),
            bookings: FxHashMap::default(),
            nights: BTreeMap::new(),
            trimmed: Day::NEVER,
        }
    }

    /// How many nights it has rooms sold on, each room type for itself.
    pub(super) fn entries_count(&self) -> usize {
        self.nights.len()
    }

    pub(super) fn room_type(&self, kind: u16) -> Option<RoomTypeId> {
        self.room_types.get(usize::from(kind)).cloned()
    }

    fn cells(&self) -> Cells {
        self.nights.keys().copied().collect()
    }

    /// Replaces the policies.
    pub(super) fn govern(
        &mut self,
        active: Option<Arc<OverbookingPolicy>>,
        candidate: Option<Arc<OverbookingPolicy>>,
        today: Day,
    ) -> Cells {
        let was_governed = self.is_governed();
        let before = self.cells();
        (self.active, self.candidate) = (active, candidate);
        match (was_governed, self.is_governed()) {
            (false, true) => self.count_all(today),
            (true, false) => {
                self.nights.clear();
                before
            }
            (true, true) | (false, false) => before,
        }
    }

    /// Whether it has any policy. Without one no night is counted: nobody would be told.
    fn is_governed(&self) -> bool {
        self.active.is_some() || self.candidate.is_some()
    }

    /// Counts what is booked, of which nothing was counted.
    fn count_all(&mut self, today: Day) -> Cells {
        let lines: Vec<Line> = self.bookings.values().flatten().cloned().collect();
        let mut cells = Cells::new();
        lines.iter().for_each(|line| self.count(line, true, today, &mut cells));
        cells
    }

    /// Replaces the supply of a room type.
    pub(super) fn supply(&mut self, id: &RoomTypeId, ranges: &[SupplyRange]) -> Cells {
        let kind = number_of(&mut self.room_types, id);
        let before = self.supply.insert(kind, ranges.to_vec()).unwrap_or_default();
        let is_other =
            |night: i32| rooms_of(&before, night) != rooms_of(&self.supply[&kind], night);
        let cells =
            self.nights.keys().copied().filter(|(night, of)| *of == kind && is_other(*night));
        cells.collect()
    }

    /// Replaces a rate plan.
    pub(super) fn plan(
        &mut self,
        ordinal: u16,
        room_types: &[RoomTypeId],
        base_price: Money,
    ) -> Cells {
        let kinds = room_types.iter().map(|id| number_of(&mut self.room_types, id)).collect();
        let plan = (kinds, base_price);
        if self.plans.get(&ordinal) == Some(&plan) {
            return Cells::new();
        }
        self.plans.insert(ordinal, plan);
        self.cells()
    }

    /// Replaces what a room type is made of; what is booked of it counts by its parts.
    pub(super) fn link(&mut self, id: &RoomTypeId, parts: &[Part], today: Day) -> Cells {
        let kind = number_of(&mut self.room_types, id);
        let part = |part: &Part| (number_of(&mut self.room_types, &part.room_type), part.rooms);
        let parts: SmallVec<[(u16, u16); 2]> = parts.iter().map(part).collect();
        let is_same = self.links.get(&kind).map_or(&[][..], |parts| parts) == &parts[..];
        if is_same {
            return Cells::new();
        }
        let of_it = |lines: &&SmallVec<[Line; 1]>| lines.iter().any(|line| line.room_type == kind);
        let lines: Vec<Line> = self.bookings.values().filter(of_it).flatten().cloned().collect();
        let mut cells = Cells::new();
        lines.iter().for_each(|line| self.count(line, false, today, &mut cells));
        self.links.insert(kind, parts);
        lines.iter().for_each(|line| self.count(line, true, today, &mut cells));
        cells
    }

    /// Puts a booking in the place of what it was.
    pub(super) fn book(&mut self, booked: &Booked, today: Day) -> Cells {
        self.trim(today);
        let made = booked.made_on();
        let mut lines = SmallVec::<[Line; 1]>::new();
        for line in booked.lines.iter().filter(|line| line.cancelled.is_none()) {
            let arrival = line.stay.arrival().number();
            if line.stay.departure().number() <= today.first_open_night() {
                continue;
            }
            let guest = Guest {
                arrival,
                lead_days: days(made.days_to(arrival)),
                rate_plan: number_of(&mut self.rate_plans, &line.rate_plan),
                channel: number_of(&mut self.channels, &booked.channel),
                fact: booked.fact,
            };
            let room_type = number_of(&mut self.room_types, &line.room_type);
            lines.push(Line { room_type, stay: line.stay, rooms: line.rooms, guest });
        }
        let before = match lines.is_empty() {
            true => self.bookings.remove(&booked.booking),
            false => self.bookings.insert(booked.booking, lines.clone()),
        };
        let before = before.unwrap_or_default();
        let mut cells = Cells::new();
        if before != lines {
            before.iter().for_each(|line| self.count(line, false, today, &mut cells));
            lines.iter().for_each(|line| self.count(line, true, today, &mut cells));
        }
        cells
    }

    /// Adds what a line takes, or takes it back, on the nights that are not over.
    fn count(&mut self, line: &Line, is_added: bool, today: Day, cells: &mut Cells) {
        if !self.is_governed() {
            return;
        }
        let parts = self.links.get(&line.room_type).filter(|parts| !parts.is_empty());
        let whole = SmallVec::<[(u16, u16); 2]>::from_slice(&[(line.room_type, 1)]);
        let parts = parts.cloned().unwrap_or(whole);
        let open = today.first_open_night();
        for (kind, each) in parts {
            let entry = Entry { rooms: line.rooms.saturating_mul(each), guest: line.guest };
            let nights = line.stay.nights().map(|night| night.number());
            for night in nights.filter(|night| *night >= open) {
                let key = (night, kind);
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
                cells.push(key);
            }
        }
    }

    /// Forgets the nights that are over, if the day is another than when it last did.
    fn trim(&mut self, today: Day) {
        if today == self.trimmed {
            return;
        }
        self.trimmed = today;
        let open = today.first_open_night();
        self.nights = self.nights.split_off(&(open, 0));
        let is_open = |line: &Line| line.stay.departure().number() > open;
        self.bookings.retain(|_, lines| lines.iter().any(is_open));
    }

    /// What the days after `from` up to `today` may change.
    pub(super) fn pass(&mut self, from: Day, today: Day) -> Cells {
        self.trim(today);
        if !self.is_governed() {
            return Cells::new();
        }
        let bounds = self.bounds_days();
        let is_other = |night: i32| {
            let (before, now) = (from.days_to(night), today.days_to(night));
            lead_bucket(before) != lead_bucket(now)
                || bounds.iter().any(|bound| (before >= *bound) != (now >= *bound))
        };
        let has_other =
            |entries: &[Entry]| entries.iter().any(|entry| is_other(entry.guest.arrival));
        let cells = self
            .nights
            .iter()
            .filter(|((night, _), entries)| is_other(*night) || has_other(entries));
        cells.map(|(key, _)| *key).collect()
    }

    /// From how many days ahead on a night may be another besides the buckets: the first beyond a
    /// horizon, and where the lead days of a segment begin and end, since who books today has as
    /// many as the night is ahead.
    fn bounds_days(&self) -> Vec<i32> {
        let mut bounds = Vec::new();
        for policy in self.active.iter().chain(&self.candidate) {
            bounds.push(i32::from(policy.horizon_days) + 1);
            let segments = policy.shows.segments.iter();
            let ends = segments.flat_map(|of| [of.lead_days_from, of.lead_days_before]);
            bounds.extend(ends.flatten().map(i32::from));
        }
        bounds
    }

    /// The row of a night, if there is anything to tell.
    pub(super) fn row(
        &self,
        branch: Branch,
        night: i32,
        kind: u16,
        today: Day,
    ) -> Option<LimitRow> {
        let policy = match branch {
            Branch::Active => self.active.as_ref()?,
            Branch::Candidate => self.candidate.as_ref()?,
        };
        let entries = self.nights.get(&(night, kind))?;
        let ahead = today.days_to(night);
        let groups: Vec<Group> =
            entries.iter().map(|entry| self.group(policy, entry, today)).collect();
        let newcomer = BookingTraits {
            lead_days: days(ahead),
            days_to_arrival: lead_bucket_days(ahead),
            rate_plan: None,
            channel: None,
        };
        let physical_rooms = self.supply.get(&kind).map_or(0, |ranges| rooms_of(ranges, night));
        let books = NightBooks {
            physical_rooms,
            groups: &groups,
            newcomer_show_ppm: policy.shows.show_ppm(&newcomer),
            room_price: self.base_price(kind)?,
            days_to_arrival: days(ahead),
        };
        Some(LimitRow::of(physical_rooms, limit(policy, &books)))
    }

    fn group(&self, policy: &OverbookingPolicy, entry: &Entry, today: Day) -> Group {
        let Entry { rooms, guest } = entry;
        let traits = BookingTraits {
            lead_days: guest.lead_days,
            days_to_arrival: lead_bucket_days(today.days_to(guest.arrival)),
            rate_plan: self.rate_plans.get(usize::from(guest.rate_plan)),
            channel: self.channels.get(usize::from(guest.channel)),
        };
        let show_ppm = match guest.fact {
            Some(Fact::Arrived) => ONE_PPM,
            Some(Fact::Departed | Fact::NoShow) => 0,
            None => policy.shows.show_ppm(&traits),
        };
        Group { bookings_count: 1, rooms_each: *rooms, show_ppm }
    }

    /// The price of the first rate plan that sells a room type.
    fn base_price(&self, kind: u16) -> Option<Money> {
        let selling = self.plans.values().find(|(kinds, _)| kinds.contains(&kind));
        selling.map(|(_, base_price)| *base_price)
    }
}

/// Rooms that there are on a night.
fn rooms_of(ranges: &[SupplyRange], night: i32) -> u32 {
    let after = ranges.partition_point(|range| range.nights.departure().number() <= night);
    let range = ranges.get(after).filter(|range| range.nights.arrival().number() <= night);
    range.map_or(0, |range| u32::from(range.supply.physical.saturating_sub(range.supply.blocked)))
}

fn number_of<T: PartialEq + Clone>(known: &mut Vec<T>, one: &T) -> u16 {
    let index = known.iter().position(|other| other == one);
    index.unwrap_or_else(|| {
        known.push(one.clone());
        known.len() - 1
    }) as u16
}

fn days(ahead: i32) -> u16 {
    u16::try_from(ahead.max(0)).unwrap_or(u16::MAX)
}
