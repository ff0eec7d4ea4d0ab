//! Limits that take more commands to reach than a scenario has lines.

use events::{Command, Decision, HoldId, LogTime, Reason, ReleaseHold, Slot};

use super::policies::stage;
use super::support::{command_id, define_property, envelope, property, send};
use crate::commands::tombstones::TOMBSTONES_MAX;
use crate::policies::VERSIONS_MAX;
use crate::{State, apply, laws};

/// A slot remembers so many withdrawals of what it does not know; one more is refused by name and
/// leaves those before it in force.
#[test]
fn withdrawals_of_the_unknown_are_bounded() {
    let mut state = State::new();
    let slot = Slot::of(&property("grand"));
    let mut release = |key: &str, number: usize| {
        let hold = HoldId::of_command(slot, command_id(&format!("hold-{number}")));
        let command = Command::ReleaseHold(ReleaseHold { hold });
        let decided = apply(
            &mut state,
            envelope(command_id(&format!("{key}-{number}")), LogTime(1), command),
        );
        assert_eq!(laws::broken(&state), None);
        decided.decision
    };
    let unknown = Decision::Rejected(Reason::HoldUnknown.into());
    for number in 0..TOMBSTONES_MAX {
        assert_eq!(release("first", number), unknown);
    }
    let full = Decision::Rejected(Reason::TombstonesFull.into());
    assert_eq!(release("first", TOMBSTONES_MAX), full);
    assert_eq!(release("again", 0), unknown, "it is remembered already");
}

/// A property has so many versions of a policy; one more is refused, and none is ever removed.
#[test]
fn versions_of_a_policy_are_bounded() {
    let mut state = State::new();
    send(&mut state, "property", define_property("grand", "EUR"));
    let mut stage = |key: &str, number: usize| {
        let command = stage(&format!("v{number}"), "text");
        send(&mut state, &format!("{key}-{number}"), command).decision
    };
    for number in 0..VERSIONS_MAX {
        assert_eq!(stage("first", number), Decision::Defined);
    }
    let full = Decision::Rejected(Reason::PoliciesFull.into());
    assert_eq!(stage("first", VERSIONS_MAX), full);
    assert_eq!(stage("again", 0), Decision::Defined, "it is there already");
}
