//! The auditor's amendments: names move from one night's list to another's, all of them or none.

use std::collections::{BTreeMap, BTreeSet};

use events::{AmendBooking, Decision, Line, Reason};

use super::above::Sale;
use super::catalogue::{Property, guard};
use super::lines::{
    goes_through, has_rate_plan, has_room_type, houses_the_guests, sells, suits_the_guests,
};
use super::model::{Asked, Model};
use super::report::{Check, Findings};
use super::rooms::Claim;
use super::rules::{HOLD_LINES_MAX, HOLD_NIGHTS_MAX, LINE_ROOMS_MAX, STAY_NIGHTS_MAX};
use super::sale::{Booking, give_back};

/// The lines that change, by number.
type Lines = BTreeMap<u16, Line>;

impl Model {
    /// Gives lines other nights, rooms or terms, or leaves everything as it was.
    pub(super) fn amend_booking(
        &mut self,
        asked: Asked,
        command: &AmendBooking,
        findings: &mut Findings,
    ) -> Decision {
        let lines = match self.may_be_amended(command) {
            Ok(lines) => lines,
            Err(reason) => return Decision::Rejected(reason.into()),
        };
        let id = command.booking;
        let (Some(booking), offset) = (self.bookings.get_mut(&id), asked.place.offset) else {
            return Decision::Rejected(Reason::BookingUnknown.into());
        };
        let Some(property) = self.properties.get_mut(&booking.property) else {
            return Decision::Rejected(Reason::PropertyUnknown.into());
        };
        let anew = lines
            .iter()
            .filter(|(number, line)| !is_less(&booking.lines[usize::from(**number) - 1], line));
        let is_promised = |line: &Line| {
            let mut nights = line.stay.nights();
            nights.all(|night| property.is_of_block(booking.block.as_ref(), line, night))
        };
        let anew = anew.filter(|(_, line)| !is_promised(line));
        let anew: Vec<Line> = anew.map(|(_, line)| line.clone()).collect();
        if let Some(rejection) = property.restricts(&anew, &booking.channel, None) {
            return Decision::Rejected(rejection);
        }
        let block = booking.block.clone();
        let after: Vec<&Line> = lines.values().collect();
        let is_own = |claim: &Claim| claim.hold == id.hold() && lines.contains_key(&claim.line);
        let full = property.full_nights(block.as_ref(), &after, &is_own);
        if let Some(turned_away) = full.turn_away(findings) {
            return turned_away;
        }
        let before: Vec<Line> =
            lines.keys().map(|number| booking.lines[usize::from(*number) - 1].clone()).collect();
        for number in lines.keys() {
            let before = &booking.lines[usize::from(*number) - 1];
            give_back(property, id.hold(), *number, before, offset);
        }
        for (number, line) in &lines {
            let block = property.name_on_lists(block.as_ref(), line);
            for part in property.on_lists(line) {
                let (hold, line, rooms, block) = (id.hold(), *number, part.rooms, block.clone());
                let claim = Claim { hold, line, rooms, sold: true, block };
                if let Some(room_type) = property.room_type_mut(&part.room_type) {
                    room_type.rooms.claim(part.stay, claim, offset);
                }
            }
            let index = usize::from(*number) - 1;
            if !is_on_same_terms(&booking.lines[index], line) {
                let plan = property.rate_plan(&line.rate_plan);
                booking.prices[index] =
                    plan.map(|plan| plan.definition.what.base_price.amount_minor);
            }
            booking.lines[index] = line.clone();
        }
        booking.amended.push(asked.stamp);
        booking.offset = offset;
        let amendments = u32::try_from(booking.amended.len()).unwrap_or(u32::MAX);
        let after: Vec<Line> = lines.values().cloned().collect();
        let property = booking.property.clone();
        let (property, hold) = (&property, id.hold());
        let sale = Sale { property, hold, before: &before, after: &after, by_channel: false };
        self.look_above(sale, offset);
        let nights = lines.values().map(|line| u64::from(line.stay.nights_count().unsigned_abs()));
        findings.count(Check::NoOversell, nights.sum());
        Decision::Amended { booking: id, lines: lines.into_keys().collect(), amendments }
    }

