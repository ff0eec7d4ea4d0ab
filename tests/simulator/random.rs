//! Everything that a seed decides, in the order in which it is asked.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The only source of chance in a simulation.
pub struct Random(ChaCha8Rng);

impl Random {
    /// The chances of a seed.
    pub fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// Whether something happens that does so many times in a hundred.
    pub fn percent(&mut self, percent: u32) -> bool {
        percent > 0 && self.0.random_range(0..100) < percent
    }

    /// Whether something happens that does so many times in a thousand.
    pub fn permille(&mut self, permille: u32) -> bool {
        permille > 0 && self.0.random_range(0..1000) < permille
    }

    /// A number from `from` to `to`, both included.
    pub fn between(&mut self, from: u64, to: u64) -> u64 {
        self.0.random_range(from..=to)
    }

    /// An index into something of that length, which is not 0.
    pub fn index(&mut self, length: usize) -> usize {
        self.0.random_range(0..length)
    }

    /// One of those, if there is one.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        if from.is_empty() { None } else { from.get(self.index(from.len())) }
    }

    /// Which of the weights is drawn; the weights are not all 0.
    pub fn weighted(&mut self, weights: &[u32]) -> usize {
        let total: u32 = weights.iter().sum();
        let mut drawn = self.0.random_range(0..total.max(1));
        for (index, weight) in weights.iter().enumerate() {
            if drawn < *weight {
                return index;
            }
            drawn -= weight;
        }
        0
    }

    /// Sixty-four chances at once.
    pub fn bits(&mut self) -> u64 {
        self.0.random()
    }
}
