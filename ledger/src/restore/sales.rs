//! What sales leave behind, out of its rows.

use events::{PropertyId, RoomTypeId};

use super::{Claims, RestoreError, Sorted, dangling};
use crate::oversold::{OversoldNight, Reading};
use crate::property::Link;
use crate::rows::{LinkRow, OversoldRow};
use crate::state::State;

impl State {
    /// What room types are made of.
    pub(super) fn restore_links(&mut self, sorted: &mut Sorted) -> Result<(), RestoreError> {
        for LinkRow { command } in std::mem::take(&mut sorted.links) {
            let property = self.restore_property(&command.property)?;
            let ordinal = |id: &RoomTypeId| {
                property.room_type(id).ok_or_else(|| dangling("a linked room type", id))
            };
            let room_type = ordinal(&command.room_type)?;
            let parts =
                command.parts.iter().map(|part| Ok((ordinal(&part.room_type)?, part.rooms)));
            let parts = parts.collect::<Result<_, RestoreError>>()?;
            let link = Link { parts, claims_count: 0, definition: command };
            property.room_types[usize::from(room_type)].link = Some(Box::new(link));
        }
        Ok(())
    }

    /// Counts what is claimed of a room type, by its parts where it has any.
    pub(super) fn restore_claims(
        &mut self,
        property: &PropertyId,
        room_type: &RoomTypeId,
        claims: &Claims,
    ) -> Result<(), RestoreError> {
        let found = self.restore_property(property)?;
        let ordinal = found.room_type(room_type);
        let ordinal = ordinal.ok_or_else(|| dangling("room type", room_type))?;
        if let Some(link) = &mut found.room_types[usize::from(ordinal)].link {
            link.claims_count += claims.lines_count;
        }
        for (night, kind, rooms) in &claims.nights {
            for (part, rooms) in found.taken(ordinal, *rooms) {
                found.inventory_mut(part).claim(*night, rooms, *kind, true);
            }
        }
        Ok(())
    }

    /// The bookings of sales that channels have made, found again by what they call them.
    pub(super) fn restore_external(&mut self, sorted: &mut Sorted) -> Result<(), RestoreError> {
        for (property, name, booking) in std::mem::take(&mut sorted.external) {
            let property = self.restore_property(&property)?;
            property.desk.get_or_insert_default().external.insert(name, booking);
        }
        Ok(())
    }

    /// Since when nights are oversold; by how much is held against the counters.
    pub(super) fn restore_oversold(&mut self, rows: Vec<OversoldRow>) -> Result<(), RestoreError> {
        for row in rows {
            let inventory = self.restore_inventory(&row.property, &row.room_type)?;
            if inventory.rooms_over(row.night) != row.rooms {
                let OversoldRow { property, room_type, night, .. } = row;
                return Err(RestoreError::Counters { property, room_type, night });
            }
            let since = Reading { stamp: row.since, offset: row.offset };
            inventory.restore_oversold(OversoldNight { night: row.night, since });
            self.oversold_nights_count += 1;
        }
        Ok(())
    }
}
