//! The publisher of limits: what a view recommends and the ledger does not apply yet, as records.
//!
//! It compares and nothing else: the same recommendation with what the ledger made of its records
//! gives no record, so that a replay, a restart or a second look appends nothing. The ids are those
//! of what is said, so that a record that is appended twice is decided once.

use std::collections::BTreeMap;

use events::night::STAY_NIGHTS_MAX;
use events::{
    ApplyLimits, CommandId, LimitRange, Night, PolicyVersion, PropertyId, RoomTypeId, Stay,
};
use ledger::rows::LimitsRow;

mod publisher;
#[cfg(test)]
mod tests;

pub(crate) use publisher::{Publisher, Touched};

/// The ids of limits are of nobody's idempotency keys: no tenant has such a name.
const TENANT: &str = "\0limits";

/// What a view recommends of a room type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recommended {
    /// Whose.
    pub property: PropertyId,
    /// Of what.
    pub room_type: RoomTypeId,
    /// How many rooms beyond the physical ones, on each night of which it says something.
    pub nights: BTreeMap<Night, u16>,
    /// The next offset of the property's partition up to which the view had read.
    pub computed_at: u64,
    /// By which version of the policy; `None` while none is in force.
    pub policy: Option<PolicyVersion>,
}

/// The records by which what is recommended comes to be applied, from `today` on; none when it is.
///
/// Nights before today are left as they are, and taken back with the next record that there is
/// anyhow: nobody sells them, and their passing alone is no reason for a record.
pub fn records(
    recommended: &Recommended,
    applied: Option<&LimitsRow>,
    today: Night,
) -> Vec<(CommandId, ApplyLimits)> {
    if applied.is_some_and(|row| row.computed_at > recommended.computed_at) {
        return Vec::new();
    }
    let mut told = told(recommended, applied, today);
    if told.keys().all(|night| *night < today) {
        return Vec::new();
    }
    let mut records = Vec::new();
    while let Some((first, _)) = told.first_key_value() {
        let first = *first;
        let later = told.keys().nth(STAY_NIGHTS_MAX as usize).copied();
        let rest = later.map(|later| told.split_off(&later)).unwrap_or_default();
        let command = ApplyLimits {
            property: recommended.property.clone(),
            room_type: recommended.room_type.clone(),
            limits: ranges(&told),
            computed_at: recommended.computed_at,
            policy: recommended.policy.clone(),
        };
        records.push((id(&command, first), command));
        told = rest;
    }
    records
}

/// Each night of which another allowance is recommended than is applied; `None` takes one back.
fn told(
    recommended: &Recommended,
    applied: Option<&LimitsRow>,
    today: Night,
) -> BTreeMap<Night, Option<u16>> {
    let ranges = applied.map(|row| &row.ranges[..]).unwrap_or_default();
    let applied: BTreeMap<Night, u16> = ranges
        .iter()
        .flat_map(|range| range.nights.nights().map(|night| (night, range.allowance)))
        .collect();
    let wanted = recommended.nights.range(today..);
    let new = wanted.filter(|(night, allowance)| applied.get(*night) != Some(*allowance));
    let is_wanted = |night: &Night| *night >= today && recommended.nights.contains_key(night);
    let gone = applied.keys().filter(|night| !is_wanted(night)).map(|night| (*night, None));
    new.map(|(night, allowance)| (*night, Some(*allowance))).chain(gone).collect()
}

/// Neighbours that are told the same as one range.
fn ranges(told: &BTreeMap<Night, Option<u16>>) -> Vec<LimitRange> {
    let mut ranges: Vec<LimitRange> = Vec::new();
    for (night, allowance) in told {
        let meets = |last: &mut LimitRange| {
            last.nights.departure() == *night && last.allowance == *allowance
        };
        let before = ranges.pop_if(meets);
        let arrival = before.map_or(*night, |last| last.nights.arrival());
        let Ok(nights) = Stay::new(arrival, night.plus(1)) else { continue };
        ranges.push(LimitRange { nights, allowance: *allowance });
    }
    ranges
}

/// The id of a record, from what it speaks of and the position at which that was computed.
fn id(command: &ApplyLimits, first: Night) -> CommandId {
    let ApplyLimits { property, room_type, computed_at, .. } = command;
    CommandId::from_key(TENANT, &format!("{property}\n{room_type}\n{computed_at}\n{first}"))
}
