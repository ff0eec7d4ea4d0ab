//! How many moves a second the views follow, for `roomnight bench` and for tests.
//!
//! Goals: the way from the mailbox through the workers to a sink that does nothing. Not goals: the
//! ledger, the log and storage, which have benches of their own.

use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use events::{Night, Position, PropertyId, RoomTypeId, Stay};
use ingest::MemoryLog;
use ledger::{ClaimKind, Move};
use rustc_hash::{FxHashMap, FxHasher};

use crate::engine::EPOCH_INTERVAL_MIN;
use crate::error::EngineError;
use crate::host::Standings;
use crate::hydration::feed_stored;
use crate::inputs::fact_of_move;
use crate::letters::Letters;
use crate::mailbox::{Batch, Mailbox};
use crate::places::Places;
use crate::status::{Shared, Status};
use crate::stored::Stored;
use crate::worker;
use crate::writer::{Sink, Writer};

#[cfg(test)]
mod tests;
pub mod velocity;

const NIGHTS: u64 = 365;
const STAY_NIGHTS: u64 = 3;
const PATIENCE: Duration = Duration::from_secs(600);

/// What to measure.
#[derive(Debug, Clone, Copy)]
pub struct ViewsBench {
    /// Claims of three nights each; every fourth is retracted by a later one.
    pub moves: u64,
    /// Moves that are put into the mailbox together.
    pub moves_per_batch: u64,
    /// Properties with one room type and 365 nights each.
    pub properties: u64,
    /// Workers.
    pub workers: usize,
    /// How many changes may wait.
    pub changes_pending_max: usize,
}

/// What was measured.
#[derive(Debug, Clone, Copy)]
pub struct ViewsMeasured {
    /// From the first put to the last epoch stored.
    pub seconds: f64,
    /// Moves per second.
    pub moves_per_second: f64,
    /// Changed nights per second that reached the sink.
    pub rows_per_second: f64,
    /// Epochs in which they came.
    pub epochs: u64,
    /// A hash of the final view: the same for any batches and workers.
    pub hash: u64,
}

/// Feeds the views with moves as fast as they take them.
pub fn views(bench: ViewsBench) -> Result<ViewsMeasured, EngineError> {
    let mailbox = Mailbox::new(Batch::default(), bench.changes_pending_max, EPOCH_INTERVAL_MIN);
    let letters = Arc::new(Letters::new(Arc::new(MemoryLog::new(1)))?);
    let (status, standings) = (Status::default(), Standings::default());
    let shared = Arc::new(Shared::new(mailbox, letters, status, None, standings));
    let seen = Arc::new(Mutex::new(Seen::default()));
    let (parts, parts_received) = mpsc::channel();
    let (keeping, kept) = mpsc::channel();
    let (feeding, fed) = mpsc::channel();
    let Stored { read, kept: keep } = Stored::default();
    let give = |base| drop(feeding.send(base));
    give(feed_stored(read, Batch::default(), give)?);
    drop(keeping.send(keep().map_err(|source| EngineError::Load { source })?));
    let writer = Writer::new(Arc::clone(&shared), sink(&seen), kept);
    let writing = std::thread::spawn(move || writer.run(&parts_received, bench.workers));
    let workers = worker::start(bench.workers, &shared, fed, parts)?;

    let begun = Instant::now();
    feed(bench, &shared);
    let end = Position::after(0, bench.moves - 1);
    shared.wait_until(PATIENCE, |status| status.stored.covers(&end));
    let seconds = begun.elapsed().as_secs_f64();
    shared.close();
    drop(workers.join());
    drop(writing.join());
    if let Some(error) = shared.take_failure() {
        return Err(error);
    }
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(ViewsMeasured {
        seconds,
        moves_per_second: bench.moves as f64 / seconds,
        rows_per_second: seen.rows as f64 / seconds,
        epochs: shared.status().epochs_stored_count,
        hash: seen.hash,
    })
}

fn feed(bench: ViewsBench, shared: &Shared) {
    let mut batch = Batch::default();
    let mut places = Places::default();
    let mut fed = 0;
    while fed < bench.moves {
        let until = bench.moves.min(fed + bench.moves_per_batch);
        let moves = (fed..until).map(|index| move_of(bench, index));
        batch.facts.extend(moves.map(|moved| fact_of_move(moved, &mut places)));
        places.take_new(&mut batch.names);
        fed = until;
        batch.up_to = Position::after(0, fed - 1);
        if !shared.mailbox.put(&mut batch) {
            return;
        }
    }
}

/// The move of that number: a claim, or the retraction of the claim 101 moves before.
fn move_of(bench: ViewsBench, index: u64) -> Move {
    let (index, diff) = match index % 4 {
        3 if index > 101 && (index - 101) % 4 != 3 => (index - 101, -1),
        _ => (index, 1),
    };
    let random = mix(index);
    let property = format!("property-{}", random % bench.properties);
    let first = (random >> 32) % (NIGHTS - STAY_NIGHTS);
    let night = |number: u64| Night::from_number(number as i32).expect("within a year");
    Move::Claim {
        property: PropertyId::new(&property).expect("an id by its making"),
        room_type: RoomTypeId::new("double").expect("an id by its making"),
        stay: Stay::new(night(first), night(first + STAY_NIGHTS)).expect("three nights"),
        rooms: 1,
        kind: if random >> 63 == 0 { ClaimKind::Held } else { ClaimKind::Sold },
        diff,
    }
}

/// SplitMix64: spreads numbers the same on every machine.
fn mix(index: u64) -> u64 {
    let mut mixed = index.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[derive(Default)]
struct Seen {
    rows: u64,
    hash: u64,
    /// The hash of each row by the hash of its key.
    view: FxHashMap<u64, u64>,
}

/// Folds the changes into one hash of the view as it stands: the sum of the hashes of its rows.
fn sink(seen: &Arc<Mutex<Seen>>) -> Sink {
    let seen = Arc::clone(seen);
    Box::new(move |changes| {
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, row) in &changes.availability {
            let key = hash_of(key);
            let now = row.map_or(0, |row| mix(hash_of(&(key, row))));
            let before = match row {
                Some(_) => seen.view.insert(key, now),
                None => seen.view.remove(&key),
            };
            seen.hash = seen.hash.wrapping_sub(before.unwrap_or(0)).wrapping_add(now);
            seen.rows += 1;
        }
        Ok(())
    })
}

fn hash_of(value: &impl Hash) -> u64 {
    let mut hasher = FxHasher::default();
    value.hash(&mut hasher);
    hasher.finish()
}
