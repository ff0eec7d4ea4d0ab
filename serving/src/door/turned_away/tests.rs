//! What is turned away before it is read: over real sockets, by class and by property.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use events::Slot;
use tokio::sync::oneshot;

use super::lane_of;
use crate::admission::{Class, LimitOptions, Wish};
use crate::door::{Door, DoorOptions};
use crate::policy;
use crate::serve::serve;
use crate::testing::Stack;

#[test]
fn the_first_line_names_the_route() {
    let class = |method: &str, path: &str| {
        policy::of_plain(method.as_bytes(), path.as_bytes()).and_then(|policy| policy.class)
    };
    assert_eq!(class("POST", "/v1/holds"), Some(Class::Hold));
    assert_eq!(class("POST", "/v1/holds/hold_1/confirm"), Some(Class::Settle));
    assert_eq!(class("GET", "/v1/properties/a.b:c-d/availability"), Some(Class::Read));
    for (method, path) in [
        ("GET", "/v1/holds"),
        ("HEAD", "/v1/properties/a/availability"),
        ("POST", "/v1/holds/"),
        ("POST", "/v1/holds//confirm"),
        ("POST", "/v1/%68olds"),
        ("GET", "/livez"),
        ("GET", "/nowhere"),
    ] {
        assert_eq!(class(method, path), None, "{method} {path}");
    }
}

#[test]
fn a_look_at_the_body_finds_the_property() {
    let lane = |body: &str| lane_of(Class::Hold, body.as_bytes());
    let grand = Some(Slot::of_text("grand"));
    assert_eq!(lane("{\"property\":\"grand\",\"lines\":[]}"), grand);
    assert_eq!(lane("{\"lines\":[], \"property\" :\r\n \"grand\"}"), grand);
    for none in ["", "{}", "{\"property\"", "{\"property\":7}", "{\"property\":\"grand"] {
        assert_eq!(lane(none), None, "{none}");
    }
    assert_eq!(lane_of(Class::Settle, b"{\"property\":\"grand\"}"), None);
}

/// A server with one place, which is taken, and no chair but for holds of one property.
async fn crowded() -> (Stack, SocketAddr, oneshot::Sender<()>) {
    let limit = LimitOptions { in_flight_min: 1, in_flight_max: 1, ..LimitOptions::default() };
    let options = DoorOptions { limit, ..DoorOptions::default() };
    let door = Door::new(options, &[]).expect("it needs no keys");
    let stack = Stack::behind(Duration::from_secs(60), door);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let (stop, stopped) = oneshot::channel::<()>();
    tokio::spawn(serve(listener, Arc::clone(&stack.app), async { drop(stopped.await) }));
    (stack, address, stop)
}

