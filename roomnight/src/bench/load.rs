//! The load generator: many clients on one thread, which speak to a server as lean as can be.
//!
//! It runs on the same cores as the server, so what it takes of them is told with every figure.

use std::cell::Cell;
use std::future::Future;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokio::runtime::Builder;
use tokio::task::LocalSet;

use super::child::Server;
use super::figures::Figures;
use super::{BenchError, Manner, process};

pub(super) mod connection;
pub(super) mod hotels;
pub(super) mod visits;
pub(super) mod words;

/// What counts as this long, however long it took: an hour.
const LATENCY_NS_MAX: u64 = 3_600_000_000_000;

/// A server as its users start it, with hotels to sell, and what it and the generator have used.
pub(super) struct Served {
    pub(super) server: Server,
    /// Dropped last.
    _folder: tempfile::TempDir,
}

/// Processor time that server and generator had used at some moment.
pub(super) struct Used {
    at: Instant,
    server: Duration,
    generator: Duration,
}

impl Served {
    /// Starts a server on a folder of its own and opens hotels with that many rooms a night.
    pub(super) fn start(
        manner: &Manner,
        hotels: std::ops::Range<usize>,
        rooms: u16,
    ) -> Result<Self, BenchError> {
        Self::start_with(manner, hotels, rooms, &[])
    }

    /// The same with some settings, by the names of their environment variables.
    pub(super) fn start_with(
        manner: &Manner,
        hotels: std::ops::Range<usize>,
        rooms: u16,
        settings: &[(&str, &str)],
    ) -> Result<Self, BenchError> {
        let folder = manner.folder().map_err(BenchError::io("making a folder for the bench"))?;
        let data = folder.path().join("data");
        let server = Server::start_for_users(&data, &manner.kafka, settings)?;
        let served = Self { server, _folder: folder };
        run(hotels::open(served.address(), hotels, rooms))?;
        Ok(served)
    }

    /// Where it answers.
    pub(super) fn address(&self) -> SocketAddr {
        self.server.address
    }

    /// What has been used by now.
    pub(super) fn used(&self) -> Result<Used, BenchError> {
        let generator = process::processor_time(std::process::id());
        let generator = generator.map_err(BenchError::io("reading this process's time"))?;
        Ok(Used { at: Instant::now(), server: self.server.processor_time()?, generator })
    }

    /// Tells how many cores server and generator have kept busy since.
    pub(super) fn tell_cores(
        &self,
        since: &Used,
        suffix: &str,
        figures: &mut Figures,
    ) -> Result<(), BenchError> {
        let now = self.used()?;
        let seconds = (now.at - since.at).as_secs_f64();
        let share = |before: Duration, after: Duration| (after - before).as_secs_f64() / seconds;
        figures.push(format!("server_cores{suffix}"), share(since.server, now.server), "cores");
        figures.push(
            format!("generator_cores{suffix}"),
            share(since.generator, now.generator),
            "cores",
        );
        Ok(())
    }
}

/// Runs clients on this thread until they are done.
pub(super) fn run<T>(
    clients: impl Future<Output = Result<T, BenchError>>,
) -> Result<T, BenchError> {
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(BenchError::io("starting the clients' runtime"))?;
    runtime.block_on(LocalSet::new().run_until(clients))
}

/// Waits for a client's task.
pub(super) async fn ended<T>(
    task: tokio::task::JoinHandle<Result<T, BenchError>>,
) -> Result<T, BenchError> {
    let ended = task.await;
    ended.map_err(|error| BenchError::Unexpected(format!("a client did not end: {error}")))?
}

/// Idempotency keys that nobody else draws, also not another run on the same log.
#[derive(Debug)]
pub(super) struct Keys(Cell<u128>);

impl Keys {
    /// Begins somewhere.
    pub(super) fn new() -> Self {
        Self(Cell::new(ChaCha8Rng::from_os_rng().random()))
    }

    /// The next one.
    pub(super) fn next(&self) -> u128 {
        self.0.replace(self.0.get().wrapping_add(1))
    }
}

/// How long things took.
#[derive(Debug, Clone)]
pub(super) struct Times(Histogram<u64>);

impl Times {
    /// None yet.
    pub(super) fn new() -> Result<Self, BenchError> {
        let histogram = Histogram::new_with_bounds(1, LATENCY_NS_MAX, 3);
        Ok(Self(histogram.map_err(|error| {
            BenchError::Unexpected(format!("no histogram of three digits can be made: {error}"))
        })?))
    }

    pub(super) fn record(&mut self, time: Duration) {
        self.0.saturating_record(u64::try_from(time.as_nanos()).unwrap_or(LATENCY_NS_MAX));
    }

    pub(super) fn count(&self) -> u64 {
        self.0.len()
    }

    /// What that share of them did not exceed, in milliseconds; of none, not a number.
    pub(super) fn milliseconds(&self, share: f64) -> f64 {
        match self.0.is_empty() {
            true => f64::NAN,
            false => self.0.value_at_quantile(share) as f64 / 1e6,
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        // Both have the same bounds.
        let _ = self.0.add(&other.0);
    }
}
