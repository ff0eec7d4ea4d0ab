//! The auditor: re-reads the log, decides every command anew in its own slow way, and compares.
//!
//! It shares no decision code with the ledger. From there it takes only the shapes of the rows,
//! as storage returns them. Where the ledger counts, it lists: every night has the list of those
//! who claim its rooms ([`rooms`]), and each question is answered by adding the list up.
//!
//! - [`Auditor::record`] takes the records of `commands` one after the other, checks their order
//!   and chain, and has the [`model`] decide them.
//! - [`Auditor::compare`] holds a [`StoredState`] against what the log leads to so far.
//! - [`audit`] does both for a data directory: up to the stored position, compare, and on to the
//!   end of the log.

use std::collections::BTreeMap;

use bytes::Bytes;
use dataflows::AvailabilityRow;
use events::{ChainHash, Decision, Night, PropertyId, Reason, RoomTypeId, encode_decision};

use self::compare::Comparison;
use self::model::Model;
use self::report::{Check, Findings, Place};

mod above;
mod amend;
mod blocks;
mod catalogue;
mod clock;
mod compare;
mod directory;
mod expected;
mod external;
mod lines;
mod links;
mod model;
mod policies;
mod report;
mod restrictions;
mod rooms;
mod rules;
mod sale;
mod stored;
#[cfg(test)]
mod tests;

pub use self::directory::{VerifyError, audit, audit_log};
pub use self::report::{Report, Violation};
pub use self::stored::StoredState;

/// Reads a log record by record and knows what must have become of it.
#[derive(Debug, Default)]
pub struct Auditor {
    partitions: BTreeMap<u16, Partition>,
    findings: Findings,
    /// Over how many partitions the slots are dealt; 0 when that is not known.
    partitions_count: u16,
    records_count: u64,
    compared_count: u64,
    dead_letters_count: u64,
}

/// One partition as far as it was read.
#[derive(Debug, Default)]
struct Partition {
    model: Model,
    next_offset: u64,
    chain: ChainHash,
    digest: [u8; 32],
    decisions_count: u64,
}

impl Partition {
    /// The last record that was read.
    fn last_place(&self, partition: u16) -> Place {
        Place { partition, offset: self.next_offset.saturating_sub(1) }
    }
}

impl Auditor {
    /// An auditor that has read nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// An auditor of a log with so many partitions, which then also minds where a command stands.
    pub fn of_partitions(partitions_count: u16) -> Self {
        Self { partitions_count, ..Self::default() }
    }

    /// Reads one record: its place, the chain hash that the log gives for it, and its bytes. Says
    /// what must have become of it; `None` of one that cannot be read.
    pub fn record(
        &mut self,
        partition: u16,
        offset: u64,
        chain: ChainHash,
        bytes: &Bytes,
    ) -> Option<Decision> {
        let place = Place { partition, offset };
        let read = self.partitions.entry(partition).or_default();
        self.records_count += 1;
        if offset != read.next_offset {
            let expected = read.next_offset;
            self.findings.violated(Check::Chain, place, "the offset of a record", expected, offset);
        }
        read.next_offset = offset + 1;
        read.chain = read.chain.then(bytes);
        let about = "the chain hash of a record";
        self.findings.equal(Check::Chain, place, about, &read.chain, &chain);
        let Ok(envelope) = events::decode_envelope(bytes) else {
            self.dead_letters_count += 1;
            return None;
        };
        let slot = envelope.command.slot().filter(|_| self.partitions_count > 0);
        let decision = read.model.decide(place, envelope, &mut self.findings);
        // What was refused as misrouted may stand wherever a stranger has put it.
        let home = slot.filter(|_| decision != Decision::Rejected(Reason::Misrouted.into()));
        if let Some(home) = home.map(|slot| slot.partition(self.partitions_count)) {
            let about = "the partition of a command";
            self.findings.equal(Check::Routed, place, about, &home, &partition);
        }
        read.decisions_count += 1;
        // The same formula as the digest of the ledger, which hashes as the chain does.
        read.digest = ChainHash(read.digest).then(&encode_decision(&decision)).0;
        Some(decision)
    }

    /// What is left of a room type on a night, by listing; `None` while nobody has defined it.
    pub fn left_on(
        &self,
        property: &PropertyId,
        room_type: &RoomTypeId,
        night: Night,
    ) -> Option<AvailabilityRow> {
        self.partitions.values().find_map(|read| read.model.left_on(property, room_type, night))
    }

    /// What does not hold so far, of several the one that stands first on the log.
    pub fn violation(&self) -> Option<&Violation> {
        self.findings.violation()
    }

    /// Holds a stored state against the records read so far.
    pub fn compare(&mut self, stored: &StoredState) {
        self.compared_count = self.records_count;
        let findings = &mut self.findings;
        Comparison { partitions: &self.partitions, stored, findings }.run();
    }

    /// Holds the number of partitions that the state was made with against the log's.
    fn same_partitions(&mut self, log: u16, stored: u16) {
        if log != stored {
            let about = "the number of partitions of the state";
            self.findings.violated(Check::Position, Place::default(), about, log, stored);
        }
    }

    /// What was checked and what was found.
    pub fn into_report(self) -> Report {
        let models = || self.partitions.values().map(|partition| &partition.model);
        let noted = vec![
            ("records read", self.records_count),
            ("records beyond the stored position", self.records_count - self.compared_count),
            ("dead letters among them", self.dead_letters_count),
            ("command ids asked again", models().map(Model::repeats_count).sum()),
            (
                "nights with more claims than a lowered supply",
                models().map(Model::nights_above_limit_count).sum(),
            ),
        ];
        self.findings.into_report(noted)
    }
}
