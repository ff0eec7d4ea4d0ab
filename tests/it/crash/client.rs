//! A client that never gives up, and what the clients know in the end.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::support::api::{Answer, Api};
use crate::support::hotel::Hotel;

/// Rooms of each hotel: few, so that refusals are as common as bookings.
pub const ROOMS: u16 = 120;

/// The nights that everybody wants; a stay lasts from one of them to a later one.
pub const NIGHTS: &[&str] =
    &["2027-03-01", "2027-03-02", "2027-03-03", "2027-03-04", "2027-03-05", "2027-03-06"];

/// One client's errand.
pub struct Client {
    seed: u64,
    random: ChaCha8Rng,
    hotels: Arc<[String]>,
    addresses: watch::Receiver<String>,
    stopped: watch::Receiver<bool>,
    known: Known,
}

/// A write and the answer that settled it.
#[derive(Clone)]
pub struct Settled {
    path: String,
    key: String,
    body: Value,
    answer: Answer,
}

/// What became of a booking, as its client was told.
pub struct Booked {
    property: String,
    nights: std::ops::Range<usize>,
    cancelled: bool,
    confirmation: String,
}

/// All that the clients were told.
#[derive(Default)]
pub struct Known {
    /// Every write that was answered.
    pub answers: Vec<Settled>,
    /// Every booking, by its id.
    pub bookings: BTreeMap<String, Booked>,
    /// How often somebody had to ask again.
    pub retries_count: usize,
}

impl Client {
    /// A client with choices of its own.
    pub fn new(
        seed: u64,
        hotels: Arc<[String]>,
        addresses: watch::Receiver<String>,
        stopped: watch::Receiver<bool>,
    ) -> Self {
        let random = ChaCha8Rng::seed_from_u64(seed);
        Self { seed, random, hotels, addresses, stopped, known: Known::default() }
    }

    /// Books until told to stop; every wish that it began is answered by then.
    pub async fn run(mut self) -> Known {
        let mut number = 0;
        while !*self.stopped.borrow() {
            self.book(&format!("client-{}-{number}", self.seed)).await;
            number += 1;
        }
        self.known
    }

    /// One guest: a hold, then mostly a booking, of which some are cancelled.
    async fn book(&mut self, name: &str) {
        let property = self.hotels[self.random.random_range(0..self.hotels.len())].clone();
        let from = self.random.random_range(0..NIGHTS.len() - 1);
        let to = self.random.random_range(from + 1..NIGHTS.len());
        let hotel = Hotel { api: Api::new(""), property: property.clone() };
        let body = hotel.hold_body("double", (NIGHTS[from], NIGHTS[to]), 1);
        let held = self.ask("/v1/holds".to_owned(), format!("{name}-hold"), body).await;
        if held.status == 409 {
            assert_eq!(held.text("rejection"), "no_room", "{held:?}");
            return;
        }
        let hold = held.expect(201).text("hold").to_owned();
        if self.random.random_range(0..10) < 2 {
            let path = format!("/v1/holds/{hold}/release");
            self.ask(path, format!("{name}-release"), json!({})).await.expect(200);
            return;
        }
        let path = format!("/v1/holds/{hold}/confirm");
        let guest = json!({"guest": name});
        let answer = self.ask(path, format!("{name}-confirm"), guest).await.expect(201);
        let booking = answer.text("booking").to_owned();
        let confirmation = answer.text("confirmation").to_owned();
        let cancelled = self.random.random_range(0..10) < 5;
        if cancelled {
            let path = format!("/v1/bookings/{booking}/cancel");
            self.ask(path, format!("{name}-cancel"), json!({})).await.expect(200);
        }
        let booked = Booked { property, nights: from..to, cancelled, confirmation };
        let before = self.known.bookings.insert(booking, booked);
        assert!(before.is_none(), "two holds became one booking");
    }

    /// Asks until there is an answer that settles it, at whatever address the server has by then.
    async fn ask(&mut self, path: String, key: String, body: Value) -> Answer {
        loop {
            let api = Api::new(&self.addresses.borrow().clone());
            match api.try_write(Method::POST, &path, &key, &body).await {
                Ok(answer) if !matches!(answer.status, 202 | 429 | 500..) => {
                    let settled = Settled { path, key, body, answer: answer.clone() };
                    self.known.answers.push(settled);
                    return answer;
                }
                Ok(_) | Err(_) => {
                    self.known.retries_count += 1;
                    // Nobody listens while the server is down: a moment, not a busy loop.
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            }
        }
    }
}

impl Known {
    /// Adds what another client knows.
    pub fn join(&mut self, other: Self) {
        self.answers.extend(other.answers);
        self.retries_count += other.retries_count;
        let count = self.bookings.len() + other.bookings.len();
        self.bookings.extend(other.bookings);
        assert_eq!(self.bookings.len(), count, "two clients were told of one booking");
    }

    /// How many rooms of a hotel are sold on a night.
    pub fn taken(&self, property: &str, night: usize) -> i64 {
        let sold = |booked: &&Booked| {
            !booked.cancelled && booked.property == property && booked.nights.contains(&night)
        };
        self.bookings.values().filter(sold).count() as i64
    }

    /// Every key is answered as it was, by the server as it is now; returns the last position.
    pub async fn check_answers_again(&self, api: &Api) -> String {
        let mut position = String::new();
        // Many at once, since over a log elsewhere each takes its time.
        for settled in self.answers.chunks(64) {
            let mut again = JoinSet::new();
            for Settled { path, key, body, answer } in settled.iter().cloned() {
                let api = api.clone();
                again.spawn(async move {
                    (api.settle(Method::POST, &path, &key, &body).await, key, answer)
                });
            }
            for (again, key, answer) in again.join_all().await {
                assert_eq!((again.status, &again.body), (answer.status, &answer.body), "{key}");
                position = again.position;
            }
        }
        position
    }

    /// Every booking is in the state that its client was told.
    pub async fn check_bookings(&self, api: &Api, position: &str) {
        let mut confirmations = BTreeSet::new();
        for (booking, booked) in &self.bookings {
            let answer = api.get_at(&format!("/v1/bookings/{booking}"), position).await.expect(200);
            let state = if booked.cancelled { "cancelled" } else { "confirmed" };
            assert_eq!(answer.text("state"), state, "{booking}");
            assert_eq!(answer.text("confirmation"), booked.confirmation, "{booking}");
            assert!(confirmations.insert(&booked.confirmation), "a confirmation number twice");
        }
    }
}
