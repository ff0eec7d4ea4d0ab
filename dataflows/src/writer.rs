//! The writer: puts the parts of an epoch together, and hands it on when every worker has closed
//! it.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use events::Minute;
use ingest::planted::{self, Bug};

use crate::changes::Changes;
use crate::error::{EngineError, SinkError};
use crate::mailbox::Batch;
use crate::places::PlaceName;
use crate::priority::yield_to_deciders;
use crate::report::{BASE_EPOCH, Part, PlaceChanges, REPORTERS_PER_WORKER};
use crate::status::{PanicGuard, Shared};
use crate::stored::Kept;
use crate::tidings::Local;
use crate::view_rows::{ViewChange, ViewKey, ViewRow};
use crate::views::availability::{AvailabilityKey, AvailabilityRow, PlaceNight};

#[cfg(test)]
mod tests;

/// Takes changes, in order; each call is one write. Called on the writer's thread.
pub type Sink = Box<dyn FnMut(Changes) -> Result<(), SinkError> + Send>;

/// Rows of the view and what they are now; `None` where a row is gone.
type AvailabilityChanges = Vec<(AvailabilityKey, Option<AvailabilityRow>)>;

/// An epoch of which something is known.
#[derive(Debug, Default)]
pub(crate) struct Epoch {
    batch: Batch,
    availability: PlaceChanges,
    views: Vec<ViewChange>,
}

/// For how long an open epoch may stay without a sign of life, the first one excepted: a base of
/// any size is loaded in it.
const STALLED_AFTER: Duration = Duration::from_secs(60);

/// How many corrections of the first epoch are kept until all are known.
const CORRECTIONS_MAX: usize = 1 << 16;

/// How often a waiting writer looks at the time.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Epochs that are open, and how far each worker is.
#[derive(Debug)]
pub(crate) struct Assembly {
    frontiers: Vec<u64>,
    open: BTreeMap<u64, Epoch>,
}

impl Assembly {
    pub fn new(reporters: usize) -> Self {
        Self { frontiers: vec![0; reporters], open: BTreeMap::new() }
    }

    pub fn add(&mut self, part: Part) {
        match part {
            Part::Opened { epoch, batch } => self.epoch(epoch).batch = batch,
            Part::Rows { epoch, rows } => self.epoch(epoch).availability.extend(rows),
            Part::Views { epoch, pages } => {
                let views = &mut self.epoch(epoch).views;
                views.reserve_exact(pages.iter().map(Vec::len).sum());
                views.extend(pages.into_iter().flatten().map(|Local(change)| change));
            }
            Part::Closed { reporter, frontier } => self.frontiers[reporter] = frontier,
        }
    }

    fn epoch(&mut self, epoch: u64) -> &mut Epoch {
        self.open.entry(epoch).or_default()
    }

    /// The next epoch that every worker has closed.
    pub fn next_closed(&mut self) -> Option<(u64, Epoch)> {
        let frontier = self.frontiers.iter().copied().min().unwrap_or(0);
        let frontier = frontier + u64::from(planted::is_on(Bug::EpochStoredEarly));
        let first = self.open.first_entry().filter(|entry| *entry.key() < frontier)?;
        let (number, mut epoch) = first.remove_entry();
        // Each worker's rows are in order, and no night is on two workers.
        epoch.availability.sort_by_key(|(night, _)| *night);
        Some((number, epoch))
    }

    /// Whether every worker has closed all epochs before that one.
    pub fn is_closed_up_to(&self, epoch: u64) -> bool {
        self.frontiers.iter().all(|frontier| *frontier >= epoch)
    }

    /// Whether something is open that ought to be closed soon.
    fn is_waiting(&self) -> bool {
        self.open.first_key_value().is_some_and(|(epoch, _)| *epoch > BASE_EPOCH)
    }
}

/// The writer's thread.
pub(crate) struct Writer {
    pub shared: std::sync::Arc<Shared>,
    pub sink: Sink,
    first: First,
    /// The name of each place, by its number.
    pub names: Vec<PlaceName>,
    /// The clock of the views as it is stored; wall clocks go back, it does not.
    pub clock: Option<Minute>,
}

