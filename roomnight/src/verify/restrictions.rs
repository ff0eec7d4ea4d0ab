//! The auditor's restrictions and caps on holds: a calendar of single nights for each scope, and
//! open holds counted by listing them.
//!
//! The ledger keeps ranges and counters here. A night that stands for itself cannot be merged
//! wrongly, and each rule is asked night by night.

use std::collections::{BTreeMap, BTreeSet};

use events::{
    ChannelId, Decision, Line, Night, PlaceHold, Reason, Rejection, Restrictions, Scope,
    SetHoldCaps, SetRestrictions, Stay,
};
use ledger::restrictions as stored;
use ledger::rows::{HoldCapsRow, RestrictionRange, RestrictionsRow};

use super::catalogue::{Property, Said, guard};
use super::model::Model;
use super::report::Place;
use super::rules::{RESTRICTED_RANGES_MAX, SCOPES_MAX, STAY_NIGHTS_MAX};
use super::sale::Standing;

type Nights = BTreeMap<Night, Restrictions>;

/// What is said of a property beside its rooms.
#[derive(Debug, Default)]
pub(super) struct Terms {
    /// Each scope with its nights; those of which nothing is said are left out.
    scopes: BTreeMap<Scope, Said<Nights>>,
    caps: Option<Said<SetHoldCaps>>,
}

impl Terms {
    /// The rows that should be stored of it, and the record that last changed each.
    pub(super) fn restriction_rows(
        &self,
        property: &events::PropertyId,
    ) -> impl Iterator<Item = (u64, RestrictionsRow)> {
        self.scopes.iter().map(|(scope, said)| {
            let said_row = stored::Said { scope: scope.clone(), ranges: ranges(&said.what) };
            (said.offset, RestrictionsRow { property: property.clone(), said: said_row })
        })
    }

    /// The row of the caps, where they were set.
    pub(super) fn caps_row(&self) -> Option<(u64, HoldCapsRow)> {
        let said = self.caps.as_ref()?;
        Some((said.offset, HoldCapsRow { command: said.what.clone() }))
    }

    /// The record that last said something of a scope.
    pub(super) fn touched(&self, scope: &Scope) -> Option<u64> {
        self.scopes.get(scope).map(|said| said.offset)
    }
}

impl Model {
    /// Says something of each night of a range, in the place of what was said before.
    pub(super) fn set_restrictions(
        &mut self,
        place: Place,
        command: &SetRestrictions,
    ) -> Result<Decision, Reason> {
        guard(command.nights.nights_count() <= STAY_NIGHTS_MAX, Reason::TooLarge)?;
        let property = self.property_mut(&command.property)?;
        let SetRestrictions { scope, restrictions, .. } = command;
        let known = |id| property.room_type(id).is_some();
        guard(scope.room_type.as_ref().is_none_or(known), Reason::RoomTypeUnknown)?;
        let known = |id| property.rate_plan(id).is_some();
        guard(scope.rate_plan.as_ref().is_none_or(known), Reason::RatePlanUnknown)?;
        let scopes = &mut property.terms.scopes;
        let before = scopes.get(scope).map(|said| said.what.clone());
        let nothing = Restrictions::default();
        if before.is_none() && *restrictions == nothing {
            return Ok(Decision::RestrictionsSet { nights_changed: 0 });
        }
        let many = before.is_none() && scopes.len() >= SCOPES_MAX;
        let mut nights = before.unwrap_or_default();
        let mut nights_changed = 0;
        for night in command.nights.nights() {
            let said = nights.remove(&night).unwrap_or_default();
            nights_changed += u32::from(said != *restrictions);
            if *restrictions != nothing {
                nights.insert(night, *restrictions);
            }
        }
        guard(!many && ranges(&nights).len() <= RESTRICTED_RANGES_MAX, Reason::TooLarge)?;
        scopes.insert(scope.clone(), Said { what: nights, offset: place.offset });
        Ok(Decision::RestrictionsSet { nights_changed })
    }

    pub(super) fn set_hold_caps(
        &mut self,
        place: Place,
        command: &SetHoldCaps,
    ) -> Result<Decision, Reason> {
        let property = self.property_mut(&command.property)?;
        property.terms.caps = Some(Said { what: command.clone(), offset: place.offset });
        Ok(Decision::Defined)
    }

    /// Why a hold may not be placed, whatever rooms are left.
    pub(super) fn forbids(&self, command: &PlaceHold) -> Option<Rejection> {
        let property = self.properties.get(&command.property)?;
        let caps = property.terms.caps.as_ref().map(|said| &said.what);
        let most = caps.and_then(|caps| caps.open_holds_per_account_max);
        if let (Some(most), Some(account)) = (most, &command.account) {
            let open = self.holds.values().filter(|hold| {
                hold.standing == Standing::Held
                    && hold.property == command.property
                    && hold.account.as_ref() == Some(account)
            });
            if open.count() >= usize::from(most) {
                return Some(Reason::TooManyOpenHolds.into());
            }
        }
        // What a block has was promised already, whatever is offered to everybody.
        if command.block.is_some() {
            return None;
        }
        property.restricts(&command.lines, &command.channel, command.booked_on)
    }

