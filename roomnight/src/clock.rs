//! A clock that stands where history does during a replay, and is the machine's otherwise.

use std::sync::atomic::{AtomicI64, Ordering};

use events::Stamp;
use serving::{Clock, SystemClock};

/// What stands in place of a time of history when there is none.
const LIVE: i64 = i64::MIN;

/// A clock that a replay sets, so that what is written meanwhile bears history's time.
#[derive(Debug)]
pub struct HistoryClock(AtomicI64);

impl HistoryClock {
    /// The machine's clock, until it is set.
    pub fn live() -> Self {
        Self(AtomicI64::new(LIVE))
    }

    /// From now on it is this time.
    pub fn set(&self, now: Stamp) {
        self.0.store(now.0, Ordering::Relaxed);
    }

    /// History is over: from now on it is the machine's time.
    pub fn go_live(&self) {
        self.0.store(LIVE, Ordering::Relaxed);
    }
}

impl Clock for HistoryClock {
    fn now(&self) -> Stamp {
        match self.0.load(Ordering::Relaxed) {
            LIVE => SystemClock.now(),
            ms => Stamp(ms),
        }
    }
}

#[cfg(test)]
mod tests {
    use events::Stamp;
    use serving::Clock;

    use super::HistoryClock;

    #[test]
    fn it_stands_where_it_is_set_until_it_goes_live() {
        let clock = HistoryClock::live();
        clock.set(Stamp(7));
        assert_eq!(clock.now(), Stamp(7));
        clock.go_live();
        assert!(clock.now() > Stamp(7));
    }
}
