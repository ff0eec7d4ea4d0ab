//! Good histories: each way that a command can go, and the auditor has nothing to say against it.

use super::*;

use events::{Fact, Reason, RecordFact};

#[track_caller]
fn assert_rejected(decision: &Decision, reason: Reason) {
    assert!(
        matches!(decision, Decision::Rejected(rejection) if rejection.reason == reason),
        "expected {reason:?}, found {decision:?}"
    );
}

#[test]
fn an_empty_log_and_an_empty_state_agree() {
    let mut auditor = Auditor::new();
    auditor.compare(&StoredState { partitions: 1, ..StoredState::default() });
    let report = auditor.into_report();
    assert!(report.all_holds(), "{report}");
    assert_eq!(report.count_of("records read"), 0);
}

#[test]
fn a_life_of_bookings() {
    let mut history = History::of_one_room();
    history.supply("grand", "double", 0..5, supply(3, 1, 1));
    let first = held(&history.hold(0..3));
    let second = held(&history.say(hold(vec![line("double", 2..4, 1), line("double", 3..5, 2)])));
    history.pass(10_000);
    let first = booked(&history.confirm(first));
    let second = booked(&history.confirm(second));
    history.say(Command::RecordFact(RecordFact { booking: first, fact: Fact::Arrived }));
    history.say(cancel(second, &[2]));
    history.say(cancel(second, &[]));
    let third = held(&history.hold(4..5));
    history.say(release(third));
    history.say(release(third));
    let report = history.assert_good();
    assert_eq!(report.count_of("holds"), 3);
    assert_eq!(report.count_of("bookings"), 2);
    assert_eq!(report.count_of("view_adds_up"), 3);
    assert_eq!(report.count_of("supply"), 10);
    // Three nights, two and two of two lines, one.
    assert_eq!(report.count_of("no_oversell"), 3 + 2 + 2 + 1);
}

#[test]
fn the_loser_of_the_last_room_is_told_the_night() {
    let mut history = History::of_one_room();
    held(&history.hold(0..3));
    assert_rejected(&history.hold(2..5), Reason::NoRoom);
    held(&history.hold(3..5));
    let report = history.assert_good();
    assert_eq!(report.count_of("no_undersell"), 1);
}

#[test]
fn a_retry_is_answered_as_the_first_time() {
    let mut history = History::of_one_room();
    let id = history.next_id();
    let first = history.say_as(id, hold(vec![line("double", 0..3, 1)]));
    assert_eq!(history.say_as(id, hold(vec![line("double", 0..3, 1)])), first);
    assert_rejected(&history.say_as(id, hold(vec![line("double", 0..4, 1)])), Reason::IdReused);
    let report = history.assert_good();
    assert_eq!(report.count_of("command ids asked again"), 2);
}

#[test]
fn holds_end_when_their_interval_has_passed_and_not_before() {
    let mut history = History::of_one_room();
    let first = held(&history.hold(0..1));
    history.pass(10_000);
    let second = held(&history.hold(1..2));
    let Decision::Ticked { expired, .. } = history.pass(59_999) else { panic!() };
    assert!(expired.is_empty());
    history.assert_good();
    let Decision::Ticked { expired, .. } = history.pass(1) else { panic!() };
    assert_eq!(expired, [first]);
    history.assert_good();
    let Decision::Ticked { expired, .. } = history.pass(60_000) else { panic!() };
    assert_eq!(expired, [second]);
    history.assert_good();
}

#[test]
fn an_expired_hold_comes_back_if_its_room_is_still_free() {
    let mut history = History::of_one_room();
    let [first, second] = [held(&history.hold(0..2)), held(&history.hold(2..4))];
    history.pass(1);
    history.pass(60_000);
    held(&history.hold(3..4));
    booked(&history.confirm(first));
    assert_rejected(&history.confirm(second), Reason::ConfirmTooLate);
    assert_rejected(&history.say(release(second)), Reason::HoldExpired);
    history.assert_good();
}

#[test]
fn supply_lowered_under_what_is_sold_turns_nobody_away() {
    let mut history = History::of_one_room();
    let first = held(&history.hold(0..2));
    history.supply("grand", "double", 1..5, supply(0, 0, 0));
    booked(&history.confirm(first));
    assert_rejected(&history.hold(1..2), Reason::NoRoom);
    let report = history.assert_good();
    assert_eq!(report.count_of("nights with more claims than a lowered supply"), 1);
}

