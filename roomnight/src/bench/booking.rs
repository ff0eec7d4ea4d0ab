//! Decisions per second through the whole engine: every answer is about a record that was synced
//! and read back, and views and storage follow at the same time on the same cores.
//!
//! Clients are tasks within the process. Each holds a room, confirms, cancels one booking of three,
//! and waits for each answer before it asks for the next thing.

use std::cell::RefCell;
use std::fs::OpenOptions;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use events::{CancelBooking, Command, ConfirmHold, Decision, GuestRef};
use hdrhistogram::Histogram;
use ingest::embedded::{Disk, LocalDisk, NamedFile};
use ingest::{AppendError, Log};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serving::Waiters;
use tokio::runtime::{Builder, Runtime};
use tokio::task::LocalSet;

use super::desk::Desk;
use super::figures::{Figures, median};
use super::stage::Stage;
use super::world::{World, WorldError};
use super::{BenchError, Manner};

/// How many hotels are sold.
const PROPERTIES: usize = 1_000;

/// How many rooms each has a night: enough that nobody is turned away.
const ROOMS: u16 = 10_000;

/// How many clients ask at a time, and what their figures end in.
const CLIENTS: [(usize, &str); 2] = [(64, ""), (256, "_256")];

/// How many times the disk is asked to sync.
const SYNCS: usize = 300;

/// What counts as this long, however long it took: an hour.
const LATENCY_NS_MAX: u64 = 3_600_000_000_000;

/// How long a round runs before it is measured.
const WARM_UP: Duration = Duration::from_millis(300);

/// Runs the bench.
pub fn run(manner: &Manner) -> Result<Figures, BenchError> {
    let mut figures = Figures::new("booking");
    let properties = if manner.is_tiny { 10 } else { PROPERTIES };
    let length = Duration::from_millis(if manner.is_tiny { 50 } else { manner.seconds * 1_000 });
    let stage = Stage::set(manner, properties, ROOMS, 256)?;
    let runtime = Builder::new_current_thread()
        .build()
        .map_err(BenchError::io("starting the clients' runtime"))?;
    let bench = Bench { stage: &stage, runtime, length };

    let syncs = if manner.is_tiny { 10 } else { SYNCS };
    let before = sync_median_ms(stage.folder.path(), syncs)?;
    let single = bench.rounds(1, manner.rounds)?;
    let after = sync_median_ms(stage.folder.path(), syncs)?;
    for (clients, suffix) in CLIENTS {
        let rounds = bench.rounds(clients, manner.rounds)?;
        rounds.tell(&mut figures, suffix);
    }
    figures.push("single_client_median_milliseconds", single.p50_ms(), "ms");
    let sync = (before + after) / 2.0;
    figures.push("fsync_median_milliseconds", sync, "ms");
    figures.push("single_client_over_fsync_milliseconds", single.p50_ms() - sync, "ms");
    let digests = stage.system.status().digests;
    figures.hash(digests.iter().map(|(_, digest)| digest.to_string()).collect::<String>());
    stage.system.stop()?;
    Ok(figures)
}

struct Bench<'s> {
    stage: &'s Stage,
    runtime: Runtime,
    length: Duration,
}

/// What one round measured.
struct Round {
    decisions_per_second: f64,
    latencies: Histogram<u64>,
    trailing_ms: f64,
}

struct Rounds(Vec<Round>);

impl Rounds {
    fn median(&self, figure: impl Fn(&Round) -> f64) -> f64 {
        median(self.0.iter().map(figure).collect())
    }

    fn p50_ms(&self) -> f64 {
        self.median(|round| milliseconds(round.latencies.value_at_quantile(0.5)))
    }

    fn tell(&self, figures: &mut Figures, suffix: &str) {
        let mut push = |figure: &str, value, unit| {
            figures.push(format!("{figure}{suffix}"), value, unit);
        };
        push("decisions_per_second", self.median(|round| round.decisions_per_second), "1/s");
        push("p50_milliseconds", self.p50_ms(), "ms");
        let p99 = |round: &Round| milliseconds(round.latencies.value_at_quantile(0.99));
        push("p99_milliseconds", self.median(p99), "ms");
        push("views_trail_milliseconds", self.median(|round| round.trailing_ms), "ms");
    }
}

fn milliseconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e6
}

