//! Wishes about what is sold and on which terms: amendments, sales of channels, restrictions, caps
//! on holds, and room types that are made of others.

use events::{
    AccountId, AmendBooking, AmendLine, BookingId, ChannelId, Command, ExternalReference, GuestRef,
    LinkRoomType, Part, PropertyId, RecordExternalSale, Restrictions, Scope, SetHoldCaps,
    SetRestrictions, Stay, StayPattern,
};

use crate::operations::{line, rate_plan, room_type, stay_in};
use crate::random::Random;
use crate::swarm::Swarm;

/// One of a few channels; the first is the hotel itself.
pub fn channel(random: &mut Random) -> ChannelId {
    match random.index(4) {
        0 => ChannelId::new("agency").expect("a short id"),
        1 => ChannelId::new("metasearch").expect("a short id"),
        _ => ChannelId::DIRECT,
    }
}

/// Nobody, or one of a few.
pub fn account(random: &mut Random) -> Option<AccountId> {
    let number = random.index(6);
    (number < 3).then(|| AccountId::new(&format!("account-{number}")).expect("a short id"))
}

/// Something, so many times in a hundred.
pub fn maybe<T>(
    random: &mut Random,
    percent: u32,
    some: impl FnOnce(&mut Random) -> T,
) -> Option<T> {
    random.percent(percent).then(|| some(random))
}

/// Other nights for a line of a booking, or another room, or more of them.
pub fn amend(swarm: &Swarm, booking: BookingId, random: &mut Random) -> Command {
    let count = if random.percent(15) { 2 } else { 1 };
    let line = |random: &mut Random| AmendLine {
        line: random.between(1, 3).saturating_sub(u64::from(random.percent(60))).max(1) as u16,
        stay: stay_in(swarm, random),
        room_type: maybe(random, 30, |random| room_type(random.index(swarm.room_types))),
        rate_plan: maybe(random, 10, |_| rate_plan()),
        rooms: maybe(random, 30, |random| random.between(1, 3) as u16),
        guests: None,
    };
    let lines = (0..count).map(|_| line(random)).collect();
    Command::AmendBooking(AmendBooking { booking, lines })
}

/// A sale that some channel has made, whatever is left; now and then one that it told before.
pub fn external_sale(swarm: &Swarm, property: &PropertyId, random: &mut Random) -> Command {
    let reference = format!("sale-{}", random.index(200));
    let count = if random.percent(20) { 2 } else { 1 };
    Command::RecordExternalSale(RecordExternalSale {
        property: property.clone(),
        channel: channel(random),
        reference: ExternalReference::new(&reference).expect("a short id"),
        guest: GuestRef::new("guest").expect("a short id"),
        lines: (0..count).map(|_| line(swarm, random)).collect(),
    })
}

/// Restricts some nights for somebody, or opens them again.
pub fn restrict(
    swarm: &Swarm,
    property: &PropertyId,
    nights: Stay,
    random: &mut Random,
) -> Command {
    let scope = Scope {
        room_type: maybe(random, 50, |random| room_type(random.index(swarm.room_types))),
        rate_plan: maybe(random, 30, |_| rate_plan()),
        channel: maybe(random, 30, channel),
    };
    let short = |random: &mut Random| random.between(0, 3) as u16;
    let pattern = |random: &mut Random| {
        StayPattern::new(u64::from(random.between(0, 15) as u8), 4).expect("four lengths")
    };
    let days = |random: &mut Random| random.between(0, 8) as u16;
    let restrictions = if random.percent(50) {
        Restrictions::default()
    } else {
        Restrictions {
            min_stay_arrival: maybe(random, 20, short),
            min_stay_through: maybe(random, 10, short),
            max_stay: maybe(random, 20, short),
            closed_to_arrival: random.percent(15),
            closed_to_departure: random.percent(15),
            stop_sell: random.percent(15),
            advance_min_days: maybe(random, 10, days),
            advance_max_days: maybe(random, 10, days),
            stay_pattern: maybe(random, 10, pattern),
        }
    };
    let property = property.clone();
    Command::SetRestrictions(SetRestrictions { property, scope, nights, restrictions })
}

/// Bounds what may be held unpaid, or no longer.
pub fn cap(property: &PropertyId, random: &mut Random) -> Command {
    Command::SetHoldCaps(SetHoldCaps {
        property: property.clone(),
        open_holds_per_account_max: maybe(random, 50, |random| random.between(0, 3) as u16),
        unpaid_percent_max: maybe(random, 40, |random| random.between(0, 100) as u8),
    })
}

/// Makes a room type of others, or an ordinary one again.
pub fn link(swarm: &Swarm, property: &PropertyId, random: &mut Random) -> Command {
    // The one behind those that have rooms; now and then one of those.
    let suite = if random.percent(80) { swarm.room_types } else { random.index(swarm.room_types) };
    let count = if random.percent(15) { 0 } else { random.between(1, 2) };
    let part = |random: &mut Random| Part {
        room_type: room_type(random.index(swarm.room_types)),
        rooms: random.between(1, 2) as u16,
    };
    Command::LinkRoomType(LinkRoomType {
        property: property.clone(),
        room_type: room_type(suite),
        parts: (0..count).map(|_| part(random)).collect(),
    })
}
