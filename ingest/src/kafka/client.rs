//! What all clients have in common.

use std::time::{Duration, Instant};

use rdkafka::client::Client;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError as ClientError, RDKafkaErrorCode};
use rdkafka::{ClientConfig, ClientContext};

use crate::Topic;

use super::options::KafkaOptions;

/// How much a broker and the wire add to a record.
const OVERHEAD_BYTES: usize = 1024;

/// The longest batch that a topic takes: what brokers have as their default.
pub(super) const BATCH_BYTES_MAX: usize = 1_048_588;

/// A record of any topic fits a batch.
const _: () = assert!(2 * events::wire::RECORD_BYTES_MAX + OVERHEAD_BYTES < BATCH_BYTES_MAX);

/// The settings that every client has.
pub(super) fn config(options: &KafkaOptions) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", &options.brokers)
        .set("client.id", "roomnight")
        .set("allow.auto.create.topics", "false")
        // Both are bounds on what a stranger's batch may cost here.
        .set("message.max.bytes", (BATCH_BYTES_MAX - OVERHEAD_BYTES).to_string())
        .set("receive.message.max.bytes", (64 * BATCH_BYTES_MAX).to_string())
        .set("socket.keepalive.enable", "true")
        .set("socket.nagle.disable", "true")
        .set("reconnect.backoff.ms", "50")
        .set("reconnect.backoff.max.ms", "1000")
        .set("topic.metadata.refresh.interval.ms", "10000")
        .set_log_level(RDKafkaLogLevel::Warning);
    config
}

/// What the operator sets wins.
pub(super) fn override_with(config: &mut ClientConfig, options: &KafkaOptions) {
    for (key, value) in &options.overrides {
        config.set(key, value);
    }
}

/// Tells of what went wrong in the background.
pub(super) fn tell(error: &ClientError, reason: &str) {
    match error.rdkafka_error_code() {
        Some(RDKafkaErrorCode::BrokerTransportFailure) => {
            tracing::debug!(%error, reason, "a connection to a broker was lost");
        }
        _ => tracing::warn!(%error, reason, "the brokers cannot be used as they should"),
    }
}

/// How long to wait before a question is asked again.
const ASK_AGAIN_AFTER: Duration = Duration::from_millis(50);

/// Where a partition begins and ends. A partition whose leader is being elected, or of which a
/// broker has not heard yet, is asked about again until the time is up.
pub(super) fn ends<C: ClientContext>(
    client: &Client<C>,
    name: &str,
    partition: u16,
    wait: Duration,
) -> Result<(u64, u64), ClientError> {
    let until = Instant::now() + wait;
    loop {
        let left = until.saturating_duration_since(Instant::now()).max(ASK_AGAIN_AFTER);
        match client.fetch_watermarks(name, i32::from(partition), left) {
            Ok((low, high)) => return Ok((low as u64, high as u64)),
            Err(error) if Instant::now() + ASK_AGAIN_AFTER > until => return Err(error),
            Err(_) => std::thread::sleep(ASK_AGAIN_AFTER),
        }
    }
}

/// The most that a topic's record adds up to; used where a topic is made and checked.
pub(super) fn batch_bytes_min(topic: Topic) -> usize {
    topic.record_bytes_max() + OVERHEAD_BYTES
}
