//! The oracle: what the log must have led to, found out by the auditor, which shares no decision
//! code with the ledger; and what was decided, wherever and however often.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use dataflows::{AvailabilityRow, Reply};
use events::{
    ChainHash, CommandId, Decision, HoldId, Night, Position, PropertyId, Reason, RoomTypeId, Slot,
};
use ingest::{Log, LogError, Reader, Record, Topic};
use roomnight::verify::{Auditor, StoredState};
use storage::Loaded;

use crate::violation::{Checked, Violation};

/// How often a log may give nothing before it is said that it has nothing.
const EMPTY_MAX: usize = 10_000;

/// What is known of one partition.
#[derive(Default)]
struct Partition {
    /// The first record that the auditor has not read.
    next_offset: u64,
    /// What was decided, by offset.
    decided: BTreeMap<u64, Decision>,
    /// The highest record that anybody was answered about, and the chain hash after it, which is
    /// asked for when a process ends: a log that only grows has the same as long as it lives.
    acknowledged: Option<(u64, Option<ChainHash>)>,
}

/// Knows what must be.
pub struct Oracle {
    auditor: Auditor,
    partitions: Vec<Partition>,
    /// Which ids were asked before, to name what goes wrong with them.
    asked: HashMap<(Slot, CommandId), u64>,
    /// Before which true time no hold may end: its interval after it was first asked for.
    pub held_until_ms: HashMap<HoldId, u64>,
    /// In which slot an id was decided; the edge promises that there is one.
    homes: HashMap<CommandId, Slot>,
    /// Whether one edge lets everything in, and nothing outlives it that it has not seen.
    pub has_one_edge: bool,
    /// Records that nobody can read.
    pub unreadable: Vec<(u16, u64)>,
    /// Reads the log for the auditor, until a process ends.
    reader: Option<Box<dyn Reader>>,
    /// What it has read and the auditor has not.
    unread: Vec<Record>,
}

impl Oracle {
    /// Nothing read yet.
    pub fn new(partitions: u16) -> Self {
        Self {
            auditor: Auditor::of_partitions(partitions),
            partitions: (0..partitions).map(|_| Partition::default()).collect(),
            asked: HashMap::new(),
            held_until_ms: HashMap::new(),
            homes: HashMap::new(),
            has_one_edge: false,
            unreadable: Vec::new(),
            reader: None,
            unread: Vec::new(),
        }
    }

    /// A process has decided a record, for the first time or again.
    pub fn heard(&mut self, reply: &Reply) -> Checked {
        let partition = &mut self.partitions[usize::from(reply.partition)];
        let decision = &reply.decided.decision;
        let before = partition.decided.entry(reply.offset).or_insert_with(|| decision.clone());
        if before != decision {
            let (at, of) = (reply.offset, reply.partition);
            return Violation::of(
                "determinism",
                format!("record {of}:{at} was decided as {before:?}, and then as {decision:?}"),
            );
        }
        Ok(())
    }

    /// Somebody was answered about a record: it must never go. It must be on the log by then.
    pub fn acknowledged(&mut self, reply: &Reply, log: &dyn Log) -> Checked {
        let failed =
            |error: LogError| Violation { check: "answered_from_durable", what: error.to_string() };
        let end = log.end(Topic::Commands).map_err(failed)?;
        if end.next_offset(reply.partition) <= reply.offset {
            return Violation::of("answered_from_durable", format!("{reply:?} of a log to {end}"));
        }
        let partition = &mut self.partitions[usize::from(reply.partition)];
        if partition.acknowledged.is_none_or(|(offset, _)| offset < reply.offset) {
            partition.acknowledged = Some((reply.offset, None));
        }
        Ok(())
    }

    /// A process ends: what was acknowledged until now is known by its chain hash from here on.
    pub fn process_ends(&mut self, log: &dyn Log) -> Checked {
        self.unread.clear();
        self.reader = None;
        for (number, partition) in (0..).zip(&mut self.partitions) {
            let Some((offset, chain @ None)) = &mut partition.acknowledged else { continue };
            match log.chain_at(Topic::Commands, number, *offset + 1) {
                Ok(found) => *chain = Some(found),
                Err(error) => return Violation::of("answered_from_durable", error.to_string()),
            }
        }
        Ok(())
    }

    /// The highest record of each partition that anybody was answered about, plus one.
    pub fn floor(&self) -> Vec<u64> {
        let next = |part: &Partition| part.acknowledged.map_or(0, |(offset, _)| offset + 1);
        self.partitions.iter().map(next).collect()
    }

    /// Everything that was acknowledged is on the log, byte for byte.
    pub fn durable(&self, log: &dyn Log) -> Checked {
        for (number, partition) in (0..).zip(&self.partitions) {
            let Some((offset, Some(chain))) = partition.acknowledged else { continue };
            match log.chain_at(Topic::Commands, number, offset + 1) {
                Ok(found) if found == chain => {}
                found => {
                    let what = format!("record {number}:{offset} was acknowledged, now {found:?}");
                    return Violation::of("durability", what);
                }
            }
        }
        Ok(())
    }

    /// Whether the auditor has read more than that.
    pub fn is_past(&self, position: &Position) -> bool {
        let parts = (0..).zip(&self.partitions);
        parts.into_iter().any(|(number, part)| part.next_offset > position.next_offset(number))
    }

