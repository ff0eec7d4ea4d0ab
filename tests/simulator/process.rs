//! One process: the real edge, engine and views over a log, and the bytes that it has stored.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dataflows::{Changes, Listener, Reply, SinkError, SteppedEngine};
use events::{
    AnnounceOwner, BodyHash, Boot, Command, CommandId, Envelope, LogTime, Slot, Stamp, Tick,
    encode_envelope,
};
use ingest::{AppendError, Log, Topic};
use roomnight::directory::DataFolder;
use serving::{Progress, Ticket, Waiters};
use storage::Image;

/// How often a log is read before it is said that nothing comes.
const ROUNDS_MAX: usize = 10_000;

/// What a process has stored, which outlives it.
pub type SharedImage = Arc<Mutex<Image>>;

/// No panic leaves one half changed.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A request that waits for its decision.
pub struct Waiting {
    /// Which of the operations.
    pub operation: usize,
    /// What was acknowledged to anybody, partition by partition, before it was asked.
    pub floor: Vec<u64>,
    /// Its place in the waiting room.
    pub ticket: Ticket,
}

/// A process that runs.
pub struct Process {
    pub log: Arc<dyn Log>,
    pub image: SharedImage,
    pub engine: SteppedEngine,
    pub waiters: Arc<Waiters>,
    pub progress: Arc<Progress>,
    pub waiting: Vec<Waiting>,
    heard: Arc<Mutex<Vec<Reply>>>,
    boot: Boot,
    started_at_ms: u64,
    /// Under which epoch it owns each partition.
    pub epochs: Vec<u64>,
    /// Until when its monotonic clock stands still.
    pub frozen_until_ms: u64,
    frozen_ms: u64,
}

/// Hears every decision of a process.
struct Ears {
    waiters: Box<dyn Listener>,
    heard: Arc<Mutex<Vec<Reply>>>,
}

impl Listener for Ears {
    fn decided(&mut self, replies: &[Reply], log_times: &[(u16, LogTime)]) {
        self.waiters.decided(replies, log_times);
        lock(&self.heard).extend_from_slice(replies);
    }
}

impl Process {
    /// Starts as `roomnight serve` does: holds the state against the log, loads it, and goes on
    /// from there. The reason why not is for people.
    pub fn start(
        log: Arc<dyn Log>,
        image: SharedImage,
        producer: u64,
        now_ms: u64,
    ) -> Result<Self, String> {
        let loaded = {
            let mut image = lock(&image);
            image.check_against(log.as_ref()).map_err(|error| error.to_string())?;
            image.load().map_err(|error| error.to_string())?
        };
        let position = loaded.position.clone();
        let base = roomnight::run::base(loaded, &DataFolder::at("simulation"));
        let base = base.map_err(|error| format!("{error:?}"))?;
        let log_times: Vec<_> =
            base.partitions.iter().map(|part| (part.partition, part.state.log_time())).collect();
        let progress = Arc::new(Progress::new(position));
        let partitions = log.partitions();
        let waiters =
            Arc::new(Waiters::new(producer, partitions, &log_times, Arc::clone(&progress)));
        let heard = Arc::default();
        let ears = Ears { waiters: waiters.listener(), heard: Arc::clone(&heard) };
        let sink = {
            let (image, progress) = (Arc::clone(&image), Arc::clone(&progress));
            move |changes: Changes| -> Result<(), SinkError> {
                lock(&image).write(&changes, Stamp(0))?;
                progress.publish(changes.up_to);
                Ok(())
            }
        };
        let of_engine = Arc::clone(&log);
        let engine = SteppedEngine::start(of_engine, base, Box::new(ears), Box::new(sink));
        Ok(Self {
            log,
            image,
            engine: engine.map_err(|error| error.to_string())?,
            waiters,
            progress,
            waiting: Vec::new(),
            heard,
            boot: Boot(u128::from(producer) << 64 | u128::from(now_ms)),
            started_at_ms: now_ms,
            epochs: vec![0; usize::from(partitions)],
            frozen_until_ms: 0,
            frozen_ms: 0,
        })
    }

    /// What it has decided since it was asked last.
    pub fn take_heard(&self) -> Vec<Reply> {
        std::mem::take(&mut *lock(&self.heard))
    }

    /// Decides all that is on the log, and computes and stores it up to the first record whose dead
    /// letter is on its way.
    pub fn catch_up(&mut self) -> Result<(), String> {
        let failed = |error: dataflows::EngineError| error.to_string();
        for _ in 0..ROUNDS_MAX {
            let end = self.log.end(Topic::Commands).map_err(|error| error.to_string())?;
            if self.engine.status().decided.covers(&end) {
                while self.engine.feed().map_err(failed)? {}
                return self.engine.store().map_err(failed);
            }
            self.engine.decide(1024).map_err(failed)?;
        }
        Err(format!("the log does not come to its end after {}", self.engine.status().decided))
    }

    /// Announces itself as the owner of a partition.
    pub fn announce(
        &mut self,
        partition: u16,
        epoch: u64,
        stamp: Stamp,
        step_max_ms: u64,
    ) -> Result<(), AppendError> {
        self.epochs[usize::from(partition)] = epoch;
        let announce = AnnounceOwner { epoch, boot: self.boot, step_max_ms };
        self.append(partition, stamp, Command::AnnounceOwner(announce))
    }

    /// Its monotonic clock stands still for so long, and then goes on from there, as that of a
    /// machine that was suspended does: it never makes up for what it has missed.
    pub fn freeze(&mut self, now_ms: u64, for_ms: u64) {
        if now_ms >= self.frozen_until_ms {
            self.frozen_ms = now_ms.saturating_sub(self.started_at_ms);
            self.frozen_until_ms = now_ms + for_ms;
            self.started_at_ms += for_ms;
        }
    }

    /// Says that time has passed, under the epoch at which it last announced itself.
    pub fn tick(&mut self, partition: u16, now_ms: u64, stamp: Stamp) -> Result<(), AppendError> {
        let epoch = self.epochs[usize::from(partition)];
        if now_ms >= self.frozen_until_ms {
            self.frozen_ms = now_ms.saturating_sub(self.started_at_ms);
        }
        let tick = Tick { epoch, boot: self.boot, monotonic_ms: self.frozen_ms };
        self.append(partition, stamp, Command::Tick(tick))
    }

    fn append(&self, partition: u16, stamp: Stamp, command: Command) -> Result<(), AppendError> {
        let envelope = Envelope {
            id: CommandId(0),
            producer: self.waiters.producer(),
            sequence: self.waiters.next_sequence(),
            not_after: LogTime(u64::MAX),
            stamp,
            slot: Slot::from_low_bits(partition),
            body_hash: BodyHash(0),
            command,
        };
        self.log.append(Topic::Commands, partition, encode_envelope(&envelope).into())
    }
}
