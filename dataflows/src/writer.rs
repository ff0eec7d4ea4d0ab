//! The writer: puts the parts of an epoch together, and hands it on when every worker has closed
//! it.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::iter::Peekable;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use events::Minute;
use ingest::planted::{self, Bug};

use crate::changes::Changes;
use crate::error::{EngineError, SinkError};
use crate::mailbox::Batch;
use crate::places::PlaceName;
use crate::priority::yield_to_deciders;
use crate::report::{Part, PlaceChanges, REPORTERS_PER_WORKER};
use crate::status::{PanicGuard, Shared};
use crate::tidings::Local;
use crate::view_rows::{ViewChange, ViewKey, ViewRow};
use crate::views::availability::{AvailabilityKey, AvailabilityRow, PlaceNight};

#[cfg(test)]
mod tests;

/// Takes changes, in order; each call is one write. Called on the writer's thread.
pub type Sink = Box<dyn FnMut(Changes) -> Result<(), SinkError> + Send>;

/// Rows of the view and what they are now; `None` where a row is gone.
type AvailabilityChanges = Vec<(AvailabilityKey, Option<AvailabilityRow>)>;

/// Rows of the view as they are stored.
pub(crate) type StoredAvailability = Vec<(AvailabilityKey, AvailabilityRow)>;

/// Rows of the keepers as they are stored.
pub(crate) type StoredViews = Vec<(ViewKey, ViewRow)>;

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

/// How often a waiting writer looks at the time.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Epochs that are open, and how far each worker is.
#[derive(Debug)]
pub(crate) struct Assembly {
    frontiers: Vec<u64>,
    open: BTreeMap<u64, Epoch>,
}

impl Assembly {
    pub fn new(reporters: usize, base: Batch) -> Self {
        let open = BTreeMap::from([(0, Epoch { batch: base, ..Epoch::default() })]);
        Self { frontiers: vec![0; reporters], open }
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
        self.open.first_key_value().is_some_and(|(epoch, _)| *epoch > 0)
    }
}

/// The writer's thread.
pub(crate) struct Writer {
    pub shared: std::sync::Arc<Shared>,
    pub sink: Sink,
    pub stored: StoredAvailability,
    pub stored_views: StoredViews,
    /// The name of each place, by its number.
    pub names: Vec<PlaceName>,
    /// The clock of the views as it is stored; wall clocks go back, it does not.
    pub clock: Option<Minute>,
}

impl Writer {
    /// What is stored, and where more is handed on.
    pub fn new(
        shared: std::sync::Arc<Shared>,
        sink: Sink,
        stored: StoredAvailability,
        stored_views: StoredViews,
    ) -> Self {
        let clock = stored_views.iter().find_map(|(_, row)| row.clock());
        Self { shared, sink, stored, stored_views, names: Vec::new(), clock }
    }

    /// Runs until every worker has ended, or something cannot be kept.
    pub fn run(mut self, parts: &Receiver<Part>, workers: usize, base: Batch) {
        let shared = std::sync::Arc::clone(&self.shared);
        let _guard = PanicGuard { shared: &shared, thread: "writer" };
        yield_to_deciders();
        if let Err(error) = self.write_all(parts, workers, base) {
            shared.fail(error);
        }
    }

    fn write_all(
        &mut self,
        parts: &Receiver<Part>,
        workers: usize,
        base: Batch,
    ) -> Result<(), EngineError> {
        let mut assembly = Assembly::new(workers * REPORTERS_PER_WORKER, base);
        let mut heard_at = Instant::now();
        loop {
            match parts.recv_timeout(LOOK_EVERY) {
                Ok(part) => assembly.add(part),
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
        if number == 0 {
            availability = corrections(availability, std::mem::take(&mut self.stored));
            views = view_corrections(views, std::mem::take(&mut self.stored_views));
            tell_corrections(&availability, &views);
        }
        let corrected = (availability.len() + views.len()) as u64;
        views.extend(self.clock_after(batch.minute));
        let ledger = batch.take_rows();
        let Batch { up_to, chains, digests, bookmarks, .. } = batch;
        let bookmarks = bookmarks.into_iter().collect();
        let stored = up_to.clone();
        let changes = Changes { up_to, chains, digests, ledger, availability, views, bookmarks };
        (self.sink)(changes)
            .map_err(|source| EngineError::Sink { position: stored.to_string(), source })?;
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

/// The same for the keepers' rows. A base row that is not told again stands: it was what the
/// keeper was told.
fn view_corrections(computed: Vec<ViewChange>, stored: StoredViews) -> Vec<ViewChange> {
    let mut stored: HashMap<ViewKey, ViewRow> = stored.into_iter().collect();
    let mut corrections: Vec<ViewChange> = Vec::new();
    for (key, row) in computed {
        let kept = stored.remove(&key);
        if row != kept {
            corrections.push((key, row));
        }
    }
    corrections.extend(stored.into_keys().filter(|key| !key.is_base()).map(|key| (key, None)));
    corrections.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    corrections
}

/// What must change in the stored rows so that they are the computed ones; expected to be nothing.
fn corrections(
    mut computed: AvailabilityChanges,
    mut stored: StoredAvailability,
) -> AvailabilityChanges {
    computed.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    stored.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    let mut computed = computed.into_iter().peekable();
    let mut stored = stored.into_iter().peekable();
    let mut corrections = AvailabilityChanges::new();
    while let Some(order) = compare(&mut computed, &mut stored) {
        let row = (order != Ordering::Greater).then(|| computed.next()).flatten();
        let kept = (order != Ordering::Less).then(|| stored.next()).flatten();
        match (row, kept) {
            (Some((_, row)), Some((_, kept))) if row == Some(kept) => {}
            (Some(row), _) => corrections.push(row),
            (None, Some((key, _))) => corrections.push((key, None)),
            (None, None) => {}
        }
    }
    corrections
}

/// Which of two sorted sequences has the lower next key; `None` when both are at their end.
fn compare<A, B>(
    computed: &mut Peekable<impl Iterator<Item = (AvailabilityKey, A)>>,
    stored: &mut Peekable<impl Iterator<Item = (AvailabilityKey, B)>>,
) -> Option<Ordering> {
    match (computed.peek(), stored.peek()) {
        (Some((one, _)), Some((other, _))) => Some(one.cmp(other)),
        (Some(_), None) => Some(Ordering::Less),
        (None, Some(_)) => Some(Ordering::Greater),
        (None, None) => None,
    }
}
