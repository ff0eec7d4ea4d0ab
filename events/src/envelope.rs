//! The envelope around a command: who asked, until when it may be decided, and what its body is.

use std::fmt;

use crate::{Command, CommandId, LogTime, Slot, Stamp, ids};

/// The schema version that this build writes, and the highest that it reads.
pub const SCHEMA_VERSION: u32 = 1;

/// A fingerprint of a command's kind and bytes: the same id must come with the same body.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BodyHash(pub u128);

impl BodyHash {
    /// The fingerprint of a body as it stands on the wire.
    pub fn of(body: &[u8]) -> Self {
        Self(ids::first_16_bytes(blake3::hash(body).as_bytes()))
    }
}

impl fmt::Debug for BodyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "body_{:032x}", self.0)
    }
}

/// One record of the topic `commands`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The same id with the same body is answered as the first time.
    pub id: CommandId,
    /// Who appended it: a number that each start of a process draws anew.
    pub producer: u64,
    /// Which of that producer's records this is; finds the caller who waits.
    pub sequence: u64,
    /// Log time after which it may no longer be decided.
    pub not_after: LogTime,
    /// Wall time at the appender. Data, not a clock.
    pub stamp: Stamp,
    /// Where it belongs.
    pub slot: Slot,
    /// The fingerprint of the command.
    pub body_hash: BodyHash,
    /// What is asked.
    pub command: Command,
}
