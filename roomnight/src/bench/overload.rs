//! What is still done when up to ten times as much is asked as can be done, and how soon all is
//! well again afterwards.
//!
//! First guests take turns: what they get done is the capacity. Then visits come at times drawn
//! ahead, at multiples of it, whatever the server does. Last comes a storm: ten times the capacity,
//! and whoever is turned away asks three times again.
//!
//! The guests are one thread on the same cores as the server. What it could not send is told too.

use std::time::Duration;

use super::figures::Figures;
use super::load::visits::{Guests, Heard, Piece, Step};
use super::load::{Served, run as run_clients};
use super::{BenchError, Manner};

/// How many hotels are sold.
const HOTELS: usize = 1_000;

/// How many rooms each has a night: enough that nobody is turned away for lack of one.
const ROOMS: u16 = 10_000;

/// How many guests take turns to find out the capacity.
const GUESTS: usize = 128;

/// How many connections there are at most.
const CONNECTIONS: usize = 2_000;

/// Multiples of the capacity at which visits come.
const MULTIPLES: [u32; 4] = [1, 2, 5, 10];

/// The share of the capacity at which all is well.
const CALM: f64 = 0.5;

/// How often whoever is turned away asks again in the storm.
const RETRIES: u32 = 3;

/// By how much the 99th percentile may exceed that of before once all counts as well again.
const WELL: f64 = 1.1;

/// For how many windows is watched whether all is well again.
const WINDOWS: usize = 20;

struct Sizes {
    hotels: usize,
    guests: usize,
    connections: usize,
    multiples: &'static [u32],
    warm_up: Duration,
    length: Duration,
    window: Duration,
    windows: usize,
}

impl Sizes {
    fn of(manner: &Manner) -> Self {
        let full = Self {
            hotels: HOTELS,
            guests: GUESTS,
            connections: CONNECTIONS,
            multiples: &MULTIPLES,
            warm_up: Duration::from_secs(1),
            length: Duration::from_secs(manner.seconds),
            window: Duration::from_secs(1),
            windows: WINDOWS,
        };
        let moment = Duration::from_millis(50);
        let tiny = Self {
            hotels: 4,
            guests: 4,
            connections: 16,
            multiples: &[1, 10],
            warm_up: moment,
            length: moment * 2,
            window: moment * 2,
            windows: 2,
        };
        if manner.is_tiny { tiny } else { full }
    }
}

/// Runs the bench.
pub fn run(manner: &Manner) -> Result<Figures, BenchError> {
    let mut figures = Figures::new("overload");
    let sizes = Sizes::of(manner);
    let served = Served::start(manner, 0..sizes.hotels, ROOMS)?;
    let guests = Guests {
        address: served.address(),
        hotels: 0..sizes.hotels,
        connections: sizes.connections,
    };
    let capacity = run_clients(guests.take_turns(sizes.guests, sizes.warm_up, sizes.length))?;
    // Looks and holds each begin a visit.
    let begun = [Step::Look, Step::Hold].map(|step| capacity.done_of_per_second(step));
    let visits_per_second = begun.iter().sum::<f64>().max(1.0);
    figures.push("capacity_visits_per_second", visits_per_second, "1/s");
    figures.push("capacity_requests_per_second", capacity.done_per_second(), "1/s");
    let mut peaks = Peaks::of(&capacity);
    let mut last = 0.0;
    for multiple in sizes.multiples {
        let heard = at(&served, &guests, &sizes, (*multiple, visits_per_second), &mut figures)?;
        peaks.raise(&heard);
        last = heard.done_per_second();
        tell(&heard, *multiple, &peaks, &mut figures)?;
    }
    figures.push("goodput_of_peak_percent", 100.0 * last / peaks.requests, "%");
    storm(&guests, &sizes, visits_per_second, &mut figures)?;
    served.server.kill()?;
    Ok(figures)
}

/// The most that was done in any phase.
struct Peaks {
    requests: f64,
    holds: f64,
}

