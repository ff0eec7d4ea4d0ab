//! Goal: no short history of blocks, of what is picked up from them and of business dates exists on
//! which the ledger and the naive one differ.
//! Method: every sequence of up to five commands out of several small alphabets, decisions compared
//! after each, every night's three counters and the ledger's laws at each end.

use events::{
    AdvanceBusinessDate, AmendLine, BlockId, ChannelId, Command, Decision, LinkRoomType, Part,
    PickUp, PlaceHold, Reason, ReleaseBlock, ReleaseHold, SetBlock, Stay,
};
use smallvec::smallvec;

use super::sales::{Walk, amend, cancel, confirm, envelopes, external, hold_id, to_nights};
use super::support::{
    grand, line, night, place_hold, property, room_type, send, set_inventory, stay, supply, tick,
};
use crate::State;
use crate::commands::set_block::{BLOCK_ROOMS_MAX, BLOCKS_MAX, OPEN_NIGHTS_MAX};

pub(super) fn block_id(id: &str) -> BlockId {
    BlockId::new(id).expect("a good id")
}

/// A block for everybody, cut off on the day of its number of rooms.
pub(super) fn block(id: &str, of: &str, nights: Stay, rooms: u16) -> SetBlock {
    SetBlock {
        property: property("grand"),
        block: block_id(id),
        room_type: room_type(of),
        nights,
        rooms,
        cut_off: night(i32::from(rooms)),
        pick_up: PickUp::default(),
        name: String::new(),
    }
}

fn set(id: &str, of: &str, nights: Stay, rooms: u16) -> Command {
    Command::SetBlock(block(id, of, nights, rooms))
}

pub(super) fn release_block(id: &str) -> Command {
    Command::ReleaseBlock(ReleaseBlock { property: property("grand"), block: block_id(id) })
}

pub(super) fn audit(date: i32) -> Command {
    Command::AdvanceBusinessDate(AdvanceBusinessDate {
        property: property("grand"),
        date: night(date),
    })
}

/// A hold that is picked up from a block.
fn pick_up(id: &str, of: &str, nights: Stay, rooms: u16) -> Command {
    let hold = place_hold("grand", 1_000, smallvec![line(of, nights, rooms)]);
    let Command::PlaceHold(hold) = hold else { panic!("a hold") };
    Command::PlaceHold(PlaceHold { block: Some(block_id(id)), ..hold })
}

fn release(name: &str) -> Command {
    Command::ReleaseHold(ReleaseHold { hold: hold_id(name) })
}

#[test]
fn every_short_history_with_a_block_is_decided_as_the_naive_ledger_decides() {
    let two_rooms = AmendLine { rooms: Some(2), ..to_nights(1, 1, 3) };
    let words = vec![
        ("one", set("group", "double", stay(1, 3), 1)),
        ("two", set("group", "double", stay(1, 3), 2)),
        ("later", set("group", "double", stay(2, 4), 1)),
        ("close", release_block("group")),
        ("A", pick_up("group", "double", stay(1, 3), 1)),
        ("B", pick_up("group", "double", stay(2, 3), 1)),
        ("F", place_hold("grand", 1_000, smallvec![line("double", stay(1, 3), 1)])),
        ("confirm-A", confirm("A")),
        ("release-B", release("B")),
        ("cancel-A", cancel("A", &[])),
        ("beyond-A", amend("A", &[to_nights(1, 2, 4)])),
        ("more-A", amend("A", &[two_rooms])),
        ("audit-1", audit(1)),
        ("X", external("one", smallvec![line("double", stay(2, 3), 1)])),
        ("limit-1", set_inventory("grand", "double", stay(1, 3), supply(1))),
    ];
    Walk::run(envelopes(words), 5);
}

#[test]
fn every_short_history_with_blocks_and_time_is_decided_as_the_naive_ledger_decides() {
    let other_room = AmendLine { room_type: Some(room_type("single")), ..to_nights(1, 1, 3) };
    let words = vec![
        ("one", set("group", "double", stay(1, 3), 1)),
        ("other", set("company", "double", stay(2, 4), 1)),
        ("close", release_block("group")),
        ("A", pick_up("group", "double", stay(1, 3), 1)),
        ("B", pick_up("company", "double", stay(2, 4), 1)),
        ("F", place_hold("grand", 1_000, smallvec![line("double", stay(2, 3), 1)])),
        ("confirm-A", confirm("A")),
        ("confirm-B", confirm("B")),
        ("release-F", release("F")),
        ("elsewhere-A", amend("A", &[other_room])),
        ("audit-1", audit(1)),
        ("audit-2", audit(2)),
    ];
    let mut words = envelopes(words);
    words.push(super::support::envelope(
        super::support::command_id("tick"),
        events::LogTime(0),
        tick(600),
    ));
    words.push(super::support::envelope(
        super::support::command_id("tick"),
        events::LogTime(0),
        tick(2_400),
    ));
    Walk::run(words, 5);
}

