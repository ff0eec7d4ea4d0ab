//! The world of one seed: clients, their network, processes, a log and its disk, and what may
//! happen to them, one thing after the other on one thread.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use dataflows::Reply;
use events::{Command, CommandId, Decision, Position, Stamp};
use ingest::embedded::SteppedLog;
use ingest::{EmbeddedOptions, Log, Topic};

use crate::broker::Broker;
use crate::coverage::Coverage;
use crate::disk::SimulatedDisk;
use crate::operations::Generator;
use crate::oracle::Oracle;
use crate::process::{Process, SharedImage, lock};
use crate::random::Random;
use crate::swarm::{LogKind, Swarm};
use crate::trace::Trace;
use crate::violation::{Checked, Violation};

/// By how much one tick may move log time.
pub const STEP_MAX_MS: u64 = 10_000;

/// Something that a client wants, until it knows what became of it.
pub struct Operation {
    pub id: CommandId,
    pub command: Command,
    pub answer: Option<Decision>,
    /// How often it was sent.
    pub sent: u32,
    /// The edge refused it, so that it may have no effect at all.
    pub refused: bool,
}

/// The log of a world.
pub enum WorldLog {
    /// With its files, and gone while no process runs.
    Embedded { dir: tempfile::TempDir, disk: Arc<SimulatedDisk>, log: Option<Arc<SteppedLog>> },
    /// Elsewhere.
    Broker(Arc<Broker>),
}

/// Everything that a seed leads to.
pub struct World {
    pub swarm: Swarm,
    pub random: Random,
    pub now_ms: u64,
    pub wall_offset_ms: i64,
    pub log: WorldLog,
    pub processes: Vec<Option<Process>>,
    pub images: Vec<SharedImage>,
    pub operations: Vec<Operation>,
    pub open: Vec<usize>,
    /// Requests on their way to an edge.
    pub network: Vec<usize>,
    pub generator: Generator,
    pub oracle: Oracle,
    pub coverage: Coverage,
    pub trace: Trace,
    /// The position that the client of a session was told last.
    pub token: Position,
    pub sent_count: u64,
    pub producers_count: u64,
    pub epoch: u64,
}

impl World {
    /// The world of a seed, with every process started.
    pub fn new(seed: u64) -> Checked<Self> {
        let mut random = Random::new(seed);
        let swarm = Swarm::draw(&mut random);
        let images: Vec<_> = (0..swarm.processes).map(|_| SharedImage::default()).collect();
        let log = match swarm.log {
            LogKind::Embedded => WorldLog::Embedded {
                dir: tempfile::tempdir_in(memory_folder()).map_err(broken)?,
                disk: Arc::default(),
                log: None,
            },
            LogKind::Broker => WorldLog::Broker(Broker::new(swarm.partitions, swarm.processes)),
        };
        let mut world = Self {
            oracle: Oracle::new(swarm.partitions),
            generator: Generator::new(&swarm),
            processes: images.iter().map(|_| None).collect(),
            images,
            log,
            random,
            swarm,
            now_ms: 1_000,
            wall_offset_ms: 1_800_000_000_000,
            operations: Vec::new(),
            open: Vec::new(),
            network: Vec::new(),
            coverage: Coverage::default(),
            trace: Trace::default(),
            token: Position::default(),
            sent_count: 0,
            producers_count: 0,
            epoch: 0,
        };
        world.oracle.has_one_edge = world.swarm.log == LogKind::Embedded;
        for number in 0..world.swarm.processes {
            world.start(number)?;
        }
        world.define()?;
        Ok(world)
    }

    /// Wall time, as badly as the machines know it.
    pub fn stamp(&self) -> Stamp {
        Stamp(self.wall_offset_ms + self.now_ms as i64)
    }

    /// Opens the log for a process that starts.
    pub fn open_log(&mut self, number: usize) -> Result<Arc<dyn Log>, String> {
        match &mut self.log {
            WorldLog::Broker(broker) => Ok(broker.of_process(number)),
            WorldLog::Embedded { dir, disk, log } => {
                let options = embedded_options(dir.path().join("log"), &self.swarm, disk);
                let opened = SteppedLog::open(&options).map_err(|error| error.to_string())?;
                if opened.recovery().torn.is_some() {
                    self.coverage.sometimes("a torn tail is cut");
                }
                let opened = Arc::new(opened);
                *log = Some(Arc::clone(&opened));
                Ok(opened)
            }
        }
    }

