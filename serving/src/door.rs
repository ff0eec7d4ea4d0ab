//! From a listening socket to answers: how many may connect, how long they may take, how it ends.
//!
//! The accept loop is our own, because everything that a stranger can make last must have a bound:
//! connections, headers, bodies, silence, streams, resets, and the stop itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::admission::{Admission, LimitOptions};
use crate::app::{App, Ready};
use crate::keys::{ApiKey, Keys, KeysError};
use crate::rates::{RateOptions, Rates};

mod activity;
pub(crate) mod body;
mod connection;
mod peers;
mod sieve;
#[cfg(test)]
mod tests;
mod turned_away;
mod watched;

pub(crate) use activity::Ended;
use body::Budget;
use peers::Peers;
use turned_away::TurnedAway;
pub(crate) use turned_away::lane_of;

const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// How long is waited after an accept that failed for want of something, such as descriptors.
pub(crate) const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What may be set about connections and requests.
#[derive(Debug, Clone)]
pub struct DoorOptions {
    /// The most connections at once.
    pub connections_max: usize,
    /// The most connections of one address beyond this machine.
    pub connections_per_address_max: usize,
    /// How long a request line with its headers may take to arrive.
    pub header_wait: Duration,
    /// How many bytes they may have.
    pub header_bytes_max: usize,
    /// How many headers there may be.
    pub headers_max: usize,
    /// How long a body may take to arrive.
    pub body_wait: Duration,
    /// How many bytes a second of it must arrive, after a while.
    pub body_bytes_per_second_min: u64,
    /// How many bytes of bodies may be in memory at once.
    pub bodies_bytes_max: usize,
    /// How long a connection may be silent between requests.
    pub idle_wait: Duration,
    /// How long requests may make no progress.
    pub stall_wait: Duration,
    /// The most streams of one HTTP/2 connection.
    pub streams_max: u32,
    /// How often one client may ask.
    pub rates: RateOptions,
    /// How many requests may be under way.
    pub limit: LimitOptions,
}

impl Default for DoorOptions {
    fn default() -> Self {
        Self {
            connections_max: 16_384,
            connections_per_address_max: 512,
            header_wait: Duration::from_secs(5),
            header_bytes_max: 32 << 10,
            headers_max: 64,
            body_wait: Duration::from_secs(15),
            body_bytes_per_second_min: 256,
            bodies_bytes_max: 64 << 20,
            idle_wait: Duration::from_secs(60),
            stall_wait: Duration::from_secs(30),
            streams_max: 128,
            rates: RateOptions::default(),
            limit: LimitOptions::default(),
        }
    }
}

/// Everything that stands before the handlers.
#[derive(Debug)]
pub struct Door {
    pub(crate) keys: Keys,
    pub(crate) rates: Rates,
    pub(crate) admission: Admission,
    pub(crate) body_budget: Budget,
    pub(crate) options: DoorOptions,
    turned_away: TurnedAway,
    is_shut: AtomicBool,
}

impl Door {
    /// A door with those keys.
    pub fn new(options: DoorOptions, keys: &[ApiKey]) -> Result<Self, KeysError> {
        let keys = Keys::new(keys)?;
        Ok(Self {
            rates: Rates::new(&options.rates, keys.names().count()),
            keys,
            admission: Admission::new(options.limit.clone(), Instant::now()),
            body_budget: Budget::new(options.bodies_bytes_max),
            options,
            turned_away: TurnedAway::new(),
            is_shut: AtomicBool::new(false),
        })
    }

    /// From now on nothing is appended to the log any more.
    pub fn shut(&self) {
        self.is_shut.store(true, Ordering::Release);
    }

    /// Whether callers are asked for a key.
    pub fn has_keys(&self) -> bool {
        !self.keys.is_empty()
    }

    pub(crate) fn is_shut(&self) -> bool {
        self.is_shut.load(Ordering::Acquire)
    }
}

/// Answers on that socket until `stop` is over. Then it is not ready, accepts no more, closes what
/// is idle, lets requests under way end within the drain, and lastly appends nothing more.
pub(crate) async fn answer(
    listener: TcpListener,
    app: Arc<App>,
    router: Router,
    stop: impl Future<Output = ()> + Send,
) {
    let (tracker, stopping) = (TaskTracker::new(), CancellationToken::new());
    tracker.spawn(upkeep(Arc::clone(&app), stopping.clone()));
    {
        let peers = Peers::new(&app.door.options);
        let accepting = accept(&listener, &app, &router, &peers, (&tracker, &stopping));
        tokio::select! {
            () = stop => {}
            () = accepting => {}
        }
    }
    app.readiness.set(Ready::Stopping);
    drop(listener);
    stopping.cancel();
    tracker.close();
    let drain = app.options.drain;
    if tokio::time::timeout(drain, tracker.wait()).await.is_err() {
        let count = tracker.len();
        tracing::warn!(drain_ms = drain.as_millis(), count, "connections were cut off at the stop");
    }
    app.door.shut();
}

/// Accepts for ever; what goes wrong with one connection or for want of descriptors passes.
async fn accept(
    listener: &TcpListener,
    app: &Arc<App>,
    router: &Router,
    peers: &Peers,
    (tracker, stopping): (&TaskTracker, &CancellationToken),
) {
    let http = Arc::new(http(&app.door.options));
    loop {
        let (stream, address) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                app.metrics.door.accept_failed();
                tracing::debug!(%error, "a connection was not accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let seat = match peers.take(address.ip()) {
            Ok(seat) => seat,
            Err(reason) => {
                app.metrics.door.connection_refused(reason);
                continue;
            }
        };
        no_delay(&stream);
        app.metrics.door.connections(peers.count());
        let connection = connection::Connection {
            stream,
            address: address.ip(),
            router: router.clone(),
            app: Arc::clone(app),
            http: Arc::clone(&http),
            stopping: stopping.clone(),
        };
        tracker.spawn(async move {
            let app = Arc::clone(&connection.app);
            let ended = connection.answer().await;
            app.metrics.door.connection_closed(ended);
            let count = seat.leave();
            app.metrics.door.connections(count);
        });
    }
}

/// An answer is one small packet; it must not wait for more to go along.
pub(crate) fn no_delay(stream: &TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection keeps Nagle's algorithm");
    }
}

/// HTTP/1 and HTTP/2 with every limit that they have.
pub(crate) fn http(options: &DoorOptions) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        // `activity` tells a slow header from a silent connection, which this would not.
        .header_read_timeout(None)
        .max_headers(options.headers_max)
        .max_buf_size(options.header_bytes_max);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(options.streams_max)
        .max_pending_accept_reset_streams(20)
        .max_local_error_reset_streams(128)
        .max_header_list_size(u32::try_from(options.header_bytes_max).unwrap_or(u32::MAX))
        .max_send_buf_size(64 << 10)
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(10));
    builder
}

async fn upkeep(app: Arc<App>, stopping: CancellationToken) {
    loop {
        tokio::select! {
            () = stopping.cancelled() => return,
            () = tokio::time::sleep(UPKEEP_EVERY) => {}
        }
        app.metrics.upkeep();
        app.door.rates.upkeep();
    }
}
