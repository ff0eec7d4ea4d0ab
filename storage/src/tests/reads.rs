//! Reads: each of one position, and availability out of the view and the supply.

use dataflows::{AvailabilityKey, AvailabilityRow};
use events::{Night, Position, PropertyId, RoomTypeId, Slot, Stamp, Stay, Supply};
use ledger::rows::{AppliedLimit, InventoryRow, LimitsRow, SupplyRange};
use ledger::{Row, RowChange};

use super::{changes, command, open_checked, tombstone};
use crate::tables::{Booking, Decision, Hold, Property, RatePlan, RoomType};
use crate::testing::{Draw, Sample};
use crate::{Snapshot, Store};

fn night(text: &str) -> Night {
    text.parse().expect("a night")
}

fn stay(from: &str, to: &str) -> Stay {
    Stay::new(night(from), night(to)).expect("a stay")
}

fn property(text: &str) -> PropertyId {
    PropertyId::new(text).expect("an id")
}

fn room_type(text: &str) -> RoomTypeId {
    RoomTypeId::new(text).expect("an id")
}

fn range(from: &str, to: &str, physical: u16, blocked: u16, allowance: u16) -> SupplyRange {
    SupplyRange { nights: stay(from, to), supply: Supply { physical, blocked, allowance } }
}

fn cell(property_id: &str, room: &str, on: &str) -> AvailabilityKey {
    AvailabilityKey {
        property: property(property_id),
        room_type: room_type(room),
        night: night(on),
    }
}

fn row(rooms: i32, blocked: i32, held: i32, sold: i32) -> AvailabilityRow {
    AvailabilityRow { rooms, blocked, held, sold, allotted: 0, left: rooms - blocked - held - sold }
}

fn left(snapshot: &Snapshot<'_>, from: &str, to: &str) -> Vec<(String, i32)> {
    let rows = snapshot
        .availability(&property("grand"), &room_type("double"), stay(from, to))
        .expect("availability");
    rows.into_iter().map(|(night, row)| (night.to_string(), row.left)).collect()
}

fn expect_left(store: &Store, from: &str, to: &str, expected: &[(&str, i32)]) {
    let snapshot = store.snapshot().expect("a snapshot");
    let expected: Vec<_> = expected.iter().map(|(on, left)| ((*on).to_owned(), *left)).collect();
    assert_eq!(left(&snapshot, from, to), expected);
}

#[test]
fn a_night_is_answered_from_the_view_where_it_was_touched_and_from_the_supply_elsewhere() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open_checked(dir.path(), 100);
    let mut first = changes(1);
    first.ledger.push(RowChange::Put(Row::Inventory(InventoryRow {
        property: property("grand"),
        room_type: room_type("double"),
        ranges: vec![
            range("1999-12-30", "2000-01-02", 5, 1, 2),
            range("2000-01-03", "2000-01-05", 9, 0, 0),
        ],
    })));
    first.availability = vec![
        (cell("grand", "double", "1999-12-29"), Some(row(4, 0, 0, 5))),
        (cell("grand", "double", "1999-12-31"), Some(row(7, 1, 2, 1))),
        (cell("grand", "double", "2000-01-03"), Some(row(9, 0, 9, 0))),
        // Neighbours in the order of keys, which are no business of this room type.
        (cell("grand", "doubl", "2000-01-01"), Some(row(1, 0, 0, 0))),
        (cell("grand", "double-", "2000-01-01"), Some(row(1, 0, 0, 0))),
        (cell("grand-", "double", "2000-01-01"), Some(row(1, 0, 0, 0))),
    ];
    store.write(&first, Stamp(1)).expect("a write");
    let all = [
        ("1999-12-29", -1),
        ("1999-12-30", 6),
        ("1999-12-31", 3),
        ("2000-01-01", 6),
        ("2000-01-02", 0),
        ("2000-01-03", 0),
        ("2000-01-04", 9),
        ("2000-01-05", 0),
    ];
    expect_left(&store, "1999-12-29", "2000-01-06", &all);
    // The departure is not a night of the stay, also when it was touched.
    expect_left(&store, "2000-01-01", "2000-01-03", &all[3..5]);
    expect_left(&store, "1999-12-31", "2000-01-01", &all[2..3]);

    // A night that nobody touches any more has no row and everything left again.
    let mut second = changes(2);
    second.availability = vec![(cell("grand", "double", "1999-12-31"), None)];
    store.write(&second, Stamp(1)).expect("a write");
    expect_left(&store, "1999-12-31", "2000-01-01", &[("1999-12-31", 6)]);
}

#[test]
fn a_room_type_without_supply_has_nothing_left() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open_checked(dir.path(), 100);
    expect_left(&store, "2027-03-01", "2027-03-03", &[("2027-03-01", 0), ("2027-03-02", 0)]);
}

#[test]
fn a_snapshot_names_the_position_that_all_of_it_reflects() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open_checked(dir.path(), 100);
    let mut draw = Draw::new(1);
    let (early, late) = (Hold::sample(&mut draw), Hold::sample(&mut draw));
    let put = |row: &ledger::rows::HoldRow| vec![RowChange::Put(Row::Hold(row.clone()))];
    let mut first = changes(1);
    first.ledger = put(&early);
    store.write(&first, Stamp(10)).expect("a write");
    let snapshot = store.snapshot().expect("a snapshot");
    let mut second = changes(2);
    second.ledger = put(&late);
    store.write(&second, Stamp(20)).expect("a write");

    assert_eq!((snapshot.position(), snapshot.stamp()), (Position::after(0, 0), Stamp(10)));
    assert_eq!(snapshot.hold(early.hold).expect("a read"), Some(early));
    assert_eq!(snapshot.hold(late.hold).expect("a read"), None);
    let snapshot = store.snapshot().expect("a snapshot");
    assert_eq!((snapshot.position(), snapshot.stamp()), (Position::after(0, 1), Stamp(20)));
    assert_eq!(snapshot.hold(late.hold).expect("a read"), Some(late));
    assert_eq!(store.position(), snapshot.position());
}

