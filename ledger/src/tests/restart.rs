//! A state restored from its rows goes on as if it had never stopped, wherever it stopped.

use std::collections::BTreeMap;

use events::{
    AmendBooking, AmendLine, ApplyLimits, CancelBooking, ChannelId, Command, ConfirmHold, Decision,
    ExternalReference, GuestRef, HoldId, LimitRange, PlaceHold, PolicyKind, PromotePolicy,
    PropertyId, RecordExternalSale, ReleaseHold, Restrictions, RollbackPolicy, Scope, SetBlock,
    SetHoldCaps, SetRestrictions, Slot, StagePolicy, Stay, Supply,
};
use proptest::prelude::{Just, Strategy, any, prop, prop_oneof, proptest};
use smallvec::smallvec;

use super::blocks::{audit, block, block_id, release_block};
use super::support::{
    announce, command_id, define_property, define_rate_plan, define_room_type, line, place_hold,
    property, room_type, send, set_inventory, stay, tick,
};
use crate::rows::BlockState;
use crate::{Digest, Restoring, Row, RowChange, RowKey, State, laws};

#[derive(Debug, Clone)]
enum Step {
    Hold { name: u8, from: i32, nights: i32, rooms: u16, ttl_ms: u64 },
    Confirm(u8),
    Release(u8),
    Cancel(u8),
    Amend { name: u8, from: i32, nights: i32, rooms: u16 },
    External { name: u8, from: i32, nights: i32, rooms: u16 },
    Supply { from: i32, nights: i32, rooms: u16 },
    Rules { of: u8, from: i32 },
    Policy { of: u8 },
    Limits { of: u8, from: i32, nights: i32, back: u64 },
    Block { of: u8, from: i32, nights: i32, rooms: u16 },
    ReleaseBlock(u8),
    Audit(u8),
    Tick(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (any::<u8>(), 0..20, 1..6, 1_u16..3, 1_u64..5_000)
            .prop_map(|(name, from, nights, rooms, ttl_ms)| {
                Step::Hold { name, from, nights, rooms, ttl_ms }
            }),
        3 => any::<u8>().prop_map(Step::Confirm),
        1 => any::<u8>().prop_map(Step::Release),
        1 => any::<u8>().prop_map(Step::Cancel),
        2 => (any::<u8>(), 0..20, 1..6, 1_u16..3)
            .prop_map(|(name, from, nights, rooms)| Step::External { name, from, nights, rooms }),
        2 => (any::<u8>(), 0..20, 1..6, 1_u16..3)
            .prop_map(|(name, from, nights, rooms)| Step::Amend { name, from, nights, rooms }),
        1 => (0..20, 1..10, 0_u16..5)
            .prop_map(|(from, nights, rooms)| Step::Supply { from, nights, rooms }),
        1 => (any::<u8>(), 0..20).prop_map(|(of, from)| Step::Rules { of, from }),
        1 => any::<u8>().prop_map(|of| Step::Policy { of }),
        2 => (any::<u8>(), 0..20, 1..6, 0_u64..4)
            .prop_map(|(of, from, nights, back)| Step::Limits { of, from, nights, back }),
        2 => (any::<u8>(), 0..20, 1..9, 1_u16..4)
            .prop_map(|(of, from, nights, rooms)| Step::Block { of, from, nights, rooms }),
        1 => any::<u8>().prop_map(Step::ReleaseBlock),
        1 => any::<u8>().prop_map(Step::Audit),
        2 => prop_oneof![Just(1_000_u64), Just(90_000_000), 1_u64..20_000].prop_map(Step::Tick),
    ]
}

fn hold_id(name: u8) -> HoldId {
    HoldId::of_command(Slot::of(&grand()), command_id(&format!("hold-{name}")))
}

fn grand() -> PropertyId {
    property("grand")
}

