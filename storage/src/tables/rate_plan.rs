//! Rate plans as they were last defined.
//!
//! ```text
//! key    kind u8 | property, zero-terminated | rate plan, zero-terminated
//! value  ordinal, the command `DefineRatePlan` as on the log
//! ```

use events::wire::{decode_command, encode_command};
use events::{Command, PropertyId, RatePlanId};
use ledger::rows::RatePlanRow;

use crate::key::{KeyReader, push_text};
use crate::kinds::Kind;
use crate::table::{Malformed, Table, append, message, narrow};

/// Table `rate_plan`.
pub(crate) struct RatePlan;

#[derive(Clone, PartialEq, prost::Message)]
struct Value {
    #[prost(uint32, tag = "1")]
    ordinal: u32,
    #[prost(bytes = "vec", tag = "2")]
    command: Vec<u8>,
}

impl Table for RatePlan {
    const KIND: Kind = Kind::RatePlan;
    type Key = (PropertyId, RatePlanId);
    type Row = RatePlanRow;

    fn key_of(row: &RatePlanRow) -> Self::Key {
        (row.command.property.clone(), row.command.rate_plan.clone())
    }

    fn write_key((property, rate_plan): &Self::Key, bytes: &mut Vec<u8>) {
        push_text(bytes, property.as_str());
        push_text(bytes, rate_plan.as_str());
    }

    fn read_key(bytes: &mut KeyReader<'_>) -> Result<Self::Key, Malformed> {
        Ok((bytes.property()?, bytes.text(RatePlanId::new)?))
    }

    fn write_value(row: &RatePlanRow, bytes: &mut Vec<u8>) {
        let command = encode_command(&Command::DefineRatePlan(row.command.clone()));
        append(&Value { ordinal: row.ordinal.into(), command }, bytes);
    }

    fn read_value(key: Self::Key, bytes: &[u8]) -> Result<RatePlanRow, Malformed> {
        let value: Value = message(bytes)?;
        match decode_command(&value.command).map_err(Malformed::because)? {
            Command::DefineRatePlan(command)
                if (&command.property, &command.rate_plan) == (&key.0, &key.1) =>
            {
                Ok(RatePlanRow { ordinal: narrow("ordinal", value.ordinal)?, command })
            }
            other => {
                Err(format!("`{}` where the rate plan's definition belongs", other.name()).into())
            }
        }
    }
}

#[cfg(test)]
crate::testing::table_tests!(RatePlan);
