//! Holds per second over HTTP: a server as its users start it, and clients on kept connections,
//! all on the same cores. Each client asks again as soon as it is answered.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::figures::{Figures, median};
use super::load::connection::Connection;
use super::load::words::{self, Wish};
use super::load::{Keys, Served, Times, ended, run as run_clients};
use super::world::World;
use super::{BenchError, Manner};

/// How many hotels are sold.
const HOTELS: usize = 1_000;

/// How many rooms each has a night: enough that nobody is turned away.
const ROOMS: u16 = 10_000;

/// How many clients ask at a time.
const CLIENTS: usize = 128;

/// How long a round runs before it is measured.
const WARM_UP: Duration = Duration::from_millis(500);

/// Runs the bench.
pub fn run(manner: &Manner) -> Result<Figures, BenchError> {
    let mut figures = Figures::new("http");
    let (hotels, clients) = if manner.is_tiny { (4, 4) } else { (HOTELS, CLIENTS) };
    let length = Duration::from_millis(if manner.is_tiny { 100 } else { manner.seconds * 1_000 });
    let served = Served::start(manner, 0..hotels, ROOMS)?;
    let before = served.used()?;
    let mut rounds = Vec::new();
    for seed in 0..manner.rounds {
        let begun = Instant::now() + WARM_UP.min(length);
        let round = Round {
            hotels,
            world: World::of_the_coming_year(ROOMS)?,
            keys: Keys::new(),
            from: begun,
            until: begun + length,
            heard: RefCell::new(Heard { held: Times::new()?, turned_away_count: 0 }),
        };
        rounds.push(run_clients(round.go(&served, clients, seed as u64))?);
    }
    let over = |figure: fn(&Heard) -> f64| median(rounds.iter().map(figure).collect());
    let seconds = length.as_secs_f64();
    figures.push("holds_per_second", over(|heard| heard.held.count() as f64) / seconds, "1/s");
    figures.push("p50_milliseconds", over(|heard| heard.held.milliseconds(0.5)), "ms");
    figures.push("p99_milliseconds", over(|heard| heard.held.milliseconds(0.99)), "ms");
    figures.push("turned_away_percent", over(Heard::turned_away_percent), "%");
    figures.push("clients", clients as f64, "1");
    served.tell_cores(&before, "", &mut figures)?;
    served.server.kill()?;
    Ok(figures)
}

/// What clients were answered while it was measured.
struct Heard {
    held: Times,
    turned_away_count: u64,
}

impl Heard {
    fn turned_away_percent(&self) -> f64 {
        let all = self.held.count() + self.turned_away_count;
        100.0 * self.turned_away_count as f64 / all.max(1) as f64
    }
}

struct Round {
    hotels: usize,
    world: World,
    keys: Keys,
    from: Instant,
    until: Instant,
    heard: RefCell<Heard>,
}

impl Round {
    async fn go(self, served: &Served, clients: usize, seed: u64) -> Result<Heard, BenchError> {
        let round = Rc::new(self);
        let client = |seat| {
            let random = ChaCha8Rng::seed_from_u64(seed << 16 | seat as u64);
            let connection = Connection::to(served.address());
            tokio::task::spawn_local(Rc::clone(&round).work(connection, random))
        };
        let clients: Vec<_> = (0..clients).map(client).collect();
        for client in clients {
            ended(client).await?;
        }
        let round = Rc::into_inner(round);
        let heard = round.map(|round| round.heard.into_inner());
        heard.ok_or_else(|| BenchError::Unexpected("a client has outlived its round".to_owned()))
    }

    async fn work(
        self: Rc<Self>,
        mut connection: Connection,
        mut random: ChaCha8Rng,
    ) -> Result<(), BenchError> {
        while Instant::now() < self.until {
            let hotel = random.random_range(0..self.hotels);
            let wish = Wish::draw(hotel, self.world.first_night(), &mut random);
            let key = self.keys.next();
            let asked = Instant::now();
            let answer = connection.ask(|request| words::hold(request, key, &wish)).await;
            let answer = answer.map_err(BenchError::io("asking for a hold"))?;
            let answered = Instant::now();
            let is_measured = asked >= self.from && answered <= self.until;
            let mut heard = self.heard.borrow_mut();
            match answer.status {
                201 if is_measured => heard.held.record(answered - asked),
                429 | 503 if is_measured => heard.turned_away_count += 1,
                201 | 429 | 503 => {}
                status => {
                    let said = String::from_utf8_lossy(answer.body);
                    let fault = format!("a hold was answered {status}: {said}");
                    return Err(BenchError::Unexpected(fault));
                }
            }
        }
        Ok(())
    }
}
