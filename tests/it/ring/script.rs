//! The script: some guests who book, release and cancel, and what they were told, written down
//! outside the server.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::api::{Answer, Api};
use crate::support::hotel::Hotel;

/// Rooms of each hotel: few, so that somebody is turned away.
const ROOMS: u16 = 4;
const HOTELS: [&str; 2] = ["ring-a", "ring-b"];
/// The nights that everybody wants.
const NIGHTS: [&str; 4] = ["2027-03-01", "2027-03-02", "2027-03-03", "2027-03-04"];
/// How many guests ask at once.
const CLIENTS: usize = 3;

/// For how long a guest asks again who is told to, as on a busy machine, and after how long.
const COMES_AGAIN_FOR: Duration = Duration::from_secs(10);
const COMES_AGAIN_AFTER: Duration = Duration::from_millis(50);

/// A write and its answer.
#[derive(Debug, Clone)]
pub struct Told {
    /// When it was asked.
    pub begun: Instant,
    /// Its idempotency key.
    pub key: String,
    /// What was asked.
    pub body: Value,
    /// What was answered.
    pub answer: Answer,
}

/// Is told of each answer as it comes.
pub type Hears = Arc<dyn Fn(&Told) + Send + Sync>;

/// All that the guests were told, by key.
#[derive(Default)]
pub struct History {
    told: Mutex<BTreeMap<String, Told>>,
    hears: Option<Hears>,
}

/// The server gave no answer that settles it.
#[derive(Debug)]
pub struct Gone;

impl History {
    /// Of which somebody else wants to hear too.
    pub fn heard_by(hears: Hears) -> Arc<Self> {
        Arc::new(Self { hears: Some(hears), ..Self::default() })
    }

    /// Knows that those things were told before.
    pub fn remember(&self, told: &[Told]) {
        let mut all = self.told.lock().expect("nobody panics with it");
        all.extend(told.iter().map(|told| (told.key.clone(), told.clone())));
    }

    /// All that was told so far.
    pub fn all(&self) -> Vec<Told> {
        self.told.lock().expect("nobody panics with it").values().cloned().collect()
    }

    async fn ask(
        &self,
        api: &Api,
        method: Method,
        path: String,
        key: String,
        body: Value,
    ) -> Result<Answer, Gone> {
        let begun = Instant::now();
        let answer = loop {
            let answer =
                api.try_write(method.clone(), &path, &key, &body).await.map_err(|_| Gone)?;
            // Not after 202: what was taken must be decided without being asked for again.
            let comes_again = matches!(answer.status, 429 | 503);
            if comes_again && begun.elapsed() < COMES_AGAIN_FOR {
                tokio::time::sleep(COMES_AGAIN_AFTER).await;
                continue;
            }
            if matches!(answer.status, 202 | 429 | 500..) {
                return Err(Gone);
            }
            break answer;
        };
        let told = Told { begun, key: key.clone(), body, answer: answer.clone() };
        if let Some(hears) = &self.hears {
            hears(&told);
        }
        let mut all = self.told.lock().expect("nobody panics with it");
        if let Some(before) = all.insert(key.clone(), told) {
            let before = (before.answer.status, before.answer.body);
            assert_eq!(before, (answer.status, answer.body.clone()), "{key} answered anew");
        }
        Ok(answer)
    }
}

/// Plays the script once: to its end, or until the server is gone. Playing it again asks all the
/// same with the same keys.
pub async fn play(api: &Api, history: &Arc<History>, guests: usize) -> Result<(), Gone> {
    for property in HOTELS {
        open(api, history, property).await?;
    }
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let (api, history) = (api.clone(), Arc::clone(history));
            tokio::spawn(async move {
                for guest in (client..guests).step_by(CLIENTS) {
                    visit(&api, &history, guest).await?;
                }
                Ok(())
            })
        })
        .collect();
    let mut ended = Ok(());
    for client in clients {
        ended = ended.and(client.await.expect("no client panics"));
    }
    ended
}

