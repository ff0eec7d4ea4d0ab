//! The clock of each partition: who moves it and how far it has come.
//!
//! ```text
//! key    kind u8 | partition u16, big-endian
//! value  epoch, boot, monotonic time if any, longest step, log time
//! ```

use events::{Boot, LogTime};
use ledger::rows::ClockRow;

use crate::key::{KeyReader, push_u16};
use crate::kinds::Kind;
use crate::table::{Malformed, Table, append, message};

/// Table `clock`.
pub(crate) struct Clock;

#[derive(Clone, PartialEq, prost::Message)]
struct Value {
    #[prost(uint64, tag = "1")]
    epoch: u64,
    #[prost(fixed64, tag = "2")]
    boot_high: u64,
    #[prost(fixed64, tag = "3")]
    boot_low: u64,
    #[prost(uint64, optional, tag = "4")]
    monotonic_ms: Option<u64>,
    #[prost(uint64, tag = "5")]
    step_max_ms: u64,
    #[prost(uint64, tag = "6")]
    log_time_ms: u64,
}

impl Table for Clock {
    const KIND: Kind = Kind::Clock;
    type Key = u16;
    type Row = ClockRow;

    fn key_of(row: &ClockRow) -> u16 {
        row.partition
    }

    fn write_key(key: &u16, bytes: &mut Vec<u8>) {
        push_u16(bytes, *key);
    }

    fn read_key(bytes: &mut KeyReader<'_>) -> Result<u16, Malformed> {
        bytes.u16()
    }

    fn write_value(row: &ClockRow, bytes: &mut Vec<u8>) {
        let value = Value {
            epoch: row.epoch,
            boot_high: (row.boot.0 >> 64) as u64,
            boot_low: row.boot.0 as u64,
            monotonic_ms: row.monotonic_ms,
            step_max_ms: row.step_max_ms,
            log_time_ms: row.log_time.0,
        };
        append(&value, bytes);
    }

    fn read_value(partition: u16, bytes: &[u8]) -> Result<ClockRow, Malformed> {
        let value: Value = message(bytes)?;
        Ok(ClockRow {
            partition,
            epoch: value.epoch,
            boot: Boot(u128::from(value.boot_high) << 64 | u128::from(value.boot_low)),
            monotonic_ms: value.monotonic_ms,
            step_max_ms: value.step_max_ms,
            log_time: LogTime(value.log_time_ms),
        })
    }
}

#[cfg(test)]
crate::testing::table_tests!(Clock);
