//! Recovery: what the files of a log hold, whether all of it can be trusted, and what to do.
//!
//! Every group is read and checked. Behind the last whole group one of these is found:
//!
//! 1. Only zeros: the log ends there.
//! 2. Bytes that are no group, no later group of this log anywhere, and the witness does not know
//!    of more: the last group was being written when the process or the power went. It was never
//!    acknowledged. It is a torn tail and is cut.
//! 3. Anything else, such as a later group or a witness that knows of more: what is missing was
//!    acknowledged. The log is refused and nothing in it is changed.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;

use super::directory::Directory;
use super::disk::{Disk, NamedFile};
use super::ends::Ends;
use super::error::OpenError;
use super::fatal::Fatal;
use super::index::Index;
use super::layout::{GROUP_BYTES_MAX, Location};
use super::meta::Meta;
use super::scan::{Scan, Tail};
use super::segment::{self, Segment};
use super::witness::Mark;
use crate::planted::{self, Bug};

/// What opening a log found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recovery {
    /// How many groups it has.
    pub groups: u64,
    /// How many records it has.
    pub records: u64,
    /// What was cut off its end.
    pub torn: Option<TornTail>,
    /// How many slots of the witness could not be read; the log is complete all the same.
    pub witness_slots_unreadable: usize,
}

/// A group that was being written when the process or the power went, and was cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TornTail {
    /// In which file.
    pub file: PathBuf,
    /// Where it began.
    pub at: u64,
    /// How many bytes of it were there.
    pub bytes: u64,
}

/// A log that was read and can go on.
pub struct Recovered {
    /// Its files.
    pub segments: Vec<Arc<Segment>>,
    /// Where each partition ends.
    pub ends: Ends,
    /// Its last group.
    pub mark: Mark,
    /// Where to begin reading.
    pub index: Index,
    /// What was found.
    pub report: Recovery,
}

/// Reads all files, decides, and repairs what may be repaired.
pub fn recover(
    directory: &Directory,
    meta: Meta,
    witnessed: Option<Mark>,
    disk: &dyn Disk,
) -> Result<Recovered, OpenError> {
    let files = open_segments(directory)?;
    let mut scan = Scan::new(meta, witnessed);
    let mut segments = Vec::new();
    let mut tails = Vec::new();
    // One buffer for all files: fresh memory for each would cost as much as the checks.
    let mut buffer = Vec::new();
    for file in files {
        buffer.clear();
        let read = File::open(&file.path).and_then(|mut file| file.read_to_end(&mut buffer));
        read.map_err(OpenError::io(&file.path, "read"))?;
        let (length, bytes) = (buffer.len() as u64, Bytes::from(std::mem::take(&mut buffer)));
        let groups_before = scan.mark.group;
        let tail = scan.segment(segments.len() as u64, &file, &bytes)?;
        if scan.mark.group > groups_before {
            // The numbers went on without a gap, so what came before is complete.
            tails.clear();
        }
        tails.push(tail);
        segments.push(Arc::new(Segment { file, length }));
        // Nothing of the groups is kept, so that this gives the buffer back.
        buffer = bytes.into();
    }
    let end = End { scan: &scan, tails: &tails, segments: &segments };
    end.refuse_loss(directory, witnessed)?;
    let torn = end.torn()?;
    if let Some(tail) = torn {
        cut(&segments[tail.segment as usize], tail, disk)?;
    }
    let from = witnessed.map_or(Location::start_of(scan.mark.end.segment), |mark| mark.end);
    write_again(&segments, from, scan.mark.end, disk)?;
    let torn = torn.map(|tail| TornTail {
        file: segments[tail.segment as usize].file.path.clone(),
        at: tail.at,
        bytes: tail.bytes(),
    });
    let Scan { ends, mark, index, records, .. } = scan;
    let report = Recovery { groups: mark.group, records, torn, witness_slots_unreadable: 0 };
    Ok(Recovered { segments, ends, mark, index, report })
}

/// Opens the segments, of which none may be missing in the middle.
fn open_segments(directory: &Directory) -> Result<Vec<NamedFile>, OpenError> {
    let mut indices: Vec<_> =
        directory.names()?.iter().filter_map(|name| segment::index_of(name)).collect();
    indices.sort_unstable();
    let count = indices.len().max(1) as u64;
    if let Some(missing) = (0..count).find(|index| indices.get(*index as usize) != Some(index)) {
        return Err(OpenError::Missing { file: directory.file(&segment::name(missing)) });
    }
    let open = |index: &u64| {
        let path = directory.file(&segment::name(*index));
        segment::open(path.clone()).map_err(OpenError::io(&path, "opened"))
    };
    indices.iter().map(open).collect()
}

/// What stands behind the last whole group.
struct End<'a> {
    scan: &'a Scan,
    /// The rest of the segment of the last group, and of all segments after it.
    tails: &'a [Tail],
    segments: &'a [Arc<Segment>],
}

