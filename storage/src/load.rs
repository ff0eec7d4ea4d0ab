//! Loading: every row, once, as the first input of a restart.

use std::panic::resume_unwind;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use dataflows::{AvailabilityKey, AvailabilityRow, ViewKey, ViewRow};
use events::{Link, Position, Slot};
use ledger::rows::InventoryNightRow;
use ledger::{Digest, Row};

use crate::kinds::Kind;
use crate::table::decode;
use crate::tables::{InventoryNight, MetaRow, Stored, decode_any};
use crate::{Error, Snapshot, Store};

/// All that a restart needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// What the rows reflect; the next record to read.
    pub position: Position,
    /// The last step of the log's chain so far, for each partition that does not stand at 0.
    pub chains: Vec<(u16, Link)>,
    /// The hash over the decisions so far, for each partition that does not stand at 0.
    pub digests: Vec<(u16, Digest)>,
    /// How many partitions the log has.
    pub partitions: u16,
    /// The ledger's rows of each partition, in the order of their keys: the clock, then the
    /// slots, the properties and what they sell, then holds, bookings and answers.
    pub rows: Vec<Vec<Row>>,
    /// The rows of the view `availability`, in the order of their keys.
    pub availability: Vec<(AvailabilityKey, AvailabilityRow)>,
    /// The rows of the keepers, in the order of their keys on disk.
    pub views: Vec<(ViewKey, ViewRow)>,
}

/// The rows of some of the tables.
pub(crate) struct Part {
    rows: Vec<Vec<Row>>,
    availability: Vec<(AvailabilityKey, AvailabilityRow)>,
    views: Vec<(ViewKey, ViewRow)>,
}

impl Store {
    /// Reads the whole state in one scan, checking each row. Nothing but the result grows with it.
    ///
    /// Two threads share the scan: what is kept for later answers is about as much as the rest.
    pub fn load(&self) -> Result<Loaded, Error> {
        let snapshot = self.snapshot()?;
        let meta = snapshot.meta().ok_or_else(never_met)?;
        let middle = [Kind::Decision.byte()];
        let (first, second) = thread::scope(|scope| {
            let second = scope.spawn(|| part(&snapshot, meta, &middle, None));
            let first = part(&snapshot, meta, &[], Some(&middle));
            (first, second.join().unwrap_or_else(|panic| resume_unwind(panic)))
        });
        let (Part { mut rows, mut availability, mut views }, mut second) = (first?, second?);
        for (rows, more) in rows.iter_mut().zip(&mut second.rows) {
            rows.append(more);
        }
        availability.append(&mut second.availability);
        views.append(&mut second.views);
        Ok(finish(meta, Part { rows, availability, views }))
    }

    /// How many partitions the log has that it belongs to; nothing before it has met one.
    pub fn log_partitions(&self) -> Option<u16> {
        self.standing().meta.as_ref().map(|meta| meta.partitions)
    }

    /// Reads all that deciding needs, checking each row, and hands over every row of the ledger
    /// while others are still being read; what comes back has no rows.
    ///
    /// Rows are handed over some at a time, with the number of the part that they belong to: the
    /// partitions are cut into `parts_per_partition` parts by the slots of their rows, part `n`
    /// being one of partition `n % partitions`. Two threads hand over at once. The nights of one
    /// room type come mostly together; beyond that there is no order.
    pub fn load_ledger(
        &self,
        parts_per_partition: u16,
        take: impl Fn(u16, &mut dyn Iterator<Item = Row>) + Sync,
    ) -> Result<Loaded, Error> {
        let snapshot = self.snapshot()?;
        let meta = snapshot.meta().ok_or_else(never_met)?;
        let ranges = Mutex::new(LEDGER_RANGES.iter());
        let parts_count = meta.partitions * parts_per_partition;
        let read = || read_ranges(&snapshot, meta, &ranges, &mut Pages::new(parts_count, &take));
        thread::scope(|scope| {
            let other = scope.spawn(read);
            read().and(other.join().unwrap_or_else(|panic| resume_unwind(panic)))
        })?;
        Ok(finish(meta, Part::new(0)))
    }

    /// Begins with what a state waits with until everything is loaded.
    pub(crate) fn begin_to_compact(&self) -> Result<(), Error> {
        if !self.options.waits_with_compaction {
            return Ok(());
        }
        let begin = [("disable_auto_compactions", "false")];
        self.db.set_options(&begin).map_err(|error| self.failed("setting up", error))
    }
}

/// How many rows of one part a reader decodes before it hands them over. They are large, so that
/// they are kept in place: fresh memory for each page would cost more than decoding what is in it.
const PAGE_ROWS: usize = 64;

/// The rows of the ledger cut into ranges, each with the first key that is beyond it; what is most
/// comes first, so that both readers end at about the same time. A booking's id begins with its
/// slot, a decision's is a hash.
const LEDGER_RANGES: &[(&[u8], &[u8])] = &[
    (&[Kind::InventoryNight.byte()], &[Kind::Hold.byte()]),
    (&[Kind::Decision.byte()], &[Kind::Decision.byte(), 0x80]),
    (&[Kind::Decision.byte(), 0x80], &[Kind::Tombstone.byte()]),
    (&[Kind::Booking.byte()], &[Kind::Booking.byte(), 0x80]),
    (&[Kind::Booking.byte(), 0x80], &[Kind::Decision.byte()]),
    (&[Kind::Hold.byte()], &[Kind::Hold.byte(), 0x80]),
    (&[Kind::Hold.byte(), 0x80], &[Kind::Booking.byte()]),
    (&[], &[Kind::InventoryNight.byte()]),
    (&[Kind::Tombstone.byte()], &[Kind::Availability.byte()]),
];

