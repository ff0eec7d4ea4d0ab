//! The comparison: what the log leads to, against what is stored.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use dataflows::{AvailabilityKey, AvailabilityRow};
use events::{Decision, Reason};
use ledger::rows::{DecisionRow, Row, RowKey};

use super::Partition;
use super::report::{Check, Findings, Place, Shown};
use super::stored::{StoredState, slot_of};

/// The audited partitions beside the stored state, and what has been found so far.
pub(super) struct Comparison<'a> {
    pub(super) partitions: &'a BTreeMap<u16, Partition>,
    pub(super) stored: &'a StoredState,
    pub(super) findings: &'a mut Findings,
}

impl Comparison<'_> {
    /// Compares everything that is stored; nothing more when it is the state of another log.
    pub(super) fn run(mut self) {
        if self.position() && self.chains() {
            self.heads();
            self.rows();
            self.availability();
        }
    }

    /// Whether the records read so far are those that the state reflects.
    fn position(&mut self) -> bool {
        let read = self.partitions.iter().map(|(partition, read)| (*partition, read.next_offset));
        let read: HashMap<u16, u64> = read.collect();
        let stored = self.stored.position.iter().map(|(partition, _)| partition);
        let partitions: BTreeSet<u16> = stored.chain(read.keys().copied()).collect();
        let mut fits = true;
        for partition in partitions {
            let read = read.get(&partition).copied().unwrap_or(0);
            let stored = self.stored.position.next_offset(partition);
            self.findings.count(Check::Position, 1);
            if read != stored {
                fits = false;
                let place = Place { partition, offset: read.min(stored) };
                let subject = format_args!("the position of partition {partition}");
                let expected = format!("{read}, the end of the records read");
                self.findings.violated(Check::Position, place, subject, expected, stored);
            }
        }
        fits
    }

    /// Whether the records read so far are, byte for byte, those that the state reflects.
    fn chains(&mut self) -> bool {
        let mut fits = true;
        for (number, partition) in self.partitions {
            let place = partition.last_place(*number);
            let stored = find(&self.stored.chains, *number);
            let about = format!("the chain hash kept with the state of partition {number}");
            self.findings.equal(Check::StoredChain, place, about, &partition.chain, &stored);
            fits &= partition.chain == stored;
        }
        fits
    }

    /// Digests and clocks: one of each for a partition that has records.
    fn heads(&mut self) {
        let stored = self.stored;
        for (number, partition) in self.partitions {
            let place = partition.last_place(*number);
            let (expected, digest) = (&partition.digest, find(&stored.digests, *number));
            self.findings.count(Check::Digest, partition.decisions_count);
            if *expected != digest {
                let about = format!("the digest of partition {number}");
                let (expected, found) = (hex(expected), hex(&digest));
                self.findings.violated(Check::Digest, place, about, expected, found);
            }
            let clock = find(&stored.clocks, *number);
            let about = format!("the clock of partition {number}");
            self.findings.equal(
                Check::Clock,
                place,
                about,
                &partition.model.clock.row(*number),
                &clock,
            );
        }
    }

    /// Each row that the log leads to is stored, and nothing else is.
    fn rows(&mut self) {
        let mut stored: HashMap<RowKey, &Row> = HashMap::with_capacity(self.stored.rows.len());
        for row in &self.stored.rows {
            if stored.insert(row.key(), row).is_some() {
                let place = self.end_of(row);
                let key = row.key();
                let expected = "one row";
                self.findings.violated(check_of(row), place, Shown(&key), expected, "two");
            }
        }
        for (number, partition) in self.partitions {
            partition.model.for_each_row(&mut |offset, expected| {
                let place = Place { partition: *number, offset };
                let found = stored.remove(&expected.key());
                self.row(place, partition, &expected, found);
            });
        }
        for (key, row) in stored.into_iter().filter(|(_, row)| !is_void(row)) {
            let place = self.touched(row).unwrap_or(self.end_of(row));
            self.findings.violated(check_of(row), place, Shown(&key), "nothing", Shown(row));
        }
    }

    fn row(&mut self, place: Place, partition: &Partition, expected: &Row, found: Option<&Row>) {
        self.findings.count(check_of(expected), things_in(expected));
        if found == Some(expected) || found.is_none() && is_void(expected) {
            return;
        }
        let key = expected.key();
        let check = match (expected, found) {
            (Row::Decision(expected), Some(Row::Decision(found))) => {
                answer_check(partition.model.appearances(expected), expected, found)
            }
            _ => check_of(expected),
        };
        match found {
            Some(found) => {
                self.findings.violated(check, place, Shown(&key), Shown(expected), Shown(found));
            }
            None => {
                self.findings.violated(check, place, Shown(&key), Shown(expected), "nothing");
            }
        }
    }

    /// Each row of the view adds up, and is what listing the claims on its night gives.
    fn availability(&mut self) {
        let mut stored: HashMap<&AvailabilityKey, AvailabilityRow> = HashMap::new();
        for (key, row) in &self.stored.availability {
            let place = self.touched_night(key);
            self.findings.count(Check::ViewAddsUp, 1);
            let claimed = [row.held, row.sold, row.allotted, row.blocked].map(i64::from);
            let sum = i64::from(row.left) + claimed.iter().sum::<i64>();
            if i64::from(row.rooms) != sum || claimed.iter().any(|count| *count < 0) {
                let expected =
                    format!("left + held + sold + allotted + blocked = {} rooms", row.rooms);
                self.findings.violated(Check::ViewAddsUp, place, Shown(key), expected, Shown(row));
            }
            if stored.insert(key, *row).is_some() {
                self.findings.violated(Check::View, place, Shown(key), "one row", "two");
            }
        }
        for (number, partition) in self.partitions {
            partition.model.for_each_view_row(&mut |offset, key, expected| {
                let place = Place { partition: *number, offset };
                let found = stored.remove(&key);
                self.findings.equal(Check::View, place, Shown(&key), &Some(expected), &found);
            });
        }
        for (key, row) in stored {
            let place = self.touched_night(key);
            self.findings.violated(Check::View, place, Shown(key), "no row", Shown(&row));
        }
    }

    /// The last record that touched what a row of the state speaks of, where the log knows it.
    fn touched(&self, row: &Row) -> Option<Place> {
        let partition = slot_of(row)?.partition(self.stored.partitions.max(1));
        let model = &self.partitions.get(&partition)?.model;
        Some(Place { partition, offset: model.touched(row)? })
    }

    fn touched_night(&self, key: &AvailabilityKey) -> Place {
        let partition = events::Slot::of(&key.property).partition(self.stored.partitions.max(1));
        let Some(read) = self.partitions.get(&partition) else { return Place::default() };
        let offset = read.model.night_touched(&key.property, &key.room_type, key.night);
        offset.map_or(read.last_place(partition), |offset| Place { partition, offset })
    }

    /// The last record of the partition that a row belongs to.
    fn end_of(&self, row: &Row) -> Place {
        let slot = slot_of(row).map(|slot| slot.partition(self.stored.partitions.max(1)));
        let partition = slot.unwrap_or(0);
        let read = self.partitions.get(&partition);
        read.map_or(Place { partition, offset: 0 }, |read| read.last_place(partition))
    }
}

