//! Attempts per second through the view `velocity`, on two workers, and the memory that it takes.
//!
//! Two million attempts over three days by 200,000 guests with 50,000 cards, one in a hundred up to
//! a minute late: counted by guest and by card alone, and by all six kinds of identity with the
//! features of each attempt. Three more days follow, to show that memory is bounded by the windows
//! and not by the history. The logic is `dataflows::bench::velocity`.

use dataflows::bench::velocity::{Counted, VelocityBench, velocity};

use super::figures::Figures;
use super::process::resident_bytes;
use super::{BenchError, Manner};

/// Runs the bench.
pub fn run(manner: &Manner) -> Result<Figures, BenchError> {
    let (attempts_per_day, guests, cards) = if manner.is_tiny {
        (2_000, 300, 75)
    } else {
        (2_000_000_u64.div_ceil(3), 200_000, 50_000)
    };
    let mut figures = Figures::new("velocity");
    let mut hash = 0_u64;
    // The lighter one first: memory that the allocator keeps would be counted to the second.
    for (counted, suffix) in [(Counted::GuestsAndCards, ""), (Counted::All, "_all")] {
        let measured = velocity(VelocityBench {
            attempts_per_day,
            days: 3,
            more_days: 3,
            guests,
            cards,
            minutes_per_epoch: if manner.is_tiny { 20 } else { 1 },
            workers: 2,
            counted,
            resident_bytes,
        });
        let measured = measured.map_err(|error| BenchError::Unexpected(error.to_string()))?;
        let mut push = |name: &str, value: f64, unit| {
            figures.push(format!("{name}{suffix}"), value, unit);
        };
        push("events_per_second", measured.events_per_second, "1/s");
        push("p99_milliseconds", measured.p99_milliseconds, "ms");
        push("peak_bytes", measured.peak_bytes as f64, "B");
        push("peak_bytes_6_days", measured.peak_bytes_more_days as f64, "B");
        push("held_entries", measured.held_count as f64, "1");
        push("held_entries_6_days", measured.held_count_more_days as f64, "1");
        push("rows_told", measured.rows_count as f64, "1");
        hash = hash.rotate_left(1) ^ measured.hash;
    }
    figures.hash(format!("{hash:016x}"));
    Ok(figures)
}
