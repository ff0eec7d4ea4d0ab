//! Every version of every policy of a property. A row never changes.
//!
//! ```text
//! key    kind u8 | property, zero-terminated | kind of policy u8 | version, zero-terminated
//! value  ordinal, stamp, document
//! ```

use events::{PolicyKind, PolicyVersion, PropertyId, Stamp};
use ledger::rows::PolicyRow;

use crate::key::{KeyReader, push_text};
use crate::kinds::Kind;
use crate::table::{Malformed, Table, append, message, narrow};

/// Table `policy`.
pub(crate) struct Policy;

#[derive(Clone, PartialEq, prost::Message)]
struct Value {
    #[prost(uint32, tag = "1")]
    ordinal: u32,
    #[prost(sint64, tag = "2")]
    stamp_ms: i64,
    #[prost(string, tag = "3")]
    document: String,
}

impl Table for Policy {
    const KIND: Kind = Kind::Policy;
    type Key = (PropertyId, PolicyKind, PolicyVersion);
    type Row = PolicyRow;

    fn key_of(row: &PolicyRow) -> Self::Key {
        (row.property.clone(), row.kind, row.version.clone())
    }

    fn write_key((property, kind, version): &Self::Key, bytes: &mut Vec<u8>) {
        push_text(bytes, property.as_str());
        bytes.push(kind.number());
        push_text(bytes, version.as_str());
    }

    fn read_key(bytes: &mut KeyReader<'_>) -> Result<Self::Key, Malformed> {
        Ok((bytes.property()?, kind(bytes)?, bytes.text(PolicyVersion::new)?))
    }

    fn write_value(row: &PolicyRow, bytes: &mut Vec<u8>) {
        let value = Value {
            ordinal: row.ordinal.into(),
            stamp_ms: row.stamp.0,
            document: row.document.clone(),
        };
        append(&value, bytes);
    }

    fn read_value(
        (property, kind, version): Self::Key,
        bytes: &[u8],
    ) -> Result<PolicyRow, Malformed> {
        let Value { ordinal, stamp_ms, document } = message(bytes)?;
        let ordinal = narrow("the ordinal", ordinal)?;
        Ok(PolicyRow { property, kind, version, ordinal, stamp: Stamp(stamp_ms), document })
    }
}

/// A kind of policy in a key.
pub(super) fn kind(bytes: &mut KeyReader<'_>) -> Result<PolicyKind, Malformed> {
    let number = bytes.u8()?;
    let kind = PolicyKind::from_number(number);
    kind.ok_or_else(|| format!("there is no kind of policy {number}").into())
}

#[cfg(test)]
crate::testing::table_tests!(Policy);
