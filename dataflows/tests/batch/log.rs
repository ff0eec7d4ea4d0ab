//! The logs: a year of bookings and nine busy days, generated, and the real history of two hotels.

use std::collections::{BTreeMap, BTreeSet};

use dataflows::views::booked::Booked;
use events::{
    Attempt, BookingId, ChannelId, CompetitorPrice, MarketEvent, MarketId, Money, Night, Part,
    PropertyId, RivalId, RoomTypeId, Search, SourceId, Stamp, Stay, Supply,
};
use ledger::rows::SupplyRange;

mod attempts;
mod generated;
mod overbooking;
mod real;

pub use generated::generated;
pub use overbooking::Overbooking;
pub use real::real;

/// One thing that is heard.
#[derive(Debug, Clone)]
pub enum Record {
    Property {
        property: PropertyId,
        market: Option<MarketId>,
        currency: String,
    },
    Supply {
        property: PropertyId,
        room_type: RoomTypeId,
        ranges: Vec<SupplyRange>,
    },
    Sold {
        property: PropertyId,
        room_type: RoomTypeId,
        night: Night,
        sold: u16,
    },
    RatePlan {
        property: PropertyId,
        ordinal: u16,
        room_types: Vec<RoomTypeId>,
        base_price: Money,
    },
    /// Another pricing policy is in force: as built in but for these.
    Rules {
        property: PropertyId,
        rules: Rules,
    },
    /// How much the hotel dares from now on, and how much it thinks of daring.
    Overbooking {
        property: PropertyId,
        active: Option<Overbooking>,
        candidate: Option<Overbooking>,
    },
    /// What each room of a type takes; nothing makes it an ordinary one.
    Link {
        property: PropertyId,
        room_type: RoomTypeId,
        parts: Vec<Part>,
    },
    Search {
        source: SourceId,
        observed: Stamp,
        stamp: Stamp,
        search: Search,
    },
    Price {
        source: SourceId,
        observed: Stamp,
        stamp: Stamp,
        price: CompetitorPrice,
    },
    Fair {
        source: SourceId,
        observed: Stamp,
        stamp: Stamp,
        event: MarketEvent,
    },
    Attempt {
        source: SourceId,
        observed: Stamp,
        stamp: Stamp,
        attempt: Box<Attempt>,
    },
    Booking(Booked),
    Tick(Stamp),
}

/// What a pricing policy says otherwise than what is built in.
#[derive(Debug, Clone)]
pub struct Rules {
    pub version: u64,
    /// How old what was seen of rivals may be, of whom, and of how many at least.
    pub minutes: u32,
    pub rivals: Vec<RivalId>,
    pub count_min: u16,
    /// Bounds as shares of the base price.
    pub floor_permille: u32,
    pub ceiling_permille: u32,
}

/// The rooms of a type over a range of nights.
fn range(nights: Stay, physical: u16, blocked: u16) -> SupplyRange {
    SupplyRange { nights, supply: Supply { physical, blocked, allowance: 0 } }
}

fn direct() -> ChannelId {
    ChannelId::new("direct").expect("an id")
}

/// What a booking takes of each night: the lines that stand.
type Claims = BTreeMap<(PropertyId, RoomTypeId, Night), u16>;

fn claims(booked: &Booked) -> Claims {
    let mut claims = Claims::new();
    for line in booked.lines.iter().filter(|line| line.cancelled.is_none()) {
        for night in line.stay.nights() {
            let key = (booked.property.clone(), line.room_type.clone(), night);
            *claims.entry(key).or_default() += line.rooms;
        }
    }
    claims
}

/// Puts behind each booking what the ledger would count as sold then.
fn with_sold(log: impl IntoIterator<Item = Record>) -> Vec<Record> {
    let mut held: BTreeMap<BookingId, Claims> = BTreeMap::new();
    let mut sold = Claims::new();
    let mut out = Vec::new();
    for record in log {
        let Record::Booking(booked) = &record else {
            out.push(record);
            continue;
        };
        let now = claims(booked);
        let before = held.insert(booked.booking, now.clone()).unwrap_or_default();
        out.push(record);
        let keys: BTreeSet<_> = before.keys().chain(now.keys()).cloned().collect();
        for key in keys {
            let [before, now] = [&before, &now].map(|claims| claims.get(&key).copied());
            if before == now {
                continue;
            }
            let rooms = sold.entry(key.clone()).or_default();
            *rooms = *rooms + now.unwrap_or(0) - before.unwrap_or(0);
            let (property, room_type, night) = key;
            out.push(Record::Sold { property, room_type, night, sold: *rooms });
        }
    }
    out
}
