//! Goal: no short history of amendments, sales by channels or linked rooms exists on which the
//! ledger and the naive one differ.
//! Method: every sequence of up to so many commands out of a small alphabet, decisions compared
//! after each, every night's list and the ledger's laws at each end.

use events::hold::Lines;
use events::{AmendBooking, AmendLine, CancelBooking, Command, ConfirmHold, Decision, Envelope};
use events::{ChannelId, ExternalReference, GuestRef, HoldId, LogTime, RecordExternalSale};
use events::{LinkRoomType, Part, ReleaseHold, Slot};
use smallvec::smallvec;

use super::naive::{Naive, OFFSET};
use super::support::{
    command_id, envelope, grand, line, night, place_hold, property, room_type, set_inventory, stay,
    supply,
};
use crate::moves::ClaimKind;
use crate::slot::Slots;
use crate::{State, apply, laws};

pub(super) fn hold_id(name: &str) -> HoldId {
    HoldId::of_command(Slot::of(&property("grand")), command_id(name))
}

pub(super) fn confirm(name: &str) -> Command {
    let guest = GuestRef::new("guest").expect("a good id");
    Command::ConfirmHold(ConfirmHold { hold: hold_id(name), guest })
}

pub(super) fn cancel(name: &str, lines: &[u16]) -> Command {
    let lines = lines.iter().copied().collect();
    Command::CancelBooking(CancelBooking { booking: hold_id(name).booking(), lines })
}

pub(super) fn amend(name: &str, lines: &[AmendLine]) -> Command {
    let lines = lines.iter().cloned().collect();
    Command::AmendBooking(AmendBooking { booking: hold_id(name).booking(), lines })
}

pub(super) fn to_nights(line: u16, from: i32, to: i32) -> AmendLine {
    let stay = stay(from, to);
    AmendLine { line, stay, room_type: None, rate_plan: None, rooms: None, guests: None }
}

pub(super) fn envelopes(words: Vec<(&str, Command)>) -> Vec<Envelope> {
    let sent = |(name, command)| envelope(command_id(name), LogTime(u64::MAX), command);
    words.into_iter().map(sent).collect()
}

pub(super) struct Walk {
    words: Vec<Envelope>,
    path: Vec<usize>,
    accepted: Vec<u64>,
}

impl Walk {
    pub(super) fn run(words: Vec<Envelope>, depth: usize) {
        let mut state = State { slots: Slots::new(1), ..State::new() };
        grand(&mut state, stay(1, 4), 2);
        state.drain(&mut Vec::new(), &mut Vec::new());
        state.read_at(OFFSET);
        let mut naive = Naive::default();
        for id in ["double", "single"] {
            naive.supply(room_type(id), stay(1, 4), supply(2));
        }
        let accepted = vec![0; words.len()];
        let mut walk = Self { words, path: Vec::new(), accepted };
        walk.step(&state, &naive, depth);
        let never: Vec<&Envelope> = (walk.words.iter().zip(&walk.accepted))
            .filter(|(_, count)| **count == 0)
            .map(|(word, _)| word)
            .collect();
        assert!(never.is_empty(), "never accepted, so never tried: {never:?}");
    }

    fn step(&mut self, state: &State, naive: &Naive, left: usize) {
        for index in 0..self.words.len() {
            let (mut state, mut naive) = (state.clone(), naive.clone());
            let word = self.words[index].clone();
            self.path.push(index);
            let before = over(&naive);
            let expected = naive.apply(&word);
            let may_rise = matches!(
                word.command,
                Command::RecordExternalSale(_) | Command::SetInventory(_) | Command::ApplyLimits(_)
            );
            let after = over(&naive);
            let risen = after.iter().zip(&before).any(|(after, before)| after > before);
            assert!(may_rise || !risen, "{before:?} to {after:?} after {:?}", self.names());
            let decided = apply(&mut state, word);
            assert_eq!(decided.decision, expected, "after {:?}", self.names());
            let is_accepted = !matches!(expected, Decision::Rejected(_));
            self.accepted[index] += u64::from(is_accepted);
            if left > 1 {
                self.step(&state, &naive, left - 1);
            } else {
                self.compare(&state, &naive);
            }
            self.path.pop();
        }
    }

    fn compare(&self, state: &State, naive: &Naive) {
        let found = &state.slot(Slot::of(&property("grand"))).properties[&property("grand")];
        for id in ["double", "single"].map(room_type) {
            let inventory = found.inventory(found.room_type(&id).expect("defined"));
            for night in [night(1), night(2), night(3)] {
                let used = inventory.used(night);
                let counted = used
                    .map_or([0; 3], |used| [used.held, used.sold, used.allotted].map(u32::from));
                let kinds = [ClaimKind::Held, ClaimKind::Sold, ClaimKind::Allotted];
                let listed = kinds.map(|kind| naive.claimed(&id, night, kind));
                assert_eq!(counted, listed, "{id} on {night} after {:?}", self.names());
                let flagged = inventory.oversold_since(night).is_some();
                let rooms = inventory.rooms_over(night);
                assert_eq!((flagged, rooms), (naive.over(&id, night) > 0, naive.over(&id, night)));
            }
        }
        let above = found.desk.as_ref().map(|desk| desk.above.clone()).unwrap_or_default();
        assert_eq!(&above, naive.above(), "after {:?}", self.names());
        assert_eq!(laws::broken(state), None, "after {:?}", self.names());
    }

