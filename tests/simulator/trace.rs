//! What happened in a run: a hash of all of it, and the last part for people.

use std::collections::VecDeque;

use events::ChainHash;

/// How many of the last lines are kept.
const LINES_MAX: usize = 60;

/// The story of one seed.
#[derive(Debug, Default)]
pub struct Trace {
    hash: ChainHash,
    pending: Vec<u8>,
    lines: VecDeque<String>,
}

impl Trace {
    /// Notes what has just happened, with everything by which two runs could differ.
    pub fn note(&mut self, line: impl Into<String>) {
        let line = line.into();
        self.pending.extend_from_slice(line.as_bytes());
        if self.pending.len() > 4096 {
            self.settle();
        }
        if self.lines.len() == LINES_MAX {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }

    fn settle(&mut self) {
        self.hash = self.hash.then(&self.pending);
        self.pending.clear();
    }

    /// The hash of everything so far.
    pub fn hash(&mut self) -> ChainHash {
        self.settle();
        self.hash
    }

    /// The last part.
    pub fn tail(&self) -> String {
        self.lines.iter().map(|line| format!("  {line}\n")).collect()
    }
}
