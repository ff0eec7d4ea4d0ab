//! Round trips, refusals, and golden bytes that may never change.

use bytes::Bytes;
use proptest::prelude::{Just, Strategy, any, prop, prop_oneof, proptest};
use smallvec::smallvec;

use super::{
    RECORD_BYTES_MAX, WireError, decode_decision, decode_envelope, encode_command, encode_decision,
    encode_envelope, proto,
};
use crate::{
    AccountId, AnnounceOwner, BlockId, BodyHash, BookingId, Boot, CancelBooking, ChannelId,
    Command, CommandId, ConfirmHold, Decision, DefineProperty, DefineRatePlan, DefineRoomType,
    Envelope, Fact, GuestRef, HoldId, Line, Location, LogTime, Money, Night, Occupancy, PlaceHold,
    PropertyId, RatePlanId, Reason, RecordFact, Rejection, ReleaseHold, Restrictions, RoomTypeId,
    Scope, SetHoldCaps, SetInventory, SetRestrictions, Slot, Stamp, Stay, Supply, Tick,
};

mod blocks;
mod policies;
mod sales;

fn stay(from: i32, to: i32) -> Stay {
    let night = |number| Night::from_number(number).expect("a good night");
    Stay::new(night(from), night(to)).expect("a stay")
}

fn property() -> PropertyId {
    PropertyId::new("grand").expect("a good id")
}

fn double() -> RoomTypeId {
    RoomTypeId::new("double").expect("a good id")
}

fn flexible() -> RatePlanId {
    RatePlanId::new("flexible").expect("a good id")
}

fn line() -> Line {
    Line {
        room_type: double(),
        rate_plan: flexible(),
        stay: stay(9_921, 9_924),
        rooms: 2,
        adults: 3,
        children: smallvec![4, 11],
    }
}

/// Commands with what was added to them since the first version, and new kinds of command.
fn added_commands() -> Vec<Command> {
    let Command::DefineRatePlan(plan) = commands().remove(2) else { panic!("the third") };
    let Command::PlaceHold(hold) = commands().remove(4) else { panic!("the fifth") };
    let ota = ChannelId::new("ota").expect("a good id");
    vec![
        Command::DefineRatePlan(DefineRatePlan {
            occupancy: Occupancy { min_guests: Some(0), max_guests: Some(2) },
            channels: vec![ChannelId::DIRECT, ota.clone()],
            ..plan
        }),
        Command::PlaceHold(PlaceHold {
            channel: ota.clone(),
            account: Some(AccountId::new("acme").expect("a good id")),
            booked_on: Night::from_number(9_900),
            ..hold
        }),
        Command::SetRestrictions(SetRestrictions {
            property: property(),
            scope: Scope::default(),
            nights: stay(9_862, 10_226),
            restrictions: Restrictions::default(),
        }),
        Command::SetRestrictions(SetRestrictions {
            property: property(),
            scope: Scope {
                room_type: Some(double()),
                rate_plan: Some(flexible()),
                channel: Some(ota),
            },
            nights: stay(9_862, 9_863),
            restrictions: Restrictions {
                min_stay_arrival: Some(2),
                min_stay_through: Some(3),
                max_stay: Some(0),
                closed_to_arrival: true,
                closed_to_departure: true,
                stop_sell: true,
                advance_min_days: Some(0),
                advance_max_days: Some(365),
                stay_pattern: Some("NYYNYNY".parse().expect("a pattern")),
            },
        }),
        Command::SetHoldCaps(SetHoldCaps {
            property: property(),
            open_holds_per_account_max: Some(5),
            unpaid_percent_max: Some(30),
        }),
        Command::SetHoldCaps(SetHoldCaps {
            property: property(),
            open_holds_per_account_max: None,
            unpaid_percent_max: None,
        }),
    ]
}

/// A retry on another day is known by its body: when it was booked is not what its caller asked.
#[test]
fn the_day_of_booking_is_no_part_of_what_was_asked() {
    let Command::PlaceHold(hold) = added_commands().remove(1) else { panic!("the second") };
    let hash_of = |booked_on: Option<Night>| {
        let sent = envelope(Command::PlaceHold(PlaceHold { booked_on, ..hold.clone() }));
        decode_envelope(&encode_envelope(&sent).into()).expect("a good record").body_hash
    };
    assert_eq!(hash_of(Night::from_number(9_900)), hash_of(Night::from_number(9_901)));
    assert_eq!(hash_of(Night::from_number(9_900)), hash_of(None));
}

