//! The auditor's policies and limits: every promotion gone through anew each time, and a
//! recommendation for each single night.

use std::collections::{BTreeMap, BTreeSet};

use events::{
    ApplyLimits, Decision, Night, PolicyKind, PolicyVersion, PromotePolicy, PropertyId, Reason,
    RollbackPolicy, RoomTypeId, StagePolicy, Stamp, Stay, Supply,
};
use ledger::rows::{ActivePolicyRow, AppliedLimit, LimitsRow, PolicyRow};

use super::catalogue::{Property, Said, guard};
use super::model::{Asked, Model};
use super::rooms::Rooms;
use super::rules::{LIMIT_NIGHTS_MAX, POLICY_VERSIONS_MAX, PROMOTIONS_MAX, STAY_NIGHTS_MAX};

/// What was said of the policies of a property.
#[derive(Debug, Default)]
pub(super) struct Policies {
    staged: Vec<(Said<StagePolicy>, Stamp)>,
    /// Each promotion by the version that it names, and each that was taken back.
    acts: Vec<Said<(PolicyKind, Option<PolicyVersion>)>>,
}

/// What was recommended of a night, and by what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Recommended {
    allowance: u16,
    computed_at: u64,
    policy: Option<PolicyVersion>,
}

/// What is recommended of a room type.
#[derive(Debug, Default)]
pub(super) struct Recommendations {
    nights: BTreeMap<Night, Recommended>,
    /// The latest computation: how much it had read.
    latest: Option<Said<u64>>,
}

impl Policies {
    fn find(&self, kind: PolicyKind, version: &PolicyVersion) -> Option<&StagePolicy> {
        let mut staged = self.staged.iter().map(|(said, _)| &said.what);
        staged.find(|one| one.kind == kind && one.version == *version)
    }

    /// The versions that were promoted and not taken back, as far as they are remembered.
    fn promoted(&self, kind: PolicyKind) -> Vec<PolicyVersion> {
        let mut promoted = Vec::new();
        for said in self.acts.iter().filter(|said| said.what.0 == kind) {
            match &said.what.1 {
                None => drop(promoted.pop()),
                Some(version) => promoted.push(version.clone()),
            }
            let forgotten = promoted.len().saturating_sub(PROMOTIONS_MAX);
            promoted.drain(..forgotten);
        }
        promoted
    }

    /// The rows that should be stored, and the record that last changed each.
    pub(super) fn rows(&self, property: &PropertyId) -> Vec<(u64, ledger::Row)> {
        let mut rows = Vec::new();
        for kind in [PolicyKind::Pricing, PolicyKind::Overbooking] {
            let of_kind = self.staged.iter().filter(|(said, _)| said.what.kind == kind);
            for (ordinal, (said, stamp)) in (0_u16..).zip(of_kind) {
                let row = PolicyRow {
                    property: property.clone(),
                    kind,
                    version: said.what.version.clone(),
                    ordinal,
                    stamp: *stamp,
                    document: said.what.document.clone(),
                };
                rows.push((said.offset, ledger::Row::Policy(row)));
            }
            if let Some(offset) = self.acted(kind) {
                let (property, promoted) = (property.clone(), self.promoted(kind));
                let row = ActivePolicyRow { property, kind, promoted };
                rows.push((offset, ledger::Row::ActivePolicy(row)));
            }
        }
        rows
    }

    /// The record that staged a version.
    pub(super) fn staged_at(&self, row: &PolicyRow) -> Option<u64> {
        let same = |said: &Said<StagePolicy>| {
            (said.what.kind, &said.what.version) == (row.kind, &row.version)
        };
        self.staged.iter().map(|(said, _)| said).find(|said| same(said)).map(|said| said.offset)
    }

    /// The last record that put a version in force.
    pub(super) fn acted(&self, kind: PolicyKind) -> Option<u64> {
        self.acts.iter().rev().find(|said| said.what.0 == kind).map(|said| said.offset)
    }
}

impl Recommendations {
    /// What may be sold of what the hotel has set: never more than that.
    pub(super) fn bound(&self, night: Night, set: Supply) -> Supply {
        match self.nights.get(&night) {
            Some(one) if one.allowance < set.allowance => {
                Supply { allowance: one.allowance, ..set }
            }
            Some(_) | None => set,
        }
    }

    /// What recommends something of a night: how much it had read, and by which version.
    pub(super) fn by(&self, night: Night) -> Option<(u64, Option<PolicyVersion>)> {
        self.nights.get(&night).map(|one| (one.computed_at, one.policy.clone()))
    }

    /// The row that should be stored, once anything was recommended, and the record that last
    /// changed it.
    pub(super) fn row(
        &self,
        property: &PropertyId,
        room_type: &RoomTypeId,
    ) -> Option<(u64, LimitsRow)> {
        let latest = self.latest.as_ref()?;
        let mut ranges: Vec<AppliedLimit> = Vec::new();
        for (night, one) in &self.nights {
            let same = |last: &AppliedLimit| {
                last.nights.departure() == *night
                    && (last.allowance, last.computed_at) == (one.allowance, one.computed_at)
                    && last.policy == one.policy
            };
            let before = ranges.pop_if(|last| same(last));
            let arrival = before.map_or(*night, |last| last.nights.arrival());
            let Ok(nights) = Stay::new(arrival, night.plus(1)) else { continue };
            let Recommended { allowance, computed_at, policy } = one.clone();
            ranges.push(AppliedLimit { nights, allowance, computed_at, policy });
        }
        let (property, room_type) = (property.clone(), room_type.clone());
        Some((latest.offset, LimitsRow { property, room_type, computed_at: latest.what, ranges }))
    }
}

