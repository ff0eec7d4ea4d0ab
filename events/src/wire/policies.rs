//! Policies and limits to their Protobuf messages and back.

use super::commands::stay;
use super::restrictions::{named, small_if_any};
use super::{WireError, out_of_range, proto};
use crate::policy::POLICY_BYTES_MAX;
use crate::{
    ApplyLimits, LimitRange, PolicyKind, PolicyVersion, PromotePolicy, PropertyId, RollbackPolicy,
    RoomTypeId, StagePolicy,
};

impl From<&StagePolicy> for proto::StagePolicy {
    fn from(command: &StagePolicy) -> Self {
        Self {
            property: command.property.to_string(),
            kind: command.kind.number().into(),
            version: command.version.to_string(),
            document: command.document.clone(),
        }
    }
}

impl TryFrom<proto::StagePolicy> for StagePolicy {
    type Error = WireError;

    fn try_from(command: proto::StagePolicy) -> Result<Self, WireError> {
        if command.document.len() > POLICY_BYTES_MAX {
            let (bytes, bytes_max) = (command.document.len(), POLICY_BYTES_MAX);
            return Err(WireError::TooLong { bytes, bytes_max });
        }
        Ok(Self {
            property: PropertyId::new(&command.property)?,
            kind: kind(command.kind)?,
            version: PolicyVersion::new(&command.version)?,
            document: command.document,
        })
    }
}

impl From<&PromotePolicy> for proto::PromotePolicy {
    fn from(command: &PromotePolicy) -> Self {
        Self {
            property: command.property.to_string(),
            kind: command.kind.number().into(),
            version: command.version.to_string(),
        }
    }
}

impl TryFrom<proto::PromotePolicy> for PromotePolicy {
    type Error = WireError;

    fn try_from(command: proto::PromotePolicy) -> Result<Self, WireError> {
        Ok(Self {
            property: PropertyId::new(&command.property)?,
            kind: kind(command.kind)?,
            version: PolicyVersion::new(&command.version)?,
        })
    }
}

impl From<&RollbackPolicy> for proto::RollbackPolicy {
    fn from(command: &RollbackPolicy) -> Self {
        Self { property: command.property.to_string(), kind: command.kind.number().into() }
    }
}

impl TryFrom<proto::RollbackPolicy> for RollbackPolicy {
    type Error = WireError;

    fn try_from(command: proto::RollbackPolicy) -> Result<Self, WireError> {
        Ok(Self { property: PropertyId::new(&command.property)?, kind: kind(command.kind)? })
    }
}

impl From<&ApplyLimits> for proto::ApplyLimits {
    fn from(command: &ApplyLimits) -> Self {
        let limit = |limit: &LimitRange| proto::LimitRange {
            from_night: limit.nights.arrival().number(),
            to_night: limit.nights.departure().number(),
            allowance: limit.allowance.map(u32::from),
        };
        Self {
            property: command.property.to_string(),
            room_type: command.room_type.to_string(),
            limits: command.limits.iter().map(limit).collect(),
            computed_at: command.computed_at,
            policy: command.policy.as_ref().map(ToString::to_string).unwrap_or_default(),
        }
    }
}

impl TryFrom<proto::ApplyLimits> for ApplyLimits {
    type Error = WireError;

    fn try_from(command: proto::ApplyLimits) -> Result<Self, WireError> {
        Ok(Self {
            property: PropertyId::new(&command.property)?,
            room_type: RoomTypeId::new(&command.room_type)?,
            limits: command.limits.iter().map(limit).collect::<Result<_, _>>()?,
            computed_at: command.computed_at,
            policy: named(&command.policy, PolicyVersion::new)?,
        })
    }
}

fn limit(limit: &proto::LimitRange) -> Result<LimitRange, WireError> {
    Ok(LimitRange {
        nights: stay(limit.from_night, limit.to_night)?,
        allowance: small_if_any("allowance", limit.allowance)?,
    })
}

fn kind(number: i32) -> Result<PolicyKind, WireError> {
    let kind = u8::try_from(number).ok().and_then(PolicyKind::from_number);
    kind.ok_or(out_of_range("kind", number))
}
