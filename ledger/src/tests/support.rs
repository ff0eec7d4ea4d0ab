//! Commands in few words.

use events::hold::Lines;
use events::wire::encode_command;
use events::{
    AnnounceOwner, BodyHash, Boot, ChannelId, Command, CommandId, DefineProperty, DefineRatePlan,
    DefineRoomType, Envelope, Line, Location, LogTime, Money, Night, Occupancy, PlaceHold,
    PropertyId, RatePlanId, RoomTypeId, SetInventory, Slot, Stamp, Stay, Supply, Tick,
};

use crate::{Decided, State, apply};

pub(crate) const BOOT: Boot = Boot(7);

pub(crate) fn property(id: &str) -> PropertyId {
    PropertyId::new(id).expect("a good id")
}

pub(crate) fn room_type(id: &str) -> RoomTypeId {
    RoomTypeId::new(id).expect("a good id")
}

pub(crate) fn rate_plan(id: &str) -> RatePlanId {
    RatePlanId::new(id).expect("a good id")
}

pub(crate) fn night(number: i32) -> Night {
    Night::from_number(number).expect("a good night")
}

pub(crate) fn stay(from: i32, to: i32) -> Stay {
    Stay::new(night(from), night(to)).expect("a stay")
}

pub(crate) fn command_id(name: &str) -> CommandId {
    CommandId::from_key("test", name)
}

pub(crate) fn envelope(id: CommandId, not_after: LogTime, command: Command) -> Envelope {
    Envelope {
        id,
        producer: 1,
        sequence: 1,
        not_after,
        stamp: Stamp(0),
        slot: command.slot().unwrap_or(Slot::from_low_bits(0)),
        body_hash: BodyHash::of(&encode_command(&command)),
        command,
    }
}

pub(crate) fn send(state: &mut State, name: &str, command: Command) -> Decided {
    apply(state, envelope(command_id(name), LogTime(u64::MAX), command))
}

pub(crate) fn define_property(id: &str, currency: &str) -> Command {
    Command::DefineProperty(DefineProperty {
        property: property(id),
        name: id.to_owned(),
        city: "Lisbon".to_owned(),
        country: "PT".to_owned(),
        location: Location { latitude_microdegrees: 0, longitude_microdegrees: 0 },
        time_zone: "Europe/Lisbon".to_owned(),
        currency: currency.parse().expect("a currency"),
        stars: 4,
        amenities: Vec::new(),
        market: None,
    })
}

pub(crate) fn define_room_type(of: &str, id: &str, max_guests: u16) -> Command {
    let (property, room_type) = (property(of), room_type(id));
    Command::DefineRoomType(DefineRoomType { property, room_type, name: id.to_owned(), max_guests })
}

pub(crate) fn define_rate_plan(of: &str, id: &str, room_types: &[&str], currency: &str) -> Command {
    Command::DefineRatePlan(DefineRatePlan {
        property: property(of),
        rate_plan: rate_plan(id),
        name: id.to_owned(),
        room_types: room_types.iter().map(|id| room_type(id)).collect(),
        base_price: Money { amount_minor: 100, currency: currency.parse().expect("a currency") },
        occupancy: Occupancy::default(),
        channels: Vec::new(),
    })
}

pub(crate) fn set_inventory(of: &str, id: &str, nights: Stay, supply: Supply) -> Command {
    Command::SetInventory(SetInventory {
        property: property(of),
        room_type: room_type(id),
        nights,
        supply,
    })
}

pub(crate) fn supply(physical: u16) -> Supply {
    Supply { physical, blocked: 0, allowance: 0 }
}

pub(crate) fn line(id: &str, stay: Stay, rooms: u16) -> Line {
    Line {
        room_type: room_type(id),
        rate_plan: rate_plan("flexible"),
        stay,
        rooms,
        adults: 1,
        children: Default::default(),
    }
}

pub(crate) fn place_hold(of: &str, ttl_ms: u64, lines: Lines) -> Command {
    Command::PlaceHold(PlaceHold {
        property: property(of),
        ttl_ms,
        lines,
        channel: ChannelId::DIRECT,
        account: None,
        booked_on: None,
        block: None,
    })
}

pub(crate) fn announce(epoch: u64) -> Command {
    Command::AnnounceOwner(AnnounceOwner { epoch, boot: BOOT, step_max_ms: 10_000 })
}

pub(crate) fn tick(monotonic_ms: u64) -> Command {
    Command::Tick(Tick { epoch: 1, boot: BOOT, monotonic_ms })
}

/// One hotel `grand` with `double` and `single`, both on `flexible`.
pub(crate) fn grand(state: &mut State, nights: Stay, rooms: u16) {
    let world = [
        define_property("grand", "EUR"),
        define_room_type("grand", "double", 2),
        define_room_type("grand", "single", 1),
        define_rate_plan("grand", "flexible", &["double", "single"], "EUR"),
        set_inventory("grand", "double", nights, supply(rooms)),
        set_inventory("grand", "single", nights, supply(rooms)),
        announce(1),
        tick(0),
    ];
    for (index, command) in world.into_iter().enumerate() {
        let decided = send(state, &format!("world-{index}"), command);
        assert!(!matches!(decided.decision, events::Decision::Rejected(_)), "{decided:?}");
    }
}
