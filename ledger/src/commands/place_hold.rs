//! Sets rooms aside for every night of every line, or for none.

use events::night::STAY_NIGHTS_MAX;
use events::{ChannelId, Decision, HoldId, Line, PlaceHold, Reason, Rejection};

use super::claims::{self, Claim};
use crate::above;
use crate::apply::rejected;
use crate::blocks;
use crate::journal::Dirty;
use crate::moves::ClaimKind;
use crate::property::Property;
use crate::restrictions::plan_refusals;
use crate::rows::HoldState;
use crate::rules::{Origin, nights_over_share};
use crate::slot::{Hold, Place};
use crate::state::State;

/// The most lines of one hold.
pub const LINES_MAX: usize = 50;
/// The most rooms of one line.
pub const LINE_ROOMS_MAX: u16 = 200;
/// The most nights of all lines together, so that one command stays cheap to decide.
pub const HOLD_NIGHTS_MAX: i32 = 2_000;
/// The longest interval of a hold.
pub const TTL_MAX_MS: u64 = 24 * 60 * 60 * 1000;

pub(crate) fn apply(state: &mut State, place: Place, command: PlaceHold) -> Decision {
    let id = HoldId::of_command(place.slot, place.id);
    let slot = state.slot(place.slot);
    // The answer under this id may be forgotten before the hold or booking that it was about.
    if slot.holds.contains_key(&id) || slot.bookings.contains_key(&id.booking()) {
        return rejected(Reason::IdReused);
    }
    if command.ttl_ms > TTL_MAX_MS || are_too_large(command.lines.iter()) {
        return rejected(Reason::TooLarge);
    }
    let Some((index, _, property)) = slot.properties.get_full(&command.property) else {
        return rejected(Reason::PropertyUnknown);
    };
    let faults = command.lines.iter().filter_map(|line| fault(property, line, &command.channel));
    if let Some(reason) = faults.min() {
        return rejected(reason);
    }
    if slot.tombstones.contains_key(&id) {
        return rejected(Reason::Withdrawn);
    }
    let rules = property.rules.as_ref();
    if let Some(rejection) = rules.and_then(|rules| rules.refuse(&command)) {
        return Decision::Rejected(rejection);
    }
    let short = match &command.block {
        None => no_room(property, &command.lines),
        Some(_) => blocks::refuse(property, &command),
    };
    if let Some(rejection) = short {
        return Decision::Rejected(rejection);
    }

    for line in &command.lines {
        let claim = Claim { line, kind: ClaimKind::Held, block: command.block.as_ref() };
        claims::change(state, (place.slot, index as u32), claim, true);
    }
    let of_block = command.block.is_some();
    above::admitted(state, (place.slot, index as u32), id, (&command.lines, &[]), of_block);
    if let Some(account) = &command.account
        && let Some((_, property)) = state.slot_mut(place.slot).property_at_mut(index as u32)
    {
        property.rules.get_or_insert_default().opened(account);
    }
    let deadline = state.log_time().plus_ms(command.ttl_ms);
    let hold = Hold {
        property: command.property,
        lines: command.lines,
        state: HoldState::Held,
        deadline,
        anchored: false,
        stamp: place.stamp,
        ttl_ms: command.ttl_ms,
        forget_at: None,
        origin: Origin::of(command.channel, command.account, command.block),
    };
    state.slot_mut(place.slot).holds.insert(id, Box::new(hold));
    state.unanchored.push(id);
    state.holds_open_count += 1;
    state.journal.note(Dirty::Hold(id));
    Decision::Held { hold: id, deadline }
}

/// The nights on which too few rooms are free to all, or too many held and not paid for.
fn no_room(property: &Property, lines: &[Line]) -> Option<Rejection> {
    let short = claims::nights_short(property, lines);
    if !short.is_empty() {
        return Some(Rejection { reason: Reason::NoRoom, nights: short.into() });
    }
    let over = nights_over_share(property, lines);
    let reason = Reason::UnpaidShareReached;
    (!over.is_empty()).then(|| Rejection { reason, nights: over.into() })
}

/// Whether lines are more than one hold or booking may have.
pub(crate) fn are_too_large<'a>(lines: impl Iterator<Item = &'a Line> + Clone) -> bool {
    let nights = lines.clone().map(|line| line.stay.nights_count());
    lines.clone().count() > LINES_MAX
        || lines.clone().any(|line| line.rooms > LINE_ROOMS_MAX)
        || nights.clone().any(|count| count > STAY_NIGHTS_MAX)
        || nights.map(i64::from).sum::<i64>() > i64::from(HOLD_NIGHTS_MAX)
}

/// What is wrong with a line, whatever rooms are left.
pub(crate) fn fault(property: &Property, line: &Line, channel: &ChannelId) -> Option<Reason> {
    let Some(room_type) = property.room_type(&line.room_type) else {
        return Some(Reason::RoomTypeUnknown);
    };
    let Some(rate_plan) = property.rate_plan(&line.rate_plan) else {
        return Some(Reason::RatePlanUnknown);
    };
    let rate_plan = &property.rate_plans[usize::from(rate_plan)];
    if !rate_plan.sells.contains(&room_type) {
        return Some(Reason::RatePlanExcludesRoomType);
    }
    let guests = u64::from(line.adults) + line.children.len() as u64;
    if rate_plan.is_choosy {
        let (plan, rooms) = (&rate_plan.definition, u32::from(line.rooms));
        if let Some(reason) = plan_refusals(plan, channel, guests, rooms).next() {
            return Some(reason);
        }
    }
    let places =
        u64::from(property.room_types[usize::from(room_type)].max_guests) * u64::from(line.rooms);
    (guests > places).then_some(Reason::TooManyGuests)
}
