//! Withdrawals that came before what they withdraw.
//!
//! ```text
//! key    kind u8 | hold u128, big-endian              its slot's twelve bits come first
//! value  when to forget it
//! ```

use events::{HoldId, LogTime};
use ledger::rows::TombstoneRow;

use crate::key::KeyReader;
use crate::kinds::Kind;
use crate::table::{Malformed, Table, append, message};

/// Table `tombstone`.
pub(crate) struct Tombstone;

#[derive(Clone, PartialEq, prost::Message)]
struct Value {
    #[prost(uint64, tag = "1")]
    forget_at_ms: u64,
}

impl Table for Tombstone {
    const KIND: Kind = Kind::Tombstone;
    type Key = HoldId;
    type Row = TombstoneRow;

    fn key_of(row: &TombstoneRow) -> HoldId {
        row.hold
    }

    fn write_key(key: &HoldId, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&key.to_bytes());
    }

    fn read_key(bytes: &mut KeyReader<'_>) -> Result<HoldId, Malformed> {
        bytes.hold()
    }

    fn write_value(row: &TombstoneRow, bytes: &mut Vec<u8>) {
        append(&Value { forget_at_ms: row.forget_at.0 }, bytes);
    }

    fn read_value(hold: HoldId, bytes: &[u8]) -> Result<TombstoneRow, Malformed> {
        let value: Value = message(bytes)?;
        Ok(TombstoneRow { hold, forget_at: LogTime(value.forget_at_ms) })
    }
}

#[cfg(test)]
crate::testing::table_tests!(Tombstone);
