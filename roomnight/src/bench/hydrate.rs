//! From the start of a process, after a kill -9, to its deciding and to its views being loaded,
//! with a million bookings over five million nights in state; and how long decisions take then.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use events::hold::Lines;
use events::{
    Command, CommandId, ConfirmHold, GuestRef, HoldId, Line, LogTime, PlaceHold, RatePlanId, Slot,
    Stay,
};
use serving::SystemClock;

use super::child::Server;
use super::figures::{Figures, median, quantile};
use super::world::{NIGHTS_COUNT, World, WorldError};
use super::{BenchError, Manner};
use crate::client::Client;
use crate::config::Config;
use crate::directory::DataFolder;
use crate::hand::{Hand, Words};
use crate::run::{Parts, System};

/// How many nights each booking has; no two of a hotel have one in common.
const STAY_NIGHTS: i32 = 5;

/// How many rooms each hotel has: one for the booking of the state, the others for what is asked.
const ROOMS: u16 = 1_000;

/// How many bookings each hotel has.
const PER_HOTEL: usize = (NIGHTS_COUNT / STAY_NIGHTS) as usize;

/// How many hotels lie between one hold that is asked for and the next.
const STRIDE: usize = 7_919;

/// How many clients ask for holds while the views load. One alone would measure itself: it cannot
/// ask for the next hold before it has the answer of the last.
const CLIENTS: usize = 8;

/// How often each of them asks: 500 a second in all, as a busy shop does. As many as go through
/// would fill what may wait for the views before they are there.
const HOLD_EVERY: Duration = Duration::from_millis(16);

/// How long a start may take at all.
const PATIENCE: Duration = Duration::from_secs(600);

/// How often is looked whether it is there.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Runs the bench.
pub fn run(manner: &Manner) -> Result<Figures, BenchError> {
    let bookings = if manner.is_tiny { 730 } else { 1_000_000 };
    let folder = manner.folder().map_err(BenchError::io("making a folder for the bench"))?;
    let data = folder.path().join("data");
    fill(&data, bookings)?;
    let mut rounds = Vec::new();
    for round in 0..manner.rounds {
        rounds.push(start(&data, &Wishes::new(bookings, round)?)?);
    }
    let of = |figure: fn(&Round) -> f64| median(rounds.iter().map(figure).collect());
    let mut figures = Figures::new("hydrate");
    figures.push("seconds_to_decide", of(|round| round.to_decide), "s");
    figures.push("seconds_to_views", of(|round| round.to_views), "s");
    figures.push("decision_p99_milliseconds", of(|round| round.p99_ms), "ms");
    figures.push("decision_max_milliseconds", of(|round| round.max_ms), "ms");
    figures.push("decisions_while_loading", of(|round| round.decisions), "1");
    figures.push("bookings_in_state", bookings as f64, "1");
    figures.push("nights_in_state", (bookings * STAY_NIGHTS as usize) as f64, "1");
    Ok(figures)
}

/// What one start came to.
struct Round {
    to_decide: f64,
    to_views: f64,
    p99_ms: f64,
    max_ms: f64,
    decisions: f64,
}

/// Starts, waits until a hold is decided, and goes on holding until the views are loaded.
fn start(data: &Path, wishes: &Wishes) -> Result<Round, BenchError> {
    let begun = Instant::now();
    let server = Server::begin(data)?;
    let mut client = loop {
        // While it loads, a server closes the connection after each answer.
        let mut client = connect(&server, begun)?;
        match wishes.ask(&mut client)? {
            (201, _) => break client,
            (503, _) if begun.elapsed() < PATIENCE => std::thread::sleep(LOOK_EVERY),
            (status, body) => return Err(unexpected(status, &body)),
        }
    };
    let to_decide = begun.elapsed().as_secs_f64();
    let is_loaded = AtomicBool::new(false);
    let took_ms = std::thread::scope(|scope| {
        let ask = |number| keep_asking(&server, wishes, number, &is_loaded);
        let askers: Vec<_> = (0..CLIENTS).map(|number| scope.spawn(move || ask(number))).collect();
        let loaded = wait_for_views(&mut client, begun);
        is_loaded.store(true, Ordering::Relaxed);
        let took_ms = askers.into_iter().map(|asker| {
            asker.join().map_err(|_| BenchError::Unexpected("a client ended early".to_owned()))?
        });
        let took_ms = took_ms.collect::<Result<Vec<_>, _>>()?.concat();
        loaded.map(|()| took_ms)
    })?;
    let to_views = begun.elapsed().as_secs_f64();
    server.kill()?;
    let max_ms = took_ms.iter().copied().fold(0.0, f64::max);
    let decisions = took_ms.len() as f64;
    Ok(Round { to_decide, to_views, p99_ms: quantile(took_ms, 0.99), max_ms, decisions })
}

/// Waits until the server says that its views are loaded.
fn wait_for_views(client: &mut Client, begun: Instant) -> Result<(), BenchError> {
    while begun.elapsed() < PATIENCE {
        let body = client.get("/readyz").map_err(BenchError::io("asking for readiness"))?;
        if body.contains("\"views\":\"ready\"") {
            return Ok(());
        }
        std::thread::sleep(LOOK_EVERY);
    }
    Err(BenchError::Unexpected("the views were not loaded in time".to_owned()))
}

