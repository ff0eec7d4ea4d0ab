//! Epochs are put together whole, and stored rows are corrected by a merge.

use std::sync::{Arc, Mutex, PoisonError};

use events::{Night, PropertyId, RoomTypeId};
use ingest::MemoryLog;

use super::*;
use crate::Letters;
use crate::host::Standings;
use crate::mailbox::Mailbox;
use crate::status::Status;
use crate::stored::{Stored, StoredInMemory};
use crate::views::pace::{PaceKey, PaceOf, PaceRow};

fn key(number: i32) -> AvailabilityKey {
    AvailabilityKey {
        property: PropertyId::new("P").expect("an id"),
        room_type: RoomTypeId::new("T").expect("an id"),
        night: Night::from_number(number).expect("a small number"),
    }
}

fn row(sold: i32) -> AvailabilityRow {
    AvailabilityRow { rooms: 9, blocked: 0, held: 0, sold, allotted: 0, left: 9 - sold }
}

fn at(number: i32) -> PlaceNight {
    PlaceNight { place: Default::default(), night: key(number).night }
}

fn closed(assembly: &mut Assembly) -> Vec<(u64, PlaceChanges)> {
    std::iter::from_fn(|| assembly.next_closed())
        .map(|(number, epoch)| (number, epoch.availability))
        .collect()
}

/// An epoch comes out once the slowest worker has closed it, with the rows of all in key order.
#[test]
fn an_epoch_waits_for_every_worker() {
    let mut assembly = Assembly::new(2);
    assembly.add(Part::Opened { epoch: 0, batch: Batch::default() });
    assembly.add(Part::Closed { reporter: 0, frontier: 2 });
    assert_eq!(closed(&mut assembly), [], "the base is open on worker 1");
    assembly.add(Part::Closed { reporter: 1, frontier: 1 });
    assert_eq!(closed(&mut assembly), [(0, vec![])]);
    assert!(!assembly.is_waiting());

    assembly.add(Part::Opened { epoch: 1, batch: Batch::default() });
    assert!(assembly.is_waiting());
    assembly.add(Part::Rows { epoch: 1, rows: vec![(at(3), Some(row(1)))] });
    assert_eq!(closed(&mut assembly), [], "worker 1 has not closed it");
    assembly.add(Part::Rows { epoch: 1, rows: vec![(at(2), None)] });
    assembly.add(Part::Closed { reporter: 1, frontier: 2 });
    assert_eq!(closed(&mut assembly), [(1, vec![(at(2), None), (at(3), Some(row(1)))])]);
}

/// Several epochs that close at once come out one by one, in order.
#[test]
fn epochs_come_out_in_order() {
    let mut assembly = Assembly::new(1);
    for epoch in 0..4 {
        assembly.add(Part::Opened { epoch, batch: Batch::default() });
    }
    assembly.add(Part::Closed { reporter: 0, frontier: 3 });
    assert_eq!(closed(&mut assembly), [(0, vec![]), (1, vec![]), (2, vec![])]);
}

/// What a first epoch that tells all that makes of what is stored.
fn corrections(
    told: (AvailabilityChanges, Vec<ViewChange>),
    stored: StoredInMemory,
) -> (AvailabilityChanges, Vec<ViewChange>) {
    let (keeping, kept_received) = std::sync::mpsc::channel();
    keeping.send((Stored::from(stored).kept)().expect("in memory")).expect("somebody listens");
    let mut first = First::new(kept_received);
    let (mut availability, views) = told;
    first.compare(views.into_iter());
    let mut views = Vec::new();
    assert!(first.correct(&mut availability, &mut views).expect("it is in memory"));
    (availability, views)
}

/// Equal rows give nothing; a wrong row, a missing one and one too many are each put right.
#[test]
fn corrections_are_the_difference() {
    let computed = || (0..5).map(|night| (key(night), Some(row(night)))).collect::<Vec<_>>();
    let stored = || (0..5).rev().map(|night| (key(night), row(night))).collect::<Vec<_>>();
    let corrections = |told: AvailabilityChanges, availability| {
        let stored = StoredInMemory { availability, ..StoredInMemory::default() };
        corrections((told, Vec::new()), stored).0
    };
    assert_eq!(corrections(computed(), stored()), []);

    let mut damaged = stored();
    damaged.retain(|(stored, _)| *stored != key(1));
    damaged[0].1.sold += 1;
    damaged.push((key(7), row(7)));
    assert_eq!(
        corrections(computed(), damaged),
        [(key(1), Some(row(1))), (key(4), Some(row(4))), (key(7), None)]
    );
    assert_eq!(corrections(vec![], vec![(key(0), row(1))]), [(key(0), None)]);
    assert_eq!(corrections(computed(), vec![]).len(), 5);
}