/// The check that a stored answer fails when it is not the model's.
fn answer_check(appearances: u32, expected: &DecisionRow, found: &DecisionRow) -> Check {
    if appearances > 1 {
        return Check::DecidedOnce;
    }
    match (&expected.decision, &found.decision) {
        (expected, found) if sold_out(expected) && admitted(found) => Check::NoOversell,
        (expected, found) if admitted(expected) && sold_out(found) => Check::NoUndersell,
        (Decision::Rejected(expected), Decision::Rejected(found))
            if expected.reason == found.reason
                && found.nights.iter().any(|night| !expected.nights.contains(night)) =>
        {
            Check::NoUndersell
        }
        _ => Check::Answers,
    }
}

fn admitted(decision: &Decision) -> bool {
    matches!(decision, Decision::Held { .. } | Decision::Confirmed { .. })
}

/// Whether a decision says that there is no room.
pub(super) fn sold_out(decision: &Decision) -> bool {
    let reasons = [Reason::NoRoom, Reason::BlockShort, Reason::ConfirmTooLate];
    matches!(decision, Decision::Rejected(rejection) if reasons.contains(&rejection.reason))
}

fn check_of(row: &Row) -> Check {
    match row {
        Row::Link(_)
        | Row::Policy(_)
        | Row::ActivePolicy(_)
        | Row::Block(_)
        | Row::BusinessDate(_)
        | Row::Property(_)
        | Row::RoomType(_)
        | Row::RatePlan(_)
        | Row::Restrictions(_)
        | Row::HoldCaps(_) => Check::Catalogue,
        Row::Inventory(_) | Row::Limits(_) => Check::Supply,
        Row::InventoryNight(_) | Row::Oversold(_) | Row::Above(_) => Check::Nights,
        Row::Hold(_) => Check::Holds,
        Row::Booking(_) => Check::Bookings,
        Row::Decision(_) => Check::Answers,
        Row::Tombstone(_) | Row::Slot(_) => Check::Slots,
        Row::Clock(_) => Check::Clock,
    }
}

/// A row that says as much as its absence.
fn is_void(row: &Row) -> bool {
    match row {
        Row::Inventory(row) => row.ranges.is_empty(),
        Row::Slot(row) => row.bookings_count == 0,
        Row::Property(_)
        | Row::RoomType(_)
        | Row::RatePlan(_)
        | Row::Restrictions(_)
        | Row::HoldCaps(_)
        | Row::InventoryNight(_)
        | Row::Link(_)
        | Row::Policy(_)
        | Row::ActivePolicy(_)
        | Row::Limits(_)
        | Row::Above(_)
        | Row::Block(_)
        | Row::BusinessDate(_)
        | Row::Oversold(_)
        | Row::Hold(_)
        | Row::Booking(_)
        | Row::Decision(_)
        | Row::Tombstone(_)
        | Row::Clock(_) => false,
    }
}

/// How many things of its kind a row speaks of: nights for a supply, otherwise one.
fn things_in(row: &Row) -> u64 {
    let Row::Inventory(row) = row else { return 1 };
    let nights = row.ranges.iter().map(|range| range.nights.nights_count());
    nights.map(|count| u64::try_from(count).unwrap_or(0)).sum()
}

fn find<T: Clone + Default>(of: &[(u16, T)], partition: u16) -> T {
    let found = of.iter().find(|(number, _)| *number == partition);
    found.map(|(_, value)| value.clone()).unwrap_or_default()
}

fn hex(bytes: &[u8; 32]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
