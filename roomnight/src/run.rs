//! Everything that runs in one process, put together in the order in which it must start and taken
//! apart in the reverse order.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use dataflows::{
    Base, Engine, EngineError, EngineOptions, Intake, Listener, Sink, Standings, Status, Stopped,
};
use events::{Boot, Position, PropertyId, RoomTypeId};
use ingest::{AppendError, LogError, Topic};
use ledger::RestoreError;
use serving::keys::KeysError;
use serving::{
    App, Batches, Clock, ConfirmationKey, Door, Feed, Metrics, Options, Progress, Readiness,
    Waiters,
};
use storage::{CheckError, StoreOptions};

use crate::background::Background;
use crate::config::Config;
use crate::directory::DataFolder;
use crate::disk_watch::{DiskWatch, Space};
use crate::hand::Hand;
use crate::intake;
use crate::limits::{Publisher, Touched};
use crate::log::{LogOpenError, OpenLog};
use crate::owner::{Owner, Vigil, Watch};

mod open;
#[cfg(test)]
mod tests;

pub use open::base;
use open::{Opened, open};

/// The code with which a process ends that cannot go on: its supervisor starts it again.
pub const EXIT_CODE_FATAL: i32 = 70;

/// How often is looked whether the ledger has caught up with the log.
const LOOK_EVERY: Duration = Duration::from_millis(1);

/// How long a start waits for small views before it says that it is there.
const SETTLE_MAX: Duration = Duration::from_secs(1);

