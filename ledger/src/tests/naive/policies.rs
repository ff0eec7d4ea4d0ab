//! Policies and limits as lists of what was said, gone through from the beginning each time.

use events::{
    ApplyLimits, Decision, Night, PolicyKind, PolicyVersion, PromotePolicy, Reason, Rejection,
    RollbackPolicy, RoomTypeId, StagePolicy,
};

use super::{Naive, World};

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
        let last = said.find(|(of, limit)| of == room_type && limit.nights.contains(night));
        last.and_then(|(_, limit)| limit.allowance)
    }
}

impl Naive {
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
        let new = command.limits.iter().map(|limit| (room_type.clone(), *limit));
        self.world.limits.extend(new);
        let after = said(self);
        let changed = after.iter().zip(&before).filter(|(after, before)| after != before);
        Ok(Decision::LimitsApplied { nights_changed: changed.count() as u32 })
    }
}