    /// Reads the log up to a position, and holds what was decided against what the rules say.
    pub fn read_to(&mut self, log: &dyn Log, position: &Position) -> Checked {
        if !position.covers(&self.position()) || self.position().covers(position) {
            return Ok(());
        }
        let failed = |error: LogError| Violation { check: "log_readable", what: error.to_string() };
        let mut reader = match self.reader.take() {
            Some(reader) => reader,
            None => log.reader(Topic::Commands, &self.position()).map_err(failed)?,
        };
        let is_before = |record: &Record| record.offset < position.next_offset(record.partition);
        let mut records = std::mem::take(&mut self.unread);
        let mut empty_count = 0;
        loop {
            for record in records.iter().filter(|record| is_before(record)) {
                self.record(record)?;
            }
            self.unread.extend(records.into_iter().filter(|record| !is_before(record)));
            if self.position().covers(position) {
                break;
            }
            records = reader.next(64, Duration::ZERO).map_err(failed)?;
            empty_count += usize::from(records.is_empty());
            if empty_count > EMPTY_MAX {
                let what = format!("nothing comes after {}, where {position} was", self.position());
                return Violation::of("log_readable", what);
            }
        }
        self.reader = Some(reader);
        self.audited()
    }

    fn record(&mut self, record: &Record) -> Checked {
        let (partition, offset) = (record.partition, record.offset);
        let expected = self.auditor.record(partition, offset, record.chain, &record.bytes);
        let known = &mut self.partitions[usize::from(partition)];
        known.next_offset = offset + 1;
        let found = known.decided.get(&offset).cloned();
        let Some(expected) = expected else {
            self.unreadable.push((partition, offset));
            return match found {
                Some(found) => Violation::of("dead_letters", format!("decided as {found:?}")),
                None => Ok(()),
            };
        };
        let asked = events::decode_envelope(&record.bytes).ok().map(|asked| (asked.slot, asked.id));
        let asked_at = asked.and_then(|asked| self.asked.get(&asked).copied());
        if let Some(asked) = asked.filter(|(_, id)| id.0 != 0) {
            self.asked.entry(asked).or_insert(offset);
            self.home(asked, &expected)?;
        }
        match found {
            Some(found) if found != expected => {
                let check = name_of(&expected, &found, asked_at.is_some());
                let what = format!(
                    "record {partition}:{offset} {asked:?} (asked before at {asked_at:?})\n    \
                     expected {expected:?}\n    found    {found:?}"
                );
                Violation::of(check, what)
            }
            Some(_) | None => Ok(()),
        }
    }

    fn home(&mut self, (slot, id): (Slot, CommandId), decision: &Decision) -> Checked {
        if !self.has_one_edge || *decision == Decision::Rejected(Reason::Misrouted.into()) {
            return Ok(());
        }
        let home = *self.homes.entry(id).or_insert(slot);
        if home != slot {
            let what = format!("{id} was decided in {home:?} and in {slot:?}");
            return Violation::of("one_slot_for_an_id", what);
        }
        Ok(())
    }

    /// What the auditor itself has found.
    fn audited(&self) -> Checked {
        match self.auditor.violation() {
            Some(violation) => Violation::of(violation.check, violation.to_string()),
            None => Ok(()),
        }
    }

    /// Holds what is stored against the log up to the same position; `false` when the auditor has
    /// read on past it.
    pub fn compare(&mut self, log: &dyn Log, loaded: Loaded) -> Checked<bool> {
        if self.is_past(&loaded.position) {
            return Ok(false);
        }
        self.read_to(log, &loaded.position)?;
        self.auditor.compare(&StoredState::from(loaded));
        self.audited()?;
        Ok(true)
    }

    /// What is left of a room type on a night, at the position read to.
    pub fn left_on(
        &self,
        property: &PropertyId,
        room_type: &RoomTypeId,
        night: Night,
    ) -> Option<AvailabilityRow> {
        self.auditor.left_on(property, room_type, night)
    }

    /// How far the auditor has read.
    pub fn position(&self) -> Position {
        (0..).zip(&self.partitions).map(|(number, part)| (number, part.next_offset)).collect()
    }
}

/// Which promise a wrong decision breaks.
fn name_of(expected: &Decision, found: &Decision, asked_before: bool) -> &'static str {
    let is = |decision: &Decision, reasons: &[Reason]| match decision {
        Decision::Rejected(rejection) => reasons.contains(&rejection.reason),
        _ => false,
    };
    let full = &[Reason::NoRoom, Reason::ConfirmTooLate];
    // Of what is defined only a block asks for rooms.
    let sells = |decision: &Decision| {
        matches!(decision, Decision::Held { .. } | Decision::Confirmed { .. } | Decision::Defined)
    };
    match (expected, found) {
        (_, _) if asked_before => "decided_once",
        (Decision::Ticked { expired, .. }, Decision::Ticked { expired: early, .. })
            if early.iter().any(|hold| !expired.contains(hold)) =>
        {
            "holds_never_early"
        }
        (Decision::Ticked { .. }, Decision::Ticked { .. }) => "log_time",
        _ if is(expected, full) && sells(found) => "no_oversell",
        _ if sells(expected) && is(found, full) => "no_undersell",
        _ if is(expected, full) && is(found, full) => "nights_named",
        _ if is(expected, &[Reason::Withdrawn]) || is(found, &[Reason::Withdrawn]) => "withdrawals",
        _ if is(expected, &[Reason::Stale]) || is(found, &[Reason::Stale]) => "stale",
        _ if is(expected, &[Reason::EpochSuperseded]) || is(found, &[Reason::EpochSuperseded]) => {
            "one_owner"
        }
        _ => "strict_serializability",
    }
}
