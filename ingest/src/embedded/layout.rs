//! The bytes of a log's files: where each field stands.
//!
//! All integers are little-endian. A segment file has its full length from the moment it bears
//! its name, and is zero wherever nothing was written yet:
//!
//! ```text
//! segment   header (64) | group | group | ... | zeros
//!   header  "RNSEGMT1" | log id 16 | index u64 | length u64 | crc u32 | zeros
//! group     header (64) | record | record | ...
//!   header  "RNGROUP1" | number u64 | body bytes u32 | records u32 | witness 32 | zeros 4
//!           | crc u32
//! record    header (52) | payload
//!   header  payload bytes u32 | topic u8 | zero u8 | partition u16 | offset u64 | chain 32
//!           | crc u32
//! ```
//!
//! Each crc is a CRC-32C over what stands before it in its header, a record's also over its
//! payload. It begins with the crc of the log id, so that no bytes that a client can send, and no
//! piece of another log, pass for a header of this one.

use std::fmt;

use events::ChainHash;

/// The length of a segment's header.
pub const SEGMENT_HEADER_BYTES: usize = 64;
/// The length of a group's header.
pub const GROUP_HEADER_BYTES: usize = 64;
/// The length of a record's header.
pub const RECORD_HEADER_BYTES: usize = 52;
/// The longest group; a torn tail cannot be longer.
pub const GROUP_BYTES_MAX: usize = 8 * 1024 * 1024;

const SEGMENT_MAGIC: &[u8; 8] = b"RNSEGMT1";
/// With what each group begins.
pub const GROUP_MAGIC: &[u8; 8] = b"RNGROUP1";

/// Which log this is: random, drawn when it is made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct LogId(pub [u8; 16]);

impl LogId {
    /// With what every crc of this log begins.
    pub fn seed(self) -> Seed {
        Seed(crc32c::crc32c(&self.0))
    }
}

impl fmt::Display for LogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for LogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "log_{self}")
    }
}

/// With what the crcs of one log begin.
#[derive(Debug, Clone, Copy)]
pub struct Seed(u32);

impl Seed {
    /// The crc of those bytes in this log.
    pub fn crc(self, bytes: &[u8]) -> u32 {
        crc32c::crc32c_append(self.0, bytes)
    }
}

/// A place in the log: which segment, and which byte of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// The segment's index.
    pub segment: u64,
    /// The byte.
    pub at: u64,
}

impl Location {
    /// Where the first group of a segment stands.
    pub fn start_of(segment: u64) -> Self {
        Self { segment, at: SEGMENT_HEADER_BYTES as u64 }
    }
}

/// What stands at the head of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentHeader {
    /// Of which log.
    pub id: LogId,
    /// Which of its segments.
    pub index: u64,
    /// How long the file is.
    pub length: u64,
}

impl SegmentHeader {
    /// Its bytes.
    pub fn encode(self) -> [u8; SEGMENT_HEADER_BYTES] {
        let mut bytes = [0; SEGMENT_HEADER_BYTES];
        bytes[..8].copy_from_slice(SEGMENT_MAGIC);
        bytes[8..24].copy_from_slice(&self.id.0);
        bytes[24..32].copy_from_slice(&self.index.to_le_bytes());
        bytes[32..40].copy_from_slice(&self.length.to_le_bytes());
        let crc = self.id.seed().crc(&bytes[..40]);
        bytes[40..44].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// Reads it; `None` when it is not a whole header.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let header = Self {
            id: LogId(array(bytes, 8)?),
            index: u64_at(bytes, 24)?,
            length: u64_at(bytes, 32)?,
        };
        (bytes.get(..SEGMENT_HEADER_BYTES)? == header.encode()).then_some(header)
    }
}

/// What stands at the head of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupHeader {
    /// 1, 2, 3 and so on through the whole log.
    pub number: u64,
    /// How long its records are together.
    pub body_bytes: u32,
    /// How many records it has.
    pub records: u32,
    /// The running hash after the group before: as this group is only written once that one was
    /// synced, it witnesses that everything before it was durable.
    pub witness: ChainHash,
}

impl GroupHeader {
    /// Its bytes.
    pub fn encode(&self, seed: Seed) -> [u8; GROUP_HEADER_BYTES] {
        let mut bytes = [0; GROUP_HEADER_BYTES];
        bytes[..8].copy_from_slice(GROUP_MAGIC);
        bytes[8..16].copy_from_slice(&self.number.to_le_bytes());
        bytes[16..20].copy_from_slice(&self.body_bytes.to_le_bytes());
        bytes[20..24].copy_from_slice(&self.records.to_le_bytes());
        bytes[24..56].copy_from_slice(&self.witness.0);
        let crc = seed.crc(&bytes[..60]);
        bytes[60..].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// Reads it; `None` when it is not a whole header of this log.
    pub fn decode(bytes: &[u8], seed: Seed) -> Option<Self> {
        let header = Self {
            number: u64_at(bytes, 8)?,
            body_bytes: u32_at(bytes, 16)?,
            records: u32_at(bytes, 20)?,
            witness: ChainHash(array(bytes, 24)?),
        };
        (bytes.get(..GROUP_HEADER_BYTES)? == header.encode(seed)).then_some(header)
    }
}

/// What stands before a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordHeader {
    /// How long the payload is.
    pub payload_bytes: u32,
    /// The number of its topic.
    pub topic: u8,
    /// Its partition.
    pub partition: u16,
    /// Its offset there.
    pub offset: u64,
    /// The running hash of its topic and partition after it.
    pub chain: ChainHash,
}

impl RecordHeader {
    /// Its bytes, which vouch for the payload too.
    pub fn encode(&self, seed: Seed, payload: &[u8]) -> [u8; RECORD_HEADER_BYTES] {
        let mut bytes = [0; RECORD_HEADER_BYTES];
        bytes[..4].copy_from_slice(&self.payload_bytes.to_le_bytes());
        bytes[4] = self.topic;
        bytes[6..8].copy_from_slice(&self.partition.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.offset.to_le_bytes());
        bytes[16..48].copy_from_slice(&self.chain.0);
        let crc = crc32c::crc32c_append(seed.crc(&bytes[..48]), payload);
        bytes[48..].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// Reads it from the front of `bytes`; `None` when it and its payload are not whole.
    pub fn decode(bytes: &[u8], seed: Seed) -> Option<Self> {
        let header = Self {
            payload_bytes: u32_at(bytes, 0)?,
            topic: *bytes.get(4)?,
            partition: u16::from_le_bytes(array(bytes, 6)?),
            offset: u64_at(bytes, 8)?,
            chain: ChainHash(array(bytes, 16)?),
        };
        let end = RECORD_HEADER_BYTES.checked_add(header.payload_bytes as usize)?;
        let payload = bytes.get(RECORD_HEADER_BYTES..end)?;
        (bytes[..RECORD_HEADER_BYTES] == header.encode(seed, payload)).then_some(header)
    }
}

/// The bytes of that length at that place, if there are as many.
pub fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

/// The number of eight bytes at that place.
pub fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    array(bytes, at).map(u64::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_le_bytes)
}

#[cfg(test)]
mod tests;
