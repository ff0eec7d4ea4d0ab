//! How often one client may ask: by its API key, or by its address where it has shown none.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::keys::Caller;

/// What may be set about rates.
#[derive(Debug, Clone)]
pub struct RateOptions {
    /// How many requests a second one API key may send for long.
    pub per_key: NonZeroU32,
    /// How many requests a second one address beyond this machine may send without a key that is
    /// known.
    pub per_address: NonZeroU32,
}

impl Default for RateOptions {
    fn default() -> Self {
        Self {
            per_key: NonZeroU32::MIN.saturating_add(4_999),
            per_address: NonZeroU32::MIN.saturating_add(19),
        }
    }
}

/// Asked too often; how long to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooOften(pub(crate) Duration);

/// Counts what each client asks. Who asks from this machine without a key is not counted.
pub(crate) struct Rates {
    keys: Vec<DefaultDirectRateLimiter>,
    addresses: DefaultKeyedRateLimiter<IpAddr>,
    clock: DefaultClock,
}

impl Rates {
    /// Nobody has asked yet; so many keys are known.
    pub(crate) fn new(options: &RateOptions, keys_count: usize) -> Self {
        // A burst may be as long as two seconds' worth.
        let quota =
            |rate: NonZeroU32| Quota::per_second(rate).allow_burst(rate.saturating_mul(TWO));
        Self {
            keys: (0..keys_count).map(|_| RateLimiter::direct(quota(options.per_key))).collect(),
            addresses: RateLimiter::keyed(quota(options.per_address)),
            clock: DefaultClock::default(),
        }
    }

    /// Counts a request of a caller.
    pub(crate) fn check_key(&self, caller: &Caller) -> Result<(), TooOften> {
        let Some(limiter) = caller.key.and_then(|key| self.keys.get(key)) else { return Ok(()) };
        limiter.check().map_err(|not_until| TooOften(not_until.wait_time_from(self.clock.now())))
    }

    /// Counts a request of an address that showed no key.
    pub(crate) fn check_address(&self, address: Option<IpAddr>) -> Result<(), TooOften> {
        let Some(address) = address.map(|address| address.to_canonical()) else { return Ok(()) };
        if address.is_loopback() {
            return Ok(());
        }
        let checked = self.addresses.check_key(&network_of(address));
        checked.map_err(|not_until| TooOften(not_until.wait_time_from(self.clock.now())))
    }

    /// Forgets who has not asked for a while.
    pub(crate) fn upkeep(&self) {
        self.addresses.retain_recent();
    }
}

const TWO: NonZeroU32 = NonZeroU32::MIN.saturating_add(1);

/// One subscriber has a whole network of 64 bits in IPv6.
pub(crate) fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        address => address,
    }
}

impl std::fmt::Debug for Rates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rates")
    }
}
