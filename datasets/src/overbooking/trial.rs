//! A hotel on its way through the days.

use std::collections::{BTreeMap, BTreeSet};

use events::{ChannelId, Night, RatePlanId};
use models::overbooking::{BookingTraits, Group, Limit, NightBooks, limit};
use models::pricing::lead_bucket_days;

use super::Trial;
use super::fit::channel;
use crate::catalogue::rate_plan_id;
use crate::hotel_bookings::{End, Row, Terms, Via};

/// What came of a trial on the nights of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Outcome {
    /// How many nights there were.
    pub nights_count: u32,
    /// Bookings that were admitted, over all days.
    pub admitted_count: u32,
    /// Bookings that were refused, over all days.
    pub refused_count: u32,
    /// Nights for which more rooms than there are were booked at the end of some day.
    pub oversold_nights: u32,
    /// Nights on which somebody was walked.
    pub walked_nights: u32,
    /// How many such nights were to be expected on the mornings of the nights, in millionths.
    pub expected_walked_nights_ppm: u64,
    /// Rooms for which somebody was walked.
    pub walked_rooms: u32,
    /// Rooms that stayed empty.
    pub empty_rooms: u32,
    /// Rooms that were slept in.
    pub slept_rooms: u32,
    /// What was paid for those.
    pub revenue_minor: i64,
    /// What walking cost by the policy.
    pub walk_cost_minor: i64,
    /// The largest allowance of any night.
    pub allowance_max: u32,
}

/// Who asks on a day, and whose booking ends on it.
#[derive(Debug, Default)]
pub(super) struct Day {
    pub created: Vec<usize>,
    pub ended: Vec<usize>,
}

/// What is booked, and what has been counted.
pub(super) struct State<'a> {
    trial: &'a Trial,
    rows: &'a [Row],
    is_admitted: Vec<bool>,
    /// By night: who has a room, in the order in which they were admitted.
    books: BTreeMap<Night, Vec<usize>>,
    /// Of today, by night.
    limits: BTreeMap<Night, Limit>,
    /// Looked up once for each segment.
    shows: BTreeMap<(u16, Terms, Via), u32>,
    oversold: BTreeSet<Night>,
    outcome: Outcome,
}

impl<'a> State<'a> {
    pub fn new(trial: &'a Trial, rows: &'a [Row]) -> Self {
        Self {
            trial,
            rows,
            is_admitted: vec![false; rows.len()],
            books: BTreeMap::new(),
            limits: BTreeMap::new(),
            shows: BTreeMap::new(),
            oversold: BTreeSet::new(),
            outcome: Outcome::default(),
        }
    }

    pub fn outcome(self) -> Outcome {
        let in_window = |night: &&Night| super::window().contains(**night);
        let oversold = self.oversold.iter().filter(in_window).count();
        Outcome { oversold_nights: u32::try_from(oversold).unwrap_or(u32::MAX), ..self.outcome }
    }

    /// A day: who is expected in the morning, who asks, who cancels, and then the night.
    pub fn pass(&mut self, today: Night, day: Day, is_counted: bool) {
        self.limits.clear();
        if is_counted {
            let expected = self.limit(today, today).now.walk_ppm;
            self.outcome.expected_walked_nights_ppm += u64::from(expected);
        }
        for index in day.created {
            self.ask(index, today);
        }
        for index in day.ended.iter().copied() {
            let row = self.rows[index];
            match row.end {
                End::Cancelled(_) => self.release(index, row.arrival),
                // Whoever leaves early leaves the room for the nights to come.
                End::Stayed(departure) => self.release(index, departure),
                End::NoShow => {}
            }
        }
        let rooms = self.trial.rooms as usize;
        let oversold = self.books.iter().filter(|(_, books)| books.len() > rooms);
        self.oversold.extend(oversold.map(|(night, _)| *night));
        let booked = self.books.remove(&today).unwrap_or_default();
        if is_counted {
            self.sleep(&booked);
        }
        for index in day.ended {
            if self.rows[index].end == End::NoShow {
                self.release(index, today);
            }
        }
    }

