//! Random policies and limits: few versions, so that they meet again; computations out of order.

use events::{
    ApplyLimits, LimitRange, PolicyKind, PolicyVersion, PromotePolicy, RollbackPolicy, StagePolicy,
};

use super::*;

impl Guests {
    pub(super) fn policy_or_limit(&mut self, hotel: &str) -> Command {
        let property: PropertyId = hotel.parse().unwrap();
        let kind = *PolicyKind::ALL.choose(&mut self.random).unwrap();
        let version = self.version();
        match self.random.random_range(0..9) {
            0 | 1 => {
                let document = ["one", "two"].choose(&mut self.random).unwrap().to_string();
                Command::StagePolicy(StagePolicy { property, kind, version, document })
            }
            2 => Command::PromotePolicy(PromotePolicy { property, kind, version }),
            3 => Command::RollbackPolicy(RollbackPolicy { property, kind }),
            _ => {
                let limits = (0..self.random.random_range(0..3)).map(|_| self.limit()).collect();
                let next_offset = self.history.records.len() as u64;
                let back = self.random.random_range(0..12);
                // Now and then one that had read more than there is.
                let computed_at = (next_offset + 1).saturating_sub(back);
                let policy = self.random.random_bool(0.5).then_some(version);
                let room_type = ROOM_TYPES.choose(&mut self.random).unwrap().parse().unwrap();
                Command::ApplyLimits(ApplyLimits {
                    property,
                    room_type,
                    limits,
                    computed_at,
                    policy,
                })
            }
        }
    }

    fn version(&mut self) -> PolicyVersion {
        ["calm", "bold"].choose(&mut self.random).unwrap().parse().unwrap()
    }

    fn limit(&mut self) -> LimitRange {
        let from = self.random.random_range(0..9);
        let nights = stay(from..self.random.random_range(from + 1..11));
        let allowance = self.random.random_bool(0.8).then(|| self.random.random_range(0..3));
        LimitRange { nights, allowance }
    }
}
