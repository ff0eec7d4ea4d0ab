//! The audit of a data directory: its log from beginning to end, and the state beside it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use events::Position;
use ingest::{EmbeddedLog, EmbeddedOptions, Log, LogError, OpenError, Reader, Topic};
use ledger::Row;
use storage::{Loaded, Store, StoreOptions};

use crate::config::Config;
use crate::directory::DataFolder;
use crate::log::{LogOpenError, OpenLog};

use super::{Auditor, Report, StoredState};

/// How many records are asked for at once.
const RECORDS_MAX: usize = 8_192;

/// For how long a record is waited for that the log says it has.
const SILENCE_MAX: Duration = Duration::from_secs(10);

/// Why a data directory cannot be audited.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// There is nothing to audit.
    #[error("{} has no log: name the data folder of a `serve`, `demo` or `replay`", dir.display())]
    NoLog {
        /// The directory.
        dir: PathBuf,
    },
    /// The log cannot be opened.
    #[error("the log cannot be opened; a server that runs on it must be stopped first")]
    Open(#[from] LogOpenError),
    /// The log cannot be read to its end.
    #[error("the log cannot be read")]
    Read(#[from] LogError),
    /// The log gives fewer records than it says it has.
    #[error("the log gave {read} of its {expected} records and then nothing: see to its disk")]
    Silent {
        /// How many it gave.
        read: u64,
        /// How many it has.
        expected: u64,
    },
    /// The state cannot be read.
    #[error("the state cannot be read")]
    Store(#[from] storage::Error),
}

/// Audits the log and the state of a data directory that no server runs on.
pub fn audit(data_dir: &Path, config: &Config) -> Result<Report, VerifyError> {
    let opened = if config.kafka.is_named() {
        OpenLog::open(config, &DataFolder::at(data_dir))?
    } else {
        OpenLog::Embedded(Arc::new(open_log(&data_dir.join("log"))?))
    };
    let log = opened.log();
    let stored = read_state(&data_dir.join("state"), log.partitions())?;
    let report = audit_log(log.as_ref(), &stored);
    opened.close();
    report
}

/// Audits a log and a state: up to the stored position, compares, and goes on to the log's end.
pub fn audit_log(log: &dyn Log, stored: &StoredState) -> Result<Report, VerifyError> {
    let mut auditor = Auditor::of_partitions(log.partitions());
    let end = log.end(Topic::Commands)?;
    let partitions = 0..log.partitions();
    let reflected = partitions.map(|partition| {
        let stored = stored.position.next_offset(partition);
        (partition, stored.min(end.next_offset(partition)))
    });
    let reflected: Position = reflected.collect();
    read(log, &Position::default(), &reflected, &mut auditor)?;
    auditor.same_partitions(log.partitions(), stored.partitions);
    auditor.compare(stored);
    read(log, &reflected, &end, &mut auditor)?;
    Ok(auditor.into_report())
}

/// Shows the auditor the records from one position up to another.
fn read(
    log: &dyn Log,
    from: &Position,
    to: &Position,
    auditor: &mut Auditor,
) -> Result<(), VerifyError> {
    let records_in = |position: &Position| position.iter().map(|(_, next)| next).sum::<u64>();
    let expected = records_in(to) - records_in(from);
    let mut reader: Box<dyn Reader> = log.reader(Topic::Commands, from)?;
    let mut read = 0;
    while read < expected {
        let records = reader.next(RECORDS_MAX, SILENCE_MAX)?;
        if records.is_empty() {
            return Err(VerifyError::Silent { read, expected });
        }
        for record in &records {
            // A partition that is at its goal is read past it while another is not.
            if record.offset < to.next_offset(record.partition) {
                auditor.record(record.partition, record.offset, record.chain, &record.bytes);
                read += 1;
            }
        }
    }
    Ok(())
}

/// Opens a log that is there; how many partitions it has it says itself.
fn open_log(dir: &Path) -> Result<EmbeddedLog, VerifyError> {
    let is_there = std::fs::read_dir(dir).is_ok_and(|mut files| files.next().is_some());
    if !is_there {
        return Err(VerifyError::NoLog { dir: dir.to_owned() });
    }
    match EmbeddedLog::open(EmbeddedOptions::new(dir, 1)) {
        Err(OpenError::PartitionCount { made_with, .. }) => {
            let options = EmbeddedOptions::new(dir, made_with);
            Ok(EmbeddedLog::open(options).map_err(LogOpenError::from)?)
        }
        opened => Ok(opened.map_err(LogOpenError::from)?),
    }
}

/// Everything in the state; a state that is not there, or has never met a log, is empty.
fn read_state(dir: &Path, partitions: u16) -> Result<StoredState, VerifyError> {
    let nothing = StoredState { partitions, ..StoredState::default() };
    if !dir.is_dir() {
        return Ok(nothing);
    }
    let store = Store::open(StoreOptions::at(dir))?;
    match store.load() {
        Ok(loaded) => Ok(loaded.into()),
        Err(storage::Error::Invalid { .. }) if store.position() == Position::default() => {
            Ok(nothing)
        }
        Err(error) => Err(error.into()),
    }
}

impl From<Loaded> for StoredState {
    fn from(loaded: Loaded) -> Self {
        let mut clocks = Vec::new();
        let mut rows = Vec::new();
        for (partition, row) in (0..)
            .zip(loaded.rows)
            .flat_map(|(partition, rows)| rows.into_iter().map(move |row| (partition, row)))
        {
            match row {
                Row::Clock(clock) => clocks.push((partition, clock)),
                row => rows.push(row),
            }
        }
        let digests = loaded.digests.into_iter();
        Self {
            partitions: loaded.partitions,
            position: loaded.position,
            chains: loaded.chains.iter().map(|(of, link)| (*of, link.after)).collect(),
            digests: digests.map(|(partition, digest)| (partition, digest.0)).collect(),
            clocks,
            rows,
            availability: loaded.availability,
        }
    }
}
