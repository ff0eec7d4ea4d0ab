//! Properties as they were last defined.
//!
//! ```text
//! key    kind u8 | property, zero-terminated
//! value  the command `DefineProperty` as on the log
//! ```

use events::wire::{decode_command, encode_command};
use events::{Command, PropertyId};
use ledger::rows::PropertyRow;

use crate::key::{KeyReader, push_text};
use crate::kinds::Kind;
use crate::table::{Malformed, Table};

/// Table `property`.
pub(crate) struct Property;

impl Table for Property {
    const KIND: Kind = Kind::Property;
    type Key = PropertyId;
    type Row = PropertyRow;

    fn key_of(row: &PropertyRow) -> PropertyId {
        row.command.property.clone()
    }

    fn write_key(key: &PropertyId, bytes: &mut Vec<u8>) {
        push_text(bytes, key.as_str());
    }

    fn read_key(bytes: &mut KeyReader<'_>) -> Result<PropertyId, Malformed> {
        bytes.property()
    }

    fn write_value(row: &PropertyRow, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&encode_command(&Command::DefineProperty(row.command.clone())));
    }

    fn read_value(key: PropertyId, bytes: &[u8]) -> Result<PropertyRow, Malformed> {
        match decode_command(bytes).map_err(Malformed::because)? {
            Command::DefineProperty(command) if command.property == key => {
                Ok(PropertyRow { command })
            }
            other => {
                Err(format!("`{}` where the property's definition belongs", other.name()).into())
            }
        }
    }
}

#[cfg(test)]
crate::testing::table_tests!(Property);
