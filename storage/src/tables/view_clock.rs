//! The clock of the views: one row.
//!
//! ```text
//! key    kind u8
//! value  the highest minute that a tick has told
//! ```

use events::Minute;

use crate::key::KeyReader;
use crate::kinds::Kind;
use crate::table::{Malformed, Table, append, message};

/// Table `view_clock`.
pub(crate) struct ViewClock;

#[derive(Clone, PartialEq, prost::Message)]
struct Value {
    #[prost(sint64, tag = "1")]
    minute: i64,
}

impl Table for ViewClock {
    const KIND: Kind = Kind::ViewClock;
    type Key = ();
    type Row = Minute;

    fn key_of(_row: &Minute) {}

    fn write_key(_key: &(), _bytes: &mut Vec<u8>) {}

    fn read_key(_bytes: &mut KeyReader<'_>) -> Result<(), Malformed> {
        Ok(())
    }

    fn write_value(row: &Minute, bytes: &mut Vec<u8>) {
        append(&Value { minute: row.0 }, bytes);
    }

    fn read_value(_key: (), bytes: &[u8]) -> Result<Minute, Malformed> {
        Ok(Minute(message::<Value>(bytes)?.minute))
    }
}

#[cfg(test)]
crate::testing::table_tests!(ViewClock);
