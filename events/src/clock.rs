//! Time as the log tells it: log time moves by ticks, stamps are only data.

use std::fmt;

/// Milliseconds of the clock of one partition; it moves only by [`Tick`] records of the owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct LogTime(pub u64);

impl LogTime {
    /// The time `ms` later, or the last that can be named.
    pub fn plus_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }
}

/// Wall time in milliseconds since 1970, set by the appender. Data for contracts, not a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Stamp(pub i64);

/// Which start of which process: sixteen random bytes, new each time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Boot(pub u128);

impl fmt::Debug for Boot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "boot_{:032x}", self.0)
    }
}

/// A process declares that it owns this partition from here on and moves its log time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnnounceOwner {
    /// Higher than that of every owner before.
    pub epoch: u64,
    /// The process's start.
    pub boot: Boot,
    /// The longest step by which one of its ticks may move log time.
    pub step_max_ms: u64,
}

/// Monotonic time has passed at the owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tick {
    /// The epoch under which the owner announced itself.
    pub epoch: u64,
    /// The start whose monotonic clock this is.
    pub boot: Boot,
    /// Milliseconds of that clock.
    pub monotonic_ms: u64,
}

/// A minute of wall time, counted from the beginning of 1970: how finely windows slide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Minute(pub i64);

impl Minute {
    /// The minute so many later, or the last that can be named.
    pub fn plus(self, minutes: i64) -> Self {
        Self(self.0.saturating_add(minutes))
    }
}

impl Stamp {
    /// The minute it lies in.
    pub fn minute(self) -> Minute {
        Minute(self.0.div_euclid(60_000))
    }
}
