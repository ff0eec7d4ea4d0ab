//! The view `pace`: how the bookings of a night stand, and what is usual at a lead time.
//!
//! ```text
//! key    kind u8 | property, zero-terminated | 0, or 1 and room type, zero-terminated
//!        | 0 and night i32, ordered, or 1 and first day of the lead time u16, big-endian
//! value  rooms on the books, pick-up of 1, 7 and 30 days, those a year before, what is usual
//! ```

use dataflows::views::pace::{PaceKey, PaceOf, PaceRow};
use events::RoomTypeId;

use crate::key::{KeyReader, push_night, push_text, push_u16};
use crate::kinds::Kind;
use crate::table::{Malformed, Table, append, message};

/// Table `pace`.
pub(crate) struct Pace;

#[derive(Clone, PartialEq, prost::Message)]
struct Value {
    #[prost(uint32, tag = "1")]
    on_the_books: u32,
    #[prost(sint32, tag = "2")]
    pickup_1d: i32,
    #[prost(sint32, tag = "3")]
    pickup_7d: i32,
    #[prost(sint32, tag = "4")]
    pickup_30d: i32,
    #[prost(uint32, optional, tag = "5")]
    year_before: Option<u32>,
    #[prost(uint64, optional, tag = "6")]
    mean_milli: Option<u64>,
}

impl Table for Pace {
    const KIND: Kind = Kind::Pace;
    type Key = PaceKey;
    type Row = (PaceKey, PaceRow);

    fn key_of((key, _): &Self::Row) -> PaceKey {
        key.clone()
    }

    fn write_key(key: &PaceKey, bytes: &mut Vec<u8>) {
        push_text(bytes, key.property.as_str());
        bytes.push(key.room_type.is_some().into());
        if let Some(room_type) = &key.room_type {
            push_text(bytes, room_type.as_str());
        }
        match key.of {
            PaceOf::Night(night) => {
                bytes.push(0);
                push_night(bytes, night);
            }
            PaceOf::Lead(days) => {
                bytes.push(1);
                push_u16(bytes, days);
            }
        }
    }

    fn read_key(bytes: &mut KeyReader<'_>) -> Result<PaceKey, Malformed> {
        let property = bytes.property()?;
        let room_type = bytes.flag()?.then(|| bytes.text(RoomTypeId::new)).transpose()?;
        let of = match bytes.flag()? {
            false => PaceOf::Night(bytes.night()?),
            true => PaceOf::Lead(bytes.u16()?),
        };
        Ok(PaceKey { property, room_type, of })
    }

    fn write_value((_, row): &Self::Row, bytes: &mut Vec<u8>) {
        let PaceRow { on_the_books, pickup_1d, pickup_7d, pickup_30d, year_before, mean_milli } =
            *row;
        let value =
            Value { on_the_books, pickup_1d, pickup_7d, pickup_30d, year_before, mean_milli };
        append(&value, bytes);
    }

    fn read_value(key: PaceKey, bytes: &[u8]) -> Result<Self::Row, Malformed> {
        let Value { on_the_books, pickup_1d, pickup_7d, pickup_30d, year_before, mean_milli } =
            message(bytes)?;
        let row =
            PaceRow { on_the_books, pickup_1d, pickup_7d, pickup_30d, year_before, mean_milli };
        Ok((key, row))
    }
}

#[cfg(test)]
crate::testing::table_tests!(Pace);
