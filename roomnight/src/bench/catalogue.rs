//! What an event costs the views where a hundred times as many hotels are on sale and no more
//! happens.
//!
//! The same stream over the same hotels, once among ten thousand and once among a million; then a
//! day passes, and each view says how many rows it looked at because of it.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::figures::{Figures, median};
use super::views::stream::Stream;
use super::views::{LookedAt, Stage};
use super::{BenchError, Manner, process};
use crate::directory::DataFolder;

/// Hotels of which something is said.
const ACTIVE: usize = 10_000;

/// Hotels on sale in the large catalogue.
const LARGE: usize = 1_000_000;

/// How many events wait on the log when the views are timed.
const EVENTS: usize = 1_000_000;

/// Runs the bench.
pub fn run(manner: &Manner) -> Result<Figures, BenchError> {
    let (active, large, events) =
        if manner.is_tiny { (50, 500, 2_000) } else { (ACTIVE, LARGE, EVENTS) };
    let small = measure(manner, active, active, events)?;
    let among_many = measure(manner, large, active, events)?;
    let mut figures = Figures::new("catalogue");
    figures.push("events_per_second_small", small.rate, "1/s");
    figures.push("events_per_second_large", among_many.rate, "1/s");
    figures.push("cost_ratio", small.rate / among_many.rate, "1");
    for (measured, suffix) in [(&small, "_small"), (&among_many, "_large")] {
        for (view, passed) in &measured.day {
            let (touched, told) = (passed.touched_count as f64, passed.told_count as f64);
            figures.push(format!("passing_day_{view}_rows_touched{suffix}"), touched, "1");
            figures.push(format!("passing_day_{view}_rows_told{suffix}"), told, "1");
        }
    }
    figures.push("properties_small", active as f64, "1");
    figures.push("properties_large", large as f64, "1");
    figures.push("peak_bytes", process::peak_resident_bytes() as f64, "B");
    Ok(figures)
}

/// What was measured in one catalogue.
struct Measured {
    /// Events a second into stored views.
    rate: f64,
    /// What a passing day made each view look at.
    day: LookedAt,
}

/// Events about some of the hotels on sale, and then a day that passes without any.
fn measure(
    manner: &Manner,
    properties: usize,
    active: usize,
    events: usize,
) -> Result<Measured, BenchError> {
    let folder = manner.folder().map_err(BenchError::io("making a folder for the bench"))?;
    let stage = Stage::open(DataFolder::at(folder.path()), properties)?;
    let mut stream = Stream::new(active, ChaCha8Rng::seed_from_u64(7));
    let rates = (0..manner.rounds).map(|_| stage.flood(&mut stream, events));
    let rates = rates.collect::<Result<Vec<f64>, _>>()?;
    let day = stage.pass_a_day()?;
    stage.close()?;
    Ok(Measured { rate: median(rates), day })
}
