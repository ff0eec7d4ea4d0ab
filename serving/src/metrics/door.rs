//! What is counted before any handler runs: connections, and who was let in or turned away.

use ::metrics::{Counter, Gauge, Key, Label, Recorder};
use metrics_exporter_prometheus::PrometheusRecorder;

use super::METADATA;
use crate::admission::{CLASSES_COUNT, Class, Standing};
use crate::door::Ended;

const ADMITTED: &str = "roomnight_admitted_total";
const REFUSED: &str = "roomnight_refused_total";
const LIMIT: &str = "roomnight_admission_limit_count";
const IN_FLIGHT: &str = "roomnight_admission_in_flight_count";
const WAITING: &str = "roomnight_admission_waiting_count";
const CONNECTIONS: &str = "roomnight_connections_count";
const CONNECTIONS_REFUSED: &str = "roomnight_connections_refused_total";
const CONNECTIONS_CLOSED: &str = "roomnight_connections_closed_total";
const ACCEPTS_FAILED: &str = "roomnight_accepts_failed_total";

/// Every reason for which a request is turned away.
const REASONS: [&str; 12] = [
    "no_policy",
    "unauthenticated",
    "scope",
    "rate",
    "malformed_deadline",
    "queue_full",
    "no_place",
    "body_too_large",
    "body_too_slow",
    "body_unreadable",
    "body_memory",
    "other",
];

/// The label of requests that never have to wait for a place.
const NO_CLASS: &str = "none";

/// The door's own counters.
pub(crate) struct DoorMetrics {
    admitted: [Counter; CLASSES_COUNT],
    refused: [[Counter; REASONS.len()]; CLASSES_COUNT + 1],
    limit: Gauge,
    in_flight: [Gauge; CLASSES_COUNT],
    waiting: [Gauge; CLASSES_COUNT],
    connections: Gauge,
    connections_refused: [Counter; 2],
    connections_closed: [Counter; Ended::ALL.len()],
    accepts_failed: Counter,
}

impl DoorMetrics {
    pub(crate) fn new(recorder: &PrometheusRecorder) -> Self {
        describe(recorder);
        let counter = |name: &'static str, labels: &[(&'static str, &'static str)]| {
            recorder.register_counter(&key(name, labels), &METADATA)
        };
        let gauge = |name: &'static str, labels: &[(&'static str, &'static str)]| {
            recorder.register_gauge(&key(name, labels), &METADATA)
        };
        let of_class = |name| Class::ALL.map(|class| gauge(name, &[("class", class.name())]));
        Self {
            admitted: Class::ALL.map(|class| counter(ADMITTED, &[("class", class.name())])),
            refused: std::array::from_fn(|index| {
                let class = Class::ALL.get(index).map_or(NO_CLASS, |class| class.name());
                REASONS.map(|reason| counter(REFUSED, &[("class", class), ("reason", reason)]))
            }),
            limit: gauge(LIMIT, &[]),
            in_flight: of_class(IN_FLIGHT),
            waiting: of_class(WAITING),
            connections: gauge(CONNECTIONS, &[]),
            connections_refused: ["all", "address"]
                .map(|limit| counter(CONNECTIONS_REFUSED, &[("limit", limit)])),
            connections_closed: Ended::ALL
                .map(|ended| counter(CONNECTIONS_CLOSED, &[("reason", ended.name())])),
            accepts_failed: counter(ACCEPTS_FAILED, &[]),
        }
    }

    pub(crate) fn admitted(&self, class: Class) {
        self.admitted[class.index()].increment(1);
    }

    pub(crate) fn refused(&self, class: Option<Class>, reason: &str) {
        let known = REASONS.iter().position(|known| *known == reason);
        let of_class = &self.refused[class.map_or(CLASSES_COUNT, Class::index)];
        of_class[known.unwrap_or(REASONS.len() - 1)].increment(1);
    }

    pub(crate) fn connections(&self, count: usize) {
        self.connections.set(count as f64);
    }

    pub(crate) fn connection_refused(&self, limit: &str) {
        self.connections_refused[usize::from(limit == "address")].increment(1);
    }

    pub(crate) fn connection_closed(&self, ended: Ended) {
        self.connections_closed[ended as usize].increment(1);
    }

    pub(crate) fn accept_failed(&self) {
        self.accepts_failed.increment(1);
    }

    pub(super) fn show(&self, now: &Standing) {
        self.limit.set(f64::from(now.limit_count));
        for class in Class::ALL {
            let index = class.index();
            self.in_flight[index].set(f64::from(now.in_flight_count[index]));
            self.waiting[index].set(now.waiting_count[index] as f64);
        }
    }
}

fn key(name: &'static str, labels: &[(&'static str, &'static str)]) -> Key {
    let labels = labels.iter().map(|(name, value)| Label::from_static_parts(name, value));
    Key::from_parts(name, labels.collect::<Vec<_>>())
}

fn describe(recorder: &PrometheusRecorder) {
    for (name, text) in [
        (ADMITTED, "Requests that were given a place, by class."),
        (REFUSED, "Requests that were turned away before any handler, by class and reason."),
        (CONNECTIONS_REFUSED, "Connections that were not taken, by the limit reached."),
        (CONNECTIONS_CLOSED, "Connections that ended, by how."),
        (ACCEPTS_FAILED, "Accepts that failed, such as for want of descriptors."),
    ] {
        recorder.describe_counter(name.into(), None, text.into());
    }
    for (name, text) in [
        (LIMIT, "How many requests may be under way at present."),
        (IN_FLIGHT, "Requests that have a place, by class."),
        (WAITING, "Requests that wait for a place, by class."),
        (CONNECTIONS, "Connections that are open."),
    ] {
        recorder.describe_gauge(name.into(), None, text.into());
    }
}
