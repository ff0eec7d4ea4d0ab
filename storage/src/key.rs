//! The parts of a key as bytes whose order is the order of what they stand for.

use events::{BookingId, CommandId, HoldId, IdError, Night, PropertyId, Slot};

use crate::table::Malformed;

/// Ends a text part. It sorts before every character of an id, so that `ab` comes before `ab-c`
/// whatever follows, as it does among the ids themselves.
const TEXT_END: u8 = 0;

/// Turns the sign bit, so that earlier nights than 2000-01-01 sort before the later ones.
const SIGN_BIT: u32 = 0x8000_0000;

/// Writes a chosen id: its characters, then a zero.
pub(crate) fn push_text(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend_from_slice(text.as_bytes());
    bytes.push(TEXT_END);
}

/// Writes a night: its day number with the sign bit turned, most significant byte first.
pub(crate) fn push_night(bytes: &mut Vec<u8>, night: Night) {
    push_i32(bytes, night.number());
}

/// Writes a number with the sign bit turned, most significant byte first.
pub(crate) fn push_i32(bytes: &mut Vec<u8>, number: i32) {
    bytes.extend_from_slice(&(number.cast_unsigned() ^ SIGN_BIT).to_be_bytes());
}

/// Writes a slot or a partition: two bytes, most significant first.
pub(crate) fn push_u16(bytes: &mut Vec<u8>, number: u16) {
    bytes.extend_from_slice(&number.to_be_bytes());
}

/// Takes a key apart, from its first part to its last.
pub(crate) struct KeyReader<'a> {
    rest: &'a [u8],
}

impl<'a> KeyReader<'a> {
    /// Reads what follows the kind byte.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The text up to the next zero, made an id by `parse`.
    pub(crate) fn text<T>(
        &mut self,
        parse: fn(&str) -> Result<T, IdError>,
    ) -> Result<T, Malformed> {
        let end = self.rest.iter().position(|byte| *byte == TEXT_END);
        let (text, rest) = end
            .and_then(|end| Some((self.rest.get(..end)?, self.rest.get(end + 1..)?)))
            .ok_or(Malformed::from("a text of the key does not end"))?;
        let text = std::str::from_utf8(text).map_err(Malformed::because)?;
        self.rest = rest;
        parse(text).map_err(Malformed::because)
    }

    /// A property's id.
    pub(crate) fn property(&mut self) -> Result<PropertyId, Malformed> {
        self.text(PropertyId::new)
    }

    /// A night.
    pub(crate) fn night(&mut self) -> Result<Night, Malformed> {
        let number = self.i32()?;
        Night::from_number(number).ok_or_else(|| format!("there is no night {number}").into())
    }

    /// A number of one byte.
    pub(crate) fn u8(&mut self) -> Result<u8, Malformed> {
        self.take().map(u8::from_be_bytes)
    }

    /// A byte that is one or zero.
    pub(crate) fn flag(&mut self) -> Result<bool, Malformed> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            byte => Err(format!("{byte} is neither one nor zero").into()),
        }
    }

    /// A number of two bytes.
    pub(crate) fn u16(&mut self) -> Result<u16, Malformed> {
        self.take().map(u16::from_be_bytes)
    }

    /// A number of four bytes whose order is its own.
    pub(crate) fn i32(&mut self) -> Result<i32, Malformed> {
        Ok((u32::from_be_bytes(self.take()?) ^ SIGN_BIT).cast_signed())
    }

    /// A number of eight bytes.
    pub(crate) fn u64(&mut self) -> Result<u64, Malformed> {
        self.take().map(u64::from_be_bytes)
    }

    /// A slot.
    pub(crate) fn slot(&mut self) -> Result<Slot, Malformed> {
        let number = self.u16()?;
        Slot::new(number.into()).ok_or_else(|| format!("there is no slot {number}").into())
    }

    /// A command's id.
    pub(crate) fn command(&mut self) -> Result<CommandId, Malformed> {
        self.take().map(u128::from_be_bytes).map(CommandId)
    }

    /// A hold's id.
    pub(crate) fn hold(&mut self) -> Result<HoldId, Malformed> {
        self.take().map(u128::from_be_bytes).map(HoldId)
    }

    /// A booking's id.
    pub(crate) fn booking(&mut self) -> Result<BookingId, Malformed> {
        self.take().map(u128::from_be_bytes).map(BookingId)
    }

    /// The first sixteen bytes of a hash.
    pub(crate) fn hash(&mut self) -> Result<u128, Malformed> {
        self.take().map(u128::from_be_bytes)
    }

    /// Sees that nothing follows the last part.
    pub(crate) fn finish(self) -> Result<(), Malformed> {
        if self.rest.is_empty() { Ok(()) } else { Err("the key is too long".into()) }
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (part, rest) =
            self.rest.split_first_chunk().ok_or(Malformed::from("the key is too short"))?;
        self.rest = rest;
        Ok(*part)
    }
}
