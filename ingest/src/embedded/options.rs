//! How an embedded log is opened.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::disk::{Disk, LocalDisk};
use super::fatal::Fatal;
use super::layout::GROUP_BYTES_MAX;

/// The smallest segment: the longest record, its frame and the segment's own header fit with ease.
pub const SEGMENT_BYTES_MIN: u64 = 256 * 1024;

/// The largest segment; one segment at a time is in memory while a log is opened.
pub const SEGMENT_BYTES_MAX: u64 = 1024 * 1024 * 1024;

/// What an [`EmbeddedLog`](super::EmbeddedLog) is to be like.
#[derive(Clone)]
pub struct EmbeddedOptions {
    /// The directory; it is made when it is not there.
    pub dir: PathBuf,
    /// Partitions of each topic; fixed once the log is made.
    pub partitions: u16,
    /// The length of a new segment file, which is filled with zeros ahead of its use.
    pub segment_bytes: u64,
    /// How many records may wait to be written.
    pub queue_records_max: usize,
    /// How many bytes may wait to be written.
    pub queue_bytes_max: usize,
    /// How much of the log's end is kept in memory for readers.
    pub cache_bytes_max: usize,
    /// How long after a sync the witness follows. Nothing waits for it.
    pub witness_after: Duration,
    /// Opens a log though nothing proves where it ended, because its witness cannot be read.
    /// The operator says by this that records may be missing at the end; a new witness is written.
    pub without_witness: bool,
    /// Is called once with what went wrong when a write or a sync fails. The default logs the
    /// error and ends the process with code 70; when it returns the log stays closed.
    pub on_fatal: Arc<dyn Fn(&Fatal) + Send + Sync>,
    /// Through what the log writes and syncs.
    pub disk: Arc<dyn Disk>,
}

impl EmbeddedOptions {
    /// The usual log in that directory.
    pub fn new(dir: impl Into<PathBuf>, partitions: u16) -> Self {
        Self {
            dir: dir.into(),
            partitions,
            segment_bytes: 64 * 1024 * 1024,
            queue_records_max: 262_144,
            queue_bytes_max: 64 * 1024 * 1024,
            cache_bytes_max: 64 * 1024 * 1024,
            witness_after: Duration::from_millis(20),
            without_witness: false,
            on_fatal: Arc::new(Fatal::end_process),
            disk: Arc::new(LocalDisk),
        }
    }

    /// What is wrong with them, if anything is.
    pub(super) fn flaw(&self) -> Option<String> {
        let (min, max) = (SEGMENT_BYTES_MIN, SEGMENT_BYTES_MAX);
        if self.partitions == 0 {
            return Some("`partitions` is 0: a log has at least one".to_owned());
        }
        if self.partitions > events::SLOTS {
            let slots = events::SLOTS;
            return Some(format!("`partitions` is {}: a log has at most {slots}", self.partitions));
        }
        if !(min..=max).contains(&self.segment_bytes) {
            let bytes = self.segment_bytes;
            return Some(format!("`segment_bytes` is {bytes}: it must be from {min} to {max}"));
        }
        None
    }

    /// The longest group that is written, which must fit into the smallest segment in use.
    pub(super) fn group_bytes_max(&self) -> usize {
        (self.segment_bytes as usize / 2).min(GROUP_BYTES_MAX)
    }
}

impl fmt::Debug for EmbeddedOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmbeddedOptions")
            .field("dir", &self.dir)
            .field("partitions", &self.partitions)
            .field("segment_bytes", &self.segment_bytes)
            .finish_non_exhaustive()
    }
}