/// The keepers' rows are put right in the same way, but a base row that is not told again stands.
#[test]
fn a_base_row_stands_until_it_is_told_otherwise() {
    let clock = |minute| (ViewKey::Clock(()), ViewRow::Clock(events::Minute(minute)));
    let told = |minute| (ViewKey::Clock(()), Some(ViewRow::Clock(events::Minute(minute))));
    let corrections = |told: Vec<ViewChange>, views| {
        let stored = StoredInMemory { views, ..StoredInMemory::default() };
        corrections((Vec::new(), told), stored).1
    };
    assert_eq!(corrections(vec![], vec![clock(7)]), []);
    assert_eq!(corrections(vec![told(7)], vec![clock(7)]), []);
    assert_eq!(corrections(vec![told(8)], vec![clock(7)]), [told(8)]);
    let gone = (ViewKey::Clock(()), None);
    assert_eq!(corrections(vec![gone.clone()], vec![clock(7)]), [gone]);
}

/// Only an epoch that is open can be waited for too long.
#[test]
fn silence_is_a_stall_only_with_an_epoch_open() {
    let Some(long_ago) = Instant::now().checked_sub(STALLED_AFTER) else { return };
    assert!(check_stall(false, long_ago).is_ok());
    assert!(check_stall(true, Instant::now()).is_ok());
    assert!(matches!(check_stall(true, long_ago), Err(EngineError::Stalled { .. })));
}

/// The clock of the views is the highest minute that any tick has told: a wall clock that goes back
/// takes nothing back, neither between epochs nor after a restart.
#[test]
fn the_stored_clock_never_goes_back() {
    let views = vec![(ViewKey::Clock(()), ViewRow::Clock(Minute(5)))];
    let (mut writer, stored) = writer(StoredInMemory { views, ..StoredInMemory::default() });
    for (number, minute) in (0..).zip([Some(5), Some(4), Some(7), None, Some(6), Some(7), Some(8)])
    {
        let batch = Batch { minute: minute.map(Minute), ..Batch::default() };
        writer.write(number, Epoch { batch, ..Epoch::default() }).expect("kept");
    }
    let told = |minute| (ViewKey::Clock(()), Some(ViewRow::Clock(Minute(minute))));
    assert_eq!(lock(&stored).concat(), [told(7), told(8)]);
}

/// Where nearly every row is told otherwise, they are stored as they come, and counted.
#[test]
fn many_corrections_are_stored_before_all_are_known() {
    let (mut writer, stored) = writer(StoredInMemory::default());
    let mut assembly = Assembly::new(1);
    let property = PropertyId::new("hotel").expect("a name");
    let told = |number: usize| {
        let night = Night::MIN.plus((number % 100_000) as i32);
        let room_type = RoomTypeId::new(&format!("type-{}", number / 100_000)).expect("a name");
        let of = PaceOf::Night(night);
        let key = PaceKey { property: property.clone(), room_type: Some(room_type), of };
        Local((ViewKey::Pace(key), Some(ViewRow::Pace(PaceRow::default()))))
    };
    let page = CORRECTIONS_MAX / 2 + 1;
    for first in [0, page, 2 * page] {
        let pages = vec![(first..first + page).map(told).collect()];
        let part = Part::Views { epoch: BASE_EPOCH, pages };
        writer.take(part, &mut assembly).expect("it is kept");
    }
    assert_eq!(lock(&stored).iter().map(Vec::len).collect::<Vec<_>>(), [2 * page]);
    writer.write(BASE_EPOCH, Epoch::default()).expect("it is kept");
    assert_eq!(lock(&stored).iter().map(Vec::len).collect::<Vec<_>>(), [2 * page, page]);
    assert_eq!(writer.shared.status().corrected_rows_count, Some(3 * page as u64));
}

/// A writer, and what it hands on.
fn writer(before: StoredInMemory) -> (Writer, Arc<Mutex<Vec<Vec<ViewChange>>>>) {
    let stored = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&stored);
    let sink = move |changes: Changes| {
        lock(&kept).push(changes.views);
        Ok(())
    };
    let mailbox = Mailbox::new(Batch::default(), usize::MAX, Duration::ZERO);
    let letters = Arc::new(Letters::new(Arc::new(MemoryLog::new(1))).expect("a log"));
    let (status, standings) = (Status::default(), Standings::default());
    let shared = Arc::new(Shared::new(mailbox, letters, status, None, standings));
    let (keeping, kept) = std::sync::mpsc::channel();
    keeping.send((Stored::from(before).kept)().expect("in memory")).expect("somebody listens");
    (Writer::new(shared, Box::new(sink), kept), stored)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
