//! A server that is still loading its state: whoever asks is answered at once.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Stdio;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::support::binary::{self, Ended};

/// How long a process may take to take its address, and then to answer, on a slow machine.
const PATIENCE: Duration = Duration::from_secs(30);

fn connect(address: SocketAddr) -> TcpStream {
    let begun = Instant::now();
    loop {
        match TcpStream::connect(address) {
            Ok(stream) => return stream,
            Err(error) => assert!(begun.elapsed() < PATIENCE, "it does not listen: {error}"),
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn said_to(address: SocketAddr, request: &[u8]) -> String {
    let mut stream = connect(address);
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    stream.write_all(request).expect("it takes what is asked");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers and closes the connection");
    answer
}

#[test]
fn nobody_hangs_while_the_state_is_loaded() {
    let folder = TempDir::new().expect("a temporary folder");
    let data = folder.path().join("data");
    let data = data.to_str().expect("a plain name");
    let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = free.local_addr().expect("an address");
    drop(free);
    // A start that waits for more space than any disk has never comes to its end.
    let mut server = Ended(
        binary::command(&["serve", "--data", data, "--listen", &address.to_string()])
            .env("ROOMNIGHT__DISK__BALLAST_BYTES", "0")
            .env("ROOMNIGHT__DISK__LOW_BYTES", (1_u64 << 62).to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary starts"),
    );
    for request in [
        "POST /v1/holds HTTP/1.1\r\nHost: a\r\nIdempotency-Key: k\r\nContent-Length: 2\r\n\r\n{}",
        "GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n",
    ] {
        let answer = said_to(address, request.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
        assert!(answer.contains("\r\nretry-after: "), "{answer}");
        assert!(answer.contains("/problems/not-ready"), "{answer}");
    }
    let lives = said_to(address, b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(lives.starts_with("HTTP/1.1 200 "), "{lives}");
    assert!(server.0.try_wait().expect("it can be asked").is_none(), "it still waits");
}