    /// What the lines would be, unless there is a reason against it other than the rooms.
    fn may_be_amended(&self, command: &AmendBooking) -> Result<Lines, Reason> {
        guard(command.lines.len() <= HOLD_LINES_MAX, Reason::TooLarge)?;
        let booking = self.bookings.get(&command.booking).ok_or(Reason::BookingUnknown)?;
        let property = self.properties.get(&booking.property).ok_or(Reason::PropertyUnknown)?;
        let every: BTreeSet<u16> = (1_u16..).zip(&booking.lines).map(|(line, _)| line).collect();
        let named: BTreeSet<u16> = command.lines.iter().map(|line| line.line).collect();
        guard(named.is_subset(&every), Reason::LineUnknown)?;
        let cancelled: BTreeSet<u16> = booking.cancelled.keys().copied().collect();
        guard(cancelled != every, Reason::BookingCancelled)?;
        guard(named.is_disjoint(&cancelled), Reason::LineCancelled)?;
        guard(named.len() == command.lines.len(), Reason::NamedTwice)?;
        let lines = lines_asked(booking, command);
        let standing = (1_u16..).zip(&booking.lines);
        let standing = standing.filter(|(number, _)| !cancelled.contains(number));
        let after = standing.map(|(number, line)| lines.get(&number).unwrap_or(line));
        is_not_too_large(&after.collect::<Vec<_>>())?;
        // Who asks for less of the same is not asked whether it may be sold.
        let asks = |(number, line): &(&u16, &Line)| {
            let before = &booking.lines[usize::from(**number) - 1];
            let guests = |line: &Line| (line.adults, line.children.clone());
            guests(before) != guests(line) || !is_less(before, line)
        };
        let asking: Vec<&Line> = lines.iter().filter(asks).map(|(_, line)| line).collect();
        let all = |holds: fn(&Property, &Line) -> bool, reason| {
            guard(asking.iter().all(|line| holds(property, line)), reason)
        };
        all(has_room_type, Reason::RoomTypeUnknown)?;
        all(has_rate_plan, Reason::RatePlanUnknown)?;
        all(sells, Reason::RatePlanExcludesRoomType)?;
        let goes = |line: &&Line| goes_through(property, line, &booking.channel);
        guard(asking.iter().all(goes), Reason::RatePlanExcludesChannel)?;
        all(suits_the_guests, Reason::RatePlanOccupancy)?;
        all(houses_the_guests, Reason::TooManyGuests)?;
        Ok(lines)
    }
}

fn lines_asked(booking: &Booking, command: &AmendBooking) -> Lines {
    let mut lines = Lines::new();
    for asked in &command.lines {
        let mut line = booking.lines[usize::from(asked.line) - 1].clone();
        line.stay = asked.stay;
        line.rooms = asked.rooms.unwrap_or(line.rooms);
        if let Some(room_type) = &asked.room_type {
            line.room_type = room_type.clone();
        }
        if let Some(rate_plan) = &asked.rate_plan {
            line.rate_plan = rate_plan.clone();
        }
        if let Some(guests) = &asked.guests {
            (line.adults, line.children) = (guests.adults, guests.children.clone());
        }
        lines.insert(asked.line, line);
    }
    lines
}

/// Whether a line is of the same kind of room on the same rate plan.
fn is_on_same_terms(before: &Line, after: &Line) -> bool {
    after.room_type == before.room_type && after.rate_plan == before.rate_plan
}

/// Whether a line has no night, room or terms that it had not before.
pub(super) fn is_less(before: &Line, after: &Line) -> bool {
    is_on_same_terms(before, after)
        && after.rooms <= before.rooms
        && after.stay.nights().all(|night| before.stay.contains(night))
}

pub(super) fn is_not_too_large(lines: &[&Line]) -> Result<(), Reason> {
    let nights = || lines.iter().map(|line| line.stay.nights_count());
    guard(lines.iter().all(|line| line.rooms <= LINE_ROOMS_MAX), Reason::TooLarge)?;
    guard(nights().all(|count| count <= STAY_NIGHTS_MAX), Reason::TooLarge)?;
    guard(nights().sum::<i32>() <= HOLD_NIGHTS_MAX, Reason::TooLarge)
}
