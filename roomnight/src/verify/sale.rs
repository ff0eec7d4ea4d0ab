//! The auditor's holds and bookings: all that puts a name on a night's list or takes it off.

use std::collections::{BTreeMap, BTreeSet};

use events::{
    AccountId, BlockId, CancelBooking, ChannelId, ConfirmHold, Decision, ExternalReference, Fact,
    GuestRef, HoldId, Line, LogTime, Night, PlaceHold, PropertyId, Reason, RecordFact, Rejection,
    ReleaseHold, Slot, Stamp,
};

use super::above::Sale;
use super::blocks::{Full, nobody};
use super::catalogue::{Property, guard};
use super::lines::{
    goes_through, has_rate_plan, has_room_type, houses_the_guests, sells, suits_the_guests,
};
use super::model::{Asked, Model};
use super::report::{Check, Findings, Place, Shown};
use super::rooms::{Claim, Rooms};
use super::rules::{
    FACTS_MAX, HOLD_LINES_MAX, HOLD_NIGHTS_MAX, HOLD_TTL_MAX_MS, LINE_ROOMS_MAX, STAY_NIGHTS_MAX,
    WITHDRAWALS_MAX, is_forgotten, remembered_until,
};

/// Where a hold stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Held,
    Confirmed,
    Released,
    Expired,
}

/// Rooms set aside.
#[derive(Debug)]
pub(super) struct Hold {
    pub(super) property: PropertyId,
    pub(super) lines: Vec<Line>,
    pub(super) standing: Standing,
    pub(super) deadline: LogTime,
    /// A tick has come since it was placed, from which its interval is counted.
    pub(super) anchored: bool,
    pub(super) stamp: Stamp,
    pub(super) ttl_ms: u64,
    pub(super) forget_at: Option<LogTime>,
    pub(super) channel: ChannelId,
    pub(super) account: Option<AccountId>,
    pub(super) block: Option<BlockId>,
    /// The last record that changed it.
    pub(super) offset: u64,
}

/// Rooms sold.
#[derive(Debug)]
pub(super) struct Booking {
    pub(super) property: PropertyId,
    pub(super) guest: GuestRef,
    pub(super) channel: ChannelId,
    pub(super) ordinal: u32,
    pub(super) stamp: Stamp,
    pub(super) lines: Vec<Line>,
    /// What a room and a night of each line cost when it was agreed on.
    pub(super) prices: Vec<Option<i64>>,
    /// The lines that were cancelled, counted from 1, and when.
    pub(super) cancelled: BTreeMap<u16, Stamp>,
    pub(super) facts: Vec<(Fact, Stamp)>,
    /// When it was amended, each time.
    pub(super) amended: Vec<Stamp>,
    /// What its channel calls it, if the channel had sold it before.
    pub(super) reference: Option<ExternalReference>,
    pub(super) block: Option<BlockId>,
    /// The last record that changed it.
    pub(super) offset: u64,
}

/// A hold, or the booking of it, that was withdrawn before it came to be.
#[derive(Debug)]
pub(super) struct Withdrawal {
    pub(super) hold: HoldId,
    pub(super) forget_at: LogTime,
    pub(super) offset: u64,
}

