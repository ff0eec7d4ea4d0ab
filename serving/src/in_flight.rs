//! Which command ids are under way, so that one id is not let into two slots at once.
//!
//! The ledger remembers ids slot by slot. That a key was used before in *another* slot is seen
//! here: in storage once its decision is stored, and in this registry until then.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use events::{CommandId, Position, Slot};
use ingest::planted::{self, Bug};
use rustc_hash::FxHashMap;

const SHARDS: usize = 16;

/// The id is under way in another slot.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ElsewhereInUse;

/// How far a command is that storage may not know yet.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct UnderWay {
    /// A record with its id stands in the log, or is about to, and is not decided.
    pub(crate) is_undecided: bool,
    /// The last decided record with its id is known to storage once that covers this position.
    pub(crate) decided: Option<Position>,
}

/// Every id between its append and the moment when storage knows it.
#[derive(Debug, Default)]
pub(crate) struct InFlight {
    shards: [Mutex<Shard>; SHARDS],
}

#[derive(Debug, Default)]
struct Shard {
    entries: FxHashMap<CommandId, Entry>,
    /// Decided ids in the order in which storage will come to know them.
    decided: VecDeque<(CommandId, u16, u64)>,
}

#[derive(Debug)]
struct Entry {
    slot: Slot,
    undecided_count: u32,
    decided: Option<(u16, u64)>,
}

impl InFlight {
    /// Notes that a command of that id is about to be appended to that slot.
    pub(crate) fn enter(&self, id: CommandId, slot: Slot) -> Result<(), ElsewhereInUse> {
        let mut shard = self.shard(id);
        let fresh = || Entry { slot, undecided_count: 0, decided: None };
        let entry = shard.entries.entry(id).or_insert_with(fresh);
        if entry.slot != slot && !planted::is_on(Bug::IdInTwoSlots) {
            return Err(ElsewhereInUse);
        }
        entry.undecided_count += 1;
        Ok(())
    }

    /// Notes that it was not appended after all.
    pub(crate) fn withdraw(&self, id: CommandId) {
        let mut shard = self.shard(id);
        if let Some(entry) = shard.entries.get_mut(&id) {
            entry.undecided_count = entry.undecided_count.saturating_sub(1);
            if entry.undecided_count == 0 && entry.decided.is_none() {
                shard.entries.remove(&id);
            }
        }
    }

    /// Notes that it was decided.
    pub(crate) fn decided(&self, id: CommandId, partition: u16, offset: u64) {
        let mut shard = self.shard(id);
        if let Some(entry) = shard.entries.get_mut(&id) {
            entry.undecided_count = entry.undecided_count.saturating_sub(1);
            entry.decided = Some((partition, offset));
            shard.decided.push_back((id, partition, offset));
        }
    }

    /// Notes what another process sent and was decided, until storage knows it.
    pub(crate) fn learned(&self, id: CommandId, slot: Slot, (partition, offset): (u16, u64)) {
        let mut shard = self.shard(id);
        let fresh = || Entry { slot, undecided_count: 0, decided: None };
        shard.entries.entry(id).or_insert_with(fresh).decided = Some((partition, offset));
        shard.decided.push_back((id, partition, offset));
    }

    /// Forgets what storage knows by now.
    pub(crate) fn stored(&self, position: &Position) {
        for shard in &self.shards {
            let mut shard = lock(shard);
            while let Some((id, partition, offset)) = shard.decided.front().copied() {
                if position.next_offset(partition) <= offset {
                    break;
                }
                shard.decided.pop_front();
                let over = |entry: &Entry| {
                    entry.undecided_count == 0 && entry.decided == Some((partition, offset))
                };
                if shard.entries.get(&id).is_some_and(over) {
                    shard.entries.remove(&id);
                } else if let Some(entry) = shard.entries.get_mut(&id) {
                    // Asked again meanwhile: the retry, or its withdrawal, ends the entry.
                    entry.decided = entry.decided.filter(|at| *at != (partition, offset));
                }
            }
        }
    }

    /// How far the command of that id is, if it is under way.
    pub(crate) fn find(&self, id: CommandId) -> Option<UnderWay> {
        self.shard(id).entries.get(&id).map(|entry| UnderWay {
            is_undecided: entry.undecided_count > 0,
            decided: entry.decided.map(|(partition, offset)| Position::after(partition, offset)),
        })
    }

    /// How many ids are under way.
    pub(crate) fn count(&self) -> usize {
        self.shards.iter().map(|shard| lock(shard).entries.len()).sum()
    }

    fn shard(&self, id: CommandId) -> MutexGuard<'_, Shard> {
        lock(&self.shards[(id.0 % SHARDS as u128) as usize])
    }
}

/// No panic can leave a map half changed here.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use events::{CommandId, Position, Slot};

    use super::{ElsewhereInUse, InFlight, UnderWay};

    const ID: CommandId = CommandId(5);

    #[test]
    fn an_id_stays_in_its_slot_until_storage_knows_it() {
        let in_flight = InFlight::default();
        let (here, there) = (Slot::from_low_bits(1), Slot::from_low_bits(2));
        assert_eq!(in_flight.enter(ID, here), Ok(()));
        assert_eq!(in_flight.enter(ID, there), Err(ElsewhereInUse));
        let undecided = UnderWay { is_undecided: true, decided: None };
        assert_eq!(in_flight.find(ID), Some(undecided));
        in_flight.decided(ID, 3, 7);
        assert_eq!(in_flight.enter(ID, there), Err(ElsewhereInUse));
        let decided = UnderWay { is_undecided: false, decided: Some(Position::after(3, 7)) };
        assert_eq!(in_flight.find(ID), Some(decided));
        in_flight.stored(&Position::after(3, 6));
        assert_eq!(in_flight.count(), 1);
        in_flight.stored(&Position::after(3, 7));
        assert_eq!(in_flight.count(), 0);
        assert_eq!(in_flight.enter(ID, there), Ok(()));
    }

    #[test]
    fn a_repetition_under_way_keeps_the_id() {
        let in_flight = InFlight::default();
        let here = Slot::from_low_bits(1);
        assert_eq!(in_flight.enter(ID, here), Ok(()));
        assert_eq!(in_flight.enter(ID, here), Ok(()));
        in_flight.decided(ID, 0, 0);
        in_flight.stored(&Position::after(0, 0));
        assert_eq!(in_flight.count(), 1, "the second is not decided yet");
        in_flight.decided(ID, 0, 1);
        in_flight.stored(&Position::after(0, 1));
        assert_eq!(in_flight.count(), 0);
    }

    #[test]
    fn what_another_process_sent_keeps_its_slot_until_storage_knows_it() {
        let in_flight = InFlight::default();
        let (here, there) = (Slot::from_low_bits(1), Slot::from_low_bits(2));
        in_flight.learned(ID, here, (0, 4));
        assert_eq!(in_flight.enter(ID, there), Err(ElsewhereInUse));
        assert_eq!(in_flight.enter(ID, here), Ok(()), "there the ledger knows it");
        in_flight.decided(ID, 0, 5);
        in_flight.stored(&Position::after(0, 4));
        assert_eq!(in_flight.count(), 1, "asked again meanwhile");
        in_flight.stored(&Position::after(0, 5));
        assert_eq!(in_flight.count(), 0);
    }

    #[test]
    fn what_was_not_appended_leaves_nothing() {
        let in_flight = InFlight::default();
        assert_eq!(in_flight.enter(ID, Slot::from_low_bits(1)), Ok(()));
        in_flight.withdraw(ID);
        assert_eq!(in_flight.count(), 0);
    }
}
