//! The case study's flaws that this ledger must not have, each under its own name.

use events::{Decision, Reason};
use smallvec::smallvec;

use super::support::{grand, line, place_hold, send, stay};
use crate::State;

fn hold(state: &mut State, name: &str, room_type: &str, from: i32, to: i32) -> Decision {
    send(state, name, place_hold("grand", 60_000, smallvec![line(room_type, stay(from, to), 1)]))
        .decision
}

fn is_short_on(decision: &Decision, nights: &[i32]) -> bool {
    let Decision::Rejected(rejection) = decision else { return false };
    rejection.reason == Reason::NoRoom
        && rejection.nights.iter().map(|night| night.number()).eq(nights.iter().copied())
}

/// There the lock's key was the exact range, so that stays 1 to 5 and 3 to 6 did not exclude each
/// other.
#[test]
fn flaw_1_overlapping_ranges_with_other_ends_exclude_each_other() {
    let mut state = State::new();
    grand(&mut state, stay(1, 10), 1);
    assert!(matches!(hold(&mut state, "one", "double", 1, 5), Decision::Held { .. }));
    assert!(is_short_on(&hold(&mut state, "two", "double", 3, 6), &[3, 4]));
}

/// There availability was asked and cached by property, so that one room type answered for all.
#[test]
fn flaw_2_each_room_type_answers_for_itself() {
    let mut state = State::new();
    grand(&mut state, stay(1, 10), 1);
    assert!(matches!(hold(&mut state, "one", "double", 1, 5), Decision::Held { .. }));
    assert!(matches!(hold(&mut state, "two", "single", 1, 5), Decision::Held { .. }));
    assert!(is_short_on(&hold(&mut state, "three", "single", 4, 6), &[4]));
}

/// There any free night of the range sufficed, and the day of check-out was counted as a night.
#[test]
fn flaw_3_all_nights_count_and_the_day_of_check_out_does_not() {
    let mut state = State::new();
    grand(&mut state, stay(1, 10), 1);
    assert!(matches!(hold(&mut state, "one", "double", 3, 4), Decision::Held { .. }));
    assert!(is_short_on(&hold(&mut state, "around", "double", 2, 5), &[3]));
    assert!(matches!(hold(&mut state, "before", "double", 1, 3), Decision::Held { .. }));
    assert!(matches!(hold(&mut state, "after", "double", 4, 5), Decision::Held { .. }));
}
