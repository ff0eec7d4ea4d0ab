//! A real Apache Kafka, and topics of one's own on it.
//!
//! `ROOMNIGHT_KAFKA` names a cluster that is there, or `none` to leave these tests out, which they
//! say. Otherwise `scripts/kafka` starts one broker for this test program. Whoever kills brokers
//! has a cluster of his own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::support::binary;
use crate::support::server::{Refused, Server};
use crate::tidy::tree;

/// Brokers, and where `scripts/kafka` keeps them if they are ours.
pub struct Cluster {
    /// Their addresses, separated by commas.
    pub brokers: String,
    count: usize,
    dir: Option<PathBuf>,
}

/// A number that no other call has been given.
fn next_number() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// The cluster that the environment names; `None` where it names none.
fn named() -> Option<String> {
    std::env::var("ROOMNIGHT_KAFKA").ok().filter(|brokers| !brokers.is_empty())
}

fn is_left_out() -> bool {
    let is_left_out = named().is_some_and(|brokers| brokers == "none");
    if is_left_out {
        eprintln!("NOT TESTED over Apache Kafka: ROOMNIGHT_KAFKA=none");
    }
    is_left_out
}

impl Cluster {
    /// The one for all tests that do it no harm.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Cluster> = OnceLock::new();
        if is_left_out() {
            return None;
        }
        Some(SHARED.get_or_init(|| match named() {
            Some(brokers) => Self { brokers, count: 1, dir: None },
            None => Self::launch(1),
        }))
    }

    /// One of one's own, with one broker or three.
    pub fn start(count: usize) -> Option<Self> {
        if is_left_out() { None } else { Some(Self::launch(count)) }
    }

    fn launch(count: usize) -> Self {
        let own = std::process::id();
        let name = format!("roomnight-kafka-{own}-{}", next_number());
        let dir = std::env::temp_dir().join(name);
        let (own, count_text) = (own.to_string(), count.to_string());
        let words = ["start", "--brokers", &count_text, "--for", &own];
        let brokers = script(&dir, &words);
        Self { brokers, count, dir: Some(dir) }
    }

    /// Ends a broker as a power cut would.
    pub fn kill(&self, broker: usize) {
        script(self.dir(), &["kill", &broker.to_string()]);
    }

    /// Starts a broker again and waits until it is ready.
    pub fn restart(&self, broker: usize) {
        script(self.dir(), &["restart", &broker.to_string()]);
    }

    /// Where the first broker keeps a partition of a topic.
    pub fn partition_dir(&self, topic: &str, partition: u16) -> PathBuf {
        self.dir().join("1/data").join(format!("{topic}-{partition}"))
    }

    /// Runs one of Apache's own tools on the cluster.
    pub fn tool(&self, name: &str, words: &[&str]) -> Output {
        let output = Command::new(tree::root().join("scripts/kafka"))
            .args(["tool", name, "--bootstrap-server", &self.brokers])
            .args(words)
            .output()
            .expect("the script starts");
        assert!(output.status.success(), "{name} {words:?}: {}", binary::said(&output));
        output
    }

    /// New topics, of that many partitions each.
    pub fn topics(&self, partitions: u16) -> Topics {
        let prefix = format!("it-{}-{}.", std::process::id(), next_number());
        let topics = Topics {
            brokers: self.brokers.clone(),
            prefix,
            partitions,
            accept_single_broker: self.count == 1,
        };
        topics.create();
        topics
    }

    fn dir(&self) -> &Path {
        self.dir.as_deref().expect("a cluster of one's own")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(dir) = &self.dir {
            for broker in 1..=self.count {
                // One that a test has killed is not killed twice.
                let _ = command(dir, &["kill", &broker.to_string()]).output();
            }
            let _ = std::fs::remove_dir_all(dir);
        }
    }
}

fn command(dir: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(tree::root().join("scripts/kafka"));
    command.args(words).arg("--dir").arg(dir);
    command
}

/// Runs the script and gives back what it printed.
fn script(dir: &Path, words: &[&str]) -> String {
    let output = command(dir, words).output().expect("the script starts");
    assert!(
        output.status.success(),
        "scripts/kafka {words:?}: {}\nset ROOMNIGHT_KAFKA=none to leave these tests out",
        binary::said(&output)
    );
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// The topics of one log.
#[derive(Debug, Clone)]
pub struct Topics {
    /// Where they are.
    pub brokers: String,
    /// What stands before the name of each.
    pub prefix: String,
    /// How many partitions each has.
    pub partitions: u16,
    /// Whether one broker is enough.
    pub accept_single_broker: bool,
}

impl Topics {
    /// Makes them.
    pub fn create(&self) {
        let output = self.run(&["topics", "create"]);
        assert!(output.status.success(), "{}", binary::said(&output));
    }

    /// The name of the commands' topic.
    pub fn commands(&self) -> String {
        format!("{}commands", self.prefix)
    }

    /// Tells a command of the binary to have its log here.
    fn dress(&self, command: &mut Command) {
        command
            .args(["--kafka", &self.brokers, "--topic-prefix", &self.prefix])
            .env("ROOMNIGHT__LOG__PARTITIONS", self.partitions.to_string());
        if self.accept_single_broker {
            command.arg("--accept-single-broker");
        }
    }

    /// Runs the binary on them, to its end.
    pub fn run(&self, words: &[&str]) -> Output {
        let mut command = binary::command(words);
        self.dress(&mut command);
        command.output().expect("the binary starts")
    }

    /// Starts a server on them, or says how it refused.
    pub fn try_server(&self, data: &Path) -> Result<Server, Refused> {
        Server::try_start_with(data, |command| self.dress(command))
    }

    /// Starts a server on them.
    pub fn server(&self, data: &Path) -> Server {
        self.try_server(data).unwrap_or_else(|refused| panic!("it did not start: {refused:?}"))
    }

    /// Insists that the auditor finds nothing.
    pub fn verify(&self, data: &Path) -> String {
        let data = data.to_str().expect("temporary folders have plain names");
        let output = self.run(&["verify", "--data", data]);
        assert!(output.status.success(), "{}", binary::said(&output));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}
