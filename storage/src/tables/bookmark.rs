//! How far each partition of a topic of signals was read.
//!
//! ```text
//! key    kind u8 | topic u8 | partition u16, big-endian
//! value  next offset, the chain before and after the last record
//! ```
//!
//! The position of the commands is not here: it stands in `meta`, with the rows that reflect it.

use events::{ChainHash, Link};
use ingest::Topic;

use crate::key::{KeyReader, push_u16};
use crate::kinds::Kind;
use crate::table::{Malformed, Table, append, message};

/// Table `bookmark`.
pub(crate) struct Bookmark;

/// Where one partition stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BookmarkRow {
    pub(crate) topic: Topic,
    pub(crate) partition: u16,
    pub(crate) next_offset: u64,
    pub(crate) link: Link,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Value {
    #[prost(uint64, tag = "1")]
    next_offset: u64,
    #[prost(bytes = "vec", tag = "2")]
    before: Vec<u8>,
    #[prost(bytes = "vec", tag = "3")]
    after: Vec<u8>,
}

impl Table for Bookmark {
    const KIND: Kind = Kind::Bookmark;
    type Key = (Topic, u16);
    type Row = BookmarkRow;

    fn key_of(row: &BookmarkRow) -> (Topic, u16) {
        (row.topic, row.partition)
    }

    fn write_key((topic, partition): &(Topic, u16), bytes: &mut Vec<u8>) {
        bytes.push(topic.number());
        push_u16(bytes, *partition);
    }

    fn read_key(bytes: &mut KeyReader<'_>) -> Result<(Topic, u16), Malformed> {
        let number = bytes.u8()?;
        let topic = Topic::from_number(number)
            .ok_or_else(|| Malformed::from(format!("topic number {number}, which is unknown")))?;
        Ok((topic, bytes.u16()?))
    }

    fn write_value(row: &BookmarkRow, bytes: &mut Vec<u8>) {
        let Link { before, after } = row.link;
        let next_offset = row.next_offset;
        append(&Value { next_offset, before: before.0.to_vec(), after: after.0.to_vec() }, bytes);
    }

    fn read_value(
        (topic, partition): (Topic, u16),
        bytes: &[u8],
    ) -> Result<BookmarkRow, Malformed> {
        let Value { next_offset, before, after } = message(bytes)?;
        let link = Link { before: hash(&before)?, after: hash(&after)? };
        Ok(BookmarkRow { topic, partition, next_offset, link })
    }
}

fn hash(bytes: &[u8]) -> Result<ChainHash, Malformed> {
    let bytes = bytes.try_into();
    bytes.map(ChainHash).map_err(|_| Malformed::from("a chain hash of another length"))
}

#[cfg(test)]
crate::testing::table_tests!(Bookmark);
