//! The view `availability`: rooms left on the nights of which something is held, sold or allotted.
//!
//! ```text
//! key    kind u8 | property, zero-terminated | room type, zero-terminated | night i32, ordered
//! value  rooms, blocked, held, sold, left, allotted
//! ```
//!
//! `left` is stored as the view gave it, not computed here, so that an auditor can hold the one
//! against the others.

use dataflows::{AvailabilityKey, AvailabilityRow};
use events::RoomTypeId;

use crate::key::{KeyReader, push_night, push_text};
use crate::kinds::Kind;
use crate::table::{Malformed, Table, append, message};

/// Table `availability`.
pub(crate) struct Availability;

#[derive(Clone, PartialEq, prost::Message)]
struct Value {
    #[prost(sint32, tag = "1")]
    rooms: i32,
    #[prost(sint32, tag = "2")]
    blocked: i32,
    #[prost(sint32, tag = "3")]
    held: i32,
    #[prost(sint32, tag = "4")]
    sold: i32,
    #[prost(sint32, tag = "5")]
    left: i32,
    #[prost(sint32, tag = "6")]
    allotted: i32,
}

impl Table for Availability {
    const KIND: Kind = Kind::Availability;
    type Key = AvailabilityKey;
    type Row = (AvailabilityKey, AvailabilityRow);

    fn key_of((key, _): &Self::Row) -> AvailabilityKey {
        key.clone()
    }

    fn write_key(key: &AvailabilityKey, bytes: &mut Vec<u8>) {
        push_text(bytes, key.property.as_str());
        push_text(bytes, key.room_type.as_str());
        push_night(bytes, key.night);
    }

    fn read_key(bytes: &mut KeyReader<'_>) -> Result<AvailabilityKey, Malformed> {
        Ok(AvailabilityKey {
            property: bytes.property()?,
            room_type: bytes.text(RoomTypeId::new)?,
            night: bytes.night()?,
        })
    }

    fn write_value((_, row): &Self::Row, bytes: &mut Vec<u8>) {
        let AvailabilityRow { rooms, blocked, held, sold, allotted, left } = *row;
        append(&Value { rooms, blocked, held, sold, left, allotted }, bytes);
    }

    fn read_value(key: AvailabilityKey, bytes: &[u8]) -> Result<Self::Row, Malformed> {
        let Value { rooms, blocked, held, sold, left, allotted } = message(bytes)?;
        Ok((key, AvailabilityRow { rooms, blocked, held, sold, allotted, left }))
    }
}

#[cfg(test)]
crate::testing::table_tests!(Availability);
