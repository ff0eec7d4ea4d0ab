//! How many bookings of one kind of hotel are made on which day, and for which day of arrival.

use events::Night;

use super::buckets;
use super::draw::Chance;
use super::shape::{LEAD_DAYS_END, LEAD_DAYS_FIRST, Shape};

/// The plan of one kind of hotel.
///
/// A day on which somebody books weighs as much as the days of arrival that it can reach, each
/// with its season and weekday times the frequency of that lead time. Arrivals and lead times then
/// follow their tables exactly and independently of each other, and every arrival lies within the
/// window.
#[derive(Debug, Clone)]
pub(super) struct Schedule {
    first_arrival: Night,
    /// How often somebody books that many days ahead.
    lead_weights: Vec<u64>,
    /// How often somebody arrives on that day of the window.
    arrival_weights: Vec<u64>,
    /// Weights of the days of booking before this one, and of all of them.
    weight_before: u128,
    weight_total: u128,
    bookings: u32,
    /// Running totals over the lead times for the day at hand.
    totals: Vec<u64>,
}

impl Schedule {
    pub fn new(shape: &Shape, first_arrival: Night, arrival_days: u16, bookings: u32) -> Self {
        let ends = LEAD_DAYS_FIRST[1..].iter().copied().chain([LEAD_DAYS_END]);
        let lead_weights = LEAD_DAYS_FIRST
            .into_iter()
            .zip(ends)
            .zip(&shape.leads)
            .flat_map(|((first, end), lead)| {
                let rows = u64::from(lead.flexible + lead.non_refundable);
                let days = (end - first) as u64;
                (first..end).map(move |_| rows * 100 / days)
            })
            .collect();
        let arrival_weight = |day: u16| {
            let night = first_arrival.plus(i32::from(day));
            let season = u64::from(shape.months[buckets::month(night)]);
            season * u64::from(shape.weekdays[buckets::weekday(night)]) / 1_000
        };
        let mut schedule = Self {
            first_arrival,
            lead_weights,
            arrival_weights: (0..arrival_days).map(arrival_weight).collect(),
            weight_before: 0,
            weight_total: 0,
            bookings,
            totals: Vec::new(),
        };
        let last = first_arrival.plus(i32::from(arrival_days));
        let first = first_arrival.plus(-LEAD_DAYS_END);
        schedule.weight_total = (first.number()..last.number())
            .filter_map(Night::from_number)
            .map(|day| u128::from(schedule.weights(day).sum::<u64>()))
            .sum();
        schedule
    }

    /// Turns to the next day of booking and says how many bookings it brings.
    pub fn turn_to(&mut self, day: Night) -> u32 {
        let totals = self.weights(day).scan(0, |total, weight| {
            *total += weight;
            Some(*total)
        });
        self.totals = totals.collect();
        let weight = u128::from(self.totals.last().copied().unwrap_or(0));
        let due = |weight: u128| {
            let due = (weight * u128::from(self.bookings)).checked_div(self.weight_total);
            due.unwrap_or(0) as u32
        };
        let bookings = due(self.weight_before + weight) - due(self.weight_before);
        self.weight_before += weight;
        bookings
    }

    /// How many days ahead somebody books on the day at hand.
    pub fn lead_days(&self, chance: &mut Chance) -> i32 {
        chance.place_in_totals(&self.totals) as i32
    }

    /// The weight of each lead time for those who book on that day.
    fn weights(&self, day: Night) -> impl Iterator<Item = u64> + '_ {
        let before = day.number() - self.first_arrival.number();
        self.lead_weights.iter().zip(before..).map(|(weight, arrival)| {
            let arrival = usize::try_from(arrival).ok();
            let arrival = arrival.and_then(|arrival| self.arrival_weights.get(arrival));
            weight * arrival.copied().unwrap_or(0)
        })
    }
}
