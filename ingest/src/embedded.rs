//! The embedded log: append-only segment files in one directory, for one process.
//!
//! One thread, the committer, takes everything that waits, writes it as one group, syncs once and
//! only then shows it to readers. The decision record 0004 says why it is built so and what was
//! rejected; [`layout`] draws the bytes, [`recovery`] says what happens when a log is opened.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use events::{ChainHash, Position};

use crate::log::{check_append, check_partition, check_position};
use crate::planted::{self, Bug};
use crate::{AppendError, Log, LogError, Reader, Topic};

mod committer;
mod directory;
mod disk;
mod ends;
mod error;
mod fatal;
mod follower;
mod group;
mod index;
pub mod layout;
mod meta;
mod options;
mod preparer;
mod queue;
mod reader;
pub mod recovery;
mod scan;
mod segment;
mod shared;
mod stepped;
#[cfg(test)]
mod tests;
mod witness;

pub use directory::make_folder;
pub use disk::{Disk, LocalDisk, NamedFile};
pub use error::OpenError;
pub use fatal::{EXIT_CODE, Fatal};
pub use options::{EmbeddedOptions, SEGMENT_BYTES_MAX, SEGMENT_BYTES_MIN};
pub use recovery::{Recovery, TornTail};
pub use stepped::SteppedLog;

use committer::Committer;
use directory::Directory;
use follower::Follower;
use group::Waiting;
use layout::LogId;
use meta::Meta;
use preparer::Preparer;
use queue::Queue;
use recovery::Recovered;
use segment::Pace;
use shared::Shared;
use witness::{Mark, Testimony, Witness};

/// A log in a directory of this machine. One process has it at a time.
///
/// Dropping it writes what waits and closes it, as [`EmbeddedLog::close`] does.
pub struct EmbeddedLog {
    id: LogId,
    partitions: u16,
    recovery: Recovery,
    queue: Arc<Queue>,
    shared: Arc<Shared>,
    follower: Arc<Follower>,
    preparer: Arc<Preparer>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    /// Keeps the lock for as long as the log lives.
    _directory: Arc<Directory>,
}

/// A directory that this process has taken, and whose log it has not read yet.
#[derive(Debug)]
pub struct LockedLog {
    options: EmbeddedOptions,
    directory: Arc<Directory>,
    meta: Meta,
}

impl LockedLog {
    /// Opens the log, as [`EmbeddedLog::open`] says.
    pub fn open(self) -> Result<EmbeddedLog, OpenError> {
        let options = self.options.clone();
        let (log, committer, witness) = EmbeddedLog::assemble(self)?;
        log.spawn_all(&options, committer, witness)?;
        Ok(log)
    }
}

impl EmbeddedLog {
    /// Opens the log of a directory, or makes one where there is none.
    ///
    /// Everything in it is read and checked. A group that was being written when the process or
    /// the power went is cut, see [`EmbeddedLog::recovery`]; any other damage is refused.
    pub fn open(options: EmbeddedOptions) -> Result<Self, OpenError> {
        Self::lock(options)?.open()
    }

    /// Takes the directory, of which one process is the owner, and makes a log where there is none.
    pub fn lock(options: EmbeddedOptions) -> Result<LockedLog, OpenError> {
        if let Some(flaw) = options.flaw() {
            return Err(OpenError::Options(flaw));
        }
        let directory = Arc::new(Directory::lock(&options.dir)?);
        let meta = match Meta::read(&directory)? {
            Some(meta) => meta,
            None => make(&directory, &options)?,
        };
        let differs = meta.partitions != options.partitions;
        if differs && !planted::is_on(Bug::PartitionCountAccepted) {
            let (asked, made_with) = (options.partitions, meta.partitions);
            let dir = options.dir.clone();
            return Err(OpenError::PartitionCount { dir, asked, made_with });
        }
        Ok(LockedLog { options, directory, meta })
    }

