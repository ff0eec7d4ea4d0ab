//! The nights on which more is held and sold than may be, and the record by which they became so.
//!
//! ```text
//! key    kind u8 | property, zero-terminated | room type, zero-terminated | night i32, ordered
//! value  rooms, stamp and offset of the record
//! ```

use events::{Night, PropertyId, RoomTypeId, Stamp};
use ledger::rows::OversoldRow;

use crate::key::{KeyReader, push_night, push_text};
use crate::kinds::Kind;
use crate::table::{Malformed, Table, append, message};

/// Table `oversold`.
pub(crate) struct Oversold;

#[derive(Clone, PartialEq, prost::Message)]
struct Value {
    #[prost(uint32, tag = "1")]
    rooms: u32,
    #[prost(sint64, tag = "2")]
    since_ms: i64,
    #[prost(uint64, tag = "3")]
    offset: u64,
}

impl Table for Oversold {
    const KIND: Kind = Kind::Oversold;
    type Key = (PropertyId, RoomTypeId, Night);
    type Row = OversoldRow;

    fn key_of(row: &OversoldRow) -> Self::Key {
        (row.property.clone(), row.room_type.clone(), row.night)
    }

    fn write_key((property, room_type, night): &Self::Key, bytes: &mut Vec<u8>) {
        push_text(bytes, property.as_str());
        push_text(bytes, room_type.as_str());
        push_night(bytes, *night);
    }

    fn read_key(bytes: &mut KeyReader<'_>) -> Result<Self::Key, Malformed> {
        Ok((bytes.property()?, bytes.text(RoomTypeId::new)?, bytes.night()?))
    }

    fn write_value(row: &OversoldRow, bytes: &mut Vec<u8>) {
        let OversoldRow { rooms, since, offset, .. } = *row;
        append(&Value { rooms, since_ms: since.0, offset }, bytes);
    }

    fn read_value(key: Self::Key, bytes: &[u8]) -> Result<OversoldRow, Malformed> {
        let (property, room_type, night) = key;
        let Value { rooms, since_ms, offset } = message(bytes)?;
        Ok(OversoldRow { property, room_type, night, rooms, since: Stamp(since_ms), offset })
    }
}

#[cfg(test)]
crate::testing::table_tests!(Oversold);
