//! Brokers are killed under load and started again: nothing is lost, nothing happens twice.
//!
//! The clients of the crash test book, release and cancel all the while, and know in the end what
//! each of their wishes came to. Beside them one writer measures when writes are answered again,
//! and one reader that reads are answered all the time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::crash::check_nights;
use crate::crash::client::{Client, Known, ROOMS};
use crate::support::api::{Answer, Api};
use crate::support::hotel::Hotel;
use crate::support::kafka::{Cluster, Topics};
use crate::support::{self, server::Server};

const CLIENTS_COUNT: u64 = 16;
const HOTELS_COUNT: usize = 4;
const STAY: (&str, &str) = ("2027-05-01", "2027-05-02");

/// What the API promises a request, and a quarter of a second for the machine.
const ANSWERED_WITHIN: Duration = Duration::from_millis(2_250);
/// How soon writes have to be answered again.
const RESUMED_WITHIN: Duration = Duration::from_secs(10);
/// After what time nobody waits for writes any more.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_broker_loses_nothing_and_doubles_nothing() {
    let Some(cluster) = Cluster::start(1) else { return };
    let rounds_count = if support::long() { 20 } else { 3 };
    endure("one broker", &cluster, async |_, written| {
        let mut resumed_after = Vec::new();
        let mut random = ChaCha8Rng::seed_from_u64(1);
        for _ in 0..rounds_count {
            // The moment has to be an arbitrary one, in the middle of work.
            tokio::time::sleep(Duration::from_millis(random.random_range(300..1500))).await;
            cluster.kill(1);
            // Long enough that requests run into their deadlines.
            tokio::time::sleep(Duration::from_secs(3)).await;
            cluster.restart(1);
            resumed_after.push(until_written(written).await);
        }
        resumed_after
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_three_brokers_may_be_killed() {
    let Some(cluster) = Cluster::start(3) else { return };
    let rounds_count = if support::long() { 20 } else { 3 };
    endure("one broker of three", &cluster, async |topics, written| {
        let mut resumed_after = Vec::new();
        let mut random = ChaCha8Rng::seed_from_u64(3);
        for round in 0..rounds_count {
            tokio::time::sleep(Duration::from_millis(random.random_range(300..1500))).await;
            let broker = round % 3 + 1;
            cluster.kill(broker);
            resumed_after.push(until_written(written).await);
            cluster.restart(broker);
            wait_for_replicas(&cluster, &topics);
        }
        resumed_after
    })
    .await;
}

/// Waits until an answer came to a write that was begun from now on; says how long that took.
async fn until_written(written: &mut watch::Receiver<Instant>) -> Duration {
    let begun = Instant::now();
    let answered = written.wait_for(|at| *at >= begun);
    let answered = tokio::time::timeout(PATIENCE, answered).await;
    answered.expect("writes are answered again").expect("the writer lives");
    begun.elapsed()
}

/// Waits until every record stands on every broker again, so that the next one may be killed.
fn wait_for_replicas(cluster: &Cluster, topics: &Topics) {
    let commands = topics.commands();
    let words = ["--describe", "--under-replicated-partitions", "--topic", &commands];
    while !cluster.tool("TopicCommand", &words).stdout.trim_ascii().is_empty() {}
}

/// Puts load on a server while something is done to its brokers, and settles the accounts.
async fn endure(
    name: &str,
    cluster: &Cluster,
    harm: impl AsyncFnOnce(Topics, &mut watch::Receiver<Instant>) -> Vec<Duration>,
) {
    let home = TempDir::new().expect("a temporary folder");
    let data = home.path().join("data");
    let topics = cluster.topics(1);
    let server = topics.server(&data);
    let load = Load::begin(&server).await;
    let (last, mut written) = watch::channel(Instant::now());
    let writer = tokio::spawn(write(load.own.clone(), load.stopped.clone(), last));
    let reader = tokio::spawn(read(load.own.clone(), load.stopped.clone()));

    let resumed_after = harm(topics.clone(), &mut written).await;

    let hotels = Arc::clone(&load.hotels);
    let known = load.end().await;
    let (writes, reads) = (writer.await.expect("no panic"), reader.await.expect("no panic"));
    settle(&known, &server, &hotels).await;
    assert!(server.stop().success(), "it stops when asked to");
    topics.verify(&data);
    report(name, &known, &resumed_after, &writes, &reads);
}

/// Says what was measured, and insists on it where the machine is not busy with other tests.
fn report(name: &str, known: &Known, resumed_after: &[Duration], writes: &Asked, reads: &Asked) {
    let slowest = resumed_after.iter().max().copied().unwrap_or_default();
    println!(
        "{name} killed {} times: {} answers of {} bookings, retried {} times; writes resumed \
         after at most {slowest:?}; {} writes, {} not answered with a decision, slowest {:?}; \
         {} reads, {} failed, slowest {:?}; failed last: {:?} and {:?}",
        resumed_after.len(),
        known.answers.len(),
        known.bookings.len(),
        known.retries_count,
        writes.count,
        writes.failed_count,
        writes.slowest,
        reads.count,
        reads.failed_count,
        reads.slowest,
        writes.last_failed,
        reads.last_failed,
    );
    assert!(known.bookings.len() > resumed_after.len(), "the clients were at work");
    assert!(known.retries_count > 0, "the kills were felt");
    // On a busy machine one in a hundred may be told to come again.
    assert!(reads.failed_count * 100 <= reads.count, "reads need no broker");
    if support::long() {
        assert_eq!(reads.failed_count, 0, "reads need no broker");
        assert!(slowest < RESUMED_WITHIN, "writes resumed only after {slowest:?}");
        assert!(writes.slowest < ANSWERED_WITHIN, "a write took {:?}", writes.slowest);
        assert!(reads.slowest < ANSWERED_WITHIN, "a read took {:?}", reads.slowest);
    }
}

/// What the clients were told is what the server says, and what the log says.
async fn settle(known: &Known, server: &Server, hotels: &[String]) {
    let api = Api::new(&server.address);
    let position = known.check_answers_again(&api).await;
    known.check_bookings(&api, &position).await;
    check_nights(known, &api, hotels, &position).await;
}

/// The clients at work.
struct Load {
    hotels: Arc<[String]>,
    own: Hotel,
    stop: watch::Sender<bool>,
    stopped: watch::Receiver<bool>,
    _address: watch::Sender<String>,
    clients: Vec<JoinHandle<Known>>,
}

impl Load {
    async fn begin(server: &Server) -> Self {
        let api = Api::new(&server.address);
        let mut hotels = Vec::new();
        for number in 0..HOTELS_COUNT {
            let hotel = Hotel::open(&api, &format!("kafka-{number}"), &[("double", ROOMS)]).await;
            hotels.push(hotel.property);
        }
        let own = Hotel::open(&api, "kafka-own", &[("double", 60_000)]).await;
        let hotels: Arc<[String]> = hotels.into();
        let (address, addresses) = watch::channel(server.address.clone());
        let (stop, stopped) = watch::channel(false);
        let clients = (0..CLIENTS_COUNT)
            .map(|seed| Client::new(seed, Arc::clone(&hotels), addresses.clone(), stopped.clone()))
            .map(|client| tokio::spawn(client.run()))
            .collect();
        Self { hotels, own, stop, stopped, _address: address, clients }
    }

    async fn end(self) -> Known {
        self.stop.send_replace(true);
        let mut known = Known::default();
        for client in self.clients {
            known.join(client.await.expect("no client panics"));
        }
        known
    }
}

/// Requests of one kind.
#[derive(Debug, Default)]
struct Asked {
    count: usize,
    failed_count: usize,
    slowest: Duration,
    last_failed: Option<Answer>,
}

impl Asked {
    fn note(&mut self, begun: Instant, failed: Option<Answer>) {
        self.count += 1;
        if failed.is_some() {
            self.failed_count += 1;
            self.last_failed = failed;
        }
        self.slowest = self.slowest.max(begun.elapsed());
    }
}

/// Holds one room after the other; tells when a write was begun that was decided.
async fn write(
    hotel: Hotel,
    stopped: watch::Receiver<bool>,
    last: watch::Sender<Instant>,
) -> Asked {
    let mut asked = Asked::default();
    while !*stopped.borrow() {
        let begun = Instant::now();
        let body = hotel.hold_body("double", STAY, 1);
        let key = format!("own-{}", asked.count);
        let post = reqwest::Method::POST;
        let answer = hotel.api.try_write(post, "/v1/holds", &key, &body).await;
        let failed = answer.expect("a server that lives answers");
        let failed = Some(failed).filter(|answer| !matches!(answer.status, 201 | 409));
        let is_decided = failed.is_none();
        asked.note(begun, failed);
        if is_decided {
            last.send_replace(begun);
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    asked
}

/// Reads availability all the time.
async fn read(hotel: Hotel, stopped: watch::Receiver<bool>) -> Asked {
    let mut asked = Asked::default();
    let path = format!(
        "/v1/properties/{}/availability?check_in={}&check_out={}&rooms=1&guests=1",
        hotel.property, STAY.0, STAY.1
    );
    while !*stopped.borrow() {
        let begun = Instant::now();
        let answer = hotel.api.get(&path).await;
        asked.note(begun, Some(answer).filter(|answer| answer.status != 200));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    asked
}
