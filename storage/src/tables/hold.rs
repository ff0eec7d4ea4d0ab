//! Holds, for as long as the ledger remembers them.
//!
//! ```text
//! key    kind u8 | hold u128, big-endian              its slot's twelve bits come first
//! value  property, lines, state, deadline, anchored, stamp, ttl, when to forget it if known,
//!        channel, account, block
//! ```

use events::wire::{channel, channel_text, decode_line, encode_line};
use events::{AccountId, BlockId, HoldId, LogTime, PropertyId, Stamp};
use ledger::rows::{HoldRow, HoldState};

use crate::key::KeyReader;
use crate::kinds::Kind;
use crate::table::{Malformed, Table, append, message};

/// Table `hold`.
pub(crate) struct Hold;

#[derive(Clone, PartialEq, prost::Message)]
struct Value {
    #[prost(string, tag = "1")]
    property: String,
    #[prost(bytes = "vec", repeated, tag = "2")]
    lines: Vec<Vec<u8>>,
    #[prost(uint32, tag = "3")]
    state: u32,
    #[prost(uint64, tag = "4")]
    deadline_ms: u64,
    #[prost(bool, tag = "5")]
    anchored: bool,
    #[prost(sint64, tag = "6")]
    stamp_ms: i64,
    #[prost(uint64, tag = "7")]
    ttl_ms: u64,
    #[prost(uint64, optional, tag = "8")]
    forget_at_ms: Option<u64>,
    /// Empty for the hotel itself.
    #[prost(string, tag = "9")]
    channel: String,
    #[prost(string, optional, tag = "10")]
    account: Option<String>,
    #[prost(string, optional, tag = "11")]
    block: Option<String>,
}

impl Table for Hold {
    const KIND: Kind = Kind::Hold;
    type Key = HoldId;
    type Row = HoldRow;

    fn key_of(row: &HoldRow) -> HoldId {
        row.hold
    }

    fn write_key(key: &HoldId, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&key.to_bytes());
    }

    fn read_key(bytes: &mut KeyReader<'_>) -> Result<HoldId, Malformed> {
        bytes.hold()
    }

    fn write_value(row: &HoldRow, bytes: &mut Vec<u8>) {
        let value = Value {
            property: row.property.to_string(),
            lines: row.lines.iter().map(encode_line).collect(),
            state: number_of(row.state),
            deadline_ms: row.deadline.0,
            anchored: row.anchored,
            stamp_ms: row.stamp.0,
            ttl_ms: row.ttl_ms,
            forget_at_ms: row.forget_at.map(|time| time.0),
            channel: channel_text(&row.channel),
            account: row.account.as_ref().map(ToString::to_string),
            block: row.block.as_ref().map(ToString::to_string),
        };
        append(&value, bytes);
    }

    fn read_value(hold: HoldId, bytes: &[u8]) -> Result<HoldRow, Malformed> {
        let value: Value = message(bytes)?;
        let account = value.account.as_deref().map(AccountId::new);
        let block = value.block.as_deref().map(BlockId::new);
        let lines = value.lines.iter().map(|line| decode_line(line)).collect::<Result<_, _>>();
        Ok(HoldRow {
            hold,
            property: PropertyId::new(&value.property).map_err(Malformed::because)?,
            lines: lines.map_err(Malformed::because)?,
            state: state_of(value.state)?,
            deadline: LogTime(value.deadline_ms),
            anchored: value.anchored,
            stamp: Stamp(value.stamp_ms),
            ttl_ms: value.ttl_ms,
            forget_at: value.forget_at_ms.map(LogTime),
            channel: channel(&value.channel).map_err(Malformed::because)?,
            account: account.transpose().map_err(Malformed::because)?,
            block: block.transpose().map_err(Malformed::because)?,
        })
    }
}

fn number_of(state: HoldState) -> u32 {
    match state {
        HoldState::Held => 1,
        HoldState::Confirmed => 2,
        HoldState::Released => 3,
        HoldState::Expired => 4,
    }
}

fn state_of(number: u32) -> Result<HoldState, Malformed> {
    match number {
        1 => Ok(HoldState::Held),
        2 => Ok(HoldState::Confirmed),
        3 => Ok(HoldState::Released),
        4 => Ok(HoldState::Expired),
        _ => Err(format!("there is no state {number} of a hold").into()),
    }
}

#[cfg(test)]
crate::testing::table_tests!(Hold);