    fn names(&self) -> Vec<&Command> {
        self.path.iter().map(|index| &self.words[*index].command).collect()
    }
}

/// By how much each night is oversold.
fn over(naive: &Naive) -> Vec<u32> {
    let nights = |id: &str| {
        let id = room_type(id);
        [1, 2, 3].map(|number| naive.over(&id, night(number)))
    };
    ["double", "single"].into_iter().flat_map(nights).collect()
}

pub(super) fn external(reference: &str, lines: Lines) -> Command {
    Command::RecordExternalSale(RecordExternalSale {
        property: property("grand"),
        channel: ChannelId::new("ota").expect("a good id"),
        reference: ExternalReference::new(reference).expect("a good id"),
        guest: GuestRef::new("guest").expect("a good id"),
        lines,
    })
}

#[test]
fn every_short_history_with_sales_of_channels_is_decided_as_the_naive_ledger_decides() {
    let hold = |lines| place_hold("grand", 1_000, lines);
    let lines = || smallvec![line("double", stay(1, 3), 2)];
    let words = vec![
        ("A", hold(smallvec![line("double", stay(1, 3), 1)])),
        ("confirm-A", confirm("A")),
        ("release-A", Command::ReleaseHold(ReleaseHold { hold: hold_id("A") })),
        ("cancel-A", cancel("A", &[])),
        ("X", external("one", lines())),
        ("X-again", external("one", lines())),
        (
            "Y",
            external(
                "two",
                smallvec![line("double", stay(2, 4), 1), line("single", stay(1, 2), 3)],
            ),
        ),
        ("cancel-X", cancel("X", &[])),
        ("cancel-Y-2", cancel("Y", &[2])),
        ("shorter-X", amend("X", &[to_nights(1, 1, 2)])),
        ("later-X", amend("X", &[to_nights(1, 2, 4)])),
        ("limit-1", set_inventory("grand", "double", stay(1, 3), supply(1))),
        ("limit-3", set_inventory("grand", "double", stay(2, 3), supply(3))),
    ];
    Walk::run(envelopes(words), 5);
}

#[test]
fn every_short_history_with_linked_rooms_is_decided_as_the_naive_ledger_decides() {
    let hold = |lines| place_hold("grand", 1_000, lines);
    let link = |of: &str, parts: &[(&str, u16)]| {
        let part = |(id, rooms): &(&str, u16)| Part { room_type: room_type(id), rooms: *rooms };
        let parts = parts.iter().map(part).collect();
        let (property, room_type) = (property("grand"), room_type(of));
        Command::LinkRoomType(LinkRoomType { property, room_type, parts })
    };
    let words = vec![
        ("empty", set_inventory("grand", "single", stay(1, 4), supply(0))),
        ("link-1", link("single", &[("double", 1)])),
        ("link-2", link("single", &[("double", 2)])),
        ("unlink", link("single", &[])),
        ("S", hold(smallvec![line("single", stay(1, 3), 1)])),
        ("D", hold(smallvec![line("double", stay(2, 4), 1), line("single", stay(2, 3), 1)])),
        ("confirm-S", confirm("S")),
        ("cancel-S", cancel("S", &[])),
        ("release-D", Command::ReleaseHold(ReleaseHold { hold: hold_id("D") })),
        ("later-S", amend("S", &[to_nights(1, 2, 4)])),
        ("X", external("one", smallvec![line("single", stay(1, 2), 2)])),
        ("limit-1", set_inventory("grand", "double", stay(1, 3), supply(1))),
    ];
    Walk::run(envelopes(words), 5);
}

#[test]
fn every_short_history_with_amendments_is_decided_as_the_naive_ledger_decides() {
    let hold = |lines| place_hold("grand", 1_000, lines);
    let suite = AmendLine { room_type: Some(room_type("single")), ..to_nights(1, 1, 3) };
    let two_rooms = AmendLine { rooms: Some(2), ..to_nights(1, 1, 3) };
    let words = vec![
        ("A", hold(smallvec![line("double", stay(1, 3), 1)])),
        ("B", hold(smallvec![line("double", stay(2, 4), 1), line("single", stay(1, 2), 1)])),
        ("confirm-A", confirm("A")),
        ("confirm-B", confirm("B")),
        ("release-B", Command::ReleaseHold(ReleaseHold { hold: hold_id("B") })),
        ("cancel-B-1", cancel("B", &[1])),
        ("cancel-A", cancel("A", &[])),
        ("shorter-A", amend("A", &[to_nights(1, 1, 2)])),
        ("later-A", amend("A", &[to_nights(1, 2, 4)])),
        ("other-room-A", amend("A", &[suite])),
        ("more-rooms-A", amend("A", &[two_rooms])),
        ("both-B", amend("B", &[to_nights(2, 1, 4), to_nights(1, 1, 3)])),
        ("twice-B", amend("B", &[to_nights(1, 1, 2), to_nights(1, 2, 3)])),
        ("limit-1", set_inventory("grand", "double", stay(1, 3), supply(1))),
    ];
    let mut words = envelopes(words);
    // Never right: it shows only in what is refused.
    let twice = words.remove(12);
    let mut naive = Naive::default();
    assert!(matches!(naive.apply(&twice), Decision::Rejected(_)));
    Walk::run(words, 5);
}