impl Peaks {
    fn of(heard: &Heard) -> Self {
        let holds = heard.done_of_per_second(Step::Hold);
        Self { requests: heard.done_per_second(), holds }
    }

    fn raise(&mut self, heard: &Heard) {
        let other = Self::of(heard);
        self.requests = self.requests.max(other.requests);
        self.holds = self.holds.max(other.holds);
    }
}

/// Lets that multiple of the capacity come.
fn at(
    served: &Served,
    guests: &Guests,
    sizes: &Sizes,
    (multiple, visits_per_second): (u32, f64),
    figures: &mut Figures,
) -> Result<Heard, BenchError> {
    let piece = |length| Piece {
        visits_per_second: visits_per_second * f64::from(multiple),
        length,
        retries: 0,
    };
    let plan = [piece(sizes.warm_up), piece(sizes.length)];
    let before = served.used()?;
    let heard = run_clients(guests.come(&plan))?;
    served.tell_cores(&before, &format!("_{multiple}x"), figures)?;
    let heard = heard.into_iter().next_back();
    heard.ok_or_else(|| BenchError::Unexpected("nothing was heard".to_owned()))
}

fn tell(
    heard: &Heard,
    multiple: u32,
    peaks: &Peaks,
    figures: &mut Figures,
) -> Result<(), BenchError> {
    let mut push = |figure: &str, value, unit| {
        figures.push(format!("{figure}_{multiple}x"), value, unit);
    };
    push("due_visits_per_second", heard.due_per_second(), "1/s");
    push("sent_percent", heard.sent_percent(), "%");
    push("goodput_per_second", heard.done_per_second(), "1/s");
    let holds = heard.done_of_per_second(Step::Hold);
    push("holds_per_second", holds, "1/s");
    push("holds_of_peak_percent", 100.0 * holds / peaks.holds, "%");
    push("looks_per_second", heard.done_of_per_second(Step::Look), "1/s");
    push("settled_percent", heard.settled_percent(), "%");
    push("done_p99_milliseconds", heard.done()?.milliseconds(0.99), "ms");
    if heard.refused.count() > 0 {
        push("refused_p99_milliseconds", heard.refused.milliseconds(0.99), "ms");
        let since_due = heard.refused_since_due.milliseconds(0.99);
        push("refused_since_due_p99_milliseconds", since_due, "ms");
    }
    push("refused_per_second", heard.refused_per_second(), "1/s");
    push("failed_count", heard.failed_count() as f64, "1");
    Ok(())
}

/// Calm, storm, and calm again.
fn storm(
    guests: &Guests,
    sizes: &Sizes,
    visits_per_second: f64,
    figures: &mut Figures,
) -> Result<(), BenchError> {
    let calm =
        |length| Piece { visits_per_second: visits_per_second * CALM, length, retries: RETRIES };
    let storm = Piece {
        visits_per_second: visits_per_second * 10.0,
        length: sizes.length,
        retries: RETRIES,
    };
    let mut plan = vec![calm(sizes.warm_up), calm(sizes.length), storm];
    plan.extend((0..sizes.windows).map(|_| calm(sizes.window)));
    let heard = run_clients(guests.come(&plan))?;
    let times = heard.iter().map(|heard| Ok(heard.done()?.milliseconds(0.99)));
    let times: Vec<f64> = times.collect::<Result<_, BenchError>>()?;
    let (before, after) = (times[1], &times[3..]);
    figures.push("calm_p99_milliseconds", before, "ms");
    let well = after.iter().position(|time| *time <= WELL * before);
    let seconds = well.map_or(f64::NAN, |at| (at + 1) as f64 * sizes.window.as_secs_f64());
    figures.push("well_again_within_seconds", seconds, "s");
    for (number, time) in (1..).zip(after) {
        figures.push(format!("window_{number}_p99_milliseconds"), *time, "ms");
    }
    Ok(())
}
