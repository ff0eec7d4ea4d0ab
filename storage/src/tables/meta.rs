//! What the state reflects: how far into which log, and the hashes that prove it.
//!
//! ```text
//! key    kind u8                                      one row
//! value  format, partitions, stamp, and for each partition: next offset, the
//!        chain before and after the last record, digest; the identity of the log
//! ```
//!
//! It is written in the same batch as the rows that it speaks of.

use std::collections::BTreeMap;

use events::{ChainHash, Link, Position, Stamp};
use ledger::Digest;

use crate::key::KeyReader;
use crate::kinds::Kind;
use crate::table::{Malformed, Table, append, message, narrow};

/// The format of the whole state. A table whose format changes gets a new kind; this number rises
/// when tables change together or change what they mean.
pub(crate) const FORMAT: u32 = 3;

/// How far the state reaches into one partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Reach {
    /// The offset of the first record that is not reflected.
    pub(crate) next_offset: u64,
    /// The last step of the chain over the raw bytes of the records before it.
    pub(crate) chain: Link,
    /// The hash over the decisions on those records.
    pub(crate) digest: Digest,
}

/// The one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MetaRow {
    /// The format that the state was created with.
    pub(crate) format: u32,
    /// How many partitions the log of this state has.
    pub(crate) partitions: u16,
    /// Which log this is the state of, as the log calls itself.
    pub(crate) log: String,
    /// Wall time of the last write.
    pub(crate) stamp: Stamp,
    /// For each partition of which something is reflected, how much.
    pub(crate) reaches: BTreeMap<u16, Reach>,
}

impl MetaRow {
    /// A state that reflects nothing of that log with so many partitions.
    pub(crate) fn fresh(partitions: u16, log: String) -> Self {
        let stamp = Stamp::default();
        Self { format: FORMAT, partitions, log, stamp, reaches: BTreeMap::new() }
    }

    /// The position that the rows reflect.
    pub(crate) fn position(&self) -> Position {
        self.reaches.iter().map(|(partition, reach)| (*partition, reach.next_offset)).collect()
    }
}

/// Table `meta`.
pub(crate) struct Meta;

#[derive(Clone, PartialEq, prost::Message)]
struct Value {
    #[prost(uint32, tag = "1")]
    format: u32,
    #[prost(uint32, tag = "2")]
    partitions: u32,
    #[prost(sint64, tag = "3")]
    stamp_ms: i64,
    #[prost(message, repeated, tag = "4")]
    reaches: Vec<ReachValue>,
    #[prost(string, tag = "5")]
    log: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ReachValue {
    #[prost(uint32, tag = "1")]
    partition: u32,
    #[prost(uint64, tag = "2")]
    next_offset: u64,
    #[prost(bytes = "vec", tag = "3")]
    chain: Vec<u8>,
    #[prost(bytes = "vec", tag = "4")]
    digest: Vec<u8>,
    #[prost(bytes = "vec", tag = "5")]
    chain_before: Vec<u8>,
}

impl Table for Meta {
    const KIND: Kind = Kind::Meta;
    type Key = ();
    type Row = MetaRow;

    fn key_of(_: &MetaRow) {}

    fn write_key((): &(), _: &mut Vec<u8>) {}

    fn read_key(_: &mut KeyReader<'_>) -> Result<(), Malformed> {
        Ok(())
    }

    fn write_value(row: &MetaRow, bytes: &mut Vec<u8>) {
        let reach = |(partition, reach): (&u16, &Reach)| ReachValue {
            partition: u32::from(*partition),
            next_offset: reach.next_offset,
            chain: reach.chain.after.0.to_vec(),
            chain_before: reach.chain.before.0.to_vec(),
            digest: reach.digest.0.to_vec(),
        };
        let value = Value {
            format: row.format,
            partitions: row.partitions.into(),
            stamp_ms: row.stamp.0,
            reaches: row.reaches.iter().map(reach).collect(),
            log: row.log.clone(),
        };
        append(&value, bytes);
    }

    fn read_value((): (), bytes: &[u8]) -> Result<MetaRow, Malformed> {
        let value: Value = message(bytes)?;
        let partitions: u16 = narrow("partitions", value.partitions)?;
        if partitions == 0 {
            return Err("a log of no partitions".into());
        }
        let mut reaches = BTreeMap::new();
        for reach in value.reaches {
            let partition: u16 = narrow("partition", reach.partition)?;
            if partition >= partitions {
                return Err(format!("partition {partition} of {partitions}").into());
            }
            let next_offset = reach.next_offset;
            let chain = Link {
                // Format 1 did not have it; its states are refused by their number.
                before: match reach.chain_before.as_slice() {
                    [] => ChainHash::default(),
                    bytes => ChainHash(hash(bytes)?),
                },
                after: ChainHash(hash(&reach.chain)?),
            };
            let digest = Digest(hash(&reach.digest)?);
            reaches.insert(partition, Reach { next_offset, chain, digest });
        }
        let (format, log, stamp) = (value.format, value.log, Stamp(value.stamp_ms));
        Ok(MetaRow { format, partitions, log, stamp, reaches })
    }
}

fn hash(bytes: &[u8]) -> Result<[u8; 32], Malformed> {
    bytes.try_into().map_err(|_| format!("a hash of {} bytes", bytes.len()).into())
}

#[cfg(test)]
crate::testing::table_tests!(Meta);
