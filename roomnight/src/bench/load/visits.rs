//! Visits of guests: at times drawn ahead, whatever the server does, or one after the other.
//!
//! A visit either looks for rooms, or holds one, confirms it and at times cancels again. Its time
//! counts from the moment at which it was due, so that a server that is slow is not asked less.
//! Whoever finds no free connection for [`PATIENCE`] gives up and is counted as never sent.

use std::cell::{Cell, RefCell};
use std::collections::{BinaryHeap, VecDeque};
use std::net::SocketAddr;
use std::ops::Range;
use std::rc::Rc;
use std::time::{Duration, Instant};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokio::sync::Notify;

use super::connection::Connection;
use super::words::Wish;
use super::{Keys, ended, words};
use crate::bench::BenchError;
use crate::bench::world::World;

mod heard;

pub(in crate::bench) use heard::{Heard, Step};

/// How long somebody looks for a free connection.
const PATIENCE: Duration = Duration::from_millis(100);

/// How often is looked who is due.
const PACE: Duration = Duration::from_millis(1);

/// The pause before somebody who was turned away asks again for the first time; it doubles.
const PAUSE_MS: u64 = 100;

/// For how long how many visits are due.
#[derive(Debug, Clone, Copy)]
pub(in crate::bench) struct Piece {
    pub(in crate::bench) visits_per_second: f64,
    pub(in crate::bench) length: Duration,
    /// How often those ask again who are turned away.
    pub(in crate::bench) retries: u32,
}

/// Guests of some hotels of one server.
#[derive(Debug, Clone)]
pub(in crate::bench) struct Guests {
    pub(in crate::bench) address: SocketAddr,
    pub(in crate::bench) hotels: Range<usize>,
    /// The most connections that they open.
    pub(in crate::bench) connections: usize,
}

#[derive(Debug, Clone, Copy)]
struct Visit {
    due: Instant,
    wish: Wish,
    kind: Kind,
    retries: u32,
    tried: u32,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Look,
    Book { is_cancelled: bool },
}

/// The earliest is the greatest.
struct Later(Visit);

impl Ord for Later {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        other.0.due.cmp(&self.0.due)
    }
}

impl PartialOrd for Later {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Later {
    fn eq(&self, other: &Self) -> bool {
        self.0.due == other.0.due
    }
}

impl Eq for Later {}

/// What the tasks of one run share.
struct Shared {
    keys: Keys,
    waiting: RefCell<VecDeque<Visit>>,
    later: RefCell<BinaryHeap<Later>>,
    news: Notify,
    is_over: Cell<bool>,
    spans: RefCell<Vec<(Instant, Heard)>>,
}

impl Guests {
    /// Lets visits come at times drawn ahead; tells what was heard in each piece.
    pub(in crate::bench) async fn come(&self, plan: &[Piece]) -> Result<Vec<Heard>, BenchError> {
        let begun = Instant::now();
        let shared = Rc::new(Shared::new(begun, plan.iter().map(|piece| piece.length))?);
        let serve = |_| {
            let (shared, connection) = (Rc::clone(&shared), Connection::to(self.address));
            tokio::task::spawn_local(async move { shared.serve(connection).await })
        };
        let tasks: Vec<_> = (0..self.connections).map(serve).collect();
        let mut arrivals = Arrivals::new(self.hotels.clone())?;
        let mut piece_from = begun;
        for piece in plan {
            let until = piece_from + piece.length;
            arrivals.due = piece_from;
            while let Some(visit) = arrivals.next(piece, until) {
                shared.wait_until(visit.due).await;
                shared.expect(visit);
            }
            shared.wait_until(until).await;
            piece_from = until;
        }
        shared.end(tasks).await
    }

