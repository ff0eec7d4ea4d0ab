//! What sales leave behind, out of its rows.

use super::{RestoreError, Sorted};
use crate::oversold::{OversoldNight, Reading};
use crate::rows::OversoldRow;
use crate::state::State;

impl State {
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
