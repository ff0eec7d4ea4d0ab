//! The timely workers: they are fed what waits as one epoch, and park when nothing does.
//!
//! Epochs are numbers of their own: 0 is what was stored before the start, and each further one is
//! whatever waited when the views were ready for more. Decisions never depend on them.
//!
//! A worker that panics leaves its peers parked for ever, so a process that runs an engine installs
//! a panic hook that aborts. An engine without it still notices, fails and does not hang.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
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
use crate::hydration::{Base, BaseEnd, BasePart};
use crate::inputs::Fact;
use crate::letters::Held;
use crate::mailbox::Batch;
use crate::places::{Places, Renumbering};
use crate::priority::yield_to_deciders;
use crate::report::{BASE_EPOCH, Part, REPORTERS_PER_WORKER, report, report_views};
use crate::status::{PanicGuard, Shared};
use crate::tidings::{Local, Tiding, tidings_of};
use crate::views::availability::availability;
use crate::wiring::wire;

/// How many epochs may be on their way from the mailbox to the sink. One is computed while another
/// is stored; more would only make them smaller.
const EPOCHS_IN_FLIGHT_MAX: u64 = 2;

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

/// Starts the workers; they load `base` as epoch 0, tell `parts` and end when the gate is closed.
pub(crate) fn start(
    workers: usize,
    shared: &Arc<Shared>,
    base: Receiver<Base>,
    parts: Sender<Part>,
) -> Result<WorkerGuards<()>, EngineError> {
    let shared = Arc::clone(shared);
    // Only one source keeps the order.
    let base = Mutex::new(Some(base));
    // The senders end with the workers: then the writer knows that nothing more comes.
    let senders = Mutex::new(vec![Some(parts); workers]);
    let run = move |worker: &mut Worker| {
        let _guard = PanicGuard { shared: &shared, thread: "views" };
        let index = worker.index();
        let base = if index == 0 { lock(&base).take() } else { None };
        let Some(parts) = lock(&senders)[index].take() else { return };
        run_worker(worker, &shared, base.as_ref(), parts);
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

/// Runs a worker; the first one is fed and feeds the others by exchange. Without an input they hold
/// no epoch back.
fn run_worker(
    worker: &mut Worker,
    shared: &Shared,
    base: Option<&Receiver<Base>>,
    parts: Sender<Part>,
) {
    yield_to_deciders();
    let inputs = assemble(worker, &shared.standings, parts.clone());
    let Some(base) = base else { return };
    let mut feeder = Feeder::new(inputs);
    if feed_base(worker, &mut feeder, base, shared, &parts) {
        feed_epochs(worker, &mut feeder, shared, &parts);
    }
}

/// Feeds what was stored before the start, part by part as it is read, so that it is sorted as it
/// comes; whether all of it came.
fn feed_base(
    worker: &mut Worker,
    feeder: &mut Feeder,
    base: &Receiver<Base>,
    shared: &Shared,
    parts: &Sender<Part>,
) -> bool {
    while !shared.gate.is_closed() {
        match base.recv_timeout(PARKED_MAX) {
            Ok(base) => {
                let is_all = matches!(base, Base::End(_));
                feeder.feed_base(base, parts);
                worker.step();
                if is_all {
                    return true;
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return false,
        }
    }
    false
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
    /// Ready to be fed what was stored.
    pub fn new(inputs: Inputs) -> Self {
        Self { inputs, places: Places::default(), renumbering: Renumbering::default() }
    }

    /// Feeds a part of what was stored before the start, or closes it.
    pub fn feed_base(&mut self, base: Base, parts: &Sender<Part>) {
        match base {
            Base::Part(BasePart { facts, mut tidings }) => {
                let updates = facts.into_iter().map(|(fact, diff)| (fact, BASE_EPOCH, diff));
                self.inputs.facts.send_batch(&mut updates.collect());
                self.inputs.tidings.send_batch(&mut tidings);
            }
            Base::End(end) => {
                let BaseEnd { batch, places } = *end;
                self.places = places;
                // Every keeper closes it, also without a clock: it tells what follows from it.
                self.inputs.minutes.send(Local(batch.minute.unwrap_or_default()));
                drop(parts.send(Part::Opened { epoch: BASE_EPOCH, batch }));
                self.inputs.advance_to(BASE_EPOCH + 1);
            }
        }
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

/// Feeds everything that waits as one epoch, again and again, until the gate is closed. What passes
/// a record whose dead letter is on its way waits for it.
fn feed_epochs(worker: &mut Worker, feeder: &mut Feeder, shared: &Shared, parts: &Sender<Part>) {
    let mailbox = &shared.mailbox;
    mailbox.consume_here();
    let mut held = Held::default();
    let mut epoch = BASE_EPOCH + 1;
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