    /// Lets so many guests visit one visit after the other; tells what was heard after the warm-up.
    pub(in crate::bench) async fn take_turns(
        &self,
        guests: usize,
        warm_up: Duration,
        length: Duration,
    ) -> Result<Heard, BenchError> {
        let begun = Instant::now();
        let shared = Rc::new(Shared::new(begun, [warm_up, length].into_iter())?);
        let until = begun + warm_up + length;
        let guest = |_| {
            let (shared, mut connection) = (Rc::clone(&shared), Connection::to(self.address));
            let arrivals = Arrivals::new(self.hotels.clone());
            tokio::task::spawn_local(async move {
                let mut arrivals = arrivals?;
                while Instant::now() < until {
                    let visit = arrivals.draw(Instant::now(), 0);
                    shared.visit(&mut connection, visit).await;
                }
                Ok(())
            })
        };
        let tasks: Vec<_> = (0..guests).map(guest).collect();
        let heard = shared.end(tasks).await?;
        heard.into_iter().next_back().ok_or_else(gone)
    }
}

fn gone() -> BenchError {
    BenchError::Unexpected("a guest has outlived the visits".to_owned())
}

/// Draws when who comes; nothing that the server does changes that.
struct Arrivals {
    due: Instant,
    hotels: Range<usize>,
    world: World,
    random: ChaCha8Rng,
}

impl Arrivals {
    fn new(hotels: Range<usize>) -> Result<Self, BenchError> {
        let (due, random) = (Instant::now(), ChaCha8Rng::from_os_rng());
        Ok(Self { due, hotels, world: World::of_the_coming_year(1)?, random })
    }

    /// The next one who comes before the end: the times between them are exponential.
    fn next(&mut self, piece: &Piece, until: Instant) -> Option<Visit> {
        let share: f64 = self.random.random();
        let pause_s = -(1.0 - share).ln() / piece.visits_per_second;
        self.due += Duration::from_secs_f64(pause_s.min(3_600.0));
        (self.due < until).then(|| self.draw(self.due, piece.retries))
    }

    fn draw(&mut self, due: Instant, retries: u32) -> Visit {
        let hotel = self.random.random_range(self.hotels.clone());
        let wish = Wish::draw(hotel, self.world.first_night(), &mut self.random);
        let kind = match self.random.random_range(0..6) {
            0..3 => Kind::Look,
            number => Kind::Book { is_cancelled: number == 3 },
        };
        Visit { due, wish, kind, retries, tried: 0 }
    }
}

impl Shared {
    fn new(begun: Instant, lengths: impl Iterator<Item = Duration>) -> Result<Self, BenchError> {
        let mut until = begun;
        let span = |length| {
            until += length;
            Ok((until, Heard::new(length)?))
        };
        Ok(Self {
            keys: Keys::new(),
            waiting: RefCell::default(),
            later: RefCell::default(),
            news: Notify::new(),
            is_over: Cell::new(false),
            spans: RefCell::new(lengths.map(span).collect::<Result<_, BenchError>>()?),
        })
    }

    /// Waits, and meanwhile sends those who come again and sends away those who waited in vain.
    async fn wait_until(&self, due: Instant) {
        let mut now = Instant::now();
        while now < due {
            self.tidy(now);
            tokio::time::sleep(PACE.min(due - now)).await;
            now = Instant::now();
        }
    }

    fn tidy(&self, now: Instant) {
        loop {
            let mut later = self.later.borrow_mut();
            if later.peek().is_none_or(|next| next.0.due > now) {
                break;
            }
            let again = later.pop();
            drop(later);
            if let Some(Later(visit)) = again {
                self.expect(visit);
            }
        }
        let mut waiting = self.waiting.borrow_mut();
        while waiting.front().is_some_and(|visit| visit.due + PATIENCE < now) {
            waiting.pop_front();
            self.note(now, |heard| heard.unsent_count += 1);
        }
    }

    fn expect(&self, visit: Visit) {
        self.note(visit.due, |heard| heard.due_count += 1);
        self.waiting.borrow_mut().push_back(visit);
        // Who was served last: as few connections as will do.
        self.news.notify_last();
    }

