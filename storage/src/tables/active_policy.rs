//! Which version of a policy is in force, and which ones were before.
//!
//! ```text
//! key    kind u8 | property, zero-terminated | kind of policy u8
//! value  the versions that were promoted and not taken back, in order
//! ```

use events::{PolicyKind, PolicyVersion, PropertyId};
use ledger::rows::ActivePolicyRow;

use super::policy::kind;
use crate::key::{KeyReader, push_text};
use crate::kinds::Kind;
use crate::table::{Malformed, Table, append, message};

/// Table `active_policy`.
pub(crate) struct ActivePolicy;

#[derive(Clone, PartialEq, prost::Message)]
struct Value {
    #[prost(string, repeated, tag = "1")]
    promoted: Vec<String>,
}

impl Table for ActivePolicy {
    const KIND: Kind = Kind::ActivePolicy;
    type Key = (PropertyId, PolicyKind);
    type Row = ActivePolicyRow;

    fn key_of(row: &ActivePolicyRow) -> Self::Key {
        (row.property.clone(), row.kind)
    }

    fn write_key((property, kind): &Self::Key, bytes: &mut Vec<u8>) {
        push_text(bytes, property.as_str());
        bytes.push(kind.number());
    }

    fn read_key(bytes: &mut KeyReader<'_>) -> Result<Self::Key, Malformed> {
        Ok((bytes.property()?, kind(bytes)?))
    }

    fn write_value(row: &ActivePolicyRow, bytes: &mut Vec<u8>) {
        let promoted = row.promoted.iter().map(ToString::to_string).collect();
        append(&Value { promoted }, bytes);
    }

    fn read_value((property, kind): Self::Key, bytes: &[u8]) -> Result<ActivePolicyRow, Malformed> {
        let value: Value = message(bytes)?;
        let promoted = value.promoted.iter().map(|id| PolicyVersion::new(id));
        let promoted = promoted.collect::<Result<_, _>>().map_err(Malformed::because)?;
        Ok(ActivePolicyRow { property, kind, promoted })
    }
}

#[cfg(test)]
crate::testing::table_tests!(ActivePolicy);
