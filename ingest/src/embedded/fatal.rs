//! An error after which nobody knows what is on the disk: the process ends, and reads it again.

use std::io;
use std::path::{Path, PathBuf};

/// The code with which the process ends.
pub const EXIT_CODE: i32 = 70;

/// A write or a sync has failed.
///
/// It is never tried again: after a failed sync the system may call pages clean that never
/// reached the disk, and a second sync would then say that all is well. Only a restart, which
/// reads the files again, tells what is there.
#[derive(Debug, thiserror::Error)]
#[error(
    "{} could not be {what}: {source}; nothing of it was acknowledged; \
     see to the disk (space, health) and start again",
    file.display()
)]
pub struct Fatal {
    /// Which file.
    pub file: PathBuf,
    /// What was tried: `written`, `synced` or `made`.
    pub what: &'static str,
    /// What the system says.
    pub source: io::Error,
}

impl Fatal {
    /// For `map_err`: names the file and what was tried.
    pub(super) fn of<'a>(
        file: &'a Path,
        what: &'static str,
    ) -> impl FnOnce(io::Error) -> Self + 'a {
        move |source| Self { file: file.to_owned(), what, source }
    }

    /// Whether there was no space. What was being made for the first time may be tried again then.
    pub(super) fn is_full(&self) -> bool {
        matches!(self.source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
    }

    /// Says what happened and ends the process.
    pub fn end_process(&self) {
        tracing::error!(error = %self, "the log cannot go on: the process ends");
        std::process::exit(EXIT_CODE);
    }
}
