//! Room types as they were last defined.
//!
//! ```text
//! key    kind u8 | property, zero-terminated | room type, zero-terminated
//! value  ordinal, the command `DefineRoomType` as on the log
//! ```

use events::wire::{decode_command, encode_command};
use events::{Command, PropertyId, RoomTypeId};
use ledger::rows::RoomTypeRow;

use crate::key::{KeyReader, push_text};
use crate::kinds::Kind;
use crate::table::{Malformed, Table, append, message, narrow};

/// Table `room_type`.
pub(crate) struct RoomType;

#[derive(Clone, PartialEq, prost::Message)]
struct Value {
    #[prost(uint32, tag = "1")]
    ordinal: u32,
    #[prost(bytes = "vec", tag = "2")]
    command: Vec<u8>,
}

impl Table for RoomType {
    const KIND: Kind = Kind::RoomType;
    type Key = (PropertyId, RoomTypeId);
    type Row = RoomTypeRow;

    fn key_of(row: &RoomTypeRow) -> Self::Key {
        (row.command.property.clone(), row.command.room_type.clone())
    }

    fn write_key((property, room_type): &Self::Key, bytes: &mut Vec<u8>) {
        push_text(bytes, property.as_str());
        push_text(bytes, room_type.as_str());
    }

    fn read_key(bytes: &mut KeyReader<'_>) -> Result<Self::Key, Malformed> {
        Ok((bytes.property()?, bytes.text(RoomTypeId::new)?))
    }

    fn write_value(row: &RoomTypeRow, bytes: &mut Vec<u8>) {
        let command = encode_command(&Command::DefineRoomType(row.command.clone()));
        append(&Value { ordinal: row.ordinal.into(), command }, bytes);
    }

    fn read_value(key: Self::Key, bytes: &[u8]) -> Result<RoomTypeRow, Malformed> {
        let value: Value = message(bytes)?;
        match decode_command(&value.command).map_err(Malformed::because)? {
            Command::DefineRoomType(command)
                if (&command.property, &command.room_type) == (&key.0, &key.1) =>
            {
                Ok(RoomTypeRow { ordinal: narrow("ordinal", value.ordinal)?, command })
            }
            other => {
                Err(format!("`{}` where the room type's definition belongs", other.name()).into())
            }
        }
    }
}

#[cfg(test)]
crate::testing::table_tests!(RoomType);