    /// Reads and checks what is there; what comes back has no threads yet.
    fn assemble(locked: LockedLog) -> Result<(Self, Committer, Witness), OpenError> {
        let LockedLog { options, directory, meta } = locked;
        let options = &options;
        let (witness, testimony) = testimony(&directory, meta, options)?;
        let disk = &*options.disk;
        let mut recovered = recovery::recover(&directory, meta, testimony.mark, disk)?;
        recovered.report.witness_slots_unreadable = testimony.slots_unreadable;
        let mark = recovered.mark;
        let witness = match witness {
            Some(mut witness) => {
                let path = witness.path().clone();
                witness.write(mark, disk).map_err(OpenError::io(&path, "written"))?;
                witness
            }
            None => Witness::make(&directory, meta.id, mark)?,
        };
        tell(options, &recovered);
        let (log, committer) = Self::prepare(options, directory, meta, recovered);
        Ok((log, committer, witness))
    }

    fn prepare(
        options: &EmbeddedOptions,
        directory: Arc<Directory>,
        meta: Meta,
        recovered: Recovered,
    ) -> (Self, Committer) {
        let Recovered { segments, ends, mark, index, report } = recovered;
        let seed = meta.id.seed();
        let shared = Shared::new(
            meta.partitions,
            seed,
            options.cache_bytes_max,
            shared::Published::new(ends.clone(), mark, index, segments.clone()),
        );
        let preparer = Preparer::new(Arc::clone(&directory), meta.id, options.segment_bytes);
        let log = Self {
            id: meta.id,
            partitions: meta.partitions,
            recovery: report,
            queue: Arc::new(Queue::new(options.queue_records_max, options.queue_bytes_max)),
            shared: Arc::new(shared),
            follower: Arc::new(Follower::new(mark, options.witness_after)),
            preparer: Arc::new(preparer),
            threads: Mutex::default(),
            _directory: directory,
        };
        let committer = Committer {
            queue: Arc::clone(&log.queue),
            shared: Arc::clone(&log.shared),
            follower: Arc::clone(&log.follower),
            preparer: Arc::clone(&log.preparer),
            disk: Arc::clone(&options.disk),
            segments,
            ends,
            mark,
            group_bytes_max: options.group_bytes_max(),
        };
        (log, committer)
    }

    fn spawn_all(
        &self,
        options: &EmbeddedOptions,
        committer: Committer,
        witness: Witness,
    ) -> Result<(), OpenError> {
        let failure = Failure {
            happened: Arc::default(),
            on_fatal: Arc::clone(&options.on_fatal),
            queue: Arc::clone(&self.queue),
            shared: Arc::clone(&self.shared),
            preparer: Arc::clone(&self.preparer),
        };
        let (follower, preparer) = (Arc::clone(&self.follower), Arc::clone(&self.preparer));
        let disk = Arc::clone(&options.disk);
        self.spawn("log-commit", &failure, move || committer.run())?;
        self.spawn("log-witness", &failure, move || follower.run(witness, &disk))?;
        self.spawn("log-segments", &failure, move || preparer.run())
    }

    fn spawn(
        &self,
        name: &str,
        failure: &Failure,
        run: impl FnOnce() -> Result<(), Fatal> + Send + 'static,
    ) -> Result<(), OpenError> {
        let failure = failure.clone();
        let run = move || {
            if let Err(fatal) = run() {
                failure.happen(&fatal);
            }
        };
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(run);
        let thread = thread.map_err(OpenError::io(self._directory.path(), "given a thread"))?;
        self.threads.lock().unwrap_or_else(PoisonError::into_inner).push(thread);
        Ok(())
    }

    /// What opening it found: how much there was, and what was cut.
    pub fn recovery(&self) -> &Recovery {
        &self.recovery
    }

    /// For how long the disk has not answered the write or sync that is under way; zero if none
    /// is.
    pub fn stalled_for(&self) -> Duration {
        self.shared.stalled_for()
    }

    /// Writes and syncs what waits, writes the witness, and ends the threads. Nothing can be
    /// appended afterwards; readers read what there is.
    pub fn close(&self) {
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        self.queue.close();
        // In the order in which they were started: each may still need the ones after it.
        let stops: [&dyn Fn(); 3] = [&|| (), &|| self.follower.stop(), &|| self.preparer.stop()];
        for (thread, stop) in threads.drain(..).zip(stops) {
            stop();
            if thread.join().is_err() {
                tracing::error!("a thread of the log has panicked");
            }
        }
        self.shared.close();
    }
}

