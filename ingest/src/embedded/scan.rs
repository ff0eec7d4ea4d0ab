//! The scan of a log's files: every group checked against its checksums, its number, the running
//! hashes and the witness.

use std::ops::Range;

use bytes::Bytes;

use super::disk::NamedFile;
use super::ends::Ends;
use super::error::OpenError;
use super::group::{Flaw, Group, hash_after};
use super::index::Index;
use super::layout::{
    GROUP_HEADER_BYTES, GROUP_MAGIC, GroupHeader, Location, SEGMENT_HEADER_BYTES, Seed,
    SegmentHeader,
};
use super::meta::Meta;
use super::witness::Mark;

/// What was read so far.
pub struct Scan {
    meta: Meta,
    seed: Seed,
    witnessed: Option<Mark>,
    /// Where each partition ends.
    pub ends: Ends,
    /// The last whole group.
    pub mark: Mark,
    /// Where reading can begin.
    pub index: Index,
    /// How many records there are.
    pub records: u64,
    scratch: Vec<u8>,
}

/// What stands in a segment behind its last whole group.
#[derive(Debug)]
pub struct Tail {
    /// Which segment.
    pub segment: u64,
    /// Where its last whole group ends.
    pub at: u64,
    /// What is wrong there; `None` when there are zeros.
    pub flaw: Option<Flaw>,
    /// From the first to the last byte that is not zero.
    pub dirty: Option<Range<u64>>,
    /// Where a whole header of another group than the next stands, and the group's number.
    pub other_group: Option<(u64, u64)>,
}

impl Tail {
    /// How far what is not zero reaches.
    pub fn bytes(&self) -> u64 {
        self.dirty.as_ref().map_or(0, |dirty| dirty.end - self.at)
    }
}

impl Scan {
    /// Nothing read yet.
    pub fn new(meta: Meta, witnessed: Option<Mark>) -> Self {
        Self {
            meta,
            seed: meta.id.seed(),
            witnessed,
            ends: Ends::new(meta.partitions),
            mark: Mark::beginning(),
            index: Index::new(meta.partitions),
            records: 0,
            scratch: Vec::new(),
        }
    }

    /// Reads one segment, the next, and says what stands behind its groups.
    pub fn segment(
        &mut self,
        index: u64,
        file: &NamedFile,
        bytes: &Bytes,
    ) -> Result<Tail, OpenError> {
        let damaged = |flaw: Flaw, at: u64| OpenError::Damaged {
            file: file.path.clone(),
            at: at + flaw.at as u64,
            what: flaw.what,
        };
        self.check_header(index, bytes).map_err(|flaw| damaged(flaw, 0))?;
        let mut start = Location::start_of(index);
        let mut flaw = None;
        loop {
            match self.group(bytes, start) {
                Ok(Some(end)) => start = end,
                Ok(None) => break,
                Err(found) if found.may_be_torn => {
                    flaw = Some(found);
                    break;
                }
                Err(foreign) => return Err(damaged(foreign, start.at)),
            }
        }
        let dirty = not_zero(bytes, start.at);
        let other_group = dirty.as_ref().and_then(|dirty| self.other_group(bytes, dirty));
        Ok(Tail { segment: index, at: start.at, flaw, dirty, other_group })
    }

    /// A segment bears its name only once its header and its full length are durable.
    fn check_header(&self, index: u64, bytes: &Bytes) -> Result<(), Flaw> {
        let header = SegmentHeader::decode(bytes)
            .ok_or_else(|| Flaw::foreign(0, "the checksum of the segment's header is wrong"))?;
        if (header.id, header.index) != (self.meta.id, index) {
            let what = format!("it is segment {} of log {}", header.index, header.id);
            return Err(Flaw::foreign(0, what + ", and was put here"));
        }
        if header.length != bytes.len() as u64 {
            let at = bytes.len().min(header.length as usize);
            let what = format!("{} bytes long, and was made {} long", bytes.len(), header.length);
            return Err(Flaw::foreign(at, "the file is ".to_owned() + &what));
        }
        Ok(())
    }

    /// Reads the group that begins there and goes on behind it; `None` when there are zeros.
    fn group(&mut self, bytes: &Bytes, start: Location) -> Result<Option<Location>, Flaw> {
        let bytes = bytes.slice(start.at as usize..);
        let head = bytes.get(..GROUP_HEADER_BYTES).unwrap_or_default();
        if head.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        let header = GroupHeader::decode(head, self.seed)
            .filter(|header| header.number == self.mark.group + 1)
            .ok_or_else(|| Flaw {
                at: 0,
                what: "there is no whole header".to_owned(),
                may_be_torn: true,
            })?;
        if header.witness != self.mark.hash {
            return Err(Flaw::foreign(0, "a group does not continue the one before it"));
        }
        if header.body_bytes as usize > bytes.len() - GROUP_HEADER_BYTES {
            return Err(Flaw::foreign(0, "a group is longer than its segment"));
        }
        let group = Group::decode(header, &bytes, start, self.meta.partitions, self.seed)?;
        self.index.note(header.number, start, group.length(), &self.ends);
        group.check(&mut self.ends)?;
        self.records += group.entries.len() as u64;
        let hash = hash_after(&header, &group.entries, &mut self.scratch);
        self.mark = Mark { group: header.number, end: group.end(), hash };
        match self.witnessed {
            Some(mark) if mark.group == self.mark.group && mark != self.mark => {
                Err(Flaw::foreign(0, "the witness knows another group of that number"))
            }
            _ => Ok(Some(self.mark.end)),
        }
    }

    fn other_group(&self, bytes: &Bytes, dirty: &Range<u64>) -> Option<(u64, u64)> {
        let next = self.mark.group + 1;
        let (from, to) = (dirty.start as usize, dirty.end as usize);
        let magic_at = |at: &usize| bytes[*at..].starts_with(GROUP_MAGIC);
        let header_at = |at| Some((at, GroupHeader::decode(&bytes[at..], self.seed)?));
        (from..to)
            .filter(magic_at)
            .filter_map(header_at)
            .find(|(_, header)| header.number != next)
            .map(|(at, header)| (at as u64, header.number))
    }
}

/// From the first to the last byte from `at` on that is not zero.
fn not_zero(bytes: &Bytes, at: u64) -> Option<Range<u64>> {
    const STEP: usize = 4096;
    let is_set = |byte: &u8| *byte != 0;
    let mut first = (at as usize).min(bytes.len()).max(SEGMENT_HEADER_BYTES);
    let mut end = bytes.len();
    // In whole steps first: most of a segment that is in use is zero.
    while end - first > STEP && !bytes[first..first + STEP].iter().any(is_set) {
        first += STEP;
    }
    while end - first > STEP && !bytes[end - STEP..end].iter().any(is_set) {
        end -= STEP;
    }
    let from = bytes[first..end].iter().position(is_set)?;
    let to = bytes[first..end].iter().rposition(is_set)?;
    Some((first + from) as u64..(first + to + 1) as u64)
}
