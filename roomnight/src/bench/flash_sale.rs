//! Ten thousand clients want one of twenty rooms, while other hotels are visited: all at the same
//! moment, within a second, and within ten.

use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, watch};

use super::figures::{Figures, median};
use super::load::connection::Connection;
use super::load::visits::{Guests, Heard, Piece};
use super::load::words::{self, Wish};
use super::load::{Keys, Served, Times, ended, hotels, run as run_clients};
use super::world::World;
use super::{BenchError, Manner};

/// How many clients want the rooms.
const CLIENTS: usize = 10_000;

/// Within how long they come, and what the figures of that end in.
const SPREADS: [(Duration, &str); 3] = [
    (Duration::ZERO, ""),
    (Duration::from_secs(1), "_within_1_second"),
    (Duration::from_secs(10), "_within_10_seconds"),
];

/// How many rooms the hotel on sale has a night.
const ROOMS_ON_SALE: u16 = 20;

/// How many other hotels there are, and how many rooms they have.
const OTHERS: (usize, u16) = (100, 10_000);

/// How many visits the others get.
const VISITS_PER_SECOND: f64 = 1_000.0;

/// How many clients connect at the same time, before the sale begins.
const CONNECTING: usize = 64;

/// Files that a process needs besides its connections.
const FILES_BESIDES: usize = 200;

/// Runs the bench.
pub fn run(manner: &Manner) -> Result<Figures, BenchError> {
    let mut figures = Figures::new("flash-sale");
    let clients = if manner.is_tiny { 50 } else { CLIENTS.min(files_max() - FILES_BESIDES) };
    let served = Served::start(manner, 0..OTHERS.0, OTHERS.1)?;
    let length = Duration::from_millis(if manner.is_tiny { 100 } else { manner.seconds * 1_000 });
    let sale = Sale { address: served.address(), clients, length };
    figures.push("clients", clients as f64, "1");
    let mut hotel = OTHERS.0;
    for (spread, suffix) in SPREADS {
        // In miniature they still come one after the other, only sooner.
        let spread = if manner.is_tiny { spread / 100 } else { spread };
        let on_sale = hotel..hotel + manner.rounds;
        hotel = on_sale.end;
        run_clients(hotels::open(served.address(), on_sale.clone(), ROOMS_ON_SALE))?;
        let rounds = on_sale.map(|hotel| sale.round(hotel, spread));
        tell(&rounds.collect::<Result<Vec<_>, _>>()?, suffix, &mut figures);
    }
    served.server.kill()?;
    Ok(figures)
}

fn tell(rounds: &[Round], suffix: &str, figures: &mut Figures) {
    let mut push = |figure: &str, of: fn(&Round) -> f64, unit| {
        figures.push(format!("{figure}{suffix}"), median(rounds.iter().map(of).collect()), unit);
    };
    push("sold_rooms", |round| round.crowd.sold_count as f64, "1");
    push("refused_for_no_room", |round| round.crowd.no_room_count as f64, "1");
    push("turned_away", |round| round.crowd.turned_away_count as f64, "1");
    push("unanswered", |round| round.crowd.unanswered_count as f64, "1");
    push("p50_milliseconds", |round| round.crowd.answered.milliseconds(0.5), "ms");
    push("p99_milliseconds", |round| round.crowd.answered.milliseconds(0.99), "ms");
    push("others_p99_milliseconds_before", |round| round.before, "ms");
    push("others_p99_milliseconds_during", |round| round.during, "ms");
    push("others_p99_ratio", |round| round.during / round.before, "1");
    push("others_not_done_during", |round| round.not_done as f64, "1");
}

/// How many files this process may have open; the server, which it starts, may as many.
fn files_max() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let files = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    files.unwrap_or(1_024)
}

struct Sale {
    address: SocketAddr,
    clients: usize,
    length: Duration,
}

/// One sale.
struct Round {
    crowd: Crowd,
    /// The others' 99th percentiles in milliseconds.
    before: f64,
    during: f64,
    /// How many requests of the others were turned away or failed.
    not_done: u64,
}

/// What the crowd was told.
struct Crowd {
    sold_count: usize,
    no_room_count: usize,
    turned_away_count: usize,
    unanswered_count: usize,
    answered: Times,
}

impl Sale {
    /// Sells one hotel's rooms; the crowd is a thread of its own, so that it does not delay those
    /// who are measured against it more than the cores that they share do.
    fn round(&self, hotel: usize, spread: Duration) -> Result<Round, BenchError> {
        let ready = Arc::new(AtomicUsize::new(0));
        let (begin, begins) = watch::channel(false);
        std::thread::scope(|scope| {
            let is_ready = Arc::clone(&ready);
            let crowd =
                scope.spawn(move || run_clients(self.crowd(hotel, spread, is_ready, begins)));
            let others = run_clients(self.others(&ready, begin, spread));
            let crowd = crowd.join();
            let panicked = |_| BenchError::Unexpected("the crowd ended in a panic".to_owned());
            let crowd = crowd.map_err(panicked)??;
            let [before, during] = others?;
            Ok(Round {
                crowd,
                before: before.done()?.milliseconds(0.99),
                during: during.done()?.milliseconds(0.99),
                not_done: during.refused.count() + during.failed_count(),
            })
        })
    }

