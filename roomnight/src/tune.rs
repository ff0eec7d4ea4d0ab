//! Policies from the command line: a document is checked here, and staged, compared, promoted and
//! rolled back by a server.

use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use events::{PolicyKind, PolicyVersion, PropertyId, Stay};
use models::policy::{Policy, PolicyError, parse};
use serving::wire::policy_diff::{NightDiff, PolicyDiff, candidate_in, problem_in_words};

use crate::client::{Answer, Body, Client};

#[cfg(test)]
mod tests;

/// The variable of the environment that holds the API key, where the server asks for one.
pub const KEY_VARIABLE: &str = "ROOMNIGHT_KEY";

/// Why a policy was not tuned.
#[derive(Debug, thiserror::Error)]
pub enum TuneError {
    /// The document cannot be read.
    #[error("cannot read {path}")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The document is no policy; each fault with its place.
    #[error("{}", faults(path, error))]
    NoPolicy {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        error: PolicyError,
    },
    /// Nobody answers.
    #[error("{address} does not answer: name a running server with --server")]
    Server {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The server has refused.
    #[error("refused with status {status}: {}", problem_in_words(body))]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The problem.
        body: String,
    },
    /// The server has taken the request and does not know yet.
    #[error("taken, and not decided in time: ask the server for {0}")]
    Pending(String),
    /// The answer is none that this build knows.
    #[error("the server answers what is no answer: {0}")]
    Answer(String),
    /// The system gives no randomness, without which two requests could be one.
    #[error("the system gives no random numbers: {0}")]
    Random(#[from] getrandom::Error),
}

/// Every fault of a document, each on a line that begins with its place.
fn faults(path: &Path, error: &PolicyError) -> String {
    let mut text = String::from("the document is no policy:");
    for fault in &error.faults {
        // Writing to a string does not fail.
        let _ = write!(text, "\n{}: {fault}", path.display());
    }
    if error.more_count > 0 {
        let _ = write!(text, "\nand {} more", error.more_count);
    }
    text
}

/// A kind of policy of a property.
#[derive(Debug, Clone)]
pub struct Shelf {
    /// Whose.
    pub property: PropertyId,
    /// About what.
    pub kind: PolicyKind,
}

impl Shelf {
    fn path(&self) -> String {
        format!("/v1/properties/{}/policies/{}", self.property, self.kind.name())
    }
}

/// Reads a document and checks it as a whole.
pub fn check(path: &Path) -> Result<(PolicyKind, String), TuneError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| TuneError::Unreadable { path: path.to_path_buf(), source })?;
    match parse(&text) {
        Ok(Policy::Pricing(_)) => Ok((PolicyKind::Pricing, text)),
        Ok(Policy::Overbooking(_)) => Ok((PolicyKind::Overbooking, text)),
        Err(error) => Err(TuneError::NoPolicy { path: path.to_path_buf(), error }),
    }
}

/// A server whose policies are tuned.
pub struct Tuner {
    client: Client,
}

impl Tuner {
    /// Connects, with the API key if there is one.
    pub fn connect(address: SocketAddr, key: Option<&str>) -> Result<Self, TuneError> {
        let client = Client::connect(address);
        let client = client.map_err(|source| TuneError::Server { address, source })?;
        Ok(Self { client: key.iter().fold(client, |client, key| client.with_key(key)) })
    }

    /// Stages a document under that name, and waits until the views have computed its branch.
    pub fn stage(
        &mut self,
        shelf: &Shelf,
        version: &PolicyVersion,
        document: &str,
    ) -> Result<String, TuneError> {
        let path = format!("{}/{version}", shelf.path());
        let body = Body { media_type: "application/toml", text: document };
        let Written { position, versions } = self.write("PUT", &path, shelf, body)?;
        // A text that was staged before is not staged again.
        let is_candidate = candidate_in(&versions).is_some_and(|name| name == version.as_str());
        let how = match is_candidate {
            true => "computed beside what is in force",
            false => "it was staged before, and is not computed beside what is in force",
        };
        Ok(format!("staged {version} at {position}: {how}"))
    }

