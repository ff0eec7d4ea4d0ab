//! Bad histories: each is a sound one with one lie, and names the check that must catch it.

use super::*;

use events::{Reason, Rejection};
use ledger::rows::{BookedLine, BookingRow, HoldRow};

/// The id of the command that placed a hold in a history: ids differ in their upper half only.
fn id_of(hold: HoldId) -> CommandId {
    CommandId(hold.0 << 12)
}

/// A history of one room that is taken for nights 0 and 1, and a second request for night 1.
///
/// Returns the refused request's id, the hold that it would have become, and its offset.
fn race(history: &mut History) -> (CommandId, HoldId, u64) {
    held(&history.hold(0..2));
    let id = history.next_id();
    history.say_as(id, hold(vec![line("double", 1..3, 1)]));
    let hold = HoldId::of_command(Slot::of(&"grand".parse().unwrap()), id);
    (id, hold, history.last())
}

fn held_row(hold: HoldId, nights: std::ops::Range<i32>) -> HoldRow {
    HoldRow {
        hold,
        property: "grand".parse().unwrap(),
        lines: [line("double", nights, 1)].into_iter().collect(),
        state: HoldState::Held,
        deadline: LogTime(60_000),
        anchored: false,
        stamp: Stamp(0),
        ttl_ms: 60_000,
        forget_at: None,
        channel: events::ChannelId::DIRECT,
        account: None,
        block: None,
    }
}

#[test]
fn the_last_room_sold_twice() {
    let mut history = History::of_one_room();
    let (id, hold, offset) = race(&mut history);
    let mut stored = history.stored();
    stored.answer(id).decision = Decision::Held { hold, deadline: LogTime(60_000) };
    stored.rows.push(Row::Hold(held_row(hold, 1..3)));
    stored.recount();
    history.assert_bad(&stored, "no_oversell", offset);
}

#[test]
fn an_expired_hold_confirmed_although_its_room_is_gone() {
    let mut history = History::of_one_room();
    let first = held(&history.hold(0..2));
    history.pass(1);
    history.pass(60_000);
    held(&history.hold(1..2));
    let id = history.next_id();
    history.say_as(id, confirm(first));
    let offset = history.last();
    let mut stored = history.stored();
    let booking = first.booking();
    stored.answer(id).decision = Decision::Confirmed { booking, ordinal: 1, readmitted: true };
    let stamp = stored.answer(id).stamp;
    let hold = stored.hold(first);
    hold.state = HoldState::Confirmed;
    let booked = |line: &Line| BookedLine {
        line: line.clone(),
        state: LineState::Confirmed,
        cancelled: None,
        night_price_minor: None,
    };
    let row = BookingRow {
        booking,
        property: hold.property.clone(),
        guest: "guest-1".parse().unwrap(),
        ordinal: 1,
        stamp,
        channel: events::ChannelId::DIRECT,
        lines: hold.lines.iter().map(booked).collect(),
        facts: Vec::new(),
        amendments: 0,
        amended: None,
        reference: None,
        block: None,
    };
    stored.rows.push(Row::Booking(row));
    stored.recount();
    history.assert_bad(&stored, "no_oversell", offset);
}

#[test]
fn sold_out_while_a_room_was_free() {
    let mut history = History::of_one_room();
    let id = id_of(held(&history.hold(4..6)));
    let offset = history.last();
    let mut stored = history.stored();
    let nights = stay(4..5).nights().collect();
    stored.answer(id).decision = Decision::Rejected(Rejection { reason: Reason::NoRoom, nights });
    stored.rows.retain(|row| !matches!(row, Row::Hold(_)));
    stored.recount();
    history.assert_bad(&stored, "no_undersell", offset);
}

#[test]
fn a_guest_turned_away_because_the_day_of_departure_counted() {
    let mut history = History::of_one_room();
    held(&history.hold(0..2));
    let id = id_of(held(&history.hold(2..3)));
    let offset = history.last();
    let mut stored = history.stored();
    let nights = stay(2..3).nights().collect();
    stored.answer(id).decision = Decision::Rejected(Rejection { reason: Reason::NoRoom, nights });
    history.assert_bad(&stored, "no_undersell", offset);
}

#[test]
fn a_free_night_named_among_those_at_fault() {
    let mut history = History::of_one_room();
    let (id, _, offset) = race(&mut history);
    let mut stored = history.stored();
    let nights = stay(1..3).nights().collect();
    stored.answer(id).decision = Decision::Rejected(Rejection { reason: Reason::NoRoom, nights });
    history.assert_bad(&stored, "no_undersell", offset);
}

