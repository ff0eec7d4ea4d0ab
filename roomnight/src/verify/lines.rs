//! What the auditor asks of a line of a sale, rooms and restrictions apart.

use events::{ChannelId, Line};

use super::catalogue::Property;

pub(super) fn has_room_type(property: &Property, line: &Line) -> bool {
    property.room_type(&line.room_type).is_some()
}

pub(super) fn has_rate_plan(property: &Property, line: &Line) -> bool {
    property.rate_plan(&line.rate_plan).is_some()
}

pub(super) fn sells(property: &Property, line: &Line) -> bool {
    let rate_plan = property.rate_plan(&line.rate_plan);
    rate_plan.is_some_and(|rate_plan| rate_plan.sells.contains(&line.room_type))
}

pub(super) fn houses_the_guests(property: &Property, line: &Line) -> bool {
    let guests = u64::from(line.adults) + line.children.len() as u64;
    let room_type = property.room_type(&line.room_type);
    let each = room_type.map_or(0, |room_type| u64::from(room_type.definition.what.max_guests));
    guests <= each * u64::from(line.rooms)
}

/// Whether the line's rate plan is sold through a channel.
pub(super) fn goes_through(property: &Property, line: &Line, channel: &ChannelId) -> bool {
    let Some(rate_plan) = property.rate_plan(&line.rate_plan) else { return true };
    let channels = &rate_plan.definition.what.channels;
    channels.is_empty() || channels.iter().any(|named| named == channel)
}

/// Whether the line's rate plan is sold to so many guests a room.
pub(super) fn suits_the_guests(property: &Property, line: &Line) -> bool {
    let Some(rate_plan) = property.rate_plan(&line.rate_plan) else { return true };
    let occupancy = rate_plan.definition.what.occupancy;
    let guests = usize::from(line.adults) + line.children.len();
    let times_rooms = |each: u16| usize::from(each) * usize::from(line.rooms);
    guests >= occupancy.min_guests.map_or(0, times_rooms)
        && guests <= occupancy.max_guests.map_or(usize::MAX, times_rooms)
}
