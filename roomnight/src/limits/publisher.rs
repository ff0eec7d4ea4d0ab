//! The thread by which limits come to be applied: it looks at what is stored, and appends what is
//! recommended and not applied.
//!
//! Everything that it goes by stands in one snapshot: what the view told, what the ledger applies
//! and which policy is in force, all at the position that its records name. Of a property it speaks
//! again only once a snapshot shows what became of its last words, and never more often than at its
//! interval. What it appends comes round as a change of what is applied, which the view does not
//! hear: only bookings, supply, policies and days make it speak again.
//!
//! It speaks of properties that had a policy on overbooking in force. Where that is taken back, so
//! are its limits; where it is not enabled, nothing is sold beyond the rooms there are.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use dataflows::views::days::Day;
use dataflows::views::limit::{LimitKey, LimitRow};
use dataflows::{Changes, ViewKey};
use events::{
    ApplyLimits, Command, CommandId, Decision, Night, PolicyKind, PropertyId, Reason, Rejection,
    Slot,
};
use ingest::AppendError;
use ledger::RowChange;
use ledger::rows::{InventoryRow, LimitsRow, Row};
use models::overbooking::BoundBy;
use serving::{App, DiskState};
use storage::Snapshot;

use super::{Recommended, records};
use crate::background::{Background, Stopping};
use crate::hand::{Hand, Words};

#[cfg(test)]
mod tests;

/// How many properties are looked at in one snapshot, which keeps files from being deleted.
const PROPERTIES_PER_ROUND_MAX: usize = 4_096;

/// After how many records a round is over, so that those who book are not in their wake.
const RECORDS_PER_ROUND_MAX: usize = 1_024;

/// After how long a record of which nothing was heard is taken to be lost.
const LOST_AFTER: Duration = Duration::from_secs(30);

/// The properties of which there may be something to say; told by whoever stores.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    noted: Mutex<Noted>,
    rounds_count: AtomicU64,
}

#[derive(Debug, Default)]
struct Noted {
    /// Those that have or had a policy on overbooking in force.
    governed: BTreeSet<PropertyId>,
    /// Those of which something was stored since they were looked at.
    touched: BTreeSet<PropertyId>,
}

impl Touched {
    /// Takes note of a row that was stored before this process began: whatever is governed is
    /// looked at once.
    pub(crate) fn note_stored(&self, row: &Row) {
        if let Some(property) = governed(row) {
            let mut noted = self.noted();
            noted.governed.insert(property.clone());
            noted.touched.insert(property.clone());
        }
    }

    /// Takes note of what was just stored; after the write, so that a snapshot taken later has it.
    pub(crate) fn note(&self, changes: &Changes) {
        let rows = || {
            changes.ledger.iter().filter_map(|change| match change {
                RowChange::Put(row) => Some(row),
                RowChange::Delete(_) => None,
            })
        };
        let mut noted = self.noted();
        noted.governed.extend(rows().filter_map(governed).cloned());
        if noted.governed.is_empty() {
            return;
        }
        let of_view = changes.views.iter().filter_map(|(key, _)| match key {
            ViewKey::Limit(key) => Some(&key.property),
            _ => None,
        });
        for property in of_view.chain(rows().filter_map(concerned)) {
            if noted.governed.contains(property) && !noted.touched.contains(property) {
                noted.touched.insert(property.clone());
            }
        }
    }

    /// How many rounds there were; for whoever waits for one.
    #[cfg(test)]
    pub(crate) fn rounds_count(&self) -> u64 {
        self.rounds_count.load(Ordering::Acquire)
    }

    fn take(&self) -> BTreeSet<PropertyId> {
        std::mem::take(&mut self.noted().touched)
    }

