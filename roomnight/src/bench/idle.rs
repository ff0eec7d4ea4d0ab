//! What a whole server with nothing to do takes of one core.

use std::time::{Duration, Instant};

use super::child::Server;
use super::figures::{Figures, median};
use super::{BenchError, Manner};

/// How long a server is watched: long enough for ticks, upkeep and checks that come seldom.
const WATCH: Duration = Duration::from_secs(12);

/// How long a new server is left alone before it is watched.
const SETTLE: Duration = Duration::from_secs(2);

/// Runs the bench.
pub fn run(manner: &Manner) -> Result<Figures, BenchError> {
    let mut figures = Figures::new("idle");
    let folder = manner.folder().map_err(BenchError::io("making a folder for the bench"))?;
    let (settle, watch) = match manner.is_tiny {
        true => (Duration::ZERO, Duration::from_millis(200)),
        false => (SETTLE, WATCH),
    };
    let server = Server::start(&folder.path().join("data"))?;
    std::thread::sleep(settle);
    let mut shares = Vec::new();
    for _ in 0..manner.rounds {
        let (begun, before) = (Instant::now(), server.processor_time()?);
        std::thread::sleep(watch);
        let used = server.processor_time()?.saturating_sub(before);
        shares.push(100.0 * used.as_secs_f64() / begun.elapsed().as_secs_f64());
    }
    figures.push("core_share_percent", median(shares), "%");
    server.kill()?;
    Ok(figures)
}
