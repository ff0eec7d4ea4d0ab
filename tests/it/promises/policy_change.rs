//! Policies change while guests search and book: no answer mixes two versions, a difference is what
//! a promotion makes of prices, and the log replays into the same prices.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use roomnight::directory::DataFolder;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::support::api::{Answer, Api};
use crate::support::hotel::Hotel;
use crate::support::server::Server;

/// Versions that are staged, each promoted and every third rolled back.
const VERSIONS_COUNT: u64 = 12;
const NIGHTS_COUNT: u64 = 40;
const PRICES: &str = "/v1/properties/grand/prices?from=2027-03-01&to=2027-04-10";
const PRICING: &str = "/v1/properties/grand/policies/pricing";
const PATIENCE: Duration = Duration::from_secs(60);

/// The version of that number, whose prices all end in it: whichever price was made by it shows.
fn document(number: u64) -> String {
    let season = if number.is_multiple_of(2) { 100 } else { -100 };
    format!(
        "schema = 1\nkind = \"pricing\"\n\
         [[tiers]]\ncurrency = \"EUR\"\nstep_minor = 100\nendings_minor = [{number}]\n\
         [[seasons]]\nname = \"spring\"\nfirst_night = 2027-03-10\nlast_night = 2027-03-20\n\
         priority = 1\nadjustment_permille = {season}\n"
    )
}

fn night(number: u64) -> String {
    let (month, day) = if number < 31 { (3, number + 1) } else { (4, number - 30) };
    format!("2027-{month:02}-{day:02}")
}

fn cells<'b>(body: &'b Value, list: &str) -> &'b Vec<Value> {
    body[list].as_array().unwrap_or_else(|| panic!("no {list}: {body}"))
}

/// The one version under which all prices of an answer were made, as it says and as they show.
fn version_of(answer: &Answer) -> u64 {
    let prices = cells(&answer.body, "prices");
    assert_eq!(prices.len() as u64, 2 * NIGHTS_COUNT, "{answer:?}");
    let versions: BTreeSet<u64> = prices.iter().filter_map(version_of_price).collect();
    let [version] = Vec::from_iter(versions)[..] else { panic!("several versions: {answer:?}") };
    version
}

fn version_of_price(price: &Value) -> Option<u64> {
    let version = price["policy_version"].as_u64()?;
    assert_eq!(price["amount"].as_u64()? % 100, version, "made by another version: {price}");
    Some(version)
}

/// Adds up an explanation, and says by which version it was made.
fn explained(answer: &Answer) -> Option<u64> {
    let amount = |value: &Value| value.as_i64().expect("an amount");
    let sum = |list: &str| cells(&answer.body, list).iter().map(|part| amount(&part["amount"]));
    let price = &answer.body["price"];
    let suggested = amount(&price["base_amount"]) + sum("parts").sum::<i64>();
    assert_eq!(suggested, amount(&answer.body["suggested_amount"]), "{answer:?}");
    let constrained = suggested + sum("constraints").sum::<i64>();
    assert_eq!(constrained, amount(&price["amount"]), "{answer:?}");
    version_of_price(price)
}

/// What goes on until it is told to end; how often it went on.
struct Load {
    is_over: Arc<AtomicBool>,
    tasks: Vec<JoinHandle<u64>>,
    readers: Vec<JoinHandle<BTreeSet<u64>>>,
}

impl Load {
    fn start(hotel: &Hotel) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let over = || Arc::clone(&is_over);
        let tasks = vec![
            tokio::spawn(book(hotel.clone(), over())),
            tokio::spawn(signal(hotel.api.clone(), over())),
        ];
        let readers = (0..2).map(|seed| tokio::spawn(read(hotel.api.clone(), over(), seed)));
        let readers = readers.collect();
        Self { is_over, tasks, readers }
    }

    async fn end(self) {
        self.is_over.store(true, Ordering::Relaxed);
        for task in self.tasks {
            let count = task.await.expect("nobody panics");
            assert!(count > 20, "only {count} times");
        }
        for reader in self.readers {
            let seen = reader.await.expect("no answer was a mixture");
            assert!(seen.len() > 3, "versions seen: {seen:?}");
        }
    }
}

/// Books rooms, and cancels every fifth booking.
async fn book(hotel: Hotel, is_over: Arc<AtomicBool>) -> u64 {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut count = 0;
    while !is_over.load(Ordering::Relaxed) {
        let first = random.random_range(0..NIGHTS_COUNT - 3);
        let (from, to) = (night(first), night(first + random.random_range(1..=3)));
        let room_type = if random.random() { "double" } else { "suite" };
        let held = hotel.hold(&format!("hold-{count}"), room_type, (&from, &to)).await;
        if held.status == 201 {
            let key = format!("confirm-{count}");
            let booked = hotel.confirm(&key, held.text("hold")).await.expect(201);
            if count % 5 == 0 {
                let path = format!("/v1/bookings/{}/cancel", booked.text("booking"));
                hotel.api.post(&path, &format!("cancel-{count}"), &json!({})).await.expect(200);
            }
        }
        count += 1;
    }
    count
}

