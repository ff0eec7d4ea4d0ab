//! What the tests of keepers share: a table made of what was told, and a log cut into epochs.

use std::collections::BTreeMap;
use std::fmt::Debug;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What was told so far, as a table.
pub(crate) type Table<K, R> = BTreeMap<K, R>;

/// Keeps what was told of a row. To tell what stands already is a defect.
pub(crate) fn keep<K, R>(table: &mut Table<K, R>, key: K, row: Option<R>)
where
    K: Ord + Debug + Clone,
    R: PartialEq + Debug,
{
    let before = match row {
        Some(row) => {
            assert_ne!(table.get(&key), Some(&row), "{key:?} is told again as it stands");
            table.insert(key, row);
            return;
        }
        None => table.remove(&key),
    };
    assert!(before.is_some(), "{key:?} is told to be gone and was not there");
}

/// The generator of one random history.
pub(crate) fn random(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// Where a log of that length is cut into epochs; the end is always a cut.
pub(crate) fn cuts(random: &mut ChaCha8Rng, length: usize) -> Vec<usize> {
    let one_in = random.random_range(1..12);
    let mut cuts: Vec<usize> =
        (1..length).filter(|_| random.random_range(0..one_in) == 0).collect();
    cuts.push(length);
    cuts
}