/// One command of each kind of the first version, by name.
fn commands() -> Vec<Command> {
    let currency = "EUR".parse().expect("a currency");
    let hold = HoldId(u128::MAX / 3);
    vec![
        Command::DefineProperty(DefineProperty {
            property: property(),
            name: "Grand Hôtel".to_owned(),
            city: "Lisbon".to_owned(),
            country: "PT".to_owned(),
            location: Location {
                latitude_microdegrees: 38_710_000,
                longitude_microdegrees: -9_140_000,
            },
            time_zone: "Europe/Lisbon".to_owned(),
            currency,
            stars: 4,
            amenities: vec!["wifi".to_owned(), "pool".to_owned()],
            market: None,
        }),
        Command::DefineRoomType(DefineRoomType {
            property: property(),
            room_type: double(),
            name: "Double".to_owned(),
            max_guests: 2,
        }),
        Command::DefineRatePlan(DefineRatePlan {
            property: property(),
            rate_plan: flexible(),
            name: "Flexible".to_owned(),
            room_types: vec![double()],
            base_price: Money { amount_minor: 12_000, currency },
            occupancy: Occupancy::default(),
            channels: Vec::new(),
        }),
        Command::SetInventory(SetInventory {
            property: property(),
            room_type: double(),
            nights: stay(9_862, 10_226),
            supply: Supply { physical: 20, blocked: 1, allowance: 2 },
        }),
        Command::PlaceHold(PlaceHold {
            property: property(),
            ttl_ms: 900_000,
            lines: smallvec![line(), line()],
            channel: ChannelId::DIRECT,
            account: None,
            booked_on: None,
            block: None,
        }),
        Command::ConfirmHold(ConfirmHold {
            hold,
            guest: GuestRef::new("guest-1").expect("a good id"),
        }),
        Command::ReleaseHold(ReleaseHold { hold }),
        Command::CancelBooking(CancelBooking { booking: hold.booking(), lines: smallvec![1, 3] }),
        Command::RecordFact(RecordFact { booking: hold.booking(), fact: Fact::NoShow }),
        Command::AnnounceOwner(AnnounceOwner { epoch: 3, boot: Boot(77), step_max_ms: 10_000 }),
        Command::Tick(Tick { epoch: 3, boot: Boot(77), monotonic_ms: 123_456 }),
    ]
}

fn decisions() -> Vec<Decision> {
    let hold = HoldId(u128::MAX / 5);
    let booking = BookingId(u128::MAX / 7);
    let night = |number| Night::from_number(number).expect("a good night");
    vec![
        Decision::Defined,
        Decision::InventorySet { nights_changed: 364 },
        Decision::Held { hold, deadline: LogTime(900_250) },
        Decision::Confirmed { booking, ordinal: 7, readmitted: true },
        Decision::Released { hold },
        Decision::Cancelled { booking, lines: smallvec![1, 2], whole: false },
        Decision::Recorded,
        Decision::OwnerAnnounced { epoch: 3 },
        Decision::Ticked { log_time: LogTime(12), expired: vec![hold, HoldId(1)] },
        Decision::Rejected(Reason::HoldUnknown.into()),
        Decision::Rejected(Rejection {
            reason: Reason::NoRoom,
            nights: vec![night(-3), night(9_922)].into(),
        }),
    ]
}

