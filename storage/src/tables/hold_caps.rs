//! What may be held at a property and not paid for, as it was last set.
//!
//! ```text
//! key    kind u8 | property, zero-terminated
//! value  the command `SetHoldCaps` as on the log
//! ```

use events::wire::{decode_command, encode_command};
use events::{Command, PropertyId};
use ledger::rows::HoldCapsRow;

use crate::key::{KeyReader, push_text};
use crate::kinds::Kind;
use crate::table::{Malformed, Table};

/// Table `hold_caps`.
pub(crate) struct HoldCaps;

impl Table for HoldCaps {
    const KIND: Kind = Kind::HoldCaps;
    type Key = PropertyId;
    type Row = HoldCapsRow;

    fn key_of(row: &HoldCapsRow) -> PropertyId {
        row.command.property.clone()
    }

    fn write_key(key: &PropertyId, bytes: &mut Vec<u8>) {
        push_text(bytes, key.as_str());
    }

    fn read_key(bytes: &mut KeyReader<'_>) -> Result<PropertyId, Malformed> {
        bytes.property()
    }

    fn write_value(row: &HoldCapsRow, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&encode_command(&Command::SetHoldCaps(row.command.clone())));
    }

    fn read_value(key: PropertyId, bytes: &[u8]) -> Result<HoldCapsRow, Malformed> {
        match decode_command(bytes).map_err(Malformed::because)? {
            Command::SetHoldCaps(command) if command.property == key => Ok(HoldCapsRow { command }),
            other => Err(format!("`{}` where caps on holds belong", other.name()).into()),
        }
    }
}

#[cfg(test)]
crate::testing::table_tests!(HoldCaps);
