//! The auditor's sales above the physical rooms: counted from the lists of names at each sale.

use std::collections::{BTreeMap, BTreeSet};

use events::{HoldId, Line, Night, PropertyId, RoomTypeId};
use ledger::rows::{AboveNight, AboveRow, AllowedBy};

use super::catalogue::{Property, Said};
use super::model::Model;

/// Who has rooms above the physical ones.
pub(super) type Above = BTreeMap<HoldId, Said<AboveRow>>;

/// One sale whose names are on the lists already.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sale<'s> {
    pub(super) property: &'s PropertyId,
    pub(super) hold: HoldId,
    pub(super) before: &'s [Line],
    pub(super) after: &'s [Line],
    /// A channel made it, whatever was allowed.
    pub(super) by_channel: bool,
}

impl Model {
    /// Looks at each night on which the sale has more rooms than it had before.
    pub(super) fn look_above(&mut self, sale: Sale<'_>, offset: u64) {
        let Some(property) = self.properties.get(sale.property) else { return };
        let lists = |lines: &[Line]| -> Vec<Line> {
            lines.iter().flat_map(|line| property.on_lists(line)).collect()
        };
        let (before, after) = (lists(sale.before), lists(sale.after));
        let cells: BTreeSet<(RoomTypeId, Night)> = after
            .iter()
            .flat_map(|line| line.stay.nights().map(|night| (line.room_type.clone(), night)))
            .collect();
        let mut new = Vec::new();
        for (room_type, night) in cells {
            let rooms = |lines: &[Line]| -> u32 {
                let same = lines.iter().filter(|line| line.room_type == room_type);
                let same = same.filter(|line| line.stay.contains(night));
                same.map(|line| u32::from(line.rooms)).sum()
            };
            let more = rooms(&after).saturating_sub(rooms(&before));
            let rooms = more.min(above(property, &room_type, night));
            if rooms > 0 {
                let allowed_by = allowed_by(property, &room_type, night, sale.by_channel);
                new.push(AboveNight { room_type, night, rooms, allowed_by });
            }
        }
        if new.is_empty() {
            return;
        }
        let (property, hold) = (sale.property.clone(), sale.hold);
        let known = self.above.remove(&hold).map(|said| said.what.nights).unwrap_or_default();
        let cell = |one: &AboveNight| (one.room_type.clone(), one.night);
        let named: BTreeSet<_> = new.iter().map(cell).collect();
        let kept = known.into_iter().filter(|one| !named.contains(&cell(one)));
        let mut nights: Vec<AboveNight> = kept.chain(new).collect();
        nights.sort();
        self.above.insert(hold, Said { what: AboveRow { property, hold, nights }, offset });
    }
}

/// By how many rooms a night's list is longer than there are rooms to sleep in.
fn above(property: &Property, room_type: &RoomTypeId, night: Night) -> u32 {
    let Some(room_type) = property.room_type(room_type) else { return 0 };
    let supply = room_type.rooms.supply(night);
    let there_are = u32::from(supply.physical).saturating_sub(u32::from(supply.blocked));
    room_type.rooms.claimed_rooms(night).saturating_sub(there_are)
}

fn allowed_by(
    property: &Property,
    room_type: &RoomTypeId,
    night: Night,
    by_channel: bool,
) -> AllowedBy {
    if by_channel {
        return AllowedBy::Channel;
    }
    let room_type = property.room_type(room_type);
    let recommended = room_type.and_then(|one| one.rooms.recommended.by(night));
    recommended
        .map_or(AllowedBy::Hotel, |(computed_at, policy)| AllowedBy::Limit { computed_at, policy })
}
