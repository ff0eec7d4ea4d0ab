//! What storage may say when it cannot do as asked: three kinds, each with what to do.

use std::error::Error as StdError;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::table::Malformed;

/// Why the state could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The disk or RocksDB did not do as asked.
    ///
    /// The caller stops the process: RocksDB stays in its error even when the disk is well again.
    #[error(
        "{doing} the state in {} failed: see to the disk (space, permissions, another process \
         that has it open) and start again; the log brings the state up to date", dir.display()
    )]
    Unavailable {
        /// What was tried.
        doing: &'static str,
        /// Where.
        dir: PathBuf,
        /// What RocksDB said.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// A row is not what was written.
    ///
    /// The caller stops the process: nothing that this state says can be relied on.
    #[error(
        "the state is damaged in table `{table}` at key {key}: {reason}; stop, remove the \
         directory `state` and start again: it is rebuilt from the log"
    )]
    Corrupt {
        /// In which table.
        table: &'static str,
        /// Which row, as hexadecimal bytes.
        key: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The caller asked for what must not be done, and nothing was done.
    #[error("{what}; {remedy}")]
    Invalid {
        /// What was asked.
        what: String,
        /// What to do instead.
        remedy: &'static str,
    },
}

impl Error {
    pub(crate) fn corrupt(table: &'static str, key: &[u8], reason: Malformed) -> Self {
        let mut hex = String::with_capacity(key.len() * 2);
        for byte in key {
            // Writing to a string does not fail.
            let _ = write!(hex, "{byte:02x}");
        }
        Self::Corrupt { table, key: hex, reason: reason.to_string() }
    }

    /// Sorts what RocksDB says: damage it found itself, or a disk that does not do its work.
    pub(crate) fn of_rocksdb(doing: &'static str, dir: &Path, source: rocksdb::Error) -> Self {
        if source.kind() == rocksdb::ErrorKind::Corruption {
            let reason = Malformed::because(format!("{doing} {}: {source}", dir.display()));
            return Self::corrupt("rocksdb", &[], reason);
        }
        Self::Unavailable { doing, dir: dir.to_owned(), source: source.into() }
    }
}
