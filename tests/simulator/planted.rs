//! Does the simulator bite? Bugs of the kinds that systems like this one have had, planted one at
//! a time; each must be found by a check that is named for it.
//!
//! `cargo test --release -p tests --features planted-bugs --test simulator planted`

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use ingest::planted::Bug as Below;
use ledger::planted::Bug as Rule;

use crate::process::lock;
use crate::run::run;
use crate::seeds::COMMANDS;

/// How many seeds a bug may hide in.
const SEEDS_MAX: u64 = 150;

/// A bug in one of the two lists.
#[derive(Debug, Clone, Copy)]
enum Bug {
    Rule(Rule),
    Below(Below),
}

/// Every bug, and the checks of which one must find it.
const BUGS: &[(Bug, &[&str])] = &[
    (
        Bug::Rule(Rule::CheckoutNightCounted),
        &["nights_named", "no_undersell", "nights", "reads_exact"],
    ),
    (Bug::Rule(Rule::ExpiryAfterDeadline), &["log_time"]),
    (Bug::Rule(Rule::AnswersForgottenAtRestart), &["decided_once", "determinism"]),
    (Bug::Rule(Rule::RejectionNotStored), &["decided_once", "answers"]),
    (Bug::Rule(Rule::GivingBackNotTold), &["reads_exact", "view"]),
    (Bug::Rule(Rule::LoweredSupplyNotTold), &["reads_exact", "view", "nights"]),
    (Bug::Rule(Rule::TombstoneMissing), &["withdrawals", "slots"]),
    (Bug::Rule(Rule::TickOfOldEpochCounted), &["one_owner"]),
    (Bug::Rule(Rule::StaleDecided), &["stale"]),
    (Bug::Rule(Rule::TickCountedTwice), &["log_time", "holds_never_early"]),
    (Bug::Rule(Rule::IntervalBeginsEarly), &["holds_never_early"]),
    (Bug::Rule(Rule::FirstNightOnly), &["no_oversell", "nights_named"]),
    (Bug::Rule(Rule::LinesAdmittedAlone), &["no_oversell"]),
    (Bug::Rule(Rule::ExpiryInOrderOfArrival), &["log_time", "determinism"]),
    (Bug::Rule(Rule::ReadmittedWithoutRoom), &["no_oversell"]),
    (Bug::Rule(Rule::WaitingHoldsForgottenAtRestart), &["no_leaked_hold", "log_time", "holds"]),
    (Bug::Rule(Rule::BlockedRoomsSold), &["no_oversell"]),
    (Bug::Rule(Rule::BodyNotCompared), &["decided_once"]),
    (Bug::Below(Below::AcknowledgedBeforeSync), &["durability", "starts_without_help"]),
    (Bug::Below(Below::ReadUnsynced), &["durability", "starts_without_help"]),
    (Bug::Below(Below::WitnessNotChecked), &["broken_log_refused"]),
    (Bug::Below(Below::DamageCutOff), &["broken_log_refused"]),
    (Bug::Below(Below::PartitionCountAccepted), &["broken_log_refused"]),
    (Bug::Below(Below::StateAheadAccepted), &["broken_log_refused"]),
    (Bug::Below(Below::ForkAccepted), &["broken_log_refused"]),
    (Bug::Below(Below::DecodeErrorSkipped), &["dead_letters"]),
    (Bug::Below(Below::EpochStoredEarly), &["reads_exact", "view"]),
    (Bug::Below(Below::FirstChangeKept), &["nights", "holds", "answers", "clock"]),
    (Bug::Below(Below::ClampHidesOversell), &["reads_exact", "view_adds_up"]),
    (Bug::Below(Below::PositionBeforeRows), &["starts_without_help", "holds", "answers"]),
    (Bug::Below(Below::RowsBeforePosition), &["determinism", "decided_once", "answers"]),
    (Bug::Below(Below::TokenIgnored), &["read_your_writes"]),
    (Bug::Below(Below::IdInTwoSlots), &["one_slot_for_an_id"]),
    (Bug::Below(Below::AnswerOfAnother), &["answered_as_decided"]),
];

/// Bugs that are not found by a check that is meant for them; docs/simulator.md says more.
const NOT_FOUND: &[&str] =
    &["Rule(ExpiryInOrderOfArrival)", "Below(FirstChangeKept)", "Below(EpochStoredEarly)"];

fn plant(bug: Option<Bug>) {
    ledger::planted::plant(match bug {
        Some(Bug::Rule(bug)) => Some(bug),
        _ => None,
    });
    ingest::planted::plant(match bug {
        Some(Bug::Below(bug)) => Some(bug),
        _ => None,
    });
}

/// Which check found it, and in which seed.
fn hunt(bug: Bug) -> Option<(u64, &'static str)> {
    plant(Some(bug));
    let found = (0..SEEDS_MAX).find_map(|seed| {
        let violation = run(seed, COMMANDS).violation?;
        Some((seed, violation.check))
    });
    plant(None);
    found
}

#[test]
fn planted_bugs_are_found_by_a_named_check() {
    let (next, lines) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some((bug, checks)) = BUGS.get(next.fetch_add(1, Ordering::Relaxed)) {
            let found = hunt(*bug);
            let good = found.is_some_and(|(_, check)| checks.contains(&check));
            let told = match found {
                Some((seed, check)) => format!("{check} in seed {seed}"),
                None => format!("not found in {SEEDS_MAX} seeds"),
            };
            let line = format!("{bug:?}: {told}; expected one of {checks:?}");
            println!("{} {line}", if good { "found " } else { "MISSED" });
            let known = NOT_FOUND.contains(&format!("{bug:?}").as_str());
            lock(&lines).push((good || known, line));
        }
    };
    let threads = thread::available_parallelism().map_or(2, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    let lines = lock(&lines);
    let missed: Vec<_> = lines.iter().filter(|(good, _)| !good).map(|(_, line)| line).collect();
    assert!(missed.is_empty(), "{missed:#?}");
}
