//! Goal: no short history of policies and limits exists on which the ledger and the naive one
//! differ, and no recommendation lifts a limit above what the hotel allows.
//! Method: every sequence of up to five commands out of a small alphabet, as for sales; then what
//! is stored of it, and where the numbers end.

use events::{
    ApplyLimits, Command, Decision, LimitRange, PolicyKind, PolicyVersion, PromotePolicy, Reason,
    RollbackPolicy, StagePolicy, Stay, Supply,
};
use smallvec::smallvec;

use super::sales::{Walk, cancel, confirm, envelopes};
use super::support::{
    grand, line, night, place_hold, property, room_type, send, set_inventory, stay, supply,
};
use crate::policies::ROLLBACKS_MAX;
use crate::rows::{AppliedLimit, LimitsRow};
use crate::{Move, Row, RowChange, State};

const KIND: PolicyKind = PolicyKind::Overbooking;

fn version(id: &str) -> PolicyVersion {
    PolicyVersion::new(id).expect("a good id")
}

pub(super) fn stage(id: &str, document: &str) -> Command {
    let (property, version, document) = (property("grand"), version(id), document.to_owned());
    Command::StagePolicy(StagePolicy { property, kind: KIND, version, document })
}

fn promote(id: &str) -> Command {
    let (property, version) = (property("grand"), version(id));
    Command::PromotePolicy(PromotePolicy { property, kind: KIND, version })
}

fn rollback() -> Command {
    Command::RollbackPolicy(RollbackPolicy { property: property("grand"), kind: KIND })
}

fn limits(at: u64, policy: Option<&str>, limits: &[(Stay, Option<u16>)]) -> Command {
    let limit = |(nights, allowance): &(Stay, Option<u16>)| LimitRange {
        nights: *nights,
        allowance: *allowance,
    };
    Command::ApplyLimits(ApplyLimits {
        property: property("grand"),
        room_type: room_type("double"),
        limits: limits.iter().map(limit).collect(),
        computed_at: at,
        policy: policy.map(version),
    })
}

fn allowing(allowance: u16) -> Supply {
    Supply { allowance, ..supply(2) }
}

#[test]
fn every_short_history_with_limits_is_decided_as_the_naive_ledger_decides() {
    let hold = |from, to, rooms| {
        place_hold("grand", 1_000, smallvec![line("double", stay(from, to), rooms)])
    };
    let both = stay(1, 3);
    let mixed = [(stay(1, 2), Some(0)), (stay(1, 3), Some(1)), (stay(2, 3), Some(3))];
    let words = vec![
        ("A", hold(1, 3, 3)),
        ("B", hold(2, 4, 1)),
        ("confirm-A", confirm("A")),
        ("cancel-A", cancel("A", &[])),
        ("allow-2", set_inventory("grand", "double", both, allowing(2))),
        ("stage-calm", stage("calm", "one")),
        ("stage-calm-other", stage("calm", "two")),
        ("promote-calm", promote("calm")),
        ("rollback", rollback()),
        ("limits-5", limits(5, None, &[(both, Some(1))])),
        ("limits-4", limits(4, None, &[(both, Some(0))])),
        ("limits-6-calm", limits(6, Some("calm"), &mixed)),
        ("limits-7-none", limits(7, None, &[(both, None)])),
    ];
    Walk::run(envelopes(words), 5);
}

#[test]
fn every_short_history_of_promotions_is_decided_as_the_naive_ledger_decides() {
    let words = vec![
        ("stage-calm", stage("calm", "one")),
        ("stage-bold", stage("bold", "two")),
        ("promote-calm", promote("calm")),
        ("promote-bold", promote("bold")),
        ("promote-calm-again", promote("calm")),
        ("rollback", rollback()),
        ("rollback-again", rollback()),
        ("limits-calm", limits(6, Some("calm"), &[(stay(1, 3), Some(1))])),
    ];
    Walk::run(envelopes(words), 6);
}

fn started() -> State {
    let mut state = State::new();
    grand(&mut state, stay(1, 9), 2);
    state.read_at(100);
    send(&mut state, "allow", set_inventory("grand", "double", stay(1, 9), allowing(3)));
    drained(&mut state);
    state
}

fn drained(state: &mut State) -> (Vec<Row>, Vec<Move>) {
    let (mut rows, mut moves) = (Vec::new(), Vec::new());
    state.drain(&mut rows, &mut moves);
    let rows = rows.into_iter().filter_map(|change| match change {
        RowChange::Put(Row::Decision(_)) | RowChange::Delete(_) => None,
        RowChange::Put(row) => Some(row),
    });
    (rows.collect(), moves)
}

