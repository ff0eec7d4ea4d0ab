//! Policies and limits as lists of what was said, gone through from the beginning each time.

use std::collections::BTreeMap;

use events::{
    ApplyLimits, Decision, HoldId, Night, PolicyKind, PolicyVersion, PromotePolicy, Reason,
    Rejection, RollbackPolicy, RoomTypeId, StagePolicy,
};

use super::{Naive, World};
use crate::rows::{AboveNight, AllowedBy};

/// The offset of every record of a naive history.
pub(crate) const OFFSET: u64 = 100;

#[derive(Debug, Clone, Default)]
pub(super) struct Policies {
    staged: Vec<StagePolicy>,
    /// Each promotion, and each time that one was taken back.
    acts: Vec<(PolicyKind, Option<PolicyVersion>)>,
    /// How much each computation had read.
    computed: Vec<(RoomTypeId, u64)>,
}

impl Policies {
    fn find(&self, kind: PolicyKind, version: &PolicyVersion) -> Option<&StagePolicy> {
        self.staged.iter().find(|one| one.kind == kind && one.version == *version)
    }

    fn active(&self, kind: PolicyKind) -> Option<PolicyVersion> {
        let mut in_force = Vec::new();
        for (_, act) in self.acts.iter().filter(|(of, _)| *of == kind) {
            match act {
                Some(version) => in_force.push(version.clone()),
                None => drop(in_force.pop()),
            }
        }
        in_force.pop()
    }

    pub(super) fn stage(&mut self, command: &StagePolicy) -> Result<Decision, Rejection> {
        match self.find(command.kind, &command.version) {
            Some(known) if known.document != command.document => {
                return Err(Reason::PolicyVersionTaken.into());
            }
            Some(_) => {}
            None => self.staged.push(command.clone()),
        }
        Ok(Decision::Defined)
    }

    pub(super) fn promote(&mut self, command: &PromotePolicy) -> Result<Decision, Rejection> {
        self.find(command.kind, &command.version).ok_or(Reason::PolicyUnknown)?;
        let version = Some(command.version.clone());
        let changed = self.active(command.kind) != version;
        if changed {
            self.acts.push((command.kind, version.clone()));
        }
        Ok(Decision::PolicyActive { version, changed })
    }

    pub(super) fn roll_back(&mut self, command: &RollbackPolicy) -> Result<Decision, Rejection> {
        self.active(command.kind).ok_or(Reason::NothingToRollBack)?;
        self.acts.push((command.kind, None));
        Ok(Decision::PolicyActive { version: self.active(command.kind), changed: true })
    }
}

impl World {
    pub(super) fn recommended(&self, room_type: &RoomTypeId, night: Night) -> Option<u16> {
        let mut said = self.limits.iter().rev();
        let last = said.find(|(of, limit, _)| of == room_type && limit.nights.contains(night));
        last.and_then(|(_, limit, _)| limit.allowance)
    }

    fn allowed_by(&self, room_type: &RoomTypeId, night: Night) -> AllowedBy {
        let mut said = self.limits.iter().rev();
        let last = said.find(|(of, limit, _)| of == room_type && limit.nights.contains(night));
        let last = last.filter(|(_, limit, _)| limit.allowance.is_some());
        last.map_or(AllowedBy::Hotel, |(_, _, by)| by.clone())
    }

    fn there_are(&self, room_type: &RoomTypeId, night: Night) -> u32 {
        let mut set = self.supply.iter().rev();
        let found = set.find(|(of, nights, _)| of == room_type && nights.contains(night));
        found.map_or(0, |(_, _, supply)| u32::from(supply.physical - supply.blocked))
    }

    /// The rooms of one claimant on a night, by listing.
    fn of(&self, id: HoldId, room_type: &RoomTypeId, night: Night) -> u32 {
        let lines = self.live().filter(|one| one.id == id).flat_map(|one| &one.lines);
        let lines = lines.filter(|(line, has)| *has && line.stay.contains(night));
        let taken = lines.flat_map(|(line, _)| self.taken(line));
        taken.filter(|(part, _)| part == room_type).map(|(_, rooms)| rooms).sum()
    }
}

impl Naive {
    /// Every hold and booking above the physical rooms, by what allowed it.
    pub(crate) fn above(&self) -> &BTreeMap<HoldId, Vec<AboveNight>> {
        &self.above
    }

    /// Lists the nights on which a claimant has more rooms than before and more than there are.
    pub(super) fn list_above(&mut self, id: HoldId, before: &World, by_channel: bool) {
        let lines = self.world.claimants.iter().filter(|one| one.id == id);
        let lines = lines.flat_map(|one| &one.lines);
        let mut cells: Vec<(RoomTypeId, Night)> = Vec::new();
        for (line, _) in lines {
            for (part, _) in self.world.taken(line) {
                cells.extend(line.stay.nights().map(|night| (part.clone(), night)));
            }
        }
        cells.sort();
        cells.dedup();
        for (room_type, night) in cells {
            let more = self.world.of(id, &room_type, night);
            let more = more.saturating_sub(before.of(id, &room_type, night));
            let all = self.world.wanted(&room_type, night);
            let rooms = more.min(all.saturating_sub(self.world.there_are(&room_type, night)));
            if rooms == 0 {
                continue;
            }
            let allowed_by = match by_channel {
                true => AllowedBy::Channel,
                false => self.world.allowed_by(&room_type, night),
            };
            let nights = self.above.entry(id).or_default();
            nights.retain(|one| (&one.room_type, one.night) != (&room_type, night));
            nights.push(AboveNight { room_type, night, rooms, allowed_by });
            nights.sort();
        }
    }

    pub(super) fn apply_limits(&mut self, command: &ApplyLimits) -> Result<Decision, Rejection> {
        let (room_type, policies) = (&command.room_type, &mut self.policies);
        let kind = PolicyKind::Overbooking;
        if let Some(version) = &command.policy {
            policies.find(kind, version).ok_or(Reason::PolicyUnknown)?;
        }
        if policies.active(kind) != command.policy {
            return Err(Reason::PolicyNotActive.into());
        }
        if command.computed_at > OFFSET {
            return Err(Reason::LimitsAhead.into());
        }
        let same = policies.computed.iter().filter(|(of, _)| of == room_type);
        if same.map(|(_, at)| *at).max().is_some_and(|latest| latest > command.computed_at) {
            return Err(Reason::LimitsOutdated.into());
        }
        policies.computed.push((room_type.clone(), command.computed_at));
        let mut nights: Vec<Night> =
            command.limits.iter().flat_map(|limit| limit.nights.nights()).collect();
        nights.sort();
        nights.dedup();
        let said = |naive: &Self| -> Vec<Option<u16>> {
            nights.iter().map(|night| naive.world.recommended(room_type, *night)).collect()
        };
        let before = said(self);
        let by =
            AllowedBy::Limit { computed_at: command.computed_at, policy: command.policy.clone() };
        let new = command.limits.iter().map(|limit| (room_type.clone(), *limit, by.clone()));
        self.world.limits.extend(new);
        let after = said(self);
        let changed = after.iter().zip(&before).filter(|(after, before)| after != before);
        Ok(Decision::LimitsApplied { nights_changed: changed.count() as u32 })
    }
}
