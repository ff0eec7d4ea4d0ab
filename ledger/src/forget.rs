//! Forgetting: what is remembered for retries alone goes when nobody may retry any more.

use std::collections::BTreeMap;

use events::{CommandId, HoldId, LogTime, Slot};

use crate::journal::Dirty;
use crate::state::State;

/// How long an answer, an ended hold or a withdrawal outlives the last moment at which it may be
/// asked for: a day of log time.
pub const RETENTION_MS: u64 = 24 * 60 * 60 * 1000;

const BUCKET_MS: u64 = 60 * 1000;

/// Something that is remembered until a log time.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Remembrance {
    Decision(Slot, CommandId),
    Hold(HoldId),
    Tombstone(HoldId),
}

/// Remembrances by the minute in which they end.
#[derive(Debug, Default, Clone)]
pub(crate) struct Forgetting(BTreeMap<u64, Vec<Remembrance>>);

impl Forgetting {
    /// Notes that something ends at a log time.
    pub(crate) fn note(&mut self, forget_at: LogTime, remembrance: Remembrance) {
        self.0.entry(forget_at.0 / BUCKET_MS).or_default().push(remembrance);
    }

    /// Takes over what another remembers.
    pub(crate) fn join(&mut self, other: Self) {
        for (minute, remembrances) in other.0 {
            self.0.entry(minute).or_default().extend(remembrances);
        }
    }

    /// Takes the next minute's remembrances, if all of that minute has passed.
    fn pop_due(&mut self, log_time: LogTime) -> Option<Vec<Remembrance>> {
        let entry = self.0.first_entry()?;
        if *entry.key() >= log_time.0 / BUCKET_MS { None } else { Some(entry.remove()) }
    }
}

/// Forgets what nobody may ask for any more at the state's log time.
pub(crate) fn forget_due(state: &mut State) {
    while let Some(due) = state.forgetting.pop_due(state.clock.log_time) {
        for remembrance in due {
            forget(state, remembrance);
        }
    }
}

/// Removal may change the order inside an index map; nothing ever reads that order.
fn forget(state: &mut State, remembrance: Remembrance) {
    match remembrance {
        Remembrance::Decision(slot, id) => {
            state.slot_mut(slot).decisions.swap_remove(&id);
            state.journal.note(Dirty::Decision(slot, id));
        }
        Remembrance::Hold(hold) => {
            let holds = &mut state.slots.get_mut(hold.slot()).holds;
            let until = holds.get(&hold).and_then(|held| held.forget_at);
            if until.is_none_or(|until| until > state.clock.log_time) {
                return;
            }
            holds.swap_remove(&hold);
            state.journal.note(Dirty::Hold(hold));
        }
        Remembrance::Tombstone(hold) => {
            state.slot_mut(hold.slot()).tombstones.remove(&hold);
            state.journal.note(Dirty::Tombstone(hold));
        }
    }
}