impl Rooms {
    /// Recommends something of a night, or nothing any more; whether that is another allowance.
    fn recommend(&mut self, night: Night, one: Option<Recommended>, offset: u64) -> bool {
        let before = self.supply(night);
        let nights = &mut self.recommended.nights;
        let was = nights.get(&night).map(|one| one.allowance);
        let is = one.as_ref().map(|one| one.allowance);
        match one {
            Some(one) => drop(nights.insert(night, one)),
            None => drop(nights.remove(&night)),
        }
        if self.supply(night) != before {
            self.supply_changed(night, offset);
        }
        was != is
    }
}

impl Model {
    pub(super) fn stage_policy(
        &mut self,
        asked: Asked,
        command: &StagePolicy,
    ) -> Result<Decision, Reason> {
        let policies = &mut self.property_mut(&command.property)?.policies;
        if let Some(known) = policies.find(command.kind, &command.version) {
            guard(known.document == command.document, Reason::PolicyVersionTaken)?;
            return Ok(Decision::Defined);
        }
        let same = policies.staged.iter().filter(|(said, _)| said.what.kind == command.kind);
        guard(same.count() < POLICY_VERSIONS_MAX, Reason::PoliciesFull)?;
        let said = Said { what: command.clone(), offset: asked.place.offset };
        policies.staged.push((said, asked.stamp));
        Ok(Decision::Defined)
    }

    pub(super) fn promote_policy(
        &mut self,
        asked: Asked,
        command: &PromotePolicy,
    ) -> Result<Decision, Reason> {
        let policies = &mut self.property_mut(&command.property)?.policies;
        let version = command.version.clone();
        guard(policies.find(command.kind, &version).is_some(), Reason::PolicyUnknown)?;
        let changed = policies.promoted(command.kind).last() != Some(&version);
        let version = Some(version);
        if changed {
            let what = (command.kind, version.clone());
            policies.acts.push(Said { what, offset: asked.place.offset });
        }
        Ok(Decision::PolicyActive { version, changed })
    }

    pub(super) fn roll_policy_back(
        &mut self,
        asked: Asked,
        command: &RollbackPolicy,
    ) -> Result<Decision, Reason> {
        let policies = &mut self.property_mut(&command.property)?.policies;
        guard(!policies.promoted(command.kind).is_empty(), Reason::NothingToRollBack)?;
        let offset = asked.place.offset;
        policies.acts.push(Said { what: (command.kind, None), offset });
        let version = policies.promoted(command.kind).pop();
        Ok(Decision::PolicyActive { version, changed: true })
    }

    /// Recommends allowances night by night.
    pub(super) fn apply_limits(
        &mut self,
        asked: Asked,
        command: &ApplyLimits,
    ) -> Result<Decision, Reason> {
        let offset = asked.place.offset;
        let said = command.limits.iter().map(|limit| limit.nights.nights_count());
        guard(said.sum::<i32>() <= STAY_NIGHTS_MAX, Reason::TooLarge)?;
        let property = self.property_mut(&command.property)?;
        let room_type = property.room_type(&command.room_type).ok_or(Reason::RoomTypeUnknown)?;
        guard(room_type.parts.is_none(), Reason::RoomTypeLinked)?;
        speaks_for_the_hotel(property, command.policy.as_ref())?;
        guard(command.computed_at <= offset, Reason::LimitsAhead)?;
        let room_type =
            property.room_type_mut(&command.room_type).ok_or(Reason::RoomTypeUnknown)?;
        let recommended = &room_type.rooms.recommended;
        let latest = recommended.latest.as_ref().map_or(0, |said| said.what);
        guard(latest <= command.computed_at, Reason::LimitsOutdated)?;
        let mut told: BTreeMap<Night, Option<u16>> = BTreeMap::new();
        for limit in &command.limits {
            told.extend(limit.nights.nights().map(|night| (night, limit.allowance)));
        }
        let mut all: BTreeSet<Night> = recommended.nights.keys().copied().collect();
        for (night, allowance) in &told {
            let _ = if allowance.is_some() { all.insert(*night) } else { all.remove(night) };
        }
        guard(all.len() <= LIMIT_NIGHTS_MAX, Reason::TooLarge)?;
        let computed_at = command.computed_at;
        let one = |allowance| {
            let policy = command.policy.clone();
            Recommended { allowance, computed_at, policy }
        };
        let changed = told
            .into_iter()
            .filter(|(night, to)| room_type.rooms.recommend(*night, to.map(one), offset));
        let nights_changed = u32::try_from(changed.count()).unwrap_or(u32::MAX);
        room_type.rooms.recommended.latest = Some(Said { what: computed_at, offset });
        Ok(Decision::LimitsApplied { nights_changed })
    }
}

/// Whether limits were computed by the version that is in force, or without one while none is.
fn speaks_for_the_hotel(property: &Property, said: Option<&PolicyVersion>) -> Result<(), Reason> {
    let (policies, kind) = (&property.policies, PolicyKind::Overbooking);
    let is_known = |version| policies.find(kind, version).is_some();
    guard(said.is_none_or(is_known), Reason::PolicyUnknown)?;
    guard(policies.promoted(kind).last() == said, Reason::PolicyNotActive)
}
