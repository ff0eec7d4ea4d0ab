//! What is still done when up to ten times as much is asked as can be done, and how soon all is
//! well again afterwards.
//!
//! First guests take turns: what they get done is the capacity. Then visits come at times drawn
//! ahead, at multiples of it, whatever the server does, and guests take turns once more. Last comes
//! a storm: ten times the capacity, and whoever is turned away asks three times again.
//!
//! The guests are one thread on the same cores as the server. What it could not send is told too,
//! and it is a lot: one thread cannot ask ten times what two cores can do. Hence a second server
//! with few places, by the settings `door.in_flight_min` and `door.in_flight_max`: it can do so
//! much less that ten times as much is truly asked of it, several times over, in turns with its
//! peak.

use std::time::Duration;

use super::figures::{Figures, median};
use super::load::visits::{Guests, Heard, Piece, Step};
use super::load::{Served, run as run_clients};
use super::{BenchError, Manner};

mod storm;

/// How many hotels are sold.
const HOTELS: usize = 1_000;

/// How many rooms each has a night: enough that nobody is turned away for lack of one.
const ROOMS: u16 = 10_000;

/// How many guests take turns to find out the capacity.
const GUESTS: usize = 128;

/// How many take turns where there are few places; more would only be turned away.
const GUESTS_FEW: usize = 8;

/// How many connections there are at most.
const CONNECTIONS: usize = 2_000;

/// Multiples of the capacity at which visits come.
const MULTIPLES: [u32; 4] = [1, 2, 5, 10];

/// The same where there are few places; the last is what is measured.
const MULTIPLES_FEW: [u32; 2] = [2, 10];

/// The settings of a server of few places.
const FEW_PLACES: [(&str, &str); 2] =
    [("ROOMNIGHT__DOOR__IN_FLIGHT_MIN", "2"), ("ROOMNIGHT__DOOR__IN_FLIGHT_MAX", "2")];

/// For how many windows is watched whether all is well again.
const WINDOWS: usize = 20;

struct Sizes {
    hotels: usize,
    guests: usize,
    guests_few: usize,
    connections: usize,
    multiples: &'static [u32],
    rounds: usize,
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
            guests_few: GUESTS_FEW,
            connections: CONNECTIONS,
            multiples: &MULTIPLES,
            rounds: manner.rounds,
            warm_up: Duration::from_secs(1),
            length: Duration::from_secs(manner.seconds),
            window: Duration::from_secs(1),
            windows: WINDOWS,
        };
        let moment = Duration::from_millis(50);
        let tiny = Self {
            hotels: 4,
            guests: 4,
            guests_few: 2,
            connections: 16,
            multiples: &[1, 10],
            rounds: 1,
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
    with_all_places(manner, &sizes, &mut figures)?;
    with_few_places(manner, &sizes, &mut figures)?;
    Ok(figures)
}

fn guests(served: &Served, sizes: &Sizes) -> Guests {
    let (hotels, connections) = (0..sizes.hotels, sizes.connections);
    Guests { address: served.address(), hotels, connections }
}

/// Visits a second of guests who take turns: each begins with a look or a hold.
fn visits_per_second(heard: &Heard) -> f64 {
    let begun = [Step::Look, Step::Hold].map(|step| heard.done_of_per_second(step));
    begun.iter().sum::<f64>().max(1.0)
}

/// A server as its users start it.
fn with_all_places(
    manner: &Manner,
    sizes: &Sizes,
    figures: &mut Figures,
) -> Result<(), BenchError> {
    let served = Served::start(manner, 0..sizes.hotels, ROOMS)?;
    let guests = guests(&served, sizes);
    let capacity = run_clients(guests.take_turns(sizes.guests, sizes.warm_up, sizes.length))?;
    let visits = visits_per_second(&capacity);
    figures.push("capacity_visits_per_second", visits, "1/s");
    figures.push("capacity_requests_per_second", capacity.done_per_second(), "1/s");
    let mut peaks = Peaks::of(&capacity);
    let mut last = 0.0;
    for multiple in sizes.multiples {
        let before = served.used()?;
        let heard = at(&guests, sizes, (*multiple, visits))?;
        served.tell_cores(&before, &format!("_{multiple}x"), figures)?;
        peaks.raise(&heard);
        last = heard.done_per_second();
        tell(&heard, *multiple, &peaks, figures)?;
    }
    figures.push("goodput_of_peak_percent", 100.0 * last / peaks.requests, "%");
    // A state that has been sold from for a while is larger than the one that the first turns met,
    // and every request costs more there, overload or not.
    let after = run_clients(guests.take_turns(sizes.guests, sizes.warm_up, sizes.length))?;
    let after = after.done_per_second().max(1.0);
    figures.push("capacity_requests_per_second_after", after, "1/s");
    figures.push("goodput_of_capacity_after_percent", 100.0 * last / after, "%");
    storm::storm(&guests, sizes, visits, "", figures)?;
    served.server.kill()
}

