//! Disks that fail, that hold back a sync, and that lose power.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::{Condvar, Mutex};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::embedded::{Disk, LocalDisk, NamedFile};

/// Fails the sync, or the write, of that number, counted from 1 over the segment files.
pub struct FailingDisk {
    pub sync_fails: Option<usize>,
    pub write_fails: Option<usize>,
    counts: Mutex<Counts>,
    written: Mutex<Vec<Range<u64>>>,
}

#[derive(Default, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    pub writes: usize,
    pub syncs: usize,
}

impl FailingDisk {
    pub fn new(sync_fails: Option<usize>, write_fails: Option<usize>) -> Self {
        Self { sync_fails, write_fails, counts: Mutex::default(), written: Mutex::default() }
    }

    /// Which bytes of segments were written so far.
    pub fn written(&self) -> Vec<Range<u64>> {
        self.written.lock().expect("no test panics with it").clone()
    }

    pub fn counts(&self) -> Counts {
        *self.counts.lock().expect("no test panics with it")
    }
}

fn is_segment(file: &NamedFile) -> bool {
    file.path.extension().is_some_and(|extension| extension == "log")
}

impl Disk for FailingDisk {
    fn write(&self, file: &NamedFile, bytes: &[u8], at: u64) -> io::Result<()> {
        if is_segment(file) {
            let mut counts = self.counts.lock().expect("no test panics with it");
            counts.writes += 1;
            if self.write_fails == Some(counts.writes) {
                return Err(io::Error::from_raw_os_error(28));
            }
            let range = at..at + bytes.len() as u64;
            self.written.lock().expect("no test panics with it").push(range);
        }
        LocalDisk.write(file, bytes, at)
    }

    fn sync(&self, file: &NamedFile) -> io::Result<()> {
        if is_segment(file) {
            let mut counts = self.counts.lock().expect("no test panics with it");
            counts.syncs += 1;
            if self.sync_fails == Some(counts.syncs) {
                return Err(io::Error::from_raw_os_error(5));
            }
        }
        LocalDisk.sync(file)
    }
}

/// Holds back the syncs of segments while it is shut.
#[derive(Default)]
pub struct GatedDisk {
    shut: Mutex<bool>,
    opened: Condvar,
    waiting: Mutex<usize>,
    came: Condvar,
}

impl GatedDisk {
    pub fn shut(&self) {
        *self.shut.lock().expect("no test panics with it") = true;
        *self.waiting.lock().expect("no test panics with it") = 0;
    }

    pub fn open(&self) {
        *self.shut.lock().expect("no test panics with it") = false;
        self.opened.notify_all();
    }

    /// Returns once a sync stands at the gate.
    pub fn wait_for_sync(&self) {
        let waiting = self.waiting.lock().expect("no test panics with it");
        drop(self.came.wait_while(waiting, |waiting| *waiting == 0).expect("no test panics"));
    }
}

impl Disk for GatedDisk {
    fn write(&self, file: &NamedFile, bytes: &[u8], at: u64) -> io::Result<()> {
        LocalDisk.write(file, bytes, at)
    }

    fn sync(&self, file: &NamedFile) -> io::Result<()> {
        if is_segment(file) {
            *self.waiting.lock().expect("no test panics with it") += 1;
            self.came.notify_all();
            let shut = self.shut.lock().expect("no test panics with it");
            drop(self.opened.wait_while(shut, |shut| *shut).expect("no test panics"));
        }
        LocalDisk.sync(file)
    }
}

/// The smallest piece that a disk writes whole or not at all.
const SECTOR_BYTES: u64 = 512;

/// Loses power at the sync of that number: of what was written and not synced, each sector is
/// there or not, as the dice say. Afterwards nothing works any more.
pub struct PowerDisk {
    inner: Mutex<Power>,
}

struct Power {
    syncs_left: usize,
    dice: ChaCha8Rng,
    /// By file: the sectors that were written since its last sync, with what they held before.
    unsynced: BTreeMap<PathBuf, BTreeMap<u64, Vec<u8>>>,
}

impl PowerDisk {
    pub fn new(syncs: usize, seed: u64) -> Self {
        let dice = ChaCha8Rng::seed_from_u64(seed);
        let inner = Power { syncs_left: syncs, dice, unsynced: BTreeMap::new() };
        Self { inner: Mutex::new(inner) }
    }
}

impl Power {
    fn dead(&self) -> io::Result<()> {
        if self.syncs_left == 0 { Err(io::Error::other("the power is gone")) } else { Ok(()) }
    }

    fn lose(&mut self) -> io::Result<()> {
        // Now and then nothing, or everything, had reached the disk.
        let kept_percent = [0, 50, 90, 100][self.dice.random_range(0..4)];
        for (path, sectors) in std::mem::take(&mut self.unsynced) {
            let file = std::fs::OpenOptions::new().write(true).open(path)?;
            for (at, before) in sectors {
                if self.dice.random_range(0..100) >= kept_percent {
                    file.write_all_at(&before, at)?;
                }
            }
        }
        Ok(())
    }
}

impl Disk for PowerDisk {
    fn write(&self, file: &NamedFile, bytes: &[u8], at: u64) -> io::Result<()> {
        let mut power = self.inner.lock().expect("no test panics with it");
        power.dead()?;
        let sectors = power.unsynced.entry(file.path.clone()).or_default();
        let length = file.file.metadata()?.len();
        let mut sector = at / SECTOR_BYTES * SECTOR_BYTES;
        while sector < at + bytes.len() as u64 {
            let mut before = vec![0; SECTOR_BYTES.min(length - sector) as usize];
            file.file.read_exact_at(&mut before, sector)?;
            sectors.entry(sector).or_insert(before);
            sector += SECTOR_BYTES;
        }
        LocalDisk.write(file, bytes, at)
    }

    fn sync(&self, file: &NamedFile) -> io::Result<()> {
        let mut power = self.inner.lock().expect("no test panics with it");
        power.dead()?;
        power.syncs_left -= 1;
        if power.syncs_left == 0 {
            power.lose()?;
            return power.dead();
        }
        power.unsynced.remove(&file.path);
        Ok(())
    }
}