    async fn serve(self: Rc<Self>, mut connection: Connection) -> Result<(), BenchError> {
        while !self.is_over.get() {
            let next = self.waiting.borrow_mut().pop_front();
            match next {
                Some(visit) => self.visit(&mut connection, visit).await,
                None => self.news.notified().await,
            }
        }
        Ok(())
    }

    async fn end(
        self: Rc<Self>,
        tasks: Vec<tokio::task::JoinHandle<Result<(), BenchError>>>,
    ) -> Result<Vec<Heard>, BenchError> {
        // Guests who take turns end on their own; the others once they are told.
        self.is_over.set(true);
        self.news.notify_waiters();
        for task in tasks {
            ended(task).await?;
        }
        let shared = Rc::into_inner(self).ok_or_else(gone)?;
        Ok(shared.spans.into_inner().into_iter().map(|(_, heard)| heard).collect())
    }

    fn note(&self, at: Instant, note: impl FnOnce(&mut Heard)) {
        let mut spans = self.spans.borrow_mut();
        let place = spans.partition_point(|(until, _)| *until <= at);
        if let Some((_, heard)) = spans.get_mut(place) {
            note(heard);
        }
    }

    async fn visit(&self, connection: &mut Connection, visit: Visit) {
        let Visit { due, wish, kind, .. } = visit;
        let Kind::Book { is_cancelled } = kind else {
            let looked = self.step(connection, Step::Look, due, |request| {
                words::look(request, &wish);
            });
            if looked.await == Outcome::TurnedAway {
                self.come_again(visit);
            }
            return;
        };
        let key = self.keys.next();
        let held = self.step(connection, Step::Hold, due, |request| {
            words::hold(request, key, &wish);
        });
        let hold = match held.await {
            Outcome::Done(hold) => hold,
            Outcome::TurnedAway => return self.come_again(visit),
            Outcome::Failed => return,
        };
        let key = self.keys.next();
        let confirmed = self.step(connection, Step::Confirm, Instant::now(), |request| {
            words::confirm(request, key, &hold);
        });
        if let (Outcome::Done(booking), true) = (confirmed.await, is_cancelled) {
            let key = self.keys.next();
            let write = |request: &mut Vec<u8>| words::cancel(request, key, &booking);
            self.step(connection, Step::Cancel, Instant::now(), write).await;
        }
    }

    fn come_again(&self, visit: Visit) {
        if visit.tried < visit.retries && !self.is_over.get() {
            let pause = Duration::from_millis(PAUSE_MS << visit.tried.min(10));
            // Spread by what the wish happens to be, so that they do not come back all at once.
            let spread = 1.0 + visit.wish.hotel as f64 % 16.0 / 16.0;
            let (due, tried) = (Instant::now() + pause.mul_f64(spread), visit.tried + 1);
            self.later.borrow_mut().push(Later(Visit { due, tried, ..visit }));
        }
    }

    /// One request of a visit.
    async fn step(
        &self,
        connection: &mut Connection,
        step: Step,
        due: Instant,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> Outcome {
        let sent = Instant::now();
        let outcome = match connection.ask(write).await {
            Ok(answer) if answer.status == step.status_done() => {
                Outcome::Done(answer.text(step.member()).unwrap_or_default().to_owned())
            }
            Ok(answer) if answer.is_turned_away() => Outcome::TurnedAway,
            Ok(_) | Err(_) => Outcome::Failed,
        };
        let answered = Instant::now();
        self.note(answered, |heard| match outcome {
            Outcome::Done(_) => heard.of(step).done.record(answered - due),
            Outcome::TurnedAway => heard.turned_away(step, answered - sent, answered - due),
            Outcome::Failed => heard.of(step).failed_count += 1,
        });
        outcome
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    /// With the id that the answer carries, if the next step needs one.
    Done(String),
    TurnedAway,
    Failed,
}
