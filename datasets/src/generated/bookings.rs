//! The bookings of a made-up history, one after the other.

use events::{Night, PropertyId};

use super::GeneratedOptions;
use super::buckets;
use super::draw::Chance;
use super::hotels::{Skew, property};
use super::schedule::Schedule;
use super::shape::{CANCEL_BINS, LEAD_DAYS_END, NIGHTS_BINS, ROOM_LETTERS, Shape};
use crate::hotel_bookings::{End, House, Row, Terms, Via};

/// The most nights of a stay in the last, open bin.
const NIGHTS_LAST_BIN_MAX: u64 = 35;

/// A made-up booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeneratedBooking {
    /// Its number, counted from 1.
    pub number: u32,
    /// At which hotel.
    pub property: PropertyId,
    /// Everything else, in the form of the real table.
    pub row: Row,
}

/// Makes up bookings in the order of the days on which they are made.
#[derive(Debug)]
pub struct Bookings {
    chance: Chance,
    kinds: Vec<Kind>,
    day: Night,
    end: Night,
    number: u32,
}

/// One kind of hotel and how many of its bookings are still to be made today.
#[derive(Debug)]
struct Kind {
    house: House,
    shape: &'static Shape,
    schedule: Schedule,
    skew: Skew,
    left_today: u32,
}

impl Bookings {
    pub(super) fn new(options: &GeneratedOptions) -> Self {
        let (first, days) = (options.first_arrival, options.arrival_days);
        let kinds = Skew::of_kinds(options.properties, options.bookings)
            .into_iter()
            .map(|skew| {
                let shape = Shape::of(skew.house);
                let schedule = Schedule::new(shape, first, days, skew.bookings);
                Kind { house: skew.house, shape, schedule, skew, left_today: 0 }
            })
            .collect();
        Self {
            chance: Chance::new(options.seed),
            kinds,
            day: first.plus(-LEAD_DAYS_END - 1),
            end: first.plus(i32::from(days)),
            number: 0,
        }
    }
}

impl Iterator for Bookings {
    type Item = GeneratedBooking;

    fn next(&mut self) -> Option<GeneratedBooking> {
        loop {
            if let Some(kind) = self.kinds.iter_mut().find(|kind| kind.left_today > 0) {
                kind.left_today -= 1;
                self.number += 1;
                let property = property(kind.skew.draw(&mut self.chance));
                let row = kind.draw(self.day, &mut self.chance);
                return Some(GeneratedBooking { number: self.number, property, row });
            }
            self.day = self.day.plus(1);
            if self.day >= self.end {
                return None;
            }
            for kind in &mut self.kinds {
                kind.left_today = kind.schedule.turn_to(self.day);
            }
        }
    }
}

impl Kind {
    fn draw(&self, created: Night, chance: &mut Chance) -> Row {
        let shape = self.shape;
        let lead_days = self.schedule.lead_days(chance);
        let arrival = created.plus(lead_days);
        let lead = &shape.leads[buckets::lead_bucket(lead_days)];
        let non_refundable =
            chance.happens(lead.non_refundable, lead.flexible + lead.non_refundable);
        let (terms, cancelled, total) = if non_refundable {
            (Terms::NonRefundable, lead.non_refundable_cancelled, lead.non_refundable)
        } else {
            (Terms::Flexible, lead.flexible_cancelled, lead.flexible)
        };
        let nights = match chance.place(&shape.nights) {
            bin if bin + 1 < NIGHTS_BINS => bin as u64 + 1,
            _ => NIGHTS_BINS as u64 + chance.below(NIGHTS_LAST_BIN_MAX + 1 - NIGHTS_BINS as u64),
        };
        let end = if chance.happens(cancelled, total) {
            End::Cancelled(created.plus(self.cancelled_after(lead_days, chance)))
        } else if chance.happens(shape.no_shows, shape.expected) {
            End::NoShow
        } else {
            End::Stayed(arrival.plus(nights as i32))
        };
        let party = chance.place(shape.parties.as_flattened());
        let median = i64::from(shape.price_medians_minor[buckets::month(arrival)]);
        let spread = shape.price_permille[chance.below(shape.price_permille.len() as u64) as usize];
        Row {
            house: self.house,
            reserved: ROOM_LETTERS[chance.place(&shape.room_types)],
            terms,
            via: Via::Agency,
            created,
            arrival,
            nights: nights as u16,
            end,
            adults: party as u16 / 4 + 1,
            children: party as u8 % 4,
            babies: 0,
            adr_minor: median * i64::from(spread) / 1_000,
        }
    }

    /// How many days after it was made a booking is cancelled.
    fn cancelled_after(&self, lead_days: i32, chance: &mut Chance) -> i32 {
        if lead_days == 0 {
            return 0;
        }
        match chance.place(&self.shape.cancel_bins) {
            0 => 0,
            bin if bin == CANCEL_BINS - 1 => lead_days,
            bin => {
                let permyriad = (bin as i32 - 1) * 1_000 + chance.below(1_000) as i32;
                (lead_days * permyriad / 10_000).clamp(1.min(lead_days - 1), lead_days - 1)
            }
        }
    }
}
