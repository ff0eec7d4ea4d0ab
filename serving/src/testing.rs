//! A whole stack in one process: a log in memory, a real engine, a real store in a folder.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request};
use dataflows::intake::{Ear, OnFailure};
use dataflows::{
    Base, Changes, Engine, EngineOptions, Intake, PartitionStart, SinkError, Standings,
};
use events::{
    AnnounceOwner, BodyHash, Boot, Command, CommandId, Envelope, LogTime, Slot, Stamp, Tick,
    encode_envelope,
};
use ingest::{Bookmark, Log, MemoryLog, Topic};
use ledger::State;
use serde_json::{Value, json};
use storage::{Store, StoreOptions};
use tower::ServiceExt as _;

use crate::feed::Feed;
use crate::{
    App, Batches, Clock, ConfirmationKey, Door, DoorOptions, Metrics, Options, Progress, Readiness,
    Ready, Waiters, router,
};

/// Who appends the records of the owner in tests.
const OWNER: u64 = 1;
const BOOT: Boot = Boot(1);
/// How long the views may take until they reflect a signal.
const PATIENCE: Duration = Duration::from_secs(30);

/// A clock that stands until it is moved.
#[derive(Debug)]
pub(crate) struct HandClock(AtomicI64);

impl HandClock {
    pub(crate) fn forward_ms(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::Relaxed);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Stamp {
        Stamp(self.0.load(Ordering::Relaxed))
    }
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).expect("the body is JSON")
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("ASCII"))
    }

    pub(crate) fn text(&self, field: &str) -> String {
        self.json()[field]
            .as_str()
            .unwrap_or_else(|| panic!("no text {field}: {self:?}"))
            .to_owned()
    }
}

/// Everything behind the door, and the door.
pub(crate) struct Stack {
    pub(crate) app: Arc<App>,
    pub(crate) clock: Arc<HandClock>,
    pub(crate) log: MemoryLog,
    router: Router,
    engine: Option<Engine>,
    directory: tempfile::TempDir,
}

impl Stack {
    /// A stack that decides.
    pub(crate) fn started() -> Self {
        let mut stack = Self::stopped(Duration::from_secs(10));
        stack.start();
        stack
    }

    /// A stack whose engine is not running, with that deadline.
    pub(crate) fn stopped(deadline: Duration) -> Self {
        Self::behind(deadline, Door::new(DoorOptions::default(), &[]).expect("it needs no keys"))
    }

    /// The same behind that door.
    pub(crate) fn behind(deadline: Duration, door: Door) -> Self {
        let directory = tempfile::tempdir().expect("a folder");
        let log = MemoryLog::new(1);
        let options = StoreOptions::at(directory.path().join("state"));
        let store = Arc::new(Store::open(options).expect("an empty state opens"));
        store.check_against(&log).expect("an empty state fits every log");
        let progress = Arc::new(Progress::new(store.position()));
        let clock = Arc::new(HandClock(AtomicI64::new(1_800_000_000_000)));
        let app = Arc::new(App {
            log: Arc::new(log.clone()),
            store,
            waiters: Arc::new(Waiters::new(7, log.partitions(), &[], Arc::clone(&progress))),
            batches: Arc::new(Batches::new(7)),
            progress,
            feed: Feed::new(7),
            standings: Standings::default(),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            numbers: ConfirmationKey::new([3; 32]),
            readiness: Readiness::default(),
            metrics: Metrics::new().expect("the buckets are in order"),
            door,
            options: Options { deadline, ..Options::default() },
        });
        app.readiness.set(Ready::Ready);
        app.readiness.set_past(Default::default());
        let router = router(Arc::clone(&app));
        Self { app, clock, log, router, engine: None, directory }
    }

    /// Starts deciding.
    pub(crate) fn start(&mut self) {
        let loaded = self.app.store.load().expect("the state loads");
        assert!(loaded.rows.iter().all(Vec::is_empty), "a test starts its engine once");
        let partitions = (0..self.log.partitions()).map(|partition| PartitionStart {
            partition,
            state: State::new(),
            next_offset: 0,
            chain: Default::default(),
            digest: Default::default(),
        });
        let base = Base { partitions: partitions.collect(), ..Base::default() };
        let app = Arc::clone(&self.app);
        let sink = move |changes: Changes| -> Result<(), SinkError> {
            app.store.write(&changes, app.clock.now())?;
            app.progress.publish(changes.up_to.clone());
            app.feed.publish(changes, app.clock.now());
            Ok(())
        };
        let log = Arc::clone(&self.app.log);
        let listener = self.app.waiters.listener();
        let options =
            EngineOptions { standings: self.app.standings.clone(), ..EngineOptions::default() };
        let engine = Engine::start(options, log, base, listener, Box::new(sink));
        self.engine = Some(engine.expect("the engine starts"));
        while !self.app.progress.has_begun() {
            std::thread::yield_now();
        }
        self.app.readiness.set(Ready::Ready);
    }

