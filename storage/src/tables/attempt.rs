//! Attempts to book, each with what was known of its identities before it.
//!
//! ```text
//! key    kind u8 | first 16 bytes of the hash of its source and id
//! value  the telling that holds, as it stands on the log, and the features
//! ```

use dataflows::views::velocity::{AttemptKey, AttemptRow, IdentityKind, VelocityRow};
use events::{Observation, Signal, decode_observation, encode_observation};

use super::velocity::Counts;
use crate::key::KeyReader;
use crate::kinds::Kind;
use crate::table::{Malformed, Table, append, message};

/// Table `attempt`.
pub(crate) struct Attempt;

#[derive(Clone, PartialEq, prost::Message)]
struct Value {
    #[prost(bytes = "vec", tag = "1")]
    telling: Vec<u8>,
    #[prost(message, repeated, tag = "2")]
    features: Vec<Feature>,
}

/// What was known of one identity.
#[derive(Clone, PartialEq, prost::Message)]
struct Feature {
    #[prost(uint32, tag = "1")]
    kind: u32,
    #[prost(message, optional, tag = "2")]
    counts: Option<Counts>,
}

impl Table for Attempt {
    const KIND: Kind = Kind::Attempt;
    type Key = AttemptKey;
    type Row = Box<AttemptRow>;

    fn key_of(row: &Box<AttemptRow>) -> AttemptKey {
        row.key()
    }

    fn write_key(key: &AttemptKey, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&key.0.to_be_bytes());
    }

    fn read_key(bytes: &mut KeyReader<'_>) -> Result<AttemptKey, Malformed> {
        bytes.hash().map(AttemptKey)
    }

    fn write_value(row: &Box<AttemptRow>, bytes: &mut Vec<u8>) {
        let AttemptRow { source, observed, stamp, attempt, features } = row.as_ref();
        let telling = Observation {
            producer: 0,
            sequence: 0,
            source: source.clone(),
            observed: *observed,
            stamp: *stamp,
            signal: Signal::Attempt(Box::new(attempt.clone())),
        };
        let feature = |kind: IdentityKind| {
            let counts = Some(features[kind.index()].as_ref()?.into());
            Some(Feature { kind: kind.index() as u32, counts })
        };
        let features = IdentityKind::ALL.into_iter().filter_map(feature).collect();
        append(&Value { telling: encode_observation(&telling), features }, bytes);
    }

    fn read_value(key: AttemptKey, bytes: &[u8]) -> Result<Box<AttemptRow>, Malformed> {
        let Value { telling, features: known } = message(bytes)?;
        let telling = decode_observation(&telling.into()).map_err(Malformed::because)?;
        let Observation { source, observed, stamp, signal, .. } = telling;
        let Signal::Attempt(attempt) = signal else { return Err("it is no attempt".into()) };
        let mut features = <[Option<VelocityRow>; 6]>::default();
        for Feature { kind, counts } in known {
            let place = features.get_mut(kind as usize);
            let place =
                place.ok_or_else(|| format!("kind of identity {kind}, which is unknown"))?;
            *place = counts.map(VelocityRow::try_from).transpose()?;
        }
        let row = AttemptRow { source, observed, stamp, attempt: *attempt, features };
        if row.key() == key { Ok(Box::new(row)) } else { Err("it is another attempt".into()) }
    }
}

#[cfg(test)]
crate::testing::table_tests!(Attempt);
