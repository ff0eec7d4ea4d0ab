//! Rows of the views of bookings and prices.

use dataflows::views::limit::{LimitKey, LimitRow};
use dataflows::views::occupancy::{
    Figures, NightOccupancy, OccupancyKey, OccupancyOf, OccupancyRow, Window,
};
use dataflows::views::pace::{PaceKey, PaceOf, PaceRow};
use dataflows::views::price::{Branch, PriceKey, PriceRow};
use events::{MarketId, Money};
use models::overbooking::{BoundBy, Outlook};
use models::pricing::{Competitors, EventImpacts, EventKind, Features};

use super::{Draw, Sample};
use crate::tables::{Limit, LimitCandidate, Occupancy, Pace, Price};

impl Sample for Pace {
    fn sample(draw: &mut Draw) -> (PaceKey, PaceRow) {
        let of = match draw.u64().is_multiple_of(4) {
            true => PaceOf::Lead(draw.edgy() as u16),
            false => PaceOf::Night(draw.night()),
        };
        let (property, room_type) = (draw.property(), draw.optional(Draw::room_type));
        let row = PaceRow {
            on_the_books: draw.edgy() as u32,
            pickup_1d: draw.edgy() as i32,
            pickup_7d: draw.edgy() as i32,
            pickup_30d: draw.edgy() as i32,
            year_before: draw.optional(|draw| draw.edgy() as u32),
            mean_milli: draw.optional(Draw::edgy),
        };
        (PaceKey { property, room_type, of }, row)
    }
}

impl Sample for Occupancy {
    fn sample(draw: &mut Draw) -> (OccupancyKey, OccupancyRow) {
        let of = match draw.u64().is_multiple_of(2) {
            true => OccupancyOf::Property(draw.property()),
            false => OccupancyOf::Market(MarketId::new(&draw.id()).expect("an id")),
        };
        let night = draw.optional(Draw::night);
        let permille = |draw: &mut Draw| draw.optional(|draw| draw.edgy() as u32);
        let window = |draw: &mut Draw| Window {
            bookings: draw.edgy() as u32,
            cancellations: draw.edgy() as u32,
            cancelled_permille: permille(draw),
            occupancy_permille: permille(draw),
            revenue_per_room_minor: draw.optional(|draw| draw.edgy().cast_signed()),
        };
        let row = match night {
            Some(_) => OccupancyRow::Night(NightOccupancy {
                rooms: draw.edgy(),
                sold: draw.edgy(),
                permille: permille(draw),
            }),
            None => OccupancyRow::Figures(Figures {
                week: window(draw),
                month: window(draw),
                price_trend_7d_permille: permille(draw),
            }),
        };
        (OccupancyKey { of, night }, row)
    }
}

impl Sample for Limit {
    fn sample(draw: &mut Draw) -> (LimitKey, LimitRow) {
        let key = LimitKey {
            property: draw.property(),
            room_type: draw.room_type(),
            night: draw.night(),
        };
        let outlook = |draw: &mut Draw| Outlook {
            booked_rooms: draw.edgy() as u32,
            expected_arrivals_ppm: draw.edgy(),
            expected_walks_ppm: draw.edgy(),
            expected_empty_ppm: draw.edgy(),
            walk_ppm: draw.edgy() as u32,
            arrivals_quantiles: [(); 5].map(|()| draw.edgy() as u32),
        };
        let row = LimitRow {
            physical_rooms: draw.edgy() as u32,
            allowance: draw.edgy() as u32,
            bound_by: draw.pick(&BoundBy::ALL),
            now: outlook(draw),
            at_limit: outlook(draw),
            policy_version: draw.edgy(),
        };
        (key, row)
    }
}

impl Sample for LimitCandidate {
    fn sample(draw: &mut Draw) -> (LimitKey, LimitRow) {
        Limit::sample(draw)
    }
}

impl Sample for Price {
    fn sample(draw: &mut Draw) -> (PriceKey, PriceRow) {
        let key = PriceKey {
            property: draw.property(),
            branch: draw.pick(&[Branch::Active, Branch::Candidate]),
            room_type: draw.room_type(),
            night: draw.night(),
        };
        let row = PriceRow {
            base: amount(draw),
            price_minor: draw.edgy().cast_signed(),
            multiplier_ppm: draw.edgy().cast_signed(),
            confidence_permille: draw.edgy() as u16,
            position_permille: draw.optional(|draw| draw.edgy() as u32),
            policy_version: draw.edgy(),
            features: features(draw),
        };
        (key, row)
    }
}

fn amount(draw: &mut Draw) -> Money {
    let currency = draw.pick(&["EUR", "JPY", "KWD"]).parse().expect("a currency");
    Money { amount_minor: draw.edgy().cast_signed(), currency }
}

fn features(draw: &mut Draw) -> Features {
    let count = |draw: &mut Draw| draw.optional(|draw| draw.edgy() as u32);
    let share = |draw: &mut Draw| draw.optional(|draw| draw.edgy() as u16);
    let mut events = EventImpacts::default();
    for kind in EventKind::ALL {
        if let Some(permille) = draw.optional(|draw| draw.within(0..=1000) as u16) {
            events = events.with(kind, permille);
        }
    }
    Features {
        days_to_arrival: draw.edgy() as u16,
        weekday: draw.within(1..=7) as u8,
        month: draw.within(1..=12) as u8,
        is_weekend: draw.u64().is_multiple_of(2),
        is_holiday: draw.optional(|draw| draw.u64().is_multiple_of(2)),
        searches_7d: count(draw),
        look_to_book_ppm: count(draw),
        pace_permille: count(draw),
        occupancy_permille: share(draw),
        market_occupancy_permille: share(draw),
        competitors: draw.optional(|draw| Competitors {
            count: draw.edgy() as u16,
            sold_out_count: draw.edgy() as u16,
            average: draw.optional(amount),
            minimum: draw.optional(amount),
        }),
        events,
        cancellation_rate_permille: share(draw),
        occupancy_last_year_permille: share(draw),
    }
}
