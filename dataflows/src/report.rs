//! What leaves a worker: the rows of each epoch once it is complete there, and how far it is.

use std::collections::BTreeMap;
use std::sync::mpsc::Sender;

use differential_dataflow::VecCollection;
use differential_dataflow::consolidation::consolidate;
use timely::container::CapacityContainerBuilder;
use timely::dataflow::StreamVec;
use timely::dataflow::channels::pact::Pipeline;
use timely::dataflow::operators::Operator;

use crate::mailbox::Batch;
use crate::tidings::Local;
use crate::view_rows::ViewChange;
use crate::views::availability::{AvailabilityRow, PlaceNight};

/// Rows of the view and what they are now; `None` where a row is gone.
pub(crate) type PlaceChanges = Vec<(PlaceNight, Option<AvailabilityRow>)>;

/// A row with its multiplicity, as differential gives it.
type Update = ((PlaceNight, AvailabilityRow), isize);

/// What the writer hears about epochs.
#[derive(Debug)]
pub(crate) enum Part {
    /// The views are about to be fed an epoch; these are the rest of its changes.
    Opened {
        /// Which.
        epoch: u64,
        /// Where it leads, and the rows that do not pass through the views.
        batch: Batch,
    },
    /// All rows of an epoch on one worker. Told before the epoch is closed there.
    Rows {
        /// Which.
        epoch: u64,
        /// In key order.
        rows: PlaceChanges,
    },
    /// All rows of the keepers of an epoch on one worker. Told before the epoch is closed there. Of
    /// the first epoch they come page by page, since nobody wants to have all of them at once.
    Views {
        /// Which.
        epoch: u64,
        /// Each row once, in no order, in the pages in which they came.
        pages: Vec<Vec<Local<ViewChange>>>,
    },
    /// Nothing more comes from one reporter for epochs before `frontier`.
    Closed {
        /// Which of the workers' reporters; each worker has [`REPORTERS_PER_WORKER`].
        reporter: usize,
        /// The first epoch for which something may still come.
        frontier: u64,
    },
}

/// The epoch of what was stored before the start. It has every row that there is.
pub(crate) const BASE_EPOCH: u64 = 0;

/// How many reporters each worker has: one for `availability`, one for the keepers.
pub(crate) const REPORTERS_PER_WORKER: usize = 2;

/// Reports each epoch of the keepers on this worker, as [`report`] does.
pub(crate) fn report_views<'scope>(
    changes: StreamVec<'scope, u64, Local<ViewChange>>,
    reporter: usize,
    parts: Sender<Part>,
) {
    let tell = move |part| drop(parts.send(part));
    changes.unary_frontier::<CapacityContainerBuilder<Vec<()>>, _, _, _>(
        Pipeline,
        "Report views",
        move |_capability, _info| {
            let mut open = BTreeMap::<u64, Vec<Vec<Local<ViewChange>>>>::new();
            let mut reported = 0;
            move |(input, frontier), _output| {
                input.for_each(|stamp, changes| {
                    let Some(epoch) = stamp.least().copied() else { return };
                    let page = std::mem::take(changes);
                    match epoch {
                        BASE_EPOCH => tell(Part::Views { epoch, pages: vec![page] }),
                        _ => open.entry(epoch).or_default().push(page),
                    }
                });
                let Some(frontier) = frontier.frontier().first().copied() else { return };
                if frontier == reported {
                    return;
                }
                reported = frontier;
                let still_open = open.split_off(&frontier);
                for (epoch, pages) in std::mem::replace(&mut open, still_open) {
                    tell(Part::Views { epoch, pages });
                }
                tell(Part::Closed { reporter, frontier });
            }
        },
    );
}

/// Reports each epoch of a view on this worker.
///
/// An empty frontier is not reported: it says that a dataflow ends, not that an epoch is complete.
pub(crate) fn report<'scope>(
    view: VecCollection<'scope, u64, (PlaceNight, AvailabilityRow), isize>,
    reporter: usize,
    parts: Sender<Part>,
) {
    // Nobody may be left to hear: then the engine is ending, and there is nothing to tell.
    let tell = move |part| drop(parts.send(part));
    view.inner.unary_frontier::<CapacityContainerBuilder<Vec<()>>, _, _, _>(
        Pipeline,
        "Report",
        move |_capability, _info| {
            let mut open = BTreeMap::<u64, Vec<Update>>::new();
            let mut reported = 0;
            move |(input, frontier), _output| {
                input.for_each(|_stamp, updates| {
                    for (row, epoch, diff) in updates.drain(..) {
                        open.entry(epoch).or_default().push((row, diff));
                    }
                });
                let Some(frontier) = frontier.frontier().first().copied() else { return };
                if frontier == reported {
                    return;
                }
                reported = frontier;
                let still_open = open.split_off(&frontier);
                for (epoch, updates) in std::mem::replace(&mut open, still_open) {
                    tell(Part::Rows { epoch, rows: latest(updates) });
                }
                tell(Part::Closed { reporter, frontier });
            }
        },
    );
}

/// What retractions and additions come to: the row that is now there for each key, if any.
pub(crate) fn latest(mut updates: Vec<Update>) -> PlaceChanges {
    consolidate(&mut updates);
    let mut rows = PlaceChanges::with_capacity(updates.len());
    for ((key, row), diff) in updates {
        debug_assert!(diff.abs() == 1, "a key has one row at a time, not {diff} of {key:?}");
        let row = (diff > 0).then_some(row);
        match rows.last_mut() {
            Some((last, kept)) if *last == key => *kept = kept.or(row),
            _ => rows.push((key, row)),
        }
    }
    rows
}
