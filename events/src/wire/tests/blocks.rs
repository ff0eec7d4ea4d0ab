//! Blocks and business dates: round trips, and bytes in a file of their own.

use super::{double, envelope, hex, line, property, stay};
use crate::{
    AccountId, AdvanceBusinessDate, BlockId, ChannelId, Command, Decision, Night, PickUp,
    PlaceHold, ReleaseBlock, SetBlock, decode_decision, decode_envelope, encode_decision,
    encode_envelope,
};

fn night(number: i32) -> Night {
    Night::from_number(number).expect("a good night")
}

fn block() -> BlockId {
    BlockId::new("wedding-2027").expect("a good id")
}

fn commands() -> Vec<Command> {
    let set = SetBlock {
        property: property(),
        block: block(),
        room_type: double(),
        nights: stay(9_921, 9_924),
        rooms: 10,
        cut_off: night(9_890),
        pick_up: PickUp::default(),
        name: String::new(),
    };
    let pick_up = PickUp {
        channel: Some(ChannelId::DIRECT),
        account: Some(AccountId::new("acme").expect("a good id")),
    };
    let named = SetBlock { pick_up, name: "Hochzeit Müller".to_owned(), ..set.clone() };
    let hold = PlaceHold::direct(property(), 900_000, [line()].into_iter().collect());
    vec![
        Command::SetBlock(set),
        Command::SetBlock(named),
        Command::ReleaseBlock(ReleaseBlock { property: property(), block: block() }),
        Command::AdvanceBusinessDate(AdvanceBusinessDate { property: property(), date: night(-1) }),
        Command::PlaceHold(PlaceHold { block: Some(block()), ..hold }),
    ]
}

fn decisions() -> Vec<Decision> {
    vec![
        Decision::BlockReleased { block: block(), room_nights: 27 },
        Decision::BlockReleased { block: block(), room_nights: 0 },
        Decision::BusinessDateAdvanced { date: night(9_890), released: vec![block()] },
        Decision::BusinessDateAdvanced { date: night(0), released: Vec::new() },
    ]
}

/// To this file lines are only ever added.
#[test]
fn the_golden_bytes_of_blocks_are_written_and_read_as_ever() {
    let commands = commands().into_iter().map(|command| {
        let envelope = envelope(command);
        let bytes = encode_envelope(&envelope);
        assert_eq!(decode_envelope(&bytes.clone().into()), Ok(envelope.clone()));
        format!("envelope {} {}\n", envelope.command.name(), hex(&bytes))
    });
    let decisions = decisions().into_iter().map(|decision| {
        let bytes = encode_decision(&decision);
        assert_eq!(decode_decision(&bytes), Ok(decision));
        format!("decision {}\n", hex(&bytes))
    });
    let written: String = commands.chain(decisions).collect();
    if std::env::var_os("RECORD").is_some() {
        let path = "testdata/golden_blocks_v1.txt";
        std::fs::write(path, &written).expect("a folder");
    }
    let golden = include_str!("../../../testdata/golden_blocks_v1.txt");
    assert_eq!(written, golden, "the wire form has changed");
}

/// Which block a hold is taken from is part of what its caller asked.
#[test]
fn a_retry_that_names_another_block_is_another_request() {
    let hash_of = |block: Option<BlockId>| {
        let hold = PlaceHold::direct(property(), 900_000, [line()].into_iter().collect());
        let sent = envelope(Command::PlaceHold(PlaceHold { block, ..hold }));
        decode_envelope(&encode_envelope(&sent).into()).expect("a good record").body_hash
    };
    assert_ne!(hash_of(None), hash_of(Some(block())));
}
