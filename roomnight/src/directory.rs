//! What lies where in a data folder.
//!
//! ```text
//! DIR/log/            the embedded log, if the log is not Kafka's
//! DIR/state/          RocksDB; may be removed, it is rebuilt from the log; its lock says that a
//!                     process has the folder, as that of the embedded log does
//! DIR/ballast         space that is kept aside for when the disk is full; may be removed
//! DIR/secret          the key of the confirmation numbers; lost, old numbers cannot be read
//! DIR/roomnight.toml  the configuration, if there is one
//! ```

use std::io;
use std::path::{Path, PathBuf};

/// A data folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFolder(PathBuf);

impl DataFolder {
    /// The folder at that path.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The embedded log.
    pub fn log(&self) -> PathBuf {
        self.0.join("log")
    }

    /// The state.
    pub fn state(&self) -> PathBuf {
        self.0.join("state")
    }

    /// The space that is kept aside.
    pub fn ballast(&self) -> PathBuf {
        self.0.join("ballast")
    }

    /// The key of the confirmation numbers.
    pub fn secret(&self) -> PathBuf {
        self.0.join("secret")
    }

    /// Makes the folder if it is not there, so that it stays there after a loss of power.
    pub fn make(&self) -> io::Result<()> {
        ingest::embedded::make_folder(&self.0)
    }

    /// Whether nothing is there yet, or only an empty folder.
    pub fn is_new(&self) -> io::Result<bool> {
        match std::fs::read_dir(&self.0) {
            Ok(mut entries) => Ok(entries.next().is_none()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
            Err(error) => Err(error),
        }
    }
}