fn command(step: &Step, clock_ms: &mut u64, offset: u64) -> (String, Command) {
    match *step {
        Step::Hold { name, from, nights, rooms, ttl_ms } => {
            let lines = smallvec![line("double", stay(from, from + nights), rooms)];
            let account = format!("shop-{}", name % 3).parse().ok();
            let hold = PlaceHold::direct(grand(), ttl_ms, lines);
            let block = (name % 4 > 0).then(|| block_id(&format!("block-{}", name % 2)));
            (format!("hold-{name}"), Command::PlaceHold(PlaceHold { account, block, ..hold }))
        }
        Step::Confirm(name) => {
            let guest = GuestRef::new("guest").expect("a good id");
            (
                format!("confirm-{name}"),
                Command::ConfirmHold(ConfirmHold { hold: hold_id(name), guest }),
            )
        }
        Step::Release(name) => {
            (format!("release-{name}"), Command::ReleaseHold(ReleaseHold { hold: hold_id(name) }))
        }
        Step::Cancel(name) => {
            let booking = hold_id(name).booking();
            (
                format!("cancel-{name}"),
                Command::CancelBooking(CancelBooking { booking, lines: smallvec![] }),
            )
        }
        Step::Amend { name, from, nights, rooms } => {
            let booking = hold_id(name).booking();
            let line = AmendLine {
                line: 1,
                stay: stay(from, from + nights),
                room_type: None,
                rate_plan: None,
                rooms: Some(rooms),
                guests: None,
            };
            (
                format!("amend-{name}-{from}-{nights}-{rooms}"),
                Command::AmendBooking(AmendBooking { booking, lines: smallvec![line] }),
            )
        }
        Step::External { name, from, nights, rooms } => {
            let command = RecordExternalSale {
                property: grand(),
                channel: ChannelId::new("ota").expect("a good id"),
                reference: ExternalReference::new(&format!("r-{}", name % 16)).expect("a good id"),
                guest: GuestRef::new("guest").expect("a good id"),
                lines: smallvec![line("double", stay(from, from + nights), rooms)],
            };
            // Under the name of a hold, so that what is done to holds and bookings meets it.
            (format!("hold-{name}"), Command::RecordExternalSale(command))
        }
        Step::Supply { from, nights, rooms } => {
            let supply = Supply { physical: rooms, blocked: 0, allowance: 1 };
            (
                format!("supply-{clock_ms}-{from}"),
                set_inventory("grand", "double", stay(from, from + nights), supply),
            )
        }
        Step::Policy { of } => (format!("policy-{clock_ms}-{of}"), policy(of)),
        Step::Limits { of, from, nights, back } => {
            let command = limits(of, stay(from, from + nights), offset.saturating_sub(back));
            (format!("limits-{offset}"), command)
        }
        Step::Rules { of, from } => (format!("rules-{clock_ms}-{of}"), rules(of, from)),
        Step::Block { .. } | Step::ReleaseBlock(_) | Step::Audit(_) => diary(step, *clock_ms),
        Step::Tick(step_ms) => {
            *clock_ms += step_ms;
            ("tick".to_owned(), tick(*clock_ms))
        }
    }
}

/// Something about what is set aside, or the day.
fn diary(step: &Step, clock_ms: u64) -> (String, Command) {
    match *step {
        Step::Block { of, from, nights, rooms } => {
            let id = format!("block-{}", of % 2);
            let set = block(&id, "double", stay(from, from + nights), rooms);
            let cut_off = stay(i32::from(of / 8), 300).arrival();
            (format!("{id}-{clock_ms}-{of}"), Command::SetBlock(SetBlock { cut_off, ..set }))
        }
        Step::ReleaseBlock(of) => {
            (format!("release-block-{of}"), release_block(&format!("block-{}", of % 2)))
        }
        Step::Audit(date) => (format!("audit-{date}"), audit(i32::from(date / 8))),
        _ => panic!("nothing of a diary: {step:?}"),
    }
}

fn rules(of: u8, from: i32) -> Command {
    let most = u16::from(of / 4 % 4);
    if of.is_multiple_of(4) {
        return Command::SetHoldCaps(SetHoldCaps {
            property: grand(),
            open_holds_per_account_max: (most > 0).then_some(most),
            unpaid_percent_max: (most > 1).then_some(50),
        });
    }
    let channel = of.is_multiple_of(3).then(|| "ota".parse().expect("a good id"));
    Command::SetRestrictions(SetRestrictions {
        property: grand(),
        scope: Scope { channel, ..Scope::default() },
        nights: stay(from, from + 3),
        restrictions: Restrictions {
            min_stay_arrival: (most > 0).then_some(most),
            stop_sell: of.is_multiple_of(7),
            ..Restrictions::default()
        },
    })
}