/// Reads one range after the other until there is none.
fn read_ranges<T: Fn(u16, &mut dyn Iterator<Item = Row>)>(
    snapshot: &Snapshot<'_>,
    meta: &MetaRow,
    ranges: &Mutex<std::slice::Iter<'_, (&[u8], &[u8])>>,
    pages: &mut Pages<'_, T>,
) -> Result<(), Error> {
    let next = || lock(ranges).next();
    while let Some((from, to)) = next() {
        snapshot.scan(from, Some(to), |key, value| {
            if key.first() == Some(&Kind::InventoryNight.byte()) {
                pages.push_night(decode::<InventoryNight>(key, value)?);
            } else if let Stored::Ledger(_, row) = decode_any(meta.partitions, key, value)? {
                pages.push(row);
            }
            Ok(())
        })?;
    }
    pages.hand_over_all();
    Ok(())
}

/// Rows of each part that one reader has decoded and not handed over yet.
struct Pages<'t, T> {
    parts: Vec<Page>,
    take: &'t T,
}

struct Page {
    /// Half of all rows and by far the smallest: they are not moved about as the largest are.
    nights: Vec<InventoryNightRow>,
    rows: Vec<Row>,
}

impl<'t, T: Fn(u16, &mut dyn Iterator<Item = Row>)> Pages<'t, T> {
    fn new(parts_count: u16, take: &'t T) -> Self {
        let page =
            || Page { nights: Vec::with_capacity(PAGE_ROWS), rows: Vec::with_capacity(PAGE_ROWS) };
        Self { parts: (0..parts_count).map(|_| page()).collect(), take }
    }

    fn push_night(&mut self, night: InventoryNightRow) {
        let part = Slot::of(&night.property).partition(self.parts_count());
        let page = &mut self.parts[usize::from(part)];
        page.nights.push(night);
        if page.nights.len() == PAGE_ROWS {
            self.hand_over(part);
        }
    }

    fn push(&mut self, row: Row) {
        let part = row.partition(self.parts_count());
        let page = &mut self.parts[usize::from(part)];
        page.rows.push(row);
        if page.rows.len() == PAGE_ROWS {
            self.hand_over(part);
        }
    }

    fn hand_over_all(&mut self) {
        (0..self.parts_count()).for_each(|part| self.hand_over(part));
    }

    fn hand_over(&mut self, part: u16) {
        let Page { nights, rows } = &mut self.parts[usize::from(part)];
        if !nights.is_empty() || !rows.is_empty() {
            let nights = nights.drain(..).map(Row::InventoryNight);
            (self.take)(part, &mut nights.chain(rows.drain(..)));
        }
    }

    fn parts_count(&self) -> u16 {
        self.parts.len() as u16
    }
}

/// What another thread left half done by a panic ends with that panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn never_met() -> Error {
    Error::Invalid {
        what: "a state that has never met its log was asked for its rows".to_owned(),
        remedy: "call `check_against` first",
    }
}

/// The rows of all tables, and what they reflect.
pub(crate) fn finish(meta: &MetaRow, Part { rows, availability, views }: Part) -> Loaded {
    let reaches = || meta.reaches.iter();
    Loaded {
        position: meta.position(),
        chains: reaches().map(|(partition, reach)| (*partition, reach.chain)).collect(),
        digests: reaches().map(|(partition, reach)| (*partition, reach.digest)).collect(),
        partitions: meta.partitions,
        rows,
        availability,
        views,
    }
}

fn part(
    snapshot: &Snapshot<'_>,
    meta: &MetaRow,
    from: &[u8],
    to: Option<&[u8]>,
) -> Result<Part, Error> {
    let mut part = Part::new(meta.partitions);
    snapshot.scan(from, to, |key, value| part.take(meta, key, value))?;
    Ok(part)
}

impl Part {
    fn new(partitions: u16) -> Self {
        let rows = vec![Vec::new(); partitions.into()];
        Self { rows, availability: Vec::new(), views: Vec::new() }
    }

    fn take(&mut self, meta: &MetaRow, key: &[u8], value: &[u8]) -> Result<(), Error> {
        match decode_any(meta.partitions, key, value)? {
            Stored::Aside => {}
            Stored::Availability(row) => self.availability.push(row),
            Stored::View(row) => self.views.push(row),
            Stored::Ledger(partition, row) => {
                if let Some(rows) = self.rows.get_mut(usize::from(partition)) {
                    rows.push(row);
                }
            }
        }
        Ok(())
    }
}

/// Reads rows as they stand on disk.
pub(crate) fn collect<'r>(
    meta: &MetaRow,
    rows: impl Iterator<Item = (&'r [u8], &'r [u8])>,
) -> Result<Part, Error> {
    let mut part = Part::new(meta.partitions);
    for (key, value) in rows {
        part.take(meta, key, value)?;
    }
    Ok(part)
}
