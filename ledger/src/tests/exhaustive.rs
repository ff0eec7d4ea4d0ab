//! Goal: no short history exists on which the ledger and the naive model differ.
//! Method: every sequence of up to five out of 22 commands in a world of one room type, two nights,
//! two rooms, five holds and their retries; decisions compared after each, counters at each end.

use events::{
    CancelBooking, Command, ConfirmHold, Envelope, Fact, GuestRef, HoldId, LogTime, PlaceHold,
    RecordFact, ReleaseHold, Restrictions, Scope, SetHoldCaps, SetRestrictions, Slot, Supply,
};
use smallvec::smallvec;

use super::model::Model;
use super::support::{
    command_id, envelope, grand, line, night, place_hold, property, room_type, set_inventory, stay,
    tick,
};
use crate::moves::ClaimKind;
use crate::slot::Slots;
use crate::{State, apply, laws};

const TTL_MS: u64 = 1_000;

fn hold_id(name: &str) -> HoldId {
    HoldId::of_command(Slot::of(&property("grand")), command_id(name))
}

fn alphabet() -> Vec<Envelope> {
    let hold = |lines| place_hold("grand", TTL_MS, lines);
    let confirm = |name: &str| {
        let guest = GuestRef::new("guest").expect("a good id");
        Command::ConfirmHold(ConfirmHold { hold: hold_id(name), guest })
    };
    let release = |name: &str| Command::ReleaseHold(ReleaseHold { hold: hold_id(name) });
    let cancel = |name: &str, lines| {
        Command::CancelBooking(CancelBooking { booking: hold_id(name).booking(), lines })
    };
    let inventory = |physical, blocked, allowance| {
        set_inventory("grand", "double", stay(1, 3), Supply { physical, blocked, allowance })
    };
    let arrived = RecordFact { booking: hold_id("A").booking(), fact: Fact::Arrived };
    let words = [
        ("A", hold(smallvec![line("double", stay(1, 3), 1)])),
        ("A", hold(smallvec![line("double", stay(1, 2), 1)])),
        ("B", hold(smallvec![line("double", stay(2, 3), 2)])),
        ("C", hold(smallvec![line("double", stay(1, 2), 1)])),
        ("E", hold(smallvec![line("double", stay(1, 3), 1), line("double", stay(2, 3), 1)])),
        ("confirm-A", confirm("A")),
        ("confirm-B", confirm("B")),
        ("confirm-E", confirm("E")),
        ("confirm-E-again", confirm("E")),
        ("release-A", release("A")),
        ("release-C", release("C")),
        ("cancel-A", cancel("A", smallvec![])),
        ("cancel-B", cancel("B", smallvec![])),
        ("cancel-E-1", cancel("E", smallvec![1])),
        ("cancel-E", cancel("E", smallvec![])),
        ("arrived-A", Command::RecordFact(arrived)),
        ("limit-1", inventory(1, 0, 0)),
        ("limit-3", inventory(2, 0, 1)),
        ("blocked", inventory(2, 2, 0)),
    ];
    let mut words: Vec<Envelope> = words
        .into_iter()
        .map(|(name, command)| envelope(command_id(name), LogTime(u64::MAX), command))
        .collect();
    words.push(envelope(command_id("tick"), LogTime(0), tick(400)));
    words.push(envelope(command_id("tick"), LogTime(0), tick(TTL_MS + 700)));
    let late = hold(smallvec![line("double", stay(2, 3), 1)]);
    words.push(envelope(command_id("D"), LogTime(100), late));
    words
}

struct Walk {
    words: Vec<Envelope>,
    sequences_count: u64,
    path: Vec<usize>,
}

impl Walk {
    fn step(&mut self, state: &State, model: &Model, left: usize) {
        for index in 0..self.words.len() {
            let (mut state, mut model) = (state.clone(), model.clone());
            let word = self.words[index].clone();
            self.path.push(index);
            let expected = model.apply(&word);
            let decided = apply(&mut state, word);
            assert_eq!(decided.decision, expected, "after {:?}", self.names());
            self.sequences_count += 1;
            if left > 1 {
                self.step(&state, &model, left - 1);
            } else {
                self.compare(&state, &model);
            }
            self.path.pop();
        }
    }

    fn compare(&self, state: &State, model: &Model) {
        let slot = state.slot(Slot::of(&property("grand")));
        let found = &slot.properties[&property("grand")];
        let inventory = found.inventory(found.room_type(&room_type("double")).expect("defined"));
        for night in [night(1), night(2)] {
            let counted =
                inventory.used(night).map_or(0, |used| u32::from(used.held) + u32::from(used.sold));
            assert_eq!(counted, model.claimed(night), "{night} after {:?}", self.names());
        }
        assert_eq!(laws::broken(state), None, "after {:?}", self.names());
    }

