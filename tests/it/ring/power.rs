//! A loss of power at any moment (C2.3): what was not synced is there, or torn, or not there.

use std::path::Path;
use std::sync::{Arc, Mutex};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::image::{Loss, Model};
use super::kills::verify;
use super::report::Report;
use super::script::{Gone, History, Told, nothing_is_lost, play, plays_on};
use super::shim::{Action, Disk, ops, parts, small};
use super::trace::{self, Event, Marks};
use crate::support;
use crate::support::api::Api;
use crate::support::server::{Refused, Server};

const GUESTS: usize = 24;
const IMAGES: u64 = 100;
const IMAGES_LONG: u64 = 1_000;
/// How many images are made of one run.
const IMAGES_OF_ONE: u64 = 12;
/// How many images are opened at once.
const AT_ONCE: usize = 4;

/// A run that was written down: what the disk was asked for, and what the guests were told.
struct Recorded {
    disk: Disk,
    events: Vec<Event>,
    told: Vec<Told>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_loss_of_power_at_any_moment_loses_nothing_that_was_acknowledged() {
    let images = if support::long() { IMAGES_LONG } else { IMAGES };
    let mut report = Report::default();
    let mut rounds = tokio::task::JoinSet::new();
    let (mut events, mut acknowledged) = (0, 0);
    let mut recorded = Arc::new(record(1).await);
    for seed in 0..images {
        if seed % IMAGES_OF_ONE == 0 {
            recorded = Arc::new(record(1 + seed / IMAGES_OF_ONE).await);
            events += recorded.events.len();
            acknowledged += recorded.told.len();
        }
        if rounds.len() >= AT_ONCE {
            let round = rounds.join_next().await.expect("there are some");
            note(&mut report, &round.expect("no round panics"));
        }
        rounds.spawn(survive(Arc::clone(&recorded), seed));
    }
    while let Some(round) = rounds.join_next().await {
        note(&mut report, &round.expect("no round panics"));
    }
    report.figure("images", images);
    report.figure("events", events);
    report.figure("acknowledged", acknowledged);
    report.figure("acknowledged_and_lost", 0);
    report.figure("served_and_rolled_back", 0);
    report.end(
        "rel_c2_3_power_loss",
        &[
            ("opened", images),
            ("writes torn", images / 10),
            ("sectors lost", images / 3),
            ("names lost", images / 10),
            ("cut while nothing was acknowledged", 1),
            ("cut after everything was acknowledged", 1),
        ],
    );
}

/// Were no sync good for anything, the audit would say so: it can fail.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_lies_about_its_syncs_is_found_out() {
    let recorded = record(1).await;
    let mut found = 0;
    for seed in 0..8 {
        let mut dice = ChaCha8Rng::seed_from_u64(seed);
        let cut = recorded.events.len() * 3 / 4 + dice.random_range(0..40);
        let target = Disk::quick();
        build(&recorded, cut, false, &target, &mut dice);
        let told = recorded.told_before(cut);
        let Ok(server) = target.start() else {
            found += 1;
            continue;
        };
        let api = Api::new(&server.address);
        let audit = tokio::spawn(async move { nothing_is_lost(&api, &told, "a lie").await });
        found += u32::from(audit.await.is_err());
    }
    assert!(found >= 6, "only {found} of 8 lies were found out");
}

/// Lets the script run twice over a kill, and writes everything down. The kill comes after a
/// change of names, the `nth`: what a process has done and not synced is for the next to see to.
async fn record(nth: u64) -> Recorded {
    let disk = Disk::quick();
    let marks = Marks::into(&disk.trace());
    let told = Arc::new(Mutex::new(Vec::new()));
    let hears = {
        let told = Arc::clone(&told);
        Arc::new(move |one: &Told| {
            let mut told = told.lock().expect("nobody panics with it");
            // Both under one lock, so that the numbers are the places.
            assert_eq!(marks.mark(), told.len());
            told.push(one.clone());
        })
    };
    let history = History::heard_by(hears);
    disk.strike(Action::Kill(2), parts::ALL, ops::RENAME | ops::CREATE | ops::MKDIR, nth);
    if let Ok(server) = start_recorded(&disk) {
        // It is killed in the middle, or by hand if it comes to the end.
        drop(play(&Api::new(&server.address), &history, GUESTS / 2).await);
        server.kill();
    }
    disk.calm();
    let server = start_recorded(&disk).expect("it starts");
    let played: Result<(), Gone> = play(&Api::new(&server.address), &history, GUESTS).await;
    played.expect("nothing happens to it");
    assert!(server.stop().success(), "it stops when asked to");
    let events = trace::read(&disk.trace());
    let told = told.lock().expect("nobody panics with it").clone();
    Recorded { disk, events, told }
}

fn start_recorded(disk: &Disk) -> Result<Server, Refused> {
    Server::try_start_with(&disk.data(), |command| {
        disk.dress_recorded(command);
        small(command);
    })
}

impl Recorded {
    fn told_before(&self, cut: usize) -> Vec<Told> {
        let told = self.events[..cut].iter().filter_map(|event| match event {
            Event::Told(number) => Some(self.told[*number].clone()),
            _ => None,
        });
        told.collect()
    }
}

/// What one image was like.
struct Round {
    loss: Loss,
    told: usize,
    of: usize,
}

fn note(report: &mut Report, Round { loss, told, of }: &Round) {
    report.met("opened");
    let mut met = |situation: &str, is_so: bool| {
        if is_so {
            report.met(situation);
        }
    };
    met("sectors lost", loss.sectors_lost > 0);
    met("sectors kept unsynced", loss.sectors_kept > 0);
    met("writes torn", loss.torn > 0);
    met("names lost", loss.names_lost > 0);
    met("cut while nothing was acknowledged", *told == 0);
    met("cut after everything was acknowledged", told == of);
}

fn build(
    recorded: &Recorded,
    cut: usize,
    syncs_count: bool,
    target: &Disk,
    dice: &mut ChaCha8Rng,
) -> Loss {
    let mut model = Model::new(&recorded.disk.root(), syncs_count);
    for (number, event) in recorded.events[..cut].iter().enumerate() {
        model.apply(number, event);
    }
    model.write(&target.root(), dice)
}

async fn survive(recorded: Arc<Recorded>, seed: u64) -> Round {
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let cut = cut(&recorded, seed, &mut dice);
    let told = recorded.told_before(cut);
    let when = format!("seed {seed}, cut at {cut}");
    let target = Disk::quick();
    let loss = build(&recorded, cut, true, &target, &mut dice);
    let server = target.start().unwrap_or_else(|refused| panic!("{when}: {refused:?}"));
    let api = Api::new(&server.address);
    nothing_is_lost(&api, &told, &when).await;
    let history = Arc::new(History::default());
    history.remember(&told);
    plays_on(&api, &history, GUESTS, &when).await;
    assert!(server.stop().success(), "{when}: it stops when asked to");
    verify(Path::new(&target.data()), &when);
    Round { loss, told: told.len(), of: recorded.told.len() }
}

/// Where to cut: anywhere, or just after somebody was told something, when most is at stake.
fn cut(recorded: &Recorded, seed: u64, dice: &mut ChaCha8Rng) -> usize {
    let events = &recorded.events;
    match seed % 10 {
        0 => dice.random_range(0..events.len() / 10),
        1 => events.len(),
        2..=5 => {
            let tolds: Vec<usize> = (0..events.len())
                .filter(|index| matches!(events[*index], Event::Told(_)))
                .collect();
            tolds[dice.random_range(0..tolds.len())] + 1
        }
        _ => dice.random_range(0..events.len()),
    }
}