impl Model {
    /// Sets rooms aside for every night of every line, or for none.
    pub(super) fn place_hold(
        &mut self,
        asked: Asked,
        command: &PlaceHold,
        findings: &mut Findings,
    ) -> Decision {
        let hold = HoldId::of_command(asked.slot, asked.id);
        if let Err(reason) = self.may_be_asked(asked.slot, hold, command) {
            return Decision::Rejected(reason.into());
        }
        if let Some(rejection) = self.forbids(command) {
            return Decision::Rejected(rejection);
        }
        if let Some(rejection) = self.may_not_pick_up(command) {
            return Decision::Rejected(rejection);
        }
        let full = self.full_nights(&command.property, command.block.as_ref(), &command.lines);
        if let Some(turned_away) = full.turn_away(findings) {
            return turned_away;
        }
        let over = match &command.block {
            None => self.nights_over_share(command),
            Some(_) => Vec::new(),
        };
        if !over.is_empty() {
            let (reason, nights) = (Reason::UnpaidShareReached, over.into());
            return Decision::Rejected(Rejection { reason, nights });
        }
        let deadline = self.clock.now().plus_ms(command.ttl_ms);
        let placed = Hold {
            property: command.property.clone(),
            lines: command.lines.to_vec(),
            standing: Standing::Held,
            deadline,
            anchored: false,
            stamp: asked.stamp,
            ttl_ms: command.ttl_ms,
            forget_at: None,
            channel: command.channel.clone(),
            account: command.account.clone(),
            block: command.block.clone(),
            offset: asked.place.offset,
        };
        self.list(asked.place, hold, &placed, false, findings);
        self.look_above(placed.sale(hold), asked.place.offset);
        self.holds.insert(hold, placed);
        self.waiting.push(hold);
        Decision::Held { hold, deadline }
    }

    /// Every reason against a hold but the rooms, tried one after the other for all its lines.
    fn may_be_asked(&self, slot: Slot, hold: HoldId, command: &PlaceHold) -> Result<(), Reason> {
        // The answer under its id may be forgotten before the hold or booking that it was about.
        let stands = self.hold(hold).is_some() || self.bookings.contains_key(&hold.booking());
        guard(!stands, Reason::IdReused)?;
        let lines = &command.lines;
        let nights = || lines.iter().map(|line| line.stay.nights_count());
        guard(lines.len() <= HOLD_LINES_MAX, Reason::TooLarge)?;
        guard(command.ttl_ms <= HOLD_TTL_MAX_MS, Reason::TooLarge)?;
        guard(lines.iter().all(|line| line.rooms <= LINE_ROOMS_MAX), Reason::TooLarge)?;
        guard(nights().all(|count| count <= STAY_NIGHTS_MAX), Reason::TooLarge)?;
        guard(nights().sum::<i32>() <= HOLD_NIGHTS_MAX, Reason::TooLarge)?;
        let property = self.properties.get(&command.property).ok_or(Reason::PropertyUnknown)?;
        let all = |holds: fn(&Property, &Line) -> bool, reason| {
            guard(lines.iter().all(|line| holds(property, line)), reason)
        };
        all(has_room_type, Reason::RoomTypeUnknown)?;
        all(has_rate_plan, Reason::RatePlanUnknown)?;
        all(sells, Reason::RatePlanExcludesRoomType)?;
        let goes = |line: &Line| goes_through(property, line, &command.channel);
        guard(lines.iter().all(goes), Reason::RatePlanExcludesChannel)?;
        all(suits_the_guests, Reason::RatePlanOccupancy)?;
        all(houses_the_guests, Reason::TooManyGuests)?;
        guard(!self.is_withdrawn(slot, hold), Reason::Withdrawn)
    }

    /// Turns a hold into a booking; one that has expired only if its rooms are still free.
    pub(super) fn confirm_hold(
        &mut self,
        asked: Asked,
        command: &ConfirmHold,
        findings: &mut Findings,
    ) -> Decision {
        let (id, booking) = (command.hold, command.hold.booking());
        let readmitted = match self.may_be_confirmed(asked.slot, id) {
            Ok(readmitted) => readmitted,
            Err(reason) => return Decision::Rejected(reason.into()),
        };
        let Some(mut hold) = self.holds.remove(&id) else {
            return Decision::Rejected(Reason::HoldUnknown.into());
        };
        let full = if readmitted {
            self.full_nights(&hold.property, hold.block.as_ref(), &hold.lines)
        } else {
            Full::default()
        };
        let full: Vec<Night> = full.free.union(&full.block).copied().collect();
        if !full.is_empty() {
            self.holds.insert(id, hold);
            return Self::turn_away(Reason::ConfirmTooLate, full, findings);
        }
        self.list(asked.place, id, &hold, true, findings);
        if readmitted {
            self.look_above(hold.sale(id), asked.place.offset);
        }
        let booked = self.booked.entry(asked.slot).or_default();
        booked.push(booking);
        let ordinal = u32::try_from(booked.len()).unwrap_or(u32::MAX);
        let made = Booking {
            property: hold.property.clone(),
            guest: command.guest.clone(),
            channel: hold.channel.clone(),
            ordinal,
            stamp: asked.stamp,
            lines: hold.lines.clone(),
            prices: self.prices(&hold.property, &hold.lines),
            cancelled: BTreeMap::new(),
            facts: Vec::new(),
            amended: Vec::new(),
            reference: None,
            block: hold.block.clone(),
            offset: asked.place.offset,
        };
        self.bookings.insert(booking, made);
        hold.end(Standing::Confirmed, asked.forget_at, asked.place.offset);
        self.holds.insert(id, hold);
        Decision::Confirmed { booking, ordinal, readmitted }
    }

