//! Segment files: how they are named and made.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::directory::Directory;
use super::disk::NamedFile;
use super::error::OpenError;
use super::fatal::Fatal;
use super::layout::{LogId, SEGMENT_HEADER_BYTES, SegmentHeader};

/// A segment that is being made; what is left of it after a crash is made anew.
pub const DRAFT_NAME: &str = "segment.new";

/// How much is filled with zeros at a time.
const STEP_BYTES: usize = 1024 * 1024;

/// An open segment.
#[derive(Debug)]
pub struct Segment {
    /// Its file.
    pub file: NamedFile,
    /// How long it is.
    pub length: u64,
}

/// How to go on with making a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Somebody waits for it.
    AtOnce,
    /// Sync each step, so that commits that go on meanwhile never wait for all of it at once.
    Gently,
    /// It is not needed any more.
    Stop,
}

/// The name of the segment of that index.
pub fn name(index: u64) -> String {
    format!("{index:020}.log")
}

/// The index of the segment of that name.
pub fn index_of(file_name: &str) -> Option<u64> {
    let digits = file_name.strip_suffix(".log")?;
    let index = digits.parse().ok()?;
    (name(index) == file_name).then_some(index)
}

/// Opens the file of a segment.
pub fn open(path: PathBuf) -> io::Result<NamedFile> {
    let file = OpenOptions::new().read(true).write(true).open(&path)?;
    Ok(NamedFile { file, path })
}

/// Whether a segment holds anything behind its header.
pub fn is_used(path: &Path) -> Result<bool, OpenError> {
    let bytes = std::fs::read(path).map_err(OpenError::io(path, "read"))?;
    Ok(bytes.iter().skip(SEGMENT_HEADER_BYTES).any(|byte| *byte != 0))
}

/// Makes a segment: at its full length, filled with zeros, synced, and only then named.
///
/// The zeros are written and not only reserved, because overwriting them changes nothing but the
/// data: a sync then takes a good half of the time it takes after an append.
///
/// `between` is asked after every step: go on at once, let the disk do others' work first, or
/// stop. `None` when it was stopped before it was ready.
pub fn make(
    directory: &Directory,
    header: SegmentHeader,
    between: impl Fn() -> Pace,
) -> Result<Option<Segment>, Fatal> {
    let (draft, path) = (directory.file(DRAFT_NAME), directory.file(&name(header.index)));
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open(&draft)
        .map_err(Fatal::of(&draft, "made"))?;
    if !fill(&mut file, header, between).map_err(Fatal::of(&draft, "written"))? {
        return Ok(None);
    }
    std::fs::rename(&draft, &path).map_err(Fatal::of(&path, "made"))?;
    directory.sync().map_err(Fatal::of(directory.path(), "synced"))?;
    Ok(Some(Segment { file: NamedFile { file, path }, length: header.length }))
}

fn fill(file: &mut File, header: SegmentHeader, between: impl Fn() -> Pace) -> io::Result<bool> {
    let zeros = vec![0; STEP_BYTES];
    let head = header.encode();
    file.write_all(&head)?;
    let mut rest = header.length as usize - head.len();
    while rest > 0 {
        let step = rest.min(STEP_BYTES);
        file.write_all(&zeros[..step])?;
        rest -= step;
        match between() {
            Pace::AtOnce => {}
            Pace::Gently => file.sync_data()?,
            Pace::Stop => return Ok(false),
        }
    }
    file.sync_all()?;
    Ok(true)
}

/// The header of a new segment.
pub fn header(id: LogId, index: u64, length: u64) -> SegmentHeader {
    SegmentHeader { id, index, length }
}