    /// Visits to other hotels before and during the sale.
    async fn others(
        &self,
        ready: &AtomicUsize,
        begin: watch::Sender<bool>,
        spread: Duration,
    ) -> Result<[Heard; 2], BenchError> {
        let guests = Guests { address: self.address, hotels: 0..OTHERS.0, connections: 100 };
        while ready.load(Ordering::Acquire) < self.clients {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        // As long before as during: what happens once in a while must weigh the same in both.
        let length = self.length.max(spread);
        let piece = Piece { visits_per_second: VISITS_PER_SECOND, length, retries: 0 };
        let warm_up = Piece { length: self.length / 4, ..piece };
        let mut before = guests.come(&[warm_up, piece]).await?;
        let plan = [piece];
        let during = guests.come(&plan);
        // Nobody listens only where the crowd has failed, which is told where it ends.
        let _ = begin.send(true);
        let during = during.await?.pop();
        let heard = before.pop().zip(during);
        let heard = heard.ok_or_else(|| BenchError::Unexpected("nothing was heard".to_owned()))?;
        Ok(heard.into())
    }

    async fn crowd(
        &self,
        hotel: usize,
        spread: Duration,
        ready: Arc<AtomicUsize>,
        begins: watch::Receiver<bool>,
    ) -> Result<Crowd, BenchError> {
        let first = World::of_the_coming_year(ROOMS_ON_SALE)?.first_night();
        let wish = Wish { hotel, check_in: first, check_out: first.plus(1) };
        let (keys, connecting) = (Rc::new(Keys::new()), Rc::new(Semaphore::new(CONNECTING)));
        let client = |number: usize| {
            let client = Client {
                // Evenly: the rooms go to the first of them in any case.
                comes_after: spread.mul_f64(number as f64 / self.clients as f64),
                connection: Connection::to(self.address),
                keys: Rc::clone(&keys),
                begins: begins.clone(),
                ready: Arc::clone(&ready),
                connecting: Rc::clone(&connecting),
            };
            tokio::task::spawn_local(client.want(wish))
        };
        let clients: Vec<_> = (0..self.clients).map(client).collect();
        let mut crowd = Crowd {
            sold_count: 0,
            no_room_count: 0,
            turned_away_count: 0,
            unanswered_count: 0,
            answered: Times::new()?,
        };
        for client in clients {
            match ended(client).await? {
                None => crowd.unanswered_count += 1,
                Some((told, after)) => {
                    crowd.answered.record(after);
                    match told {
                        Told::Sold => crowd.sold_count += 1,
                        Told::NoRoom => crowd.no_room_count += 1,
                        Told::TurnedAway => crowd.turned_away_count += 1,
                    }
                }
            }
        }
        if crowd.sold_count > usize::from(ROOMS_ON_SALE) {
            let count = crowd.sold_count;
            let fault = format!("{count} clients were sold one of {ROOMS_ON_SALE} rooms");
            return Err(BenchError::Unexpected(fault));
        }
        Ok(crowd)
    }
}

enum Told {
    Sold,
    NoRoom,
    TurnedAway,
}

struct Client {
    comes_after: Duration,
    connection: Connection,
    keys: Rc<Keys>,
    begins: watch::Receiver<bool>,
    ready: Arc<AtomicUsize>,
    connecting: Rc<Semaphore>,
}

impl Client {
    /// What this client was told and how long after the sale began; nothing if it never was.
    async fn want(mut self, wish: Wish) -> Result<Option<(Told, Duration)>, BenchError> {
        let connected = {
            let _place = self.connecting.acquire().await;
            self.connection.connect().await
        };
        self.ready.fetch_add(1, Ordering::AcqRel);
        // The sender goes only where the bench has failed.
        let began = self.begins.wait_for(|begins| *begins).await.is_ok();
        if connected.is_err() || !began {
            return Ok(None);
        }
        if !self.comes_after.is_zero() {
            tokio::time::sleep(self.comes_after).await;
        }
        let asked = Instant::now();
        let key = self.keys.next();
        let answer = self.connection.ask(|request| words::hold(request, key, &wish)).await;
        let Ok(answer) = answer else { return Ok(None) };
        let after = asked.elapsed();
        let told = match answer.status {
            201 => {
                let hold = answer.text("hold").unwrap_or_default().to_owned();
                self.confirm(&hold).await?;
                Told::Sold
            }
            409 => Told::NoRoom,
            202 => return Ok(None),
            _ if answer.is_turned_away() => Told::TurnedAway,
            status => {
                let said = String::from_utf8_lossy(answer.body);
                let fault = format!("a client of the sale was answered {status}: {said}");
                return Err(BenchError::Unexpected(fault));
            }
        };
        Ok(Some((told, after)))
    }

    /// Makes a booking of the hold, however often it takes.
    async fn confirm(&mut self, hold: &str) -> Result<(), BenchError> {
        let key = self.keys.next();
        loop {
            let answer = self.connection.ask(|request| words::confirm(request, key, hold)).await;
            let answer = answer.map_err(BenchError::io("confirming a hold of the sale"))?;
            match answer.status {
                201 => return Ok(()),
                202 | 429 | 503 => tokio::time::sleep(Duration::from_millis(50)).await,
                status => {
                    let fault = format!("a hold of the sale was answered {status} at its confirm");
                    return Err(BenchError::Unexpected(fault));
                }
            }
        }
    }
}