    /// Whether a hold may become a booking, and whether it must find its rooms anew for that.
    fn may_be_confirmed(&self, slot: Slot, id: HoldId) -> Result<bool, Reason> {
        guard(!self.is_withdrawn(slot, id), Reason::Withdrawn)?;
        let hold = self.hold(id).ok_or(Reason::HoldUnknown)?;
        guard(hold.standing != Standing::Released, Reason::HoldReleased)?;
        guard(hold.standing != Standing::Confirmed, Reason::HoldConfirmed)?;
        Ok(hold.standing == Standing::Expired)
    }

    /// What a room and a night of each line cost on the terms of today, where those are known.
    pub(super) fn prices(&self, property: &PropertyId, lines: &[Line]) -> Vec<Option<i64>> {
        let property = self.properties.get(property);
        let price = |line: &Line| {
            let plan = property?.rate_plan(&line.rate_plan)?;
            Some(plan.definition.what.base_price.amount_minor)
        };
        lines.iter().map(price).collect()
    }

    /// Gives the rooms of a hold back; releasing twice is releasing once.
    pub(super) fn release_hold(
        &mut self,
        asked: Asked,
        command: &ReleaseHold,
    ) -> Result<Decision, Reason> {
        let id = command.hold;
        let Some(hold) = self.hold(id) else {
            return Err(self.withdraw(asked, id, Reason::HoldUnknown));
        };
        guard(hold.standing != Standing::Expired, Reason::HoldExpired)?;
        guard(hold.standing != Standing::Confirmed, Reason::HoldConfirmed)?;
        if hold.standing == Standing::Held {
            self.take_off(id, Standing::Released, asked.forget_at, asked.place.offset);
        }
        Ok(Decision::Released { hold: id })
    }

    /// Gives back the rooms of the lines named, or of the whole booking.
    pub(super) fn cancel_booking(
        &mut self,
        asked: Asked,
        command: &CancelBooking,
    ) -> Result<Decision, Reason> {
        let id = command.booking;
        let Some(booking) = self.bookings.get_mut(&id) else {
            return Err(self.withdraw(asked, id.hold(), Reason::BookingUnknown));
        };
        let every: BTreeSet<u16> = (1_u16..).zip(&booking.lines).map(|(line, _)| line).collect();
        let named: BTreeSet<u16> = command.lines.iter().copied().collect();
        guard(named.is_subset(&every), Reason::LineUnknown)?;
        let cancelled = booking.cancelled.keys().copied().collect();
        guard(cancelled != every, Reason::BookingCancelled)?;
        guard(named.is_disjoint(&cancelled), Reason::LineCancelled)?;
        let named = if named.is_empty() { &every - &cancelled } else { named };
        booking.cancelled.extend(named.iter().map(|line| (*line, asked.stamp)));
        booking.offset = asked.place.offset;
        let whole = &cancelled | &named == every;
        if let Some(property) = self.properties.get_mut(&booking.property) {
            for (number, line) in (1_u16..).zip(&booking.lines) {
                if named.contains(&number) {
                    give_back(property, id.hold(), number, line, asked.place.offset);
                }
            }
        }
        Ok(Decision::Cancelled { booking: id, lines: named.into_iter().collect(), whole })
    }

