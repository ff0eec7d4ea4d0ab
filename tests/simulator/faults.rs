//! What goes wrong in a world: crashes, cuts of power, disks that fail, logs that are not what
//! they were, and clocks.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use events::Position;
use ingest::embedded::SteppedLog;
use ingest::{Log, MemoryLog, Topic};

use crate::broker::Impostor;
use crate::process::lock;
use crate::swarm::LogKind;
use crate::violation::{Checked, Violation};
use crate::world::{World, WorldLog, broken, embedded_options};

/// With what a group of the embedded log begins.
const GROUP_MAGIC: &[u8] = b"RNGROUP1";

impl World {
    /// Whatever the seed has for this moment.
    pub fn faults(&mut self) -> Checked {
        let number = self.random.index(self.processes.len());
        if self.random.permille(self.swarm.crashes) {
            let power = self.random.percent(self.swarm.power_cuts);
            self.crash(number, power)?;
        }
        if self.random.permille(self.swarm.sync_failures)
            && let WorldLog::Embedded { disk, .. } = &self.log
        {
            disk.fail_sync_after(self.random.between(0, 2) as u32);
        }
        if self.random.permille(self.swarm.clock_jumps) {
            let hour = 3_600_000;
            self.coverage.sometimes("the wall clock jumps");
            self.wall_offset_ms += self.random.between(0, 2 * hour) as i64 - hour as i64;
        }
        if self.random.permille(self.swarm.pauses)
            && let Some(process) = &mut self.processes[number]
        {
            self.coverage.sometimes("a monotonic clock stands still");
            process.freeze(self.now_ms, self.random.between(1, 60_000));
        }
        if self.random.permille(self.swarm.damages) {
            self.broken_log(number)?;
        }
        Ok(())
    }

    /// A process ends where it stands. With the power goes what was not synced.
    pub fn crash(&mut self, number: usize, power: bool) -> Checked {
        let Some(mut process) = self.processes[number].take() else { return Ok(()) };
        self.oracle.process_ends(process.log.as_ref())?;
        if self.random.percent(50) {
            // Its dataflows end before its writer: nothing may be stored because of that.
            process.engine.abandon().map_err(|error| crate::world::stopped(&error))?;
        }
        let waiting = process.waiting.len() as u64;
        self.coverage.often("a request waits while its process ends", waiting);
        drop(process);
        self.trace.note(format!("{} process {number} ends, power {power}", self.now_ms));
        match &mut self.log {
            WorldLog::Broker(broker) => {
                let lost = broker.process_ended(number, &mut self.random) as u64;
                self.coverage.often("a record is lost with its producer", lost);
            }
            WorldLog::Embedded { disk, log, .. } => {
                if power && self.random.percent(50) {
                    // In the middle of a commit: what was written is not synced.
                    disk.fail_sync_after(0);
                    if log.as_ref().is_some_and(|log| log.commit().is_err()) {
                        self.coverage.sometimes("the power goes between a write and its sync");
                    }
                }
                *log = None;
                if power {
                    let torn = disk.lose_power(&mut self.random).map_err(broken)? as u64;
                    self.coverage.often("a write is lost or torn", torn);
                } else {
                    disk.process_ended();
                }
            }
        }
        let batches = if power { self.random.index(6) } else { 0 };
        self.coverage.sometimes(if power { "the power goes" } else { "a process is killed" });
        lock(&self.images[number]).crash(batches);
        if self.swarm.log == LogKind::Embedded && self.random.permille(self.swarm.damages * 100) {
            self.damaged_files()?;
        }
        Ok(())
    }