    /// What a staged version would change.
    pub fn diff(
        &mut self,
        shelf: &Shelf,
        version: &PolicyVersion,
        nights: Stay,
    ) -> Result<Diff, TuneError> {
        let (from, to) = (nights.arrival(), nights.departure());
        let path = format!("{}/{version}/diff?from={from}&to={to}", shelf.path());
        let answer = self.client.read(&path, None);
        let Answer { body, .. } = self.good(answer)?;
        match PolicyDiff::read(&body) {
            Some(diff) => Ok(Diff { diff, body }),
            None => Err(TuneError::Answer(body)),
        }
    }

    /// Puts a version in force.
    pub fn promote(&mut self, shelf: &Shelf, version: &PolicyVersion) -> Result<String, TuneError> {
        let path = format!("{}/{version}/promote", shelf.path());
        let body = Body { media_type: "application/json", text: "{}" };
        let Written { position, .. } = self.write("POST", &path, shelf, body)?;
        Ok(format!("promoted {version}: in force from {position} on"))
    }

    /// Takes the last promotion back.
    pub fn rollback(&mut self, shelf: &Shelf) -> Result<String, TuneError> {
        let path = format!("{}/rollback", shelf.path());
        let body = Body { media_type: "application/json", text: "{}" };
        let Written { position, .. } = self.write("POST", &path, shelf, body)?;
        Ok(format!("rolled back: what was in force before is again from {position} on"))
    }

    /// Writes, and waits until what is read reflects it.
    fn write(
        &mut self,
        method: &str,
        path: &str,
        shelf: &Shelf,
        body: Body<'_>,
    ) -> Result<Written, TuneError> {
        let key = format!("tune-{:016x}{:016x}", getrandom::u64()?, getrandom::u64()?);
        let answer = self.client.write(method, path, &key, body);
        let answer = self.good(answer)?;
        let Some(position) = answer.position.filter(|_| answer.status == 200) else {
            return Err(TuneError::Pending(format!("/v1/commands/{key}")));
        };
        let stored = self.client.read(&shelf.path(), Some(&position));
        let versions = self.good(stored)?.body;
        Ok(Written { position, versions })
    }

    fn good(&self, answer: io::Result<Answer>) -> Result<Answer, TuneError> {
        let address = self.client.address();
        let answer = answer.map_err(|source| TuneError::Server { address, source })?;
        match answer.status {
            200..300 => Ok(answer),
            status => Err(TuneError::Refused { status, body: answer.body }),
        }
    }
}

/// What became of a write.
struct Written {
    /// Where it stands.
    position: String,
    /// All versions, as they are listed from there on.
    versions: String,
}

/// What a staged version would change.
#[derive(Debug)]
pub struct Diff {
    diff: PolicyDiff,
    body: String,
}

impl Diff {
    /// As the server has said it.
    pub fn json(&self) -> &str {
        &self.body
    }
}

/// A table for people.
impl std::fmt::Display for Diff {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let PolicyDiff { kind, active, candidate, unit, compared, changes, .. } = &self.diff;
        let active = active.as_deref().unwrap_or("what is built in");
        let what = if unit == "rooms" { unit.clone() } else { format!("minor units of {unit}") };
        writeln!(f, "{kind}: {candidate} against {active}, in {what}")?;
        writeln!(
            f,
            "{:<24} {:<10} {:>10} {:>10} {:>10}",
            "room type", "night", "now", "then", "change"
        )?;
        let shown = |value: Option<i64>| value.map_or("-".to_owned(), |value| value.to_string());
        for NightDiff { room_type, night, now, then } in changes {
            let difference = then.unwrap_or(0) - now.unwrap_or(0);
            let (now, then) = (shown(*now), shown(*then));
            writeln!(f, "{room_type:<24} {night} {now:>10} {then:>10} {difference:>+10}")?;
        }
        let PolicyDiff { raised, lowered, total_now, total_then, .. } = &self.diff;
        writeln!(
            f,
            "{raised} raised, {lowered} lowered of {compared}; in all {total_now} now, \
             {total_then} then"
        )
    }
}