impl Bench<'_> {
    fn rounds(&self, clients: usize, count: usize) -> Result<Rounds, BenchError> {
        let rounds = (0..count).map(|round| self.round(clients, round as u64));
        Ok(Rounds(rounds.collect::<Result<_, _>>()?))
    }

    fn round(&self, clients: usize, seed: u64) -> Result<Round, BenchError> {
        let begun = Instant::now();
        let warm = WARM_UP.min(self.length);
        let span = Span { from: begun + warm, until: begun + warm + self.length };
        let latencies = Histogram::new_with_bounds(1, LATENCY_NS_MAX, 3).map_err(|error| {
            BenchError::Unexpected(format!("no histogram of three digits can be made: {error}"))
        })?;
        let latencies = Rc::new(RefCell::new(latencies));
        let tasks = LocalSet::new();
        let app = self.stage.system.app();
        let handles: Vec<_> = (0..clients)
            .map(|seat| {
                tasks.spawn_local(work(Client {
                    seat,
                    desk: Arc::clone(&self.stage.desk),
                    log: Arc::clone(&app.log),
                    waiters: Arc::clone(&app.waiters),
                    world: self.stage.world.clone(),
                    properties: self.stage.properties.len(),
                    random: ChaCha8Rng::seed_from_u64(seed << 16 | seat as u64),
                    latencies: Rc::clone(&latencies),
                    span,
                }))
            })
            .collect();
        self.runtime.block_on(tasks.run_until(async {
            for handle in handles {
                let ended = handle.await.map_err(|error| {
                    BenchError::Unexpected(format!("a client did not come to its end: {error}"))
                })?;
                ended?;
            }
            Ok::<(), BenchError>(())
        }))?;
        let ended = Instant::now();
        self.stage.system.catch_up_stored()?;
        let trailing_ms = ended.elapsed().as_secs_f64() * 1e3;
        let latencies = latencies.borrow().clone();
        let decisions_per_second = latencies.len() as f64 / self.length.as_secs_f64();
        Ok(Round { decisions_per_second, latencies, trailing_ms })
    }
}

/// The part of a round that is measured.
#[derive(Clone, Copy)]
struct Span {
    from: Instant,
    until: Instant,
}

struct Client {
    seat: usize,
    desk: Arc<Desk>,
    log: Arc<dyn Log>,
    waiters: Arc<Waiters>,
    world: World,
    properties: usize,
    random: ChaCha8Rng,
    latencies: Rc<RefCell<Histogram<u64>>>,
    span: Span,
}

/// Why a client gave up.
#[derive(Debug, thiserror::Error)]
enum ClientError {
    #[error(transparent)]
    World(#[from] WorldError),
    #[error(transparent)]
    Append(#[from] AppendError),
    #[error("a client was answered {0:?}, and nobody is turned away in this bench")]
    Refused(Decision),
}

impl From<ClientError> for BenchError {
    fn from(error: ClientError) -> Self {
        Self::Unexpected(error.to_string())
    }
}

/// Books until the round is over.
async fn work(mut client: Client) -> Result<(), ClientError> {
    let guest = GuestRef::new("guest").map_err(WorldError::from)?;
    while Instant::now() < client.span.until {
        let number = client.random.random_range(0..client.properties);
        let hold = client.world.hold(number, &mut client.random)?;
        let hold = match client.ask(hold).await? {
            Decision::Held { hold, .. } => hold,
            other => return Err(ClientError::Refused(other)),
        };
        let confirm = Command::ConfirmHold(ConfirmHold { hold, guest: guest.clone() });
        let booking = match client.ask(confirm).await? {
            Decision::Confirmed { booking, .. } => booking,
            other => return Err(ClientError::Refused(other)),
        };
        if client.random.random_range(0..3) == 0 {
            let cancel = CancelBooking { booking, lines: Default::default() };
            match client.ask(Command::CancelBooking(cancel)).await? {
                Decision::Cancelled { .. } => {}
                other => return Err(ClientError::Refused(other)),
            }
        }
    }
    Ok(())
}

impl Client {
    async fn ask(&mut self, command: Command) -> Result<Decision, AppendError> {
        let id = self.random.random();
        let log_time = self.waiters.log_time(0);
        let asked = Instant::now();
        let decision = self.desk.ask(&*self.log, self.seat, id, log_time, command).await?;
        let answered = Instant::now();
        if asked >= self.span.from && answered <= self.span.until {
            let nanoseconds = u64::try_from((answered - asked).as_nanos());
            let nanoseconds = nanoseconds.unwrap_or(LATENCY_NS_MAX);
            self.latencies.borrow_mut().saturating_record(nanoseconds);
        }
        Ok(decision)
    }
}

/// How long the disk takes to write and sync 4 KiB, the way the log does it.
fn sync_median_ms(folder: &Path, count: usize) -> Result<f64, BenchError> {
    let path = folder.join("sync-probe");
    let doing = "asking the disk to sync";
    let mut options = OpenOptions::new();
    let file = options.create(true).truncate(false).write(true).open(&path);
    let file = NamedFile { file: file.map_err(BenchError::io(doing))?, path };
    let page = [7; 4_096];
    let mut times = Vec::with_capacity(count);
    // As in the log the file has its full length before anything is timed.
    LocalDisk.write(&file, &vec![0; page.len() * count], 0).map_err(BenchError::io(doing))?;
    LocalDisk.sync(&file).map_err(BenchError::io(doing))?;
    for index in 0..count {
        let begun = Instant::now();
        let at = (index * page.len()) as u64;
        LocalDisk.write(&file, &page, at).map_err(BenchError::io(doing))?;
        LocalDisk.sync(&file).map_err(BenchError::io(doing))?;
        times.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    Ok(median(times))
}

#[cfg(test)]
mod tests {
    use super::{Manner, run};

    #[test]
    fn it_runs() {
        let figures = run(&Manner::tiny()).expect("the whole engine runs");
        for figure in ["decisions_per_second", "p99_milliseconds_256", "fsync_median_milliseconds"]
        {
            assert!(figures.get(figure).is_some_and(|value| value > 0.0), "{figure}: {figures}");
        }
    }
}
