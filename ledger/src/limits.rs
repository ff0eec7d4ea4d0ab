//! Limits that a view has recommended: how many rooms beyond the physical ones, night by night.
//!
//! A recommendation only ever takes away from what the hotel itself allows: the lower of the two
//! holds. A night of which nothing is recommended has what the hotel allows.

use std::collections::BTreeMap;

use events::{Night, PolicyVersion, Slot, Stay, Supply};

use crate::rows::{AppliedLimit, LimitsRow};
use crate::state::State;

/// The most nights of one room type of which something is recommended: more than ten years.
pub const LIMIT_NIGHTS_MAX: usize = 4_000;

/// What is recommended of a night, and by what computation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NightLimit {
    pub(crate) night: Night,
    pub(crate) allowance: u16,
    /// The next offset of the partition when it was computed.
    pub(crate) computed_at: u64,
    /// The ordinal of the version of the policy by which.
    pub(crate) policy: Option<u16>,
}

/// What is recommended of a room type.
#[derive(Debug, Default, Clone)]
pub(crate) struct Limits {
    /// In order of night.
    nights: Vec<NightLimit>,
    /// How much the latest computation had read.
    computed_at: u64,
}

/// What a computation says of nights; `None` takes back what was recommended.
#[derive(Debug)]
pub(crate) struct Computed {
    pub(crate) nights: BTreeMap<Night, Option<u16>>,
    pub(crate) computed_at: u64,
    pub(crate) policy: Option<u16>,
}

impl Limits {
    /// How much the latest computation had read.
    pub(crate) fn computed_at(&self) -> u64 {
        self.computed_at
    }

    /// What is recommended of a night.
    pub(crate) fn on(&self, night: Night) -> Option<&NightLimit> {
        let index = self.nights.binary_search_by_key(&night, |limit| limit.night).ok()?;
        self.nights.get(index)
    }

    /// What may be sold of what the hotel has set.
    pub(crate) fn clamp(&self, night: Night, set: Supply) -> Supply {
        let allowance = self.on(night).map_or(set.allowance, |limit| limit.allowance);
        Supply { allowance: set.allowance.min(allowance), ..set }
    }

    /// What would be recommended with a computation, and on how many nights another allowance than
    /// before.
    pub(crate) fn with(&self, computed: Computed) -> (Self, u32) {
        let Computed { nights: told, computed_at, policy } = computed;
        let said = |night| self.on(night).map(|limit| limit.allowance);
        let changed = told.iter().filter(|(night, allowance)| said(**night) != **allowance);
        let nights_changed = changed.count() as u32;
        let kept = self.nights.iter().filter(|limit| !told.contains_key(&limit.night)).copied();
        let new = told.iter().filter_map(|(night, allowance)| {
            Some(NightLimit { night: *night, allowance: (*allowance)?, computed_at, policy })
        });
        let mut nights: Vec<NightLimit> = kept.chain(new).collect();
        nights.sort_unstable_by_key(|limit| limit.night);
        (Self { nights, computed_at }, nights_changed)
    }

    pub(crate) fn nights_count(&self) -> usize {
        self.nights.len()
    }

    /// What was stored, of which `ordinal` finds the policies; the version that it does not find,
    /// if there is one.
    pub(crate) fn restore(
        row: LimitsRow,
        ordinal: impl Fn(&PolicyVersion) -> Option<u16>,
    ) -> Result<Self, PolicyVersion> {
        let mut nights = Vec::new();
        for AppliedLimit { nights: range, allowance, computed_at, policy } in row.ranges {
            let policy = match policy {
                None => None,
                Some(id) => Some(ordinal(&id).ok_or(id)?),
            };
            let limit = |night| NightLimit { night, allowance, computed_at, policy };
            nights.extend(range.nights().map(limit));
        }
        Ok(Self { nights, computed_at: row.computed_at })
    }

    /// Neighbours that are alike as one range.
    fn ranges(&self, version: impl Fn(u16) -> Option<PolicyVersion>) -> Vec<AppliedLimit> {
        let mut ranges: Vec<AppliedLimit> = Vec::new();
        let alike = |one: &NightLimit, other: &NightLimit| {
            one.night.plus(1) == other.night
                && (one.allowance, one.computed_at, one.policy)
                    == (other.allowance, other.computed_at, other.policy)
        };
        for group in self.nights.chunk_by(alike) {
            let [first, ..] = group else { continue };
            let last = group.last().unwrap_or(first);
            let Ok(nights) = Stay::new(first.night, last.night.plus(1)) else { continue };
            let NightLimit { allowance, computed_at, policy, .. } = *first;
            let policy = policy.and_then(&version);
            ranges.push(AppliedLimit { nights, allowance, computed_at, policy });
        }
        ranges
    }
}

impl State {
    pub(crate) fn limits_row(
        &self,
        (slot, property): (Slot, u32),
        room_type: u16,
    ) -> Option<LimitsRow> {
        let found = self.slot(slot).property_at(property)?;
        let room_type = found.room_types.get(usize::from(room_type))?;
        let limits = room_type.inventory.limits()?;
        let shelf = found.overbooking();
        let version = |ordinal| shelf.and_then(|shelf| shelf.version(ordinal)).cloned();
        Some(LimitsRow {
            property: found.definition.property.clone(),
            room_type: room_type.id.clone(),
            computed_at: limits.computed_at,
            ranges: limits.ranges(version),
        })
    }
}
