//! Holds and bookings that were admitted above the physical rooms, with what allowed each.
//!
//! ```text
//! key    kind u8 | property, zero-terminated | hold u128
//! value  nights: room type, night, rooms, allowed by, computed at, version of the policy
//! ```

use events::{HoldId, Night, PolicyVersion, PropertyId, RoomTypeId};
use ledger::rows::{AboveNight, AboveRow, AllowedBy};

use crate::key::{KeyReader, push_text};
use crate::kinds::Kind;
use crate::table::{Malformed, Table, append, message};

/// Table `above`.
pub(crate) struct Above;

const BY_HOTEL: u32 = 1;
const BY_LIMIT: u32 = 2;
const BY_CHANNEL: u32 = 3;

#[derive(Clone, PartialEq, prost::Message)]
struct Value {
    #[prost(message, repeated, tag = "1")]
    nights: Vec<NightValue>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct NightValue {
    #[prost(string, tag = "1")]
    room_type: String,
    #[prost(sint32, tag = "2")]
    night: i32,
    #[prost(uint32, tag = "3")]
    rooms: u32,
    #[prost(uint32, tag = "4")]
    allowed_by: u32,
    /// Of a limit only.
    #[prost(uint64, tag = "5")]
    computed_at: u64,
    /// Of a limit only; empty where no version was in force.
    #[prost(string, tag = "6")]
    policy: String,
}

impl Table for Above {
    const KIND: Kind = Kind::Above;
    type Key = (PropertyId, HoldId);
    type Row = AboveRow;

    fn key_of(row: &AboveRow) -> Self::Key {
        (row.property.clone(), row.hold)
    }

    fn write_key((property, hold): &Self::Key, bytes: &mut Vec<u8>) {
        push_text(bytes, property.as_str());
        bytes.extend_from_slice(&hold.to_bytes());
    }

    fn read_key(bytes: &mut KeyReader<'_>) -> Result<Self::Key, Malformed> {
        Ok((bytes.property()?, bytes.hold()?))
    }

    fn write_value(row: &AboveRow, bytes: &mut Vec<u8>) {
        append(&Value { nights: row.nights.iter().map(value_of).collect() }, bytes);
    }

    fn read_value((property, hold): Self::Key, bytes: &[u8]) -> Result<AboveRow, Malformed> {
        let value: Value = message(bytes)?;
        let nights = value.nights.into_iter().map(night_of).collect::<Result<_, _>>()?;
        Ok(AboveRow { property, hold, nights })
    }
}

fn value_of(night: &AboveNight) -> NightValue {
    let (allowed_by, computed_at, policy) = match &night.allowed_by {
        AllowedBy::Hotel => (BY_HOTEL, 0, String::new()),
        AllowedBy::Limit { computed_at, policy } => {
            let policy = policy.as_ref().map(ToString::to_string).unwrap_or_default();
            (BY_LIMIT, *computed_at, policy)
        }
        AllowedBy::Channel => (BY_CHANNEL, 0, String::new()),
    };
    let room_type = night.room_type.to_string();
    let (night, rooms) = (night.night.number(), night.rooms);
    NightValue { room_type, night, rooms, allowed_by, computed_at, policy }
}

fn night_of(value: NightValue) -> Result<AboveNight, Malformed> {
    let night = Night::from_number(value.night);
    let night = night.ok_or_else(|| Malformed::from(format!("there is no night {}", value.night)));
    let policy = match value.policy.as_str() {
        "" => None,
        id => Some(PolicyVersion::new(id).map_err(Malformed::because)?),
    };
    let allowed_by = match value.allowed_by {
        BY_HOTEL => AllowedBy::Hotel,
        BY_LIMIT => AllowedBy::Limit { computed_at: value.computed_at, policy },
        BY_CHANNEL => AllowedBy::Channel,
        other => return Err(format!("nothing allows by {other}").into()),
    };
    let room_type = RoomTypeId::new(&value.room_type).map_err(Malformed::because)?;
    Ok(AboveNight { room_type, night: night?, rooms: value.rooms, allowed_by })
}

#[cfg(test)]
crate::testing::table_tests!(Above);
