//! How many requests may be under way: more while they are quick, fewer when they slow down.

use std::time::{Duration, Instant};

use super::{CLASSES_COUNT, Class};

/// How long is looked before the limit moves.
const WINDOW: Duration = Duration::from_millis(100);

/// How many windows a quickest time is remembered for; half of them at least.
const WINDOWS_REMEMBERED: u32 = 600;

/// Fewer samples of a class say nothing.
const SAMPLES_MIN: u32 = 8;

/// The most that one window takes from the limit.
const SHRINK_MIN: f64 = 0.7;

/// What one window adds to the limit.
const GROWTH: f64 = 1.05;

/// What may be set about the limit.
#[derive(Debug, Clone)]
pub struct LimitOptions {
    /// It never goes below that.
    pub in_flight_min: u32,
    /// It never goes above that.
    pub in_flight_max: u32,
    /// A mean time up to that is never too long.
    pub target_min: Duration,
    /// A mean time above that is always too long.
    pub target_max: Duration,
}

impl Default for LimitOptions {
    fn default() -> Self {
        Self {
            in_flight_min: 64,
            in_flight_max: 1_024,
            target_min: Duration::from_millis(20),
            target_max: Duration::from_millis(60),
        }
    }
}

/// The limit and what it is reckoned from.
#[derive(Debug)]
pub(super) struct Limit {
    options: LimitOptions,
    count: f64,
    window_end: Instant,
    times: [Times; CLASSES_COUNT],
    /// Whether the limit was what kept somebody out.
    was_reached: bool,
    windows: u32,
}

/// How long the requests of a class took.
#[derive(Debug, Default, Clone, Copy)]
struct Times {
    count: u32,
    sum: Duration,
    /// The quickest mean of the present and of the last stretch of windows.
    quickest: [Option<Duration>; 2],
}

impl Times {
    fn mean(&self) -> Option<Duration> {
        (self.count >= SAMPLES_MIN).then(|| self.sum / self.count)
    }
}

impl Limit {
    pub(super) fn new(options: LimitOptions, now: Instant) -> Self {
        let count = f64::from(options.in_flight_max.min(options.in_flight_min.saturating_mul(4)));
        let window_end = now + WINDOW;
        Self {
            options,
            count,
            window_end,
            times: Default::default(),
            was_reached: false,
            windows: 0,
        }
    }

    pub(super) fn count(&self) -> u32 {
        self.count as u32
    }

    /// Somebody found no place.
    pub(super) fn reached(&mut self) {
        self.was_reached = true;
    }

    /// A request went all the way in that time.
    pub(super) fn sample(&mut self, class: Class, took: Duration, now: Instant) {
        let times = &mut self.times[class.index()];
        times.count += 1;
        times.sum += took;
        self.pass(now);
    }

    /// Ends the window if its time is over.
    pub(super) fn pass(&mut self, now: Instant) {
        if now < self.window_end {
            return;
        }
        self.window_end = now + WINDOW;
        let gradient = self.gradient();
        if gradient < 1.0 {
            self.count *= gradient.max(SHRINK_MIN);
        } else if self.was_reached {
            self.count = (self.count * GROWTH).max(self.count + 1.0);
        }
        let (min, max) = (self.options.in_flight_min, self.options.in_flight_max);
        self.count = self.count.clamp(f64::from(min.min(max)), f64::from(max));
        self.begin_window();
    }

    /// The least of what is aimed at over what was seen; 1 where all is well.
    fn gradient(&self) -> f64 {
        let of_class = |times: &Times| {
            let mean = times.mean()?;
            let quickest = times.quickest.iter().flatten().min().copied().unwrap_or(mean).min(mean);
            let target = (quickest * 5 / 2).clamp(self.options.target_min, self.options.target_max);
            Some(target.as_secs_f64() / mean.as_secs_f64().max(1e-9))
        };
        self.times.iter().filter_map(of_class).fold(1.0, f64::min)
    }

    fn begin_window(&mut self) {
        self.was_reached = false;
        self.windows = (self.windows + 1) % WINDOWS_REMEMBERED;
        for times in &mut self.times {
            if let Some(mean) = times.mean() {
                let quickest = times.quickest[0].map_or(mean, |quickest| quickest.min(mean));
                times.quickest[0] = Some(quickest);
            }
            if self.windows == 0 {
                times.quickest = [None, times.quickest[0]];
            }
            (times.count, times.sum) = (0, Duration::ZERO);
        }
    }
}
