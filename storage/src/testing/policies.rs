//! Seeded rows of policies and of the limits that they make.

use events::{HoldId, Night, PolicyKind, PolicyVersion, Stay};
use ledger::rows::{
    AboveNight, AboveRow, ActivePolicyRow, AllowedBy, AppliedLimit, LimitsRow, PolicyRow,
};

use super::{Draw, Sample};
use crate::tables::{Above, ActivePolicy, Limits, Policy};

fn version(draw: &mut Draw) -> PolicyVersion {
    PolicyVersion::new(&draw.id()).expect("an id")
}

fn kind(draw: &mut Draw) -> PolicyKind {
    draw.pick(&[PolicyKind::Pricing, PolicyKind::Overbooking])
}

impl Sample for Policy {
    fn sample(draw: &mut Draw) -> PolicyRow {
        PolicyRow {
            property: draw.property(),
            kind: kind(draw),
            version: version(draw),
            ordinal: draw.edgy() as u16,
            stamp: draw.stamp(),
            document: draw.name(),
        }
    }
}

impl Sample for ActivePolicy {
    fn sample(draw: &mut Draw) -> ActivePolicyRow {
        let (property, kind) = (draw.property(), kind(draw));
        ActivePolicyRow { property, kind, promoted: draw.several(version) }
    }
}

impl Sample for Limits {
    fn sample(draw: &mut Draw) -> LimitsRow {
        let mut from = Night::from_number(draw.within(-300..=300) as i32).expect("a night");
        let ranges = draw.several(|draw| {
            let arrival = from.plus(draw.within(0..=2) as i32);
            from = arrival.plus(draw.within(1..=400) as i32);
            AppliedLimit {
                nights: Stay::new(arrival, from).expect("nights"),
                allowance: draw.edgy() as u16,
                computed_at: draw.edgy(),
                policy: draw.optional(version),
            }
        });
        let (property, room_type) = (draw.property(), draw.room_type());
        LimitsRow { property, room_type, computed_at: draw.edgy(), ranges }
    }
}

impl Sample for Above {
    fn sample(draw: &mut Draw) -> AboveRow {
        let night = |draw: &mut Draw| AboveNight {
            room_type: draw.room_type(),
            night: draw.night(),
            rooms: draw.edgy() as u32,
            allowed_by: match draw.u64() % 3 {
                0 => AllowedBy::Hotel,
                1 => AllowedBy::Channel,
                _ => AllowedBy::Limit { computed_at: draw.edgy(), policy: draw.optional(version) },
            },
        };
        let (property, hold) = (draw.property(), HoldId(draw.u128()));
        AboveRow { property, hold, nights: draw.several(night) }
    }
}
