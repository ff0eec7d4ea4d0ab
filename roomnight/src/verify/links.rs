//! The auditor's linked rooms: a claim on an apartment is a name on the list of each of its parts.

use std::collections::BTreeSet;

use events::{Decision, Line, LinkRoomType, Reason, RoomTypeId};

use super::catalogue::{Property, Said, guard};
use super::model::Model;
use super::report::Place;
use super::rules::HOLD_LINES_MAX;
use super::sale::Standing;

/// The most rooms of one part.
const PART_ROOMS_MAX: u16 = 100;

impl Model {
    /// Says what a room type is made of.
    pub(super) fn link_room_type(
        &mut self,
        place: Place,
        command: &LinkRoomType,
    ) -> Result<Decision, Reason> {
        let (id, parts) = (&command.room_type, &command.parts);
        guard(parts.len() <= HOLD_LINES_MAX, Reason::TooLarge)?;
        guard(parts.iter().all(|part| part.rooms <= PART_ROOMS_MAX), Reason::TooLarge)?;
        let property = self.properties.get(&command.property).ok_or(Reason::PropertyUnknown)?;
        let of = property.room_type(id).ok_or(Reason::RoomTypeUnknown)?;
        let found = |part: &RoomTypeId| property.room_type(part).is_some();
        guard(parts.iter().all(|part| found(&part.room_type)), Reason::RoomTypeUnknown)?;
        let named: BTreeSet<&RoomTypeId> = parts.iter().map(|part| &part.room_type).collect();
        guard(named.len() == parts.len(), Reason::NamedTwice)?;
        let mut linked = property.room_types.iter().filter_map(|one| one.parts.as_ref());
        let is_linked = |part: &&RoomTypeId| {
            *part == id || property.room_type(part).is_some_and(|one| one.parts.is_some())
        };
        let is_part = linked.any(|said| said.what.parts.iter().any(|part| part.room_type == *id));
        guard(!named.iter().any(is_linked), Reason::LinkNested)?;
        guard(parts.is_empty() || !is_part, Reason::LinkNested)?;
        let before = of.parts.as_ref().map(|said| &said.what.parts[..]).unwrap_or_default();
        if before == &parts[..] {
            return Ok(Decision::Defined);
        }
        let has_rooms = of.parts.is_none() && of.rooms.supplied().next().is_some();
        guard(!has_rooms, Reason::RoomTypeHasRooms)?;
        guard(!self.is_claimed(command), Reason::RoomTypeClaimed)?;
        let property = self.property_mut(&command.property)?;
        let of = property.room_type_mut(id).ok_or(Reason::RoomTypeUnknown)?;
        let said = Said { what: command.clone(), offset: place.offset };
        of.parts = (!parts.is_empty()).then_some(said);
        Ok(Decision::Defined)
    }

    /// Whether anything is held, sold or promised of a room type.
    fn is_claimed(&self, command: &LinkRoomType) -> bool {
        let is_of = |line: &Line| line.room_type == command.room_type;
        let held = self.holds.values().any(|hold| {
            hold.standing == Standing::Held
                && hold.property == command.property
                && hold.lines.iter().any(is_of)
        });
        let promised = self.is_promised(&command.property, &command.room_type);
        held || promised
            || self.bookings.values().any(|booking| {
                let lines = (1_u16..).zip(&booking.lines);
                booking.property == command.property
                    && lines
                        .filter(|(number, _)| !booking.cancelled.contains_key(number))
                        .any(|(_, line)| is_of(line))
            })
    }
}

impl Property {
    /// What one room of a type takes: itself, or rooms of each of its parts.
    pub(super) fn on_lists_of_one(&self, room_type: &RoomTypeId) -> Vec<(RoomTypeId, u32)> {
        let parts = self.room_type(room_type).and_then(|one| one.parts.as_ref());
        let Some(said) = parts else { return vec![(room_type.clone(), 1)] };
        let part = |part: &events::Part| (part.room_type.clone(), u32::from(part.rooms));
        said.what.parts.iter().map(part).collect()
    }

    /// The line as it stands on lists: itself, or one for each part of what it names.
    pub(super) fn on_lists(&self, line: &Line) -> Vec<Line> {
        let parts = self.room_type(&line.room_type).and_then(|one| one.parts.as_ref());
        let Some(said) = parts else { return vec![line.clone()] };
        let part = |part: &events::Part| Line {
            room_type: part.room_type.clone(),
            rooms: part.rooms.saturating_mul(line.rooms),
            ..line.clone()
        };
        said.what.parts.iter().map(part).collect()
    }
}
