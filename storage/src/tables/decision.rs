//! What was answered to which command, for as long as a repetition gets the same answer.
//!
//! ```text
//! key    kind u8 | command u128, big-endian | slot u16, big-endian
//! value  body hash, kind of the command, stamp, the decision as on the wire, when to forget it
//! ```
//!
//! The command comes first, because who asks what became of a request does not know its slot.

use events::{BodyHash, CommandId, LogTime, Slot, Stamp, decode_decision, encode_decision};
use ledger::rows::DecisionRow;

use crate::key::{KeyReader, push_u16};
use crate::kinds::Kind;
use crate::table::{Malformed, Table, append, message};

/// Table `decision`.
pub(crate) struct Decision;

#[derive(Clone, PartialEq, prost::Message)]
struct Value {
    #[prost(fixed64, tag = "1")]
    body_hash_high: u64,
    #[prost(fixed64, tag = "2")]
    body_hash_low: u64,
    #[prost(uint32, tag = "3")]
    kind: u32,
    #[prost(sint64, tag = "4")]
    stamp_ms: i64,
    #[prost(bytes = "vec", tag = "5")]
    decision: Vec<u8>,
    #[prost(uint64, tag = "6")]
    forget_at_ms: u64,
}

impl Table for Decision {
    const KIND: Kind = Kind::Decision;
    type Key = (CommandId, Slot);
    type Row = DecisionRow;

    fn key_of(row: &DecisionRow) -> Self::Key {
        (row.id, row.slot)
    }

    fn write_key((id, slot): &Self::Key, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&id.to_bytes());
        push_u16(bytes, slot.number());
    }

    fn read_key(bytes: &mut KeyReader<'_>) -> Result<Self::Key, Malformed> {
        Ok((bytes.command()?, bytes.slot()?))
    }

    fn write_value(row: &DecisionRow, bytes: &mut Vec<u8>) {
        let value = Value {
            body_hash_high: (row.body_hash.0 >> 64) as u64,
            body_hash_low: row.body_hash.0 as u64,
            kind: row.kind,
            stamp_ms: row.stamp.0,
            decision: encode_decision(&row.decision),
            forget_at_ms: row.forget_at.0,
        };
        append(&value, bytes);
    }

    fn read_value((id, slot): Self::Key, bytes: &[u8]) -> Result<DecisionRow, Malformed> {
        let value: Value = message(bytes)?;
        let (high, low) = (value.body_hash_high, value.body_hash_low);
        Ok(DecisionRow {
            slot,
            id,
            body_hash: BodyHash(u128::from(high) << 64 | u128::from(low)),
            kind: value.kind,
            stamp: Stamp(value.stamp_ms),
            decision: decode_decision(&value.decision).map_err(Malformed::because)?,
            forget_at: LogTime(value.forget_at_ms),
        })
    }
}

#[cfg(test)]
crate::testing::table_tests!(Decision);
