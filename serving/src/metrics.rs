//! What is counted, for Prometheus. Units stand last in the names, before `_total`.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use ::metrics::{
    Counter, Gauge, Histogram, Key, Label, Level, Metadata, Recorder, SetRecorderError,
};
use metrics_exporter_prometheus::{
    BuildError, Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};

use crate::admission::Standing;
use crate::paths;

mod door;

pub(crate) use door::DoorMetrics;

const REQUESTS: &str = "roomnight_http_requests_total";
const DURATION: &str = "roomnight_http_request_duration_seconds";
const DECISIONS: &str = "roomnight_decisions_total";
const SIGNALS: &str = "roomnight_signals_total";
const DEAD_LETTERS: &str = "roomnight_dead_letters_total";
const WAITERS: &str = "roomnight_waiters_count";
const IN_FLIGHT: &str = "roomnight_commands_in_flight_count";
const POSITION: &str = "roomnight_stored_next_offset";

/// Upper bounds of the buckets of durations.
const DURATION_BUCKETS_S: &[f64] =
    &[0.000_5, 0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0];

/// The label of requests that no route takes.
const NO_ROUTE: &str = "none";

/// The statuses that the API answers with; others are counted as `other`.
const STATUSES: [(u16, &str); 16] = [
    (200, "200"),
    (201, "201"),
    (202, "202"),
    (400, "400"),
    (401, "401"),
    (403, "403"),
    (404, "404"),
    (405, "405"),
    (408, "408"),
    (409, "409"),
    (413, "413"),
    (415, "415"),
    (422, "422"),
    (429, "429"),
    (500, "500"),
    (503, "503"),
];

/// Counters of the door, and whatever else is counted when its recorder is installed.
pub struct Metrics {
    recorder: Arc<PrometheusRecorder>,
    handle: PrometheusHandle,
    routes: HashMap<&'static str, RouteMetrics>,
    waiters: Gauge,
    in_flight: Gauge,
    pub(crate) door: DoorMetrics,
}

struct RouteMetrics {
    by_status: [Counter; STATUSES.len() + 1],
    duration: Histogram,
}

impl Metrics {
    /// Nothing is counted yet. Nothing global is touched: see [`Metrics::install`].
    pub fn new() -> Result<Self, BuildError> {
        let duration = Matcher::Full(DURATION.to_owned());
        let builder = PrometheusBuilder::new();
        let recorder =
            builder.set_buckets_for_metric(duration, DURATION_BUCKETS_S)?.build_recorder();
        describe(&recorder);
        let route = |route: &'static str| (route, RouteMetrics::new(&recorder, route));
        let routes = paths::ALL.iter().copied().chain([NO_ROUTE]).map(route).collect();
        let waiters = recorder.register_gauge(&Key::from_static_name(WAITERS), &METADATA);
        let in_flight = recorder.register_gauge(&Key::from_static_name(IN_FLIGHT), &METADATA);
        let (handle, door) = (recorder.handle(), DoorMetrics::new(&recorder));
        Ok(Self { recorder: Arc::new(recorder), handle, routes, waiters, in_flight, door })
    }

    /// Makes this the recorder of the whole process, so that what other parts count is shown too.
    pub fn install(&self) -> Result<(), SetRecorderError<Arc<PrometheusRecorder>>> {
        ::metrics::set_global_recorder(Arc::clone(&self.recorder))
    }

    /// Frees what finished measurements hold; to be called every few seconds.
    pub fn upkeep(&self) {
        self.handle.run_upkeep();
    }

    pub(crate) fn request(&self, route: Option<&str>, status: u16, duration: Duration) {
        let route = self.routes.get(route.unwrap_or(NO_ROUTE));
        if let Some(route) = route.or_else(|| self.routes.get(NO_ROUTE)) {
            let index = STATUSES.iter().position(|known| known.0 == status);
            route.by_status[index.unwrap_or(STATUSES.len())].increment(1);
            route.duration.record(duration.as_secs_f64());
        }
    }

    /// Counts what was read of a topic of signals.
    pub fn signals(&self, topic: &'static str, accepted_count: u64, dead_letters_count: u64) {
        for (name, count) in [(SIGNALS, accepted_count), (DEAD_LETTERS, dead_letters_count)] {
            let key = Key::from_parts(name, vec![Label::from_static_parts("topic", topic)]);
            self.recorder.register_counter(&key, &METADATA).increment(count);
        }
    }

    pub(crate) fn decision(&self, command: &'static str, outcome: &'static str) {
        let labels = [("command", command), ("outcome", outcome)];
        let labels = labels.map(|(name, value)| Label::from_static_parts(name, value)).to_vec();
        let key = Key::from_parts(DECISIONS, labels);
        self.recorder.register_counter(&key, &METADATA).increment(1);
    }

    pub(crate) fn render(&self, now: &Gauges) -> String {
        self.waiters.set(now.waiters_count as f64);
        self.in_flight.set(now.in_flight_count as f64);
        self.door.show(&now.admission);
        for (partition, next_offset) in now.stored.iter() {
            let key =
                Key::from_parts(POSITION, vec![Label::new("partition", partition.to_string())]);
            self.recorder.register_gauge(&key, &METADATA).set(next_offset as f64);
        }
        self.handle.render()
    }
}

/// What is only read when somebody asks.
pub(crate) struct Gauges {
    pub(crate) waiters_count: usize,
    pub(crate) in_flight_count: usize,
    pub(crate) stored: events::Position,
    pub(crate) admission: Standing,
}

pub(crate) const METADATA: Metadata<'static> =
    Metadata::new("serving", Level::INFO, Some("serving"));

impl RouteMetrics {
    fn new(recorder: &PrometheusRecorder, route: &'static str) -> Self {
        let label = || Label::from_static_parts("route", route);
        let counter = |status| {
            let labels = vec![label(), Label::from_static_parts("status", status)];
            recorder.register_counter(&Key::from_parts(REQUESTS, labels), &METADATA)
        };
        let duration = Key::from_parts(DURATION, vec![label()]);
        Self {
            by_status: std::array::from_fn(|index| {
                counter(STATUSES.get(index).map_or("other", |known| known.1))
            }),
            duration: recorder.register_histogram(&duration, &METADATA),
        }
    }
}

fn describe(recorder: &PrometheusRecorder) {
    let counters = [
        (REQUESTS, "Requests answered, by route and status."),
        (DECISIONS, "Decisions answered, by command and outcome."),
        (SIGNALS, "Signals read from the log, by topic."),
        (DEAD_LETTERS, "Signals that could not be read, by topic."),
    ];
    for (name, text) in counters {
        recorder.describe_counter(name.into(), None, text.into());
    }
    let gauges = [
        (WAITERS, "Requests that wait for a decision."),
        (IN_FLIGHT, "Commands between their append and storage."),
        (POSITION, "The next offset of each partition that storage has not seen."),
    ];
    for (name, text) in gauges {
        recorder.describe_gauge(name.into(), None, text.into());
    }
    recorder.describe_histogram(DURATION.into(), None, "Time from request to answer.".into());
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Metrics")
    }
}