#[test]
fn the_night_of_departure_counted_as_sold() {
    let mut history = History::of_one_room();
    held(&history.hold(0..2));
    let mut stored = history.stored();
    let beyond = stored.rows.iter().find_map(|row| match row {
        Row::InventoryNight(row) if row.night == stay(1..2).arrival() => Some(row.clone()),
        _ => None,
    });
    let night = stay(2..3).arrival();
    stored.rows.push(Row::InventoryNight(InventoryNightRow { night, ..beyond.unwrap() }));
    stored.derive_view();
    history.assert_bad(&stored, "nights", history.last());
}

#[test]
fn one_id_decided_twice_with_different_answers() {
    let mut history = History::of_one_room();
    let id = history.next_id();
    let first = history.say_as(id, hold(vec![line("double", 0..2, 1)]));
    let offset = history.last();
    history.say(release(held(&first)));
    history.say_as(id, hold(vec![line("double", 0..2, 1)]));
    let mut stored = history.stored();
    stored.answer(id).decision = Decision::Rejected(Reason::Withdrawn.into());
    history.assert_bad(&stored, "decided_once", offset);
}

#[test]
fn an_answer_that_is_not_the_rules() {
    let mut history = History::of_one_room();
    let first = held(&history.hold(0..2));
    let id = history.next_id();
    history.say_as(id, confirm(first));
    let offset = history.last();
    let mut stored = history.stored();
    let (booking, readmitted) = (first.booking(), false);
    stored.answer(id).decision = Decision::Confirmed { booking, ordinal: 2, readmitted };
    history.assert_bad(&stored, "answers", offset);
}

#[test]
fn an_answer_that_is_missing() {
    let mut history = History::of_one_room();
    let (id, _, offset) = race(&mut history);
    let mut stored = history.stored();
    stored.rows.retain(|row| !matches!(row, Row::Decision(answer) if answer.id == id));
    history.assert_bad(&stored, "answers", offset);
}

#[test]
fn an_answer_that_nobody_asked_for() {
    let mut history = History::of_one_room();
    let (id, _, offset) = race(&mut history);
    let mut stored = history.stored();
    let mut invented = stored.answer(id).clone();
    invented.id = CommandId(1);
    stored.rows.push(Row::Decision(invented));
    history.assert_bad(&stored, "answers", offset);
}

#[test]
fn a_hold_still_held_after_its_deadline() {
    let mut history = History::of_one_room();
    let first = held(&history.hold(0..2));
    history.pass(1);
    history.pass(60_000);
    let expired_at = history.last();
    history.hold(5..6);
    let mut stored = history.stored();
    let hold = stored.hold(first);
    (hold.state, hold.forget_at) = (HoldState::Held, None);
    stored.recount();
    history.assert_bad(&stored, "holds", expired_at);
}

#[test]
fn a_hold_ended_one_tick_early() {
    let mut history = History::of_one_room();
    let first = held(&history.hold(0..2));
    history.pass(1);
    history.pass(59_999);
    let mut stored = history.stored();
    let hold = stored.hold(first);
    (hold.state, hold.forget_at) = (HoldState::Expired, Some(LogTime(59_999 + 86_400_000)));
    stored.recount();
    // The tick from which its interval counts was the last to change it.
    history.assert_bad(&stored, "holds", history.last() - 1);
}

#[test]
fn a_cancelled_line_still_counted() {
    let mut history = History::of_one_room();
    let first = held(&history.say(hold(vec![line("double", 0..2, 1), line("double", 3..4, 1)])));
    let first = booked(&history.confirm(first));
    history.say(cancel(first, &[2]));
    let cancelled_at = history.last();
    let mut stored = history.stored();
    let sound = stored.clone();
    stored.booking(first).lines[1].state = LineState::Confirmed;
    stored.recount();
    *stored.booking(first) = sound.clone().booking(first).clone();
    history.assert_bad(&stored, "nights", cancelled_at);
}

#[test]
fn a_cancel_that_was_answered_and_not_done() {
    let mut history = History::of_one_room();
    let first = held(&history.hold(0..2));
    let first = booked(&history.confirm(first));
    history.say(cancel(first, &[]));
    let mut stored = history.stored();
    stored.booking(first).lines[0].state = LineState::Confirmed;
    stored.recount();
    history.assert_bad(&stored, "bookings", history.last());
}

#[test]
fn a_booking_that_is_missing() {
    let mut history = History::of_one_room();
    let first = held(&history.hold(0..2));
    booked(&history.confirm(first));
    let confirmed_at = history.last();
    history.hold(5..6);
    let mut stored = history.stored();
    stored.rows.retain(|row| !matches!(row, Row::Booking(_)));
    stored.recount();
    history.assert_bad(&stored, "bookings", confirmed_at);
}

#[test]
fn a_supply_that_was_ignored() {
    let mut history = History::of_one_room();
    let before = history.stored();
    history.supply("grand", "double", 3..5, supply(7, 0, 0));
    let set_at = history.last();
    history.hold(3..5);
    let mut stored = history.stored();
    let old = before.rows.into_iter().find(|row| matches!(row, Row::Inventory(_))).unwrap();
    stored.rows.retain(|row| !matches!(row, Row::Inventory(_)));
    stored.rows.push(old);
    stored.recount();
    history.assert_bad(&stored, "supply", set_at);
}

