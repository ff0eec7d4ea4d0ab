//! What may be set about the door: how many connections, how many requests, how often.

use std::num::{NonZeroU32, NonZeroU64, NonZeroUsize};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serving::DoorOptions;

/// Who is let in, and how many at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DoorConfig {
    /// The most connections at once; fewer if the process may open fewer files.
    pub connections_max: NonZeroUsize,
    /// The most connections of one address beyond this machine.
    pub connections_per_address_max: NonZeroUsize,
    /// How long a request line with its headers may take to arrive.
    pub header_ms: NonZeroU64,
    /// How long a body may take to arrive.
    pub body_ms: NonZeroU64,
    /// How many bytes a second of a body must arrive, after a while.
    pub body_bytes_per_second_min: NonZeroU64,
    /// How long a connection may be silent between requests.
    pub idle_ms: NonZeroU64,
    /// The most streams of one HTTP/2 connection.
    pub streams_max: NonZeroU32,
    /// How many requests a second one API key may send for long.
    pub key_requests_per_second: NonZeroU32,
    /// How many requests a second one address beyond this machine may send without a known key.
    pub address_requests_per_second: NonZeroU32,
    /// The limit of requests under way never goes below that.
    pub in_flight_min: NonZeroU32,
    /// The limit of requests under way never goes above that.
    pub in_flight_max: NonZeroU32,
    /// A mean time up to that never lowers the limit.
    pub target_min_ms: NonZeroU64,
    /// A mean time above that always lowers the limit.
    pub target_max_ms: NonZeroU64,
}

impl Default for DoorConfig {
    fn default() -> Self {
        let options = DoorOptions::default();
        let ms = |wait: Duration| number(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
        Self {
            connections_max: count(options.connections_max),
            connections_per_address_max: count(options.connections_per_address_max),
            header_ms: ms(options.header_wait),
            body_ms: ms(options.body_wait),
            body_bytes_per_second_min: number(options.body_bytes_per_second_min),
            idle_ms: ms(options.idle_wait),
            streams_max: small(options.streams_max),
            key_requests_per_second: options.rates.per_key,
            address_requests_per_second: options.rates.per_address,
            in_flight_min: small(options.limit.in_flight_min),
            in_flight_max: small(options.limit.in_flight_max),
            target_min_ms: ms(options.limit.target_min),
            target_max_ms: ms(options.limit.target_max),
        }
    }
}

impl DoorConfig {
    /// The same as the door takes it, with room for requests that may last that long.
    pub(crate) fn options(&self, deadline: Duration) -> DoorOptions {
        let ms = |number: NonZeroU64| Duration::from_millis(number.get());
        let mut options = DoorOptions::default();
        options.connections_max = self.connections_max.get();
        options.connections_per_address_max = self.connections_per_address_max.get();
        options.header_wait = ms(self.header_ms);
        options.body_wait = ms(self.body_ms);
        options.body_bytes_per_second_min = self.body_bytes_per_second_min.get();
        options.idle_wait = ms(self.idle_ms);
        options.stall_wait = options.stall_wait.max(options.body_wait + deadline * 2);
        options.streams_max = self.streams_max.get();
        options.rates.per_key = self.key_requests_per_second;
        options.rates.per_address = self.address_requests_per_second;
        options.limit.in_flight_min = self.in_flight_min.get();
        options.limit.in_flight_max = self.in_flight_max.get();
        options.limit.target_min = ms(self.target_min_ms);
        options.limit.target_max = ms(self.target_max_ms).max(options.limit.target_min);
        options
    }
}

fn count(value: usize) -> NonZeroUsize {
    NonZeroUsize::new(value).unwrap_or(NonZeroUsize::MIN)
}

fn number(value: u64) -> NonZeroU64 {
    NonZeroU64::new(value).unwrap_or(NonZeroU64::MIN)
}

fn small(value: u32) -> NonZeroU32 {
    NonZeroU32::new(value).unwrap_or(NonZeroU32::MIN)
}
