//! For tests: random histories of bookings, cut at random into epochs of a clock that moves on.

use std::collections::BTreeMap;

use events::{
    BookingId, ChannelId, Fact, Minute, Night, PropertyId, RatePlanId, RoomTypeId, Stamp, Stay,
};
use rand::Rng as _;
use rand::seq::IndexedRandom as _;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;
use smallvec::SmallVec;

use crate::keeper::Keeper;
use crate::views::booked::{Booked, BookedStay};

/// The first minute of 2027-01-01.
pub(crate) const START: i64 = 29_979_360;

const DAY_MINUTES: i64 = 24 * 60;

/// What a test feeds a keeper of bookings.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Heard(Booked),
    Closed(Minute),
}

/// A world of few hotels in which bookings are made, changed and cancelled.
pub(crate) struct World {
    pub(crate) random: ChaCha8Rng,
    pub(crate) minute: i64,
    pub(crate) bookings: BTreeMap<BookingId, Booked>,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let random = ChaCha8Rng::seed_from_u64(seed);
        Self { random, minute: START, bookings: BTreeMap::new() }
    }

    /// Lets time pass: mostly minutes, often days, sometimes months.
    pub(crate) fn pass(&mut self) -> Minute {
        self.minute += match self.random.random_range(0..10) {
            0..5 => self.random.random_range(0..600),
            5..8 => self.random.random_range(0..3 * DAY_MINUTES),
            8 => self.random.random_range(0..28 * DAY_MINUTES),
            _ => self.random.random_range(0..120 * DAY_MINUTES),
        };
        Minute(self.minute)
    }

    /// A moment now, or up to two days ago, or a little ahead of the clock.
    fn stamp(&mut self) -> Stamp {
        let back = match self.random.random_range(0..10) {
            0 => self.random.random_range(0..2 * DAY_MINUTES),
            1 => -self.random.random_range(0..DAY_MINUTES),
            _ => 0,
        };
        Stamp((self.minute - back) * 60_000)
    }

    fn stay(&mut self) -> Stay {
        let today = (self.minute.div_euclid(DAY_MINUTES) - 10_957) as i32;
        let ahead = match self.random.random_range(0..6) {
            0 => self.random.random_range(-3..1),
            1..4 => self.random.random_range(0..30),
            4 => self.random.random_range(0..120),
            _ => self.random.random_range(0..800),
        };
        let arrival = Night::from_number(today + ahead).expect("a night");
        Stay::new(arrival, arrival.plus(self.random.random_range(1..5))).expect("a stay")
    }

    fn line(&mut self) -> BookedStay {
        let pick = |random: &mut ChaCha8Rng, names: &[&'static str]| {
            *names.choose(random).expect("a name")
        };
        let room_type = RoomTypeId::new(pick(&mut self.random, &["double", "twin"]));
        let rate_plan = RatePlanId::new(pick(&mut self.random, &["flexible", "firm"]));
        BookedStay {
            room_type: room_type.expect("an id"),
            rate_plan: rate_plan.expect("an id"),
            stay: self.stay(),
            rooms: self.random.random_range(1..4),
            cancelled: None,
            night_price_minor: Some(self.random.random_range(50..200) * 100)
                .filter(|_| self.random.random_ratio(9, 10)),
        }
    }

    /// Something happens to a booking, which is told whole; now and then it is told twice.
    pub(crate) fn happen(&mut self) -> Booked {
        let known: Vec<BookingId> = self.bookings.keys().copied().collect();
        let fresh = known.is_empty() || self.random.random_ratio(1, 2);
        let id = if fresh {
            BookingId(known.len() as u128 + 1)
        } else {
            *known.choose(&mut self.random).expect("some booking")
        };
        let mut booked = match self.bookings.get(&id) {
            Some(booked) => booked.clone(),
            None => self.booking(id),
        };
        if !fresh {
            self.change(&mut booked);
        }
        self.bookings.insert(id, booked.clone());
        booked
    }

    fn booking(&mut self, booking: BookingId) -> Booked {
        let property = if self.random.random_ratio(2, 3) { "grand" } else { "inn" };
        let channel = ["direct", "ota"].choose(&mut self.random).copied().expect("a name");
        let lines = (0..self.random.random_range(1..3)).map(|_| self.line());
        let lines: SmallVec<[BookedStay; 1]> = lines.collect();
        Booked {
            booking,
            property: PropertyId::new(property).expect("an id"),
            channel: ChannelId::new(channel).expect("an id"),
            made: self.stamp(),
            lines,
            fact: None,
        }
    }

    fn change(&mut self, booked: &mut Booked) {
        let index = self.random.random_range(0..booked.lines.len());
        match self.random.random_range(0..5) {
            0 => {}
            4 => {
                let facts = [Fact::Arrived, Fact::Departed, Fact::NoShow];
                booked.fact = facts.choose(&mut self.random).copied();
            }
            1 if booked.lines[index].cancelled.is_none() => booked.lines[index] = self.line(),
            2 => {
                let stamp = self.stamp();
                booked.lines.iter_mut().for_each(|line| {
                    line.cancelled.get_or_insert(stamp);
                });
            }
            _ => {
                let stamp = self.stamp();
                booked.lines[index].cancelled.get_or_insert(stamp);
            }
        }
    }

    /// So many things that happen, in epochs.
    pub(crate) fn history(&mut self, count: usize) -> Vec<Step> {
        let mut steps = Vec::new();
        for _ in 0..count {
            steps.push(Step::Heard(self.happen()));
            if self.random.random_ratio(1, 3) {
                steps.push(Step::Closed(self.pass()));
            }
        }
        steps.push(Step::Closed(self.pass()));
        steps
    }
}

/// Takes what a keeper tells into a table; each key at most once, and only where it differs.
pub(crate) fn take<K, C, R>(keeper: &mut K, now: Minute, rows: &mut BTreeMap<C, R>) -> usize
where
    K: Keeper<Change = (C, Option<R>)>,
    C: Ord + Clone + std::fmt::Debug,
    R: PartialEq + std::fmt::Debug,
{
    let mut told: Vec<C> = Vec::new();
    keeper.close(now, &mut |(key, row)| {
        assert_ne!(rows.get(&key), row.as_ref(), "nothing new was told of {key:?}");
        told.push(key.clone());
        match row {
            Some(row) => rows.insert(key, row),
            None => rows.remove(&key),
        };
    });
    let count = told.len();
    told.sort();
    told.dedup();
    assert_eq!(told.len(), count, "something was told twice");
    count
}
