//! Damage to the log's files: what is served afterwards is right, or the start is refused by name.

use std::fs;
use std::path::{Path, PathBuf};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tempfile::TempDir;

use crate::support::api::{Answer, Api};
use crate::support::hotel::Hotel;
use crate::support::server::Server;
use crate::support::{self, binary};

const BOOKINGS_COUNT: usize = 60;
const STAY: (&str, &str) = ("2027-03-01", "2027-03-03");

/// What was answered before the damage: by path, what a `GET` of it said.
struct Truth(Vec<(String, Answer)>);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn damage_is_named_or_changes_no_answer() {
    let folder = TempDir::new().expect("a temporary folder");
    let original = folder.path().join("original");
    let truth = book(&original).await;
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let rounds_count = if support::long() { 200 } else { 24 };
    let (mut served_count, mut refused_count) = (0, 0);
    for round in 0..rounds_count {
        let data = folder.path().join(format!("round-{round}"));
        copy(&original, &data);
        let damage = damage(&data.join("log"), &mut random);
        match Server::try_start(&data) {
            Ok(server) => {
                truth.check(&Api::new(&server.address), &damage).await;
                served_count += 1;
            }
            Err(refused) => {
                assert!(!refused.status.success(), "{damage}: {refused:?}");
                let said = refused.said.to_lowercase();
                assert!(said.contains("log"), "{damage}: does not say where: {refused:?}");
                assert!(!said.contains("a panic"), "{damage}: {refused:?}");
                refused_count += 1;
            }
        }
        fs::remove_dir_all(&data).expect("nobody holds it any more");
    }
    println!("{rounds_count} damages: {served_count} served rightly, {refused_count} refused");
    assert!(refused_count > 0, "no damage was ever noticed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_state_is_made_again_from_the_log() {
    let folder = TempDir::new().expect("a temporary folder");
    let truth = book(folder.path()).await;
    fs::remove_dir_all(folder.path().join("state")).expect("it is there");
    let server = Server::start(folder.path());
    truth.check(&Api::new(&server.address), "without the state").await;
    assert!(server.stop().success());
    let data = folder.path().to_str().expect("temporary folders have plain names");
    let output = binary::run(&["verify", "--data", data]);
    assert!(output.status.success(), "{}", binary::said(&output));
}

/// Fills a data folder and stops the server; some bookings are cancelled, some holds released.
async fn book(data: &Path) -> Truth {
    let server = Server::start(data);
    let api = Api::new(&server.address);
    let hotel = Hotel::open(&api, "grand", &[("double", 40)]).await;
    let mut paths = vec![
        "/v1/properties/grand/availability?check_in=2027-03-01\
                          &check_out=2027-03-03&rooms=1&guests=1"
            .to_owned(),
    ];
    let mut position = String::new();
    for number in 0..BOOKINGS_COUNT {
        let key = format!("hold-{number}");
        let held = hotel.hold(&key, "double", STAY).await;
        position = held.position.clone();
        paths.push(format!("/v1/commands/{key}"));
        if held.status == 201 {
            let booked = hotel.confirm(&format!("confirm-{number}"), held.text("hold")).await;
            position = booked.expect(201).position;
            paths.push(format!("/v1/holds/{}", held.text("hold")));
        }
    }
    let mut answers = Vec::new();
    for path in paths {
        let answer = api.get_at(&path, &position).await.expect(200);
        answers.push((path, answer));
    }
    assert!(server.stop().success());
    Truth(answers)
}

impl Truth {
    /// Everything is answered as before.
    async fn check(&self, api: &Api, damage: &str) {
        for (path, before) in &self.0 {
            let mut now = api.get_at(path, &before.position).await;
            let mut before = before.clone();
            // The position moves with every start, and the time of an answer with it.
            for answer in [&mut now, &mut before] {
                answer.position.clear();
                if let Some(members) = answer.body.as_object_mut() {
                    members.remove("as_of");
                }
            }
            assert_eq!(now, before, "{damage}: {path}");
        }
    }
}

/// Flips a bit, cuts the end off or zeroes a page of one of the files; says which.
fn damage(folder: &Path, random: &mut ChaCha8Rng) -> String {
    let files = files_in(folder);
    let written: Vec<PathBuf> = files
        .into_iter()
        .filter(|file| fs::metadata(file).is_ok_and(|file| file.len() > 0))
        .collect();
    let file = &written[random.random_range(0..written.len())];
    let mut bytes = fs::read(file).expect("it is there");
    // Files may be longer than what was written to them: damage what means something.
    let used = bytes.iter().rposition(|byte| *byte != 0).map_or(1, |last| last + 1);
    let at = random.random_range(0..used);
    let what = match random.random_range(0..4) {
        0 => {
            bytes.truncate(at);
            "cut off"
        }
        1 => {
            let page = at / 4096 * 4096;
            let end = bytes.len().min(page + 4096);
            bytes[page..end].fill(0);
            "a page zeroed"
        }
        _ => {
            bytes[at] ^= 1 << random.random_range(0..8);
            "a bit flipped"
        }
    };
    fs::write(file, bytes).expect("it can be written");
    format!("{what} at byte {at} of {used} of {}", file.display())
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("it is there").flatten() {
        let path = entry.path();
        if path.is_dir() { found.extend(files_in(&path)) } else { found.push(path) }
    }
    found.sort();
    found
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