/// Tells of searches and of what rivals ask.
async fn signal(api: Api, is_over: Arc<AtomicBool>) -> u64 {
    let mut random = ChaCha8Rng::seed_from_u64(2);
    let now = api.get(PRICES).await.expect(200).text("as_of").to_owned();
    let mut count = 0;
    while !is_over.load(Ordering::Relaxed) {
        let first = random.random_range(0..NIGHTS_COUNT - 1);
        let body = match random.random_range(0..3) {
            0 => json!({
                "type": "competitor_price", "source": "crawler", "observed_at": now,
                "property": "grand", "rival": format!("rival-{}", random.random_range(0..4)),
                "night": night(first),
                "price": {"amount": random.random_range(80..180) * 100, "currency": "EUR"},
            }),
            _ => json!({
                "type": "search", "source": "web", "id": format!("s-{count}"),
                "observed_at": now, "property": "grand",
                "check_in": night(first), "check_out": night(first + 1),
            }),
        };
        api.post("/v1/signals", &format!("signal-{count}"), &body).await.expect(200);
        count += 1;
    }
    count
}

/// Reads prices and explanations, each of which must be of one version; those that were seen.
async fn read(api: Api, is_over: Arc<AtomicBool>, seed: u64) -> BTreeSet<u64> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut seen = BTreeSet::new();
    while !is_over.load(Ordering::Relaxed) {
        seen.insert(version_of(&api.get(PRICES).await.expect(200)));
        let night = night(random.random_range(0..NIGHTS_COUNT));
        let path = format!("/v1/properties/grand/prices/double/{night}/explain");
        seen.extend(explained(&api.get(&path).await.expect(200)));
    }
    seen
}

/// What of the difference is one version's, now and then.
fn check_diff(diff: &Answer, (now, then): (u64, u64)) {
    assert_eq!(diff.body["compared"], 2 * NIGHTS_COUNT, "{diff:?}");
    let changes = cells(&diff.body, "changes");
    assert_eq!(changes.len() as u64, 2 * NIGHTS_COUNT, "all prices end in another number");
    for change in changes {
        let ending = |name: &str| change[name].as_u64().map(|amount| amount % 100);
        assert_eq!((ending("now"), ending("then")), (Some(now), Some(then)), "{change}");
    }
}

/// Stages, compares, promotes and rolls back, one version after the other.
async fn change_policies(api: &Api) {
    let mut in_force = vec![0];
    for number in 1..=VERSIONS_COUNT {
        let version = format!("{PRICING}/v-{number}");
        let (key, text) = (format!("stage-{number}"), document(number));
        let staged = api.put_document(&version, &key, &text).await.expect(200);
        let current = in_force.last().copied().unwrap_or_default();
        let diff = format!("{version}/diff?from=2027-03-01&to=2027-04-10");
        let diff = api.get_at(&diff, &staged.position).await.expect(200);
        check_diff(&diff, (current, number));
        let path = format!("{version}/promote");
        let promoted = api.post(&path, &format!("promote-{number}"), &json!({})).await.expect(200);
        assert_eq!(version_of(&api.get_at(PRICES, &promoted.position).await), number);
        in_force.push(number);
        if number.is_multiple_of(3) {
            let path = format!("{PRICING}/rollback");
            let back = api.post(&path, &format!("rollback-{number}"), &json!({})).await.expect(200);
            in_force.pop();
            let version = version_of(&api.get_at(PRICES, &back.position).await);
            assert_eq!(Some(&version), in_force.last());
        }
    }
}

/// All prices, and why they are what they are.
async fn prices(api: &Api) -> Vec<Value> {
    let prices = api.get(PRICES).await.expect(200);
    let mut all = cells(&prices.body, "prices").clone();
    for number in 0..NIGHTS_COUNT {
        let night = night(number);
        let path = format!("/v1/properties/grand/prices/double/{night}/explain");
        let mut explained = api.get(&path).await.expect(200);
        explained.body["as_of"] = Value::Null;
        all.push(explained.body);
    }
    all
}

fn copy_log(from: &Path, to: &Path) {
    let (from, to) = (DataFolder::at(from).log(), DataFolder::at(to).log());
    std::fs::create_dir_all(&to).expect("it can be made");
    for entry in std::fs::read_dir(from).expect("it is there").flatten() {
        std::fs::copy(entry.path(), to.join(entry.file_name())).expect("it can be copied");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn policies_change_under_load_and_no_answer_mixes_two_of_them() {
    let folder = TempDir::new().expect("a temporary folder");
    let server = Server::start(folder.path());
    let api = Api::new(&server.address);
    let hotel = Hotel::open(&api, "grand", &[("double", 30), ("suite", 12)]).await;
    let position = hotel.supply("double", 40).await.position;
    assert_eq!(version_of(&api.get_at(PRICES, &position).await), 0, "what is built in");
    let load = Load::start(&hotel);
    change_policies(&api).await;
    load.end().await;
    assert!(server.stop().success());

    let fresh = TempDir::new().expect("a temporary folder");
    copy_log(folder.path(), fresh.path());
    let servers = [Server::start(folder.path()), Server::start(fresh.path())];
    let [one, other] = servers.each_ref().map(|server| Api::new(&server.address));
    let begun = Instant::now();
    loop {
        let (one, other) = (prices(&one).await, prices(&other).await);
        if one == other {
            let touched = one.iter().filter(|price| price["touched"] == true).count();
            assert!(touched as u64 > NIGHTS_COUNT, "only {touched} nights were touched");
            break;
        }
        let differs = one.iter().zip(&other).find(|(one, other)| one != other);
        assert!(begun.elapsed() < PATIENCE, "replayed prices differ: {differs:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