/// Fills the place and every chair of reads, for as long as the task lives.
fn crowd(stack: &Stack) -> tokio::task::JoinHandle<()> {
    let app = Arc::clone(&stack.app);
    tokio::spawn(async move {
        let later = Instant::now() + Duration::from_secs(60);
        let admission = &app.door.admission;
        let _place = admission.enter(Class::Settle.into(), later).await.expect("it is free");
        let enter = |_| Box::pin(admission.enter(Class::Read.into(), later));
        loop {
            let mut waiting: Vec<_> = (0..2_000).map(enter).collect();
            std::future::poll_fn(|context| {
                waiting.retain_mut(|waiter| waiter.as_mut().poll(context).is_pending());
                if waiting.is_empty() { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
        }
    })
}

const LOOK: &str = "GET /v1/properties/grand/availability?rooms=1 HTTP/1.1\r\nHost: a\r\n\r\n";

/// What the server says to those bytes, up to so many answers.
async fn said(address: SocketAddr, bytes: String, answers: usize) -> String {
    let ask = move || {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        stream.write_all(bytes.as_bytes())?;
        let (mut said, mut space) = (Vec::new(), [0; 4_096]);
        while String::from_utf8_lossy(&said).matches("HTTP/1.1 ").count() < answers
            || !said.ends_with(b"}") && !said.ends_with(b"\n")
        {
            let count = stream.read(&mut space)?;
            if count == 0 {
                break;
            }
            said.extend_from_slice(&space[..count]);
        }
        std::io::Result::Ok(String::from_utf8_lossy(&said).into_owned())
    };
    tokio::task::spawn_blocking(ask).await.expect("it does not panic").expect("it answers")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_finds_neither_place_nor_chair_is_told_so_at_once_and_stays_connected() {
    let (stack, address, _stop) = crowded().await;
    let crowd = crowd(&stack);
    let wish = Wish::from(Class::Read);
    while !stack.app.door.admission.is_hopeless(wish, Instant::now()) {
        tokio::task::yield_now().await;
    }
    let three = said(address, LOOK.repeat(3), 3).await;
    assert_eq!(three.matches("HTTP/1.1 503 Service Unavailable\r\n").count(), 3, "{three}");
    assert_eq!(three.matches("\"type\":\"/problems/overloaded\"").count(), 3, "{three}");
    assert_eq!(three.matches("content-type: application/problem+json\r\n").count(), 3, "{three}");
    for line in three.lines().filter_map(|line| line.strip_prefix("retry-after: ")) {
        let seconds: u64 = line.parse().expect("a number");
        assert!((1..=3).contains(&seconds), "{seconds}");
    }
    // What is not turned away is answered in its turn, between those that are.
    let mixed = format!("{LOOK}GET /livez HTTP/1.1\r\nHost: a\r\n\r\n{LOOK}");
    let mixed = said(address, mixed, 3).await;
    let statuses: Vec<&str> = mixed.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]).collect();
    assert_eq!(statuses, ["503", "200", "503"], "{mixed}");
    // The same words as whoever is turned away later is told.
    let later = stack.get("/v1/properties/grand/availability?rooms=1").await;
    let body = three.rsplit("\r\n\r\n").next().expect("a body");
    assert_eq!((later.status, String::from_utf8_lossy(&later.bytes)), (503, body.into()));
    let metrics = stack.get("/metrics").await;
    let metrics = String::from_utf8_lossy(&metrics.bytes).into_owned();
    let counted = "roomnight_refused_total{class=\"read\",reason=\"queue_full\"}";
    assert!(metrics.contains(counted), "{metrics}");
    crowd.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_is_still_under_way_is_not_taken_for_a_request() {
    let (stack, address, _stop) = crowded().await;
    let crowd = crowd(&stack);
    let wish = Wish::from(Class::Read);
    while !stack.app.door.admission.is_hopeless(wish, Instant::now()) {
        tokio::task::yield_now().await;
    }
    let ask = move || {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        let head = LOOK.replace("\r\n\r\n", "\r\nContent-Length: 70\r\n\r\n");
        let mut answers = Vec::new();
        let mut space = [0; 4_096];
        stream.write_all(head.as_bytes())?;
        let count = stream.read(&mut space)?;
        answers.extend_from_slice(&space[..count]);
        // Seventy bytes of a body, which begin as a request does, and then one request.
        let body = format!("{:70}", "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n");
        stream.write_all(&body.as_bytes()[..20])?;
        std::thread::sleep(Duration::from_millis(20));
        stream.write_all(&body.as_bytes()[20..])?;
        stream.write_all(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")?;
        while !String::from_utf8_lossy(&answers).contains("200 OK") {
            let count = stream.read(&mut space)?;
            if count == 0 {
                break;
            }
            answers.extend_from_slice(&space[..count]);
        }
        std::io::Result::Ok(String::from_utf8_lossy(&answers).into_owned())
    };
    let answers = tokio::task::spawn_blocking(ask).await.expect("it does not panic");
    let answers = answers.expect("it answers");
    let statuses: Vec<&str> =
        answers.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]).collect();
    assert_eq!(statuses, ["503", "200"], "{answers}");
    crowd.abort();
}
