//! From a decision to its being visible in GET availability over HTTP, while 5,000 commands a
//! second are decided.
//!
//! One thread keeps up the load. Another takes a room on a night that nobody else sells, and from
//! the moment of the decision asks over HTTP again and again until the room is gone.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use events::hold::Lines;
use events::{Command, CommandId, Decision, Line, LogTime, PlaceHold, RatePlanId, Stay};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokio::runtime::{Builder, Runtime};

use super::figures::{Figures, median, quantile};
use super::stage::Stage;
use super::world::{NIGHTS_COUNT, WorldError};
use super::{BenchError, Manner};
use crate::client::Client;
use crate::hand::{Hand, Words};

/// Commands a second besides those that are measured.
const LOAD_PER_SECOND: u64 = 5_000;

/// The load comes in portions, so many a second.
const PORTIONS_PER_SECOND: u64 = 500;

/// How many hotels are sold; those behind them are for measuring alone.
const PROPERTIES: usize = 1_000;

/// How many rooms each has a night: enough that nobody is turned away.
const ROOMS: u16 = 10_000;

/// How long to wait between two measurements, so that they do not fall into step with the writer.
const PAUSE_MS_MAX: u64 = 8;

/// After how long a room that is still visible is a failure.
const PATIENCE: Duration = Duration::from_secs(10);

/// Runs the bench.
pub fn run(manner: &Manner) -> Result<Figures, BenchError> {
    let mut figures = Figures::new("freshness");
    let properties = if manner.is_tiny { 20 } else { PROPERTIES };
    let stage = Stage::set(manner, properties, ROOMS, 1)?;
    let runtime = runtime()?;
    let (address, stop) = serve(&stage, &runtime)?;
    let samples = if manner.is_tiny { 5 } else { manner.seconds as usize * 100 };
    let is_over = AtomicBool::new(false);
    let sent = AtomicU64::new(0);
    let begun = Instant::now();
    let hand = stage.system.hand()?;
    let sampled = std::thread::scope(|scope| {
        let load = scope.spawn(|| load(&stage, &hand, &is_over, &sent));
        let sampled = sample(&stage, address, manner.rounds, samples);
        is_over.store(true, Ordering::Relaxed);
        let loaded = load.join();
        loaded.map_err(|_| BenchError::Unexpected("the load ended in a panic".to_owned()))??;
        sampled
    });
    let seconds = begun.elapsed().as_secs_f64();
    // The server may have gone already; then nobody needs to be told.
    let _ = stop.send(());
    let rounds = sampled?;
    let over =
        |share: f64| median(rounds.iter().map(|times| quantile(times.clone(), share)).collect());
    figures.push("p50_milliseconds", over(0.5), "ms");
    figures.push("p99_milliseconds", over(0.99), "ms");
    figures.push("commands_per_second", sent.load(Ordering::Relaxed) as f64 / seconds, "1/s");
    drop(runtime);
    let digests = stage.system.status().digests;
    figures.hash(digests.iter().map(|(_, digest)| digest.to_string()).collect::<String>());
    stage.system.stop()?;
    Ok(figures)
}

fn runtime() -> Result<Runtime, BenchError> {
    Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(BenchError::io("starting the server's runtime"))
}

/// Answers HTTP on a free port until the sender is used or dropped.
fn serve(
    stage: &Stage,
    runtime: &Runtime,
) -> Result<(SocketAddr, tokio::sync::oneshot::Sender<()>), BenchError> {
    let doing = "listening";
    let listener = TcpListener::bind("127.0.0.1:0").map_err(BenchError::io(doing))?;
    let address = listener.local_addr().map_err(BenchError::io(doing))?;
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let app = Arc::clone(stage.system.app());
    runtime.spawn(async move {
        let stopped = async { drop(stopped.await) };
        if let Err(error) = serving::serve(listener, app, stopped).await {
            tracing::error!(%error, "the bench's server has ended");
        }
    });
    Ok((address, stop))
}

