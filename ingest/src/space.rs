//! Space on a disk: how much is left, and a file that keeps some aside for when none is.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rustix::fs::{FallocateFlags, fallocate, statvfs};

/// How much is written at a time where space cannot be taken without writing.
const STEP_BYTES: usize = 1024 * 1024;

/// How many bytes a folder's disk has left for this user.
pub fn free_bytes(folder: &Path) -> io::Result<u64> {
    let found = statvfs(folder)?;
    Ok(found.f_bavail.saturating_mul(found.f_frsize))
}

/// A file that holds nothing but space. It is given back on alarm, so that what is owed can still
/// be written, and taken again once there is enough.
#[derive(Debug, Clone)]
pub struct Ballast {
    path: PathBuf,
    bytes: u64,
}

impl Ballast {
    /// A ballast of that length at that path; nothing is done yet.
    pub fn new(path: impl Into<PathBuf>, bytes: u64) -> Self {
        Self { path: path.into(), bytes }
    }

    /// How much space it keeps.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether the space is kept.
    pub fn is_taken(&self) -> bool {
        self.bytes > 0 && std::fs::metadata(&self.path).is_ok_and(|file| file.len() == self.bytes)
    }

    /// Keeps the space; what was kept in another measure is given back first.
    pub fn take(&self) -> io::Result<()> {
        self.give_back()?;
        if self.bytes == 0 {
            return Ok(());
        }
        let beside = self.path.with_extension("new");
        let taken = File::create(&beside).and_then(|file| reserve(file, self.bytes));
        match taken {
            Ok(()) => std::fs::rename(&beside, &self.path),
            Err(error) => {
                // What was taken of it would only make things worse.
                std::fs::remove_file(&beside)?;
                Err(error)
            }
        }
    }

    /// Gives the space back; `false` when none was kept.
    pub fn give_back(&self) -> io::Result<bool> {
        match std::fs::remove_file(&self.path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
}

fn reserve(mut file: File, bytes: u64) -> io::Result<()> {
    match fallocate(&file, FallocateFlags::empty(), 0, bytes) {
        Ok(()) => return Ok(()),
        Err(rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::NOSYS) => {}
        Err(error) => return Err(error.into()),
    }
    let zeros = vec![0; STEP_BYTES];
    let mut rest = bytes as usize;
    while rest > 0 {
        let step = rest.min(STEP_BYTES);
        file.write_all(&zeros[..step])?;
        rest -= step;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn space_is_taken_and_given_back() {
        let dir = tempfile::tempdir().expect("a directory");
        let ballast = Ballast::new(dir.path().join("ballast"), 1 << 20);
        assert!(free_bytes(dir.path()).expect("a disk") > 0);
        assert!(!ballast.is_taken() && !ballast.give_back().expect("nothing is there"));
        ballast.take().expect("there is space");
        assert!(ballast.is_taken());
        assert_eq!(std::fs::read_dir(dir.path()).expect("a folder").count(), 1);
        assert!(ballast.give_back().expect("it is there"));
        assert!(!ballast.is_taken());
        let none = Ballast::new(dir.path().join("none"), 0);
        none.take().expect("nothing to take");
        assert!(!none.is_taken());
    }

    #[test]
    fn more_than_there_is_leaves_nothing_behind() {
        let dir = tempfile::tempdir().expect("a directory");
        let ballast = Ballast::new(dir.path().join("ballast"), 1 << 50);
        assert!(ballast.take().is_err());
        assert_eq!(std::fs::read_dir(dir.path()).expect("a folder").count(), 0);
    }
}
