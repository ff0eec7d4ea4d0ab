//! Bookings.
//!
//! ```text
//! key    kind u8 | booking u128, big-endian           its slot's twelve bits come first
//! value  property, guest, ordinal, stamp, lines with their state, the stamp of their cancellation
//!        and their price, facts with their stamps, channel, amendments and the stamp of the last,
//!        what the channel calls it, block
//! ```

use events::wire::{channel, channel_text, decode_line, encode_line};
use events::{BlockId, BookingId, ExternalReference, Fact, GuestRef, PropertyId, Stamp};
use ledger::rows::{BookedLine, BookingRow, LineState};

use crate::key::KeyReader;
use crate::kinds::Kind;
use crate::table::{Malformed, Table, append, message};

/// Table `booking`.
pub(crate) struct Booking;

#[derive(Clone, PartialEq, prost::Message)]
struct Value {
    #[prost(string, tag = "1")]
    property: String,
    #[prost(string, tag = "2")]
    guest: String,
    #[prost(uint32, tag = "3")]
    ordinal: u32,
    #[prost(sint64, tag = "4")]
    stamp_ms: i64,
    #[prost(message, repeated, tag = "5")]
    lines: Vec<LineValue>,
    #[prost(message, repeated, tag = "6")]
    facts: Vec<FactValue>,
    #[prost(uint32, tag = "8")]
    amendments: u32,
    #[prost(sint64, optional, tag = "9")]
    amended_ms: Option<i64>,
    #[prost(string, optional, tag = "10")]
    reference: Option<String>,
    /// Empty for the hotel itself.
    #[prost(string, tag = "12")]
    channel: String,
    #[prost(string, optional, tag = "13")]
    block: Option<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct LineValue {
    #[prost(bytes = "vec", tag = "1")]
    line: Vec<u8>,
    #[prost(uint32, tag = "2")]
    state: u32,
    #[prost(sint64, optional, tag = "3")]
    cancelled_ms: Option<i64>,
    #[prost(sint64, optional, tag = "4")]
    night_price_minor: Option<i64>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct FactValue {
    #[prost(uint32, tag = "1")]
    fact: u32,
    #[prost(sint64, tag = "2")]
    stamp_ms: i64,
}

impl Table for Booking {
    const KIND: Kind = Kind::Booking;
    type Key = BookingId;
    type Row = BookingRow;

    fn key_of(row: &BookingRow) -> BookingId {
        row.booking
    }

    fn write_key(key: &BookingId, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&key.to_bytes());
    }

    fn read_key(bytes: &mut KeyReader<'_>) -> Result<BookingId, Malformed> {
        bytes.booking()
    }

    fn write_value(row: &BookingRow, bytes: &mut Vec<u8>) {
        let line = |booked: &BookedLine| LineValue {
            line: encode_line(&booked.line),
            state: line_state_number(booked.state),
            cancelled_ms: booked.cancelled.map(|stamp| stamp.0),
            night_price_minor: booked.night_price_minor,
        };
        let fact = |(fact, stamp): &(Fact, Stamp)| FactValue {
            fact: fact_number(*fact),
            stamp_ms: stamp.0,
        };
        let value = Value {
            property: row.property.to_string(),
            guest: row.guest.to_string(),
            ordinal: row.ordinal,
            stamp_ms: row.stamp.0,
            lines: row.lines.iter().map(line).collect(),
            facts: row.facts.iter().map(fact).collect(),
            amendments: row.amendments,
            amended_ms: row.amended.map(|stamp| stamp.0),
            reference: row.reference.as_ref().map(ToString::to_string),
            channel: channel_text(&row.channel),
            block: row.block.as_ref().map(ToString::to_string),
        };
        append(&value, bytes);
    }

    fn read_value(booking: BookingId, bytes: &[u8]) -> Result<BookingRow, Malformed> {
        let value: Value = message(bytes)?;
        let line = |value: &LineValue| {
            let line = decode_line(&value.line).map_err(Malformed::because)?;
            Ok::<_, Malformed>(BookedLine {
                line,
                state: line_state_of(value.state)?,
                cancelled: value.cancelled_ms.map(Stamp),
                night_price_minor: value.night_price_minor,
            })
        };
        // Collecting what may fail makes room for four lines, and nearly all have one.
        let mut lines = Vec::with_capacity(value.lines.len());
        for one in &value.lines {
            lines.push(line(one)?);
        }
        let fact = |value: &FactValue| Ok((fact_of(value.fact)?, Stamp(value.stamp_ms)));
        Ok(BookingRow {
            booking,
            property: PropertyId::new(&value.property).map_err(Malformed::because)?,
            guest: GuestRef::new(&value.guest).map_err(Malformed::because)?,
            ordinal: value.ordinal,
            stamp: Stamp(value.stamp_ms),
            channel: channel(&value.channel).map_err(Malformed::because)?,
            lines,
            facts: value.facts.iter().map(fact).collect::<Result<_, Malformed>>()?,
            amendments: value.amendments,
            amended: value.amended_ms.map(Stamp),
            reference: value
                .reference
                .map(|reference| ExternalReference::new(&reference))
                .transpose()
                .map_err(Malformed::because)?,
            block: value
                .block
                .map(|block| BlockId::new(&block))
                .transpose()
                .map_err(Malformed::because)?,
        })
    }
}

fn line_state_number(state: LineState) -> u32 {
    match state {
        LineState::Confirmed => 1,
        LineState::Cancelled => 2,
    }
}

fn line_state_of(number: u32) -> Result<LineState, Malformed> {
    match number {
        1 => Ok(LineState::Confirmed),
        2 => Ok(LineState::Cancelled),
        _ => Err(format!("there is no state {number} of a line").into()),
    }
}

fn fact_number(fact: Fact) -> u32 {
    match fact {
        Fact::Arrived => 1,
        Fact::Departed => 2,
        Fact::NoShow => 3,
    }
}

fn fact_of(number: u32) -> Result<Fact, Malformed> {
    match number {
        1 => Ok(Fact::Arrived),
        2 => Ok(Fact::Departed),
        3 => Ok(Fact::NoShow),
        _ => Err(format!("there is no fact {number}").into()),
    }
}

#[cfg(test)]
crate::testing::table_tests!(Booking);

#[cfg(test)]
mod before;
