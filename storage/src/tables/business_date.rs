//! The day that the books of a property are in.
//!
//! ```text
//! key    kind u8 | property, zero-terminated
//! value  night i32, ordered
//! ```

use events::PropertyId;
use ledger::rows::BusinessDateRow;

use crate::key::{KeyReader, push_night, push_text};
use crate::kinds::Kind;
use crate::table::{Malformed, Table};

/// Table `business_date`.
pub(crate) struct BusinessDate;

impl Table for BusinessDate {
    const KIND: Kind = Kind::BusinessDate;
    type Key = PropertyId;
    type Row = BusinessDateRow;

    fn key_of(row: &BusinessDateRow) -> PropertyId {
        row.property.clone()
    }

    fn write_key(key: &PropertyId, bytes: &mut Vec<u8>) {
        push_text(bytes, key.as_str());
    }

    fn read_key(bytes: &mut KeyReader<'_>) -> Result<PropertyId, Malformed> {
        bytes.property()
    }

    fn write_value(row: &BusinessDateRow, bytes: &mut Vec<u8>) {
        push_night(bytes, row.date);
    }

    fn read_value(property: PropertyId, bytes: &[u8]) -> Result<BusinessDateRow, Malformed> {
        let mut bytes = KeyReader::new(bytes);
        let date = bytes.night()?;
        bytes.finish()?;
        Ok(BusinessDateRow { property, date })
    }
}

#[cfg(test)]
crate::testing::table_tests!(BusinessDate);
