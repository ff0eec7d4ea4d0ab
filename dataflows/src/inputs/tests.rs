//! What is coalesced comes to the same as what was not.

use events::{HoldId, Slot};
use ledger::Row;
use ledger::rows::{SlotRow, TombstoneRow};

use super::*;

fn claim(place: u32, rooms: u16) -> Fact {
    let night = |number| Night::from_number(number).expect("a small number");
    let stay = Stay::new(night(1), night(3)).expect("not empty");
    Fact::Claim { place: Place(place), stay, rooms, kind: ClaimKind::Held }
}

/// Equal facts are summed, what cancels is dropped, and different facts stay apart.
#[test]
fn facts_are_summed() {
    let mut facts = vec![
        (claim(1, 1), 1),
        (claim(2, 1), 1),
        (claim(1, 1), 1),
        (claim(2, 1), -1),
        (claim(1, 2), -1),
    ];
    coalesce_facts(&mut facts);
    assert_eq!(facts, [(claim(1, 1), 2), (claim(1, 2), -1)]);
    coalesce_facts(&mut facts);
    assert_eq!(facts.len(), 2, "nothing more to gain");
}

fn slot(number: u16, bookings_count: u32) -> RowChange {
    RowChange::Put(Row::Slot(SlotRow { slot: Slot::from_low_bits(number), bookings_count }))
}

/// The latest change of a key wins, also when it is a deletion or follows one.
#[test]
fn the_latest_row_wins() {
    let hold = HoldId(5);
    let delete = RowChange::Delete(RowKey::Tombstone(hold));
    let tombstone = TombstoneRow { hold, forget_at: Default::default() };
    let put = RowChange::Put(Row::Tombstone(tombstone));
    let drains = vec![
        vec![slot(1, 1), put.clone(), slot(2, 1)],
        vec![],
        vec![slot(1, 2), delete.clone()],
        vec![slot(1, 3)],
    ];
    assert_eq!(coalesce_rows(drains), [slot(2, 1), delete.clone(), slot(1, 3)]);
    assert_eq!(coalesce_rows(vec![vec![delete], vec![put.clone()]]), [put]);
}
