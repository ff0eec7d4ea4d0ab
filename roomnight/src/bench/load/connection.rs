//! One kept HTTP/1.1 connection of a client: a request out, its answer in, and no more.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;

/// How long a client waits for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// How much of an answer is read at once.
const ANSWER_BYTES: usize = 2_048;

/// A connection, opened anew when the server has closed it.
pub(in crate::bench) struct Connection {
    address: SocketAddr,
    stream: Option<TcpStream>,
    request: Vec<u8>,
    answer: Vec<u8>,
}

/// One answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::bench) struct Answer<'c> {
    pub(in crate::bench) status: u16,
    pub(in crate::bench) body: &'c [u8],
}

impl Answer<'_> {
    /// Whether the server had no room for the request: nothing was decided.
    pub(in crate::bench) fn is_turned_away(&self) -> bool {
        matches!(self.status, 429 | 503)
    }

    /// The text of the member of that name.
    pub(in crate::bench) fn text(&self, member: &str) -> Option<&str> {
        let body = std::str::from_utf8(self.body).ok()?;
        let (_, rest) = body.split_once(&format!("\"{member}\":\""))?;
        rest.split_once('"').map(|(text, _)| text)
    }
}

/// What the first lines of an answer say.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    status: u16,
    length: usize,
    body_from: usize,
    is_last: bool,
}

impl Connection {
    /// Nothing is sent before somebody asks.
    pub(in crate::bench) fn to(address: SocketAddr) -> Self {
        Self { address, stream: None, request: Vec::new(), answer: Vec::new() }
    }

    /// Connects, unless it is connected.
    pub(in crate::bench) async fn connect(&mut self) -> io::Result<()> {
        if self.stream.is_none() {
            let stream = TcpStream::connect(self.address).await?;
            stream.set_nodelay(true)?;
            self.stream = Some(stream);
        }
        Ok(())
    }

    /// Sends what is written into the buffer and waits for the answer. A kept connection may have
    /// been closed meanwhile, so it is tried twice; a key makes that safe.
    pub(in crate::bench) async fn ask(
        &mut self,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> io::Result<Answer<'_>> {
        self.request.clear();
        write(&mut self.request);
        let was_kept = self.stream.is_some();
        let head = match self.exchange().await {
            Err(error) if was_kept && error.kind() != io::ErrorKind::TimedOut => {
                self.exchange().await?
            }
            head => head?,
        };
        if head.is_last {
            self.stream = None;
        }
        let body = &self.answer[head.body_from..head.body_from + head.length];
        Ok(Answer { status: head.status, body })
    }

    async fn exchange(&mut self) -> io::Result<Head> {
        self.connect().await?;
        let Some(stream) = &self.stream else { return Err(io::ErrorKind::NotConnected.into()) };
        let exchanged = async {
            send(stream, &self.request).await?;
            receive(stream, &mut self.answer).await
        };
        let head = match tokio::time::timeout(PATIENCE, exchanged).await {
            Ok(head) => head,
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        };
        if head.is_err() {
            self.stream = None;
        }
        head
    }
}

async fn send(stream: &TcpStream, mut rest: &[u8]) -> io::Result<()> {
    while !rest.is_empty() {
        // A socket nearly always takes a request at once.
        match stream.try_write(rest) {
            Ok(count) => rest = &rest[count..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => stream.writable().await?,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

async fn receive(stream: &TcpStream, answer: &mut Vec<u8>) -> io::Result<Head> {
    answer.clear();
    loop {
        if let Some(head) = head(answer)?
            && answer.len() >= head.body_from + head.length
        {
            return Ok(head);
        }
        stream.readable().await?;
        let from = answer.len();
        answer.resize(from + ANSWER_BYTES, 0);
        let count = stream.try_read(&mut answer[from..]);
        answer.truncate(from + count.as_ref().copied().unwrap_or(0));
        match count {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
}

/// The head of an answer once it is there as a whole.
fn head(answer: &[u8]) -> io::Result<Option<Head>> {
    let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(None);
    };
    let text = std::str::from_utf8(&answer[..end]).map_err(io::Error::other)?;
    let mut lines = text.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
    let status = status.ok_or_else(|| io::Error::other("an answer without a status"))?;
    let mut head = Head { status, length: 0, body_from: end + 4, is_last: false };
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        if name.eq_ignore_ascii_case("content-length") {
            head.length = value.trim().parse().map_err(io::Error::other)?;
        } else if name.eq_ignore_ascii_case("connection") {
            head.is_last = value.trim().eq_ignore_ascii_case("close");
        }
    }
    Ok(Some(head))
}

#[cfg(test)]
mod tests {
    use super::{Answer, Head, head};

    #[test]
    fn an_answer_is_read_once_its_head_is_whole() {
        let answer = b"HTTP/1.1 201 Created\r\nContent-Length: 4\r\nconnection: close\r\n\r\nbody";
        assert_eq!(head(&answer[..30]).expect("no fault yet"), None);
        let whole = Head { status: 201, length: 4, body_from: answer.len() - 4, is_last: true };
        assert_eq!(head(answer).expect("an answer"), Some(whole));
        assert!(head(b"nonsense\r\n\r\n").is_err());
    }

    #[test]
    fn members_are_found_by_name() {
        let answer = Answer { status: 201, body: br#"{"hold":"hold_1","state":"held"}"# };
        assert_eq!(answer.text("state"), Some("held"));
        assert_eq!(answer.text("booking"), None);
        assert!(!answer.is_turned_away());
    }
}
