//! The nights of which something is held, sold or allotted, as the ledger counts them.
//!
//! ```text
//! key    kind u8 | property, zero-terminated | room type, zero-terminated | night i32, ordered
//! value  physical, blocked, allowance, held, sold, allotted
//! ```

use events::{Night, PropertyId, RoomTypeId, Supply};
use ledger::rows::InventoryNightRow;

use crate::key::{KeyReader, push_night, push_text};
use crate::kinds::Kind;
use crate::table::{Malformed, Table, append, message, narrow};

/// Table `inventory_night`.
pub(crate) struct InventoryNight;

#[derive(Clone, PartialEq, prost::Message)]
struct Value {
    #[prost(uint32, tag = "1")]
    physical: u32,
    #[prost(uint32, tag = "2")]
    blocked: u32,
    #[prost(uint32, tag = "3")]
    allowance: u32,
    #[prost(uint32, tag = "4")]
    held: u32,
    #[prost(uint32, tag = "5")]
    sold: u32,
    #[prost(uint32, tag = "6")]
    allotted: u32,
}

impl Table for InventoryNight {
    const KIND: Kind = Kind::InventoryNight;
    type Key = (PropertyId, RoomTypeId, Night);
    type Row = InventoryNightRow;

    fn key_of(row: &InventoryNightRow) -> Self::Key {
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

    fn write_value(row: &InventoryNightRow, bytes: &mut Vec<u8>) {
        let value = Value {
            physical: row.supply.physical.into(),
            blocked: row.supply.blocked.into(),
            allowance: row.supply.allowance.into(),
            held: row.held.into(),
            sold: row.sold.into(),
            allotted: row.allotted.into(),
        };
        append(&value, bytes);
    }

    fn read_value(key: Self::Key, bytes: &[u8]) -> Result<InventoryNightRow, Malformed> {
        let (property, room_type, night) = key;
        let value: Value = message(bytes)?;
        let supply = Supply {
            physical: narrow("physical", value.physical)?,
            blocked: narrow("blocked", value.blocked)?,
            allowance: narrow("allowance", value.allowance)?,
        };
        let (held, sold) = (narrow("held", value.held)?, narrow("sold", value.sold)?);
        let allotted = narrow("allotted", value.allotted)?;
        Ok(InventoryNightRow { property, room_type, night, supply, held, sold, allotted })
    }
}

#[cfg(test)]
crate::testing::table_tests!(InventoryNight);