    fn names(&self) -> Vec<&Command> {
        self.path.iter().map(|index| &self.words[*index].command).collect()
    }
}

#[test]
fn every_sequence_of_up_to_five_commands_is_decided_as_the_model_decides() {
    let mut state = State { slots: Slots::new(1), ..State::new() };
    grand(&mut state, stay(1, 3), 2);
    state.drain(&mut Vec::new(), &mut Vec::new());
    let supply = [night(1), night(2)].map(|night| (night, super::support::supply(2)));
    let mut walk = Walk { words: alphabet(), sequences_count: 0, path: Vec::new() };
    let words = walk.words.len() as u64;
    walk.step(&state, &Model::started(supply.to_vec()), 5);
    assert_eq!(walk.sequences_count, (1..=5).map(|length| words.pow(length)).sum::<u64>());
}

/// Commands among which restrictions and caps on holds come and go.
fn ruled_alphabet() -> Vec<Envelope> {
    let of = |account: &str, stay, rooms| {
        let lines = smallvec![line("double", stay, rooms)];
        let hold = PlaceHold::direct(property("grand"), TTL_MS, lines);
        let account = Some(account.parse().expect("a good id"));
        Command::PlaceHold(PlaceHold { account, ..hold })
    };
    let say = |restrictions| {
        Command::SetRestrictions(SetRestrictions {
            property: property("grand"),
            scope: Scope { room_type: Some(room_type("double")), ..Scope::default() },
            nights: stay(1, 2),
            restrictions,
        })
    };
    let cap = |open_holds_per_account_max, unpaid_percent_max| {
        let property = property("grand");
        Command::SetHoldCaps(SetHoldCaps {
            property,
            open_holds_per_account_max,
            unpaid_percent_max,
        })
    };
    let guest = GuestRef::new("guest").expect("a good id");
    let open = Restrictions::default();
    let words = [
        ("A", of("shop", stay(1, 3), 1)),
        ("B", of("shop", stay(2, 3), 1)),
        ("C", of("other", stay(1, 2), 2)),
        ("confirm-A", Command::ConfirmHold(ConfirmHold { hold: hold_id("A"), guest })),
        ("release-B", Command::ReleaseHold(ReleaseHold { hold: hold_id("B") })),
        ("closed", say(Restrictions { stop_sell: true, ..open })),
        ("two", say(Restrictions { min_stay_arrival: Some(2), ..open })),
        ("open", say(open)),
        ("one-each", cap(Some(1), None)),
        ("half", cap(None, Some(50))),
        ("any", cap(None, None)),
    ];
    let words = words.into_iter();
    let words = words.map(|(name, command)| envelope(command_id(name), LogTime(u64::MAX), command));
    words.chain([envelope(command_id("tick"), LogTime(0), tick(TTL_MS + 700))]).collect()
}

#[test]
fn every_sequence_under_rules_is_decided_as_the_model_decides() {
    let mut state = State { slots: Slots::new(1), ..State::new() };
    grand(&mut state, stay(1, 3), 2);
    // The model knows one room type, of which the share that may be unpaid is reckoned.
    let none = set_inventory("grand", "single", stay(1, 3), super::support::supply(0));
    super::support::send(&mut state, "no-singles", none);
    state.drain(&mut Vec::new(), &mut Vec::new());
    let supply = [night(1), night(2)].map(|night| (night, super::support::supply(2)));
    let mut walk = Walk { words: ruled_alphabet(), sequences_count: 0, path: Vec::new() };
    let words = walk.words.len() as u64;
    walk.step(&state, &Model::started(supply.to_vec()), 5);
    assert_eq!(walk.sequences_count, (1..=5).map(|length| words.pow(length)).sum::<u64>());
}

#[test]
fn a_claim_is_counted_on_its_nights_and_on_no_other() {
    let mut state = State::new();
    grand(&mut state, stay(1, 5), 2);
    super::support::send(
        &mut state,
        "A",
        place_hold("grand", 1, smallvec![line("double", stay(2, 4), 1)]),
    );
    let mut moves = Vec::new();
    state.drain(&mut Vec::new(), &mut moves);
    let supplies = moves.iter().filter_map(|change| match change {
        crate::Move::Supply { night, diff, .. } => Some((night.number(), *diff)),
        crate::Move::Claim { kind, .. } => {
            assert_eq!(*kind, ClaimKind::Held);
            None
        }
    });
    assert_eq!(supplies.collect::<Vec<_>>(), [(2, 1), (3, 1)]);
}