impl Drop for EmbeddedLog {
    fn drop(&mut self) {
        self.close();
    }
}

impl Log for EmbeddedLog {
    fn partitions(&self) -> u16 {
        self.partitions
    }

    fn append(&self, topic: Topic, partition: u16, bytes: Bytes) -> Result<(), AppendError> {
        check_append(topic, partition, self.partitions, bytes.len())?;
        self.queue.push(Waiting { topic, partition, bytes })
    }

    fn identity(&self) -> String {
        format!("embedded {}", self.id)
    }

    fn end(&self, topic: Topic) -> Result<Position, LogError> {
        Ok(self.shared.lock().ends.position(topic))
    }

    fn reader(&self, topic: Topic, from: &Position) -> Result<Box<dyn Reader>, LogError> {
        check_position(topic, from, self.partitions, &self.end(topic)?)?;
        Ok(Box::new(reader::EmbeddedReader::new(&self.shared, topic, from)))
    }

    fn chain_at(
        &self,
        topic: Topic,
        partition: u16,
        next_offset: u64,
    ) -> Result<ChainHash, LogError> {
        check_partition(partition, self.partitions)?;
        let asked = Position::from_iter([(partition, next_offset)]);
        check_position(topic, &asked, self.partitions, &self.end(topic)?)?;
        match next_offset.checked_sub(1) {
            Some(offset) => reader::chain_of(&self.shared, topic, partition, offset),
            None => Ok(ChainHash::default()),
        }
    }
}

/// What happens when a thread of the log cannot go on.
#[derive(Clone)]
struct Failure {
    happened: Arc<AtomicBool>,
    on_fatal: Arc<dyn Fn(&Fatal) + Send + Sync>,
    queue: Arc<Queue>,
    shared: Arc<Shared>,
    preparer: Arc<Preparer>,
}

impl Failure {
    fn happen(&self, fatal: &Fatal) {
        // The doors first: nothing more is taken or shown while the process finds its end.
        self.queue.abandon();
        self.preparer.stop();
        self.shared.close();
        if !self.happened.swap(true, Ordering::SeqCst) {
            (self.on_fatal)(fatal);
        }
    }
}

/// Makes a log where there is none. With its `meta`, which comes last, it exists.
fn make(directory: &Directory, options: &EmbeddedOptions) -> Result<Meta, OpenError> {
    for name in directory.names()? {
        let path = directory.file(&name);
        if segment::index_of(&name).is_some() && segment::is_used(&path)? {
            return Err(OpenError::Missing { file: directory.file(meta::NAME) });
        }
    }
    let meta = Meta::new(options.partitions)?;
    let header = segment::header(meta.id, 0, options.segment_bytes);
    segment::make(directory, header, || Pace::AtOnce)?;
    Witness::make(directory, meta.id, Mark::beginning())?;
    meta.write(directory)?;
    Ok(meta)
}

fn testimony(
    directory: &Directory,
    meta: Meta,
    options: &EmbeddedOptions,
) -> Result<(Option<Witness>, Testimony), OpenError> {
    let (witness, testimony) = Witness::open(directory, meta.id)?;
    if testimony.mark.is_none() && !options.without_witness {
        let what = "neither of its two slots can be read".to_owned();
        return Err(OpenError::NoWitness { file: directory.file(witness::NAME), what });
    }
    Ok((witness, testimony))
}

fn tell(options: &EmbeddedOptions, recovered: &Recovered) {
    let Recovery { groups, records, torn, witness_slots_unreadable } = &recovered.report;
    let dir: &PathBuf = &options.dir;
    tracing::info!(dir = %dir.display(), groups, records, "the log is open");
    if let Some(TornTail { file, at, bytes }) = torn {
        tracing::warn!(
            file = %file.display(), at, bytes,
            "a group that was being written when the process ended was cut; it was never \
             acknowledged"
        );
    }
    if *witness_slots_unreadable > 0 {
        tracing::warn!(
            dir = %dir.display(), witness_slots_unreadable,
            "slots of the witness could not be read and were written anew: see to the disk"
        );
    }
}