    /// Whether the disk is why a log could not be opened; then the power has gone since.
    fn disk_failed(&mut self) -> Checked<bool> {
        let WorldLog::Embedded { disk, .. } = &self.log else { return Ok(false) };
        let failed = disk.has_failed();
        if failed {
            disk.lose_power(&mut self.random).map_err(broken)?;
            self.coverage.sometimes("a sync fails while a log is opened");
        }
        Ok(failed)
    }

    /// Starts a process. Whatever happened before, it must start without help.
    pub fn start(&mut self, number: usize) -> Checked {
        let helpless = |what: String| Violation { check: "starts_without_help", what };
        let log = match self.open_log(number) {
            Err(_) if self.disk_failed()? => self.open_log(number),
            opened => opened,
        };
        let log = log.map_err(helpless)?;
        self.oracle.durable(log.as_ref())?;
        self.producers_count += 1;
        let (producer, image) = (self.producers_count, Arc::clone(&self.images[number]));
        let process = Process::start(log, image, producer, self.now_ms).map_err(helpless)?;
        self.processes[number] = Some(process);
        self.trace.note(format!("{} process {number} starts", self.now_ms));
        self.first_words(number)
    }

    /// Catches up before it says that it is ready, and announces itself.
    fn first_words(&mut self, number: usize) -> Checked {
        self.compare_at_start(number)?;
        let stamp = self.stamp();
        let Some(process) = &mut self.processes[number] else { return Ok(()) };
        process.engine.store().map_err(|error| stopped(&error))?;
        let corrected = process.engine.status().corrected_rows_count;
        if corrected.is_some_and(|count| count > 0) {
            return Violation::of("restart_difference", format!("{corrected:?} rows corrected"));
        }
        process.catch_up().map_err(|what| Violation { check: "engine_goes_on", what })?;
        self.epoch += 1;
        for partition in 0..self.swarm.partitions {
            process.announce(partition, self.epoch, stamp, STEP_MAX_MS).map_err(broken)?;
            process.tick(partition, self.now_ms, stamp).map_err(broken)?;
        }
        self.listen(number)
    }

    /// Holds what a process found stored against the log, unless the auditor has read on.
    fn compare_at_start(&mut self, number: usize) -> Checked {
        let helpless = |error: storage::Error| Violation {
            check: "starts_without_help",
            what: error.to_string(),
        };
        let Some(process) = &self.processes[number] else { return Ok(()) };
        let loaded = {
            let image = lock(&process.image);
            let position = image.position().map_err(helpless)?;
            if self.oracle.is_past(&position) {
                return Ok(());
            }
            image.load().map_err(helpless)?
        };
        if self.oracle.compare(process.log.as_ref(), loaded)? {
            self.coverage.sometimes("a stored state is compared at a start");
        }
        Ok(())
    }

    /// Has the world defined before anybody asks for a room, each thing after those that it needs.
    fn define(&mut self) -> Checked {
        for command in self.generator.world(&mut self.random) {
            let id = CommandId(u128::from(self.random.bits()) << 64 | 1);
            self.ask(id, command);
            let mut rounds = 0;
            while !self.open.is_empty() {
                self.settle()?;
                rounds += 1;
                if rounds > 50 {
                    return Violation::of("liveness", "the world could not be defined");
                }
            }
        }
        Ok(())
    }

    /// A client wants something.
    pub fn ask(&mut self, id: CommandId, command: Command) {
        let operation = Operation { id, command, answer: None, sent: 0, refused: false };
        self.operations.push(operation);
        let number = self.operations.len() - 1;
        self.open.push(number);
        self.network.push(number);
    }

    /// Takes what a process has decided, and brings the answers to those who wait.
    pub fn listen(&mut self, number: usize) -> Checked {
        let Some(process) = &mut self.processes[number] else { return Ok(()) };
        let log = Arc::clone(&process.log);
        let mut answered = Vec::new();
        for reply in process.take_heard() {
            self.oracle.heard(&reply)?;
            crate::checks::true_time(&self.oracle, &reply, self.now_ms, &self.swarm)?;
            note_reply(&mut self.trace, &mut self.coverage, &reply);
        }
        process.waiting.retain_mut(|waiting| match waiting.ticket.try_reply() {
            Some(reply) => {
                answered.push((waiting.operation, std::mem::take(&mut waiting.floor), reply));
                false
            }
            None => true,
        });
        for (operation, floor, reply) in answered {
            self.oracle.acknowledged(&reply, log.as_ref())?;
            self.answered(operation, &floor, &reply)?;
        }
        Ok(())
    }

