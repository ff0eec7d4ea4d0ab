//! What happened in a run: a hash of all of it, and the last part for people.

use std::collections::VecDeque;
use std::fmt;

use dataflows::Reply;
use events::{ChainHash, encode_decision};

/// How many of the last lines are kept.
const LINES_MAX: usize = 60;

/// The story of one seed.
#[derive(Debug, Default)]
pub struct Trace {
    hash: ChainHash,
    pending: Vec<u8>,
    lines: VecDeque<Line>,
}

/// Something that happened, which is put into words only for people.
#[derive(Debug)]
enum Line {
    Told(String),
    Decided(Box<Reply>),
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Told(line) => f.write_str(line),
            Self::Decided(reply) => {
                let Reply { partition, offset, id, decided, .. } = &**reply;
                write!(f, "{partition}:{offset} {id} {:?}", decided.decision)
            }
        }
    }
}

impl Trace {
    /// Notes what has just happened, with everything by which two runs could differ.
    pub fn note(&mut self, line: impl Into<String>) {
        let line = line.into();
        self.pending.extend_from_slice(line.as_bytes());
        self.keep(Line::Told(line));
    }

    /// Notes what was decided about a record.
    pub fn decided(&mut self, reply: &Reply) {
        self.pending.extend_from_slice(&reply.partition.to_le_bytes());
        self.pending.extend_from_slice(&reply.offset.to_le_bytes());
        self.pending.extend_from_slice(&reply.id.to_bytes());
        self.pending.extend_from_slice(&encode_decision(&reply.decided.decision));
        self.pending.push(u8::from(reply.decided.repeated));
        self.keep(Line::Decided(Box::new(reply.clone())));
    }

    fn keep(&mut self, line: Line) {
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
