//! Other nights, rooms or terms for lines of a booking, as one step.
//!
//! Only the net change is asked for: rooms that the booking has already count as its own, so that a
//! stay moved by a day needs one night more and not all of them. Where a night is short, nothing
//! has changed. A night on which nothing more is wanted than before is never short, also where a
//! lowered supply has left it above its limit; an early departure therefore always succeeds, and
//! what the hotel has recorded of the guest does not matter to it. Of a booking from a block each
//! night is asked of the block where it is the block's (`blocks.rs`), and free to all otherwise.

use events::{AmendBooking, AmendLine, Decision, Line, Reason, Rejection};
use smallvec::SmallVec;

use super::cancel_booking::is_confirmed;
use super::claims::Claim;
use super::{claims, place_hold};
use crate::above;
use crate::apply::rejected;
use crate::blocks::Block;
use crate::journal::Dirty;
use crate::moves::ClaimKind;
use crate::property::Property;
use crate::rows::BookingRow;
use crate::slot::Place;
use crate::state::State;

/// A line before and after.
struct Change {
    number: u16,
    before: Line,
    after: Line,
}

impl Change {
    /// Whether it asks for anything that was not agreed on before. Fewer nights or rooms for the
    /// same people on the same terms are always to be had.
    fn asks_for_more(&self) -> bool {
        let Self { before, after, .. } = self;
        let same_guests = (after.adults, &after.children) == (before.adults, &before.children);
        !same_guests || self.sells_anew()
    }

    /// Whether it is still the same kind of room on the same rate plan, at the price agreed on.
    fn has_same_terms(&self) -> bool {
        let Self { before, after, .. } = self;
        (&after.room_type, &after.rate_plan) == (&before.room_type, &before.rate_plan)
    }

    /// Whether it sells a night, a room or terms that were not sold before.
    fn sells_anew(&self) -> bool {
        let Self { before, after, .. } = self;
        let within = before.stay.arrival() <= after.stay.arrival()
            && after.stay.departure() <= before.stay.departure();
        !(self.has_same_terms() && within && after.rooms <= before.rooms)
    }
}

type Changes = SmallVec<[Change; 1]>;

pub(crate) fn apply(state: &mut State, place: Place, command: &AmendBooking) -> Decision {
    let slot = state.slot(place.slot);
    if command.lines.len() > place_hold::LINES_MAX {
        return rejected(Reason::TooLarge);
    }
    let Some(booking) = slot.bookings.get(&command.booking) else {
        return rejected(Reason::BookingUnknown);
    };
    let Some((index, _, property)) = slot.properties.get_full(&booking.property) else {
        return rejected(Reason::PropertyUnknown);
    };
    let changes = match changes(property, booking, command) {
        Ok(changes) => changes,
        Err(reason) => return rejected(reason),
    };
    if let Some(rejection) = restricted(property, booking, &changes) {
        return Decision::Rejected(rejection);
    }
    let short = claims::shortage(
        property,
        block_of(property, booking),
        changes.iter().map(|change| &change.after),
        changes.iter().map(|change| &change.before),
    );
    if let Some(rejection) = short.rejection() {
        return Decision::Rejected(rejection);
    }

    let (whose, block) = ((place.slot, index as u32), booking.block.clone());
    let claim = |line| Claim { line, kind: ClaimKind::Sold, block: block.as_ref() };
    for change in &changes {
        claims::change(state, whose, claim(&change.before), false);
    }
    for change in &changes {
        claims::change(state, whose, claim(&change.after), true);
    }
    let lines = |of: fn(&Change) -> &Line| changes.iter().map(of).cloned().collect::<Vec<_>>();
    let (before, after) = (lines(|change| &change.before), lines(|change| &change.after));
    above::admitted(state, whose, command.booking.hold(), (&after, &before), block.is_some());
    write(state, place, command, changes)
}

