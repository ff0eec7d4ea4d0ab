//! Why an embedded log is not opened: what is wrong, where, and what to do.

use std::io;
use std::path::{Path, PathBuf};

use super::fatal::Fatal;

/// Why an embedded log is not opened. Nothing was changed in any of these cases.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// An option makes no sense.
    #[error("the log cannot be opened: {0}")]
    Options(String),
    /// Another process has it.
    #[error(
        "{} is in use by another process: stop that one, or use another directory",
        dir.display()
    )]
    InUse {
        /// The directory.
        dir: PathBuf,
    },
    /// A sync of a network filesystem promises too little, and its locks too.
    #[error(
        "{} is on a network filesystem ({filesystem}), which does not keep what a log needs: \
         use a directory on a local disk",
        dir.display()
    )]
    NetworkFilesystem {
        /// The directory.
        dir: PathBuf,
        /// What kind it is.
        filesystem: &'static str,
    },
    /// The log was made with another number of partitions.
    #[error(
        "{} was made with {made_with} partitions and is asked for with {asked}: \
         set the partition count to {made_with}, as another would send properties elsewhere",
        dir.display()
    )]
    PartitionCount {
        /// The directory.
        dir: PathBuf,
        /// The number that the options name.
        asked: u16,
        /// The number it has.
        made_with: u16,
    },
    /// The log was made by a build that writes another format.
    #[error(
        "{} says format {found}, where this build reads {known}: open it with the build that \
         made it",
        file.display()
    )]
    Format {
        /// The file that says so.
        file: PathBuf,
        /// The format it names.
        found: u32,
        /// The format that this build knows.
        known: u32,
    },
    /// Bytes are not what was written, and no cut-off write explains it.
    #[error(
        "{} is damaged at byte {at}: {what}; nothing was changed: copy the directory aside and \
         restore the file from a backup",
        file.display()
    )]
    Damaged {
        /// Which file.
        file: PathBuf,
        /// Where in it the damaged part begins.
        at: u64,
        /// What is wrong.
        what: String,
    },
    /// A file is not there.
    #[error(
        "{} is missing, and the rest of the log is there; nothing was changed: \
         restore the file from a backup",
        file.display()
    )]
    Missing {
        /// Which file.
        file: PathBuf,
    },
    /// The log ends before what the witness says was acknowledged.
    #[error(
        "{} ends at byte {at} after group {group}, and the witness says that groups up to \
         {witnessed} were acknowledged: {} are lost; nothing was changed: copy the \
         directory aside and restore the file from a backup",
        file.display(),
        groups(*group, *witnessed)
    )]
    Lost {
        /// The file in which the log ends.
        file: PathBuf,
        /// Where it ends.
        at: u64,
        /// Its last whole group.
        group: u64,
        /// The last group that was certainly acknowledged.
        witnessed: u64,
    },
    /// Nothing proves where the log ended.
    #[error(
        "{} proves nothing: {what}; so acknowledged records could be missing at the end unseen; \
         restore the file from a backup, or accept that by opening once `without_witness`",
        file.display()
    )]
    NoWitness {
        /// The witness.
        file: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The system refuses.
    #[error("{} could not be {what}: {source}", file.display())]
    Io {
        /// Which file or directory.
        file: PathBuf,
        /// What was tried.
        what: &'static str,
        /// What the system says.
        source: io::Error,
    },
}

impl OpenError {
    /// For `map_err`: names the file and what was tried.
    pub(super) fn io<'a>(
        file: &'a Path,
        what: &'static str,
    ) -> impl FnOnce(io::Error) -> Self + 'a {
        move |source| Self::Io { file: file.to_owned(), what, source }
    }
}

impl From<Fatal> for OpenError {
    fn from(Fatal { file, what, source }: Fatal) -> Self {
        Self::Io { file, what, source }
    }
}

fn groups(from: u64, to: u64) -> String {
    match to - from {
        1 => "1 group".to_owned(),
        count => format!("{count} groups"),
    }
}
