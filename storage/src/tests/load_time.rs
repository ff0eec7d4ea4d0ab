//! How long a start and a read take: small by default, and with `ROOMNIGHT_BOOKINGS=100000` at the
//! size of the promise; `-- --nocapture` shows the figures.

use std::time::{Duration, Instant};

use dataflows::{AvailabilityKey, AvailabilityRow};
use events::{
    BodyHash, CommandId, Decision, GuestRef, HoldId, Line, LogTime, Night, PropertyId, RatePlanId,
    RoomTypeId, Slot, Stamp, Stay, Supply,
};
use ledger::rows::{
    BookedLine, BookingRow, DecisionRow, HoldRow, HoldState, InventoryNightRow, LineState,
};
use ledger::{Row, RowChange};

use super::{changes, log_of, open};
use crate::testing::Draw;
use crate::{Store, StoreOptions};

/// What a booking leaves: the hold, the booking and the answers to both commands.
fn rows_of_booking(number: u64, draw: &mut Draw, rows: &mut Vec<RowChange>) {
    let property = PropertyId::new(&format!("hotel-{}", number % 1_000)).expect("an id");
    let arrival = Night::from_number(9_000 + draw.within(0..=700) as i32).expect("a night");
    let line = Line {
        room_type: RoomTypeId::new("double").expect("an id"),
        rate_plan: RatePlanId::new("flexible").expect("an id"),
        stay: Stay::new(arrival, arrival.plus(draw.within(1..=7) as i32)).expect("a stay"),
        rooms: 1,
        adults: 2,
        children: [].into_iter().collect(),
    };
    let slot = Slot::of(&property);
    let id = || CommandId(u128::from(Draw::new(number).u64()) << 64 | u128::from(number));
    let hold = HoldId::of_command(slot, id());
    let stamp = Stamp(1_790_000_000_000);
    let deadline = LogTime(number);
    let answer = |kind, id: CommandId, decision| {
        let (body_hash, forget_at) = (BodyHash::of(&id.to_bytes()), LogTime(number + 1));
        let row = DecisionRow { slot, id, body_hash, kind, stamp, decision, forget_at };
        RowChange::Put(Row::Decision(row))
    };
    rows.push(answer(5, id(), Decision::Held { hold, deadline }));
    let confirmed = Decision::Confirmed { booking: hold.booking(), ordinal: 1, readmitted: false };
    rows.push(answer(6, CommandId(!id().0), confirmed));
    rows.push(RowChange::Put(Row::Hold(HoldRow {
        hold,
        property: property.clone(),
        lines: [line.clone()].into_iter().collect(),
        state: HoldState::Confirmed,
        deadline,
        anchored: true,
        stamp,
        ttl_ms: 900_000,
        forget_at: Some(LogTime(number + 9)),
        channel: events::ChannelId::DIRECT,
        account: None,
        block: None,
    })));
    rows.push(RowChange::Put(Row::Booking(BookingRow {
        booking: hold.booking(),
        property,
        guest: GuestRef::new(&format!("guest-{number}")).expect("an id"),
        ordinal: 1,
        stamp,
        channel: events::ChannelId::DIRECT,
        lines: vec![BookedLine {
            line,
            state: LineState::Confirmed,
            cancelled: None,
            night_price_minor: Some(12_000),
        }],
        facts: Vec::new(),
        amendments: 0,
        amended: None,
        reference: None,
        block: None,
    })));
}

/// The rows of touched nights: as many as bookings.
fn night_of(number: u64) -> (RowChange, (AvailabilityKey, Option<AvailabilityRow>)) {
    let property = PropertyId::new(&format!("hotel-{}", number % 1_000)).expect("an id");
    let room_type = RoomTypeId::new("double").expect("an id");
    let night = Night::from_number(9_000 + (number / 1_000) as i32).expect("a night");
    let supply = Supply { physical: 20, blocked: 1, allowance: 0 };
    let key = AvailabilityKey { property: property.clone(), room_type: room_type.clone(), night };
    let view = AvailabilityRow { rooms: 20, blocked: 1, held: 0, sold: 3, allotted: 0, left: 16 };
    let row =
        InventoryNightRow { property, room_type, night, supply, held: 0, sold: 3, allotted: 0 };
    (RowChange::Put(Row::InventoryNight(row)), (key, Some(view)))
}

/// How long it takes to read a week of one hotel: the mean over many hotels.
fn time_of_read(store: &Store, bookings: u64) -> Duration {
    const READS: u32 = 1_000;
    let room_type = RoomTypeId::new("double").expect("an id");
    let arrival = Night::from_number(9_000).expect("a night");
    let week = Stay::new(arrival, arrival.plus(7)).expect("a week");
    let mut left = 0;
    let started = Instant::now();
    for hotel in 0..READS {
        let property = PropertyId::new(&format!("hotel-{hotel}")).expect("an id");
        let snapshot = store.snapshot().expect("a snapshot");
        let nights = snapshot.availability(&property, &room_type, week).expect("a read");
        left += nights.iter().map(|(_, row)| i64::from(row.left)).sum::<i64>();
    }
    let took = started.elapsed() / READS;
    // Sixteen rooms are left on each night that was touched; none has supply otherwise.
    assert_eq!(left, 16 * bookings.min(7 * 1_000).cast_signed());
    took
}

#[test]
fn a_state_of_many_bookings_loads_quickly() {
    let bookings = std::env::var("ROOMNIGHT_BOOKINGS").ok();
    let bookings: u64 = bookings.and_then(|count| count.parse().ok()).unwrap_or(2_000);
    let dir = tempfile::tempdir().expect("a directory");
    let options = || StoreOptions::at(dir.path().join("state"));
    let (mut draw, batch) = (Draw::new(1), 500);
    let store = Store::open(options()).expect("a state");
    store.check_against(&log_of(1, bookings)).expect("a fresh state");
    let mut all = Vec::new();
    for first in (0..bookings).step_by(batch) {
        let mut changes = changes(0);
        changes.up_to.set(0, first + 1);
        changes.chains = vec![(0, Default::default())];
        changes.digests = vec![(0, Default::default())];
        for number in first..(first + batch as u64).min(bookings) {
            rows_of_booking(number, &mut draw, &mut changes.ledger);
            let (row, view) = night_of(number);
            changes.ledger.push(row);
            changes.availability.push(view);
        }
        all.push(changes);
    }
    let started = Instant::now();
    all.iter().for_each(|changes| store.write(changes, Stamp(1)).expect("a write"));
    let written = started.elapsed();
    drop(store);

    for shape in ["after a kill", "after a flush"] {
        let started = Instant::now();
        let store = Store::open(options()).expect("a state");
        let opened = started.elapsed();
        let loaded = store.load().expect("rows");
        let (total, rows) = (started.elapsed(), loaded.rows[0].len());
        assert_eq!(rows as u64, 5 * bookings);
        assert_eq!(loaded.availability.len() as u64, bookings);
        println!(
            "{bookings} bookings, {rows} rows and as many nights in the view, {shape}: opened in \
             {opened:?}, opened and loaded in {total:?}; written in {written:?} ({:.0} puts/s)",
            6.0 * bookings as f64 / written.as_secs_f64(),
        );
        println!("a snapshot and a week of availability: {:?}", time_of_read(&store, bookings));
        store.flush().expect("a flush");
    }
    assert_eq!(open(dir.path()).position().next_offset(0) % batch as u64, 1);
}
