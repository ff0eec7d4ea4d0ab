//! How the log touches its files once they are there: two calls, so that tests can fail them.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

/// An open file and its name, for errors.
#[derive(Debug)]
pub struct NamedFile {
    /// The open file.
    pub file: File,
    /// Where it is.
    pub path: PathBuf,
}

/// Writes into files that exist at their full length, and makes durable what was written.
pub trait Disk: Send + Sync {
    /// Writes all the bytes at that place.
    fn write(&self, file: &NamedFile, bytes: &[u8], at: u64) -> io::Result<()>;

    /// Returns once everything written to the file is durable. After an error nobody knows what
    /// is: the system may have dropped the pages and marked them clean, so it is never retried.
    fn sync(&self, file: &NamedFile) -> io::Result<()>;
}

/// The disk of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct LocalDisk;

impl Disk for LocalDisk {
    fn write(&self, file: &NamedFile, bytes: &[u8], at: u64) -> io::Result<()> {
        file.file.write_all_at(bytes, at)
    }

    fn sync(&self, file: &NamedFile) -> io::Result<()> {
        file.file.sync_data()
    }
}
