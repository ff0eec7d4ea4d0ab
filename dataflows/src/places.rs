//! Places: the room types that somebody claimed, as numbers for as long as the process runs.
//!
//! A number sorts, hashes and travels at a fraction of the cost of two names. The ledger's thread
//! gives the numbers out, in the order in which room types are first claimed; each batch carries
//! the names that are new with it, so that the writer can turn numbers back into names without a
//! lock.

use events::{PropertyId, RoomTypeId};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

/// A room type of a property.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default,
)]
pub struct Place(pub(crate) u32);

/// What a place is called outside.
pub(crate) type PlaceName = (PropertyId, RoomTypeId);

/// Turns the numbers that one side has given out into those of another.
///
/// The ledger decides before the views have loaded what was stored, so that each side counts for
/// itself; the names that come with a batch tie the two together.
#[derive(Debug, Default)]
pub(crate) struct Renumbering(Vec<Place>);

impl Renumbering {
    /// Takes the names that are new on the one side; leaves those that are new on the other.
    pub fn learn(&mut self, names: &mut Vec<PlaceName>, places: &mut Places) {
        self.0.extend(names.drain(..).map(|name| places.of(name)));
        places.take_new(names);
    }

    /// The other side's number.
    pub fn of(&self, place: Place) -> Place {
        self.0[place.0 as usize]
    }
}

/// Gives out the numbers.
#[derive(Debug, Default)]
pub(crate) struct Places {
    numbers: FxHashMap<PlaceName, Place>,
    /// Names since the last [`Places::take_new`]; the first belongs to the number after the last.
    new: Vec<PlaceName>,
    /// The place asked for last: the moves of one decision are mostly about one place.
    last: Option<(PlaceName, Place)>,
}

impl Places {
    /// The place of that name.
    pub fn of(&mut self, name: PlaceName) -> Place {
        if let Some((last, place)) = &self.last
            && *last == name
        {
            return *place;
        }
        let next = Place(self.numbers.len() as u32);
        let place = match self.numbers.get(&name) {
            Some(place) => *place,
            None => {
                self.numbers.insert(name.clone(), next);
                self.new.push(name.clone());
                next
            }
        };
        self.last = Some((name, place));
        place
    }

    /// Moves the names that are new to the end of `names`.
    pub fn take_new(&mut self, names: &mut Vec<PlaceName>) {
        names.append(&mut self.new);
    }
}