/// The first epoch, in which the views tell every row there is: what of it is not stored.
struct First {
    kept_received: Receiver<Box<dyn Kept>>,
    /// What is stored, once that was read.
    kept: Option<Box<dyn Kept>>,
    corrections: Vec<ViewChange>,
    /// Those of what only a view itself can tell: it is read at a start, and changes in one step.
    base_corrections: Vec<ViewChange>,
    /// How many were stored before all were known.
    corrected_count: u64,
}

impl Writer {
    /// Hands on to a sink what differs from what it has, which comes once it was read.
    pub fn new(
        shared: std::sync::Arc<Shared>,
        sink: Sink,
        kept_received: Receiver<Box<dyn Kept>>,
    ) -> Self {
        let first = First::new(kept_received);
        Self { shared, sink, first, names: Vec::new(), clock: None }
    }

    /// Runs until every worker has ended, or something cannot be kept.
    pub fn run(mut self, parts: &Receiver<Part>, workers: usize) {
        let shared = std::sync::Arc::clone(&self.shared);
        let _guard = PanicGuard { shared: &shared, thread: "writer" };
        yield_to_deciders();
        if let Err(error) = self.write_all(parts, workers) {
            shared.fail(error);
        }
    }

    /// Takes a part; of the first epoch it keeps what is not stored, and stores what of that has
    /// become much.
    pub fn take(&mut self, part: Part, assembly: &mut Assembly) -> Result<(), EngineError> {
        match part {
            Part::Views { epoch: BASE_EPOCH, pages } => {
                let changes = pages.into_iter().flatten().map(|Local(change)| change);
                self.first.compare(changes);
                self.correct_early()
            }
            part => {
                assembly.add(part);
                Ok(())
            }
        }
    }

    /// Stores corrections of keepers' rows before all are known, where a new release tells every
    /// row otherwise and there are more than memory should hold. They change no position, and
    /// whoever starts after a kill in between compares again.
    fn correct_early(&mut self) -> Result<(), EngineError> {
        if self.first.corrections.len() < CORRECTIONS_MAX || self.shared.gate.is_closed() {
            return Ok(());
        }
        let mut views = std::mem::take(&mut self.first.corrections);
        views.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        tell_corrections(&Vec::new(), &views);
        self.first.corrected_count += views.len() as u64;
        let up_to = self.shared.status().stored;
        self.hand_on(Changes { up_to, views, is_early: true, ..Changes::default() })
    }

    fn hand_on(&mut self, changes: Changes) -> Result<(), EngineError> {
        let position = changes.up_to.clone();
        (self.sink)(changes)
            .map_err(|source| EngineError::Sink { position: position.to_string(), source })
    }

    fn write_all(&mut self, parts: &Receiver<Part>, workers: usize) -> Result<(), EngineError> {
        let mut assembly = Assembly::new(workers * REPORTERS_PER_WORKER);
        let mut heard_at = Instant::now();
        loop {
            match parts.recv_timeout(LOOK_EVERY) {
                Ok(part) => self.take(part, &mut assembly)?,
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
                Err(RecvTimeoutError::Timeout) => {
                    check_stall(assembly.is_waiting(), heard_at)?;
                    continue;
                }
            }
            while let Some((number, epoch)) = assembly.next_closed() {
                self.write(number, epoch)?;
            }
            heard_at = Instant::now();
        }
    }

