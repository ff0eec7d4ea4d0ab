//! What room types are made of, as it was last said.
//!
//! ```text
//! key    kind u8 | property, zero-terminated | room type, zero-terminated
//! value  the command `LinkRoomType` as on the log
//! ```

use events::wire::{decode_command, encode_command};
use events::{Command, PropertyId, RoomTypeId};
use ledger::rows::LinkRow;

use crate::key::{KeyReader, push_text};
use crate::kinds::Kind;
use crate::table::{Malformed, Table};

/// Table `link`.
pub(crate) struct Link;

impl Table for Link {
    const KIND: Kind = Kind::Link;
    type Key = (PropertyId, RoomTypeId);
    type Row = LinkRow;

    fn key_of(row: &LinkRow) -> Self::Key {
        (row.command.property.clone(), row.command.room_type.clone())
    }

    fn write_key((property, room_type): &Self::Key, bytes: &mut Vec<u8>) {
        push_text(bytes, property.as_str());
        push_text(bytes, room_type.as_str());
    }

    fn read_key(bytes: &mut KeyReader<'_>) -> Result<Self::Key, Malformed> {
        Ok((bytes.property()?, bytes.text(RoomTypeId::new)?))
    }

    fn write_value(row: &LinkRow, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&encode_command(&Command::LinkRoomType(row.command.clone())));
    }

    fn read_value((property, room_type): Self::Key, bytes: &[u8]) -> Result<LinkRow, Malformed> {
        match decode_command(bytes).map_err(Malformed::because)? {
            Command::LinkRoomType(command)
                if (&command.property, &command.room_type) == (&property, &room_type) =>
            {
                Ok(LinkRow { command })
            }
            other => Err(format!("`{}` where its parts belong", other.name()).into()),
        }
    }
}

#[cfg(test)]
crate::testing::table_tests!(Link);
