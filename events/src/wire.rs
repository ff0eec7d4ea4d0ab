//! Bytes to words and back: Protobuf on the log, checked as it is read.

use bytes::Bytes;
use prost::Message;

use crate::{
    AttemptError, BodyHash, BookingId, Command, CommandId, Decision, Envelope, HoldId, IdError,
    LogTime, MarketEventError, MoneyError, NightError, SCHEMA_VERSION, Slot, Stamp,
};

mod amend;
mod attempt;
mod blocks;
mod commands;
mod decisions;
mod external;
mod links;
mod market_event;
mod policies;
mod restrictions;
mod signals;
#[cfg(test)]
mod tests;

pub use commands::{channel, channel_text};
pub use restrictions::{decode_restrictions, encode_restrictions};
pub use signals::{SIGNAL_BYTES_MAX, decode_observation, encode_observation};

/// What `prost` makes of the `.proto` files. Other crates see the domain types only.
pub(crate) mod proto {
    include!(concat!(env!("OUT_DIR"), "/roomnight.v1.rs"));
}

/// The longest record that is read or written, in bytes.
pub const RECORD_BYTES_MAX: usize = 64 * 1024;

/// Why bytes are not a record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// Longer than any record of its topic may be.
    #[error("{bytes} bytes, where a record of this topic has at most {bytes_max}")]
    TooLong {
        /// How many there are.
        bytes: usize,
        /// How many there may be.
        bytes_max: usize,
    },
    /// Not the Protobuf message that is expected here.
    #[error("not a Protobuf message of this kind: {0}")]
    NotProtobuf(String),
    /// Written by a later version.
    #[error(
        "schema version {0}, where this build reads up to {SCHEMA_VERSION}: upgrade the reader first"
    )]
    SchemaVersion(u32),
    /// The kind in the envelope is not the kind of its body.
    #[error("the envelope says kind {envelope} and its body is of kind {body}")]
    KindMismatch {
        /// What the envelope says.
        envelope: u32,
        /// What the body is.
        body: u32,
    },
    /// A field that must be set is not.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// A number that does not fit where it belongs.
    #[error("`{field}` is {value}, which is out of range")]
    OutOfRange {
        /// Which field.
        field: &'static str,
        /// What it says.
        value: i64,
    },
    /// An id that is none.
    #[error(transparent)]
    Id(#[from] IdError),
    /// Nights that are none.
    #[error(transparent)]
    Night(#[from] NightError),
    /// Money that is none.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// A card or an e-mail address that is none, or one that must not be told.
    #[error("`{field}` {source}")]
    Identity {
        /// Which field.
        field: &'static str,
        /// What is wrong with it.
        source: AttemptError,
    },
    /// No address of IPv4 or IPv6.
    #[error("`address` is neither an address of IPv4 nor one of IPv6")]
    Address,
    /// An event of a market that is none.
    #[error(transparent)]
    MarketEvent(#[from] MarketEventError),
}

impl WireError {
    /// Whether the bytes hold the number of a card, and so must not be kept anywhere.
    pub fn is_card_number(&self) -> bool {
        matches!(self, Self::Identity { source: AttemptError::CardNumber, .. })
    }
}

impl From<prost::DecodeError> for WireError {
    fn from(error: prost::DecodeError) -> Self {
        Self::NotProtobuf(error.to_string())
    }
}

/// The bytes of a command alone; their hash is the command's [`BodyHash`].
pub fn encode_command(command: &Command) -> Vec<u8> {
    proto::Command::from(command).encode_to_vec()
}

/// The bytes of an envelope as they stand on the log.
pub fn encode_envelope(envelope: &Envelope) -> Vec<u8> {
    proto::Envelope {
        id: envelope.id.to_bytes().to_vec(),
        kind: envelope.command.kind(),
        schema_version: SCHEMA_VERSION,
        producer: envelope.producer,
        sequence: envelope.sequence,
        not_after_ms: envelope.not_after.0,
        stamp_ms: envelope.stamp.0,
        slot: u32::from(envelope.slot.number()),
        body: encode_command(&envelope.command).into(),
    }
    .encode_to_vec()
}

/// Reads what stands on the log; an error is the reason for a dead letter.
pub fn decode_envelope(bytes: &Bytes) -> Result<Envelope, WireError> {
    if bytes.len() > RECORD_BYTES_MAX {
        return Err(WireError::TooLong { bytes: bytes.len(), bytes_max: RECORD_BYTES_MAX });
    }
    let envelope = proto::Envelope::decode(bytes.clone())?;
    if envelope.schema_version == 0 || envelope.schema_version > SCHEMA_VERSION {
        return Err(WireError::SchemaVersion(envelope.schema_version));
    }
    let (command, body_hash) = decode_body(&envelope.body)?;
    if envelope.kind != command.kind() {
        return Err(WireError::KindMismatch { envelope: envelope.kind, body: command.kind() });
    }
    Ok(Envelope {
        id: CommandId(id_bits(&envelope.id)?),
        producer: envelope.producer,
        sequence: envelope.sequence,
        not_after: LogTime(envelope.not_after_ms),
        stamp: Stamp(envelope.stamp_ms),
        slot: Slot::new(envelope.slot).ok_or(out_of_range("slot", envelope.slot))?,
        body_hash,
        command,
    })
}

/// Reads a command, and the fingerprint of what its caller asked: what the appender adds of its own
/// is no part of it, so that a retry is the same request on whatever day it comes.
fn decode_body(bytes: &[u8]) -> Result<(Command, BodyHash), WireError> {
    let mut body = proto::Command::decode(bytes)?;
    let body_hash = match &mut body.kind {
        Some(proto::command::Kind::PlaceHold(hold)) if hold.booked_on.is_some() => {
            let added = hold.booked_on.take();
            let asked = BodyHash::of(&body.encode_to_vec());
            if let Some(proto::command::Kind::PlaceHold(hold)) = &mut body.kind {
                hold.booked_on = added;
            }
            asked
        }
        _ => BodyHash::of(bytes),
    };
    Ok((body.try_into()?, body_hash))
}

/// Reads the bytes of a command alone.
pub fn decode_command(bytes: &[u8]) -> Result<Command, WireError> {
    proto::Command::decode(bytes)?.try_into()
}

/// The canonical bytes of a decision: equal decisions, equal bytes.
pub fn encode_decision(decision: &Decision) -> Vec<u8> {
    proto::Decision::from(decision).encode_to_vec()
}

/// Reads the bytes of a decision.
pub fn decode_decision(bytes: &[u8]) -> Result<Decision, WireError> {
    proto::Decision::decode(bytes)?.try_into()
}

/// The bytes of the lines of a hold or booking, for whoever stores them.
pub fn encode_line(line: &crate::Line) -> Vec<u8> {
    proto::Line::from(line).encode_to_vec()
}

/// Reads the bytes of a line.
pub fn decode_line(bytes: &[u8]) -> Result<crate::Line, WireError> {
    proto::Line::decode(bytes)?.try_into()
}

fn id_bits(bytes: &[u8]) -> Result<u128, IdError> {
    let bytes = <[u8; 16]>::try_from(bytes).map_err(|_| IdError::Length(bytes.len()))?;
    Ok(u128::from_be_bytes(bytes))
}

fn hold_id(bytes: &[u8]) -> Result<HoldId, IdError> {
    id_bits(bytes).map(HoldId)
}

fn booking_id(bytes: &[u8]) -> Result<BookingId, IdError> {
    id_bits(bytes).map(BookingId)
}

fn out_of_range(field: &'static str, value: impl Into<i64>) -> WireError {
    WireError::OutOfRange { field, value: value.into() }
}

fn small<T: TryFrom<u32>>(field: &'static str, value: u32) -> Result<T, WireError> {
    T::try_from(value).map_err(|_| out_of_range(field, value))
}
