//! The server as a process of its own, for what can only be seen from outside.

use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::BenchError;

/// A server of this very binary; dropping it kills it.
pub(super) struct Server {
    child: Child,
    /// From its start until it said that it is ready to decide.
    pub(super) ready_after: Duration,
}

impl Server {
    /// Starts one on a free port and waits until it is ready.
    pub(super) fn start(data: &Path) -> Result<Self, BenchError> {
        let doing = "starting a server";
        let binary = std::env::current_exe().map_err(BenchError::io(doing))?;
        let begun = Instant::now();
        let mut child = Command::new(binary)
            .arg("serve")
            .arg("--data")
            .arg(data)
            .args(["--listen", "127.0.0.1:0"])
            .env("ROOMNIGHT__MESSAGES__FILTER", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(BenchError::io(doing))?;
        let stdout = child.stdout.take().ok_or(io::Error::other("it has no output"));
        let mut server = Self { child, ready_after: Duration::ZERO };
        let mut line = String::new();
        BufReader::new(stdout.map_err(BenchError::io(doing))?)
            .read_line(&mut line)
            .map_err(BenchError::io(doing))?;
        if !line.contains("http://") {
            return Err(BenchError::Unexpected("the server ended before it was ready".to_owned()));
        }
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

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only when it is gone already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
