//! The wall clock that stamps records; injected, so that a replay stamps history's own times.

use std::time::{SystemTime, UNIX_EPOCH};

use events::Stamp;

/// What time it is for whoever appends. A stamp is data for contracts; nothing is ordered by it.
pub trait Clock: Send + Sync {
    /// The wall time now.
    fn now(&self) -> Stamp;
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Stamp {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Stamp(i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::{Clock, SystemClock};

    #[test]
    fn the_machine_lives_after_2020() {
        assert!(SystemClock.now().0 > 1_577_836_800_000);
    }
}
