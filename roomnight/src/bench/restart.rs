//! From the start of a process to its being ready to decide, after a kill -9, with a hundred
//! thousand bookings in state.

use std::sync::Arc;

use datasets::Capacity;

use super::child::Server;
use super::figures::{Figures, median};
use super::{BenchError, Manner};
use crate::clock::HistoryClock;
use crate::config::Config;
use crate::dataset::{self, Dataset};
use crate::directory::DataFolder;
use crate::replay::{self, replay};
use crate::run::{Parts, System};
use crate::tally::Tally;

/// Runs the bench.
pub fn run(manner: &Manner) -> Result<Figures, BenchError> {
    let mut figures = Figures::new("restart");
    let dataset = match manner.is_tiny {
        true => Dataset::Generated { properties: 2, bookings: 200 },
        false => Dataset::GENERATED,
    };
    let folder = manner.folder().map_err(BenchError::io("making a folder for the bench"))?;
    let data = folder.path().join("data");
    let (bookings, digest) = fill(DataFolder::at(&data), dataset)?;
    // The first start is after an orderly stop; what is measured is the start after a kill.
    Server::start(&data)?.kill()?;
    let mut times = Vec::new();
    for _ in 0..manner.rounds {
        let server = Server::start(&data)?;
        times.push(server.ready_after.as_secs_f64() * 1e3);
        server.kill()?;
    }
    figures.push("ready_milliseconds", median(times), "ms");
    figures.push("bookings_in_state", bookings as f64, "1");
    figures.hash(digest);
    Ok(figures)
}

/// Replays a history into a folder; says how many bookings were made and the digest of it all.
fn fill(folder: DataFolder, dataset: Dataset) -> Result<(u64, String), BenchError> {
    let history = dataset::open(dataset)?;
    let (tally, clock) = (Arc::new(Tally::default()), Arc::new(HistoryClock::live()));
    let listener = Some(tally.listener());
    let parts = Parts { folder, clock: Arc::clone(&clock) as _, listener };
    let system = System::start(&Config::default(), parts)?;
    let manner = replay::Manner { capacity: Capacity::AdmitAll, rate: None };
    let outcome = replay(&system, &tally, &clock, history.as_ref(), manner, |_| ())?;
    system.stop()?;
    let bookings = outcome.counts.decisions.get("confirmed").copied().unwrap_or(0);
    Ok((bookings, outcome.digest()))
}