fn policy(of: u8) -> Command {
    let (property, kind) = (grand(), PolicyKind::ALL[usize::from(of % 2)]);
    let version = format!("v{}", of / 2 % 3).parse().expect("a good id");
    match of / 8 % 4 {
        0 | 1 => {
            let document = format!("text {}", of / 128);
            Command::StagePolicy(StagePolicy { property, kind, version, document })
        }
        2 => Command::PromotePolicy(PromotePolicy { property, kind, version }),
        _ => Command::RollbackPolicy(RollbackPolicy { property, kind }),
    }
}

fn limits(of: u8, nights: Stay, computed_at: u64) -> Command {
    let allowance = Some(u16::from(of % 4)).filter(|allowance| *allowance < 3);
    let policy = Some(of / 4 % 4).filter(|number| *number > 0);
    Command::ApplyLimits(ApplyLimits {
        property: grand(),
        room_type: room_type("double"),
        limits: vec![LimitRange { nights, allowance }],
        computed_at,
        policy: policy.map(|number| format!("v{}", number - 1).parse().expect("a good id")),
    })
}

fn store(rows: &mut BTreeMap<RowKey, Row>, state: &mut State) {
    let mut changes = Vec::new();
    state.drain(&mut changes, &mut Vec::new());
    for change in changes {
        match change {
            RowChange::Put(row) => rows.insert(row.key(), row),
            RowChange::Delete(key) => rows.remove(&key),
        };
    }
}

/// Runs a history; where `restarts` says so the state is thrown away and read back from its rows.
fn run(steps: &[Step], restarts: &[bool]) -> (Digest, BTreeMap<RowKey, Row>) {
    let mut state = State::new();
    let mut rows = BTreeMap::new();
    for (name, command) in [
        ("property", define_property("grand", "EUR")),
        ("room-type", define_room_type("grand", "double", 2)),
        ("rate-plan", define_rate_plan("grand", "flexible", &["double"], "EUR")),
        ("owner", announce(1)),
    ] {
        send(&mut state, name, command);
    }
    let (mut digest, mut clock_ms) = (Digest::default(), 0);
    for (index, step) in steps.iter().enumerate() {
        let offset = 100 + index as u64;
        let (name, command) = command(step, &mut clock_ms, offset);
        state.read_at(offset);
        let decided = send(&mut state, &name, command);
        digest = digest.then(&decided.decision);
        assert_eq!(laws::broken(&state), None, "after {step:?}");
        if restarts[index % restarts.len()] {
            store(&mut rows, &mut state);
            state = restored(&rows, 1 + index as u16 % 4);
        }
    }
    store(&mut rows, &mut state);
    (digest, rows)
}

/// A state out of its rows, put together in so many parts.
fn restored(rows: &BTreeMap<RowKey, Row>, parts_count: u16) -> State {
    let mut parts: Vec<_> = (0..parts_count).map(|_| Restoring::default()).collect();
    for row in rows.values().cloned() {
        parts[usize::from(row.partition(parts_count))].take(row);
    }
    State::joined(parts.into_iter().map(|part| part.finish().expect("its own rows")))
}

proptest! {
    #[test]
    fn a_restart_changes_no_decision_and_no_row(
        steps in prop::collection::vec(step(), 1..60),
        restarts in prop::collection::vec(any::<bool>(), 1..60),
    ) {
        let (digest, rows) = run(&steps, &[false]);
        let (restarted_digest, restarted_rows) = run(&steps, &restarts);
        assert_eq!(digest, restarted_digest);
        assert_eq!(rows, restarted_rows);
    }
}

#[test]
fn counters_that_are_not_the_sum_of_the_claims_are_refused() {
    let steps = [
        Step::Supply { from: 0, nights: 9, rooms: 4 },
        Step::Hold { name: 4, from: 2, nights: 2, rooms: 1, ttl_ms: 9_000 },
        Step::Block { of: 17, from: 3, nights: 4, rooms: 3 },
        Step::Hold { name: 1, from: 4, nights: 2, rooms: 1, ttl_ms: 9_000 },
    ];
    let (_, rows) = run(&steps, &[false]);
    assert!(State::restore(rows.values().cloned()).is_ok());
    let wrong = |spoil: fn(&mut Row)| {
        let mut spoilt: Vec<Row> = rows.values().cloned().collect();
        spoilt.iter_mut().for_each(spoil);
        assert_ne!(spoilt, rows.values().cloned().collect::<Vec<_>>(), "nothing is spoilt");
        assert!(State::restore(spoilt).is_err());
    };
    wrong(|row| {
        if let Row::InventoryNight(row) = row {
            row.held += 1
        }
    });
    wrong(|row| {
        if let Row::InventoryNight(row) = row {
            row.allotted += 1
        }
    });
    wrong(|row| {
        if let Row::Block(row) = row {
            row.picked[0].1 += 1
        }
    });
    wrong(|row| {
        if let Row::Block(row) = row {
            row.command.rooms += 1
        }
    });
    wrong(|row| {
        if let Row::Block(row) = row {
            row.state = BlockState::Released
        }
    });
    let nights = |row: &&Row| matches!(row, Row::InventoryNight(_));
    for missing in rows.values().filter(nights) {
        let others = rows.values().filter(|row| *row != missing).cloned();
        assert!(State::restore(others).is_err(), "nobody misses {missing:?}");
    }
    let blocks = rows.values().filter(|row| !matches!(row, Row::Block(_))).cloned();
    assert!(State::restore(blocks).is_err());
}

