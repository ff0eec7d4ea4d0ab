//! A kill at every call that makes something durable (C2.2).

use std::path::Path;
use std::sync::Arc;

use super::report::Report;
use super::script::{History, nothing_is_lost, play, plays_on};
use super::shim::{Action, Disk, ops, parts};
use crate::support::api::Api;
use crate::support::{self, binary};

const GUESTS: usize = 24;
/// How many points are tried where not all are.
const POINTS: u64 = 120;
/// How many are tried at once: they wait for one another's clients more than for a processor.
const AT_ONCE: u64 = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_at_every_durability_point_loses_nothing() {
    let all = points().await;
    let step = if support::long() { 1 } else { (all / POINTS).max(1) };
    let mut report = Report::default();
    // The points rotate from run to run, so that the quick variant comes to all of them in time.
    let first = 1 + u64::from(std::process::id()) % step;
    let mut rounds = tokio::task::JoinSet::new();
    for nth in (first..=all).step_by(step as usize) {
        if rounds.len() as u64 >= AT_ONCE {
            note(&mut report, rounds.join_next().await);
        }
        rounds.spawn(kill_at(nth));
    }
    while let Some(round) = rounds.join_next().await {
        note(&mut report, Some(Ok(round.expect("no round panics"))));
    }
    report.figure("points_of_the_script", all);
    report.figure("acknowledged_and_lost", 0);
    report.figure("decided_twice", 0);
    let floor = if support::long() { all * 9 / 10 } else { all / step * 9 / 10 };
    report.end(
        "rel_c2_2_kill_at_each_durability_point",
        &[
            ("killed", floor),
            ("killed while starting", 1),
            ("sync segment", 1),
            ("write segment", 1),
            ("write witness", 1),
            ("write state", 1),
            ("rename other", 1),
        ],
    );
}

/// How many calls the script makes when nothing happens to it.
async fn points() -> u64 {
    let disk = Disk::quick();
    disk.watch(parts::ALL, ops::ALL);
    let server = disk.start().expect("it starts");
    let history = Arc::new(History::default());
    play(&Api::new(&server.address), &history, GUESTS).await.expect("nothing happens to it");
    server.kill();
    disk.matched()
}

/// What became of one kill.
struct Round {
    met: Vec<String>,
}

fn note(report: &mut Report, round: Option<Result<Round, tokio::task::JoinError>>) {
    let Some(round) = round else { return };
    for situation in round.expect("no round panics").met {
        report.met(situation);
    }
}

async fn kill_at(nth: u64) -> Round {
    let disk = Disk::quick();
    let history = Arc::new(History::default());
    let variant = nth % 3;
    disk.strike(Action::Kill(variant), parts::ALL, ops::ALL, nth);
    let mut met = Vec::new();
    match disk.start() {
        Ok(mut server) => {
            let played = play(&Api::new(&server.address), &history, GUESTS).await;
            if played.is_ok() && server.ended().is_none() {
                met.push("reached the end".to_owned());
            }
            server.kill();
        }
        Err(_) => met.push("killed while starting".to_owned()),
    }
    let when = format!("call {nth}, {}, variant {variant}", disk.struck());
    if disk.fired() > 0 {
        met.push("killed".to_owned());
        met.push(disk.struck());
    }
    disk.calm();
    audit(&disk, &history, &when).await;
    Round { met }
}

/// Starts a server without help and holds it to all that was told.
async fn audit(disk: &Disk, history: &Arc<History>, when: &str) {
    let server = disk.start().unwrap_or_else(|refused| panic!("{when}: {refused:?}"));
    let api = Api::new(&server.address);
    nothing_is_lost(&api, &history.all(), when).await;
    plays_on(&api, history, GUESTS, when).await;
    assert!(server.stop().success(), "{when}: it stops when asked to");
    verify(&disk.data(), when);
}

/// Insists that the auditor finds nothing.
pub fn verify(data: &Path, when: &str) {
    let data = data.to_str().expect("temporary folders have plain names");
    let output = binary::run(&["verify", "--data", data]);
    assert!(output.status.success(), "{when}: {}", binary::said(&output));
}
