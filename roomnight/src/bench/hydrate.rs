//! From the start of a process, after a kill -9, to its deciding and to its views being loaded,
//! with a million bookings over five million nights in state; and how long decisions take then.

use std::path::Path;
use std::sync::Arc;
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
        rounds.push(start(&data, round)?);
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
fn start(data: &Path, round: usize) -> Result<Round, BenchError> {
    let begun = Instant::now();
    let server = Server::begin(data)?;
    let mut client = connect(&server, begun)?;
    let mut number = 0;
    let mut hold = |client: &mut Client| {
        number += 1;
        client.post("/v1/holds", &format!("hydrate-{round}-{number}"), HOLD)
    };
    loop {
        let answer = hold(&mut client).map_err(BenchError::io("asking for a hold"))?;
        match answer {
            (201, _) => break,
            (503, _) if begun.elapsed() < PATIENCE => std::thread::sleep(LOOK_EVERY),
            (status, body) => return Err(unexpected(status, &body)),
        }
    }
    let to_decide = begun.elapsed().as_secs_f64();
    let mut took_ms = Vec::new();
    loop {
        let body = client.get("/readyz").map_err(BenchError::io("asking for readiness"))?;
        if body.contains("\"views\":\"ready\"") {
            break;
        }
        let asked = Instant::now();
        let (status, body) = hold(&mut client).map_err(BenchError::io("asking for a hold"))?;
        if status != 201 {
            return Err(unexpected(status, &body));
        }
        took_ms.push(asked.elapsed().as_secs_f64() * 1e3);
    }
    let to_views = begun.elapsed().as_secs_f64();
    server.kill()?;
    let max_ms = took_ms.iter().copied().fold(0.0, f64::max);
    let decisions = took_ms.len() as f64;
    Ok(Round { to_decide, to_views, p99_ms: quantile(took_ms, 0.99), max_ms, decisions })
}

/// A hold in the first hotel on a night that nobody has booked.
const HOLD: &str = r#"{"property":"hotel-0","ttl_seconds":60,"lines":[{"room_type":"double",
    "rate_plan":"flexible","check_in":"2030-01-01","check_out":"2030-01-02","rooms":1,
    "guests":{"adults":2,"children":[]}}]}"#;

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
    let world = World::new(ROOMS)?;
    let hand = system.hand()?;
    let per_hotel = (NIGHTS_COUNT / STAY_NIGHTS) as usize;
    for booking in 0..bookings {
        let (hotel, stay) = (booking / per_hotel, booking % per_hotel);
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