#[test]
fn a_property_and_what_it_sells_are_found_and_no_others() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open_checked(dir.path(), 100);
    let mut draw = Draw::new(1);
    let mut first = changes(1);
    let mut booking = Booking::sample(&mut draw);
    booking.property = property("a");
    for (id, ordinals) in [("a", [2_u16, 0, 1]), ("a-", [5, 6, 7]), ("aa", [8, 9, 10])] {
        let mut hotel = Property::sample(&mut draw);
        hotel.command.property = property(id);
        first.ledger.push(RowChange::Put(Row::Property(hotel)));
        for (name, ordinal) in ["x", "y", "z"].into_iter().zip(ordinals) {
            let mut room = RoomType::sample(&mut draw);
            (room.command.property, room.command.room_type) = (property(id), room_type(name));
            room.ordinal = ordinal;
            first.ledger.push(RowChange::Put(Row::RoomType(room)));
            let mut plan = RatePlan::sample(&mut draw);
            plan.command.property = property(id);
            plan.command.rate_plan = events::RatePlanId::new(name).expect("an id");
            plan.ordinal = ordinal;
            first.ledger.push(RowChange::Put(Row::RatePlan(plan)));
        }
    }
    first.ledger.push(RowChange::Put(Row::Booking(booking.clone())));
    store.write(&first, Stamp(1)).expect("a write");

    let snapshot = store.snapshot().expect("a snapshot");
    let found = snapshot.property(&property("a")).expect("a read").expect("a property");
    assert_eq!(found.command.property, property("a"));
    assert_eq!(snapshot.property(&property("b")).expect("a read"), None);
    let rooms = snapshot.room_types(&property("a")).expect("a read");
    let rooms: Vec<_> = rooms.iter().map(|row| row.command.room_type.as_str()).collect();
    assert_eq!(rooms, ["y", "z", "x"]);
    let plans = snapshot.rate_plans(&property("a")).expect("a read");
    let plans: Vec<_> = plans.iter().map(|row| row.command.rate_plan.as_str()).collect();
    assert_eq!(plans, ["y", "z", "x"]);
    let room = snapshot.room_type(&property("aa"), &room_type("z")).expect("a read");
    assert_eq!(room.expect("a room type").ordinal, 10);
    let plan = events::RatePlanId::new("x").expect("an id");
    let plan = snapshot.rate_plan(&property("a-"), &plan).expect("a read");
    assert_eq!(plan.expect("a rate plan").ordinal, 5);
    assert_eq!(snapshot.inventory(&property("a"), &room_type("x")).expect("a read"), None);
    assert_eq!(snapshot.booking(booking.booking).expect("a read"), Some(booking));
}

#[test]
fn a_decision_is_found_by_its_command_without_its_slot() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open_checked(dir.path(), 100);
    let mut draw = Draw::new(1);
    let mut first = changes(1);
    let mut rows = Vec::new();
    for (id, slot, stamp) in [(7, 9, 50), (7, 4000, 40), (8, 1, 10), (6, 1, 10)] {
        let mut row = Decision::sample(&mut draw);
        (row.id, row.stamp) = (command(id), Stamp(stamp));
        row.slot = Slot::new(slot).expect("a slot");
        first.ledger.push(RowChange::Put(Row::Decision(row.clone())));
        rows.push(row);
    }
    first.ledger.push(RowChange::Put(Row::Tombstone(tombstone(7))));
    store.write(&first, Stamp(1)).expect("a write");
    let snapshot = store.snapshot().expect("a snapshot");
    assert_eq!(snapshot.decisions(command(7)).expect("a read"), rows[0..2]);
    assert_eq!(snapshot.decision(command(7)).expect("a read"), Some(rows[1].clone()));
    assert_eq!(snapshot.decision(command(8)).expect("a read"), Some(rows[2].clone()));
    assert_eq!(snapshot.decision(command(9)).expect("a read"), None);
}

#[test]
fn an_untouched_night_has_what_is_recommended_where_that_is_less_than_what_is_set() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open_checked(dir.path(), 100);
    let (property, room_type) = (property("grand"), room_type("double"));
    let mut first = changes(1);
    let ranges = vec![range("2000-01-01", "2000-01-06", 5, 1, 2)];
    let inventory =
        InventoryRow { property: property.clone(), room_type: room_type.clone(), ranges };
    first.ledger.push(RowChange::Put(Row::Inventory(inventory)));
    let limit = |from, to, allowance| AppliedLimit {
        nights: stay(from, to),
        allowance,
        computed_at: 7,
        policy: None,
    };
    let ranges = vec![
        limit("1999-12-01", "2000-01-02", 0),
        limit("2000-01-03", "2000-01-04", 1),
        limit("2000-01-04", "2000-01-05", 9),
    ];
    let limits = LimitsRow { property: property.clone(), room_type, computed_at: 7, ranges };
    first.ledger.push(RowChange::Put(Row::Limits(limits.clone())));
    store.write(&first, Stamp(1)).expect("a write");
    let expected = [
        ("1999-12-31", 0),
        ("2000-01-01", 4),
        ("2000-01-02", 6),
        ("2000-01-03", 5),
        ("2000-01-04", 6),
        ("2000-01-05", 6),
    ];
    expect_left(&store, "1999-12-31", "2000-01-06", &expected);
    let snapshot = store.snapshot().expect("a snapshot");
    assert_eq!(snapshot.limits(&property).expect("rows"), [limits]);
}