    /// A panic while noting leaves at most a property out, which comes with its next change.
    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The property of which a policy on overbooking is or was in force, if the row says so.
fn governed(row: &Row) -> Option<&PropertyId> {
    match row {
        Row::ActivePolicy(row) if row.kind == PolicyKind::Overbooking => Some(&row.property),
        _ => None,
    }
}

/// The property of which a row of the ledger changes what may have to be said.
fn concerned(row: &Row) -> Option<&PropertyId> {
    match row {
        Row::Limits(row) => Some(&row.property),
        Row::Inventory(row) => Some(&row.property),
        row => governed(row),
    }
}

/// What the thread needs.
pub(crate) struct Publisher {
    pub(crate) hand: Hand,
    pub(crate) app: Arc<App>,
    pub(crate) touched: Arc<Touched>,
    /// The least time between two rounds.
    pub(crate) every: Duration,
}

impl Publisher {
    /// Starts to publish.
    pub(crate) fn start(self) -> std::io::Result<Background> {
        Background::start("limits", |stopping| self.run(stopping))
    }

    fn run(self, stopping: &Stopping) {
        let mut cases = Cases::default();
        while stopping.rest(self.every) {
            match self.round(&mut cases) {
                // Whatever was not said is looked at again.
                Ok(()) | Err(Trouble::Log(AppendError::Full { .. })) => {}
                Err(Trouble::Log(AppendError::Closed)) => return,
                Err(trouble) => tracing::warn!(%trouble, "limits are published later"),
            }
            self.touched.rounds_count.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// Looks at the properties of which something was noted, and says what is to be said of them.
    fn round(&self, cases: &mut Cases) -> Result<(), Trouble> {
        for property in self.touched.take() {
            cases.open.entry(property).or_default().is_noted = true;
        }
        // Before that, what an earlier process has appended may not show. And while the disk is not
        // well nothing new is sold, and what is left of it is for others.
        let is_time = self.app.knows_the_past() && self.app.readiness.disk() == DiskState::Well;
        if cases.open.is_empty() || !is_time {
            return Ok(());
        }
        let snapshot = self.app.store.snapshot()?;
        let mut records_count = 0;
        for property in cases.due() {
            if records_count >= RECORDS_PER_ROUND_MAX {
                break;
            }
            // Whoever is in trouble is not in the way of those behind.
            cases.last = Some(property.clone());
            let Some(case) = cases.open.get_mut(&property) else { continue };
            case.hear(&snapshot)?;
            if case.is_noted && case.said.is_none() {
                records_count += self.attend(case, &snapshot, &property)?;
            }
            if case.is_closed() {
                cases.open.remove(&property);
            }
        }
        Ok(())
    }

    /// Says what is to be said of a property; how many records that are.
    fn attend(
        &self,
        case: &mut Case,
        snapshot: &Snapshot<'_>,
        property: &PropertyId,
    ) -> Result<usize, Trouble> {
        let mut records_count = 0;
        let today = first_open_night(snapshot)?;
        for (recommended, applied) in look(snapshot, property, self.app.log.partitions())? {
            for (id, command) in records(&recommended, applied.as_ref(), today) {
                tracing::debug!(%property, room_type = %command.room_type, "limits are published");
                self.append(id, command)?;
                case.said.get_or_insert_with(Said::now).ids.push(id);
                records_count += 1;
            }
        }
        case.is_noted = false;
        Ok(records_count)
    }

    fn partition_of(&self, command: &ApplyLimits) -> u16 {
        Slot::of(&command.property).partition(self.app.log.partitions())
    }

    fn append(&self, id: CommandId, command: ApplyLimits) -> Result<(), AppendError> {
        self.hand.append(Words {
            id,
            sequence: self.hand.next_sequence(),
            // Until then its decision is remembered, so that it may not be for ever.
            not_after: self.app.waiters.not_after(self.partition_of(&command)),
            stamp: self.app.clock.now(),
            command: Command::ApplyLimits(command),
        })
    }
}

/// What may still have to be said, property by property.
#[derive(Debug, Default)]
struct Cases {
    open: BTreeMap<PropertyId, Case>,
    /// With whom the round before ended: the next begins behind it, so that nobody is left out.
    last: Option<PropertyId>,
}

impl Cases {
    fn due(&self) -> Vec<PropertyId> {
        let after = self.last.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
        let behind = self.open.range::<PropertyId, _>((after, Bound::Unbounded));
        // Where nobody was last, everybody is behind.
        let before = self.last.as_ref().map(|last| self.open.range::<PropertyId, _>(..=last));
        let due = behind.chain(before.into_iter().flatten());
        due.map(|(property, _)| property.clone()).take(PROPERTIES_PER_ROUND_MAX).collect()
    }
}

/// How it stands with one property.
#[derive(Debug, Default)]
struct Case {
    /// Something was stored since it was looked at.
    is_noted: bool,
    /// What was said and is not known to be decided.
    said: Option<Said>,
}

#[derive(Debug)]
struct Said {
    ids: Vec<CommandId>,
    at: Instant,
}

impl Said {
    fn now() -> Self {
        Self { ids: Vec::new(), at: Instant::now() }
    }
}

impl Case {
    /// Hears what became of what was said; what is lost is looked at anew.
    fn hear(&mut self, snapshot: &Snapshot<'_>) -> Result<(), Trouble> {
        let Some(said) = &mut self.said else { return Ok(()) };
        while let Some(id) = said.ids.last() {
            let Some(row) = snapshot.decision(*id)? else {
                if said.at.elapsed() >= LOST_AFTER {
                    (self.is_noted, self.said) = (true, None);
                }
                return Ok(());
            };
            // What came too late is said again, from a later position and so under another id.
            let is_stale = |rejection: &Rejection| rejection.reason == Reason::Stale;
            self.is_noted |= matches!(&row.decision, Decision::Rejected(of) if is_stale(of));
            said.ids.pop();
        }
        self.said = None;
        Ok(())
    }

    fn is_closed(&self) -> bool {
        !self.is_noted && self.said.is_none()
    }
}

/// Why a round ended early.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    /// The state.
    #[error("what is stored cannot be read: {0}")]
    Storage(#[from] storage::Error),
    /// The log.
    #[error(transparent)]
    Log(#[from] AppendError),
}

/// The first night that may not be over yet somewhere.
fn first_open_night(snapshot: &Snapshot<'_>) -> Result<Night, storage::Error> {
    let now = snapshot.view_clock()?.unwrap_or_default();
    Ok(Night::from_number(Day::at(now).first_open_night()).unwrap_or(Night::MIN))
}

/// What is recommended of each room type of a property, with what is applied.
fn look(
    snapshot: &Snapshot<'_>,
    property: &PropertyId,
    partitions: u16,
) -> Result<Vec<(Recommended, Option<LimitsRow>)>, storage::Error> {
    let active = snapshot.active_policy(property, PolicyKind::Overbooking)?;
    let policy = active.and_then(|row| row.promoted.last().cloned());
    let computed_at = snapshot.position().next_offset(Slot::of(property).partition(partitions));
    let mut told: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (key, row) in snapshot.limit_rows(property)? {
        told.entry(key.room_type.clone()).or_default().push((key, row));
    }
    let mut all_applied = BTreeMap::new();
    for row in snapshot.limits(property)? {
        told.entry(row.room_type.clone()).or_default();
        all_applied.insert(row.room_type.clone(), row);
    }
    let mut all = Vec::new();
    for (room_type, rows) in told {
        let inventory = match rows.iter().any(|(_, row)| row.bound_by == BoundBy::Disabled) {
            true => snapshot.inventory(property, &room_type)?,
            false => None,
        };
        let nights = rows.iter().filter_map(|row| allowance(row, inventory.as_ref())).collect();
        let applied = all_applied.remove(&room_type);
        let (property, policy) = (property.clone(), policy.clone());
        all.push((Recommended { property, room_type, nights, computed_at, policy }, applied));
    }
    Ok(all)
}

/// What is recommended of a night. A policy that is not enabled speaks only where the hotel itself
/// allows something.
fn allowance(
    (key, row): &(LimitKey, LimitRow),
    inventory: Option<&InventoryRow>,
) -> Option<(Night, u16)> {
    if row.bound_by == BoundBy::Disabled {
        let mut ranges = inventory?.ranges.iter();
        let range = ranges.find(|range| range.nights.contains(key.night))?;
        if range.supply.allowance == 0 {
            return None;
        }
    }
    Some((key.night, u16::try_from(row.allowance).unwrap_or(u16::MAX)))
}