    /// A client hears what became of its wish, unless the answer is lost on the way.
    fn answered(&mut self, number: usize, floor: &[u64], reply: &Reply) -> Checked {
        let least = floor.get(usize::from(reply.partition)).copied().unwrap_or(0);
        if reply.offset < least {
            let what = format!("{reply:?} was asked after {least} had been answered");
            return Violation::of("real_time_order", what);
        }
        let decision = &reply.decided.decision;
        let operation = &mut self.operations[number];
        if reply.id != operation.id {
            let what = format!("{:?} was answered about {:?}", operation.id, reply.id);
            return Violation::of("answered_as_decided", what);
        }
        if let Some(before) = operation.answer.as_ref().filter(|before| *before != decision) {
            let what = format!("{:?} was answered {before:?}, then {decision:?}", operation.id);
            return Violation::of("decided_once", what);
        }
        if operation.answer.is_none() {
            self.generator.learn(&operation.command, decision, &mut self.coverage);
        }
        operation.answer = Some(decision.clone());
        if self.random.percent(self.swarm.answers_lost) {
            self.coverage.sometimes("an answer is lost");
            return Ok(());
        }
        self.open.retain(|open| *open != number);
        let position = Position::after(reply.partition, reply.offset);
        for (partition, next_offset) in position.iter() {
            let next_offset = next_offset.max(self.token.next_offset(partition));
            self.token.set(partition, next_offset);
        }
        Ok(())
    }

    /// The bytes of a record that is on the log.
    pub fn any_record(&mut self) -> Option<(u16, Bytes)> {
        let process = self.processes.iter().flatten().next()?;
        let log = Arc::clone(&process.log);
        let partition = self.random.index(usize::from(self.swarm.partitions)) as u16;
        let end = log.end(Topic::Commands).ok()?.next_offset(partition);
        let from = self.random.between(end.saturating_sub(60), end.saturating_sub(1));
        let from = Position::from_iter([(partition, from)]);
        let mut reader = log.reader(Topic::Commands, &from).ok()?;
        let records = reader.next(1, std::time::Duration::ZERO).ok()?;
        let of_it = |record: &ingest::Record| record.partition == partition;
        records.into_iter().find(of_it).map(|record| (partition, record.bytes))
    }
}

/// How the log of a world is opened.
pub fn embedded_options(dir: PathBuf, swarm: &Swarm, disk: &Arc<SimulatedDisk>) -> EmbeddedOptions {
    let mut options = EmbeddedOptions::new(dir, swarm.partitions);
    options.segment_bytes = ingest::embedded::SEGMENT_BYTES_MIN;
    options.disk = Arc::clone(disk) as Arc<dyn ingest::embedded::Disk>;
    options.on_fatal = Arc::new(|_| ());
    options
}

/// Where files are only memory, if this machine has such a place.
fn memory_folder() -> PathBuf {
    let shared = PathBuf::from("/dev/shm");
    if shared.is_dir() { shared } else { std::env::temp_dir() }
}

/// The simulation itself cannot go on.
pub fn broken(error: impl std::fmt::Display) -> Violation {
    Violation { check: "simulation", what: error.to_string() }
}

/// The engine has refused to go on.
pub fn stopped(error: &dataflows::EngineError) -> Violation {
    Violation { check: "engine_goes_on", what: error.to_string() }
}

fn note_reply(trace: &mut Trace, coverage: &mut Coverage, reply: &Reply) {
    let decided = &reply.decided;
    trace.decided(reply);
    coverage.sometimes(situation_of(&decided.decision));
    if decided.repeated {
        coverage.sometimes("a retry is answered as the first time");
    }
}

fn situation_of(decision: &Decision) -> &'static str {
    match decision {
        Decision::Held { .. } => "a hold is placed",
        Decision::Confirmed { readmitted: false, .. } => "a hold is confirmed",
        Decision::Confirmed { readmitted: true, .. } => "an expired hold is admitted again",
        Decision::Released { .. } => "a hold is released",
        Decision::Cancelled { whole: true, .. } => "a booking is cancelled",
        Decision::Cancelled { whole: false, .. } => "a line of a booking is cancelled",
        Decision::Ticked { expired, .. } if !expired.is_empty() => "a hold expires",
        Decision::Rejected(rejection) => rejection.reason.name(),
        Decision::Amended { .. } => "a booking is amended",
        Decision::ExternalSaleRecorded { known: true, .. } => "a channel tells a sale again",
        Decision::ExternalSaleRecorded { oversold, .. } if !oversold.is_empty() => {
            "a channel sells more than there is"
        }
        Decision::ExternalSaleRecorded { .. } => "a channel sells",
        Decision::RestrictionsSet { nights_changed: 1.. } => "nights are restricted or opened",
        _ => "something else is decided",
    }
}
