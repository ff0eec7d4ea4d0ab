//! What could not be read: kept with its bytes and its reason, and listed for whoever repairs it.
//!
//! A dead letter on the log is, with integers in little-endian order:
//!
//! ```text
//! version 1 | topic u8 | partition u16 | offset u64 | reason length u16 | reason UTF-8 | bytes
//! ```

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use events::Position;

use crate::{AppendError, Log, LogError, Topic};

const VERSION: u8 = 1;

/// The longest reason that is kept, in bytes; what is longer is cut.
const REASON_BYTES_MAX: usize = 2048;

/// A record that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The topic it stood in.
    pub topic: Topic,
    /// Its partition.
    pub partition: u16,
    /// Its offset.
    pub offset: u64,
    /// Why it could not be read, for people.
    pub reason: String,
    /// The record as it stood there.
    pub bytes: Bytes,
}

/// Why bytes of [`Topic::DeadLetters`] are not a dead letter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotADeadLetter {
    /// Shorter than they say.
    #[error("the bytes of a dead letter end too soon: something else was appended to its topic")]
    TooShort,
    /// Written by a later version, or by nobody who knows the form.
    #[error("a dead letter of version {0}, where this build reads {VERSION}: upgrade the reader")]
    Version(u8),
    /// A topic that this build does not know.
    #[error("a dead letter of topic number {0}, which this build does not know: upgrade it")]
    Topic(u8),
    /// The reason is not text.
    #[error("the reason of a dead letter is not UTF-8")]
    Reason,
}

impl DeadLetter {
    /// Its bytes on the log.
    pub fn encode(&self) -> Bytes {
        let reason = cut(&self.reason, REASON_BYTES_MAX);
        let mut bytes = BytesMut::with_capacity(14 + reason.len() + self.bytes.len());
        bytes.put_u8(VERSION);
        bytes.put_u8(self.topic.number());
        bytes.put_u16_le(self.partition);
        bytes.put_u64_le(self.offset);
        bytes.put_u16_le(reason.len() as u16);
        bytes.put_slice(reason.as_bytes());
        bytes.put_slice(&self.bytes);
        bytes.freeze()
    }

    /// Reads what [`DeadLetter::encode`] wrote.
    pub fn decode(bytes: &Bytes) -> Result<Self, NotADeadLetter> {
        let mut rest = bytes.clone();
        let short = |_| NotADeadLetter::TooShort;
        let version = rest.try_get_u8().map_err(short)?;
        if version != VERSION {
            return Err(NotADeadLetter::Version(version));
        }
        let number = rest.try_get_u8().map_err(short)?;
        let topic = Topic::from_number(number).ok_or(NotADeadLetter::Topic(number))?;
        let partition = rest.try_get_u16_le().map_err(short)?;
        let offset = rest.try_get_u64_le().map_err(short)?;
        let length = usize::from(rest.try_get_u16_le().map_err(short)?);
        if rest.len() < length {
            return Err(NotADeadLetter::TooShort);
        }
        let reason = rest.split_to(length).to_vec();
        let reason = String::from_utf8(reason).map_err(|_| NotADeadLetter::Reason)?;
        Ok(Self { topic, partition, offset, reason, bytes: rest })
    }

    /// Appends it to [`Topic::DeadLetters`], in the partition it came from.
    ///
    /// A reader that starts again from an earlier position appends it again; [`list`] shows it
    /// once.
    pub fn append(&self, log: &dyn Log) -> Result<(), AppendError> {
        log.append(Topic::DeadLetters, self.partition, self.encode())
    }
}

/// The dead letters of a log, ordered by where their records stood, each once.
///
/// Bytes in the topic that are no dead letter are listed as one: a dead letter about themselves.
pub fn list(log: &dyn Log) -> Result<Vec<DeadLetter>, LogError> {
    let end = log.end(Topic::DeadLetters)?;
    let mut read = Position::default();
    let mut reader = log.reader(Topic::DeadLetters, &read)?;
    let mut letters = BTreeMap::new();
    while !read.covers(&end) {
        for record in reader.next(1024, Duration::from_secs(1))? {
            read.set(record.partition, record.offset + 1);
            let letter = DeadLetter::decode(&record.bytes).unwrap_or_else(|error| DeadLetter {
                topic: Topic::DeadLetters,
                partition: record.partition,
                offset: record.offset,
                reason: error.to_string(),
                bytes: record.bytes.clone(),
            });
            letters.insert((letter.topic, letter.partition, letter.offset), letter);
        }
    }
    Ok(letters.into_values().collect())
}

/// The beginning of a text, at most `bytes_max` long and whole in its last character.
fn cut(text: &str, bytes_max: usize) -> &str {
    let mut end = text.len().min(bytes_max);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests;
