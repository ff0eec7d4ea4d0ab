//! The committer: one thread that writes everything that waits, syncs it once, and publishes it.

use std::sync::Arc;

use bytes::Bytes;
use events::ChainHash;

use super::disk::Disk;
use super::ends::Ends;
use super::fatal::Fatal;
use super::follower::Follower;
use super::group::{Entry, Group, Waiting, hash_after};
use super::layout::{GROUP_HEADER_BYTES, GroupHeader, Location};
use super::preparer::Preparer;
use super::queue::Queue;
use super::segment::Segment;
use super::shared::Shared;
use super::witness::Mark;
use crate::planted::{self, Bug};

/// What the thread works on.
pub struct Committer {
    /// What waits.
    pub queue: Arc<Queue>,
    /// Where it publishes.
    pub shared: Arc<Shared>,
    /// Who writes the witness.
    pub follower: Arc<Follower>,
    /// Who makes new segments.
    pub preparer: Arc<Preparer>,
    /// How it writes.
    pub disk: Arc<dyn Disk>,
    /// The segments that are there: the one written to, and those after it that are still empty.
    pub segments: Vec<Arc<Segment>>,
    /// The ends after the last group written.
    pub ends: Ends,
    /// The last group written; it is synced.
    pub mark: Mark,
    /// The longest group it makes.
    pub group_bytes_max: usize,
}

/// A group on its way to the disk.
struct Draft {
    bytes: Bytes,
    header: GroupHeader,
    entries: Vec<Entry>,
}

impl Committer {
    /// Runs until the queue is closed and empty. After an error nothing more is published.
    pub fn run(mut self) -> Result<(), Fatal> {
        let mut waiting = Vec::new();
        let mut scratch = Vec::new();
        let mut last = 0;
        while self.queue.take(&mut waiting, last) {
            last = waiting.len();
            self.commit_all(&mut waiting, &mut scratch)?;
        }
        Ok(())
    }

    /// Commits what waits now, if anything does, and does not wait for more.
    pub fn commit_waiting(&mut self) -> Result<bool, Fatal> {
        let mut waiting = Vec::new();
        self.queue.take_now(&mut waiting);
        let any = !waiting.is_empty();
        self.commit_all(&mut waiting, &mut Vec::new())?;
        Ok(any)
    }

    fn commit_all(
        &mut self,
        waiting: &mut Vec<Waiting>,
        scratch: &mut Vec<Waiting>,
    ) -> Result<(), Fatal> {
        let mut rest = waiting.drain(..).peekable();
        while rest.peek().is_some() {
            let body_bytes = self.gather(&mut rest, scratch);
            let draft = self.draft(scratch, body_bytes);
            self.commit(draft)?;
        }
        Ok(())
    }

    /// Takes as many records as one group may have, and says how long they are together.
    fn gather(
        &self,
        rest: &mut std::iter::Peekable<std::vec::Drain<'_, Waiting>>,
        group: &mut Vec<Waiting>,
    ) -> usize {
        let mut bytes = 0;
        let fits = |bytes: usize, next: &Waiting| {
            bytes == 0 || GROUP_HEADER_BYTES + bytes + next.framed_bytes() <= self.group_bytes_max
        };
        while let Some(next) = rest.next_if(|next| fits(bytes, next)) {
            bytes += next.framed_bytes();
            group.push(next);
        }
        bytes
    }

    fn draft(&mut self, group: &mut Vec<Waiting>, body_bytes: usize) -> Draft {
        let mark = (self.mark.group + 1, self.mark.hash);
        let seed = self.shared.seed;
        let (bytes, header, entries) =
            Group::of(group.drain(..), body_bytes, mark, &mut self.ends, seed);
        Draft { bytes, header, entries }
    }

    /// Writes and syncs a group, and only then shows it.
    fn commit(&mut self, Draft { bytes, header, entries }: Draft) -> Result<(), Fatal> {
        self.shared.disk_owes(true);
        let start = self.place_for(bytes.len() as u64)?;
        let segment = &self.segments[start.segment as usize];
        let path = &segment.file.path;
        if !planted::is_on(Bug::ReadUnsynced) {
            self.disk.write(&segment.file, &bytes, start.at).map_err(Fatal::of(path, "written"))?;
        }
        if !planted::is_on(Bug::AcknowledgedBeforeSync) {
            self.disk.sync(&segment.file).map_err(Fatal::of(path, "synced"))?;
        }
        self.shared.disk_owes(false);
        let group = Group { header, start, entries };
        let hash = self.hash(&group);
        self.mark = Mark { group: header.number, end: group.end(), hash };
        self.shared.publish(Arc::new(group), self.mark);
        self.follower.follow(self.mark);
        self.prepare_next();
        Ok(())
    }

    fn hash(&self, group: &Group) -> ChainHash {
        let mut scratch = Vec::with_capacity(32 * (group.entries.len() + 1));
        hash_after(&group.header, &group.entries, &mut scratch)
    }

    /// Where the next group of that length goes: behind the last, or into the next segment.
    fn place_for(&mut self, length: u64) -> Result<Location, Fatal> {
        let mut place = self.mark.end;
        while place.at + length > self.segments[place.segment as usize].length {
            place = Location::start_of(place.segment + 1);
            if place.segment as usize == self.segments.len() {
                let segment = self.preparer.get(place.segment)?;
                self.segments.push(Arc::clone(&segment));
                self.shared.add_segment(segment);
            }
        }
        Ok(place)
    }

    /// Has the next segment made in good time: once a quarter of the last one is used.
    pub fn prepare_next(&self) {
        let Location { segment, at } = self.mark.end;
        let last = self.segments.len() as u64 - 1;
        if segment == last && at > self.segments[segment as usize].length / 4 {
            self.preparer.want(segment + 1);
        }
    }
}
