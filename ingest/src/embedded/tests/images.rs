//! Images of a log's directory, as a kill or a copy would leave it, and what stands in them.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use events::Position;
use tempfile::TempDir;

use super::{options, temporary};
use crate::contract::read;
use crate::embedded::group::Group;
use crate::embedded::layout::{GROUP_HEADER_BYTES, GroupHeader, Location, SegmentHeader};
use crate::embedded::{EmbeddedLog, EmbeddedOptions};
use crate::{Log, Record, Topic};

/// The files of a directory.
pub type Image = BTreeMap<String, Vec<u8>>;

/// Takes the files as they are now, which is what a kill would leave.
pub fn take(dir: &Path) -> Image {
    let mut image = Image::new();
    for entry in std::fs::read_dir(dir).expect("it is there") {
        let entry = entry.expect("it can be listed");
        let name = entry.file_name().into_string().expect("our names are text");
        image.insert(name, std::fs::read(entry.path()).expect("readable"));
    }
    image
}

/// Puts the files of an image into a new directory.
pub fn put(image: &Image) -> TempDir {
    let dir = temporary();
    for (name, bytes) in image {
        std::fs::write(dir.path().join(name), bytes).expect("it can be written");
    }
    dir
}

/// Where a group stands in an image.
#[derive(Debug, Clone)]
pub struct Extent {
    pub file: String,
    pub bytes: Range<usize>,
    pub records: usize,
}

/// Where the groups of an undamaged image stand, in order.
pub fn groups(image: &Image) -> Vec<Extent> {
    let mut extents = Vec::new();
    for (file, bytes) in image.iter().filter(|(name, _)| name.ends_with(".log")) {
        let bytes = Bytes::copy_from_slice(bytes);
        let seed = SegmentHeader::decode(&bytes).expect("it is whole").id.seed();
        let mut start = Location::start_of(0);
        while let Some(header) = GroupHeader::decode(&bytes[start.at as usize..], seed) {
            let slice = bytes.slice(start.at as usize..);
            let group = Group::decode(header, &slice, start, u16::MAX, seed).expect("whole");
            assert!(group.length() > GROUP_HEADER_BYTES as u64, "a group without records");
            let range = start.at as usize..group.end().at as usize;
            start = group.end();
            extents.push(Extent { file: file.clone(), bytes: range, records: group.entries.len() });
        }
    }
    extents
}

/// Appends that many records, one group each, to four partitions; gives them back as read.
pub fn fill(log: &dyn Log, records: usize, length: usize) -> Vec<Record> {
    let mut reader =
        log.reader(Topic::Commands, &log.end(Topic::Commands).expect("the end")).expect("the end");
    let mut all = Vec::new();
    for number in 0..records {
        let partition = (number % 4) as u16;
        let mut bytes = format!("record {number} ").into_bytes();
        bytes.resize(length + number % 7, b'.');
        log.append(Topic::Commands, partition, bytes.into()).expect("the log takes it");
        all.extend(read(&mut *reader, 1));
    }
    all
}

/// A log of that many groups: as a kill leaves it with the witness at `witnessed`, and as a
/// proper close leaves it.
pub struct Images {
    pub records: Vec<Record>,
    pub killed: Image,
    pub closed: Image,
    pub witnessed: usize,
}

impl Images {
    pub fn new(witnessed: usize, groups: usize, length: usize) -> Self {
        let dir = temporary();
        // The witness is written when the log is closed and opened, and then not for an hour.
        let late =
            EmbeddedOptions { witness_after: Duration::from_secs(3600), ..options(dir.path(), 4) };
        let open = || EmbeddedLog::open(late.clone()).expect("the log opens");
        let mut records = fill(&open(), witnessed, length);
        let log = open();
        records.extend(fill(&log, groups - witnessed, length));
        let killed = take(dir.path());
        drop(log);
        Self { records, killed, closed: take(dir.path()), witnessed }
    }
}

/// Everything in a log, by the files and not from memory.
pub fn contents(log: &dyn Log) -> Vec<Record> {
    let count =
        log.end(Topic::Commands).expect("the end").iter().map(|(_, next)| next as usize).sum();
    let mut reader = log.reader(Topic::Commands, &Position::default()).expect("readable");
    read(&mut *reader, count)
}
