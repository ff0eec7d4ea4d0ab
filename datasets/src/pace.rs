//! When each event is due if history runs at a chosen speed; the caller does the waiting.

use std::num::NonZeroU32;
use std::time::Duration;

use events::Stamp;

/// How fast a history is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pace {
    /// As fast as it goes.
    #[default]
    AtOnce,
    /// As fast as it happened, times this.
    TimesHistory(NonZeroU32),
    /// So many events a second, whenever they happened.
    PerSecond(NonZeroU32),
}

/// Says when each event of one playing is due.
#[derive(Debug, Clone)]
pub struct Pacer {
    pace: Pace,
    begin: Option<Stamp>,
    events_count: u64,
}

impl Pacer {
    /// For one playing from its first event on.
    pub fn new(pace: Pace) -> Self {
        Self { pace, begin: None, events_count: 0 }
    }

    /// How long after the first event the next one is due, given when it happened. Asked once for
    /// each event, in order; an event that claims to be earlier than the first is due at once.
    pub fn due(&mut self, at: Stamp) -> Duration {
        let begin = *self.begin.get_or_insert(at);
        let index = self.events_count;
        self.events_count += 1;
        match self.pace {
            Pace::AtOnce => Duration::ZERO,
            Pace::TimesHistory(factor) => {
                let elapsed_ms = u64::try_from(at.0.saturating_sub(begin.0)).unwrap_or(0);
                Duration::from_millis(elapsed_ms) / factor.get()
            }
            Pace::PerSecond(rate) => {
                let rate = u64::from(rate.get());
                let part_ns = index % rate * 1_000_000_000 / rate;
                Duration::from_secs(index / rate) + Duration::from_nanos(part_ns)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: i64 = 3_600_000;

    fn number(number: u32) -> NonZeroU32 {
        NonZeroU32::new(number).expect("not zero")
    }

    #[test]
    fn history_runs_at_its_own_speed_times_a_factor() {
        let mut pacer = Pacer::new(Pace::TimesHistory(number(60)));
        let dues = [5, 6, 6, 29].map(|hour| pacer.due(Stamp(hour * HOUR_MS)));
        assert_eq!(dues, [0, 60, 60, 24 * 60].map(Duration::from_secs));
    }

    #[test]
    fn at_once_is_at_once() {
        let mut pacer = Pacer::new(Pace::AtOnce);
        assert_eq!([1, 900].map(|at| pacer.due(Stamp(at))), [Duration::ZERO; 2]);
    }

    #[test]
    fn a_rate_spreads_events_evenly_whenever_they_happened() {
        let mut pacer = Pacer::new(Pace::PerSecond(number(4)));
        let dues = [7, 7, 7, 9_999, 0].map(|at| pacer.due(Stamp(at)).as_millis());
        assert_eq!(dues, [0, 250, 500, 750, 1_000]);
    }

    #[test]
    fn an_event_out_of_order_is_due_at_once() {
        let mut pacer = Pacer::new(Pace::TimesHistory(number(1)));
        pacer.due(Stamp(HOUR_MS));
        assert_eq!(pacer.due(Stamp(0)), Duration::ZERO);
    }
}
