//! A server process: started on a data folder, and stopped kindly or killed.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::support::binary::{self, Ended};

/// How long a server may take until it is ready, on a slow machine.
const READY_WITHIN: Duration = Duration::from_secs(60);

/// A running `roomnight serve`.
pub struct Server {
    process: Ended,
    /// Where it answers, without a slash at the end.
    pub address: String,
    /// From its start to its being ready to decide.
    pub ready_after: Duration,
}

/// Why a server did not come up: how it ended and what it said.
#[derive(Debug)]
pub struct Refused {
    /// Its exit status.
    pub status: ExitStatus,
    /// What it wrote to standard error and standard output.
    pub said: String,
}

impl Server {
    /// Starts one on a free port and waits until it is ready.
    pub fn start(data: &Path) -> Self {
        Self::try_start(data).unwrap_or_else(|refused| panic!("it did not start: {refused:?}"))
    }

    /// Starts one, or says how it refused.
    pub fn try_start(data: &Path) -> Result<Self, Refused> {
        Self::try_start_with(data, |_| ())
    }

    /// Starts one of whose command something more is to be said, such as its environment.
    pub fn try_start_with(data: &Path, dress: impl FnOnce(&mut Command)) -> Result<Self, Refused> {
        let started = Instant::now();
        let data = data.to_str().expect("temporary folders have plain names");
        let mut command = binary::command(&["serve", "--data", data, "--listen", "127.0.0.1:0"]);
        // Tests copy their folders, and space kept aside with them.
        command.env("ROOMNIGHT__DISK__BALLAST_BYTES", "0");
        dress(&mut command);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut stderr = child.stderr.take().expect("piped");
        // Read it all the time, so that a talkative server never waits for a reader.
        let errors = std::thread::spawn(move || {
            let mut said = String::new();
            stderr.read_to_string(&mut said).map(|_| said).unwrap_or_default()
        });
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut said = String::new();
        for line in lines.by_ref().map_while(Result::ok) {
            if let Some(at) = line.find("http://") {
                let address = line[at..].split_whitespace().next().unwrap_or_default();
                let address = address.trim_end_matches(['/', '.', ',', '"', '}']).to_owned();
                let ready_after = started.elapsed();
                assert!(ready_after < READY_WITHIN, "ready only after {ready_after:?}");
                std::thread::spawn(move || lines.for_each(drop));
                return Ok(Self { process: Ended(child), address, ready_after });
            }
            said.push_str(&line);
            said.push('\n');
        }
        let status = child.wait().expect("it ends");
        said.push_str(&errors.join().expect("reading does not panic"));
        Err(Refused { status, said })
    }

    /// How it has ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.process.0.try_wait().expect("it can be asked")
    }

    /// How many bytes of memory it occupies; 0 where the system does not say.
    pub fn resident_bytes(&self) -> u64 {
        let path = format!("/proc/{}/status", self.process.0.id());
        let status = std::fs::read_to_string(path).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        kilobytes.unwrap_or(0) * 1_024
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.process.0.id()
    }

    /// Ends it as a power cut would, and waits until it is gone.
    pub fn kill(mut self) {
        self.process.0.kill().expect("it can be killed");
        self.process.0.wait().expect("it ends");
    }

    /// Asks it to stop, and waits until it has.
    pub fn stop(mut self) -> ExitStatus {
        let pid = self.process.0.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(asked.is_ok_and(|status| status.success()), "it can be asked to stop");
        self.process.0.wait().expect("it ends")
    }
}
