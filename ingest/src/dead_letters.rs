//! What could not be read: kept with its bytes and its reason, and listed for whoever repairs it.
//!
//! A dead letter on the log is, with integers in little-endian order:
//!
//! ```text
//! version 1 | topic u8 | partition u16 | offset u64 | reason length u16 | reason UTF-8 | bytes
//! ```
//!
//! Once it is repaired whatever could not read it, a dead letter is driven again: its bytes are
//! appended to their topic once more, and a note in this topic takes it off the list:
//!
//! ```text
//! version 2 | topic u8 | partition u16 | offset u64
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use events::Position;
use events::wire::RECORD_BYTES_MAX;

use crate::{AppendError, Log, LogError, Topic};

const VERSION: u8 = 1;

/// The version byte of a note that a dead letter was driven again.
const DRIVEN_AGAIN: u8 = 2;

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
    /// Its bytes on the log. Of a record that is longer than any of ours, which only somebody else
    /// can have written, the beginning is kept: its reason says how long it was.
    pub fn encode(&self) -> Bytes {
        let kept = &self.bytes[..self.bytes.len().min(RECORD_BYTES_MAX)];
        let reason = cut(&self.reason, REASON_BYTES_MAX);
        let mut bytes = BytesMut::with_capacity(14 + reason.len() + kept.len());
        bytes.put_u8(VERSION);
        bytes.put_u8(self.topic.number());
        bytes.put_u16_le(self.partition);
        bytes.put_u64_le(self.offset);
        bytes.put_u16_le(reason.len() as u16);
        bytes.put_slice(reason.as_bytes());
        bytes.put_slice(kept);
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

    /// Where its record stood.
    pub fn stood(&self) -> Stood {
        (self.topic, self.partition, self.offset)
    }

    /// Appends it to [`Topic::DeadLetters`], in the partition it came from.
    ///
    /// A reader that starts again from an earlier position appends it again; [`list`] shows it
    /// once.
    pub fn append(&self, log: &dyn Log) -> Result<(), AppendError> {
        log.append(Topic::DeadLetters, self.partition, self.encode())
    }
}

/// Where the record of a dead letter stood: its topic, partition and offset.
pub type Stood = (Topic, u16, u64);

/// Appends the bytes of a dead letter to their topic again, and takes it off the list. Whoever
/// reads the topic reads them as if they had come just now; what still cannot be read becomes a
/// dead letter anew, at its new place.
pub fn drive_again(log: &dyn Log, letter: &DeadLetter) -> Result<(), AppendError> {
    log.append(letter.topic, letter.partition, letter.bytes.clone())?;
    let mut note = BytesMut::with_capacity(12);
    note.put_u8(DRIVEN_AGAIN);
    note.put_u8(letter.topic.number());
    note.put_u16_le(letter.partition);
    note.put_u64_le(letter.offset);
    log.append(Topic::DeadLetters, letter.partition, note.freeze())
}

/// Reads the note that [`drive_again`] leaves.
fn driven_again(bytes: &Bytes) -> Option<Stood> {
    let mut rest = bytes.clone();
    let is_note = rest.len() == 12 && rest.get_u8() == DRIVEN_AGAIN;
    is_note
        .then(|| Some((Topic::from_number(rest.get_u8())?, rest.get_u16_le(), rest.get_u64_le())))?
}

/// The dead letters of a log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Letters {
    /// Those that wait for somebody, by where their records stood, each once.
    pub waiting: BTreeMap<Stood, DeadLetter>,
    /// Those that were driven again.
    pub driven_again: BTreeSet<Stood>,
}

/// The dead letters of a log that were not driven again, ordered by where their records stood, each
/// once.
pub fn list(log: &dyn Log) -> Result<Vec<DeadLetter>, LogError> {
    Ok(read(log)?.waiting.into_values().collect())
}

/// Reads the topic of dead letters from its beginning.
///
/// Bytes in the topic that are no dead letter are listed as one: a dead letter about themselves.
pub fn read(log: &dyn Log) -> Result<Letters, LogError> {
    let end = log.end(Topic::DeadLetters)?;
    let mut position = Position::default();
    let mut reader = log.reader(Topic::DeadLetters, &position)?;
    let mut letters = Letters::default();
    while !position.covers(&end) {
        for record in reader.next(1024, Duration::from_secs(1))? {
            position.set(record.partition, record.offset + 1);
            if let Some(stood) = driven_again(&record.bytes) {
                letters.waiting.remove(&stood);
                letters.driven_again.insert(stood);
                continue;
            }
            let letter = DeadLetter::decode(&record.bytes).unwrap_or_else(|error| DeadLetter {
                topic: Topic::DeadLetters,
                partition: record.partition,
                offset: record.offset,
                reason: error.to_string(),
                bytes: record.bytes.clone(),
            });
            let stood = letter.stood();
            // A reader that starts again from an earlier position appends a letter again.
            if !letters.driven_again.contains(&stood) {
                letters.waiting.insert(stood, letter);
            }
        }
    }
    Ok(letters)
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
