//! Limits that take more commands to reach than a scenario has lines.

use events::{Command, Decision, HoldId, LogTime, Reason, ReleaseHold, Slot};

use super::support::{command_id, envelope, property};
use crate::commands::tombstones::TOMBSTONES_MAX;
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
