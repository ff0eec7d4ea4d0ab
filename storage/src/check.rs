//! The rules of the start: may this state go on from this log?
//!
//! | the state                                     | is                                        |
//! |-----------------------------------------------|-------------------------------------------|
//! | is empty                                      | taken; it belongs to this log from now on |
//! | ends within the log, and the hashes are equal | taken; the rest is replayed               |
//! | ends behind the end of the log                | refused: the log was cut or restored      |
//! | ends within the log, and the hashes differ    | refused: the log was forked or swapped    |
//! | knows another number of partitions            | refused: its rows would change place      |
//! | was made from a log of another name           | refused: the log was swapped              |
//!
//! The log is the durable truth: the state may trail it and never leads it. Whatever is refused
//! is left as it is.

use std::path::{Path, PathBuf};

use events::ChainHash;
use ingest::planted::{self, Bug};
use ingest::{Log, LogError, Topic};

use crate::tables::MetaRow;
use crate::{Error, Store};

/// Why a state may not go on from a log.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The log ends before what the state reflects.
    #[error(
        "the state is ahead of its log: it reflects partition {partition} up to offset {state}, \
         and the log ends at {log}; restore the log, or remove {} to rebuild it from the log as \
         it is now", dir.display()
    )]
    Ahead {
        /// In which partition.
        partition: u16,
        /// The next offset of the state.
        state: u64,
        /// The next offset of the log.
        log: u64,
        /// Where the state is kept.
        dir: PathBuf,
    },
    /// The log has other records than those that the state reflects.
    #[error(
        "the state belongs to another log: the hash of partition {partition} up to offset \
         {next_offset} is {log} in the log and {state} in the state; restore the log that this \
         state was made from, or remove {} to rebuild it from the log as it is now", dir.display()
    )]
    Forked {
        /// In which partition.
        partition: u16,
        /// Up to which offset.
        next_offset: u64,
        /// The hash in the state.
        state: ChainHash,
        /// The hash in the log.
        log: ChainHash,
        /// Where the state is kept.
        dir: PathBuf,
    },
    /// The log has another number of partitions.
    #[error(
        "the state was made from a log of {state} partitions, and this log has {log}; give back \
         the log or the configuration with {state} partitions, or remove {} to rebuild it from \
         this log", dir.display()
    )]
    Partitions {
        /// How many the state knows.
        state: u16,
        /// How many the log has.
        log: u16,
        /// Where the state is kept.
        dir: PathBuf,
    },
    /// The log calls itself by another name than the one that the state was made from.
    #[error(
        "the state belongs to another log: it was made from `{state}`, and this is `{log}`; give \
         back the log or the configuration that it was made from, or remove {} to rebuild it from \
         this log", dir.display()
    )]
    AnotherLog {
        /// The log that the state was made from.
        state: String,
        /// The log that is there.
        log: String,
        /// Where the state is kept.
        dir: PathBuf,
    },
    /// The log could not be asked.
    #[error("the log could not be compared with the state: see to the log first")]
    Log(#[source] LogError),
    /// The state could not be read or written.
    #[error(transparent)]
    Store(#[from] Error),
}

/// A state that may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checked {
    /// How many records of the log it does not reflect yet.
    pub records_behind: u64,
}

impl Store {
    /// Holds the state against its log. Before this says yes nothing can be written.
    pub fn check_against(&self, log: &dyn Log) -> Result<Checked, CheckError> {
        let mut standing = self.standing();
        let checked = match &standing.meta {
            Some(meta) => compare(meta, log, &self.options.dir)?,
            None => {
                let meta = MetaRow::fresh(log.partitions(), log.identity());
                self.found(&meta)?;
                let checked = compare(&meta, log, &self.options.dir)?;
                standing.meta = Some(meta);
                checked
            }
        };
        standing.checked = true;
        Ok(checked)
    }
}

pub(crate) fn compare(meta: &MetaRow, log: &dyn Log, dir: &Path) -> Result<Checked, CheckError> {
    let dir = || dir.to_owned();
    let differs = meta.partitions != log.partitions();
    if differs && !planted::is_on(Bug::PartitionCountAccepted) {
        return Err(CheckError::Partitions {
            state: meta.partitions,
            log: log.partitions(),
            dir: dir(),
        });
    }
    if meta.log != log.identity() {
        let (state, log) = (meta.log.clone(), log.identity());
        return Err(CheckError::AnotherLog { state, log, dir: dir() });
    }
    let reaches = meta.reaches.iter();
    let reaches = reaches.map(|(partition, reach)| (*partition, reach.next_offset, reach.chain));
    match log.check(Topic::Commands, &reaches.collect()) {
        Err(LogError::PastTheEnd { .. }) if planted::is_on(Bug::StateAheadAccepted) => {}
        Err(LogError::Forked { .. }) if planted::is_on(Bug::ForkAccepted) => {}
        checked => checked.map_err(|error| refusal(error, dir()))?,
    }
    let end = log.end(Topic::Commands).map_err(CheckError::Log)?;
    let position = meta.position();
    let behind = |(partition, end): (u16, u64)| end - position.next_offset(partition).min(end);
    Ok(Checked { records_behind: end.iter().map(behind).sum() })
}

fn refusal(error: LogError, dir: PathBuf) -> CheckError {
    match error {
        LogError::PastTheEnd { partition, asked, end, .. } => {
            CheckError::Ahead { partition, state: asked, log: end, dir }
        }
        LogError::Forked { partition, next_offset, expected, found, .. } => {
            CheckError::Forked { partition, next_offset, state: expected, log: found, dir }
        }
        error => CheckError::Log(error),
    }
}
