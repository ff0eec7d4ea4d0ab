//! Blocks and business dates, out of their rows and of the holds and bookings that name them.

use events::BlockId;

use super::{RestoreError, Sorted, dangling};
use crate::blocks::Block;
use crate::moves::ClaimKind;
use crate::rows::{BlockRow, BusinessDateRow};
use crate::state::State;

impl State {
    /// Counts again what is picked up, holds the stored counts against that, and sets aside what is
    /// left.
    pub(super) fn restore_blocks(&mut self, sorted: &mut Sorted) -> Result<(), RestoreError> {
        for BusinessDateRow { property, date } in std::mem::take(&mut sorted.business_dates) {
            let property = self.restore_property(&property)?;
            property.desk.get_or_insert_default().business_date = Some(date);
        }
        for BlockRow { command, state, .. } in &sorted.blocks {
            let property = self.restore_property(&command.property)?;
            let blocks = &mut property.desk.get_or_insert_default().blocks;
            blocks.insert(command.block.clone(), Block::new(command.clone(), *state));
        }
        for (property, id, line) in std::mem::take(&mut sorted.picked) {
            let desk = self.restore_property(&property)?.desk.as_mut();
            let block = desk.and_then(|desk| desk.blocks.get_mut(&id));
            block.ok_or_else(|| dangling("block", &id))?.pick(&line, true);
        }
        for row in std::mem::take(&mut sorted.blocks) {
            self.restore_allotted(&row)?;
        }
        Ok(())
    }

    fn restore_allotted(&mut self, row: &BlockRow) -> Result<(), RestoreError> {
        let (property, id): (_, &BlockId) = (&row.command.property, &row.command.block);
        let room_type = &row.command.room_type;
        let found = self.restore_property(property)?;
        let ordinal = found.room_type(room_type);
        let ordinal = ordinal.ok_or_else(|| dangling("room type", room_type))?;
        let block = found.block(id).ok_or_else(|| dangling("block", id))?;
        if !row
            .picked
            .iter()
            .copied()
            .eq(block.picked.iter().map(|(night, rooms)| (*night, *rooms)))
        {
            let stored = row.picked.first().map(|(night, _)| *night);
            let night = stored.or(block.picked.keys().next().copied());
            let (property, room_type) = (property.clone(), room_type.clone());
            let night = night.unwrap_or(row.command.nights.arrival());
            return Err(RestoreError::Counters { property, room_type, night });
        }
        if !block.is_open() {
            return Ok(());
        }
        let allotted = block.allotted();
        if let Some(link) = &mut found.room_types[usize::from(ordinal)].link {
            link.claims_count += 1;
        }
        for (nights, rooms) in allotted {
            for (part, rooms) in found.taken(ordinal, rooms) {
                for night in nights.nights() {
                    found.inventory_mut(part).claim(night, rooms, ClaimKind::Allotted, true);
                }
            }
        }
        Ok(())
    }
}
