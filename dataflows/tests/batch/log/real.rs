//! The real history: every booking of two hotels and every cancellation; the clock is that of the
//! events.

use std::collections::{BTreeMap, BTreeSet};

use dataflows::views::booked::{Booked, BookedStay};
use datasets::{DataFolder, History, HistoryWhat, HotelBookings, HotelBookingsError};
use events::{BookingId, Money, Night, PropertyId, RoomTypeId, Stay};

use super::{Record, direct, overbooking, range, with_sold};

/// How many rooms of each type there are said to be.
const ROOMS: u16 = 37;

pub fn real() -> Result<Vec<Record>, HotelBookingsError> {
    let history = HotelBookings::open(&DataFolder::find())?;
    let mut booked: BTreeMap<u32, Booked> = BTreeMap::new();
    let mut kinds: BTreeSet<(PropertyId, RoomTypeId)> = BTreeSet::new();
    let mut log = Vec::new();
    for event in history.events() {
        match event.what {
            HistoryWhat::Booked { line, adr_minor } => {
                kinds.insert((event.property.clone(), line.room_type.clone()));
                let stay = BookedStay {
                    room_type: line.room_type,
                    rate_plan: line.rate_plan,
                    stay: line.stay,
                    rooms: line.rooms,
                    cancelled: None,
                    night_price_minor: Some(adr_minor),
                };
                let made = Booked {
                    booking: BookingId(event.row.into()),
                    property: event.property,
                    channel: direct(),
                    made: event.at,
                    lines: [stay].into_iter().collect(),
                    fact: None,
                };
                log.push(Record::Booking(made.clone()));
                booked.insert(event.row, made);
            }
            HistoryWhat::Cancelled => {
                let made = booked.get_mut(&event.row).expect("what is cancelled was made before");
                made.lines.iter_mut().for_each(|line| line.cancelled = Some(event.at));
                log.push(Record::Booking(made.clone()));
            }
            HistoryWhat::Arrived | HistoryWhat::Departed | HistoryWhat::NoShow => {}
        }
        log.push(Record::Tick(event.at));
    }
    let night = |text: &str| text.parse::<Night>().expect("a night");
    let nights = Stay::new(night("2015-07-01"), night("2017-10-01")).expect("nights");
    let properties: BTreeSet<PropertyId> = kinds.iter().map(|(of, _)| of.clone()).collect();
    let named = properties.iter().map(|property| Record::Property {
        property: property.clone(),
        market: Some("portugal".parse().expect("an id")),
        currency: "EUR".to_owned(),
    });
    let daring = properties.iter().map(|property| Record::Overbooking {
        property: property.clone(),
        active: Some(overbooking::real()),
        candidate: None,
    });
    let plans: Vec<Record> = properties.iter().map(|of| plan(of, &kinds)).collect();
    let supply = kinds.into_iter().map(|(property, room_type)| Record::Supply {
        property,
        room_type,
        ranges: vec![range(nights, ROOMS, 2)],
    });
    Ok(with_sold(named.chain(daring).chain(plans).chain(supply).chain(log)))
}

/// One rate plan for all that a hotel has.
fn plan(property: &PropertyId, kinds: &BTreeSet<(PropertyId, RoomTypeId)>) -> Record {
    let own = kinds.iter().filter(|(of, _)| of == property);
    Record::RatePlan {
        property: property.clone(),
        ordinal: 0,
        room_types: own.map(|(_, room_type)| room_type.clone()).collect(),
        base_price: Money { amount_minor: 9_500, currency: "EUR".parse().expect("a currency") },
    }
}
