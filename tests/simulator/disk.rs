//! A disk that loses what was not synced: in memory-backed files, with the writes since the last
//! sync of each file remembered, so that a loss of power can undo, tear or reorder them.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use ingest::embedded::{Disk, NamedFile};

use crate::random::Random;

/// What a disk writes at once or not at all.
const SECTOR_BYTES: usize = 512;

/// A write that no sync has made durable yet: what stood there before.
struct Unsynced {
    at: u64,
    before: Vec<u8>,
}

/// The disk of one log.
#[derive(Default)]
pub struct SimulatedDisk(Mutex<State>);

#[derive(Default)]
struct State {
    unsynced: BTreeMap<PathBuf, Vec<Unsynced>>,
    /// How many more syncs succeed before one fails.
    fails_after: Option<u32>,
    /// A sync has failed since the process came.
    failed: bool,
}

impl SimulatedDisk {
    /// One of the next syncs fails.
    pub fn fail_sync_after(&self, syncs: u32) {
        self.lock().fails_after = Some(syncs);
    }

    /// The process has ended and the system lives: what was written is there.
    pub fn process_ended(&self) {
        self.lock().works_again();
    }

    /// Whether a sync has failed since the last process ended.
    pub fn has_failed(&self) -> bool {
        self.lock().failed
    }

    /// The power goes: of what was not synced each sector may be lost or not. Says how many
    /// writes were there to lose.
    pub fn lose_power(&self, random: &mut Random) -> io::Result<usize> {
        let mut state = self.lock();
        state.works_again();
        let mut lost = 0;
        for (path, writes) in std::mem::take(&mut state.unsynced) {
            let file = OpenOptions::new().write(true).open(&path)?;
            lost += writes.len();
            let mode = random.index(4);
            for write in writes.iter().rev() {
                undo(&file, write, mode, random)?;
            }
        }
        Ok(lost)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn works_again(&mut self) {
        self.fails_after = None;
        self.failed = false;
    }
}

/// Takes a write back: all of it, its end, single sectors of it, or nothing.
fn undo(file: &File, write: &Unsynced, mode: usize, random: &mut Random) -> io::Result<()> {
    let Unsynced { at, before } = write;
    match mode {
        0 => file.write_all_at(before, *at),
        1 => {
            let kept = random.index(before.len() + 1);
            file.write_all_at(&before[kept..], at + kept as u64)
        }
        2 => {
            for (number, sector) in before.chunks(SECTOR_BYTES).enumerate() {
                if random.percent(50) {
                    file.write_all_at(sector, at + (number * SECTOR_BYTES) as u64)?;
                }
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

impl Disk for SimulatedDisk {
    fn write(&self, file: &NamedFile, bytes: &[u8], at: u64) -> io::Result<()> {
        let mut before = vec![0; bytes.len()];
        let read = file.file.read_at(&mut before, at)?;
        before.truncate(read);
        let mut state = self.lock();
        state.unsynced.entry(file.path.clone()).or_default().push(Unsynced { at, before });
        file.file.write_all_at(bytes, at)
    }

    fn sync(&self, file: &NamedFile) -> io::Result<()> {
        let mut state = self.lock();
        if let Some(left) = &mut state.fails_after {
            if *left == 0 {
                state.failed = true;
                return Err(io::Error::other("the disk does not answer"));
            }
            *left -= 1;
        }
        state.unsynced.remove(&file.path);
        Ok(())
    }
}
