//! A record becomes an envelope, or a dead letter with its reason.

use events::{Envelope, decode_envelope};

use crate::{DeadLetter, Record, Topic};

/// Reads a record of [`Topic::Commands`]. What cannot be read is not lost: it comes back as the
/// dead letter to append.
pub fn decode(record: &Record) -> Result<Envelope, DeadLetter> {
    decode_envelope(&record.bytes).map_err(|error| DeadLetter {
        topic: Topic::Commands,
        partition: record.partition,
        offset: record.offset,
        reason: error.to_string(),
        bytes: record.bytes.clone(),
    })
}

#[cfg(test)]
mod tests;
