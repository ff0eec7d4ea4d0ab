//! A position: how far into the log something reaches, as the vector of next offsets.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// Why a text is not a position.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a position: send back what a `Roomnight-Position` header said")]
pub struct PositionError(String);

/// The next offset of each partition; a partition that is not named stands at 0.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Position(BTreeMap<u16, u64>);

impl Position {
    /// The position just after that record.
    pub fn after(partition: u16, offset: u64) -> Self {
        Self::from_iter([(partition, offset + 1)])
    }

    /// The next offset of a partition.
    pub fn next_offset(&self, partition: u16) -> u64 {
        self.0.get(&partition).copied().unwrap_or(0)
    }

    /// Moves one partition to a next offset.
    pub fn set(&mut self, partition: u16, next_offset: u64) {
        if next_offset == 0 {
            self.0.remove(&partition);
        } else {
            self.0.insert(partition, next_offset);
        }
    }

    /// Whether everything before `other` is also before this position.
    pub fn covers(&self, other: &Self) -> bool {
        other.0.iter().all(|(partition, next_offset)| self.next_offset(*partition) >= *next_offset)
    }

    /// Each partition that does not stand at 0, and its next offset.
    pub fn iter(&self) -> impl Iterator<Item = (u16, u64)> + '_ {
        self.0.iter().map(|(partition, next_offset)| (*partition, *next_offset))
    }
}

impl FromIterator<(u16, u64)> for Position {
    fn from_iter<I: IntoIterator<Item = (u16, u64)>>(offsets: I) -> Self {
        Self(offsets.into_iter().filter(|(_, next_offset)| *next_offset > 0).collect())
    }
}

/// The beginning is `0:0`; otherwise `partition:next_offset`, joined by `.`.
impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("0:0");
        }
        for (index, (partition, next_offset)) in self.0.iter().enumerate() {
            let dot = if index > 0 { "." } else { "" };
            write!(f, "{dot}{partition}:{next_offset}")?;
        }
        Ok(())
    }
}

impl FromStr for Position {
    type Err = PositionError;

    fn from_str(text: &str) -> Result<Self, PositionError> {
        let part = |part: &str| {
            let (partition, next_offset) = part.split_once(':')?;
            Some((partition.parse().ok()?, next_offset.parse().ok()?))
        };
        text.split('.')
            .map(part)
            .collect::<Option<Self>>()
            .ok_or_else(|| PositionError(text.chars().take(80).collect()))
    }
}

/// The running hash over the raw bytes of a partition: it tells a log that was cut, forked or
/// swapped from the one that a reader has read.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ChainHash(pub [u8; 32]);

impl ChainHash {
    /// The hash after one more record.
    pub fn then(&self, bytes: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.0).update(bytes);
        Self(*hasher.finalize().as_bytes())
    }
}

/// The last step of a chain: with it, whoever has the last record at hand proves that the record
/// belongs there, and needs none of those before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Link {
    /// The hash before the last record; of no meaning when there is none.
    pub before: ChainHash,
    /// The hash after it, and so over everything so far.
    pub after: ChainHash,
}

impl Link {
    /// The step over one more record.
    #[must_use]
    pub fn then(&self, bytes: &[u8]) -> Self {
        Self { before: self.after, after: self.after.then(bytes) }
    }

    /// Whether these are the bytes of the last record.
    pub fn is_over(&self, bytes: &[u8]) -> bool {
        self.before.then(bytes) == self.after
    }
}

impl fmt::Debug for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().take(8).try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Display for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
