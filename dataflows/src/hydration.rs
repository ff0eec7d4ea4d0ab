//! The start of the views: what was stored is fed to them as their first epoch, part by part, while
//! the ledger decides already.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};

use events::Minute;
use ledger::{RowChange, moves_of_row};

use crate::engine::{ViewThreads, spawn};
use crate::error::EngineError;
use crate::inputs::{Fact, fact_of_move};
use crate::mailbox::Batch;
use crate::places::Places;
use crate::priority::yield_to_all;
use crate::status::{PanicGuard, Shared};
use crate::stored::{Kept, ReadKept, ReadStored, Stored, StoredRow};
use crate::tidings::{Local, Tiding, views_hear};
use crate::worker;
use crate::writer::{Sink, Writer};

/// How many rows go to the views at once.
const ROWS_PER_PART: usize = 8192;

/// How many parts may wait for the views.
const PARTS_AHEAD_MAX: usize = 4;

/// What the views are fed first.
#[derive(Debug)]
pub(crate) enum Base {
    /// A part of it, in order.
    Part(BasePart),
    /// That was all.
    End(Box<BaseEnd>),
}

/// A part of what the views start from.
#[derive(Debug, Default)]
pub(crate) struct BasePart {
    /// The facts behind the ledger's moves.
    pub facts: Vec<(Fact, i64)>,
    /// The ledger's rows and the rows that only the views can tell.
    pub tidings: Vec<Local<Tiding>>,
}

/// What is known when all was read.
#[derive(Debug, Default)]
pub(crate) struct BaseEnd {
    /// Where it all stands, where the clock of the views stood, and the names of the places.
    pub batch: Batch,
    /// The numbers of those places.
    pub places: Places,
}

/// Turns stored rows into what the views are fed.
#[derive(Debug, Default)]
struct BaseReader {
    part: BasePart,
    rows_count: usize,
    places: Places,
    minute: Option<Minute>,
}

impl BaseReader {
    fn take(&mut self, row: StoredRow) {
        self.rows_count += 1;
        match row {
            StoredRow::Ledger(row) => {
                let places = &mut self.places;
                let facts = moves_of_row(&row).into_iter();
                self.part.facts.extend(facts.map(|moved| fact_of_move(moved, places)));
                if views_hear(&row) {
                    let told = Tiding::Row(Arc::new(RowChange::Put(row)));
                    self.part.tidings.push(Local(told));
                }
            }
            StoredRow::View(key, row) => {
                self.minute = self.minute.max(row.clock());
                self.part.tidings.push(Local(Tiding::Stored(Arc::new((key, row)))));
            }
        }
    }

    /// What was read since it was asked last, once it is worth feeding.
    fn part(&mut self, rows_min: usize) -> Option<BasePart> {
        if self.rows_count < rows_min {
            return None;
        }
        self.rows_count = 0;
        Some(std::mem::take(&mut self.part))
    }

    fn end(mut self, mut batch: Batch) -> BaseEnd {
        self.places.take_new(&mut batch.names);
        batch.minute = self.minute;
        BaseEnd { batch, places: self.places }
    }
}

/// Reads what was stored and feeds it; `standing` says where it stands. What ends it is returned,
/// to be fed when all is ready for what the views then tell. Who is not there any more to be fed is
/// ending.
pub(crate) fn feed_stored(
    read: ReadStored,
    standing: Batch,
    mut feed: impl FnMut(Base),
) -> Result<Base, EngineError> {
    let mut reader = BaseReader::default();
    let read = read(&mut |row| {
        reader.take(row);
        if let Some(part) = reader.part(ROWS_PER_PART) {
            feed(Base::Part(part));
        }
    });
    read.map_err(|source| EngineError::Load { source })?;
    if let Some(part) = reader.part(1) {
        feed(Base::Part(part));
    }
    Ok(Base::End(Box::new(reader.end(standing))))
}

/// The start of the views, on a thread of its own.
pub(crate) struct Hydration {
    pub shared: Arc<Shared>,
    pub stored: Stored,
    pub workers: usize,
    pub standing: Batch,
    pub sink: Sink,
}

impl Hydration {
    pub fn run(self) -> Option<ViewThreads> {
        let shared = Arc::clone(&self.shared);
        let _guard = PanicGuard { shared: &shared, thread: "hydrate" };
        let Self { stored, workers, standing, sink, .. } = self;
        let (feeding, fed) = mpsc::sync_channel(PARTS_AHEAD_MAX);
        let (keeping, kept) = mpsc::channel();
        let threads = start_threads(&shared, workers, sink, fed, kept);
        let threads = threads.map_err(|error| shared.fail(error)).ok()?;
        // Not before: threads inherit it.
        yield_to_all();
        let feed = |base| drop(feeding.send(base));
        let Stored { read, kept } = stored;
        let read = std::thread::scope(|scope| {
            scope.spawn(|| give_kept(&shared, kept, &keeping));
            feed_stored(read, standing, feed)
        });
        // Only now, with what is kept at hand, may the views tell: what they tell is compared as it
        // comes, and does not pile up.
        read.map_or_else(|error| shared.fail(error), feed);
        Some(threads)
    }
}

fn give_kept(shared: &Shared, kept: ReadKept, keeping: &Sender<Box<dyn Kept>>) {
    let _guard = PanicGuard { shared, thread: "hydrate" };
    match kept() {
        Ok(kept) => drop(keeping.send(kept)),
        Err(source) => shared.fail(EngineError::Load { source }),
    }
}

fn start_threads(
    shared: &Arc<Shared>,
    workers: usize,
    sink: Sink,
    fed: Receiver<Base>,
    kept: Receiver<Box<dyn Kept>>,
) -> Result<ViewThreads, EngineError> {
    let writer = Writer::new(Arc::clone(shared), sink, kept);
    let (parts, parts_received) = mpsc::channel();
    let writer = spawn("writer", move || writer.run(&parts_received, workers))?;
    let workers = worker::start(workers, shared, fed, parts)?;
    Ok(ViewThreads { workers, writer })
}
