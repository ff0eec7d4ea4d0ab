//! The view `limit` under the candidate: how many rooms might be sold if it were in force. Key and
//! value are those of the table `limit`.

use dataflows::views::limit::{LimitKey, LimitRow};

use super::limit::Limit;
use crate::key::KeyReader;
use crate::kinds::Kind;
use crate::table::{Malformed, Table};

/// Table `limit_candidate`.
pub(crate) struct LimitCandidate;

impl Table for LimitCandidate {
    const KIND: Kind = Kind::LimitCandidate;
    type Key = LimitKey;
    type Row = (LimitKey, LimitRow);

    fn key_of(row: &Self::Row) -> LimitKey {
        Limit::key_of(row)
    }

    fn write_key(key: &LimitKey, bytes: &mut Vec<u8>) {
        Limit::write_key(key, bytes);
    }

    fn read_key(bytes: &mut KeyReader<'_>) -> Result<LimitKey, Malformed> {
        Limit::read_key(bytes)
    }

    fn write_value(row: &Self::Row, bytes: &mut Vec<u8>) {
        Limit::write_value(row, bytes);
    }

    fn read_value(key: LimitKey, bytes: &[u8]) -> Result<Self::Row, Malformed> {
        Limit::read_value(key, bytes)
    }
}

#[cfg(test)]
crate::testing::table_tests!(LimitCandidate);