    fn nights(&self, index: usize) -> impl Iterator<Item = Night> + use<> {
        let Row { arrival, nights, .. } = self.rows[index];
        (0..i32::from(nights)).map(move |days| arrival.plus(days))
    }

    fn ask(&mut self, index: usize, today: Night) {
        let rooms = self.trial.rooms;
        let has_room = self.nights(index).all(|night| {
            let booked = self.books.get(&night).map_or(0, Vec::len) as u32;
            // The allowance matters, and is worked out, only where the rooms do not suffice.
            booked < rooms || booked < rooms + self.limit(night, today).allowance
        });
        if !has_room {
            self.outcome.refused_count += 1;
            return;
        }
        self.outcome.admitted_count += 1;
        self.is_admitted[index] = true;
        for night in self.nights(index) {
            self.books.entry(night).or_default().push(index);
        }
    }

    /// Takes a booking out of every night from that one on.
    fn release(&mut self, index: usize, from: Night) {
        if !self.is_admitted[index] {
            return;
        }
        for night in self.nights(index).filter(|night| *night >= from) {
            if let Some(books) = self.books.get_mut(&night) {
                books.retain(|other| *other != index);
            }
        }
    }

    fn limit(&mut self, night: Night, today: Night) -> Limit {
        if let Some(known) = self.limits.get(&night) {
            return *known;
        }
        let booked = self.books.get(&night).cloned().unwrap_or_default();
        let groups: Vec<Group> =
            booked.iter().map(|index| Group::rooms(1, self.show_ppm(*index, today))).collect();
        let ahead = u16::try_from(night.number() - today.number()).unwrap_or_default();
        let newcomer = traits(ahead, ahead, None, None);
        let found = limit(
            &self.trial.policy,
            &NightBooks {
                physical_rooms: self.trial.rooms,
                groups: &groups,
                newcomer_show_ppm: self.trial.policy.shows.show_ppm(&newcomer),
                room_price: self.trial.room_price(),
                days_to_arrival: ahead,
            },
        );
        self.outcome.allowance_max = self.outcome.allowance_max.max(found.allowance);
        self.limits.insert(night, found);
        found
    }

    /// With which probability a booking shows up; whoever has arrived is there.
    fn show_ppm(&mut self, index: usize, today: Night) -> u32 {
        let row = self.rows[index];
        let days = row.arrival.number() - today.number();
        if days < 0 {
            return models::overbooking::ONE_PPM;
        }
        let (bucket, shows) = (lead_bucket_days(days), &self.trial.policy.shows);
        *self.shows.entry((bucket, row.terms, row.via)).or_insert_with(|| {
            let (plan, channel) = (rate_plan_id(row.terms.id()), channel(row.via));
            shows.show_ppm(&traits(bucket, bucket, Some(&plan), Some(&channel)))
        })
    }

    /// The night of today, for which these were booked.
    fn sleep(&mut self, booked: &[usize]) {
        let came = |index: &&usize| matches!(self.rows[**index].end, End::Stayed(_));
        let wanted: Vec<usize> = booked.iter().filter(came).copied().collect();
        let slept = wanted.len().min(self.trial.rooms as usize);
        let (sleeping, walked) = wanted.split_at(slept);
        let revenue: i64 = sleeping.iter().map(|index| self.rows[*index].adr_minor).sum();
        let cost = self.trial.policy.walk_cost.minor(self.trial.room_price());
        let (slept, walked) = (slept as u32, walked.len() as u32);
        let outcome = &mut self.outcome;
        outcome.nights_count += 1;
        outcome.slept_rooms += slept;
        outcome.empty_rooms += self.trial.rooms - slept;
        outcome.walked_rooms += walked;
        outcome.walked_nights += u32::from(walked > 0);
        outcome.revenue_minor += revenue;
        outcome.walk_cost_minor += cost * i64::from(walked);
    }
}

fn traits<'t>(
    lead_days: u16,
    days_to_arrival: u16,
    rate_plan: Option<&'t RatePlanId>,
    channel: Option<&'t ChannelId>,
) -> BookingTraits<'t> {
    BookingTraits { lead_days, days_to_arrival, rate_plan, channel }
}
