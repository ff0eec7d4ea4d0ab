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
use events::Minute;
use timely::WorkerConfig;
use timely::communication::{Config as CommunicationConfig, WorkerGuards};
use timely::container::CapacityContainerBuilder;
use timely::dataflow::InputHandle;
use timely::dataflow::operators::Input;
use timely::dataflow::operators::vec::Broadcast;
use timely::worker::Worker;

use crate::error::EngineError;
use crate::host::Standings;
use crate::inputs::Fact;
use crate::letters::Held;
use crate::mailbox::Batch;
use crate::places::{Places, Renumbering};
use crate::priority::yield_to_deciders;
use crate::report::{Part, REPORTERS_PER_WORKER, report, report_views};
use crate::status::{PanicGuard, Shared};
use crate::tidings::{Local, Tiding, tidings_of};
use crate::views::availability::availability;
use crate::wiring::wire;

/// How many epochs may be on their way from the mailbox to the sink. One is computed while another
/// is stored; more would only make them smaller.
const EPOCHS_IN_FLIGHT_MAX: u64 = 2;

/// How much of the base is fed between two steps.
const BASE_PER_STEP: usize = 50_000;

/// How much compaction an idle worker does at a time, in records.
const IDLE_MERGE_EFFORT: isize = 1000;

/// A parked worker looks around this often, should a wake-up ever be lost.
const PARKED_MAX: Duration = Duration::from_secs(1);

type FactUpdate = (Fact, u64, i64);
type Handle<T> = InputHandle<u64, CapacityContainerBuilder<Vec<T>>>;

/// What is fed to the views; all of it advances together.
pub(crate) struct Inputs {
    facts: Handle<FactUpdate>,
    tidings: Handle<Local<Tiding>>,
    minutes: Handle<Local<Minute>>,
}

/// Feeds the views, with the numbers of places as the views give them out.
pub(crate) struct Feeder {
    inputs: Inputs,
    places: Places,
    renumbering: Renumbering,
}

impl Inputs {
    fn advance_to(&mut self, epoch: u64) {
        self.facts.advance_to(epoch);
        self.tidings.advance_to(epoch);
        self.minutes.advance_to(epoch);
    }
}

/// What the views start from: everything that is fed at epoch 0.
#[derive(Debug, Default)]
pub(crate) struct ViewsBase {
    /// The facts behind the ledger's moves.
    pub facts: Vec<(Fact, i64)>,
    /// The ledger's rows and the rows that only the views can tell.
    pub tidings: Vec<Tiding>,
    /// Where the clock of the views stood.
    pub minute: Option<Minute>,
    /// The numbers of the places that the facts are about.
    pub places: Places,
}

