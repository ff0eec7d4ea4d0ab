//! The view `velocity`: how often somebody has tried to book of late.
//!
//! ```text
//! key    kind u8 | kind of identity u8 | first 16 bytes of the hash of its text
//! value  the counts, and the amounts by currency
//! ```

use dataflows::views::velocity::{IdentityKind, VelocityKey, VelocityRow};
use events::Currency;

use crate::key::KeyReader;
use crate::kinds::Kind;
use crate::table::{Malformed, Table, append, message};

/// Table `velocity`.
pub(crate) struct Velocity;

/// What is counted, in this table and in the features of an attempt.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Counts {
    #[prost(uint32, tag = "1")]
    attempts_1h: u32,
    #[prost(uint32, tag = "2")]
    attempts_24h: u32,
    #[prost(uint32, tag = "3")]
    bookings_1h: u32,
    #[prost(uint32, tag = "4")]
    bookings_24h: u32,
    #[prost(uint32, tag = "5")]
    declines_1h: u32,
    #[prost(uint32, tag = "6")]
    properties_24h: u32,
    #[prost(uint32, tag = "7")]
    cards_24h: u32,
    #[prost(message, repeated, tag = "8")]
    amounts_24h: Vec<Amount>,
}

/// An amount of 128 bits: its upper half, with the sign, and its lower.
#[derive(Clone, PartialEq, prost::Message)]
struct Amount {
    #[prost(string, tag = "1")]
    currency: String,
    #[prost(sint64, tag = "2")]
    upper: i64,
    #[prost(uint64, tag = "3")]
    lower: u64,
}

impl From<&VelocityRow> for Counts {
    fn from(row: &VelocityRow) -> Self {
        let amount = |(currency, minor): &(Currency, i128)| Amount {
            currency: currency.to_string(),
            upper: (minor >> 64) as i64,
            lower: *minor as u64,
        };
        Self {
            attempts_1h: row.attempts_1h,
            attempts_24h: row.attempts_24h,
            bookings_1h: row.bookings_1h,
            bookings_24h: row.bookings_24h,
            declines_1h: row.declines_1h,
            properties_24h: row.properties_24h,
            cards_24h: row.cards_24h,
            amounts_24h: row.amounts_24h.iter().map(amount).collect(),
        }
    }
}

impl TryFrom<Counts> for VelocityRow {
    type Error = Malformed;

    fn try_from(counts: Counts) -> Result<Self, Malformed> {
        let amount = |amount: &Amount| {
            let currency = amount.currency.parse().map_err(Malformed::because)?;
            Ok((currency, i128::from(amount.upper) << 64 | i128::from(amount.lower)))
        };
        Ok(Self {
            attempts_1h: counts.attempts_1h,
            attempts_24h: counts.attempts_24h,
            bookings_1h: counts.bookings_1h,
            bookings_24h: counts.bookings_24h,
            declines_1h: counts.declines_1h,
            properties_24h: counts.properties_24h,
            cards_24h: counts.cards_24h,
            amounts_24h: counts.amounts_24h.iter().map(amount).collect::<Result<_, Malformed>>()?,
        })
    }
}

impl Table for Velocity {
    const KIND: Kind = Kind::Velocity;
    type Key = VelocityKey;
    type Row = (VelocityKey, VelocityRow);

    fn key_of((key, _): &Self::Row) -> VelocityKey {
        *key
    }

    fn write_key(key: &VelocityKey, bytes: &mut Vec<u8>) {
        bytes.push(key.kind.index() as u8);
        bytes.extend_from_slice(&key.hash.to_be_bytes());
    }

    fn read_key(bytes: &mut KeyReader<'_>) -> Result<VelocityKey, Malformed> {
        let number = bytes.u8()?;
        let kind = IdentityKind::ALL.get(usize::from(number)).copied();
        let kind = kind.ok_or_else(|| format!("kind of identity {number}, which is unknown"))?;
        Ok(VelocityKey { kind, hash: bytes.hash()? })
    }

    fn write_value((_, row): &Self::Row, bytes: &mut Vec<u8>) {
        append(&Counts::from(row), bytes);
    }

    fn read_value(key: VelocityKey, bytes: &[u8]) -> Result<Self::Row, Malformed> {
        Ok((key, message::<Counts>(bytes)?.try_into()?))
    }
}

#[cfg(test)]
crate::testing::table_tests!(Velocity);
