//! Calm, storm, and calm again: how soon all is as it was before.

use super::Sizes;
use crate::bench::BenchError;
use crate::bench::figures::{Figures, median};
use crate::bench::load::run as run_clients;
use crate::bench::load::visits::{Guests, Heard, Piece};

/// The share of the capacity at which all is well.
const CALM: f64 = 0.5;

/// How many windows there are before the storm; what differs among them is no trouble.
const WINDOWS_BEFORE: usize = 5;

/// How often whoever is turned away asks again in the storm.
const RETRIES: u32 = 3;

/// By how much the 99th percentile may exceed the longest of before once all counts as well again.
const WELL_TIME: f64 = 1.1;

/// How much of what was done before must be done again.
const WELL_DONE: f64 = 0.95;

/// A window as it went.
#[derive(Debug, Clone, Copy)]
struct Window {
    /// The 99th percentile; infinite where nothing was done.
    p99_ms: f64,
    done_per_second: f64,
}

impl Window {
    fn of(heard: &Heard) -> Result<Self, BenchError> {
        let done = heard.done()?;
        let p99_ms = if done.count() == 0 { f64::INFINITY } else { done.milliseconds(0.99) };
        Ok(Self { p99_ms, done_per_second: heard.done_per_second() })
    }
}

/// Lets it storm, with that suffix at the figures.
pub(super) fn storm(
    guests: &Guests,
    sizes: &Sizes,
    visits_per_second: f64,
    suffix: &str,
    figures: &mut Figures,
) -> Result<(), BenchError> {
    let calm =
        |length| Piece { visits_per_second: visits_per_second * CALM, length, retries: RETRIES };
    let storm = Piece {
        visits_per_second: visits_per_second * 10.0,
        length: sizes.length,
        retries: RETRIES,
    };
    let mut plan = vec![calm(sizes.warm_up)];
    plan.extend((0..WINDOWS_BEFORE).map(|_| calm(sizes.window)));
    plan.push(storm);
    plan.extend((0..sizes.windows).map(|_| calm(sizes.window)));
    let heard = run_clients(guests.come(&plan))?;
    let windows: Vec<Window> = heard.iter().map(Window::of).collect::<Result<_, _>>()?;
    let (before, after) = (&windows[1..=WINDOWS_BEFORE], &windows[WINDOWS_BEFORE + 2..]);
    let times: Vec<f64> = before.iter().map(|window| window.p99_ms).collect();
    let mut push = |figure: &str, value: f64, unit| {
        // A window in which nothing was done has no figure.
        if value.is_finite() {
            figures.push(format!("{figure}{suffix}"), value, unit);
        }
    };
    push("storm_sent_percent", heard[WINDOWS_BEFORE + 1].sent_percent(), "%");
    push("calm_p99_milliseconds", median(times.clone()), "ms");
    push("calm_p99_longest_milliseconds", times.into_iter().fold(0.0, f64::max), "ms");
    let well = well_again(before, after);
    push("is_well_again", f64::from(u8::from(well.is_some())), "1");
    if let Some(windows) = well {
        let seconds = windows as f64 * sizes.window.as_secs_f64();
        push("well_again_within_seconds", seconds, "s");
    }
    for (number, window) in (1..).zip(after) {
        push(&format!("window_{number}_p99_milliseconds"), window.p99_ms, "ms");
    }
    Ok(())
}

/// After how many windows all is as it was before: as quick as in the slowest window of before, and
/// as much as in all of them; `None` if that does not come to be.
fn well_again(before: &[Window], after: &[Window]) -> Option<usize> {
    let longest = before.iter().map(|window| window.p99_ms).fold(0.0, f64::max);
    let done = median(before.iter().map(|window| window.done_per_second).collect());
    let is_well = |window: &Window| {
        window.p99_ms <= WELL_TIME * longest && window.done_per_second >= WELL_DONE * done
    };
    after.iter().position(is_well).map(|at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::{Window, well_again};

    #[test]
    fn well_is_as_quick_and_as_much_as_before() {
        let window = |p99_ms, done_per_second| Window { p99_ms, done_per_second };
        let before = [window(5.0, 100.0), window(8.0, 102.0), window(6.0, 98.0)];
        let slow = window(9.0, 100.0);
        let little = window(1.0, 90.0);
        let nothing = window(f64::INFINITY, 0.0);
        let well = window(8.5, 96.0);
        assert_eq!(well_again(&before, &[slow, little, nothing, well, slow]), Some(4));
        assert_eq!(well_again(&before, &[slow, little, nothing]), None);
        assert_eq!(well_again(&before, &[]), None);
    }
}