/// Starts the workers; they load `base` at epoch 0, tell `parts` and end when the gate is closed.
pub(crate) fn start(
    workers: usize,
    shared: &Arc<Shared>,
    base: ViewsBase,
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

/// Cuts the facts of the base into one share for each worker. The tidings go to the first, since
/// only one source keeps their order.
fn deal(base: ViewsBase, workers: usize) -> Vec<ViewsBase> {
    let ViewsBase { facts, tidings, minute, places } = base;
    let share = |facts| ViewsBase { facts, ..ViewsBase::default() };
    let mut shares: Vec<_> = deal_facts(facts, workers).into_iter().map(share).collect();
    if let Some(first) = shares.first_mut() {
        first.tidings = tidings;
        first.minute = minute;
        first.places = places;
    }
    shares
}

fn deal_facts(mut base: Vec<(Fact, i64)>, workers: usize) -> Vec<Vec<(Fact, i64)>> {
    let share = base.len().div_ceil(workers);
    let mut shares = Vec::with_capacity(workers);
    for _ in 0..workers {
        let rest = base.split_off(share.min(base.len()));
        shares.push(std::mem::replace(&mut base, rest));
    }
    shares
}

fn run_worker(worker: &mut Worker, shared: &Shared, base: ViewsBase, parts: Sender<Part>) {
    yield_to_deciders();
    let inputs = assemble(worker, &shared.standings, parts.clone());
    let mut feeder = Feeder::with_base(worker, inputs, base);
    // The other workers are fed by exchange; without an input they hold no epoch back.
    if worker.index() == 0 {
        feed_epochs(worker, &mut feeder, shared, &parts);
    }
}

/// Wires the views; the only place that knows them all.
pub(crate) fn assemble(worker: &mut Worker, standings: &Standings, parts: Sender<Part>) -> Inputs {
    let reporter = worker.index() * REPORTERS_PER_WORKER;
    worker.dataflow::<u64, _, _>(|scope| {
        let (facts_input, facts) = scope.new_input::<Vec<FactUpdate>>();
        let (tidings_input, tidings) = scope.new_input::<Vec<Local<Tiding>>>();
        let (minutes_input, minutes) = scope.new_input::<Vec<Local<Minute>>>();
        report(availability(facts.as_collection()), reporter, parts.clone());
        report_views(wire(tidings, minutes.broadcast(), standings), reporter + 1, parts);
        Inputs { facts: facts_input, tidings: tidings_input, minutes: minutes_input }
    })
}

impl Feeder {
    /// Feeds what was stored before the start, in steps, so that it is sorted as it comes.
    pub fn with_base(worker: &mut Worker, mut inputs: Inputs, base: ViewsBase) -> Self {
        let facts = base.facts.into_iter().map(|(fact, diff)| (fact, 0, diff));
        feed_in_steps(worker, &mut inputs.facts, facts);
        feed_in_steps(worker, &mut inputs.tidings, base.tidings.into_iter().map(Local));
        // Every keeper closes epoch 0, also without a clock: it tells what follows from its base.
        if worker.index() == 0 {
            inputs.minutes.send(Local(base.minute.unwrap_or_default()));
        }
        inputs.advance_to(1);
        Self { inputs, places: base.places, renumbering: Renumbering::default() }
    }

    /// Feeds a batch as one epoch.
    pub fn feed(&mut self, mut batch: Batch, epoch: u64, parts: &Sender<Part>) {
        self.renumbering.learn(&mut batch.names, &mut self.places);
        let facts = batch.take_facts();
        let rows = batch.take_rows();
        let mut tidings: Vec<_> = tidings_of(&rows).map(Local).collect();
        batch.rows.push(rows);
        let observed = std::mem::take(&mut batch.observations).into_iter();
        tidings.extend(observed.map(|observation| Local(Tiding::Observed(Arc::new(observation)))));
        let minute = batch.minute;
        // Told first: another worker may close the epoch before this thread runs again.
        drop(parts.send(Part::Opened { epoch, batch }));
        let number_of = |place| self.renumbering.of(place);
        let updates =
            facts.into_iter().map(|(fact, diff)| (fact.renumbered(number_of), epoch, diff));
        self.inputs.facts.send_batch(&mut updates.collect());
        self.inputs.tidings.send_batch(&mut tidings);
        if let Some(minute) = minute {
            self.inputs.minutes.send(Local(minute));
        }
        self.inputs.advance_to(epoch + 1);
    }
}

fn feed_in_steps<T: Clone + 'static>(
    worker: &mut Worker,
    input: &mut Handle<T>,
    mut base: impl Iterator<Item = T>,
) {
    loop {
        let mut step: Vec<T> = base.by_ref().take(BASE_PER_STEP).collect();
        if step.is_empty() {
            break;
        }
        input.send_batch(&mut step);
        worker.step();
    }
}

/// Feeds everything that waits as one epoch, again and again, until the gate is closed. What passes
/// a record whose dead letter is on its way waits for it.
fn feed_epochs(worker: &mut Worker, feeder: &mut Feeder, shared: &Shared, parts: &Sender<Part>) {
    let mailbox = &shared.mailbox;
    mailbox.consume_here();
    let mut held = Held::default();
    let mut epoch = 1;
    let mut due = Instant::now();
    while !shared.gate.is_closed() {
        let in_flight = epoch - shared.gate.epochs_stored_count();
        let mut park_for = PARKED_MAX;
        if in_flight < EPOCHS_IN_FLIGHT_MAX {
            let early = due.saturating_duration_since(Instant::now());
            if !early.is_zero() {
                park_for = early;
            } else if let Some(batch) = held.next(shared) {
                feeder.feed(batch, epoch, parts);
                epoch += 1;
                due = Instant::now() + mailbox.epoch_interval_min;
            }
        }
        worker.step_or_park(Some(park_for));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
