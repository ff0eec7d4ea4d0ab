//! Says what a room type is made of, such as an apartment of its rooms.
//!
//! One of it takes rooms of each part, on every night or on none, and is counted there and nowhere
//! else: so there is one truth about each room, and neither can be sold twice. It goes one level
//! deep. What is held or sold of it was counted by its parts as they were, so they cannot change
//! while any of that is.

use events::{Decision, LinkRoomType, Part, Reason};

use super::place_hold::LINES_MAX;
use crate::apply::rejected;
use crate::journal::Dirty;
use crate::property::{Link, Property};
use crate::slot::Place;
use crate::state::State;

/// The most rooms of one part.
pub const PART_ROOMS_MAX: u16 = 100;

pub(crate) fn apply(state: &mut State, place: Place, command: LinkRoomType) -> Decision {
    let are_too_many = command.parts.len() > LINES_MAX;
    if are_too_many || command.parts.iter().any(|part| part.rooms > PART_ROOMS_MAX) {
        return rejected(Reason::TooLarge);
    }
    let Some((index, property)) = state.slot_mut(place.slot).property_mut(&command.property) else {
        return rejected(Reason::PropertyUnknown);
    };
    let Some(room_type) = property.room_type(&command.room_type) else {
        return rejected(Reason::RoomTypeUnknown);
    };
    let parts = match parts(property, room_type, &command.parts) {
        Ok(parts) => parts,
        Err(reason) => return rejected(reason),
    };
    let found = &mut property.room_types[usize::from(room_type)];
    let before = found.link.as_ref().map(|link| &link.parts[..]).unwrap_or_default();
    if before == parts {
        return Decision::Defined;
    }
    if found.link.is_none() && !found.inventory.ranges().is_empty() {
        return rejected(Reason::RoomTypeHasRooms);
    }
    let claims_count = found.link.as_ref().map_or(0, |link| link.claims_count);
    if claims_count > 0 || !found.inventory.used_nights().is_empty() {
        return rejected(Reason::RoomTypeClaimed);
    }
    let link = Link { parts, claims_count: 0, definition: command };
    found.link = (!link.parts.is_empty()).then(|| Box::new(link));
    state.journal.note(Dirty::Link { slot: place.slot, property: index, room_type });
    Decision::Defined
}

/// The ordinals and rooms of the parts, if they may be parts of that room type.
fn parts(property: &Property, of: u16, parts: &[Part]) -> Result<Vec<(u16, u16)>, Reason> {
    let found = parts.iter().map(|part| Some((property.room_type(&part.room_type)?, part.rooms)));
    let found = found.collect::<Option<Vec<_>>>().ok_or(Reason::RoomTypeUnknown)?;
    let is_named_before =
        |index: usize| found[..index].iter().any(|(before, _)| *before == found[index].0);
    if (0..found.len()).any(is_named_before) {
        return Err(Reason::NamedTwice);
    }
    let has_parts = |(part, _): &(u16, u16)| {
        *part == of || property.room_types[usize::from(*part)].link.is_some()
    };
    let is_part = || {
        let mut links = property.room_types.iter().filter_map(|one| one.link.as_ref());
        links.any(|link| link.parts.iter().any(|(part, _)| *part == of))
    };
    if found.iter().any(has_parts) || (!found.is_empty() && is_part()) {
        return Err(Reason::LinkNested);
    }
    Ok(found)
}
