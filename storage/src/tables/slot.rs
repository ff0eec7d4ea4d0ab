//! The counters of each slot.
//!
//! ```text
//! key    kind u8 | slot u16, big-endian
//! value  count of bookings
//! ```

use events::Slot as SlotNumber;
use ledger::rows::SlotRow;

use crate::key::{KeyReader, push_u16};
use crate::kinds::Kind;
use crate::table::{Malformed, Table, append, message};

/// Table `slot`.
pub(crate) struct Slot;

#[derive(Clone, PartialEq, prost::Message)]
struct Value {
    #[prost(uint32, tag = "1")]
    bookings_count: u32,
}

impl Table for Slot {
    const KIND: Kind = Kind::Slot;
    type Key = SlotNumber;
    type Row = SlotRow;

    fn key_of(row: &SlotRow) -> SlotNumber {
        row.slot
    }

    fn write_key(key: &SlotNumber, bytes: &mut Vec<u8>) {
        push_u16(bytes, key.number());
    }

    fn read_key(bytes: &mut KeyReader<'_>) -> Result<SlotNumber, Malformed> {
        bytes.slot()
    }

    fn write_value(row: &SlotRow, bytes: &mut Vec<u8>) {
        append(&Value { bookings_count: row.bookings_count }, bytes);
    }

    fn read_value(slot: SlotNumber, bytes: &[u8]) -> Result<SlotRow, Malformed> {
        let value: Value = message(bytes)?;
        Ok(SlotRow { slot, bookings_count: value.bookings_count })
    }
}

#[cfg(test)]
crate::testing::table_tests!(Slot);