#[test]
fn a_night_that_is_given_back_leaves_no_row() {
    let steps = [
        Step::Supply { from: 0, nights: 9, rooms: 4 },
        Step::Hold { name: 4, from: 2, nights: 2, rooms: 1, ttl_ms: 9_000 },
        Step::Release(4),
    ];
    let (_, rows) = run(&steps, &[false]);
    assert!(!rows.keys().any(|key| matches!(key, RowKey::InventoryNight(..))));
}

#[test]
fn a_decision_is_forgotten_a_day_after_its_last_moment_and_not_before() {
    let mut state = State::new();
    for (name, command) in [("property", define_property("grand", "EUR")), ("owner", announce(1))] {
        let id = command_id(name);
        crate::apply(&mut state, super::support::envelope(id, events::LogTime(60_000), command));
    }
    let again =
        |state: &mut State| send(state, "property", define_property("grand", "EUR")).repeated;
    let mut monotonic_ms = 0;
    send(&mut state, "tick", tick(monotonic_ms));
    while state.log_time().0 < 60_000 + crate::forget::RETENTION_MS {
        assert!(again(&mut state), "at {:?}", state.log_time());
        monotonic_ms += 10_000;
        send(&mut state, "tick", tick(monotonic_ms));
    }
    for _ in 0..6 {
        monotonic_ms += 10_000;
        send(&mut state, "tick", tick(monotonic_ms));
    }
    assert!(!again(&mut state));
    assert!(matches!(send(&mut state, "x", tick(0)).decision, Decision::Ticked { .. }));
}

/// Lets that much log time pass under an owner that may tell of a day at once.
fn pass(state: &mut State, monotonic_ms: &mut u64, ms: u64) {
    *monotonic_ms += ms;
    let tick = events::Tick { epoch: 2, boot: super::support::BOOT, monotonic_ms: *monotonic_ms };
    send(state, "tick", Command::Tick(tick));
}

#[test]
fn an_id_whose_answer_is_forgotten_does_not_place_its_hold_twice() {
    for is_confirmed in [false, true] {
        let mut state = State::new();
        super::support::grand(&mut state, stay(1, 9), 5);
        let owner = events::AnnounceOwner {
            epoch: 2,
            boot: super::support::BOOT,
            step_max_ms: crate::forget::RETENTION_MS,
        };
        send(&mut state, "owner", Command::AnnounceOwner(owner));
        let hold = place_hold("grand", 60_000, smallvec![line("double", stay(1, 3), 1)]);
        let place = |state: &mut State| {
            let not_after = state.log_time().plus_ms(1);
            let sent = super::support::envelope(command_id("hold-1"), not_after, hold.clone());
            crate::apply(state, sent)
        };
        let mut monotonic_ms = 0;
        pass(&mut state, &mut monotonic_ms, 1);
        assert!(matches!(place(&mut state).decision, Decision::Held { .. }));
        if is_confirmed {
            let guest = GuestRef::new("guest").expect("a good id");
            let confirm = ConfirmHold { hold: hold_id(1), guest };
            send(&mut state, "confirm", Command::ConfirmHold(confirm));
        }
        for _ in 0..2 {
            pass(&mut state, &mut monotonic_ms, 13 * 60 * 60 * 1_000);
        }
        let again = place(&mut state);
        assert!(!again.repeated, "the answer should be forgotten by now");
        let reused = Decision::Rejected(events::Reason::IdReused.into());
        assert_eq!(again.decision, reused);
        assert_eq!(laws::broken(&state), None);
    }
}