    /// The files are damaged where they were acknowledged: opening them must be refused, or find
    /// all of it. Then they are put back.
    fn damaged_files(&mut self) -> Checked {
        let WorldLog::Embedded { dir, disk, .. } = &self.log else { return Ok(()) };
        let folder = dir.path().join("log");
        let mut options = embedded_options(folder.clone(), &self.swarm, disk);
        let Some((path, whole)) = segments(&folder).pop() else { return Ok(()) };
        let ends = magics(&whole);
        let mut spoiled = whole.clone();
        // What nobody was answered about may go; what opening cuts, it cuts before this.
        drop(SteppedLog::open(&options).map_err(broken)?);
        let opened = std::fs::read(&path).map_err(broken)?;
        spoiled.clone_from(&opened);
        let situation = match self.random.index(3) {
            0 => {
                options.partitions += 1;
                "the number of partitions is changed"
            }
            1 => {
                let Some(last) = magics(&opened).last().copied() else { return Ok(()) };
                spoiled[last..].fill(0);
                "the last group is taken away"
            }
            _ => {
                let Some(end) = ends.last().copied().filter(|end| *end > 64) else {
                    return Ok(());
                };
                spoiled[self.random.index(end)] ^= 1 << self.random.index(8);
                "a bit is flipped"
            }
        };
        std::fs::write(&path, &spoiled).map_err(broken)?;
        let found = SteppedLog::open(&options);
        let complete = found.as_ref().is_ok_and(|log| self.oracle.durable(log).is_ok());
        let same_partitions = options.partitions == self.swarm.partitions;
        let refused = found.is_err();
        drop(found);
        std::fs::write(&path, &opened).map_err(broken)?;
        self.coverage.sometimes(situation);
        if refused || (complete && same_partitions) {
            return Ok(());
        }
        Violation::of("broken_log_refused", format!("{situation}, and the log was opened"))
    }

    /// A log that was cut, changed or dealt anew is held against the state of a process: it must
    /// be refused.
    fn broken_log(&mut self, number: usize) -> Checked {
        let Some(process) = &self.processes[number] else { return Ok(()) };
        let log = Arc::clone(&process.log);
        let position = lock(&process.image).position().map_err(broken)?;
        let Some((partition, stored)) = position.iter().next() else { return Ok(()) };
        let (partitions, name) = (log.partitions(), log.identity());
        let what = self.random.index(3);
        let impostor = Impostor { name, stored: MemoryLog::new(partitions + u16::from(what == 0)) };
        let mut reader = log.reader(Topic::Commands, &Position::default()).map_err(broken)?;
        let end = log.end(Topic::Commands).map_err(broken)?;
        let changed = self.random.between(0, stored - 1);
        let mut read = Position::default();
        while !read.covers(&end) {
            for record in reader.next(1024, Duration::ZERO).map_err(broken)? {
                read.set(record.partition, record.offset + 1);
                let here = record.partition == partition;
                let bytes = match what {
                    1 if here && record.offset >= changed => continue,
                    2 if here && record.offset == changed => Bytes::from_static(b"another"),
                    _ => record.bytes,
                };
                impostor.append(Topic::Commands, record.partition, bytes).map_err(broken)?;
            }
        }
        let situation =
            ["the log has another partition", "the log is cut", "the log is forked"][what];
        self.coverage.sometimes(situation);
        // What was checked once may go on; so it is a copy that is asked.
        let mut copy = lock(&process.image).clone();
        match copy.check_against(&impostor) {
            Err(_) => Ok(()),
            Ok(_) => Violation::of("broken_log_refused", format!("{situation}, and was taken")),
        }
    }
}

/// The segment files, in order, that hold any group.
fn segments(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "log"));
    paths.sort();
    let read = |path: PathBuf| Some((path.clone(), std::fs::read(path).ok()?));
    let mut files: Vec<_> = paths.into_iter().filter_map(read).collect();
    files.retain(|(_, bytes)| !magics(bytes).is_empty());
    files
}

/// Where groups begin.
fn magics(bytes: &[u8]) -> Vec<usize> {
    let window = GROUP_MAGIC.len();
    let mut found = Vec::new();
    let mut at = 0;
    while at + window <= bytes.len() {
        if bytes[at..].starts_with(GROUP_MAGIC) {
            found.push(at);
        }
        at += 1;
    }
    found
}
