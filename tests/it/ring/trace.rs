//! What the shim wrote down: every change of a file, in order, and between them each answer that
//! a client had.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};

/// With what a client's answer is marked; no call of the shim has this number.
const TOLD: u8 = 200;

/// One entry of the trace.
#[derive(Debug, Clone)]
pub enum Event {
    /// A file was made.
    Create { path: String, file: u64 },
    /// A folder was made.
    Mkdir { path: String },
    /// Bytes were written.
    Write { file: u64, at: u64, bytes: Vec<u8> },
    /// A file was cut, or made longer, to that length.
    Truncate { file: u64, length: u64 },
    /// A file is at least that long.
    Allocate { file: u64, length: u64 },
    /// A sync of a file or a folder began.
    SyncBegin { file: u64, path: String },
    /// It has ended well: all before its beginning is durable.
    SyncEnd { file: u64, path: String },
    /// A name was given to a file that had another.
    Rename { from: String, to: String },
    /// A name was removed.
    Unlink { path: String },
    /// A client was told something; its place in the list of all that was told.
    Told(usize),
}

/// Reads a trace.
pub fn read(path: &Path) -> Vec<Event> {
    let bytes = std::fs::read(path).expect("the shim wrote it");
    let mut rest = bytes.as_slice();
    let mut events = Vec::new();
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let length = u32::from_ne_bytes(*length) as usize;
        // The last entry may be cut off by the end of the process.
        let Some((frame, after)) = after.split_at_checked(length) else { break };
        rest = after;
        events.extend(event(frame));
    }
    events
}

fn event(frame: &[u8]) -> Option<Event> {
    let number = |at: usize| {
        u64::from_ne_bytes(frame[at..at + 8].try_into().expect("eight bytes are eight bytes"))
    };
    let (file, at) = (number(1), number(9));
    let path_length = usize::from(u16::from_ne_bytes([frame[17], frame[18]]));
    let (path, bytes) = frame[19..].split_at(path_length);
    let path = String::from_utf8_lossy(path).into_owned();
    Some(match frame[0] {
        1 => Event::Create { path, file },
        2 => Event::Write { file, at, bytes: bytes.to_vec() },
        3 => Event::Truncate { file, length: at },
        4 => Event::Allocate { file, length: at },
        5 => Event::SyncBegin { file, path },
        6 => Event::SyncEnd { file, path },
        7 => {
            let from = String::from_utf8_lossy(bytes).into_owned();
            Event::Rename { from, to: path }
        }
        8 => Event::Unlink { path },
        9 => Event::Mkdir { path },
        TOLD => Event::Told(file as usize),
        _ => return None,
    })
}

/// Puts a client's answers between the events of the shim: what is written before an answer came
/// stands before it.
#[derive(Debug, Clone)]
pub struct Marks(Arc<Mutex<(File, usize)>>);

impl Marks {
    /// Into the trace at that path.
    pub fn into(path: &Path) -> Self {
        let file = OpenOptions::new().append(true).create(true).open(path);
        Self(Arc::new(Mutex::new((file.expect("it can be made"), 0))))
    }

    /// Marks the next answer; its number.
    pub fn mark(&self) -> usize {
        let mut inner = self.0.lock().expect("nobody panics with it");
        let number = inner.1;
        inner.1 += 1;
        let mut frame = Vec::from(19_u32.to_ne_bytes());
        frame.push(TOLD);
        frame.extend_from_slice(&(number as u64).to_ne_bytes());
        frame.extend_from_slice(&[0; 10]);
        inner.0.write_all(&frame).expect("it can be written");
        number
    }
}
