//! A policy goes from a file to being in force and back by commands alone, and what is wrong with
//! one is told line by line.

use std::path::Path;
use std::process::Output;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::api::Api;
use crate::support::binary;
use crate::support::hotel::Hotel;
use crate::support::server::Server;

const DEAR: &str = "schema = 1\nkind = \"pricing\"\n[[seasons]]\nname = \"spring\"\n\
                    first_night = 2027-03-01\nlast_night = 2027-03-02\npriority = 1\n\
                    adjustment_permille = 500\n";

fn tune(words: &[&str], server: Option<&str>) -> Output {
    let mut command = binary::command(&[&["tune"], words].concat());
    if let Some(address) = server {
        command.args(["--server", address.trim_start_matches("http://")]);
    }
    command.output().expect("the binary starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn said(words: &[&str], server: &str) -> String {
    let output = tune(words, Some(server));
    assert!(output.status.success(), "{words:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

fn write(folder: &Path, name: &str, document: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, document).expect("it can be written");
    path.to_str().expect("temporary folders have plain names").to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_policy_is_checked_staged_compared_promoted_and_rolled_back() {
    let folder = TempDir::new().expect("a temporary folder");
    let server = Server::start(&folder.path().join("data"));
    let at = server.address.as_str();
    let api = Api::new(at);
    Hotel::open(&api, "grand", &[("double", 3)]).await;
    let dear = write(folder.path(), "dear.toml", DEAR);
    let checked = tune(&["check", &dear], None);
    assert!(text(&checked.stdout).contains("a policy of pricing"), "{checked:?}");
    let staged = said(&["stage", "grand", "dear", &dear], at);
    assert!(staged.contains("staged dear"), "{staged}");
    let named = ["grand", "pricing", "dear"];
    let nights = ["--from", "2027-03-01", "--to", "2027-03-05"];
    let diff = said(&[&["diff"], &named[..], &nights].concat(), at);
    assert!(diff.contains("2 raised, 0 lowered of 4"), "{diff}");
    let json = said(&[&["diff"], &named[..], &nights, &["--json"]].concat(), at);
    assert_eq!(serde_json::from_str::<Value>(&json).expect("JSON")["raised"], 2);
    assert!(said(&[&["promote"], &named[..]].concat(), at).contains("promoted dear"));
    let refused = tune(&[&["diff"], &named[..], &nights].concat(), Some(at));
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("Not the candidate"), "{refused:?}");
    let path = "/v1/properties/grand/policies/pricing";
    assert_eq!(api.get(path).await.body["active"], "dear");
    said(&["rollback", "grand", "pricing"], at);
    assert_eq!(api.get(path).await.body["active"], Value::Null);
}

#[test]
fn every_fault_of_a_document_stands_on_a_line_with_its_place() {
    let folder = TempDir::new().expect("a temporary folder");
    let wrong = "schema = 1\nkind = \"pricing\"\nfoo = 1\n[bounds]\nfloor_permille = -3\n";
    let path = write(folder.path(), "wrong.toml", wrong);
    let output = tune(&["check", &path], None);
    assert_eq!(output.status.code(), Some(1));
    let errors = text(&output.stderr);
    for place in ["line 3, column 1: `foo`", "line 5, column 18: `bounds.floor_permille`"] {
        let line = format!("{path}: {place}: ");
        assert!(errors.lines().any(|error| error.starts_with(&line)), "{line} is not in {errors}");
    }
}
