//! Chance, from a seed and integers only, so that it falls the same way everywhere.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// A stream of chance.
#[derive(Debug, Clone)]
pub(crate) struct Chance(ChaCha8Rng);

impl Chance {
    /// The stream of a seed: the seed in the first eight bytes of the key, little end first.
    pub fn new(seed: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        Self(ChaCha8Rng::from_seed(key))
    }

    /// A number below `end`, or 0 if there is none; the bias is below one in 2^64 / `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.0.next_u64()) * u128::from(end)) >> 64) as u64
    }

    /// Whether something happens that happened `count` times out of `total`.
    pub fn happens(&mut self, count: u32, total: u32) -> bool {
        self.below(u64::from(total)) < u64::from(count)
    }

    /// A place in a table, as often as its entry says; the last place if all are zero.
    pub fn place(&mut self, table: &[u32]) -> usize {
        let total = table.iter().map(|count| u64::from(*count)).sum();
        let mut left = self.below(total);
        for (place, count) in table.iter().enumerate() {
            match left.checked_sub(u64::from(*count)) {
                Some(rest) => left = rest,
                None => return place,
            }
        }
        table.len().saturating_sub(1)
    }

    /// A place among running totals, as often as its step is high.
    pub fn place_in_totals(&mut self, totals: &[u64]) -> usize {
        let point = self.below(totals.last().copied().unwrap_or(0));
        totals.partition_point(|total| *total <= point)
    }
}
