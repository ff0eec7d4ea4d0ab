//! Answering HTTP until the process is asked to stop.

use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use serving::serve::check_address;
use serving::{App, ServeError, SystemClock};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::config::{Config, ConfigError, Effective, Sources};
use crate::directory::DataFolder;
use crate::messages::{self, MessagesError};
use crate::run::{EXIT_CODE_FATAL, Parts, RunError, System};

/// The longest time from being asked to stop to being gone.
const STOP_MAX: Duration = Duration::from_secs(24);

/// After how many requests the door looks for decisions that the ledger's thread has told: after
/// each. Those who have a place are served before those who ask for one; by tokio's own measure,
/// which looks so seldom that a crowd of newcomers hides it, they would wait for every one of them.
const DECISIONS_FIRST: u32 = 1;

/// How many newcomers are looked at before decisions are again. They must fit the queue of their
/// thread, of 256: what does not fit goes into the queue of the decisions, and before those.
const IO_EVENTS_MAX: usize = 64;

/// Why the server does not run, or did not stop in order.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The configuration is refused.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The address is not one.
    #[error("`listen` is `{0}`: write it as 127.0.0.1:8080")]
    Address(String),
    /// Nobody can listen there.
    #[error("cannot listen on {address}: choose another with --listen, or stop what is there")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// Messages cannot be set up.
    #[error(transparent)]
    Messages(#[from] MessagesError),
    /// The system does not run.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The door does not open.
    #[error("HTTP cannot be answered")]
    Serve(#[from] ServeError),
    /// The runtime of the door does not start, or standard output is closed.
    #[error("the system refuses")]
    Io(#[from] io::Error),
}

/// Opens a data folder and answers HTTP until it is asked to stop.
pub fn run(folder: DataFolder, sources: &Sources) -> Result<(), ServerError> {
    let effective = Effective::load(sources)?;
    let config = &effective.config;
    messages::set_up(&config.messages.filter)?;
    tracing::info!(configuration = %effective, "starting");
    let listener = listen(config)?;
    let loading = Loading::begin(&listener)?;
    let parts = Parts { folder, clock: Arc::new(SystemClock), listener: None };
    let system = System::start(config, parts)?;
    drop(loading);
    answer(system, config, listener)
}

/// Takes the address before anything else is done, so that a taken one is told at once.
pub(crate) fn listen(config: &Config) -> Result<TcpListener, ServerError> {
    let address: SocketAddr =
        config.listen.parse().map_err(|_| ServerError::Address(config.listen.clone()))?;
    check_address(address, !config.api_keys.is_empty())?;
    TcpListener::bind(address).map_err(|source| ServerError::Listen { address, source })
}

/// Tells whoever asks that the process is not ready, from the moment at which callers can connect
/// until this is dropped. Its thread goes on until the last that it accepted is answered.
struct Loading(CancellationToken);

impl Loading {
    fn begin(listener: &TcpListener) -> io::Result<Self> {
        let listener = listener.try_clone()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let loaded = CancellationToken::new();
        let stop = loaded.clone().cancelled_owned();
        let tell = move || {
            if let Err(error) = runtime.block_on(serving::answer_not_ready(listener, stop)) {
                tracing::warn!(%error, "nobody is told that the process is not ready yet");
            }
        };
        std::thread::Builder::new().name("http-loading".to_owned()).spawn(tell)?;
        Ok(Self(loaded))
    }
}

impl Drop for Loading {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// Answers until a signal comes, and stops the system; says where it listens once it decides.
///
/// It answers from the beginning: that it lives, that it is not ready, and what was stored.
pub(crate) fn answer(
    system: System,
    config: &Config,
    listener: TcpListener,
) -> Result<(), ServerError> {
    // Another test of the same process may have installed its own, which serves as well.
    if system.app().metrics.install().is_err() {
        tracing::debug!("metrics of other parts go to the recorder that is there");
    }
    let address = listener.local_addr()?;
    let app = Arc::clone(system.app());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(config.serving.threads.get())
        .thread_name("http")
        .global_queue_interval(DECISIONS_FIRST)
        .max_io_events_per_tick(IO_EVENTS_MAX)
        .enable_all()
        .build()?;
    let failed = CancellationToken::new();
    let owning = own(system, address, failed.clone())?;
    let served = runtime.block_on(async move {
        let stop = stop_asked()?;
        let stop = async move {
            tokio::select! {
                () = stop => {}
                () = failed.cancelled() => {}
            }
            end_in_time();
        };
        serve(listener, app, stop).await
    });
    // Whatever still runs holds the app; the system stops only after it.
    drop(runtime);
    tracing::info!("stopping");
    let (system, owned) = owning.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    let stopped = system.stop()?;
    tracing::info!(decided = %stopped.decided, stored = %stopped.stored, "stopped");
    match owned {
        Ok(()) | Err(ServerError::Run(RunError::Stopping)) => served,
        Err(error) => Err(error),
    }
}

/// Takes the log over on a thread of its own, and says so. When that fails HTTP ends too.
fn own(
    mut system: System,
    address: SocketAddr,
    failed: CancellationToken,
) -> io::Result<JoinHandle<(System, Result<(), ServerError>)>> {
    let own = move || {
        let owned = system.own().map_err(ServerError::from);
        system.settle();
        let owned = owned.and_then(|()| Ok(say(address)?));
        if owned.is_err() {
            failed.cancel();
        }
        (system, owned)
    };
    std::thread::Builder::new().name("own".to_owned()).spawn(own)
}

async fn serve(
    listener: TcpListener,
    app: Arc<App>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServerError> {
    Ok(serving::serve(listener, app, stop).await?)
}

/// However long the disk takes over the last writes, the process ends: what was acknowledged is on
/// the log, and the next start goes on from there.
fn end_in_time() {
    let watch = || {
        std::thread::sleep(STOP_MAX);
        tracing::error!(
            stop_max_s = STOP_MAX.as_secs(),
            code = EXIT_CODE_FATAL,
            "the stop takes too long: the process ends; what was acknowledged is on the log"
        );
        std::process::exit(EXIT_CODE_FATAL);
    };
    if let Err(error) = std::thread::Builder::new().name("stop".to_owned()).spawn(watch) {
        tracing::warn!(%error, "nothing ends a stop that takes too long");
    }
}

/// The one line that tells whoever started the process that it is ready to decide, and where.
fn say(address: SocketAddr) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "roomnight listening on http://{address}")?;
    out.flush()
}

/// Is over when the process is asked to end, by a service manager or by Ctrl-C.
fn stop_asked() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