/// Holds again and again until the views are loaded; how many milliseconds each took.
fn keep_asking(
    server: &Server,
    wishes: &Wishes,
    number: usize,
    is_loaded: &AtomicBool,
) -> Result<Vec<f64>, BenchError> {
    let mut client = connect(server, Instant::now())?;
    let mut due = Instant::now() + HOLD_EVERY * number as u32 / CLIENTS as u32;
    let mut took_ms = Vec::new();
    while !is_loaded.load(Ordering::Relaxed) {
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let (status, body) = wishes.ask(&mut client)?;
        if status != 201 {
            return Err(unexpected(status, &body));
        }
        // From when it was due: who waits behind a stalled one has waited too.
        took_ms.push(due.elapsed().as_secs_f64() * 1e3);
        due += HOLD_EVERY;
    }
    Ok(took_ms)
}

/// The holds that are asked for: hotel by hotel, each time another night, so that none runs out.
struct Wishes {
    world: World,
    hotels: usize,
    round: usize,
    asked_count: AtomicUsize,
}

impl Wishes {
    fn new(bookings: usize, round: usize) -> Result<Self, BenchError> {
        let hotels = bookings.div_ceil(PER_HOTEL);
        Ok(Self {
            world: World::of_the_coming_year(ROOMS)?,
            hotels,
            round,
            asked_count: AtomicUsize::new(0),
        })
    }

    /// Asks for the next of them; the status and the body of the answer.
    fn ask(&self, client: &mut Client) -> Result<(u16, String), BenchError> {
        let (key, body) = self.hold(self.asked_count.fetch_add(1, Ordering::Relaxed));
        client.post("/v1/holds", &key, &body).map_err(BenchError::io("asking for a hold"))
    }

    /// The key and the body of one of them.
    fn hold(&self, number: usize) -> (String, String) {
        // A stride that shares no factor with most counts jumps about in what is in memory.
        let hotel = number * STRIDE % self.hotels;
        let arrival = self.world.first_night().plus((number % NIGHTS_COUNT as usize) as i32);
        let departure = arrival.plus(1);
        let body = format!(
            r#"{{"property":"hotel-{hotel}","ttl_seconds":60,"lines":[{{"room_type":"double",
            "rate_plan":"flexible","check_in":"{arrival}","check_out":"{departure}","rooms":1,
            "guests":{{"adults":2,"children":[]}}}}]}}"#
        );
        (format!("hydrate-{}-{number}", self.round), body)
    }
}

fn unexpected(status: u16, body: &str) -> BenchError {
    BenchError::Unexpected(format!("a hold was answered with {status}: {body}"))
}

/// A connection to a server that has just begun.
fn connect(server: &Server, begun: Instant) -> Result<Client, BenchError> {
    loop {
        match Client::connect(server.address) {
            Ok(client) => return Ok(client),
            Err(error) if begun.elapsed() >= PATIENCE => {
                return Err(BenchError::io("connecting to the server")(error));
            }
            Err(_) => std::thread::sleep(LOOK_EVERY),
        }
    }
}

/// Books as many stays as asked, in as many hotels as it takes, and stops in order.
fn fill(data: &Path, bookings: usize) -> Result<(), BenchError> {
    let parts =
        Parts { folder: DataFolder::at(data), clock: Arc::new(SystemClock), listener: None };
    let mut system = System::start(&Config::default(), parts)?;
    system.own()?;
    let world = World::of_the_coming_year(ROOMS)?;
    let hand = system.hand()?;
    for booking in 0..bookings {
        let (hotel, stay) = (booking / PER_HOTEL, booking % PER_HOTEL);
        if stay == 0 {
            for (step, command) in (0..).zip(world.define(hotel)?) {
                say(&system, &hand, &format!("{hotel}/{step}"), command)?;
            }
        }
        let (hold, confirm) = book(&world, hotel, stay as i32, booking)?;
        say(&system, &hand, &key(booking), hold)?;
        say(&system, &hand, &format!("{booking}/confirm"), confirm)?;
    }
    system.catch_up_stored()?;
    system.stop()?;
    Ok(())
}

fn key(booking: usize) -> String {
    format!("{booking}/hold")
}

/// A hold and its confirmation.
fn book(
    world: &World,
    hotel: usize,
    stay: i32,
    booking: usize,
) -> Result<(Command, Command), WorldError> {
    let property = world.property(hotel)?;
    let arrival = world.first_night().plus(stay * STAY_NIGHTS);
    let line = Line {
        room_type: world.room_type().clone(),
        rate_plan: RatePlanId::new("flexible")?,
        stay: Stay::new(arrival, arrival.plus(STAY_NIGHTS))?,
        rooms: 1,
        adults: 2,
        children: Default::default(),
    };
    let id = CommandId::from_key("hydrate", &key(booking));
    let hold = HoldId::of_command(Slot::of(&property), id);
    let place = PlaceHold::direct(property, 3_600_000, Lines::from_iter([line]));
    let guest = GuestRef::new(&format!("guest-{booking}"))?;
    Ok((Command::PlaceHold(place), Command::ConfirmHold(ConfirmHold { hold, guest })))
}

fn say(system: &System, hand: &Hand, key: &str, command: Command) -> Result<(), BenchError> {
    let words = Words {
        id: CommandId::from_key("hydrate", key),
        sequence: hand.next_sequence(),
        not_after: LogTime(u64::MAX),
        stamp: system.app().clock.now(),
        command,
    };
    Ok(hand.append_patiently(words)?)
}
