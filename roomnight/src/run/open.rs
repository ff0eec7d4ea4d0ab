//! The log and what was stored, opened side by side: both are read whole before the first decision.
//!
//! The ledger's state is put together in parts, so that the threads which read its rows seldom wait
//! for each other.

use std::panic::resume_unwind;
use std::sync::{Mutex, PoisonError};
use std::thread;

use dataflows::{Base, PartitionStart, StoredInMemory};
use events::CommandId;
use ledger::{Restoring, Row, State};
use storage::{Loaded, Store};

use super::{RunError, store_options};
use crate::config::Config;
use crate::directory::DataFolder;
use crate::limits::Touched;
use crate::log::{LockedLog, OpenLog};

/// In how many parts at least the ledger is put together: so many that two threads seldom have rows
/// of the same one.
const PARTS: u16 = 8;

fn parts_per_partition(partitions: u16) -> u16 {
    PARTS.div_ceil(partitions.max(1))
}

/// What there is before anything is decided.
pub(super) struct Opened {
    pub(super) log: OpenLog,
    pub(super) store: Store,
    /// The ledger's state, partition by partition.
    pub(super) partitions: Vec<PartitionStart>,
    /// Every command whose decision is remembered.
    pub(super) decided: Vec<CommandId>,
}

/// Opens the log and the state and holds one against the other. What is wrong with the log is told
/// first: without it nothing can be said of the state.
pub(super) fn open(
    config: &Config,
    folder: &DataFolder,
    touched: &Touched,
) -> Result<Opened, RunError> {
    // First: whoever has the log may have the state, and no other process gets in between.
    let locked = LockedLog::take(config, folder)?;
    let (log, stored) = thread::scope(|scope| {
        let log = scope.spawn(|| locked.open());
        let stored = open_state(config, folder, touched);
        (log.join().unwrap_or_else(|panic| resume_unwind(panic)), stored)
    });
    if let (Err(_), Err(error)) = (&log, &stored) {
        tracing::warn!(%error, "the state cannot be used either");
    }
    let log = log?;
    let (store, restored) = stored?;
    let checked = store.check_against(log.log().as_ref())?;
    let behind = checked.records_behind;
    tracing::info!(folder = %folder.path().display(), behind, "the state belongs to the log");
    let partitions = log.log().partitions();
    let restored = restored.unwrap_or_else(|| restore(&store, partitions, folder, touched));
    let (partitions, decided) = restored?;
    Ok(Opened { log, store, partitions, decided })
}

type Restored = Result<(Vec<PartitionStart>, Vec<CommandId>), RunError>;

/// The state, and what was restored from it if there was something: whether that may be used is
/// not known before the log is.
fn open_state(
    config: &Config,
    folder: &DataFolder,
    touched: &Touched,
) -> Result<(Store, Option<Restored>), RunError> {
    let store = Store::open(store_options(config, folder))?;
    let restored = store.log_partitions();
    let restored = restored.map(|partitions| restore(&store, partitions, folder, touched));
    Ok((store, restored))
}

/// A part of a partition's ledger.
#[derive(Default)]
struct Part {
    restoring: Restoring,
    decided: Vec<CommandId>,
}

/// Puts the ledger together from what is stored, and takes note of what the process begins with.
fn restore(store: &Store, partitions: u16, folder: &DataFolder, touched: &Touched) -> Restored {
    let per_partition = parts_per_partition(partitions);
    let parts: Vec<Mutex<Part>> =
        (0..partitions * per_partition).map(|_| Mutex::default()).collect();
    let loaded = store.load_ledger(per_partition, |part, rows| {
        let part = &parts[usize::from(part)];
        let mut part = part.lock().unwrap_or_else(PoisonError::into_inner);
        for row in rows {
            touched.note_stored(&row);
            if let Row::Decision(row) = &row {
                part.decided.push(row.id);
            }
            part.restoring.take(row);
        }
    })?;
    let parts =
        parts.into_iter().map(|part| part.into_inner().unwrap_or_else(PoisonError::into_inner));
    let (restoring, decided): (Vec<_>, Vec<_>) =
        parts.map(|Part { restoring, decided }| (restoring, decided)).unzip();
    Ok((partitions_of(&loaded, restoring, folder)?, decided.concat()))
}

/// What was stored, as an engine starts from it: loaded whole.
pub fn base(loaded: Loaded, folder: &DataFolder) -> Result<Base, RunError> {
    let parts_count = loaded.partitions * parts_per_partition(loaded.partitions);
    let mut parts: Vec<_> = (0..parts_count).map(|_| Restoring::default()).collect();
    for row in loaded.rows.iter().flatten() {
        parts[usize::from(row.partition(parts_count))].take(row.clone());
    }
    let partitions = partitions_of(&loaded, parts, folder)?;
    let Loaded { rows, availability, views, .. } = loaded;
    let ledger = rows.into_iter().flatten().collect();
    Ok(Base { partitions, stored: StoredInMemory { ledger, availability, views }.into() })
}

/// The ledger's state, partition by partition; part `n` is one of partition `n % partitions`.
fn partitions_of(
    loaded: &Loaded,
    parts: Vec<Restoring>,
    folder: &DataFolder,
) -> Result<Vec<PartitionStart>, RunError> {
    let Loaded { position, chains, digests, partitions, .. } = loaded;
    let mut states: Vec<Vec<State>> = (0..*partitions).map(|_| Vec::new()).collect();
    for (part, restored) in finish(parts).into_iter().enumerate() {
        let partition = part % states.len();
        let to_error = |source| {
            let (partition, state) = (partition as u16, folder.state());
            RunError::Restore { partition, state, source }
        };
        states[partition].push(restored.map_err(to_error)?);
    }
    let start = |(partition, states)| PartitionStart {
        partition,
        state: State::joined(states).on_partition(partition),
        next_offset: position.next_offset(partition),
        chain: of_partition(chains, partition),
        digest: of_partition(digests, partition),
    };
    Ok((0..).zip(states).map(start).collect())
}

/// Two threads finish half of the parts each, as two have read them.
fn finish(mut parts: Vec<Restoring>) -> Vec<Result<State, ledger::RestoreError>> {
    let others = parts.split_off(parts.len() / 2);
    let finish = |parts: Vec<Restoring>| parts.into_iter().map(Restoring::finish).collect();
    thread::scope(|scope| {
        let others = scope.spawn(move || finish(others));
        let mut finished: Vec<_> = finish(parts);
        finished.extend(others.join().unwrap_or_else(|panic| resume_unwind(panic)));
        finished
    })
}

/// A partition that is not named stands at the beginning.
fn of_partition<T: Copy + Default>(all: &[(u16, T)], partition: u16) -> T {
    all.iter().find(|(of, _)| *of == partition).map(|(_, value)| *value).unwrap_or_default()
}
