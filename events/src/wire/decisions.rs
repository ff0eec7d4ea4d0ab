//! Decisions to their Protobuf messages and back.

use smallvec::SmallVec;

use super::blocks::{self, night};
use super::proto::{self, decision::Kind};
use super::restrictions::named;
use super::{WireError, booking_id, hold_id, out_of_range, small};
use crate::{BlockId, Decision, LogTime, Night, PolicyVersion, Reason, Rejection};

impl From<&Decision> for proto::Decision {
    fn from(decision: &Decision) -> Self {
        let kind = match decision {
            Decision::Defined => Kind::Defined(proto::Defined {}),
            Decision::InventorySet { nights_changed } => {
                Kind::InventorySet(proto::InventorySet { nights_changed: *nights_changed })
            }
            Decision::RestrictionsSet { nights_changed } => {
                Kind::RestrictionsSet(proto::RestrictionsSet { nights_changed: *nights_changed })
            }
            Decision::PolicyActive { version, changed } => {
                Kind::PolicyActive(proto::PolicyActive {
                    version: version.as_ref().map(ToString::to_string).unwrap_or_default(),
                    changed: *changed,
                })
            }
            Decision::LimitsApplied { nights_changed } => {
                Kind::LimitsApplied(proto::LimitsApplied { nights_changed: *nights_changed })
            }
            Decision::Held { hold, deadline } => {
                Kind::Held(proto::Held { hold: hold.to_bytes().to_vec(), deadline_ms: deadline.0 })
            }
            Decision::Confirmed { booking, ordinal, readmitted } => {
                Kind::Confirmed(proto::Confirmed {
                    booking: booking.to_bytes().to_vec(),
                    ordinal: u64::from(*ordinal),
                    readmitted: *readmitted,
                })
            }
            Decision::Released { hold } => {
                Kind::Released(proto::Released { hold: hold.to_bytes().to_vec() })
            }
            Decision::Cancelled { booking, lines, whole } => Kind::Cancelled(proto::Cancelled {
                booking: booking.to_bytes().to_vec(),
                lines: lines.iter().map(|line| u32::from(*line)).collect(),
                whole: *whole,
            }),
            Decision::Recorded => Kind::Recorded(proto::Recorded {}),
            Decision::OwnerAnnounced { epoch } => {
                Kind::OwnerAnnounced(proto::OwnerAnnounced { epoch: *epoch })
            }
            Decision::Ticked { log_time, expired } => Kind::Ticked(proto::Ticked {
                log_time_ms: log_time.0,
                expired: expired.iter().map(|hold| hold.to_bytes().to_vec()).collect(),
            }),
            Decision::Amended { booking, lines, amendments } => Kind::Amended(proto::Amended {
                booking: booking.to_bytes().to_vec(),
                lines: lines.iter().map(|line| u32::from(*line)).collect(),
                amendments: *amendments,
            }),
            Decision::ExternalSaleRecorded { booking, ordinal, oversold, known } => {
                Kind::ExternalSaleRecorded(proto::ExternalSaleRecorded {
                    booking: booking.to_bytes().to_vec(),
                    ordinal: u64::from(*ordinal),
                    oversold: oversold.iter().map(proto::Oversold::from).collect(),
                    known: *known,
                })
            }
            Decision::BlockReleased { block, room_nights } => {
                Kind::BlockReleased(blocks::released(block, *room_nights))
            }
            Decision::BusinessDateAdvanced { date, released } => {
                Kind::BusinessDateAdvanced(blocks::date_advanced(*date, released))
            }
            Decision::Rejected(rejection) => Kind::Rejected(proto::Rejected {
                reason: rejection.reason.number(),
                nights: rejection.nights.iter().map(|night| night.number()).collect(),
            }),
        };
        Self { kind: Some(kind) }
    }
}

impl TryFrom<proto::Decision> for Decision {
    type Error = WireError;

    fn try_from(decision: proto::Decision) -> Result<Self, WireError> {
        Ok(match decision.kind.ok_or(WireError::Missing("kind"))? {
            Kind::Defined(_) => Self::Defined,
            Kind::InventorySet(set) => Self::InventorySet { nights_changed: set.nights_changed },
            Kind::RestrictionsSet(set) => {
                Self::RestrictionsSet { nights_changed: set.nights_changed }
            }
            Kind::Held(held) => {
                Self::Held { hold: hold_id(&held.hold)?, deadline: LogTime(held.deadline_ms) }
            }
            Kind::Confirmed(confirmed) => Self::Confirmed {
                booking: booking_id(&confirmed.booking)?,
                ordinal: ordinal(confirmed.ordinal)?,
                readmitted: confirmed.readmitted,
            },
            Kind::Released(released) => Self::Released { hold: hold_id(&released.hold)? },
            Kind::Cancelled(cancelled) => Self::Cancelled {
                booking: booking_id(&cancelled.booking)?,
                lines: line_numbers(cancelled.lines)?,
                whole: cancelled.whole,
            },
            Kind::Recorded(_) => Self::Recorded,
            Kind::OwnerAnnounced(announced) => Self::OwnerAnnounced { epoch: announced.epoch },
            Kind::Ticked(ticked) => Self::Ticked {
                log_time: LogTime(ticked.log_time_ms),
                expired: ticked
                    .expired
                    .iter()
                    .map(|hold| hold_id(hold))
                    .collect::<Result<_, _>>()?,
            },
            Kind::Amended(amended) => Self::Amended {
                booking: booking_id(&amended.booking)?,
                lines: line_numbers(amended.lines)?,
                amendments: amended.amendments,
            },
            Kind::ExternalSaleRecorded(recorded) => Self::ExternalSaleRecorded {
                booking: booking_id(&recorded.booking)?,
                ordinal: ordinal(recorded.ordinal)?,
                oversold: recorded
                    .oversold
                    .into_iter()
                    .map(TryInto::try_into)
                    .collect::<Result<_, _>>()?,
                known: recorded.known,
            },
            Kind::PolicyActive(active) => Self::PolicyActive {
                version: named(&active.version, PolicyVersion::new)?,
                changed: active.changed,
            },
            Kind::LimitsApplied(applied) => {
                Self::LimitsApplied { nights_changed: applied.nights_changed }
            }
            Kind::BlockReleased(released) => Self::BlockReleased {
                block: BlockId::new(&released.block)?,
                room_nights: released.room_nights,
            },
            Kind::BusinessDateAdvanced(advanced) => Self::BusinessDateAdvanced {
                date: night("date", advanced.date)?,
                released: advanced
                    .released
                    .iter()
                    .map(|block| BlockId::new(block))
                    .collect::<Result<_, _>>()?,
            },
            Kind::Rejected(rejected) => Self::Rejected(rejected.try_into()?),
        })
    }
}

fn line_numbers(lines: Vec<u32>) -> Result<SmallVec<[u16; 4]>, WireError> {
    lines.into_iter().map(|line| small("lines", line)).collect()
}

fn ordinal(number: u64) -> Result<u32, WireError> {
    u32::try_from(number).map_err(|_| WireError::OutOfRange { field: "ordinal", value: i64::MAX })
}

impl TryFrom<proto::Rejected> for Rejection {
    type Error = WireError;

    fn try_from(rejected: proto::Rejected) -> Result<Self, WireError> {
        let night = |number: i32| Night::from_number(number).ok_or(out_of_range("nights", number));
        Ok(Self {
            reason: Reason::from_number(rejected.reason)
                .ok_or(out_of_range("reason", rejected.reason))?,
            nights: rejected.nights.into_iter().map(night).collect::<Result<_, _>>()?,
        })
    }
}
