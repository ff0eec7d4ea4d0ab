//! The least HTTP client that can ask a server on this machine, over one kept connection.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// One connection.
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
    address: SocketAddr,
    /// Lines of headers that every request carries, each with its end.
    headers: String,
}

/// One answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// What `Roomnight-Position` says, if it is there.
    pub(crate) position: Option<String>,
    pub(crate) body: String,
}

/// A document to be sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Body<'b> {
    pub(crate) media_type: &'b str,
    pub(crate) text: &'b str,
}

impl Client {
    /// Connects.
    pub(crate) fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let headers = format!("Host: {address}\r\n");
        Ok(Self { stream: BufReader::new(stream), address, headers })
    }

    /// Sends that API key with every request.
    pub(crate) fn with_key(mut self, key: &str) -> Self {
        self.headers.push_str(&format!("Authorization: Bearer {key}\r\n"));
        self
    }

    /// Where it asks.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The body of an answer of status 200.
    pub(crate) fn get(&mut self, path: &str) -> io::Result<String> {
        match self.read(path, None)? {
            Answer { status: 200, body, .. } => Ok(body),
            Answer { status, body, .. } => Err(io::Error::other(format!("{status}: {body}"))),
        }
    }

    /// Reads what reflects that position.
    pub(crate) fn read(&mut self, path: &str, wait_for: Option<&str>) -> io::Result<Answer> {
        let wait_for = wait_for.map(|position| format!("Roomnight-Wait-For: {position}\r\n"));
        let (headers, wait_for) = (&self.headers, wait_for.unwrap_or_default());
        self.ask(&format!("GET {path} HTTP/1.1\r\n{headers}{wait_for}\r\n"))
    }

    /// The status and the body of the answer to a write in JSON.
    pub(crate) fn post(&mut self, path: &str, key: &str, body: &str) -> io::Result<(u16, String)> {
        let body = Body { media_type: "application/json", text: body };
        let Answer { status, body, .. } = self.write("POST", path, key, body)?;
        Ok((status, body))
    }

    /// Writes under that idempotency key.
    pub(crate) fn write(
        &mut self,
        method: &str,
        path: &str,
        key: &str,
        Body { media_type, text }: Body<'_>,
    ) -> io::Result<Answer> {
        let (headers, length) = (&self.headers, text.len());
        self.ask(&format!(
            "{method} {path} HTTP/1.1\r\n{headers}Content-Type: {media_type}\r\n\
             Idempotency-Key: {key}\r\nContent-Length: {length}\r\n\r\n{text}"
        ))
    }

    fn ask(&mut self, request: &str) -> io::Result<Answer> {
        self.stream.get_mut().write_all(request.as_bytes())?;
        let status = self.line()?;
        let (mut length, mut position) = (0, None);
        loop {
            let line = self.line()?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').unwrap_or((&line, ""));
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().map_err(io::Error::other)?;
            } else if name.eq_ignore_ascii_case("roomnight-position") {
                position = Some(value.trim().to_owned());
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        let body = String::from_utf8(body).map_err(io::Error::other)?;
        let number = status.split(' ').nth(1).and_then(|number| number.parse().ok());
        let status = number.ok_or_else(|| io::Error::other(status))?;
        Ok(Answer { status, position, body })
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        Ok(line.trim_end().to_owned())
    }
}
