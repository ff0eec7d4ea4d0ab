//! The door of the real server: who is let in, what is cut off, what comes first, how it stops.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::api::Api;
use crate::support::binary;
use crate::support::hotel::Hotel;
use crate::support::server::Server;

/// A new key: what to send, and what to paste.
fn new_key(name: &str, scopes: &[&str]) -> (String, String) {
    let mut arguments = vec!["keys", "create", "--name", name];
    arguments.extend(scopes.iter().flat_map(|scope| ["--scope", scope]));
    let output = binary::run(&arguments);
    assert!(output.status.success(), "{}", binary::said(&output));
    let printed = String::from_utf8(output.stdout).expect("text");
    let key = printed.split_whitespace().find(|word| word.starts_with("rn_")).expect("a key");
    (key.to_owned(), printed.clone())
}

fn configure(folder: &Path, text: &str) {
    std::fs::create_dir_all(folder).expect("a folder");
    std::fs::write(folder.join("roomnight.toml"), text).expect("a file");
}

#[tokio::test]
async fn beyond_loopback_there_must_be_keys_and_each_opens_its_own_routes() {
    let folder = TempDir::new().expect("a temporary folder");
    let data = folder.path().join("data");
    let path = data.to_str().expect("a plain name");
    let refused = binary::run(&["serve", "--data", path, "--listen", "0.0.0.0:0"]);
    let said = binary::said(&refused);
    assert!(!refused.status.success() && said.contains("roomnight keys create"), "{said}");

    let scopes = ["shop", "manage", "operate"];
    let keys: Vec<(String, String)> = scopes.iter().map(|name| new_key(name, &[name])).collect();
    let (revoked, _) = new_key("revoked", &scopes);
    let pasted: Vec<&str> = keys.iter().map(|(_, pasted)| pasted.as_str()).collect();
    configure(&data, &pasted.join("\n"));
    let server = Server::start(&data);
    let client = Client::builder().no_proxy().build().expect("a client needs nothing");
    let document = client.get(format!("{}/openapi.json", server.address)).send().await;
    let document = document.expect("it answers").text().await.expect("a body");
    let document: Value = serde_json::from_str(&document).expect("JSON");

    let mut cells_count = 0;
    for (path, operations) in document["paths"].as_object().expect("an object") {
        for (method, operation) in operations.as_object().expect("an object") {
            let asked = operation["security"].as_array().expect("every route says what it asks");
            let allowed: Vec<&str> =
                asked.iter().filter_map(|each| each["api_key"][0].as_str()).collect();
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method");
            let url = format!("{}{}", server.address, path.replace(['{', '}'], ""));
            let ask = async |key: Option<&str>| {
                let mut request = client.request(method.clone(), &url);
                if let Some(key) = key {
                    request = request.bearer_auth(key);
                }
                request.send().await.expect("it answers").status().as_u16()
            };
            for key in [None, Some("rn_wrong"), Some(&*revoked)] {
                let status = ask(key).await;
                assert_eq!(status == 401, !allowed.is_empty(), "{method} {path} {key:?}: {status}");
                cells_count += 1;
            }
            for (scope, (key, _)) in scopes.iter().zip(&keys) {
                let status = ask(Some(key)).await;
                let may = allowed.is_empty() || allowed.contains(scope);
                assert_eq!(status == 403, !may, "{method} {path} as {scope}: {status}");
                assert_ne!(status, 401, "{method} {path} as {scope}");
                cells_count += 1;
            }
        }
    }
    assert!(cells_count >= 96, "{cells_count}");
    assert!(server.stop().success());
}

/// What a server says to those bytes until it closes the connection.
fn said_to(address: &str, bytes: &[u8]) -> String {
    let address = address.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).expect("it listens");
    let mut answer = Vec::new();
    // A reset says that the server has closed it too, perhaps before all was sent.
    drop(stream.write_all(bytes));
    drop(stream.read_to_end(&mut answer));
    String::from_utf8_lossy(&answer).into_owned()
}

