//! Amendments and what came with them: round trips, and bytes in a file of their own.

use smallvec::smallvec;

use super::{double, envelope, flexible, hex, line, property, stay};
use crate::{
    AmendBooking, AmendLine, BookingId, ChannelId, Command, Decision, ExternalReference, GuestRef,
    Guests, HoldId, LinkRoomType, Night, Oversold, Part, RecordExternalSale, RoomTypeId,
    decode_decision, decode_envelope, encode_decision, encode_envelope,
};

fn booking() -> BookingId {
    HoldId(u128::MAX / 3).booking()
}

fn commands() -> Vec<Command> {
    let external = Command::RecordExternalSale(RecordExternalSale {
        property: property(),
        channel: ChannelId::new("ota").expect("a good id"),
        reference: ExternalReference::new("OTA-4711").expect("a good id"),
        guest: GuestRef::new("guest-2").expect("a good id"),
        lines: smallvec![line(), line()],
    });
    let amend = Command::AmendBooking(AmendBooking {
        booking: booking(),
        lines: smallvec![
            AmendLine {
                line: 1,
                stay: stay(9_921, 9_923),
                room_type: None,
                rate_plan: None,
                rooms: None,
                guests: None,
            },
            AmendLine {
                line: 2,
                stay: stay(9_922, 9_925),
                room_type: Some(double()),
                rate_plan: Some(flexible()),
                rooms: Some(3),
                guests: Some(Guests { adults: 2, children: smallvec![7] }),
            },
        ],
    });
    let link = Command::LinkRoomType(LinkRoomType {
        property: property(),
        room_type: RoomTypeId::new("apartment").expect("a good id"),
        parts: smallvec![Part { room_type: double(), rooms: 2 }],
    });
    vec![amend, external, link]
}

fn decisions() -> Vec<Decision> {
    let oversold = |night, rooms| Oversold {
        room_type: double(),
        night: Night::from_number(night).expect("a good night"),
        rooms,
    };
    vec![
        Decision::Amended { booking: booking(), lines: smallvec![1, 3], amendments: 2 },
        Decision::ExternalSaleRecorded {
            booking: booking(),
            ordinal: 7,
            oversold: vec![oversold(9_921, 1), oversold(9_922, 70_000)],
            known: false,
        },
        Decision::ExternalSaleRecorded {
            booking: booking(),
            ordinal: 7,
            oversold: Vec::new(),
            known: true,
        },
    ]
}

/// To this file lines are only ever added.
#[test]
fn the_golden_bytes_of_sales_are_written_and_read_as_ever() {
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
        let path = "testdata/golden_sales_v1.txt";
        std::fs::write(path, &written).expect("a folder");
    }
    let golden = include_str!("../../../testdata/golden_sales_v1.txt");
    assert_eq!(written, golden, "the wire form has changed");
}