    /// Reads signals and tells them to the views, as a running system does.
    pub(crate) fn listen(&self) -> Intake {
        let hearing = self.engine.as_ref().expect("the engine runs").hearing();
        let letters = hearing.letters();
        let batches = Arc::clone(&self.app.batches);
        let ear: Ear = Arc::new(move |heard| {
            hearing.tell(heard);
            batches.heard(heard.observations);
            Ok(())
        });
        let on_failure: OnFailure = Arc::new(|error| panic!("{error}"));
        let from = Topic::SIGNALS.iter().map(|topic| (*topic, Bookmark::default())).collect();
        Intake::start(&self.app.log, &letters, from, &ear, &on_failure).expect("it starts")
    }

    /// Tells signals, one a line, and asks until the views have come to what is said of the answer.
    pub(crate) async fn tell(
        &self,
        key: &str,
        signals: &[Value],
        path: &str,
        is_there: impl Fn(&Value) -> bool,
    ) -> Answer {
        let lines: Vec<String> = signals.iter().map(Value::to_string).collect();
        let request = Request::post("/v1/signals")
            .header("Content-Type", "application/x-ndjson")
            .header("Idempotency-Key", key);
        let request = request.body(Body::from(lines.join("\n"))).expect("a request");
        let told = self.send(request).await;
        assert_eq!((told.status, &told.json()["refused"]), (200, &json!([])), "{told:?}");
        let begun = Instant::now();
        loop {
            let answer = self.get(path).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            if is_there(&answer.json()) {
                return answer;
            }
            assert!(begun.elapsed() < PATIENCE, "{path}: {}", answer.json());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Lets log time pass in every partition, and waits until the door knows: a write that is
    /// appended before would be refused as stale.
    pub(crate) async fn pass(&self, epoch: u64, ms: u64) {
        self.tick(epoch, ms);
        for partition in 0..self.log.partitions() {
            while self.app.waiters.log_time(partition) < LogTime(ms) {
                tokio::task::yield_now().await;
            }
        }
    }

    /// An owner announces itself in every partition and ticks.
    pub(crate) fn tick(&self, epoch: u64, ms: u64) {
        for partition in 0..self.log.partitions() {
            let announce = AnnounceOwner { epoch, boot: BOOT, step_max_ms: 86_400_000 };
            self.append(partition, Command::AnnounceOwner(announce));
            for monotonic_ms in [1, 1 + ms] {
                self.append(partition, Command::Tick(Tick { epoch, boot: BOOT, monotonic_ms }));
            }
        }
    }

    fn append(&self, partition: u16, command: Command) {
        let envelope = Envelope {
            id: CommandId(0),
            producer: OWNER,
            sequence: 0,
            not_after: LogTime(u64::MAX),
            stamp: self.clock.now(),
            slot: Slot::from_low_bits(partition),
            body_hash: BodyHash(0),
            command,
        };
        let bytes = encode_envelope(&envelope).into();
        self.log.append(Topic::Commands, partition, bytes).expect("the log takes it");
    }

    /// A request as it is.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.expect("it cannot fail");
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.expect("it is in memory").to_vec();
        Answer { status: parts.status.as_u16(), headers: parts.headers, bytes }
    }

    /// A request whose answer is read as it comes.
    pub(crate) async fn open(&self, request: Request<Body>) -> axum::response::Response {
        self.router.clone().oneshot(request).await.expect("it cannot fail")
    }

    /// A write with that key.
    pub(crate) async fn write(&self, method: &str, path: &str, key: &str, body: &Value) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("Idempotency-Key", key)
            .header("Content-Type", "application/json")
            .body(Body::from(body.to_string()))
            .expect("a request");
        self.send(request).await
    }

    pub(crate) async fn put(&self, path: &str, key: &str, body: &Value) -> Answer {
        self.write("PUT", path, key, body).await
    }

    pub(crate) async fn post(&self, path: &str, key: &str, body: &Value) -> Answer {
        self.write("POST", path, key, body).await
    }

    /// A read of whatever storage has.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        let request = Request::builder().uri(path).body(Body::empty()).expect("a request");
        self.send(request).await
    }

    /// A read that waits for the position of an earlier answer.
    pub(crate) async fn get_after(&self, path: &str, earlier: &Answer) -> Answer {
        let position = earlier.header("roomnight-position");
        assert!(!position.is_empty(), "{earlier:?}");
        let request = Request::builder().uri(path).header("Roomnight-Wait-For", position);
        let answer = self.send(request.body(Body::empty()).expect("a request")).await;
        assert_ne!(answer.status, 503, "{:?}", self.engine.as_ref().map(Engine::status));
        answer
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        // The engine writes to the folder and goes first.
        self.engine = None;
        assert!(self.directory.path().exists());
    }
}