fn refused(state: &mut State, name: &str, command: Command) -> Reason {
    match send(state, name, command).decision {
        Decision::Rejected(rejection) => rejection.reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_recommended_is_stored_by_ranges_with_what_it_was_computed_from() {
    let mut state = started();
    send(&mut state, "stage", stage("calm", "text"));
    send(&mut state, "one", limits(5, None, &[(stay(1, 6), Some(2))]));
    send(&mut state, "promote", promote("calm"));
    send(&mut state, "two", limits(9, Some("calm"), &[(stay(3, 4), Some(2)), (stay(5, 6), None)]));
    let (rows, _) = drained(&mut state);
    let range = |from, to, computed_at, policy: Option<&str>| AppliedLimit {
        nights: stay(from, to),
        allowance: 2,
        computed_at,
        policy: policy.map(version),
    };
    let expected = LimitsRow {
        property: property("grand"),
        room_type: room_type("double"),
        computed_at: 9,
        ranges: vec![range(1, 3, 5, None), range(3, 4, 9, Some("calm")), range(4, 5, 5, None)],
    };
    assert!(rows.contains(&Row::Limits(expected)), "{rows:#?}");
}

#[test]
fn the_views_hear_what_may_be_sold_and_not_what_was_recommended() {
    let mut state = started();
    send(&mut state, "A", place_hold("grand", 1, smallvec![line("double", stay(1, 3), 1)]));
    drained(&mut state);
    send(&mut state, "limits", limits(5, None, &[(stay(1, 2), Some(9)), (stay(2, 9), Some(1))]));
    let (rows, moves) = drained(&mut state);
    let told = |allowance, diff| Move::Supply {
        property: property("grand"),
        room_type: room_type("double"),
        night: night(2),
        supply: allowing(allowance),
        diff,
    };
    // More than the hotel allows is no change, and a night that nobody uses is not told of.
    assert_eq!(moves, [told(3, -1), told(1, 1)]);
    let nights = rows.iter().filter_map(|row| match row {
        Row::InventoryNight(row) => Some((row.night, row.supply)),
        _ => None,
    });
    assert_eq!(nights.collect::<Vec<_>>(), [(night(2), allowing(1))]);
}

#[test]
fn a_document_is_stored_once_and_let_go() {
    let mut state = started();
    let documents = |state: &mut State| {
        let (rows, _) = drained(state);
        let policies = rows.into_iter().filter_map(|row| match row {
            Row::Policy(row) => Some(row.document),
            _ => None,
        });
        policies.collect::<Vec<_>>()
    };
    send(&mut state, "stage", stage("calm", "text"));
    assert_eq!(documents(&mut state), ["text"]);
    send(&mut state, "stage-again", stage("calm", "text"));
    send(&mut state, "promote", promote("calm"));
    assert_eq!(documents(&mut state), Vec::<String>::new());
    let taken = refused(&mut state, "stage-other", stage("calm", "other"));
    assert_eq!(taken, Reason::PolicyVersionTaken);
}

#[test]
fn the_numbers_end_where_they_should() {
    let mut state = started();
    for index in 0..=ROLLBACKS_MAX + 1 {
        send(&mut state, &format!("stage-{index}"), stage(&format!("v{index}"), "text"));
    }
    for index in 0..=ROLLBACKS_MAX + 1 {
        send(&mut state, &format!("promote-{index}"), promote(&format!("v{index}")));
    }
    let mut active = Vec::new();
    for index in 0..=ROLLBACKS_MAX {
        match send(&mut state, &format!("rollback-{index}"), rollback()).decision {
            Decision::PolicyActive { version, .. } => active.push(version),
            other => panic!("{other:?}"),
        }
    }
    // The first two promotions are too long ago to come back to.
    assert_eq!(active.iter().flatten().last(), Some(&version("v1")));
    assert_eq!(refused(&mut state, "no-more", rollback()), Reason::NothingToRollBack);

    let years = |from| (stay(from, from + 730), Some(1));
    let long = limits(5, None, &[years(1), (stay(1, 2), Some(1))]);
    assert_eq!(refused(&mut state, "long", long), Reason::TooLarge);
    for index in 0..5 {
        let command = limits(5, None, &[years(1 + index * 730)]);
        let decided = send(&mut state, &format!("limits-{index}"), command).decision;
        assert_eq!(decided, Decision::LimitsApplied { nights_changed: 730 });
    }
    let many = limits(5, None, &[years(1 + 5 * 730)]);
    assert_eq!(refused(&mut state, "many", many), Reason::TooLarge);
}
