//! The rules of the start (C2.9, C3.5): old, missing and foreign states and logs, and two
//! processes on one folder, each refused by name or made good.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;

use super::kills::verify;
use super::report::Report;
use super::script::{History, Told, nothing_is_lost, play};
use super::shim::small;
use crate::support::api::Api;
use crate::support::server::{Refused, Server};

const GUESTS: [usize; 2] = [12, 24];

/// Two moments of one folder, and another folder of the same kind.
struct Folders {
    place: TempDir,
    told: Vec<Told>,
}

impl Folders {
    async fn make() -> Self {
        let place = TempDir::new().expect("a temporary folder");
        let history = Arc::new(History::default());
        let path = |name: &str| place.path().join(name);
        for (name, guests) in ["early", "late"].iter().zip(GUESTS) {
            if *name == "late" {
                copy(&path("early"), &path("late"));
            }
            let server = start(&path(name)).expect("it starts");
            let played = play(&Api::new(&server.address), &history, guests).await;
            played.expect("nothing happens to it");
            assert!(server.stop().success(), "it stops when asked to");
        }
        let server = start(&path("other")).expect("it starts");
        let others = Arc::new(History::default());
        let played = play(&Api::new(&server.address), &others, GUESTS[1] * 2).await;
        played.expect("nothing happens to it");
        assert!(server.stop().success(), "it stops when asked to");
        let told = history.all();
        Self { place, told }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    /// A folder of log and state as they stood in others.
    fn of(&self, name: &str, log: &str, state: &str) -> PathBuf {
        let folder = self.path(name);
        copy(&self.path(log).join("log"), &folder.join("log"));
        copy(&self.path(state).join("state"), &folder.join("state"));
        copy_file(&self.path(state), &folder, "secret");
        folder
    }

    /// Insists that a folder is served, and rightly.
    async fn served(&self, folder: &Path, row: &str) {
        let server = start(folder).unwrap_or_else(|refused| panic!("{row}: {refused:?}"));
        nothing_is_lost(&Api::new(&server.address), &self.told, row).await;
        assert!(server.stop().success(), "{row}: it stops when asked to");
        verify(folder, row);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_row_of_the_table_of_starts_is_obeyed() {
    let folders = Folders::make().await;
    let mut report = Report::default();
    made_good(&folders, &mut report).await;
    refused_states(&folders, &mut report).await;
    refused_logs(&folders, &mut report);
    two_processes(&folders, &mut report).await;
    report.figure("rows", 13);
    report.end("rel_c2_9_table_of_starts", &[("made good", 3), ("refused by name", 10)]);
}

async fn made_good(folders: &Folders, report: &mut Report) {
    let row = "the state is missing";
    let folder = folders.of(row, "late", "late");
    fs::remove_dir_all(folder.join("state")).expect("it is there");
    folders.served(&folder, row).await;

    let row = "the state is old";
    folders.served(&folders.of(row, "late", "early"), row).await;

    let row = "the state is of now";
    folders.served(&folders.of(row, "late", "late"), row).await;
    for _ in 0..3 {
        report.met("made good");
    }
}

async fn refused_states(folders: &Folders, report: &mut Report) {
    let row = "the log is older than the state";
    let folder = folders.of(row, "early", "late");
    refuse(&folder, row, &["the state is ahead of its log", "restore the log, or remove"], report);
    // What it says to do helps.
    fs::remove_dir_all(folder.join("state")).expect("it is there");
    let server = start(&folder).unwrap_or_else(|refused| panic!("{row}: {refused:?}"));
    assert!(server.stop().success(), "{row}: it stops when asked to");

    let row = "the log is missing";
    let folder = folders.of(row, "late", "late");
    fs::remove_dir_all(folder.join("log")).expect("it is there");
    refuse(&folder, row, &["the state belongs to another log"], report);

    let row = "the log is another's";
    let folder = folders.of(row, "other", "late");
    refuse(&folder, row, &["the state belongs to another log", "remove"], report);

    let row = "the state is of another partition count";
    let folder = folders.of(row, "late", "late");
    fs::remove_dir_all(folder.join("log")).expect("it is there");
    let refused = Server::try_start_with(&folder, |command| {
        small(command);
        command.env("ROOMNIGHT__LOG__PARTITIONS", "4");
    });
    said(refused, row, &["made from a log of 1 partitions, and this log has 4"], report);
}

fn refused_logs(folders: &Folders, report: &mut Report) {
    let row = "the partition count is another";
    let folder = folders.of(row, "late", "late");
    let refused = Server::try_start_with(&folder, |command| {
        small(command);
        command.env("ROOMNIGHT__LOG__PARTITIONS", "4");
    });
    said(refused, row, &["was made with 1 partitions and is asked for with 4"], report);

    let row = "the log is older than its witness";
    let folder = folders.of(row, "early", "early");
    copy_file(&folders.path("late").join("log"), &folder.join("log"), "witness");
    refuse(&folder, row, &["the witness says that groups up to", "are lost"], report);

    let row = "the witness is missing";
    let folder = folders.of(row, "late", "late");
    fs::remove_file(folder.join("log/witness")).expect("it is there");
    refuse(&folder, row, &["witness", "proves nothing"], report);

    let row = "a segment is another log's";
    let folder = folders.of(row, "late", "late");
    copy_file(&folders.path("other").join("log"), &folder.join("log"), &segment(0));
    refuse(&folder, row, &[&segment(0), "is damaged"], report);

    let row = "a segment is missing";
    let folder = folders.of(row, "late", "late");
    fs::remove_file(folder.join("log").join(segment(0))).expect("it is there");
    refuse(&folder, row, &[&segment(0), "is missing"], report);
}

async fn two_processes(folders: &Folders, report: &mut Report) {
    let row = "another process has the folder";
    let folder = folders.of(row, "late", "late");
    let first = start(&folder).expect("it starts");
    refuse(&folder, row, &["is in use by another process", "stop that one"], report);
    nothing_is_lost(&Api::new(&first.address), &folders.told, row).await;
    assert!(first.stop().success(), "{row}: it stops when asked to");
}

fn start(folder: &Path) -> Result<Server, Refused> {
    Server::try_start_with(folder, small)
}

fn refuse(folder: &Path, row: &str, words: &[&str], report: &mut Report) {
    let before = bytes_of(&folder.join("log"));
    said(start(folder), row, words, report);
    let after = bytes_of(&folder.join("log"));
    assert!(before.is_empty() || before == after, "{row}: something was written to the log");
}

/// Insists on a refusal that says those things.
fn said(outcome: Result<Server, Refused>, row: &str, words: &[&str], report: &mut Report) {
    let refused = outcome.err().unwrap_or_else(|| panic!("{row}: it was served"));
    assert!(!refused.status.success(), "{row}: {refused:?}");
    for word in words {
        assert!(refused.said.contains(word), "{row}: does not say `{word}`: {refused:?}");
    }
    report.met("refused by name");
}

/// The segments of a log; its witness is written anew at each start.
fn bytes_of(log: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let Ok(entries) = fs::read_dir(log) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "log"));
    files.sort();
    files.into_iter().map(|file| (file.clone(), fs::read(&file).expect("readable"))).collect()
}

fn segment(index: u64) -> String {
    format!("{index:020}.log")
}

fn copy_file(from: &Path, to: &Path, name: &str) {
    fs::copy(from.join(name), to.join(name)).expect("it can be copied");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("it can be made");
    for entry in fs::read_dir(from).expect("it is there").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("it can be copied");
        }
    }
}