fn write(state: &mut State, place: Place, command: &AmendBooking, changes: Changes) -> Decision {
    let id = command.booking;
    let numbers = changes.iter().map(|change| change.number).collect();
    let slot = state.slot_mut(place.slot);
    let Some(booking) = slot.bookings.get_mut(&id) else {
        return rejected(Reason::BookingUnknown);
    };
    let property = slot.properties.get(&booking.property);
    for change in changes {
        if let Some(booked) = booking.lines.get_mut(usize::from(change.number) - 1) {
            if !change.has_same_terms() {
                let price = property.and_then(|known| known.price_of(&change.after.rate_plan));
                booked.night_price_minor = price;
            }
            booked.line = change.after;
        }
    }
    booking.amendments = booking.amendments.saturating_add(1);
    booking.amended = Some(place.stamp);
    let amendments = booking.amendments;
    state.journal.note(Dirty::Booking(id));
    Decision::Amended { booking: id, lines: numbers, amendments }
}

/// What becomes of each line named, in the order of their numbers.
fn changes(
    property: &Property,
    booking: &BookingRow,
    command: &AmendBooking,
) -> Result<Changes, Reason> {
    let named = || command.lines.iter().map(|line| line.line);
    if !named().all(|number| (1..=booking.lines.len()).contains(&usize::from(number))) {
        return Err(Reason::LineUnknown);
    }
    if !booking.lines.iter().any(is_confirmed) {
        return Err(Reason::BookingCancelled);
    }
    if !named().all(|number| is_confirmed(&booking.lines[usize::from(number) - 1])) {
        return Err(Reason::LineCancelled);
    }
    let mut changes: Changes = command.lines.iter().map(|line| change(booking, line)).collect();
    changes.sort_by_key(|change| change.number);
    if changes.windows(2).any(|pair| pair[0].number == pair[1].number) {
        return Err(Reason::NamedTwice);
    }
    if place_hold::are_too_large(lines_after(booking, &changes)) {
        return Err(Reason::TooLarge);
    }
    let asks = changes.iter().filter(|change| change.asks_for_more());
    let faults =
        asks.filter_map(|change| place_hold::fault(property, &change.after, &booking.channel));
    faults.min().map_or(Ok(()), Err)?;
    Ok(changes)
}

/// The restrictions in the way of what is sold anew: each such line is asked about as a whole stay.
/// Windows of advance are not, since an amendment is no booking of its own; and of what is all the
/// block's nothing is asked, since that was promised already.
fn restricted(property: &Property, booking: &BookingRow, changes: &[Change]) -> Option<Rejection> {
    let rules = property.rules.as_ref()?;
    let block = block_of(property, booking);
    let is_promised = |change: &Change| block.is_some_and(|block| block.has_all(&change.after));
    let anew = changes.iter().filter(|change| change.sells_anew() && !is_promised(change));
    let lines: Vec<Line> = anew.map(|change| change.after.clone()).collect();
    rules.restricted(&lines, &booking.channel, None)
}

/// The block that a booking was picked up from, if it names one.
fn block_of<'a>(property: &'a Property, booking: &BookingRow) -> Option<&'a Block> {
    property.block(booking.block.as_ref()?)
}

fn change(booking: &BookingRow, asked: &AmendLine) -> Change {
    let before = booking.lines[usize::from(asked.line) - 1].line.clone();
    let guests = asked.guests.as_ref();
    let after = Line {
        room_type: asked.room_type.as_ref().unwrap_or(&before.room_type).clone(),
        rate_plan: asked.rate_plan.as_ref().unwrap_or(&before.rate_plan).clone(),
        stay: asked.stay,
        rooms: asked.rooms.unwrap_or(before.rooms),
        adults: guests.map_or(before.adults, |guests| guests.adults),
        children: guests.map_or(&before.children, |guests| &guests.children).clone(),
    };
    Change { number: asked.line, before, after }
}

/// Every line of the booking that has rooms, as it would be.
fn lines_after<'a>(
    booking: &'a BookingRow,
    changes: &'a [Change],
) -> impl Iterator<Item = &'a Line> + Clone {
    let numbered = (1_u16..).zip(&booking.lines).filter(|(_, booked)| is_confirmed(booked));
    numbered.map(|(number, booked)| {
        let change = changes.iter().find(|change| change.number == number);
        change.map_or(&booked.line, |change| &change.after)
    })
}
