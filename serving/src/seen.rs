//! Which command ids were ever decided, in a few bits each: nearly every id is new, and of a new
//! one storage need not be asked.
//!
//! It never says that an id is new when it is not. That one is known when it is new costs a look
//! into storage and nothing else.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use events::CommandId;

/// How many words the first layer has; each further one has twice as many. 1 MiB.
const FIRST_WORDS: usize = 1 << 17;

/// How many layers there are at most, 63 MiB in all: for 40 million ids.
const LAYERS: usize = 6;

/// How many ids a layer takes for each of its words; of new ones it then takes 1 % for known.
const IDS_PER_WORD: u64 = 5;

/// How many of the 64 bits of one word an id sets.
const BITS: u32 = 4;

/// The ids decided so far.
#[derive(Debug, Default)]
pub struct Seen {
    layers: [Layer; LAYERS],
    /// Whether every decided id was told to it; until then nothing is called new.
    is_whole: AtomicBool,
}

#[derive(Debug, Default)]
struct Layer {
    words: OnceLock<Box<[AtomicU64]>>,
    count: AtomicU64,
}

impl Seen {
    /// Takes over what storage has; from then on it knows what is new.
    pub fn begin_with(&self, stored: impl IntoIterator<Item = CommandId>) {
        self.is_whole.store(true, Ordering::Relaxed);
        stored.into_iter().for_each(|id| self.insert(id));
    }

    /// Notes that an id was decided.
    pub(crate) fn insert(&self, id: CommandId) {
        let room = |(number, layer): &(usize, &Layer)| {
            layer.count.load(Ordering::Relaxed) < words_of(*number) as u64 * IDS_PER_WORD
        };
        let Some((number, layer)) = self.layers.iter().enumerate().find(room) else {
            // There is no room for more: from now on storage is asked, until the next start.
            self.is_whole.store(false, Ordering::Relaxed);
            return;
        };
        layer.count.fetch_add(1, Ordering::Relaxed);
        let words = layer.words.get_or_init(|| {
            (0..words_of(number)).map(|_| AtomicU64::new(0)).collect::<Vec<_>>().into()
        });
        let (word, bits) = place_of(id, words.len());
        words[word].fetch_or(bits, Ordering::Relaxed);
    }

    /// Whether that id may have been decided before; `false` is certain.
    ///
    /// Whoever took a lock after the thread that noted it, as every reader of the ids under way
    /// has, sees what was noted before.
    pub(crate) fn may_know(&self, id: CommandId) -> bool {
        let is_in = |layer: &Layer| {
            let Some(words) = layer.words.get() else { return false };
            let (word, bits) = place_of(id, words.len());
            words[word].load(Ordering::Relaxed) & bits == bits
        };
        !self.is_whole.load(Ordering::Relaxed) || self.layers.iter().any(is_in)
    }
}

fn words_of(layer: usize) -> usize {
    FIRST_WORDS << layer
}

/// The word of an id among so many, a power of two, and its bits there.
fn place_of(CommandId(id): CommandId, words: usize) -> (usize, u64) {
    // Ids are mostly hashes; of those that are not the bits are spread.
    let mixed = (id as u64 ^ (id >> 64) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mixed = (mixed ^ mixed >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let word = (mixed >> 24) as usize & (words - 1);
    let bits = (0..BITS).fold(0, |bits, number| bits | 1 << (mixed >> (6 * number) & 63));
    (word, bits)
}

#[cfg(test)]
mod tests {
    use events::CommandId;

    use super::{FIRST_WORDS, IDS_PER_WORD, LAYERS, Seen};

    #[test]
    fn what_was_noted_is_known_and_little_else() {
        let id = |number: u64| CommandId::from_key("shop", &number.to_string());
        let count = 2 * FIRST_WORDS as u64 * IDS_PER_WORD;
        let ids: Vec<_> = (0..count).map(id).collect();
        let seen = Seen::default();
        assert!(seen.may_know(ids[0]), "before it has begun it calls nothing new");
        let (stored, later) = ids.split_at(ids.len() / 3);
        seen.begin_with(stored.iter().copied());
        later.iter().for_each(|id| seen.insert(*id));
        assert!(ids.iter().all(|id| seen.may_know(*id)), "none is ever called new");
        let wrongly = (count..count + 100_000).filter(|number| seen.may_know(id(*number))).count();
        assert!(wrongly < 4_000, "{wrongly} of 100,000 new ones would be looked up");
    }

    #[test]
    fn ids_that_are_no_hashes_are_told_apart_too() {
        let seen = Seen::default();
        seen.begin_with((0..10_000).map(CommandId));
        assert!((0..10_000).all(|id| seen.may_know(CommandId(id))));
        let wrongly = (10_000..110_000).filter(|id| seen.may_know(CommandId(*id))).count();
        assert!(wrongly < 4_000, "{wrongly}");
    }

    #[test]
    fn when_it_is_full_it_calls_nothing_new() {
        let seen = Seen::default();
        seen.begin_with([]);
        for (number, layer) in seen.layers.iter().enumerate() {
            let full = super::words_of(number) as u64 * IDS_PER_WORD;
            layer.count.store(full, std::sync::atomic::Ordering::Relaxed);
        }
        assert_eq!(seen.layers.len(), LAYERS);
        assert!(!seen.may_know(CommandId(7)));
        seen.insert(CommandId(7));
        assert!(seen.may_know(CommandId(7)) && seen.may_know(CommandId(8)));
    }
}