    /// The nights on which the held rooms of all types and those of these lines are more than may
    /// be held of what is not sold.
    pub(super) fn nights_over_share(&self, command: &PlaceHold) -> Vec<Night> {
        let Some(property) = self.properties.get(&command.property) else { return Vec::new() };
        let caps = property.terms.caps.as_ref();
        let Some(percent) = caps.and_then(|said| said.what.unpaid_percent_max) else {
            return Vec::new();
        };
        let nights: BTreeSet<Night> =
            command.lines.iter().flat_map(|line| line.stay.nights()).collect();
        let is_over = |night: &Night| {
            let (mut unsold, mut held) = (0_u64, 0_u64);
            for room_type in &property.room_types {
                let (for_sale, held_here, gone) = room_type.rooms.on(*night);
                unsold += u64::from(for_sale.saturating_sub(gone));
                held += u64::from(held_here);
            }
            let wanted = command.lines.iter().filter(|line| line.stay.contains(*night));
            for part in wanted.flat_map(|line| property.on_lists(line)) {
                held += u64::from(part.rooms);
            }
            // So many percent, rounded down, and one room in any case.
            held > 1 && held * 100 > unsold * u64::from(percent)
        };
        nights.into_iter().filter(is_over).collect()
    }
}

impl Property {
    /// The first rule in the way of any of the lines, with its nights on all of them.
    pub(super) fn restricts(
        &self,
        lines: &[Line],
        channel: &ChannelId,
        booked_on: Option<Night>,
    ) -> Option<Rejection> {
        let mut broken: BTreeMap<Reason, BTreeSet<Night>> = BTreeMap::new();
        for (scope, said) in &self.terms.scopes {
            for line in lines {
                let Scope { room_type, rate_plan, channel: through } = scope;
                let meant = (room_type.is_none() || room_type.as_ref() == Some(&line.room_type))
                    && (rate_plan.is_none() || rate_plan.as_ref() == Some(&line.rate_plan))
                    && (through.is_none() || through.as_ref() == Some(channel));
                if meant {
                    for (reason, night) in broken_by(&said.what, line.stay, booked_on) {
                        broken.entry(reason).or_default().insert(night);
                    }
                }
            }
        }
        let (reason, nights) = broken.pop_first()?;
        Some(Rejection { reason, nights: nights.into_iter().collect() })
    }
}

/// Each rule that a stay breaks, and the night on which it does.
fn broken_by(said: &Nights, stay: Stay, booked_on: Option<Night>) -> Vec<(Reason, Night)> {
    let mut broken = Vec::new();
    let length = i64::from(stay.nights_count());
    for night in stay.nights() {
        let Some(said) = said.get(&night) else { continue };
        if said.stop_sell {
            broken.push((Reason::Closed, night));
        }
        if said.min_stay_through.is_some_and(|least| length < i64::from(least)) {
            broken.push((Reason::MinStayThrough, night));
        }
    }
    if said.get(&stay.departure()).is_some_and(|said| said.closed_to_departure) {
        broken.push((Reason::ClosedToDeparture, stay.departure()));
    }
    let arrival = stay.arrival();
    let Some(said) = said.get(&arrival) else { return broken };
    let mut note = |is_broken: bool, reason| {
        if is_broken {
            broken.push((reason, arrival));
        }
    };
    note(said.closed_to_arrival, Reason::ClosedToArrival);
    note(
        said.min_stay_arrival.is_some_and(|least| length < i64::from(least)),
        Reason::MinStayArrival,
    );
    note(said.max_stay.is_some_and(|most| length > i64::from(most)), Reason::MaxStay);
    if let Some(pattern) = said.stay_pattern {
        let letters = pattern.to_string();
        let letter = usize::try_from(length - 1).ok().and_then(|at| letters.chars().nth(at));
        note(letter != Some('Y'), Reason::StayPattern);
    }
    if let Some(booked_on) = booked_on {
        // The first and the last day on which it may be booked.
        let days_before = |days: u16| arrival.plus(-i32::from(days));
        let first = said.advance_max_days.map(days_before);
        let last = said.advance_min_days.map(days_before);
        note(first.is_some_and(|first| booked_on < first), Reason::TooEarly);
        note(last.is_some_and(|last| booked_on > last), Reason::TooLate);
    }
    broken
}

/// The nights as the fewest ranges.
fn ranges(nights: &Nights) -> Vec<RestrictionRange> {
    let mut ranges: Vec<RestrictionRange> = Vec::new();
    for (night, restrictions) in nights {
        let joins = |last: &&RestrictionRange| {
            last.restrictions == *restrictions && last.nights.departure() == *night
        };
        let before = ranges.last().filter(joins).map(|last| last.nights.arrival());
        let Ok(nights) = Stay::new(before.unwrap_or(*night), night.plus(1)) else { continue };
        if before.is_some() {
            ranges.pop();
        }
        ranges.push(RestrictionRange { nights, restrictions: *restrictions });
    }
    ranges
}
