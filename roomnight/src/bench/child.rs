//! The server as a process of its own, for what can only be seen from outside.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::BenchError;

/// Whichever port is free.
const ANY_PORT: &str = "127.0.0.1:0";

/// A server of this very binary; dropping it kills it.
pub(super) struct Server {
    child: Child,
    /// From its start until it said that it is ready to decide.
    pub(super) ready_after: Duration,
    /// Where it answers.
    pub(super) address: SocketAddr,
}

impl Server {
    /// Starts one on a free port and waits until it is ready.
    pub(super) fn start(data: &Path) -> Result<Self, BenchError> {
        let mut command = serve(data, ANY_PORT)?;
        command.env("ROOMNIGHT__MESSAGES__FILTER", "warn");
        Self::spawn(command)
    }

    /// Starts one on a port that was free just now, and waits for nothing.
    pub(super) fn begin(data: &Path) -> Result<Self, BenchError> {
        let doing = "starting a server";
        let free = std::net::TcpListener::bind("127.0.0.1:0").map_err(BenchError::io(doing))?;
        let address = free.local_addr().map_err(BenchError::io(doing))?;
        drop(free);
        let mut command = serve(data, &address.to_string())?;
        command.env("ROOMNIGHT__MESSAGES__FILTER", "warn").stdout(Stdio::null());
        let child = command.spawn().map_err(BenchError::io(doing))?;
        Ok(Self { child, ready_after: Duration::ZERO, address })
    }

    /// Starts one as its users do; its messages, a line for each request among them, go to a file
    /// beside its data. With flags that say where Kafka is, the topics are made before.
    pub(super) fn start_for_users(
        data: &Path,
        kafka: &[String],
        settings: &[(&str, &str)],
    ) -> Result<Self, BenchError> {
        if !kafka.is_empty() {
            make_topics(kafka)?;
        }
        let messages = File::create(data.with_extension("messages"));
        let messages = messages.map_err(BenchError::io("making a file for the server's messages"));
        let mut command = serve(data, ANY_PORT)?;
        command.args(kafka).envs(settings.iter().copied()).stderr(messages?);
        Self::spawn(command)
    }

    fn spawn(mut command: Command) -> Result<Self, BenchError> {
        let doing = "starting a server";
        let begun = Instant::now();
        let mut child = command.spawn().map_err(BenchError::io(doing))?;
        let stdout = child.stdout.take().ok_or(io::Error::other("it has no output"));
        // Made at once, so that a server that does not come up is ended too.
        let address = SocketAddr::from(([0; 4], 0));
        let mut server = Self { child, ready_after: Duration::ZERO, address };
        let mut line = String::new();
        BufReader::new(stdout.map_err(BenchError::io(doing))?)
            .read_line(&mut line)
            .map_err(BenchError::io(doing))?;
        let address = line.trim_end().rsplit_once("http://").and_then(|(_, at)| at.parse().ok());
        server.address = address.ok_or_else(|| {
            BenchError::Unexpected("the server ended before it was ready".to_owned())
        })?;
        server.ready_after = begun.elapsed();
        Ok(server)
    }

    /// How much processor time it has used so far.
    pub(super) fn processor_time(&self) -> Result<Duration, BenchError> {
        super::process::processor_time(self.child.id())
            .map_err(BenchError::io("reading the processor time of the server"))
    }

    /// Ends it as a power cut would, and waits until it is gone.
    pub(super) fn kill(mut self) -> Result<(), BenchError> {
        let doing = "killing the server";
        self.child.kill().map_err(BenchError::io(doing))?;
        self.child.wait().map_err(BenchError::io(doing))?;
        Ok(())
    }
}

/// This very binary.
fn roomnight() -> Result<Command, BenchError> {
    let binary = std::env::current_exe().map_err(BenchError::io("finding this very binary"))?;
    Ok(Command::new(binary))
}

/// Makes the topics of a log over Kafka.
fn make_topics(kafka: &[String]) -> Result<(), BenchError> {
    let mut command = roomnight()?;
    command.args(["topics", "create"]).args(kafka).stdout(Stdio::null());
    let made = command.status().map_err(BenchError::io("making topics"))?;
    match made.success() {
        true => Ok(()),
        false => Err(BenchError::Unexpected("the topics were not made".to_owned())),
    }
}

/// A server that listens there.
fn serve(data: &Path, listen: &str) -> Result<Command, BenchError> {
    let mut command = roomnight()?;
    command
        .arg("serve")
        .arg("--data")
        .arg(data)
        .args(["--listen", listen])
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    Ok(command)
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only when it is gone already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
