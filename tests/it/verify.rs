//! The auditor on real data folders: silent where all is well, and precise where it is not.

use std::fs;
use std::path::Path;
use std::process::Output;

use tempfile::TempDir;

use crate::support::api::Api;
use crate::support::binary;
use crate::support::hotel::Hotel;
use crate::support::server::Server;

/// A data folder with a hotel and some bookings; the server is stopped.
async fn book(data: &Path, property: &str) {
    let server = Server::start(data);
    let hotel = Hotel::open(&Api::new(&server.address), property, &[("double", 5)]).await;
    for number in 0..8 {
        let stay = ("2027-03-01", "2027-03-03");
        let held = hotel.hold(&format!("hold-{number}"), "double", stay).await;
        if held.status == 201 {
            hotel.confirm(&format!("confirm-{number}"), held.text("hold")).await.expect(201);
        }
    }
    assert!(server.stop().success());
}

fn verify(data: &Path) -> Output {
    binary::run(&["verify", "--data", data.to_str().expect("a plain name")])
}

#[tokio::test]
async fn all_holds_and_it_says_what_it_checked() {
    let folder = TempDir::new().expect("a temporary folder");
    book(folder.path(), "grand").await;
    let output = verify(folder.path());
    assert_eq!(output.status.code(), Some(0), "{}", binary::said(&output));
    let said = String::from_utf8_lossy(&output.stdout).to_lowercase();
    assert!(said.chars().any(|each| each.is_ascii_digit()), "it says how much: {said}");
    assert!(said.contains("records"), "it says what: {said}");
}

#[tokio::test]
async fn a_state_of_another_log_is_found() {
    let folder = TempDir::new().expect("a temporary folder");
    let (left, right) = (folder.path().join("left"), folder.path().join("right"));
    book(&left, "left").await;
    book(&right, "right").await;
    fs::remove_dir_all(left.join("state")).expect("it is there");
    fs::rename(right.join("state"), left.join("state")).expect("on one disk");

    let output = verify(&left);
    assert_eq!(output.status.code(), Some(1), "{}", binary::said(&output));
    let refused = Server::try_start(&left).err().expect("a forked state is not served");
    assert!(!refused.status.success() && !refused.said.contains("a panic"), "{refused:?}");
}

#[test]
fn nothing_to_check_is_said_as_such() {
    let folder = TempDir::new().expect("a temporary folder");
    let output = verify(&folder.path().join("absent"));
    assert_eq!(output.status.code(), Some(2), "{}", binary::said(&output));
}
