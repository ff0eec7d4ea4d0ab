//! Rooms set aside for somebody until a date, as was last said, and what is picked up of them.
//!
//! ```text
//! key    kind u8 | property, zero-terminated | block, zero-terminated
//! value  the command `SetBlock` as on the log, state, nights with the rooms picked up on each
//! ```

use events::wire::{decode_command, encode_command};
use events::{BlockId, Command, Night, PropertyId};
use ledger::rows::{BlockRow, BlockState};

use crate::key::{KeyReader, push_text};
use crate::kinds::Kind;
use crate::table::{Malformed, Table, append, message, narrow};

/// Table `block`.
pub(crate) struct Block;

#[derive(Clone, PartialEq, prost::Message)]
struct Value {
    #[prost(bytes = "vec", tag = "1")]
    command: Vec<u8>,
    #[prost(uint32, tag = "2")]
    state: u32,
    #[prost(sint32, repeated, tag = "3")]
    nights: Vec<i32>,
    /// As many as there are nights.
    #[prost(uint32, repeated, tag = "4")]
    picked: Vec<u32>,
}

impl Table for Block {
    const KIND: Kind = Kind::Block;
    type Key = (PropertyId, BlockId);
    type Row = BlockRow;

    fn key_of(row: &BlockRow) -> Self::Key {
        (row.command.property.clone(), row.command.block.clone())
    }

    fn write_key((property, block): &Self::Key, bytes: &mut Vec<u8>) {
        push_text(bytes, property.as_str());
        push_text(bytes, block.as_str());
    }

    fn read_key(bytes: &mut KeyReader<'_>) -> Result<Self::Key, Malformed> {
        Ok((bytes.property()?, bytes.text(BlockId::new)?))
    }

    fn write_value(row: &BlockRow, bytes: &mut Vec<u8>) {
        let value = Value {
            command: encode_command(&Command::SetBlock(row.command.clone())),
            state: number_of(row.state),
            nights: row.picked.iter().map(|(night, _)| night.number()).collect(),
            picked: row.picked.iter().map(|(_, rooms)| u32::from(*rooms)).collect(),
        };
        append(&value, bytes);
    }

    fn read_value((property, block): Self::Key, bytes: &[u8]) -> Result<BlockRow, Malformed> {
        let value: Value = message(bytes)?;
        let command = match decode_command(&value.command).map_err(Malformed::because)? {
            Command::SetBlock(command)
                if (&command.property, &command.block) == (&property, &block) =>
            {
                command
            }
            other => return Err(format!("`{}` where a block belongs", other.name()).into()),
        };
        if value.nights.len() != value.picked.len() {
            return Err("not as many nights as counts of rooms".into());
        }
        let picked = value.nights.iter().zip(&value.picked).map(|(night, rooms)| {
            let found = Night::from_number(*night);
            let night = found.ok_or_else(|| Malformed::from(format!("there is no night {night}")));
            Ok((night?, narrow("picked", *rooms)?))
        });
        let picked = picked.collect::<Result<_, Malformed>>()?;
        Ok(BlockRow { command, state: state_of(value.state)?, picked })
    }
}

fn number_of(state: BlockState) -> u32 {
    match state {
        BlockState::Open => 1,
        BlockState::Released => 2,
        BlockState::CutOff => 3,
    }
}

fn state_of(number: u32) -> Result<BlockState, Malformed> {
    match number {
        1 => Ok(BlockState::Open),
        2 => Ok(BlockState::Released),
        3 => Ok(BlockState::CutOff),
        _ => Err(format!("there is no state {number} of a block").into()),
    }
}

#[cfg(test)]
crate::testing::table_tests!(Block);