async fn open(api: &Api, history: &History, property: &str) -> Result<(), Gone> {
    let wishes = [
        (
            String::new(),
            json!({
                "name": property, "city": "Lisbon", "country": "PT",
                "location": {"lat": 38.71, "lon": -9.14}, "time_zone": "Europe/Lisbon",
                "currency": "EUR", "stars": 4, "amenities": [],
            }),
        ),
        ("/room-types/double".to_owned(), json!({"name": "double", "max_guests": 4})),
        (
            "/rate-plans/flexible".to_owned(),
            json!({
                "name": "Flexible", "room_types": ["double"],
                "base_price": {"amount": 12_000, "currency": "EUR"},
            }),
        ),
        (
            "/inventory".to_owned(),
            json!({
                "room_type": "double", "from": "2027-02-01", "to": "2027-05-01",
                "rooms": ROOMS, "blocked": 0,
            }),
        ),
    ];
    for (place, body) in wishes {
        let path = format!("/v1/properties/{property}{place}");
        let key = format!("{property}{}", place.replace('/', "-"));
        history.ask(api, Method::PUT, path, key, body).await?;
    }
    Ok(())
}

/// One guest: a hold, then mostly a booking, of which some are cancelled.
async fn visit(api: &Api, history: &History, guest: usize) -> Result<(), Gone> {
    let property = HOTELS[guest % HOTELS.len()].to_owned();
    let from = guest / 2 % (NIGHTS.len() - 1);
    let to = from + 1 + guest % (NIGHTS.len() - 1 - from);
    let hotel = Hotel { api: api.clone(), property };
    let body = hotel.hold_body("double", (NIGHTS[from], NIGHTS[to]), 1);
    let post = |path: String, step: &str, body: Value| {
        history.ask(api, Method::POST, path, format!("guest-{guest}-{step}"), body)
    };
    let held = post("/v1/holds".to_owned(), "hold", body).await?;
    if held.status == 409 {
        assert_eq!(held.text("rejection"), "no_room", "{held:?}");
        return Ok(());
    }
    let hold = held.expect(201).text("hold").to_owned();
    if guest % 5 == 1 {
        post(format!("/v1/holds/{hold}/release"), "release", json!({})).await?.expect(200);
        return Ok(());
    }
    let path = format!("/v1/holds/{hold}/confirm");
    let booked = post(path, "confirm", json!({"guest": "g"})).await?.expect(201);
    if guest % 3 == 2 {
        let path = format!("/v1/bookings/{}/cancel", booked.text("booking"));
        post(path, "cancel", json!({})).await?.expect(200);
    }
    Ok(())
}

/// The server knows everything that was told, without being asked to do it again: nothing that
/// was acknowledged is lost.
pub async fn nothing_is_lost(api: &Api, told: &[Told], when: &str) {
    for Told { key, answer, .. } in told {
        let now = api.get_at(&format!("/v1/commands/{key}"), &answer.position).await;
        assert_eq!(now.status, 200, "{when}: {key} was acknowledged and is lost: {now:?}");
        let said = (now.body["status"].as_u64(), &now.body["answer"]);
        assert_eq!(said, (Some(answer.status.into()), &answer.body), "{when}: {key}");
    }
}

/// Plays the script to its end, and holds the server to the sum of all it ever said: the same
/// answer for each key again, and on each night as many rooms left as the answers leave.
pub async fn plays_on(api: &Api, history: &Arc<History>, guests: usize, when: &str) {
    play(api, history, guests).await.unwrap_or_else(|Gone| panic!("{when}: no answer"));
    let told = history.all();
    let last = told.iter().max_by_key(|told| position_number(&told.answer.position));
    let position = last.map(|told| told.answer.position.clone()).unwrap_or_default();
    for property in HOTELS {
        let hotel = Hotel { api: api.clone(), property: property.to_owned() };
        let left = hotel.left("double", (NIGHTS[0], NIGHTS[NIGHTS.len() - 1]), &position).await;
        let expected: Vec<i64> = (0..NIGHTS.len() - 1)
            .map(|night| i64::from(ROOMS) - taken(&told, property, NIGHTS[night]))
            .collect();
        assert_eq!(left, expected, "{when}: rooms left in {property}");
    }
}

/// The offset in a position of one partition, such as `0:17`.
fn position_number(position: &str) -> u64 {
    position.rsplit(':').next().and_then(|text| text.parse().ok()).unwrap_or_default()
}

/// How many rooms the guests have on a night, going by what they were told.
fn taken(told: &[Told], property: &str, night: &str) -> i64 {
    let was_told = |key: &str| told.iter().any(|told| told.key == key);
    let has_room = |told: &&Told| {
        let Some(guest) = told.key.strip_suffix("-hold") else { return false };
        let line = &told.body["lines"][0];
        let nights = line["check_in"].as_str()..line["check_out"].as_str();
        told.answer.status == 201
            && told.body["property"] == property
            && nights.contains(&Some(night))
            && !was_told(&format!("{guest}-release"))
            && !was_told(&format!("{guest}-cancel"))
    };
    told.iter().filter(has_room).count() as i64
}
