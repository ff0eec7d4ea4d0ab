//! The door over real sockets: what takes too long is ended, and the stop ends what it may.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::activity::{Activity, Ended};
use super::peers::Peers;
use super::{Door, DoorOptions};
use crate::serve::serve;
use crate::testing::Stack;

const SHORT: Duration = Duration::from_millis(60);
const LONG: Duration = Duration::from_secs(60);

/// A server behind a door of those options, and what ends it.
async fn opened(
    options: DoorOptions,
    deadline: Duration,
) -> (Stack, SocketAddr, oneshot::Sender<()>) {
    let stack = Stack::behind(deadline, Door::new(options, &[]).expect("it needs no keys"));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let (stop, stopped) = oneshot::channel::<()>();
    tokio::spawn(serve(listener, Arc::clone(&stack.app), async { drop(stopped.await) }));
    (stack, address, stop)
}

/// What a server says to those bytes until it closes the connection.
async fn said(address: SocketAddr, bytes: &'static [u8]) -> String {
    let ask = move || {
        let mut stream = TcpStream::connect(address)?;
        stream.write_all(bytes)?;
        let mut answer = Vec::new();
        // A reset says that the server has closed it too.
        drop(stream.read_to_end(&mut answer));
        std::io::Result::Ok(String::from_utf8_lossy(&answer).into_owned())
    };
    tokio::task::spawn_blocking(ask).await.expect("it does not panic").expect("it connects")
}

#[tokio::test]
async fn what_is_slow_or_silent_is_closed() {
    let slow = DoorOptions { header_wait: SHORT, idle_wait: LONG, ..DoorOptions::default() };
    let (_stack, address, _stop) = opened(slow, LONG).await;
    assert_eq!(said(address, b"").await, "", "a silent connection");
    assert_eq!(said(address, b"GET /livez HTTP/1.1\r\nHost: a\r\nX-").await, "", "half a header");
    let second = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address)?;
        stream.write_all(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")?;
        let answered = stream.read(&mut [0; 1024])?;
        stream.write_all(b"GET /li")?;
        let mut rest = String::new();
        stream.read_to_string(&mut rest).map(|_| (answered > 0, rest))
    });
    let second = second.await.expect("it does not panic").expect("it is closed in order");
    assert_eq!(second, (true, String::new()), "half a second request");

    let idle = DoorOptions { header_wait: LONG, idle_wait: SHORT, ..DoorOptions::default() };
    let (_stack, address, _stop) = opened(idle, LONG).await;
    let answer = said(address, b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(answer.contains("200 OK"), "{answer}");
}

#[tokio::test]
async fn headers_have_a_bound_and_bodies_a_time() {
    let options = DoorOptions { headers_max: 4, body_wait: SHORT, ..DoorOptions::default() };
    let (_stack, address, _stop) = opened(options, LONG).await;
    let many = said(
        address,
        b"GET /livez HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 1\r\nC: 1\r\nD: 1\r\nE: 1\r\n\r\n",
    );
    let many = many.await;
    assert!(many.starts_with("HTTP/1.1 431 "), "{many}");
    let slow = said(
        address,
        b"POST /v1/holds HTTP/1.1\r\nHost: a\r\nIdempotency-Key: k\r\nContent-Length: 9\r\n\r\n{",
    );
    let slow = slow.await;
    assert!(slow.starts_with("HTTP/1.1 408 ") && slow.contains("body-too-slow"), "{slow}");
    let long = said(
        address,
        b"POST /v1/holds HTTP/1.1\r\nHost: a\r\nIdempotency-Key: k\r\nContent-Length: 1048577\r\n\r\n",
    );
    let long = long.await;
    assert!(long.starts_with("HTTP/1.1 413 "), "{long}");
}

#[tokio::test]
async fn the_stop_closes_what_is_idle_and_ends_what_is_under_way() {
    let deadline = Duration::from_millis(300);
    let (stack, address, stop) = opened(DoorOptions::default(), deadline).await;
    let idle = said(address, b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n");
    let idle = tokio::spawn(idle);
    let under_way = tokio::spawn(said(
        address,
        b"POST /v1/holds/hold_00000000000000000000000000/release HTTP/1.1\r\nHost: a\r\n\
          Idempotency-Key: k\r\nContent-Length: 0\r\n\r\n",
    ));
    while stack.app.waiters.count() == 0 {
        tokio::task::yield_now().await;
    }
    stop.send(()).expect("it waits");
    // Each returns only once its connection is closed.
    assert!(idle.await.expect("it ends").contains("200 OK"));
    let answer = under_way.await.expect("it ends");
    assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
    while !stack.app.door.is_shut() {
        tokio::task::yield_now().await;
    }
}

#[test]
fn connections_are_counted_by_address() {
    let options = DoorOptions {
        connections_max: 5,
        connections_per_address_max: 2,
        ..DoorOptions::default()
    };
    let peers = Peers::new(&options);
    let take = |address: &str| peers.take(address.parse::<IpAddr>().expect("an address"));
    let first = take("203.0.113.7").expect("a seat");
    let _second = take("::ffff:203.0.113.7").expect("the same address, written otherwise");
    assert_eq!(take("203.0.113.7").expect_err("two are enough"), "address");
    let _network = [take("2001:db8::1").expect("a seat"), take("2001:db8::2").expect("a seat")];
    assert_eq!(take("2001:db8::3").expect_err("one network"), "address");
    let _here = take("127.0.0.1").expect("a seat");
    assert_eq!(take("127.0.0.1").expect_err("five are all"), "all");
    assert_eq!(first.leave(), 4);
    take("203.0.113.7").expect("it is free again");
    assert_eq!(peers.count(), 4);
}

#[test]
fn each_thing_a_connection_does_has_its_time() {
    let options = DoorOptions::default();
    let now = Instant::now();
    let at = |seconds| now + Duration::from_secs(seconds);
    let activity = Activity::new(&options, now);
    assert_eq!(activity.until(), (at(5), Ended::SlowHeaders), "the first request is owed");
    activity.request_begun(at(1));
    assert!(!activity.is_idle());
    assert_eq!(activity.until(), (at(31), Ended::Stalled));
    activity.request_ended(at(2));
    assert_eq!(activity.until(), (at(62), Ended::Idle));
    activity.received(true, at(3));
    assert_eq!(activity.until(), (at(62), Ended::Idle), "a ping of HTTP/2 begins nothing");
    activity.received(false, at(10));
    activity.received(false, at(14));
    assert_eq!(activity.until(), (at(15), Ended::SlowHeaders), "from its first byte on");
}
