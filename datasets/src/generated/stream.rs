//! Bookings as one ordered stream of events, a day at a time.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::vec;

use events::Night;

use super::bookings::{Bookings, GeneratedBooking};
use crate::history::{HistoryEvent, HistoryWhat, Moment, Phase};

/// What is still to happen to a booking.
#[derive(Debug)]
struct Later {
    phase: Phase,
    number: u32,
    property: events::PropertyId,
}

/// The events of a history. It holds the day at hand and, for bookings that were made and are not
/// over, what is still to come: of two years of arrivals about one booking in nine at most.
#[derive(Debug)]
pub(super) struct Events {
    bookings: Peekable<Bookings>,
    later: BTreeMap<Night, Vec<Later>>,
    today: vec::IntoIter<(Moment, HistoryEvent)>,
}

impl Events {
    pub fn new(bookings: Bookings) -> Self {
        let bookings = bookings.peekable();
        Self { bookings, later: BTreeMap::new(), today: Vec::new().into_iter() }
    }

    /// The next day on which anything happens, and all of it in order.
    fn next_day(&mut self) -> Option<Vec<(Moment, HistoryEvent)>> {
        let made = self.bookings.peek().map(|booking| booking.row.created);
        let due = self.later.keys().next().copied();
        let day = made.into_iter().chain(due).min()?;
        let mut today = Vec::new();
        while let Some(booking) = self.bookings.next_if(|booking| booking.row.created == day) {
            today.push(self.book(booking));
        }
        for later in self.later.remove(&day).unwrap_or_default() {
            let what = match later.phase {
                Phase::Cancelled => HistoryWhat::Cancelled,
                Phase::Arrived => HistoryWhat::Arrived,
                Phase::Departed => HistoryWhat::Departed,
                // A booking is never put off, so what remains is the no-show.
                Phase::Booked | Phase::NoShow => HistoryWhat::NoShow,
            };
            let moment = Moment::of(day, later.phase, later.number);
            today.push(event(moment, later.property, what));
        }
        today.sort_unstable_by_key(|(moment, _)| *moment);
        Some(today)
    }

    /// The event of a booking, and what follows from it put off to its day.
    fn book(&mut self, booking: GeneratedBooking) -> (Moment, HistoryEvent) {
        let GeneratedBooking { number, property, row } = booking;
        for (day, phase) in row.happenings().skip(1) {
            let later = Later { phase, number, property: property.clone() };
            self.later.entry(day).or_default().push(later);
        }
        let what = HistoryWhat::Booked { line: row.line(), adr_minor: row.adr_minor };
        event(Moment::of(row.created, Phase::Booked, number), property, what)
    }
}

fn event(
    moment: Moment,
    property: events::PropertyId,
    what: HistoryWhat,
) -> (Moment, HistoryEvent) {
    (moment, HistoryEvent { at: moment.stamp(), row: moment.row, property, what })
}

impl Iterator for Events {
    type Item = HistoryEvent;

    fn next(&mut self) -> Option<HistoryEvent> {
        loop {
            if let Some((_, event)) = self.today.next() {
                return Some(event);
            }
            self.today = self.next_day()?.into_iter();
        }
    }
}
