//! Rows of the views of signals.

use dataflows::views::competitors::{
    CompetitorPriceKey, CompetitorPriceRow, CompetitorsKey, CompetitorsRow, RivalPrices, SeenPrice,
};
use dataflows::views::demand::{
    DemandKey, DemandPlace, DemandRow, HeardSearch, MinuteDemand, SearchHourKey, SearchHourRow,
    SearchesKey, SearchesRow, WholeDemand, Windows,
};
use dataflows::views::market_events::{
    MarketEventKey, MarketEventRow, MarketEventsKey, MarketEventsRow,
};
use events::{
    MarketEventId, MarketEventKind, MarketId, Minute, Money, Night, RivalId, SourceId, Stay,
};

use super::{Draw, Sample};
use crate::tables::{
    CompetitorPrice, Competitors, Demand, MarketEvent, MarketEvents, Search, SearchHour,
};

fn market(draw: &mut Draw) -> MarketId {
    MarketId::new(&draw.id()).expect("an id")
}

fn source(draw: &mut Draw) -> SourceId {
    SourceId::new(&draw.id()).expect("an id")
}

fn place(draw: &mut Draw) -> DemandPlace {
    match draw.u64().is_multiple_of(2) {
        true => DemandPlace::Property(draw.property()),
        false => DemandPlace::Market(market(draw)),
    }
}

fn minute(draw: &mut Draw) -> Minute {
    Minute(draw.edgy().cast_signed())
}

fn stay(draw: &mut Draw) -> Stay {
    let arrival = Night::from_number(draw.within(-300..=300) as i32).expect("a night");
    Stay::new(arrival, arrival.plus(draw.within(1..=400) as i32)).expect("nights")
}

impl Sample for Competitors {
    fn sample(draw: &mut Draw) -> (CompetitorsKey, CompetitorsRow) {
        let key = CompetitorsKey { property: draw.property(), night: draw.night() };
        let prices = |draw: &mut Draw| RivalPrices {
            currency: draw.currency(),
            average_minor: draw.edgy().cast_signed(),
            minimum_minor: draw.edgy().cast_signed(),
        };
        let row = CompetitorsRow {
            rivals_count: draw.edgy() as u32,
            sold_out_count: draw.edgy() as u32,
            foreign_count: draw.edgy() as u32,
            prices: draw.optional(prices),
        };
        (key, row)
    }
}

impl Sample for CompetitorPrice {
    fn sample(draw: &mut Draw) -> (CompetitorPriceKey, CompetitorPriceRow) {
        let key = CompetitorPriceKey {
            property: draw.property(),
            night: draw.night(),
            rival: RivalId::new(&draw.id()).expect("an id"),
        };
        let price = |draw: &mut Draw| Money {
            amount_minor: draw.edgy().cast_signed(),
            currency: draw.currency(),
        };
        let seen = draw.several(|draw| SeenPrice {
            source: source(draw),
            observed: draw.stamp(),
            minute: minute(draw),
            price: draw.optional(price),
        });
        (key, CompetitorPriceRow { seen })
    }
}

impl Sample for MarketEvents {
    fn sample(draw: &mut Draw) -> (MarketEventsKey, MarketEventsRow) {
        let key = MarketEventsKey { market: market(draw), night: draw.night() };
        let row = MarketEventsRow {
            major_permille: draw.edgy() as u16,
            conference_permille: draw.edgy() as u16,
            concert_permille: draw.edgy() as u16,
            sports_permille: draw.edgy() as u16,
        };
        (key, row)
    }
}

impl Sample for MarketEvent {
    fn sample(draw: &mut Draw) -> (MarketEventKey, MarketEventRow) {
        use MarketEventKind::{Concert, Conference, Major, Sports};
        let event = MarketEventId::new(&draw.id()).expect("an id");
        let row = MarketEventRow {
            observed: draw.stamp(),
            market: market(draw),
            kind: draw.pick(&[Major, Conference, Concert, Sports]),
            nights: stay(draw),
            impact_permille: draw.edgy() as u16,
            departure_max: draw.night(),
            heard: draw.stamp(),
        };
        (MarketEventKey { source: source(draw), event }, row)
    }
}

impl Sample for Demand {
    fn sample(draw: &mut Draw) -> (DemandKey, DemandRow) {
        let key = DemandKey { place: place(draw), night: draw.optional(Draw::night) };
        let windows = |draw: &mut Draw| Windows {
            last_1h: draw.edgy(),
            last_1d: draw.edgy(),
            last_7d: draw.edgy(),
        };
        let of_minute = |draw: &mut Draw| MinuteDemand {
            minute: minute(draw),
            searches: draw.edgy() as u32,
            bookings: draw.edgy() as u32,
        };
        let whole = |draw: &mut Draw| {
            Box::new(WholeDemand {
                minutes: draw.several(of_minute),
                trending_milli: draw.edgy(),
                searched_before_count: draw.edgy(),
                search_to_booking_minutes: draw.edgy(),
            })
        };
        let (searches, bookings) = (windows(draw), windows(draw));
        (key, DemandRow { searches, bookings, whole: draw.optional(whole) })
    }
}

impl Sample for Search {
    fn sample(draw: &mut Draw) -> (SearchesKey, SearchesRow) {
        let search = |draw: &mut Draw| HeardSearch {
            fingerprint: draw.u128(),
            observed: draw.stamp(),
            minute: minute(draw),
            heard: minute(draw),
            place: draw.edgy() as u32,
            market: draw.optional(|draw| draw.edgy() as u32),
            stay: stay(draw),
        };
        let (places, searches) = (draw.several(place), draw.several(search));
        (SearchesKey { sequence: draw.edgy() }, SearchesRow { places, searches })
    }
}

impl Sample for SearchHour {
    fn sample(draw: &mut Draw) -> (SearchHourKey, SearchHourRow) {
        let key = SearchHourKey { hour: draw.edgy() as i32, place: place(draw) };
        let nights = draw.several(|draw| (draw.night(), draw.edgy() as u32));
        (key, SearchHourRow { searches: draw.edgy() as u32, nights })
    }
}
