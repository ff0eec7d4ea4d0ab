//! The mailbox takes, merges, waits and ends.

use std::time::Duration;

use events::Slot;
use ledger::Row;
use ledger::rows::SlotRow;

use super::*;

fn batch(next_offset: u64, slots: impl IntoIterator<Item = u16>) -> Batch {
    let row = |number| {
        let row = SlotRow { slot: Slot::from_low_bits(number), bookings_count: next_offset as u32 };
        RowChange::Put(Row::Slot(row))
    };
    Batch {
        up_to: Position::from_iter([(0, next_offset)]),
        rows: vec![slots.into_iter().map(row).collect()],
        ..Batch::default()
    }
}

/// What waits is taken as one: the latest position, every row once.
#[test]
fn what_waits_is_taken_as_one() {
    let mailbox = Mailbox::new(Batch::default(), 100, Duration::ZERO);
    assert!(mailbox.take().is_none());
    assert!(mailbox.put(&mut batch(1, [1, 2])));
    assert!(mailbox.put(&mut batch(2, [2, 3])));
    assert_eq!(mailbox.pending_count(), 4);
    let mut taken = mailbox.take().expect("two batches wait");
    assert_eq!(taken.up_to.next_offset(0), 2);
    assert_eq!(taken.take_rows().len(), 3);
    assert_eq!(mailbox.pending_count(), 0);
    assert!(mailbox.take().is_none());
}

/// A batch that changes nothing is still a position to hand on.
#[test]
fn a_position_alone_is_taken() {
    let mailbox = Mailbox::new(Batch::default(), 1, Duration::ZERO);
    assert!(mailbox.put(&mut batch(1, [])));
    assert!(mailbox.put(&mut batch(2, [])));
    assert_eq!(mailbox.take().map(|batch| batch.up_to.next_offset(0)), Some(2));
}

/// Changes of few keys never fill it: before anybody waits the superseded ones are dropped.
#[test]
fn superseded_changes_do_not_fill_it() {
    let mailbox = Mailbox::new(Batch::default(), 10_000, Duration::ZERO);
    for next_offset in 1..=500 {
        assert!(mailbox.put(&mut batch(next_offset, 0..1_000)));
    }
    assert!(mailbox.pending_count() <= 11_000);
    let mut taken = mailbox.take().expect("something waits");
    let rows = taken.take_rows();
    assert_eq!(rows.len(), 1_000);
    for row in rows {
        let RowChange::Put(Row::Slot(row)) = row else { panic!("{row:?}") };
        assert_eq!(row.bookings_count, 500);
    }
}

/// Who puts into a full mailbox waits for it to be taken, or for its end.
#[test]
fn a_full_mailbox_waits() {
    let mailbox = Mailbox::new(Batch::default(), 1, Duration::ZERO);
    assert!(mailbox.put(&mut batch(1, [1])));
    std::thread::scope(|scope| {
        let put = scope.spawn(|| mailbox.put(&mut batch(2, [2])));
        let mut taken = None;
        while taken.is_none() {
            taken = mailbox.take();
        }
        assert!(put.join().expect("no panic"));
        let put = scope.spawn(|| mailbox.put(&mut batch(3, [3])));
        std::thread::park_timeout(Duration::from_millis(5));
        assert!(!put.is_finished(), "one change waits, and one is all that may");
        mailbox.close();
        assert!(!put.join().expect("no panic"));
    });
    assert!(!mailbox.put(&mut batch(4, [4])), "closed for good");
}

/// Signals alone make a batch too: it leads where the batch before it led.
#[test]
fn signals_are_taken_with_the_position_that_they_found() {
    let mut standing = Batch::default();
    standing.up_to.set(0, 4);
    let mailbox = Mailbox::new(standing, 10, Duration::ZERO);
    let bookmark: Bookmark = [(0, 3, Link::default().then(b"a"))].into_iter().collect();
    assert!(mailbox.hear(Topic::Searches, &[], &bookmark));
    let taken = mailbox.take().expect("a bookmark moved");
    assert_eq!(taken.up_to.next_offset(0), 4);
    assert_eq!(taken.bookmarks.get(&Topic::Searches), Some(&bookmark));
    assert!(mailbox.take().is_none());

    let mut batch = Batch::default();
    batch.up_to.set(0, 9);
    assert!(mailbox.put(&mut batch));
    assert_eq!(mailbox.take().expect("a batch").up_to.next_offset(0), 9);
    assert!(mailbox.hear(Topic::CompetitorPrices, &[], &bookmark));
    let taken = mailbox.take().expect("another bookmark moved");
    assert_eq!(taken.up_to.next_offset(0), 9);
    assert!(!taken.bookmarks.contains_key(&Topic::Searches), "it is told once");
    mailbox.close();
    assert!(!mailbox.hear(Topic::Searches, &[], &bookmark), "nobody will ever take it");
}