/// A server that can do little, so that ten times as much can be asked of it; its peak and the
/// overload in turns, so that what else the machine does is the same for both.
fn with_few_places(
    manner: &Manner,
    sizes: &Sizes,
    figures: &mut Figures,
) -> Result<(), BenchError> {
    let served = Served::start_with(manner, 0..sizes.hotels, ROOMS, &FEW_PLACES)?;
    let guests = guests(&served, sizes);
    let mut rounds = Vec::new();
    let before = served.used()?;
    for _ in 0..sizes.rounds {
        let take_turns = guests.take_turns(sizes.guests_few, sizes.warm_up, sizes.length);
        let capacity = run_clients(take_turns)?;
        let visits = visits_per_second(&capacity);
        let mut peaks = Peaks::of(&capacity);
        let mut overload = None;
        for multiple in MULTIPLES_FEW {
            let heard = at(&guests, sizes, (multiple, visits))?;
            peaks.raise(&heard);
            overload = Some(heard);
        }
        let heard = overload.ok_or_else(nothing_heard)?;
        rounds.push(Round { visits, peaks, done: heard.done()?.milliseconds(0.99), heard });
    }
    served.tell_cores(&before, "_few_places", figures)?;
    tell_few(&rounds, figures);
    let visits = median(rounds.iter().map(|round| round.visits).collect());
    storm::storm(&guests, sizes, visits, "_few_places", figures)?;
    served.server.kill()
}

/// A peak, and what was heard at ten times the capacity just after it.
struct Round {
    visits: f64,
    peaks: Peaks,
    heard: Heard,
    /// The 99th percentile of what was done, in milliseconds.
    done: f64,
}

fn tell_few(rounds: &[Round], figures: &mut Figures) {
    let mut push = |figure: &str, of: fn(&Round) -> f64, unit| {
        let values: Vec<f64> = rounds.iter().map(of).collect();
        // Of refusals that there were not there is no time.
        if values.iter().all(|value| value.is_finite()) {
            figures.push(format!("{figure}_few_places"), median(values), unit);
        }
    };
    push("capacity_visits_per_second", |round| round.visits, "1/s");
    push("peak_requests_per_second", |round| round.peaks.requests, "1/s");
    push("due_visits_per_second_10x", |round| round.heard.due_per_second(), "1/s");
    push("due_of_capacity", |round| round.heard.due_per_second() / round.visits, "1");
    push("sent_percent_10x", |round| round.heard.sent_percent(), "%");
    push("goodput_per_second_10x", |round| round.heard.done_per_second(), "1/s");
    push(
        "goodput_of_peak_percent",
        |round| 100.0 * round.heard.done_per_second() / round.peaks.requests,
        "%",
    );
    push(
        "holds_of_peak_percent_10x",
        |round| 100.0 * round.heard.done_of_per_second(Step::Hold) / round.peaks.holds,
        "%",
    );
    push("settled_percent_10x", |round| round.heard.settled_percent(), "%");
    push("done_p99_milliseconds_10x", |round| round.done, "ms");
    push("refused_per_second_10x", |round| round.heard.refused_per_second(), "1/s");
    push("refused_p50_milliseconds_10x", |round| round.heard.refused.milliseconds(0.5), "ms");
    push("refused_p99_milliseconds_10x", |round| round.heard.refused.milliseconds(0.99), "ms");
    push(
        "refused_since_due_p99_milliseconds_10x",
        |round| round.heard.refused_since_due.milliseconds(0.99),
        "ms",
    );
    push("failed_count_10x", |round| round.heard.failed_count() as f64, "1");
}

fn nothing_heard() -> BenchError {
    BenchError::Unexpected("nothing was heard".to_owned())
}

/// The most that was done in any phase.
struct Peaks {
    requests: f64,
    holds: f64,
}

impl Peaks {
    /// At least one a second, so that a share of it is a number.
    fn of(heard: &Heard) -> Self {
        let holds = heard.done_of_per_second(Step::Hold).max(1.0);
        Self { requests: heard.done_per_second().max(1.0), holds }
    }

    fn raise(&mut self, heard: &Heard) {
        let other = Self::of(heard);
        self.requests = self.requests.max(other.requests);
        self.holds = self.holds.max(other.holds);
    }
}

/// Lets that multiple of the capacity come.
fn at(
    guests: &Guests,
    sizes: &Sizes,
    (multiple, visits_per_second): (u32, f64),
) -> Result<Heard, BenchError> {
    let piece = |length| Piece {
        visits_per_second: visits_per_second * f64::from(multiple),
        length,
        retries: 0,
    };
    let plan = [piece(sizes.warm_up), piece(sizes.length)];
    run_clients(guests.come(&plan))?.into_iter().next_back().ok_or_else(nothing_heard)
}

fn tell(
    heard: &Heard,
    multiple: u32,
    peaks: &Peaks,
    figures: &mut Figures,
) -> Result<(), BenchError> {
    let mut push = |figure: &str, value: f64, unit| {
        // Of what was not done, or not refused, there is no time.
        if value.is_finite() {
            figures.push(format!("{figure}_{multiple}x"), value, unit);
        }
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
    push("refused_p99_milliseconds", heard.refused.milliseconds(0.99), "ms");
    let since_due = heard.refused_since_due.milliseconds(0.99);
    push("refused_since_due_p99_milliseconds", since_due, "ms");
    push("refused_per_second", heard.refused_per_second(), "1/s");
    push("failed_count", heard.failed_count() as f64, "1");
    Ok(())
}
