//! What every table is: a kind, a key whose bytes sort as it does, and a row.
//!
//! On disk a row is
//!
//! ```text
//! key    kind u8 | parts, see the table
//! value  crc32c u32, little-endian, over key and body | body
//! ```
//!
//! The checksum covers the key too, so that a value under another's key does not pass for its own.
//! RocksDB has checksums per block; this one also sees what happened before and after the block.

use std::fmt;

use crate::Error;
use crate::key::KeyReader;
use crate::kinds::Kind;

/// One table; a file each in `tables/`.
pub(crate) trait Table {
    /// Its byte.
    const KIND: Kind;
    /// What a row is found by. Its order is the order of the key's bytes.
    type Key: Clone + fmt::Debug + Ord;
    /// A row, its key included.
    type Row: Clone + fmt::Debug + PartialEq;

    /// The key of a row.
    fn key_of(row: &Self::Row) -> Self::Key;

    /// Appends the key's parts.
    fn write_key(key: &Self::Key, bytes: &mut Vec<u8>);

    /// Reads the key's parts.
    fn read_key(bytes: &mut KeyReader<'_>) -> Result<Self::Key, Malformed>;

    /// Appends what of a row is not in its key.
    fn write_value(row: &Self::Row, bytes: &mut Vec<u8>);

    /// Reads a row of that key.
    fn read_value(key: Self::Key, bytes: &[u8]) -> Result<Self::Row, Malformed>;
}

/// Why bytes are not a row of their table.
#[derive(Debug)]
pub(crate) struct Malformed(String);

impl Malformed {
    /// What another reader said.
    pub(crate) fn because(reason: impl fmt::Display) -> Self {
        Self(reason.to_string())
    }
}

impl From<&str> for Malformed {
    fn from(reason: &str) -> Self {
        Self(reason.to_owned())
    }
}

impl From<String> for Malformed {
    fn from(reason: String) -> Self {
        Self(reason)
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

const CHECKSUM_BYTES: usize = 4;

/// Replaces `bytes` with the whole key.
pub(crate) fn encode_key<T: Table>(key: &T::Key, bytes: &mut Vec<u8>) {
    bytes.clear();
    bytes.push(T::KIND.byte());
    T::write_key(key, bytes);
}

/// Replaces `key` and `value` with what stands on disk for a row.
pub(crate) fn encode<T: Table>(row: &T::Row, key: &mut Vec<u8>, value: &mut Vec<u8>) {
    encode_key::<T>(&T::key_of(row), key);
    value.clear();
    value.extend_from_slice(&[0; CHECKSUM_BYTES]);
    T::write_value(row, value);
    if let Some((checksum, body)) = value.split_first_chunk_mut::<CHECKSUM_BYTES>() {
        *checksum = checksum_of(key, body).to_le_bytes();
    }
}

/// Reads what stands on disk for a row.
pub(crate) fn decode<T: Table>(key: &[u8], value: &[u8]) -> Result<T::Row, Error> {
    let row = || {
        let body = checked_body(key, value)?;
        let parts = key.split_first().filter(|(kind, _)| **kind == T::KIND.byte());
        let (_, parts) = parts.ok_or(Malformed::from("the key is not of this table"))?;
        let mut reader = KeyReader::new(parts);
        let read = T::read_key(&mut reader)?;
        reader.finish()?;
        T::read_value(read, body)
    };
    row().map_err(|reason: Malformed| Error::corrupt(T::KIND.name(), key, reason))
}

/// Whether what stands on disk for a row of any table is what was written there.
pub(crate) fn check(key: &[u8], value: &[u8]) -> Result<(), Error> {
    let kind = key.first().and_then(|byte| Kind::from_byte(*byte));
    let Some(kind) = kind else {
        return Err(Error::corrupt("?", key, "no table has this key".into()));
    };
    checked_body(key, value).map(drop).map_err(|reason| Error::corrupt(kind.name(), key, reason))
}

fn checked_body<'v>(key: &[u8], value: &'v [u8]) -> Result<&'v [u8], Malformed> {
    let (checksum, body) = value
        .split_first_chunk::<CHECKSUM_BYTES>()
        .ok_or(Malformed::from("the value is too short for its checksum"))?;
    if u32::from_le_bytes(*checksum) != checksum_of(key, body) {
        return Err("the checksum is not that of the key and the value".into());
    }
    Ok(body)
}

fn checksum_of(key: &[u8], body: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(key), body)
}

/// Appends a Protobuf message to a value.
pub(crate) fn append(message: &impl prost::Message, bytes: &mut Vec<u8>) {
    message.encode(bytes).expect("a vector grows as it must");
}

/// Reads a value that is one Protobuf message.
pub(crate) fn message<M: prost::Message + Default>(bytes: &[u8]) -> Result<M, Malformed> {
    M::decode(bytes).map_err(Malformed::because)
}

/// A number that was smaller when it was written.
pub(crate) fn narrow<T: TryFrom<u32>>(field: &str, value: u32) -> Result<T, Malformed> {
    T::try_from(value).map_err(|_| format!("{field} is {value}, which is out of range").into())
}