#[test]
fn a_room_type_defined_and_not_stored() {
    let mut history = History::of_one_room();
    let mut stored = history.stored();
    stored.rows.retain(|row| !matches!(row, Row::RoomType(_)));
    // An owner, its first tick, the property; then the room type.
    history.assert_bad(&stored, "catalogue", 3);
}

#[test]
fn a_withdrawal_that_was_not_remembered() {
    let mut history = History::of_one_room();
    let slot = Slot::of(&"grand".parse().unwrap());
    let coming = HoldId::of_command(slot, CommandId(77 << 64));
    history.say(release(coming));
    let mut stored = history.stored();
    stored.rows.retain(|row| !matches!(row, Row::Tombstone(_)));
    history.assert_bad(&stored, "slots", history.last());
}

#[test]
fn a_tick_of_a_former_owner_counted() {
    let mut history = History::of_one_room();
    history.start();
    history.pass(5_000);
    let mut stored = history.stored();
    stored.clocks[0].1.log_time = LogTime(6_000);
    history.assert_bad(&stored, "clock", history.last());
}

#[test]
fn a_view_row_that_does_not_add_up() {
    let mut history = History::of_one_room();
    held(&history.hold(0..2));
    let touched_at = history.last();
    history.hold(5..6);
    let mut stored = history.stored();
    stored.availability[0].1.left += 1;
    history.assert_bad(&stored, "view_adds_up", touched_at);
}

#[test]
fn a_view_that_adds_up_and_is_wrong() {
    let mut history = History::of_one_room();
    held(&history.hold(0..2));
    let touched_at = history.last();
    history.hold(5..6);
    let mut stored = history.stored();
    let row = &mut stored.availability[0].1;
    (row.left, row.held) = (row.left + 1, row.held - 1);
    history.assert_bad(&stored, "view", touched_at);
}

#[test]
fn a_view_row_left_behind() {
    let mut history = History::of_one_room();
    let first = held(&history.hold(0..2));
    let before = history.stored();
    history.say(release(first));
    let mut stored = history.stored();
    stored.availability = before.availability;
    history.assert_bad(&stored, "view", history.last());
}

#[test]
fn a_view_row_that_is_missing() {
    let mut history = History::of_one_room();
    held(&history.hold(0..2));
    let mut stored = history.stored();
    stored.availability.pop();
    history.assert_bad(&stored, "view", history.last());
}

#[test]
fn a_state_ahead_of_its_log() {
    let mut history = History::of_one_room();
    let mut stored = history.stored();
    let end = history.last() + 1;
    stored.position = Position::after(0, end);
    history.assert_bad(&stored, "position", end);
}

#[test]
fn a_state_of_another_log() {
    let mut history = History::of_one_room();
    let mut stored = history.stored();
    stored.chains[0].1.0[5] ^= 1;
    history.assert_bad(&stored, "stored_chain", history.last());
}

#[test]
fn a_record_that_was_changed_on_disk() {
    let mut history = History::of_one_room();
    held(&history.hold(0..2));
    let stored = history.stored();
    let changed_at = history.last();
    let mut bytes = history.records.pop().unwrap().to_vec();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    history.records.push(bytes.into());
    history.assert_bad(&stored, "chain", changed_at);
}

#[test]
fn a_record_that_was_cut_out() {
    let mut history = History::of_one_room();
    held(&history.hold(0..2));
    let stored = history.stored();
    let mut auditor = Auditor::new();
    for (offset, (bytes, chain)) in (0..).zip(history.records.iter().zip(&history.chains)) {
        if offset != 4 {
            auditor.record(0, offset, *chain, bytes);
        }
    }
    auditor.compare(&stored);
    let violation = auditor.into_report().violation.unwrap();
    assert_eq!((violation.check, violation.offset), ("chain", 5));
}

#[test]
fn a_digest_of_other_decisions() {
    let mut history = History::of_one_room();
    let mut stored = history.stored();
    stored.digests[0].1[31] ^= 1;
    history.assert_bad(&stored, "digest", history.last());
}

#[test]
fn a_violation_says_what_was_expected_and_found() {
    let mut history = History::of_one_room();
    let (id, hold, offset) = race(&mut history);
    let mut stored = history.stored();
    stored.answer(id).decision = Decision::Held { hold, deadline: LogTime(60_000) };
    let report = history.audit(&stored);
    let text = report.violation.unwrap().to_string();
    assert!(text.starts_with(&format!("violated: no_oversell at 0:{offset}\n")), "{text}");
    assert!(text.contains("expected  ") && text.contains("NoRoom"), "{text}");
    assert!(text.contains("found     ") && text.contains("Held"), "{text}");
}