    /// Puts on record what happened at the hotel; it changes no list.
    pub(super) fn record_fact(
        &mut self,
        asked: Asked,
        command: &RecordFact,
    ) -> Result<Decision, Reason> {
        let booking = self.bookings.get_mut(&command.booking).ok_or(Reason::BookingUnknown)?;
        guard(booking.facts.len() < FACTS_MAX, Reason::TooLarge)?;
        booking.facts.push((command.fact, asked.stamp));
        booking.offset = asked.place.offset;
        Ok(Decision::Recorded)
    }

    /// After log time has moved: intervals begin, and holds end.
    pub(super) fn pass_time(&mut self, offset: u64) -> Decision {
        let now = self.clock.now();
        for id in std::mem::take(&mut self.waiting) {
            let Some(hold) = self.holds.get_mut(&id) else { continue };
            if hold.standing == Standing::Held {
                hold.deadline = now.plus_ms(hold.ttl_ms);
                hold.anchored = true;
                hold.offset = offset;
                let earliest = self.earliest_deadline.unwrap_or(hold.deadline);
                self.earliest_deadline = Some(earliest.min(hold.deadline));
                self.running.push(id);
            }
        }
        let expired = if self.earliest_deadline.is_some_and(|earliest| earliest <= now) {
            self.expire(now, offset)
        } else {
            Vec::new()
        };
        Decision::Ticked { log_time: now, expired }
    }

    /// Goes through the list of running holds and ends those whose deadline is not after `now`.
    fn expire(&mut self, now: LogTime, offset: u64) -> Vec<HoldId> {
        let mut due = Vec::new();
        let mut running = std::mem::take(&mut self.running);
        self.earliest_deadline = None;
        running.retain(|id| {
            let Some(hold) = self.holds.get(id) else { return false };
            if hold.standing != Standing::Held {
                return false;
            }
            if hold.deadline <= now {
                due.push((hold.deadline, *id));
                return false;
            }
            let earliest = self.earliest_deadline.unwrap_or(hold.deadline);
            self.earliest_deadline = Some(earliest.min(hold.deadline));
            true
        });
        self.running = running;
        due.sort_unstable();
        for (_, id) in &due {
            self.take_off(*id, Standing::Expired, remembered_until(now), offset);
        }
        due.into_iter().map(|(_, id)| id).collect()
    }

    /// A hold that is still remembered.
    pub(super) fn hold(&self, id: HoldId) -> Option<&Hold> {
        let now = self.clock.now();
        self.holds.get(&id).filter(|hold| !hold.forget_at.is_some_and(|at| is_forgotten(at, now)))
    }

    /// Whether a hold, or the booking of it, was withdrawn before it came to be.
    pub(super) fn is_withdrawn(&self, slot: Slot, hold: HoldId) -> bool {
        let now = self.clock.now();
        let mut withdrawals = self.withdrawals.get(&slot).into_iter().flatten();
        withdrawals.any(|one| one.hold == hold && !is_forgotten(one.forget_at, now))
    }

    /// Remembers that a hold, or the booking of it, must not come to be; says why it is unknown.
    fn withdraw(&mut self, asked: Asked, hold: HoldId, unknown: Reason) -> Reason {
        let now = self.clock.now();
        let withdrawals = self.withdrawals.entry(asked.slot).or_default();
        withdrawals.retain(|one| !is_forgotten(one.forget_at, now));
        if withdrawals.iter().any(|one| one.hold == hold) {
            return unknown;
        }
        if withdrawals.len() >= WITHDRAWALS_MAX {
            return Reason::TombstonesFull;
        }
        let (forget_at, offset) = (asked.forget_at, asked.place.offset);
        withdrawals.push(Withdrawal { hold, forget_at, offset });
        unknown
    }

