//! A record becomes an envelope or an observation, or a dead letter with its reason.

use bytes::Bytes;
use events::{Envelope, Observation, decode_envelope, decode_observation};

use crate::{DeadLetter, Record, Topic};

/// Reads a record of [`Topic::Commands`]. What cannot be read is not lost: it comes back as the
/// dead letter to append.
pub fn decode(record: &Record) -> Result<Envelope, DeadLetter> {
    decode_envelope(&record.bytes).map_err(|error| letter(Topic::Commands, record, error))
}

/// Reads a record of a topic of signals, as [`decode`] does one of commands. Of a record that holds
/// the number of a card the dead letter keeps no bytes, so that it spreads no further.
pub fn decode_signal(topic: Topic, record: &Record) -> Result<Observation, DeadLetter> {
    let observation = decode_observation(&record.bytes).map_err(|error| {
        let letter = letter(topic, record, &error);
        if error.is_card_number() { DeadLetter { bytes: Bytes::new(), ..letter } } else { letter }
    })?;
    let belongs = Topic::of_signal(&observation.signal);
    if belongs == topic {
        return Ok(observation);
    }
    let name = observation.signal.name();
    Err(letter(topic, record, format!("a `{name}` in `{topic}`: append it to `{belongs}`")))
}

fn letter(topic: Topic, record: &Record, reason: impl ToString) -> DeadLetter {
    DeadLetter {
        topic,
        partition: record.partition,
        offset: record.offset,
        reason: reason.to_string(),
        bytes: record.bytes.clone(),
    }
}

#[cfg(test)]
mod tests;
