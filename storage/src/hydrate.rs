//! What the views start from, read from the state row by row, and what they had stored.
//!
//! A large state has tens of millions of rows of views, nearly all of which are as they ought to
//! be. Of each only the hashes of its key and of its value are kept until a view has told it.

use std::hash::{DefaultHasher, Hasher};
use std::sync::Arc;

use dataflows::{
    AvailabilityKey, AvailabilityRow, Kept, SinkError, Stored, StoredRow, Untold, ViewKey, ViewRow,
};
use rustc_hash::FxHashMap;

use crate::kinds::Kind;
use crate::load::never_met;
use crate::table::{check, decode, encode, encode_key};
use crate::tables::{self, Availability, decode_any};
use crate::views::{decode_view, encode_view, encode_view_key};
use crate::{Error, Store};

/// The rows of the ledger that views are made of lie between these; the answers to commands are
/// none, and about as much as the rest.
const LEDGER: &[(Kind, Kind)] =
    &[(Kind::Property, Kind::Decision), (Kind::Restrictions, Kind::Availability)];

/// The first byte of what only the views themselves could tell, and of what lies beside the state.
const BASE_FROM: u8 = Kind::Bookmark.byte();

/// What the views of a process start from; the state must not be written to before they have.
pub fn for_views(store: Arc<Store>) -> Stored {
    let kept = Arc::clone(&store);
    Stored {
        read: Box::new(move |take| Ok(read(&store, take)?)),
        kept: Box::new(move || Ok(Box::new(keep(kept)?))),
    }
}

fn read(store: &Store, take: &mut dyn FnMut(StoredRow)) -> Result<(), Error> {
    let snapshot = store.snapshot()?;
    let partitions = snapshot.meta().ok_or_else(never_met)?.partitions;
    for (from, to) in LEDGER {
        snapshot.scan(&[from.byte()], Some(&[to.byte()]), |key, value| {
            if let tables::Stored::Ledger(_, row) = decode_any(partitions, key, value)? {
                take(StoredRow::Ledger(row));
            }
            Ok(())
        })?;
    }
    snapshot.scan(&[BASE_FROM], None, |key, value| {
        if let tables::Stored::View((view, row)) = decode_any(partitions, key, value)? {
            take(StoredRow::View(view, row));
        }
        Ok(())
    })
}

fn keep(store: Arc<Store>) -> Result<KeptInState, Error> {
    let (mut base, mut views) = (Fingerprints::default(), Fingerprints::default());
    store.snapshot()?.scan(&[Kind::Availability.byte()], None, |key, value| {
        check(key, value)?;
        let is_base = key.first().is_some_and(|kind| *kind >= BASE_FROM);
        let kept = if is_base { &mut base } else { &mut views };
        kept.note(key, value);
        Ok(())
    })?;
    Ok(KeptInState { store, base, views, key: Vec::new(), value: Vec::new() })
}

/// The hashes of values by those of their keys, on disk; group by group, since the rows of a
/// property are read together and told together.
///
/// Two keys with one hash, which nobody will see, may cost a correction that was not needed, or
/// keep a stored row that no view tells.
#[derive(Debug, Default)]
struct Fingerprints(FxHashMap<u64, FxHashMap<u64, u64>>);

impl Fingerprints {
    fn note(&mut self, key: &[u8], value: &[u8]) {
        self.0.entry(hash_of(group_of(key))).or_default().insert(hash_of(key), hash_of(value));
    }

    fn take(&mut self, key: &[u8]) -> Option<u64> {
        self.0.get_mut(&hash_of(group_of(key)))?.remove(&hash_of(key))
    }

    fn has(&self, key: &[u8]) -> bool {
        let group = self.0.get(&hash_of(group_of(key)));
        group.is_some_and(|group| group.contains_key(&hash_of(key)))
    }

    fn is_empty(&self) -> bool {
        self.0.values().all(FxHashMap::is_empty)
    }
}

/// The table and the first name in a key. Of one without a name it is the beginning, so that groups
/// are neither one nor as many as rows.
fn group_of(key: &[u8]) -> &[u8] {
    let (kind, rest) = key.split_at(key.len().min(2));
    let name_end = rest.iter().position(|byte| *byte == 0).unwrap_or(1);
    key.get(..kind.len() + name_end).unwrap_or(key)
}

fn hash_of(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}

struct KeptInState {
    store: Arc<Store>,
    base: Fingerprints,
    views: Fingerprints,
    /// Kept for their capacity, as is the next.
    key: Vec<u8>,
    value: Vec<u8>,
}

impl Kept for KeptInState {
    fn is(&mut self, view: &ViewKey, row: Option<&ViewRow>) -> bool {
        match row {
            Some(row) => encode_view(view, row, &mut self.key, &mut self.value),
            None => encode_view_key(view, &mut self.key),
        }
        let kept = if view.is_base() { &mut self.base } else { &mut self.views };
        kept.take(&self.key) == row.map(|_| hash_of(&self.value))
    }

    fn is_available(&mut self, at: &AvailabilityKey, row: Option<&AvailabilityRow>) -> bool {
        match row {
            Some(row) => {
                encode::<Availability>(&(at.clone(), *row), &mut self.key, &mut self.value);
            }
            None => encode_key::<Availability>(at, &mut self.key),
        }
        self.views.take(&self.key) == row.map(|_| hash_of(&self.value))
    }

    fn untold(&mut self) -> Result<Untold, SinkError> {
        let mut untold = Untold::default();
        self.store.begin_to_compact()?;
        if self.views.is_empty() {
            return Ok(untold);
        }
        let left = &self.views;
        let (from, to) = ([Kind::Availability.byte()], [BASE_FROM]);
        self.store.snapshot()?.scan(&from, Some(&to), |key, value| {
            if left.has(key) {
                name(key, value, &mut untold)?;
            }
            Ok(())
        })?;
        self.views = Fingerprints::default();
        Ok(untold)
    }
}

fn name(key: &[u8], value: &[u8], untold: &mut Untold) -> Result<(), Error> {
    let kind = key.first().and_then(|byte| Kind::from_byte(*byte));
    if let Some(row) = kind.and_then(|kind| decode_view(kind, key, value)) {
        untold.views.push(row?.0);
    } else {
        untold.availability.push(decode::<Availability>(key, value)?.0);
    }
    Ok(())
}
