//! Whoever waits is found by producer and sequence, once, and leaves nothing behind.

use std::sync::Arc;

use dataflows::Reply;
use events::{CommandId, Decision, LogTime, Position, Slot, Stamp};
use ledger::Decided;

use super::{UnderWay, Waiters};
use crate::progress::Progress;

fn waiters() -> Arc<Waiters> {
    let progress = Arc::new(Progress::new(Position::default()));
    Arc::new(Waiters::new(7, 2, &[(1, LogTime(40))], progress))
}

fn reply(producer: u64, sequence: u64) -> Reply {
    let decided = Decided { decision: Decision::Defined, stamp: Stamp(1), repeated: false };
    let (id, slot) = (CommandId(9), Slot::from_low_bits(1));
    Reply { producer, sequence, id, slot, partition: 1, offset: 3, decided }
}

#[test]
fn a_reply_finds_who_waits_for_it_and_nobody_else() {
    let waiters = waiters();
    let mut listener = waiters.listener();
    let mut first = waiters.register();
    let mut second = waiters.register();
    listener.decided(&[reply(8, first.sequence), reply(7, second.sequence)], &[]);
    assert!(first.reply.try_recv().is_err(), "another producer's record");
    assert_eq!(second.try_reply(), Some(reply(7, second.sequence)));
    assert_eq!(waiters.count(), 1);
    drop(first);
    assert_eq!(waiters.count(), 0, "whoever leaves gives the place back");
}

#[test]
fn a_reply_to_somebody_who_left_still_moves_the_registry() {
    let waiters = waiters();
    waiters.in_flight.enter(CommandId(9), Slot::from_low_bits(1)).expect("nobody else has it");
    let sequence = waiters.register().sequence;
    waiters.listener().decided(&[reply(7, sequence)], &[]);
    let decided = Some(UnderWay { is_undecided: false, decided: Some(Position::after(1, 3)) });
    assert_eq!(waiters.under_way(CommandId(9)), decided);
    waiters.progress.publish(Position::after(1, 3));
    waiters.listener().decided(&[], &[]);
    assert_eq!(waiters.under_way(CommandId(9)), None, "storage knows it by now");
}

#[test]
fn log_times_are_the_last_told() {
    let waiters = waiters();
    assert_eq!((waiters.log_time(0), waiters.log_time(1)), (LogTime(0), LogTime(40)));
    waiters.listener().decided(&[], &[(0, LogTime(5)), (9, LogTime(1))]);
    assert_eq!((waiters.log_time(0), waiters.log_time(9)), (LogTime(5), LogTime(0)));
}

#[test]
fn sequences_are_never_used_twice() {
    let waiters = waiters();
    let drawn: Vec<u64> = (0..3).map(|_| waiters.next_sequence()).collect();
    assert_eq!(drawn, [1, 2, 3]);
}