    pub fn write(&mut self, number: u64, epoch: Epoch) -> Result<(), EngineError> {
        if self.shared.gate.is_closed() {
            return Ok(());
        }
        let Epoch { mut batch, availability, mut views } = epoch;
        self.names.append(&mut batch.names);
        let mut availability = self.named(availability);
        if number == BASE_EPOCH {
            self.clock = batch.minute.take();
            if !self.first.correct(&mut availability, &mut views)? {
                return Ok(());
            }
            tell_corrections(&availability, &views);
        }
        let corrected = self.first.corrected_count + (availability.len() + views.len()) as u64;
        views.extend(self.clock_after(batch.minute));
        let ledger = batch.take_rows();
        let Batch { up_to, chains, digests, bookmarks, .. } = batch;
        let bookmarks = bookmarks.into_iter().collect();
        let stored = up_to.clone();
        let changes = Changes {
            up_to,
            chains,
            digests,
            ledger,
            availability,
            views,
            bookmarks,
            is_early: false,
        };
        self.hand_on(changes)?;
        self.shared.gate.pass();
        self.shared.update(|status| {
            status.stored = stored;
            status.epochs_stored_count += 1;
            status.corrected_rows_count.get_or_insert(corrected);
        });
        self.shared.mailbox.wake();
        Ok(())
    }

    /// The clock, if ticks have told a higher minute than any before.
    fn clock_after(&mut self, told: Option<Minute>) -> Option<ViewChange> {
        let risen = told.filter(|told| self.clock.is_none_or(|clock| *told > clock))?;
        self.clock = Some(risen);
        Some((ViewKey::Clock(()), Some(ViewRow::Clock(risen))))
    }

    /// The rows under the names by which the world knows them.
    fn named(&self, rows: PlaceChanges) -> AvailabilityChanges {
        let named = |(PlaceNight { place, night }, row): (PlaceNight, _)| {
            let (property, room_type) = self.names[place.0 as usize].clone();
            (AvailabilityKey { property, room_type, night }, row)
        };
        rows.into_iter().map(named).collect()
    }
}

impl First {
    fn new(kept_received: Receiver<Box<dyn Kept>>) -> Self {
        let (corrections, base_corrections) = (Vec::new(), Vec::new());
        Self { kept_received, kept: None, corrections, base_corrections, corrected_count: 0 }
    }

    /// What is stored; none where it could not be read, which has ended the engine.
    fn kept(&mut self) -> Option<&mut Box<dyn Kept>> {
        if self.kept.is_none() {
            self.kept = self.kept_received.recv().ok();
        }
        self.kept.as_mut()
    }

    fn compare(&mut self, told: impl Iterator<Item = ViewChange>) {
        let Some(kept) = self.kept() else { return };
        let wrong: Vec<_> = told.filter(|(key, row)| !kept.is(key, row.as_ref())).collect();
        let (base, rows): (Vec<_>, Vec<_>) = wrong.into_iter().partition(|(key, _)| key.is_base());
        self.base_corrections.extend(base);
        self.corrections.extend(rows);
    }

    /// What must change in the stored rows so that they are those that the views have told;
    /// expected to be nothing. `false` where nobody knows what is stored.
    fn correct(
        &mut self,
        availability: &mut AvailabilityChanges,
        views: &mut Vec<ViewChange>,
    ) -> Result<bool, EngineError> {
        let Some(kept) = self.kept() else { return Ok(false) };
        availability.retain(|(key, row)| !kept.is_available(key, row.as_ref()));
        let untold = kept.untold().map_err(|source| EngineError::Load { source })?;
        self.kept = None;
        availability.extend(untold.availability.into_iter().map(|key| (key, None)));
        availability.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        views.append(&mut self.base_corrections);
        views.append(&mut self.corrections);
        views.extend(untold.views.into_iter().map(|key| (key, None)));
        views.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        Ok(true)
    }
}

fn check_stall(is_waiting: bool, heard_at: Instant) -> Result<(), EngineError> {
    let waited = heard_at.elapsed();
    if is_waiting && waited >= STALLED_AFTER {
        return Err(EngineError::Stalled { waited_ms: waited.as_millis() as u64 });
    }
    Ok(())
}

fn tell_corrections(availability: &AvailabilityChanges, views: &[ViewChange]) {
    let mut counts = BTreeMap::<&str, usize>::new();
    if !availability.is_empty() {
        counts.insert("availability", availability.len());
    }
    views.iter().for_each(|(key, _)| *counts.entry(key.view()).or_default() += 1);
    for (view, count) in counts {
        tracing::warn!(view, count, "stored rows of a view were wrong: corrected");
    }
}
