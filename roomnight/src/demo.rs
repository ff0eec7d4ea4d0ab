//! The first look: two hotels' history through the whole engine, then an API to try.

use std::io::{self, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;

use datasets::{Capacity, History};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::args::DemoArguments;
use crate::clock::HistoryClock;
use crate::config::{Config, Effective, Sources};
use crate::dataset::{self, Dataset, HistoryError};
use crate::directory::DataFolder;
use crate::replay::{Manner, Outcome, ReplayError, replay};
use crate::run::{Parts, RunError, System};
use crate::serve::{self, ServerError};
use crate::tally::Tally;

mod try_it;

/// How often the progress bar moves.
const DRAWS_PER_SECOND: u8 = 10;

/// Why the demo ended.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The folder holds something already.
    #[error("{0} is not empty: name a new folder with --data, or none for a temporary one")]
    NotEmpty(PathBuf),
    /// The history is not there.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The replay did not come to its end.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// The system does not run.
    #[error(transparent)]
    Run(#[from] RunError),
    /// HTTP cannot be answered.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// The demo's own hotel could not be made.
    #[error(transparent)]
    Hotel(#[from] try_it::HotelError),
    /// A folder cannot be made or the output is closed.
    #[error("the system refuses")]
    Io(#[from] io::Error),
}

/// Replays, says what became of it and what to try, and answers until it is asked to stop.
pub fn run(arguments: &DemoArguments) -> Result<(), DemoError> {
    let sources = Sources::of_process(None, None).map_err(ServerError::from)?;
    let sources = sources.flag("listen", Some(arguments.listen.to_string()));
    let config = Effective::load(&sources).map_err(ServerError::from)?.config;
    crate::messages::set_up("warn").map_err(ServerError::from)?;
    let listener = match arguments.exit_after_replay {
        true => None,
        false => Some(serve::listen(&config)?),
    };
    // Held until the end: a temporary folder goes with it.
    let temporary = match arguments.data {
        Some(_) => None,
        None => Some(tempfile::Builder::new().prefix("roomnight-demo-").tempdir()?),
    };
    let folder = arguments.data.clone().or(temporary.as_ref().map(|dir| dir.path().to_path_buf()));
    let folder = DataFolder::at(folder.unwrap_or_default());
    if !folder.is_new()? {
        return Err(DemoError::NotEmpty(folder.path().to_path_buf()));
    }
    let history = history(arguments.dataset)?;
    let mut out = io::stdout();
    writeln!(out, "roomnight demo, data in {}", folder.path().display())?;
    let system = show_replay(&config, folder, history.as_ref(), &mut out)?;
    match listener {
        Some(listener) => go_live(system, &config, listener, &mut out),
        None => {
            system.stop()?;
            Ok(())
        }
    }
}

/// The history that is asked for; else the real one if it is there, else one of the same shape.
fn history(asked: Option<Dataset>) -> Result<Box<dyn History>, DemoError> {
    if let Some(asked) = asked {
        return Ok(dataset::open(asked)?);
    }
    match dataset::open(Dataset::HotelBookings) {
        Ok(history) => {
            println!("history: every booking of two real hotels, 2013 to 2017");
            Ok(history)
        }
        Err(error) => {
            println!("history: made up, shaped like the real one");
            println!("  ({error})");
            Ok(dataset::open(Dataset::GENERATED)?)
        }
    }
}

/// A system after the replay of a history, with the outcome printed.
fn show_replay(
    config: &Config,
    folder: DataFolder,
    history: &dyn History,
    out: &mut dyn Write,
) -> Result<System, DemoError> {
    let (tally, clock) = (Arc::new(Tally::default()), Arc::new(HistoryClock::live()));
    let listener = Some(tally.listener());
    let parts = Parts { folder, clock: Arc::clone(&clock) as _, listener };
    let system = System::start(config, parts)?;
    let bar = progress_bar(history);
    let manner = Manner { capacity: Capacity::AdmitAll, rate: None };
    let progress = |events_count| bar.set_position(events_count);
    let outcome: Outcome = replay(&system, &tally, &clock, history, manner, progress)?;
    bar.finish_and_clear();
    clock.go_live();
    writeln!(out, "\n{outcome}\n")?;
    Ok(system)
}

fn progress_bar(history: &dyn History) -> ProgressBar {
    let target = ProgressDrawTarget::stderr_with_hz(DRAWS_PER_SECOND);
    let bar = ProgressBar::with_draw_target(history.events_count(), target);
    let shape = match history.events_count() {
        Some(_) => "{wide_bar} {human_pos} of {human_len} events, {per_sec}",
        None => "{spinner} {human_pos} events, {per_sec}",
    };
    let style = ProgressStyle::with_template(shape);
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// The system with a hotel to try things on, answering until it is asked to stop.
fn go_live(
    mut system: System,
    config: &Config,
    listener: TcpListener,
    out: &mut dyn Write,
) -> Result<(), DemoError> {
    system.own()?;
    let hotel = try_it::Hotel::make(&system)?;
    let address = listener.local_addr()?;
    writeln!(out, "{}", hotel.lines(address, &config.serving.tenant))?;
    writeln!(out, "Ctrl-C ends the demo.\n")?;
    Ok(serve::answer(system, config, listener)?)
}