/// Appends holds at an even pace until it is over.
fn load(
    stage: &Stage,
    hand: &Hand,
    is_over: &AtomicBool,
    sent: &AtomicU64,
) -> Result<(), BenchError> {
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let begun = Instant::now();
    let hotels = stage.properties.len() / 2;
    for portion in 0.. {
        if is_over.load(Ordering::Relaxed) {
            break;
        }
        for _ in 0..LOAD_PER_SECOND / PORTIONS_PER_SECOND {
            let command = stage.world.hold(random.random_range(0..hotels), &mut random)?;
            append(stage, hand, &mut random, command)?;
            sent.fetch_add(1, Ordering::Relaxed);
        }
        let due = Duration::from_millis(1_000 * (portion + 1) / PORTIONS_PER_SECOND);
        std::thread::sleep(due.saturating_sub(begun.elapsed()));
    }
    Ok(())
}

fn append(
    stage: &Stage,
    hand: &Hand,
    random: &mut ChaCha8Rng,
    command: Command,
) -> Result<(), BenchError> {
    let app = stage.system.app();
    Ok(hand.append_patiently(Words {
        id: CommandId(random.random()),
        sequence: hand.next_sequence(),
        not_after: app.waiters.log_time(0).plus_ms(60_000),
        stamp: app.clock.now(),
        command,
    })?)
}

/// Milliseconds from decision to visibility, round by round.
fn sample(
    stage: &Stage,
    address: SocketAddr,
    rounds: usize,
    samples: usize,
) -> Result<Vec<Vec<f64>>, BenchError> {
    let mut prober = Prober {
        stage,
        http: Client::connect(address).map_err(BenchError::io("connecting to the server"))?,
        runtime: Builder::new_current_thread()
            .build()
            .map_err(BenchError::io("starting the prober's runtime"))?,
        random: ChaCha8Rng::seed_from_u64(5),
        // The second half of the hotels is not under load: each of their nights is used once.
        next: stage.properties.len() / 2 * NIGHTS_COUNT as usize,
    };
    (0..rounds)
        .map(|_| (0..samples).map(|_| prober.measure()).collect::<Result<Vec<_>, _>>())
        .collect()
}

struct Prober<'s> {
    stage: &'s Stage,
    http: Client,
    runtime: Runtime,
    random: ChaCha8Rng,
    next: usize,
}

impl Prober<'_> {
    /// Takes a room of a night that nobody has touched and waits until that shows.
    fn measure(&mut self) -> Result<f64, BenchError> {
        let pause = Duration::from_micros(self.random.random_range(0..PAUSE_MS_MAX * 1_000));
        std::thread::sleep(pause);
        let nights = NIGHTS_COUNT as usize;
        let hotel = self.next / nights % self.stage.properties.len();
        let night = self.stage.world.first_night().plus((self.next % nights) as i32);
        self.next += 1;
        let stay = Stay::new(night, night.plus(1)).map_err(WorldError::from)?;
        let decided = self.take(hotel, stay)?;
        let path = format!(
            "/v1/properties/{}/availability?check_in={night}&check_out={}&rooms=1&guests=1",
            self.stage.properties[hotel],
            night.plus(1)
        );
        let expected = format!("\"left\":{}", ROOMS - 1);
        while decided.elapsed() < PATIENCE {
            let body = self.http.get(&path).map_err(BenchError::io("asking the server"))?;
            if body.contains(&expected) {
                return Ok(decided.elapsed().as_secs_f64() * 1e3);
            }
        }
        let night = format!("the room taken on {night} is still offered after {PATIENCE:?}");
        Err(BenchError::Unexpected(night))
    }

    /// Holds a room; says when that was decided.
    fn take(&mut self, hotel: usize, stay: Stay) -> Result<Instant, BenchError> {
        let line = Line {
            room_type: self.stage.world.room_type().clone(),
            rate_plan: RatePlanId::new("flexible").map_err(WorldError::from)?,
            stay,
            rooms: 1,
            adults: 1,
            children: Default::default(),
        };
        let command = Command::PlaceHold(PlaceHold::direct(
            self.stage.properties[hotel].clone(),
            3_600_000,
            Lines::from_iter([line]),
        ));
        let app = self.stage.system.app();
        let log_time: LogTime = app.waiters.log_time(0);
        let id = self.random.random();
        let asked = self.stage.desk.ask(&*app.log, 0, id, log_time, command);
        match self.runtime.block_on(asked)? {
            Decision::Held { .. } => Ok(Instant::now()),
            other => Err(BenchError::Unexpected(format!("the prober was answered {other:?}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Manner, run};

    #[test]
    fn it_runs() {
        let figures = run(&Manner::tiny()).expect("the whole server runs");
        assert!(figures.get("p99_milliseconds").is_some_and(|value| value > 0.0), "{figures}");
    }
}
