//! What the views are fed: the facts behind the ledger's moves, each so many times.

use std::collections::hash_map::Entry;

use events::{Night, Stay, Supply};
use ingest::planted::{self, Bug};
use ledger::{ClaimKind, Move, RowChange, RowKey};
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};

use crate::places::{Place, Places};

#[cfg(test)]
mod tests;

/// What a move adds or retracts. How often it holds is its multiplicity in the collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fact {
    /// Rooms are claimed on each night of a stay.
    Claim {
        /// Of what.
        place: Place,
        /// On which nights.
        stay: Stay,
        /// How many.
        rooms: u16,
        /// By what.
        kind: ClaimKind,
    },
    /// A night on which something is held or sold has this supply.
    Supply {
        /// Of what.
        place: Place,
        /// On which night.
        night: Night,
        /// What may be sold.
        supply: Supply,
    },
}

impl Fact {
    /// The same about a place of another number.
    pub(crate) fn renumbered(self, number_of: impl FnOnce(Place) -> Place) -> Self {
        match self {
            Self::Claim { place, stay, rooms, kind } => {
                Self::Claim { place: number_of(place), stay, rooms, kind }
            }
            Self::Supply { place, night, supply } => {
                Self::Supply { place: number_of(place), night, supply }
            }
        }
    }
}

/// A move as a fact and its difference.
pub(crate) fn fact_of_move(moved: Move, places: &mut Places) -> (Fact, i64) {
    match moved {
        Move::Claim { property, room_type, stay, rooms, kind, diff } => {
            let place = places.of((property, room_type));
            (Fact::Claim { place, stay, rooms, kind }, diff)
        }
        Move::Supply { property, room_type, night, supply, diff } => {
            let place = places.of((property, room_type));
            (Fact::Supply { place, night, supply }, diff)
        }
    }
}

/// Sums the differences of equal facts and drops what has cancelled; keeps the order of firsts.
pub(crate) fn coalesce_facts(facts: &mut Vec<(Fact, i64)>) {
    let mut index_of: FxHashMap<Fact, usize> =
        FxHashMap::with_capacity_and_hasher(facts.len(), FxBuildHasher);
    let mut kept: Vec<(Fact, i64)> = Vec::with_capacity(facts.len());
    for (fact, diff) in facts.drain(..) {
        match index_of.entry(fact) {
            Entry::Occupied(entry) => kept[*entry.get()].1 += diff,
            Entry::Vacant(entry) => {
                kept.push((*entry.key(), diff));
                entry.insert(kept.len() - 1);
            }
        }
    }
    kept.retain(|(_, diff)| *diff != 0);
    *facts = kept;
}

/// Keeps the latest change of each row, in the order of those latest changes.
pub(crate) fn coalesce_rows(mut drains: Vec<Vec<RowChange>>) -> Vec<RowChange> {
    if planted::is_on(Bug::FirstChangeKept) {
        drains.reverse();
    }
    let count = drains.iter().map(Vec::len).sum();
    let mut seen = FxHashSet::with_capacity_and_hasher(count, FxBuildHasher);
    let mut latest = Vec::with_capacity(count);
    for row in drains.into_iter().rev().flat_map(|drain| drain.into_iter().rev()) {
        if seen.insert(key_of(&row)) {
            latest.push(row);
        }
    }
    latest.reverse();
    latest
}

fn key_of(change: &RowChange) -> RowKey {
    match change {
        RowChange::Put(row) => row.key(),
        RowChange::Delete(key) => key.clone(),
    }
}