impl<'a> End<'a> {
    /// Refuses the log when anything proves that a group behind the last whole one was
    /// acknowledged.
    fn refuse_loss(&self, directory: &Directory, witnessed: Option<Mark>) -> Result<(), OpenError> {
        if planted::is_on(Bug::DamageCutOff) {
            return Ok(());
        }
        let other = self.tails.iter().find_map(|tail| Some((tail, tail.other_group?)));
        if let Some((tail, (at, number))) = other {
            let file = self.file(tail.segment).display();
            return Err(
                self.damaged(format!("though group {number} stands at byte {at} of {file}"))
            );
        }
        let group = self.scan.mark.group;
        let witnessed = witnessed.filter(|_| !planted::is_on(Bug::WitnessNotChecked));
        let Some(mark) = witnessed.filter(|mark| mark.group > group) else { return Ok(()) };
        if mark.end.segment >= self.segments.len() as u64 {
            return Err(OpenError::Missing {
                file: directory.file(&segment::name(mark.end.segment)),
            });
        }
        let witnessed = mark.group;
        if self.tails.iter().any(|tail| tail.dirty.is_some()) {
            return Err(self.damaged(format!(
                "though the witness says that groups up to {witnessed} were acknowledged"
            )));
        }
        let Location { segment, at } = self.scan.mark.end;
        Err(OpenError::Lost { file: self.file(segment).to_owned(), at, group, witnessed })
    }

    /// The torn tail, if there is one and it can be one.
    fn torn(&self) -> Result<Option<&'a Tail>, OpenError> {
        let mut dirty = self.tails.iter().filter(|tail| tail.dirty.is_some());
        let Some(tail) = dirty.next() else { return Ok(None) };
        if dirty.next().is_some() || tail.bytes() > GROUP_BYTES_MAX as u64 {
            return Err(self.damaged("and more bytes follow than one group can have".to_owned()));
        }
        Ok(Some(tail))
    }

    /// Says what is wrong where the next group belongs, and by what one can tell.
    fn damaged(&self, why: String) -> OpenError {
        // The next group belongs behind the last one, or at the head of the segment after it. If
        // a later group stands there it is not that place that is damaged.
        let is_later = |tail: &Tail| tail.other_group.is_some_and(|(at, _)| at == tail.at);
        let flawed = self.tails.iter().find(|tail| tail.flaw.is_some() && !is_later(tail));
        let end = self.scan.mark.end;
        let (segment, at) = flawed.map_or((end.segment, end.at), |tail| (tail.segment, tail.at));
        let flaw = flawed.and_then(|tail| tail.flaw.as_ref());
        let (offset, found) = flaw.map_or((0, "there are zeros"), |flaw| (flaw.at, &*flaw.what));
        let next = self.scan.mark.group + 1;
        OpenError::Damaged {
            file: self.file(segment).to_owned(),
            at: at + offset as u64,
            what: format!("{found} where group {next} belongs, {why}"),
        }
    }

    fn file(&self, segment: u64) -> &'a Path {
        &self.segments[segment as usize].file.path
    }
}

/// Puts zeros where the torn group was begun, so that nothing of it can be taken for a later one.
fn cut(segment: &Segment, tail: &Tail, disk: &dyn Disk) -> Result<(), Fatal> {
    let path = &segment.file.path;
    let zeros = vec![0; tail.bytes() as usize];
    disk.write(&segment.file, &zeros, tail.at).map_err(Fatal::of(path, "written"))?;
    disk.sync(&segment.file).map_err(Fatal::of(path, "synced"))
}

/// Writes what no witness has seen once more, and syncs it.
///
/// Before the process ended a sync may have failed, and the system may since call the pages clean
/// that never reached the disk. They were read as they stand in memory; only a write makes sure
/// that the next sync has something to do.
fn write_again(
    segments: &[Arc<Segment>],
    from: Location,
    to: Location,
    disk: &dyn Disk,
) -> Result<(), OpenError> {
    for index in from.segment..=to.segment {
        let segment = &segments[index as usize];
        let path = &segment.file.path;
        let begin = if index == from.segment { from.at } else { 0 };
        let end = if index == to.segment { to.at } else { segment.length };
        let mut step = vec![0; 1024 * 1024];
        let mut at = begin;
        while at < end {
            let length = step.len().min((end - at) as usize);
            let bytes = &mut step[..length];
            segment.file.file.read_exact_at(bytes, at).map_err(OpenError::io(path, "read"))?;
            disk.write(&segment.file, bytes, at).map_err(Fatal::of(path, "written"))?;
            at += length as u64;
        }
        disk.sync(&segment.file).map_err(Fatal::of(path, "synced"))?;
    }
    Ok(())
}