fn envelope(command: Command) -> Envelope {
    let mut asked = command.clone();
    if let Command::PlaceHold(hold) = &mut asked {
        hold.booked_on = None;
    }
    Envelope {
        id: CommandId::from_key("default", "key-1"),
        producer: 0x0102_0304_0506_0708,
        sequence: 300,
        not_after: LogTime(60_000),
        stamp: Stamp(1_795_000_000_000),
        slot: command.slot().unwrap_or(Slot::from_low_bits(0)),
        body_hash: BodyHash::of(&encode_command(&asked)),
        command,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn every_kind_of_command_comes_back_as_it_went() {
    for (index, command) in commands().into_iter().enumerate() {
        assert_eq!(command.kind() as usize, index + 1, "kinds are numbered in order");
        let envelope = envelope(command);
        assert_eq!(decode_envelope(&encode_envelope(&envelope).into()), Ok(envelope));
    }
    for command in added_commands() {
        let envelope = envelope(command);
        assert_eq!(decode_envelope(&encode_envelope(&envelope).into()), Ok(envelope));
    }
}

#[test]
fn every_kind_of_decision_comes_back_as_it_went() {
    for decision in decisions() {
        assert_eq!(decode_decision(&encode_decision(&decision)), Ok(decision));
    }
}

/// What was added to version 1 stands in a file of its own, to which lines are only ever added.
#[test]
fn what_was_added_is_written_and_read_as_ever() {
    let commands = added_commands().into_iter().map(|command| {
        let envelope = envelope(command);
        format!("envelope {} {}\n", envelope.command.name(), hex(&encode_envelope(&envelope)))
    });
    let set = Decision::RestrictionsSet { nights_changed: 364 };
    assert_eq!(decode_decision(&encode_decision(&set)), Ok(set.clone()));
    let decision = format!("decision {}\n", hex(&encode_decision(&set)));
    let written: String = commands.chain([decision]).collect();
    if std::env::var_os("RECORD").is_some() {
        let path = "testdata/golden_restrictions_v1.txt";
        std::fs::write(path, &written).expect("a folder");
    }
    let golden = include_str!("../../testdata/golden_restrictions_v1.txt");
    assert_eq!(written, golden, "the wire form has changed");
}

/// The corpus is of version 1. A new version adds a file; it never changes this one.
#[test]
fn the_golden_bytes_are_written_and_read_as_ever() {
    let commands = commands().into_iter().map(|command| {
        let envelope = envelope(command);
        let bytes = encode_envelope(&envelope);
        assert_eq!(decode_envelope(&bytes.clone().into()), Ok(envelope.clone()));
        format!("envelope {} {}\n", envelope.command.name(), hex(&bytes))
    });
    let decisions = decisions()
        .into_iter()
        .map(|decision| format!("decision {}\n", hex(&encode_decision(&decision))));
    let written: String = commands.chain(decisions).collect();
    if std::env::var_os("RECORD").is_some() {
        std::fs::write("testdata/golden_v1.txt", &written).expect("a folder");
    }
    assert_eq!(written, include_str!("../../testdata/golden_v1.txt"), "the wire form has changed");
}

#[test]
fn what_is_no_record_is_refused_by_name() {
    let good = envelope(commands().remove(6));
    let tampered = |change: &dyn Fn(&mut proto::Envelope)| {
        let mut message: proto::Envelope =
            prost::Message::decode(&encode_envelope(&good)[..]).expect("its own bytes");
        change(&mut message);
        decode_envelope(&prost::Message::encode_to_vec(&message).into())
            .expect_err("must be refused")
    };
    assert_eq!(tampered(&|message| message.schema_version = 2), WireError::SchemaVersion(2));
    assert_eq!(tampered(&|message| message.schema_version = 0), WireError::SchemaVersion(0));
    assert_eq!(
        tampered(&|message| message.kind = 5),
        WireError::KindMismatch { envelope: 5, body: 7 }
    );
    assert_eq!(
        tampered(&|message| message.slot = 4096),
        WireError::OutOfRange { field: "slot", value: 4096 }
    );
    assert!(matches!(tampered(&|message| message.id = vec![1; 15]), WireError::Id(_)));
    assert_eq!(tampered(&|message| message.body = Bytes::new()), WireError::Missing("kind"));
    assert!(matches!(
        decode_envelope(&Bytes::from_static(b"\xff\xff")),
        Err(WireError::NotProtobuf(_))
    ));
    let long = vec![0; RECORD_BYTES_MAX + 1];
    assert_eq!(
        decode_envelope(&long.into()),
        Err(WireError::TooLong { bytes: RECORD_BYTES_MAX + 1, bytes_max: RECORD_BYTES_MAX })
    );
}

fn a_line() -> impl Strategy<Value = Line> {
    (0..30_000, 1..700, 1_u16..500, 0_u16..9, prop::collection::vec(any::<u8>(), 0..12)).prop_map(
        |(arrival, nights, rooms, adults, children)| Line {
            stay: stay(arrival, arrival + nights),
            rooms,
            adults,
            children: children.into(),
            ..line()
        },
    )
}

fn a_command() -> impl Strategy<Value = Command> {
    let hold = (any::<u64>(), prop::collection::vec(a_line(), 1..5)).prop_map(|(ttl_ms, lines)| {
        Command::PlaceHold(PlaceHold {
            property: property(),
            ttl_ms,
            lines: lines.into(),
            channel: ChannelId::new("ota").expect("a good id"),
            account: Some(AccountId::new("acme").expect("a good id")),
            booked_on: Night::from_number(ttl_ms as i32 % 1_000),
            block: ttl_ms.is_multiple_of(2).then(|| BlockId::new("group").expect("a good id")),
        })
    });
    let cancel =
        (any::<u128>(), prop::collection::vec(any::<u16>(), 0..6)).prop_map(|(booking, lines)| {
            Command::CancelBooking(CancelBooking {
                booking: BookingId(booking),
                lines: lines.into(),
            })
        });
    let any = (0..11_usize).prop_map(|index| commands().remove(index));
    prop_oneof![3 => hold, 2 => cancel, 1 => any]
}

proptest! {
    #[test]
    fn any_envelope_comes_back_as_it_went(
        id in any::<u128>(),
        sequence in any::<u64>(),
        not_after in any::<u64>(),
        stamp in any::<i64>(),
        command in a_command(),
    ) {
        let envelope = Envelope {
            id: CommandId(id),
            sequence,
            not_after: LogTime(not_after),
            stamp: Stamp(stamp),
            ..envelope(command)
        };
        assert_eq!(decode_envelope(&encode_envelope(&envelope).into()), Ok(envelope));
    }

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = decode_envelope(&bytes.clone().into());
        let _ = decode_decision(&bytes);
    }

    #[test]
    fn no_flipped_bit_makes_a_reader_panic(
        envelope in a_command().prop_map(envelope),
        at in any::<prop::sample::Index>(),
        bit in 0..8,
    ) {
        let mut bytes = encode_envelope(&envelope);
        let index = at.index(bytes.len());
        bytes[index] ^= 1_u8 << bit;
        let _ = decode_envelope(&bytes.into());
    }

    #[test]
    fn an_id_reads_as_it_is_written(bits in any::<u128>(), prefix in Just("hold_")) {
        let text = HoldId(bits).to_string();
        assert!(text.starts_with(prefix));
        assert_eq!(text.parse(), Ok(HoldId(bits)));
    }
}
