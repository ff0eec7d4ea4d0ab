//! The door over a real socket: it opens on loopback only, and closes in order.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use super::{ServeError, check_address, serve};
use crate::Ready;
use crate::testing::Stack;

#[test]
fn beyond_loopback_there_must_be_keys() {
    for address in ["127.0.0.1:0", "127.8.9.1:80", "[::1]:80", "[::ffff:127.0.0.1]:80"] {
        let address: SocketAddr = address.parse().expect("an address");
        assert!(check_address(address, false).is_ok(), "{address}");
    }
    for address in ["0.0.0.0:80", "192.168.1.1:80", "[::]:80", "[::ffff:10.0.0.1]:80"] {
        let address: SocketAddr = address.parse().expect("an address");
        let refused = check_address(address, false);
        assert!(matches!(refused, Err(ServeError::NoKeys(_))), "{address}");
        assert!(check_address(address, true).is_ok(), "{address}");
    }
}

#[tokio::test]
async fn a_request_under_way_is_ended_before_the_stop() {
    let stack = Stack::stopped(Duration::from_millis(100));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let (stop, stopped) = oneshot::channel::<()>();
    let app = Arc::clone(&stack.app);
    let server = tokio::spawn(serve(listener, app, async { drop(stopped.await) }));
    let client = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address)?;
        stream.write_all(
            b"POST /v1/holds/hold_00000000000000000000000000/release HTTP/1.1\r\n\
              Host: localhost\r\nIdempotency-Key: k\r\nContent-Length: 0\r\n\r\n",
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).map(|_| answer)
    });
    while stack.app.waiters.count() == 0 {
        tokio::task::yield_now().await;
    }
    stop.send(()).expect("it waits");
    let answer = client.await.expect("it does not panic").expect("it is answered");
    assert!(answer.starts_with("HTTP/1.1 202 Accepted\r\n"), "{answer}");
    assert!(answer.contains("\r\ntraceparent: 00-"), "{answer}");
    server.await.expect("it does not panic").expect("it ends in order");
    assert_eq!(stack.app.readiness.get(), Ready::Stopping);
    assert!(TcpStream::connect(address).is_err(), "it listens no more");
}
