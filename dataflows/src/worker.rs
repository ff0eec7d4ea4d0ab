//! The timely workers: they are fed what waits as one epoch, and park when nothing does.
//!
//! Epochs are numbers of their own: 0 is what was stored before the start, and each further one is
//! whatever waited when the views were ready for more. Decisions never depend on them.
//!
//! A worker that panics leaves its peers parked for ever, so a process that runs an engine installs
//! a panic hook that aborts. An engine without it still notices, fails and does not hang.

use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use differential_dataflow::AsCollection;
use timely::WorkerConfig;
use timely::communication::{Config as CommunicationConfig, WorkerGuards};
use timely::container::CapacityContainerBuilder;
use timely::dataflow::InputHandle;
use timely::dataflow::operators::Input;
use timely::worker::Worker;

use crate::error::EngineError;
use crate::inputs::Fact;
use crate::mailbox::Batch;
use crate::priority::yield_to_deciders;
use crate::report::{Part, report};
use crate::status::{PanicGuard, Shared};
use crate::views::availability::availability;

/// How many epochs may be on their way from the mailbox to the sink. One is computed while another
/// is stored; more would only make them smaller.
const EPOCHS_IN_FLIGHT_MAX: u64 = 2;

/// How many facts of the base are fed between two steps.
const BASE_FACTS_PER_STEP: usize = 50_000;

/// How much compaction an idle worker does at a time, in records.
const IDLE_MERGE_EFFORT: isize = 1000;

/// A parked worker looks around this often, should a wake-up ever be lost.
const PARKED_MAX: Duration = Duration::from_secs(1);

type FactUpdate = (Fact, u64, i64);
pub(crate) type FactInput = InputHandle<u64, CapacityContainerBuilder<Vec<FactUpdate>>>;

/// Starts the workers; they load `base` at epoch 0, tell `parts` and end when the gate is closed.
pub(crate) fn start(
    workers: usize,
    shared: &Arc<Shared>,
    base: Vec<(Fact, i64)>,
    parts: Sender<Part>,
) -> Result<WorkerGuards<()>, EngineError> {
    let shared = Arc::clone(shared);
    let shares = Mutex::new(deal(base, workers));
    // The senders end with the workers: then the writer knows that nothing more comes.
    let senders = Mutex::new(vec![Some(parts); workers]);
    let run = move |worker: &mut Worker| {
        let _guard = PanicGuard { shared: &shared, thread: "views" };
        let index = worker.index();
        let base = std::mem::take(&mut lock(&shares)[index]);
        let Some(parts) = lock(&senders)[index].take() else { return };
        run_worker(worker, &shared, base, parts);
    };
    timely::execute(config(workers), run)
        .map_err(|reason| EngineError::Thread { thread: "views", reason })
}

fn config(workers: usize) -> timely::Config {
    let mut worker = WorkerConfig::default();
    let options =
        differential_dataflow::Config::default().idle_merge_effort(Some(IDLE_MERGE_EFFORT));
    differential_dataflow::configure(&mut worker, &options);
    let communication = match workers {
        1 => CommunicationConfig::Thread,
        _ => CommunicationConfig::Process(workers),
    };
    timely::Config { communication, worker }
}

/// Cuts the base into one share for each worker.
fn deal(mut base: Vec<(Fact, i64)>, workers: usize) -> Vec<Vec<(Fact, i64)>> {
    let share = base.len().div_ceil(workers);
    let mut shares = Vec::with_capacity(workers);
    for _ in 0..workers {
        let rest = base.split_off(share.min(base.len()));
        shares.push(std::mem::replace(&mut base, rest));
    }
    shares
}

fn run_worker(worker: &mut Worker, shared: &Shared, base: Vec<(Fact, i64)>, parts: Sender<Part>) {
    yield_to_deciders();
    let mut input = assemble(worker, parts.clone());
    feed_base(worker, &mut input, base);
    // The other workers are fed by exchange; without an input they hold no epoch back.
    if worker.index() == 0 {
        feed_epochs(worker, &mut input, shared, &parts);
    }
}

/// Wires the views; the only place that knows them all.
pub(crate) fn assemble(worker: &mut Worker, parts: Sender<Part>) -> FactInput {
    let index = worker.index();
    worker.dataflow::<u64, _, _>(|scope| {
        let (input, facts) = scope.new_input::<Vec<FactUpdate>>();
        report(availability(facts.as_collection()), index, parts);
        input
    })
}

/// Feeds what was stored before the start, in steps, so that it is sorted as it comes.
pub(crate) fn feed_base(worker: &mut Worker, input: &mut FactInput, base: Vec<(Fact, i64)>) {
    let mut base = base.into_iter().map(|(fact, diff)| (fact, 0, diff));
    loop {
        let mut updates: Vec<FactUpdate> = base.by_ref().take(BASE_FACTS_PER_STEP).collect();
        if updates.is_empty() {
            break;
        }
        input.send_batch(&mut updates);
        worker.step();
    }
    input.advance_to(1);
}

/// Feeds everything that waits as one epoch, again and again, until the gate is closed.
fn feed_epochs(worker: &mut Worker, input: &mut FactInput, shared: &Shared, parts: &Sender<Part>) {
    let mailbox = &shared.mailbox;
    mailbox.consume_here();
    let mut epoch = 1;
    let mut due = Instant::now();
    while !shared.gate.is_closed() {
        let in_flight = epoch - shared.gate.epochs_stored_count();
        let mut park_for = PARKED_MAX;
        if in_flight < EPOCHS_IN_FLIGHT_MAX {
            let early = due.saturating_duration_since(Instant::now());
            if !early.is_zero() {
                park_for = early;
            } else if let Some(batch) = mailbox.take() {
                feed_epoch(input, batch, epoch, parts);
                epoch += 1;
                due = Instant::now() + mailbox.epoch_interval_min;
            }
        }
        worker.step_or_park(Some(park_for));
    }
}

pub(crate) fn feed_epoch(
    input: &mut FactInput,
    mut batch: Batch,
    epoch: u64,
    parts: &Sender<Part>,
) {
    let facts = batch.take_facts();
    // Told first: another worker may close the epoch before this thread runs again.
    drop(parts.send(Part::Opened { epoch, batch }));
    let updates = facts.into_iter().map(|(fact, diff)| (fact, epoch, diff));
    input.send_batch(&mut updates.collect());
    input.advance_to(epoch + 1);
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
