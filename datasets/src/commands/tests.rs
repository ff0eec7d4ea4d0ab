//! Commands under ids that are known in advance.

use std::collections::BTreeSet;

use events::{Line, Night, RatePlanId, RoomTypeId, Stay};

use super::*;

fn property() -> PropertyId {
    PropertyId::new("city-hotel").expect("an id")
}

fn booked() -> HistoryWhat {
    let arrival = Night::from_number(6_000).expect("a night");
    let line = Line {
        room_type: RoomTypeId::new("a").expect("an id"),
        rate_plan: RatePlanId::new("flexible").expect("an id"),
        stay: Stay::new(arrival, arrival.plus(2)).expect("two nights"),
        rooms: 1,
        adults: 2,
        children: SmallVec::new(),
    };
    HistoryWhat::Booked { line, adr_minor: 9_500 }
}

fn event(row: u32, what: HistoryWhat) -> HistoryEvent {
    HistoryEvent { at: Stamp(77), row, property: property(), what }
}

#[test]
fn to_book_is_to_hold_and_to_confirm_that_hold() {
    let maker = CommandMaker::new("test");
    let commands = maker.commands(&event(7, booked()));
    let [place, confirm] = commands.as_slice() else { panic!("{commands:?}") };
    let slot = Slot::of(&property());
    assert_eq!(
        (place.slot, confirm.slot, place.at, confirm.at),
        (slot, slot, Stamp(77), Stamp(77))
    );
    assert!(matches!(&place.command, Command::PlaceHold(hold) if hold.lines.len() == 1));
    let hold = HoldId::of_command(slot, place.id);
    assert_eq!(hold, maker.hold(&property(), 7));
    let guest = GuestRef::new("guest-7").expect("an id");
    assert_eq!(confirm.command, Command::ConfirmHold(ConfirmHold { hold, guest }));
}

#[test]
fn what_follows_speaks_of_the_booking() {
    let maker = CommandMaker::new("test");
    let booking = maker.booking(&property(), 7);
    let fact = |fact| Command::RecordFact(RecordFact { booking, fact });
    let cases = [
        (
            HistoryWhat::Cancelled,
            Command::CancelBooking(CancelBooking { booking, lines: SmallVec::new() }),
        ),
        (HistoryWhat::Arrived, fact(Fact::Arrived)),
        (HistoryWhat::Departed, fact(Fact::Departed)),
        (HistoryWhat::NoShow, fact(Fact::NoShow)),
    ];
    for (what, expected) in cases {
        let commands = maker.commands(&event(7, what));
        assert_eq!(commands.len(), 1);
        assert_eq!(commands[0].command, expected);
        assert_eq!(commands[0].command.slot(), Some(commands[0].slot));
    }
}

#[test]
fn every_row_and_kind_and_history_has_ids_of_its_own() {
    let all = [
        booked(),
        HistoryWhat::Cancelled,
        HistoryWhat::Arrived,
        HistoryWhat::Departed,
        HistoryWhat::NoShow,
    ];
    let mut ids = BTreeSet::new();
    for history in ["one", "other"] {
        let maker = CommandMaker::new(history);
        for row in 1..=200 {
            for what in &all {
                ids.extend(maker.commands(&event(row, what.clone())).iter().map(|made| made.id));
            }
        }
    }
    assert_eq!(ids.len(), 2 * 200 * 6);
}

#[test]
fn ids_do_not_change() {
    let id = CommandMaker::new("hotel-bookings").id(1, "place_hold");
    assert_eq!(id.to_string(), "cmd_69ndxcwk7z2xa07mnzvtb0y6nf");
}