/// Why the system does not start or does not stop in order.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The data folder cannot be made.
    #[error("the data folder {path} cannot be made: name one that this user may write to")]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The log cannot be opened.
    #[error("the log cannot be opened")]
    Log(#[from] LogOpenError),
    /// The log cannot be read.
    #[error("the log cannot be read")]
    Read(#[from] LogError),
    /// The state cannot be opened, read or written.
    #[error("the state cannot be used")]
    Store(#[from] storage::Error),
    /// The state does not belong to the log.
    #[error("the state may not go on from this log")]
    Check(#[from] CheckError),
    /// The stored rows contradict each other.
    #[error(
        "the stored rows of partition {partition} are no state of a ledger: remove {state} to \
         rebuild it from the log"
    )]
    Restore {
        /// Which partition.
        partition: u16,
        /// Where the state is kept.
        state: PathBuf,
        /// What is wrong.
        source: RestoreError,
    },
    /// The key of the confirmation numbers cannot be read or made.
    #[error("the key of the confirmation numbers cannot be used")]
    Secret(#[from] serving::confirmation::KeyError),
    /// The engine did not start, or has stopped.
    #[error("the engine cannot go on")]
    Engine(#[from] EngineError),
    /// The engine has stopped before it had caught up; it has said why on its own.
    #[error("the engine has stopped: {0}")]
    Failed(String),
    /// The process was asked to stop before it was ready.
    #[error("asked to stop before the start had come to its end")]
    Stopping,
    /// The configured API keys are refused.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The system gave no randomness, without which ids could repeat.
    #[error("the system gives no random numbers: {0}")]
    Random(#[from] getrandom::Error),
    /// The log takes nothing.
    #[error("the log takes no record")]
    Append(#[from] AppendError),
    /// The system gave no thread.
    #[error("a thread could not be started")]
    Thread(#[source] io::Error),
    /// Metrics could not be set up.
    #[error("the metrics cannot be set up: {0}")]
    Metrics(String),
}

/// What a system is made of besides its configuration.
pub struct Parts {
    /// Where it keeps everything.
    pub folder: DataFolder,
    /// What stamps records and writes.
    pub clock: Arc<dyn Clock>,
    /// Somebody else who wants to hear of every decision.
    pub listener: Option<Box<dyn Listener>>,
}

/// The engine, for whoever asks how far it is.
pub(crate) type SharedEngine = Arc<Mutex<Engine>>;

/// How far an engine is.
pub(crate) fn status_of(engine: &SharedEngine) -> Status {
    // Asking leaves nothing half changed.
    engine.lock().unwrap_or_else(PoisonError::into_inner).status()
}

/// A running system: log, state, engine, and once it owns its log a ticker and a publisher of
/// limits.
pub struct System {
    disk: DiskWatch,
    ticker: Option<Background>,
    publisher: Option<Background>,
    engine: SharedEngine,
    intake: Intake,
    touched: Arc<Touched>,
    vigil: Arc<Vigil>,
    app: Arc<App>,
    log: OpenLog,
    config: Config,
}

impl System {
    /// Opens what there is and starts to decide what the state does not reflect yet. Whoever then
    /// wants holds to end calls [`System::own`].
    pub fn start(config: &Config, parts: Parts) -> Result<Self, RunError> {
        let Parts { folder, clock, listener } = parts;
        let path = folder.path().to_path_buf();
        folder.make().map_err(|source| RunError::Folder { path: path.clone(), source })?;
        let space = Space::new(&folder, &config.disk);
        space.wait_for_some().map_err(|source| RunError::Folder { path, source })?;
        let touched = Arc::new(Touched::default());
        let Opened { log: opened, store, partitions, decided } = open(config, &folder, &touched)?;
        let (log, store) = (opened.log(), Arc::new(store));
        let base = Base { partitions, stored: storage::for_views(Arc::clone(&store)) };

        let numbers = ConfirmationKey::read_or_create(&folder.secret())?;
        let progress = Arc::new(Progress::new(store.position()));
        let log_times: Vec<_> =
            base.partitions.iter().map(|part| (part.partition, part.state.log_time())).collect();
        let partitions = log.partitions();
        let waiters =
            Waiters::new(getrandom::u64()?, partitions, &log_times, Arc::clone(&progress));
        waiters.begin_with(decided);
        let waiters = Arc::new(waiters);
        let vigil = Vigil::new(base.partitions.iter().map(|part| part.state.epoch()));
        let vigil = Arc::new(vigil);
        let listeners = [Some(waiters.listener()), Some(watch(&vigil)), listener];
        let listeners = Listeners(listeners.into_iter().flatten().collect());
        let app = App {
            log,
            store,
            batches: Arc::new(Batches::new(waiters.producer())),
            waiters,
            progress,
            feed: Feed::new(getrandom::u64()?),
            standings: Standings::default(),
            clock,
            numbers,
            readiness: Readiness::default(),
            metrics: Metrics::new().map_err(|error| RunError::Metrics(error.to_string()))?,
            door: door(config)?,
            options: serving_options(config),
        };
        let app = Arc::new(app);
        let options = EngineOptions { standings: app.standings.clone(), ..engine_options(config) };
        let engine = Engine::start(
            options,
            Arc::clone(&app.log),
            base,
            Box::new(listeners),
            sink(&app, &touched),
        )?;
        let hearing = engine.hearing();
        let engine = Arc::new(Mutex::new(engine));
        let intake = intake::start(&app, hearing, end_process)?;
        let stalled_ms = config.disk.stalled_ms.get();
        let disk = DiskWatch::start(space, stalled_ms, opened.stalled_for(), Arc::clone(&app))
            .map_err(RunError::Thread)?;
        let (ticker, publisher, log, config) = (None, None, opened, config.clone());
        Ok(Self { disk, ticker, publisher, engine, intake, touched, vigil, app, log, config })
    }

    /// Catches up with the log, announces this process as the owner of its log time, and starts to
    /// tick. From then on it is ready to decide.
    ///
    /// It decides from then on, whether or not the views have loaded what was stored. Until they
    /// have, whoever asks what became of a command is told to ask again, not that it was not seen.
    pub fn own(&mut self) -> Result<(), RunError> {
        if self.ticker.is_some() {
            return Ok(());
        }
        let end = self.catch_up()?;
        self.app.readiness.set_past(end);
        let owner = Owner {
            hand: self.hand()?,
            clock: Arc::clone(&self.app.clock),
            vigil: Arc::clone(&self.vigil),
            boot: Boot(u128::from(getrandom::u64()?) << 64 | u128::from(getrandom::u64()?)),
            partitions: self.app.log.partitions(),
            config: self.config.ticks.clone(),
        };
        let epochs = owner.announce()?;
        let is_owned = |(partition, epoch): (u16, &u64)| self.vigil.epoch(partition) == *epoch;
        self.wait_until(|| (0..).zip(&epochs).all(is_owned))?;
        let ticker = owner.tick(epochs, Arc::clone(&self.engine)).map_err(RunError::Thread)?;
        self.ticker = Some(ticker);
        let publisher = Publisher {
            hand: self.hand()?,
            app: Arc::clone(&self.app),
            touched: Arc::clone(&self.touched),
            every: Duration::from_millis(self.config.limits.every_ms.get()),
        };
        self.publisher = Some(publisher.start().map_err(RunError::Thread)?);
        self.app.readiness.set(serving::Ready::Ready);
        Ok(())
    }

    /// What is durable on the log now.
    pub fn log_end(&self) -> Result<Position, RunError> {
        Ok(self.app.log.end(Topic::Commands)?)
    }

    /// Waits until everything that is durable on the log now is decided.
    pub fn catch_up(&self) -> Result<Position, RunError> {
        let end = self.log_end()?;
        tracing::info!(%end, decided = %self.status().decided, "reading up to the log's end");
        self.wait_until(|| self.status().decided.covers(&end))?;
        Ok(end)
    }

    /// Waits until everything that is durable on the log now is decided and stored.
    pub fn catch_up_stored(&self) -> Result<Position, RunError> {
        let end = self.catch_up()?;
        self.wait_until(|| self.app.progress.position().covers(&end))?;
        Ok(end)
    }

    /// Waits until storage knows the supply of a room type. What is appended is not on the log
    /// before it is synced, so [`System::catch_up`] alone may look too early for that.
    pub fn wait_for_supply(
        &self,
        property: &PropertyId,
        room_type: &RoomTypeId,
    ) -> Result<(), RunError> {
        while self.app.store.snapshot()?.inventory(property, room_type)?.is_none() {
            self.wait_until(|| true)?;
            std::thread::sleep(LOOK_EVERY);
        }
        Ok(())
    }

    /// Waits a moment for what was decided before to be stored, which it mostly is soon.
    pub(crate) fn settle(&self) {
        let begun = Instant::now();
        while !self.app.knows_the_past() && begun.elapsed() < SETTLE_MAX {
            std::thread::sleep(LOOK_EVERY);
        }
    }

    fn wait_until(&self, is_so: impl Fn() -> bool) -> Result<(), RunError> {
        loop {
            if let Some(failure) = self.status().failure {
                return Err(RunError::Failed(failure));
            }
            if is_so() {
                return Ok(());
            }
            if self.app.readiness.get() == serving::Ready::Stopping {
                return Err(RunError::Stopping);
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// A hand that writes to this system's log.
    pub fn hand(&self) -> Result<Hand, RunError> {
        Ok(Hand::new(Arc::clone(&self.app.log))?)
    }

    /// What the HTTP handlers may touch.
    pub fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// How far the engine is.
    pub fn status(&self) -> Status {
        status_of(&self.engine)
    }

    /// Stops in the reverse order of the start; what was decided is stored, as far as it comes in
    /// time. Whoever answers HTTP has ended before.
    pub fn stop(self) -> Result<Stopped, RunError> {
        let Self { disk, ticker, publisher, engine, intake, app, log, .. } = self;
        drop(disk);
        drop(publisher);
        drop(ticker);
        drop(intake);
        let engine = Arc::into_inner(engine).ok_or_else(|| {
            RunError::Failed("somebody still holds the engine at its stop".to_owned())
        })?;
        let stopped = engine.into_inner().unwrap_or_else(PoisonError::into_inner).stop()?;
        app.store.flush()?;
        drop(app);
        log.close();
        Ok(stopped)
    }
}

impl std::fmt::Debug for System {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("System").field("status", &self.status()).finish_non_exhaustive()
    }
}

/// Ends the process at once when the engine cannot go on: what it would do then nobody knows.
fn end_process(error: &EngineError) {
    tracing::error!(error = %error, code = EXIT_CODE_FATAL, "the process ends");
    std::process::exit(EXIT_CODE_FATAL);
}

fn store_options(config: &Config, folder: &DataFolder) -> StoreOptions {
    let mut options = StoreOptions::at(folder.state());
    options.cache_bytes = config.storage.cache_bytes.get();
    options.write_buffer_bytes = config.storage.write_buffer_bytes.get();
    options.waits_with_compaction = true;
    options
}

fn engine_options(config: &Config) -> EngineOptions {
    EngineOptions {
        workers: config.engine.workers.get(),
        records_max: config.engine.records_max.get(),
        changes_pending_max: config.engine.changes_pending_max.get(),
        on_fatal: Some(Box::new(end_process)),
        ..EngineOptions::default()
    }
}

fn door(config: &Config) -> Result<Door, KeysError> {
    let deadline = Duration::from_millis(config.serving.deadline_ms.get());
    Door::new(config.door.options(deadline), &config.api_keys)
}

fn serving_options(config: &Config) -> Options {
    Options {
        deadline: Duration::from_millis(config.serving.deadline_ms.get()),
        drain: Duration::from_millis(config.serving.drain_ms.get()),
        tenant: config.serving.tenant.clone(),
    }
}

fn sink(app: &Arc<App>, touched: &Arc<Touched>) -> Sink {
    let (app, touched) = (Arc::clone(app), Arc::clone(touched));
    Box::new(move |changes| {
        let stamp = app.clock.now();
        app.store.write(&changes, stamp)?;
        // Whoever waits for the views to be loaded hears of the first that are whole.
        if !changes.is_early {
            app.progress.publish(changes.up_to.clone());
        }
        touched.note(&changes);
        app.feed.publish(changes, stamp);
        Ok(())
    })
}

fn watch(vigil: &Arc<Vigil>) -> Box<dyn Listener> {
    Box::new(Watch(Arc::clone(vigil)))
}

/// Several listeners as one.
struct Listeners(Vec<Box<dyn Listener>>);

impl Listener for Listeners {
    fn decided(&mut self, replies: &[dataflows::Reply], log_times: &[(u16, events::LogTime)]) {
        for listener in &mut self.0 {
            listener.decided(replies, log_times);
        }
    }
}
