//! Puts on record what a channel has sold already. It is never refused for want of rooms: the guest
//! has a contract, and a sale that is not on record is one that nobody works off.
//!
//! Neither restrictions nor rate plans are asked, since they bound what may be sold, and this is
//! sold. Only what cannot be counted is refused: an unknown property or room type, more than one
//! booking may have, or more than a counter can hold.

use events::{Decision, HoldId, Line, Oversold, Reason, RecordExternalSale};

use super::claims::Claim;
use super::{claims, confirm_hold, place_hold};
use crate::above;
use crate::apply::rejected;
use crate::journal::Dirty;
use crate::moves::ClaimKind;
use crate::property::{Property, RoomType};
use crate::rows::BookingRow;
use crate::slot::{Place, SlotState};
use crate::state::State;

pub(crate) fn apply(state: &mut State, place: Place, command: RecordExternalSale) -> Decision {
    let hold = HoldId::of_command(place.slot, place.id);
    let slot = state.slot(place.slot);
    let Some((index, _, property)) = slot.properties.get_full(&command.property) else {
        return rejected(Reason::PropertyUnknown);
    };
    if let Some(known) = known(slot, property, &command) {
        return known;
    }
    if slot.holds.contains_key(&hold) || slot.bookings.contains_key(&hold.booking()) {
        return rejected(Reason::IdReused);
    }
    if place_hold::are_too_large(command.lines.iter()) {
        return rejected(Reason::TooLarge);
    }
    if !command.lines.iter().all(|line| property.room_type(&line.room_type).is_some()) {
        return rejected(Reason::RoomTypeUnknown);
    }
    if slot.tombstones.contains_key(&hold) {
        return rejected(Reason::Withdrawn);
    }
    if !claims::can_be_counted(property, &command.lines) {
        return rejected(Reason::TooLarge);
    }

    let whose = (place.slot, index as u32);
    for line in &command.lines {
        claims::change(state, whose, Claim { line, kind: ClaimKind::Sold, block: None }, true);
    }
    above::sold_outside(state, whose, hold, &command.lines);
    let oversold = oversold_by(state.slot(place.slot).property_at(whose.1), &command.lines);
    let ordinal = write(state, place, hold, whose.1, command);
    Decision::ExternalSaleRecorded { booking: hold.booking(), ordinal, oversold, known: false }
}

/// The answer to a sale that is on record already, under whatever command.
fn known(slot: &SlotState, property: &Property, command: &RecordExternalSale) -> Option<Decision> {
    let name = (command.channel.clone(), command.reference.clone());
    let booking = *property.desk.as_ref()?.external.get(&name)?;
    let ordinal = slot.bookings.get(&booking)?.ordinal;
    Some(Decision::ExternalSaleRecorded { booking, ordinal, oversold: Vec::new(), known: true })
}

/// The nights of those lines that are oversold now, in order, each once.
fn oversold_by(property: Option<&Property>, lines: &[Line]) -> Vec<Oversold> {
    let mut oversold = Vec::new();
    let Some(property) = property else { return oversold };
    for line in lines {
        let Some(room_type) = property.room_type(&line.room_type) else { continue };
        for (part, _) in property.taken(room_type, line.rooms) {
            let RoomType { id, inventory, .. } = &property.room_types[usize::from(part)];
            for night in line.stay.nights() {
                let rooms = inventory.rooms_over(night);
                if rooms > 0 {
                    oversold.push(Oversold { room_type: id.clone(), night, rooms });
                }
            }
        }
    }
    oversold.sort_unstable();
    oversold.dedup();
    oversold
}

fn write(
    state: &mut State,
    place: Place,
    hold: HoldId,
    property: u32,
    command: RecordExternalSale,
) -> u32 {
    let booking = hold.booking();
    let ordinal = confirm_hold::next_ordinal(state, place.slot);
    let slot = state.slot_mut(place.slot);
    if let Some((_, property)) = slot.property_at_mut(property) {
        let name = (command.channel.clone(), command.reference.clone());
        property.desk.get_or_insert_default().external.insert(name, booking);
    }
    let agreed = slot.property_at(property);
    let lines = agreed.map_or_else(Vec::new, |property| {
        command.lines.into_iter().map(|line| property.booked(line)).collect()
    });
    let row = BookingRow {
        booking,
        property: command.property,
        guest: command.guest,
        ordinal,
        stamp: place.stamp,
        channel: command.channel,
        lines,
        facts: Vec::new(),
        amendments: 0,
        amended: None,
        reference: Some(command.reference),
        block: None,
    };
    slot.bookings.insert(booking, Box::new(row));
    state.journal.note(Dirty::Booking(booking));
    ordinal
}
