//! A write or a sync that fails (C2.4): the process goes at once, and acknowledges nothing more.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;

use super::kills::verify;
use super::report::Report;
use super::script::{History, nothing_is_lost, play};
use super::shim::{Action, Disk, ops, parts};
use crate::support::api::Api;
use crate::support::server::Server;

/// What the system says of a disk that does not do its work.
const EIO: i32 = 5;
/// More than are ever served: the fault comes first.
const GUESTS: usize = 100_000;
/// How many were told something before the disk fails.
const TOLD_BEFORE: usize = 20;
/// The code of a process that cannot go on.
const EXIT_CODE: i32 = 70;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_error_ends_the_process_and_is_followed_by_no_answer() {
    let mut report = Report::default();
    let mut slowest = BTreeMap::new();
    let mut acknowledged_on_the_log = 0;
    for (part, file) in
        [(parts::SEGMENT, "segment"), (parts::WITNESS, "witness"), (parts::STATE, "state")]
    {
        for (op, call) in [(ops::WRITE, "write"), (ops::SYNC, "sync")] {
            for always in [false, true] {
                let name = format!("{call} {file} {}", if always { "always" } else { "once" });
                let (gone_after, late) = fail(part, op, always, &name).await;
                let slowest = slowest.entry(file).or_insert(0);
                *slowest = (gone_after.as_millis() as u64).max(*slowest);
                if part == parts::STATE {
                    // They rest on the log, which is well, and are there after the restart.
                    acknowledged_on_the_log += late;
                } else {
                    assert_eq!(late, 0, "{name}: acknowledged after the error");
                }
                report.met(format!("{call} {file}"));
            }
        }
    }
    report.figure("errors", 12);
    report.figure("gone_after_ms_max", json!(slowest));
    report.figure("acknowledged_after_an_error_of_the_log", 0);
    report.figure("acknowledged_after_an_error_of_the_state", acknowledged_on_the_log);
    report.figure("acknowledged_and_lost", 0);
    report.end(
        "rel_c2_4_disk_errors",
        &[
            ("write segment", 2),
            ("sync segment", 2),
            ("write witness", 2),
            ("sync witness", 2),
            ("write state", 2),
            ("sync state", 2),
        ],
    );
}

/// Lets one kind of call fail under load; how long the process lived on, and how much that was
/// asked after the error it acknowledged.
async fn fail(part: u64, op: u64, always: bool, name: &str) -> (Duration, usize) {
    let disk = Disk::quick();
    let history = Arc::new(History::default());
    let mut server = disk.start().expect("it starts");
    let load = {
        let (api, history) = (Api::new(&server.address), Arc::clone(&history));
        tokio::spawn(async move { play(&api, &history, GUESTS).await })
    };
    while history.all().len() < TOLD_BEFORE {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    disk.strike(Action::Fail { error: EIO, always }, part, op, 1);
    let (failed_at, gone_after) = wait_until_gone(&disk, &mut server, name).await;
    assert!(load.await.expect("no client panics").is_err(), "{name}: nobody noticed");
    let told = history.all();
    let late = told.iter().filter(|told| told.begun > failed_at).count();
    disk.calm();
    let server = disk.start().unwrap_or_else(|refused| panic!("{name}: {refused:?}"));
    nothing_is_lost(&Api::new(&server.address), &told, name).await;
    assert!(server.stop().success(), "{name}: it stops when asked to");
    verify(&disk.data(), name);
    (gone_after, late)
}

/// When the error was seen, and how long after it the process was gone.
async fn wait_until_gone(disk: &Disk, server: &mut Server, name: &str) -> (Instant, Duration) {
    let begun = Instant::now();
    let mut failed_at = None;
    loop {
        if disk.fired() > 0 {
            failed_at.get_or_insert_with(Instant::now);
        }
        if let Some(status) = server.ended() {
            assert_eq!(status.code(), Some(EXIT_CODE), "{name}: {status}");
            let failed_at = failed_at.expect("it ends of nothing else");
            return (failed_at, failed_at.elapsed());
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{name}: {} errors", disk.fired());
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
