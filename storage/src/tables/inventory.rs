//! The supply of each room type, by ranges of nights: it answers for the nights that nobody
//! has touched.
//!
//! ```text
//! key    kind u8 | property, zero-terminated | room type, zero-terminated
//! value  ranges: nights from and to, physical, blocked, allowance
//! ```

use events::{Night, PropertyId, RoomTypeId, Stay, Supply};
use ledger::rows::{InventoryRow, SupplyRange};

use crate::key::{KeyReader, push_text};
use crate::kinds::Kind;
use crate::table::{Malformed, Table, append, message, narrow};

/// Table `inventory`.
pub(crate) struct Inventory;

#[derive(Clone, PartialEq, prost::Message)]
struct Value {
    #[prost(message, repeated, tag = "1")]
    ranges: Vec<RangeValue>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct RangeValue {
    #[prost(sint32, tag = "1")]
    from_night: i32,
    #[prost(sint32, tag = "2")]
    to_night: i32,
    #[prost(uint32, tag = "3")]
    physical: u32,
    #[prost(uint32, tag = "4")]
    blocked: u32,
    #[prost(uint32, tag = "5")]
    allowance: u32,
}

impl Table for Inventory {
    const KIND: Kind = Kind::Inventory;
    type Key = (PropertyId, RoomTypeId);
    type Row = InventoryRow;

    fn key_of(row: &InventoryRow) -> Self::Key {
        (row.property.clone(), row.room_type.clone())
    }

    fn write_key((property, room_type): &Self::Key, bytes: &mut Vec<u8>) {
        push_text(bytes, property.as_str());
        push_text(bytes, room_type.as_str());
    }

    fn read_key(bytes: &mut KeyReader<'_>) -> Result<Self::Key, Malformed> {
        Ok((bytes.property()?, bytes.text(RoomTypeId::new)?))
    }

    fn write_value(row: &InventoryRow, bytes: &mut Vec<u8>) {
        let range = |range: &SupplyRange| RangeValue {
            from_night: range.nights.arrival().number(),
            to_night: range.nights.departure().number(),
            physical: range.supply.physical.into(),
            blocked: range.supply.blocked.into(),
            allowance: range.supply.allowance.into(),
        };
        append(&Value { ranges: row.ranges.iter().map(range).collect() }, bytes);
    }

    fn read_value(
        (property, room_type): Self::Key,
        bytes: &[u8],
    ) -> Result<InventoryRow, Malformed> {
        let value: Value = message(bytes)?;
        let ranges = value.ranges.iter().map(range_of).collect::<Result<Vec<_>, _>>()?;
        let ordered = |pair: &[SupplyRange]| match pair {
            [earlier, later] => earlier.nights.departure() <= later.nights.arrival(),
            _ => true,
        };
        if !ranges.windows(2).all(ordered) {
            return Err("the ranges of nights overlap or are out of order".into());
        }
        Ok(InventoryRow { property, room_type, ranges })
    }
}

fn range_of(value: &RangeValue) -> Result<SupplyRange, Malformed> {
    let night = |number: i32| {
        Night::from_number(number)
            .ok_or_else(|| Malformed::from(format!("there is no night {number}")))
    };
    let nights = Stay::new(night(value.from_night)?, night(value.to_night)?);
    let supply = Supply {
        physical: narrow("physical", value.physical)?,
        blocked: narrow("blocked", value.blocked)?,
        allowance: narrow("allowance", value.allowance)?,
    };
    Ok(SupplyRange { nights: nights.map_err(Malformed::because)?, supply })
}

#[cfg(test)]
crate::testing::table_tests!(Inventory);
