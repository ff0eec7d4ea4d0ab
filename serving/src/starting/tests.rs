//! The door of a process that is loading, over real sockets.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use tokio::sync::oneshot;

use super::answer_not_ready;

/// Longer than any answer takes, and shorter than the test may hang.
const PATIENCE: Duration = Duration::from_secs(30);

const HOLD: &[u8] = b"POST /v1/holds HTTP/1.1\r\nHost: a\r\nIdempotency-Key: k\r\n\
    Content-Length: 2\r\n\r\n{}";

/// What is said to those bytes until the connection is closed.
fn said(mut stream: TcpStream, bytes: &[u8]) -> String {
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    stream.write_all(bytes).expect("it takes what is asked");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it is closed in order");
    answer
}

async fn ask(address: SocketAddr, bytes: &'static [u8]) -> String {
    let ask = move || said(TcpStream::connect(address).expect("it is accepted"), bytes);
    tokio::task::spawn_blocking(ask).await.expect("it does not panic")
}

fn assert_not_ready(answer: &str) {
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert!(answer.contains("\r\nretry-after: 1\r\n"), "{answer}");
    assert!(answer.contains("\r\nconnection: close\r\n"), "{answer}");
    assert!(answer.contains("/problems/not-ready"), "{answer}");
}

#[tokio::test]
async fn everybody_is_answered_while_the_state_is_loaded() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    // Before there is any door: the system accepts it on its own.
    let early = TcpStream::connect(address).expect("it is accepted");
    let ours = listener.try_clone().expect("a second handle");
    let (stop, stopped) = oneshot::channel::<()>();
    let door = tokio::spawn(answer_not_ready(ours, async { drop(stopped.await) }));
    let early = tokio::task::spawn_blocking(move || said(early, HOLD));
    assert_not_ready(&early.await.expect("it does not panic"));
    assert_not_ready(&ask(address, HOLD).await);
    assert_not_ready(&ask(address, b"GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n").await);
    assert_not_ready(&ask(address, b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n").await);
    let lives = ask(address, b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(lives.starts_with("HTTP/1.1 200 ") && lives.contains("alive"), "{lives}");

    let late = TcpStream::connect(address).expect("it is accepted");
    assert_not_ready(&ask(address, HOLD).await);
    stop.send(()).expect("it waits");
    // Who was accepted before the stop is told, and only then it is over.
    let late = tokio::task::spawn_blocking(move || said(late, HOLD));
    assert_not_ready(&late.await.expect("it does not panic"));
    door.await.expect("it does not panic").expect("it ends in order");
    // The socket is whole: the next door accepts on it.
    let client = TcpStream::connect(address).expect("it waits in the queue");
    listener.set_nonblocking(false).expect("it can wait");
    let (_, from) = listener.accept().expect("it is handed on");
    assert_eq!(from, client.local_addr().expect("an address"));
}