#[test]
fn withdrawals_of_what_is_still_on_its_way() {
    let mut history = History::of_one_room();
    let id = history.next_id();
    let slot = Slot::of(&"grand".parse().unwrap());
    let coming = HoldId::of_command(slot, id);
    assert_rejected(&history.say(cancel(coming.booking(), &[])), Reason::BookingUnknown);
    assert_rejected(&history.say(release(coming)), Reason::HoldUnknown);
    assert_rejected(&history.say_as(id, hold(vec![line("double", 0..3, 1)])), Reason::Withdrawn);
    assert_rejected(&history.confirm(coming), Reason::Withdrawn);
    history.assert_good();
}

#[test]
fn what_nobody_may_ask_for_any_more_is_forgotten() {
    let mut history = History::of_one_room();
    let first = held(&history.hold(0..2));
    history.say(release(first));
    history.say(release(HoldId(first.0 | 1)));
    // No tick moves log time by more than a day.
    history.pass(25 * 60 * 60 * 1000);
    history.pass(60_000);
    let answers = history.assert_good().count_of("answers");
    assert!(answers > 0);
    history.pass(60_000);
    assert_eq!(history.assert_good().count_of("answers"), 0);
    assert_rejected(&history.confirm(first), Reason::HoldUnknown);
    history.assert_good();
}

#[test]
fn only_the_owner_moves_the_clock() {
    let mut history = History::of_one_room();
    held(&history.hold(0..2));
    history.start();
    history.pass(5_000);
    let old = Tick { epoch: 1, boot: Boot(1), monotonic_ms: 1_000_000 };
    assert_rejected(&history.say(Command::Tick(old)), Reason::EpochSuperseded);
    let late = Tick { epoch: 2, boot: Boot(2), monotonic_ms: 1_000 };
    history.say(Command::Tick(late));
    history.pass(5_000);
    let report = history.assert_good();
    assert_eq!(report.count_of("clock"), 1);
    assert_eq!(history.state.log_time(), LogTime(10_000));
}

#[test]
fn dead_letters_move_the_position_and_decide_nothing() {
    let mut history = History::of_one_room();
    history.append_bytes(Bytes::from_static(b"not a record"));
    held(&history.hold(0..2));
    let report = history.assert_good();
    assert_eq!(report.count_of("dead letters among them"), 1);
}

#[test]
fn every_refusal_without_a_sale() {
    let mut history = History::of_one_room();
    let mut asked = line("double", 0..2, 1);
    asked.adults = 3;
    assert_rejected(&history.say(hold(vec![asked])), Reason::TooManyGuests);
    let unknown = vec![line("double", 0..2, 1), line("suite", 0..2, 1)];
    assert_rejected(&history.say(hold(unknown)), Reason::RoomTypeUnknown);
    let mut asked = line("double", 0..2, 1);
    asked.rate_plan = "secret".parse().unwrap();
    assert_rejected(&history.say(hold(vec![asked])), Reason::RatePlanUnknown);
    let many = line("double", 0..2, 201);
    assert_rejected(&history.say(hold(vec![many])), Reason::TooLarge);
    let blocked = history.supply("grand", "double", 0..2, supply(1, 2, 5));
    assert_rejected(&blocked, Reason::BlockedExceedsRooms);
    let nowhere = history.supply("nowhere", "double", 0..2, supply(1, 0, 0));
    assert_rejected(&nowhere, Reason::PropertyUnknown);
    let mut moved = property_named("grand");
    moved.currency = "USD".parse().unwrap();
    assert_rejected(&history.say(Command::DefineProperty(moved)), Reason::CurrencyMismatch);
    history.say(Command::DefineRoomType(DefineRoomType {
        property: "grand".parse().unwrap(),
        room_type: "suite".parse().unwrap(),
        name: "Suite".to_owned(),
        max_guests: 4,
    }));
    let unsold = hold(vec![line("suite", 0..2, 1)]);
    assert_rejected(&history.say(unsold), Reason::RatePlanExcludesRoomType);
    let first = held(&history.hold(0..2));
    let first = booked(&history.confirm(first));
    assert_rejected(&history.confirm(first.hold()), Reason::HoldConfirmed);
    assert_rejected(&history.say(release(first.hold())), Reason::HoldConfirmed);
    assert_rejected(&history.say(cancel(first, &[2])), Reason::LineUnknown);
    history.say(cancel(first, &[1]));
    assert_rejected(&history.say(cancel(first, &[1])), Reason::BookingCancelled);
    let id = history.next_id();
    let stale = hold(vec![line("double", 0..2, 1)]);
    history.pass(5);
    assert_rejected(&history.say_until(id, LogTime(4), stale), Reason::Stale);
    history.assert_good();
}

#[test]
fn a_report_reads_as_a_table_and_a_verdict() {
    let mut history = History::of_one_room();
    held(&history.hold(0..2));
    let text = history.assert_good().to_string();
    assert!(text.contains("2  no_oversell   nights within their limit"), "{text}");
    assert!(text.ends_with("all holds"), "{text}");
}