#[test]
fn every_short_history_with_blocks_of_linked_rooms_is_decided_as_the_naive_ledger_decides() {
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
        ("block", set("group", "single", stay(1, 3), 1)),
        ("close", release_block("group")),
        ("S", pick_up("group", "single", stay(1, 3), 1)),
        ("D", place_hold("grand", 1_000, smallvec![line("double", stay(2, 4), 1)])),
        ("confirm-S", confirm("S")),
        ("cancel-S", cancel("S", &[])),
        ("later-S", amend("S", &[to_nights(1, 2, 4)])),
    ];
    Walk::run(envelopes(words), 5);
}

#[test]
fn only_those_whom_a_block_names_pick_up_from_it() {
    let channel = ChannelId::new("agency").expect("a good id");
    let account = "acme".parse().ok();
    let named = |channel: &Option<ChannelId>, account| {
        let pick_up = PickUp { channel: channel.clone(), account };
        Command::SetBlock(SetBlock { pick_up, ..block("group", "double", stay(1, 3), 1) })
    };
    let hold = |channel: Option<ChannelId>, account| {
        let Command::PlaceHold(hold) = pick_up("group", "double", stay(1, 3), 1) else {
            panic!("a hold")
        };
        let channel = channel.unwrap_or(ChannelId::DIRECT);
        Command::PlaceHold(PlaceHold { channel, account, ..hold })
    };
    for (to_channel, to_account) in [(false, false), (true, false), (false, true), (true, true)] {
        let needs_channel = Some(channel.clone()).filter(|_| to_channel);
        let needs_account = account.clone().filter(|_| to_account);
        for (by_channel, by_account) in [(false, false), (true, false), (false, true), (true, true)]
        {
            let mut state = State::new();
            grand(&mut state, stay(1, 4), 2);
            send(&mut state, "block", named(&needs_channel, needs_account.clone()));
            let has_channel = Some(channel.clone()).filter(|_| by_channel);
            let has_account = account.clone().filter(|_| by_account);
            let decided = send(&mut state, "hold", hold(has_channel, has_account)).decision;
            let may = (by_channel || !to_channel) && (by_account || !to_account);
            let refused = Decision::Rejected(Reason::NotOfBlock.into());
            assert_eq!(decided != refused, may, "{decided:?}");
        }
    }
}

#[test]
fn so_many_blocks_are_remembered_and_no_more() {
    let mut state = State::new();
    grand(&mut state, stay(1, 4), 2);
    let too_large = Decision::Rejected(Reason::TooLarge.into());
    let many = set("group", "double", stay(1, 2), BLOCK_ROOMS_MAX + 1);
    assert_eq!(send(&mut state, "many", many).decision, too_large);
    let long = set("group", "double", stay(1, 732), 1);
    assert_eq!(send(&mut state, "long", long).decision, too_large);
    for index in 0..BLOCKS_MAX {
        let id = format!("block-{index}");
        let set = send(&mut state, &id, set(&id, "double", stay(1, 3), 1)).decision;
        let close = send(&mut state, &format!("close-{index}"), release_block(&id)).decision;
        assert_eq!(set, Decision::Defined);
        assert_eq!(close, Decision::BlockReleased { block: block_id(&id), room_nights: 2 });
    }
    let more = set("one-more", "double", stay(1, 3), 1);
    assert_eq!(send(&mut state, "one-more", more).decision, too_large);
    let again = set("block-7", "double", stay(1, 3), 1);
    assert_eq!(send(&mut state, "again", again).decision, Decision::Defined);
}

#[test]
fn open_blocks_of_a_property_have_so_many_nights_and_no_more() {
    let mut state = State::new();
    grand(&mut state, stay(1, 731), 100);
    let full = OPEN_NIGHTS_MAX / 730;
    for index in 0..full {
        let id = format!("block-{index}");
        let decided = send(&mut state, &id, set(&id, "double", stay(1, 731), 1)).decision;
        assert_eq!(decided, Decision::Defined);
    }
    let rest = OPEN_NIGHTS_MAX - full * 730;
    let one_more = set("rest", "double", stay(1, rest + 2), 1);
    let too_large = Decision::Rejected(Reason::TooLarge.into());
    assert_eq!(send(&mut state, "one-more", one_more).decision, too_large);
    let decided = send(&mut state, "rest", set("rest", "double", stay(1, rest + 1), 1)).decision;
    assert_eq!(decided, Decision::Defined);
    let audited = send(&mut state, "audit", audit(1)).decision;
    let Decision::BusinessDateAdvanced { released, .. } = audited else { panic!("{audited:?}") };
    assert_eq!(released.len(), full as usize + 1);
    assert_eq!(crate::laws::broken(&state), None);
}
