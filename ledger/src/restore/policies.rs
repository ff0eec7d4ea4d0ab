//! Policies and limits, out of their rows.

use events::PolicyKind;

use super::{RestoreError, Sorted, dangling};
use crate::limits::Limits;
use crate::state::State;

impl State {
    /// The versions of policies, then which of them are in force, then what limits they made,
    /// and what was sold by those.
    pub(super) fn restore_policies(&mut self, sorted: &mut Sorted) -> Result<(), RestoreError> {
        sorted.policies.sort_by_key(|row| row.ordinal);
        for row in std::mem::take(&mut sorted.policies) {
            let property = self.restore_property(&row.property)?;
            let policies = &mut property.desk.get_or_insert_default().policies;
            policies.of_mut(row.kind).restore_version(row);
        }
        for row in std::mem::take(&mut sorted.active_policies) {
            let property = self.restore_property(&row.property)?;
            let policies = &mut property.desk.get_or_insert_default().policies;
            if let Some(unknown) = policies.of_mut(row.kind).restore_promoted(row) {
                return Err(dangling("the promoted policy", &unknown));
            }
        }
        for row in std::mem::take(&mut sorted.limits) {
            let property = self.restore_property(&row.property)?;
            let room_type = property.room_type(&row.room_type);
            let room_type = room_type.ok_or_else(|| dangling("room type", &row.room_type))?;
            let policies = &property.desk.get_or_insert_default().policies;
            let shelf = policies.of(PolicyKind::Overbooking);
            let limits = Limits::restore(row, |id| shelf.ordinal(id));
            let limits = limits.map_err(|unknown| dangling("the policy of limits", &unknown))?;
            property.inventory_mut(room_type).restore_limits(limits);
        }
        for row in std::mem::take(&mut sorted.above) {
            let property = self.restore_property(&row.property)?;
            property.desk.get_or_insert_default().above.insert(row.hold, row.nights);
        }
        Ok(())
    }
}