    /// The nights on whose lists the lines together find too little room.
    fn full_nights(&self, property: &PropertyId, block: Option<&BlockId>, lines: &[Line]) -> Full {
        let Some(property) = self.properties.get(property) else { return Full::default() };
        property.full_nights(block, &lines.iter().collect::<Vec<_>>(), &nobody)
    }

    /// Refuses for want of rooms. The nights are counted: on none of them was there room.
    pub(super) fn turn_away(
        reason: Reason,
        nights: Vec<Night>,
        findings: &mut Findings,
    ) -> Decision {
        findings.count(Check::NoUndersell, nights.len() as u64);
        Decision::Rejected(Rejection { reason, nights: nights.into() })
    }

    /// Puts a hold's lines on the lists of their nights, or marks them there as sold, and counts
    /// each list anew: none may be longer than its limit by an admission.
    fn list(&mut self, place: Place, id: HoldId, hold: &Hold, sold: bool, findings: &mut Findings) {
        let Some(property) = self.properties.get_mut(&hold.property) else { return };
        let listed = hold.standing == Standing::Held && sold;
        let lines: Vec<(u16, Option<BlockId>, Line)> = (1_u16..)
            .zip(&hold.lines)
            .flat_map(|(number, line)| {
                let block = property.name_on_lists(hold.block.as_ref(), line);
                property.on_lists(line).into_iter().map(move |part| (number, block.clone(), part))
            })
            .collect();
        for (number, block, line) in lines {
            let Some(room_type) = property.room_type_mut(&line.room_type) else { continue };
            let rooms = &mut room_type.rooms;
            if listed {
                // Its rooms were admitted before; a supply lowered since turns nobody away.
                rooms.sell(line.stay, id, number, place.offset);
                continue;
            }
            let claim = Claim { hold: id, line: number, rooms: line.rooms, sold, block };
            rooms.claim(line.stay, claim.clone(), place.offset);
            // What was promised before is kept, also under a supply that was lowered since.
            let is_kept = |rooms: &Rooms, night| {
                rooms.claimed_on(night).is_some_and(|listed| listed.is_promised(&claim))
            };
            let asked: Vec<Night> =
                line.stay.nights().filter(|night| !is_kept(rooms, *night)).collect();
            for night in asked {
                findings.count(Check::NoOversell, 1);
                if !rooms.within_limit(night) {
                    let claims = rooms.claimed_on(night).map(|night| &night.claims);
                    let subject = format_args!("{} {night}", line.room_type);
                    let expected = rooms.supply(night);
                    let (expected, found) = (Shown(&expected), Shown(&claims));
                    findings.violated(Check::NoOversell, place, subject, expected, found);
                }
            }
        }
    }

    /// Takes a hold's lines off the lists of their nights.
    fn take_off(&mut self, id: HoldId, standing: Standing, forget_at: LogTime, offset: u64) {
        let Some(hold) = self.holds.get_mut(&id) else { return };
        hold.end(standing, forget_at, offset);
        self.above.remove(&id);
        let Some(property) = self.properties.get_mut(&hold.property) else { return };
        for (number, line) in (1_u16..).zip(&hold.lines) {
            give_back(property, id, number, line, offset);
        }
    }
}

impl Hold {
    /// The sale that it is, with nothing before.
    fn sale(&self, hold: HoldId) -> Sale<'_> {
        let (property, after) = (&self.property, &self.lines);
        Sale { property, hold, before: &[], after, by_channel: false }
    }

    /// It is not held any more; when it will be forgotten is settled the first time.
    fn end(&mut self, standing: Standing, forget_at: LogTime, offset: u64) {
        self.standing = standing;
        self.forget_at = self.forget_at.or(Some(forget_at));
        self.offset = offset;
    }
}

pub(super) fn give_back(
    property: &mut Property,
    hold: HoldId,
    number: u16,
    line: &Line,
    offset: u64,
) {
    for part in property.on_lists(line) {
        if let Some(room_type) = property.room_type_mut(&part.room_type) {
            room_type.rooms.give_back(part.stay, hold, number, offset);
        }
    }
}
