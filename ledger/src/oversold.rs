//! Oversold nights: on which more is held, sold and allotted than may be, since when, and by which
//! record.
//!
//! A night becomes one by a sale that a channel has made, by a lowered limit or by rooms out of
//! order, and by nothing else; it ceases to be one as rooms come free. It is weighed once a record,
//! when all of that record is done, so that a booking which is amended on such a night does not
//! begin it anew.

use events::{Decision, Night, Slot, Stamp};

use crate::decided::Decided;
use crate::journal::Dirty;
use crate::rows::OversoldRow;
use crate::state::State;

/// The record that is being decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Reading {
    pub(crate) stamp: Stamp,
    pub(crate) offset: u64,
}

/// A night that is oversold, and the record by which it became so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OversoldNight {
    pub(crate) night: Night,
    pub(crate) since: Reading,
}

/// Looks at each night that the record has touched. Most records are asked nothing: they cannot
/// make a night oversold, and no night is.
pub(crate) fn weigh(state: &mut State, noted_count: usize, decided: &Decided) {
    let may_rise = matches!(
        decided.decision,
        Decision::ExternalSaleRecorded { .. }
            | Decision::InventorySet { .. }
            | Decision::LimitsApplied { .. }
    );
    if state.oversold_nights_count == 0 && (!may_rise || decided.repeated) {
        return;
    }
    let noted = state.journal.dirty.get(noted_count..).unwrap_or_default();
    let nights = noted.iter().filter_map(|dirty| {
        let Dirty::InventoryNight { slot, property, room_type, night } = *dirty else {
            return None;
        };
        Some((slot, property, room_type, night))
    });
    let nights: Vec<(Slot, u32, u16, Night)> = nights.collect();
    for (slot, property, room_type, night) in nights {
        let reading = state.reading;
        let Some((_, found)) = state.slot_mut(slot).property_at_mut(property) else { continue };
        let Some(change) = found.inventory_mut(room_type).weigh(night, reading) else { continue };
        state.oversold_nights_count = state.oversold_nights_count.saturating_add_signed(change);
        state.journal.note(Dirty::Oversold { slot, property, room_type, night });
    }
}

impl State {
    /// Says which record is decided next: where an oversold night began is told by its offset.
    pub fn read_at(&mut self, offset: u64) {
        self.reading.offset = offset;
    }

    pub(crate) fn oversold_row(
        &self,
        (slot, property, room_type): (Slot, u32, u16),
        night: Night,
    ) -> Option<OversoldRow> {
        let found = self.slot(slot).property_at(property)?;
        let inventory = found.inventory(room_type);
        let since = inventory.oversold_since(night)?;
        Some(OversoldRow {
            property: found.definition.property.clone(),
            room_type: found.room_types.get(usize::from(room_type))?.id.clone(),
            night,
            rooms: inventory.rooms_over(night),
            since: since.stamp,
            offset: since.offset,
        })
    }
}