/// How many connections were closed because their headers took too long.
async fn slow_headers_count(address: &str) -> u64 {
    let client = Client::builder().no_proxy().build().expect("a client needs nothing");
    let metrics = client.get(format!("{address}/metrics")).send().await.expect("it answers");
    let metrics = metrics.text().await.expect("a body");
    let name = "roomnight_connections_closed_total{reason=\"slow_headers\"} ";
    let count = metrics.lines().find_map(|line| line.strip_prefix(name)).expect("it is counted");
    count.parse().expect("a number")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_slow_or_too_much_is_cut_off_and_others_do_not_notice() {
    let folder = TempDir::new().expect("a temporary folder");
    configure(folder.path(), "[door]\nheader_ms = 300\nbody_ms = 300\n");
    let server = Server::start(folder.path());
    let slow: Vec<_> = (0..200)
        .map(|_| {
            let address = server.address.clone();
            std::thread::spawn(move || said_to(&address, b"GET /livez HTTP/1.1\r\nHost: a\r\nX:"))
        })
        .collect();
    let api = Api::new(&server.address);
    for _ in 0..20 {
        api.get("/readyz").await.expect(200);
    }
    for thread in slow {
        assert_eq!(thread.join().expect("it ends"), "", "it is closed without an answer");
    }
    let body = said_to(
        &server.address,
        b"POST /v1/holds HTTP/1.1\r\nHost: a\r\nIdempotency-Key: k\r\nContent-Length: 9\r\n\r\n{",
    );
    assert!(body.starts_with("HTTP/1.1 408 "), "{body}");
    let mut bomb = b"GET /livez HTTP/1.1\r\nHost: a\r\nX: ".to_vec();
    bomb.resize(1 << 20, b'a');
    let bomb = said_to(&server.address, &bomb);
    assert!(bomb.is_empty() || bomb.starts_with("HTTP/1.1 431 "), "{bomb}");
    let twice = api.post("/v1/holds", "card", &json!({"property": "4111 1111 1111 1111"})).await;
    assert_eq!((twice.status, twice.text("type")), (422, "/problems/card-number-in-field"));
    // A connection is counted after it was closed, and a client may have opened one to spare.
    while slow_headers_count(&server.address).await < 200 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(server.stop().success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_holds_are_shed_whoever_has_a_room_is_served() {
    let folder = TempDir::new().expect("a temporary folder");
    configure(folder.path(), "[door]\nin_flight_min = 4\nin_flight_max = 4\n");
    let server = Server::start(folder.path());
    let hotel = Hotel::open(&Api::new(&server.address), "busy", &[("double", 60_000)]).await;
    let stay = ("2027-03-01", "2027-03-02");
    let mut holds = Vec::new();
    for number in 0..200 {
        let held = hotel.hold(&format!("before-{number}"), "double", stay).await.expect(201);
        holds.push(held.text("hold").to_owned());
    }
    let is_over = Arc::new(AtomicBool::new(false));
    let shed_count = Arc::new(AtomicU64::new(0));
    let mut crowd = Vec::new();
    for client in 0..96 {
        let (is_over, shed_count) = (Arc::clone(&is_over), Arc::clone(&shed_count));
        let hotel = hotel.clone();
        crowd.push(tokio::spawn(async move {
            let mut number = 0;
            while !is_over.load(Ordering::Relaxed) {
                number += 1;
                let answer = hotel.hold(&format!("{client}-{number}"), "double", stay).await;
                assert!([201, 503].contains(&answer.status), "{answer:?}");
                if answer.status == 503 {
                    assert_eq!(answer.text("type"), "/problems/overloaded", "{answer:?}");
                    shed_count.fetch_add(1, Ordering::Relaxed);
                }
            }
        }));
    }
    while shed_count.load(Ordering::Relaxed) == 0 {
        tokio::task::yield_now().await;
    }
    // Nobody who has a hold is turned away, while others are.
    for (number, hold) in holds.iter().enumerate() {
        let confirmed = hotel.confirm(&format!("confirm-{number}"), hold).await.expect(201);
        if number % 2 == 0 {
            let path = format!("/v1/bookings/{}/cancel", confirmed.text("booking"));
            hotel.api.post(&path, &format!("cancel-{number}"), &json!({})).await.expect(200);
        }
    }
    is_over.store(true, Ordering::Relaxed);
    for client in crowd {
        client.await.expect("no client panics");
    }
    // And when the crowd has gone there is room for everybody again.
    let again = async || hotel.hold("again", "double", stay).await.status;
    while again().await != 201 {}
    assert!(server.stop().success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_under_load_answers_what_is_under_way() {
    let folder = TempDir::new().expect("a temporary folder");
    let server = Server::start(folder.path());
    let hotel = Hotel::open(&Api::new(&server.address), "ending", &[("double", 60_000)]).await;
    let stay = ("2027-03-01", "2027-03-02");
    let answered_count = Arc::new(AtomicU64::new(0));
    let mut crowd = Vec::new();
    for client in 0..32 {
        let hotel = hotel.clone();
        let answered_count = Arc::clone(&answered_count);
        crowd.push(tokio::spawn(async move {
            let mut held = Vec::new();
            for number in 0.. {
                let key = format!("{client}-{number}");
                let body = hotel.hold_body("double", stay, 1);
                match hotel.api.try_write(Method::POST, "/v1/holds", &key, &body).await {
                    Ok(answer) if answer.status == 201 => held.push((key, answer.body)),
                    Ok(answer) => {
                        let named = ["/problems/stopping", "/problems/overloaded"];
                        assert_eq!(answer.status, 503, "{answer:?}");
                        assert!(named.contains(&answer.text("type")), "{answer:?}");
                    }
                    // It listens no more, or the connection was idle when it closed.
                    Err(_) => break,
                }
                answered_count.fetch_add(1, Ordering::Relaxed);
            }
            held
        }));
    }
    while answered_count.load(Ordering::Relaxed) < 500 {
        tokio::task::yield_now().await;
    }
    let status = tokio::task::spawn_blocking(|| server.stop()).await.expect("it does not panic");
    assert!(status.success(), "{status}");
    let mut held = Vec::new();
    for client in crowd {
        held.extend(client.await.expect("no client panics"));
    }
    // Whatever was answered is there at the next start, with the same answer.
    let server = Server::start(folder.path());
    let api = Api::new(&server.address);
    for (key, body) in held.iter().step_by(7) {
        let again = api.read(&format!("/v1/commands/{key}")).await.expect(200);
        assert_eq!(&again.body["answer"], body);
    }
    assert!(server.stop().success());
}
