//! The witness: a small file that says how far the log was certainly acknowledged.
//!
//! It follows the log and never leads it: a group is named here only after its sync, so a witness
//! never refuses a log that lost nothing. Two slots of 4 KiB are written in turn, so that a write
//! which is cut short leaves the other one. A slot is:
//!
//! ```text
//! "RNWITNE1" | log id 16 | turn u64 | group u64 | segment u64 | at u64 | running hash 32 | crc u32
//! ```

use std::fs::OpenOptions;
use std::io;
use std::path::PathBuf;

use events::ChainHash;

use super::directory::Directory;
use super::disk::{Disk, NamedFile};
use super::error::OpenError;
use super::layout::{Location, LogId, array, u64_at};

/// The name of the file.
pub const NAME: &str = "witness";
const MAGIC: &[u8; 8] = b"RNWITNE1";
const SLOT_BYTES: usize = 4096;
const CRC_AT: usize = 88;

/// A group that was synced, and with it everything before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Its number; 0 before the first.
    pub group: u64,
    /// Where it ends.
    pub end: Location,
    /// The running hash over groups after it.
    pub hash: ChainHash,
}

impl Mark {
    /// Of a log without groups.
    pub fn beginning() -> Self {
        Self { group: 0, end: Location::start_of(0), hash: ChainHash::default() }
    }
}

/// The open file of the witness.
pub struct Witness {
    file: NamedFile,
    id: LogId,
    turn: u64,
}

/// What the file said when it was opened.
#[derive(Debug)]
pub struct Testimony {
    /// The newest slot that can be read; `None` when neither can.
    pub mark: Option<Mark>,
    /// How many slots cannot be read.
    pub slots_unreadable: usize,
}

impl Witness {
    /// Makes the file, with a mark in each slot.
    pub fn make(directory: &Directory, id: LogId, mark: Mark) -> Result<Self, OpenError> {
        let path = directory.file(NAME);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&path)
            .map_err(OpenError::io(&path, "made"))?;
        let mut witness = Self { file: NamedFile { file, path: path.clone() }, id, turn: 0 };
        for _ in 0..2 {
            let disk = super::disk::LocalDisk;
            witness.write(mark, &disk).map_err(OpenError::io(&path, "written"))?;
        }
        witness.file.file.sync_all().map_err(OpenError::io(&path, "synced"))?;
        directory.sync().map_err(OpenError::io(directory.path(), "synced"))?;
        Ok(witness)
    }

    /// Opens the file and reads it. A file that is not there says what an empty one does.
    pub fn open(directory: &Directory, id: LogId) -> Result<(Option<Self>, Testimony), OpenError> {
        let path = directory.file(NAME);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok((None, Testimony { mark: None, slots_unreadable: 2 }));
            }
            Err(error) => return Err(OpenError::io(&path, "read")(error)),
        };
        let slots = [0, 1].map(|slot| {
            let end = (slot + 1) * SLOT_BYTES;
            bytes.get(slot * SLOT_BYTES..end).and_then(|bytes| decode(bytes, id))
        });
        let newest = slots.into_iter().flatten().max_by_key(|(turn, _)| *turn);
        let slots_unreadable = slots.iter().filter(|slot| slot.is_none()).count();
        let file = OpenOptions::new().read(true).write(true).open(&path);
        let file = NamedFile { file: file.map_err(OpenError::io(&path, "opened"))?, path };
        let witness = newest.map(|(turn, _)| Self { file, id, turn });
        Ok((witness, Testimony { mark: newest.map(|(_, mark)| mark), slots_unreadable }))
    }

    /// Writes a mark into the slot whose turn it is, and syncs it.
    pub fn write(&mut self, mark: Mark, disk: &dyn Disk) -> io::Result<()> {
        self.turn += 1;
        let slot = encode(mark, self.turn, self.id);
        disk.write(&self.file, &slot, self.turn % 2 * SLOT_BYTES as u64)?;
        disk.sync(&self.file)
    }

    /// Where the file is.
    pub fn path(&self) -> &PathBuf {
        &self.file.path
    }
}

fn encode(mark: Mark, turn: u64, id: LogId) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(SLOT_BYTES);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&id.0);
    for number in [turn, mark.group, mark.end.segment, mark.end.at] {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    bytes.extend_from_slice(&mark.hash.0);
    bytes.extend_from_slice(&id.seed().crc(&bytes).to_le_bytes());
    bytes.resize(SLOT_BYTES, 0);
    bytes
}

fn decode(bytes: &[u8], id: LogId) -> Option<(u64, Mark)> {
    let crc = u32::from_le_bytes(array(bytes, CRC_AT)?);
    let whole =
        bytes.starts_with(MAGIC) && bytes[8..24] == id.0 && id.seed().crc(&bytes[..CRC_AT]) == crc;
    let mark = Mark {
        group: u64_at(bytes, 32)?,
        end: Location { segment: u64_at(bytes, 40)?, at: u64_at(bytes, 48)? },
        hash: ChainHash(array(bytes, 56)?),
    };
    whole.then_some((u64_at(bytes, 24)?, mark))
}

#[cfg(test)]
mod tests;
