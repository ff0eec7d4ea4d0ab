//! What the view of prices hears, and what rows of others say to it.

use std::sync::Arc;

use events::{MarketId, Money, Night, PropertyId, RoomTypeId};
use ledger::{Row, RowChange};
use models::calendar::Country;
use models::pricing::{Competitors, EventImpacts, EventKind, PricingPolicy, bucketed_count};

use crate::views::competitors::{CompetitorsKey, CompetitorsRow, RivalPrices};
use crate::views::demand::{DemandKey, DemandPlace, DemandRow};
use crate::views::market_events::{MarketEventsKey, MarketEventsRow};
use crate::views::occupancy::{OccupancyKey, OccupancyOf, OccupancyRow};
use crate::views::pace::{PaceKey, PaceRow};

/// What the view hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PriceEvent {
    /// A property as it is defined.
    Property {
        /// Which.
        property: PropertyId,
        /// Where it stands, if that is a country.
        country: Option<Country>,
        /// In which market it competes.
        market: Option<MarketId>,
    },
    /// A rate plan as it is defined.
    RatePlan {
        /// Whose.
        property: PropertyId,
        /// Which of the property's it is.
        ordinal: u16,
        /// What it sells.
        room_types: Vec<RoomTypeId>,
        /// For one room and one night.
        base_price: Money,
    },
    /// The policies of a property; without an active one, that which is built in holds.
    Policies {
        /// Whose.
        property: PropertyId,
        /// The one in force.
        active: Option<Arc<PricingPolicy>>,
        /// The one that was staged last and is not in force.
        candidate: Option<Arc<PricingPolicy>>,
    },
    /// What rivals do; none when nothing is known of them any more.
    Rivals(PropertyId, Night, Option<Competitors>),
    /// What was searched for at a property; none when nothing was.
    Demand(PropertyId, Night, Option<Searches>),
    /// What was searched for in a market; none when nothing was.
    MarketDemand(MarketId, Night, Option<Searches>),
    /// What events draw to a market; none when there are none.
    MarketEvents(MarketId, Night, Option<EventImpacts>),
    /// A row of the view of bookings.
    Pace(PaceKey, Option<PaceRow>),
    /// A row of the view of occupancy.
    Occupancy(OccupancyKey, Option<OccupancyRow>),
}

/// How much was searched for a night.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Searches {
    /// Searches within seven days.
    pub searches_7d: u32,
    /// Bookings for each million of searches, where that is known.
    pub look_to_book_ppm: Option<u32>,
}

impl Searches {
    /// What a row of the view of demand says.
    pub fn of(row: &DemandRow) -> Self {
        let ppm = row.look_to_book_ppm();
        Self {
            searches_7d: u32::try_from(row.searches.last_7d).unwrap_or(u32::MAX),
            look_to_book_ppm: ppm.map(|ppm| u32::try_from(ppm).unwrap_or(u32::MAX)),
        }
    }

    /// As far as any feature tells, so that most single searches change nothing.
    pub(super) fn bucketed(self) -> Self {
        Self {
            searches_7d: bucketed_count(self.searches_7d),
            look_to_book_ppm: self.look_to_book_ppm.map(bucketed_count),
        }
    }
}

/// What a row of the view of rivals says.
fn rivals_of(row: &CompetitorsRow) -> Competitors {
    let amount = |of: fn(&RivalPrices) -> i64| {
        let money =
            |prices: &RivalPrices| Money { amount_minor: of(prices), currency: prices.currency };
        row.prices.as_ref().map(money)
    };
    Competitors {
        count: u16::try_from(row.rivals_count).unwrap_or(u16::MAX),
        sold_out_count: u16::try_from(row.sold_out_count).unwrap_or(u16::MAX),
        average: amount(|prices| prices.average_minor),
        minimum: amount(|prices| prices.minimum_minor),
    }
}

/// What a row of the view of events says; a kind of which there is none is missing.
pub fn impacts_of(row: MarketEventsRow) -> EventImpacts {
    let MarketEventsRow { major_permille, conference_permille, concert_permille, sports_permille } =
        row;
    let told = [
        (EventKind::Major, major_permille),
        (EventKind::Conference, conference_permille),
        (EventKind::Concert, concert_permille),
        (EventKind::Sports, sports_permille),
    ];
    let drawing = told.into_iter().filter(|(_, permille)| *permille > 0);
    drawing.fold(EventImpacts::default(), |impacts, (kind, permille)| impacts.with(kind, permille))
}

impl PriceEvent {
    /// What a row of the ledger says to the view, if anything.
    pub fn of(change: &RowChange) -> Option<Self> {
        match change {
            RowChange::Put(Row::Property(row)) => Some(Self::Property {
                property: row.command.property.clone(),
                country: row.command.country.parse().ok(),
                market: row.command.market.clone(),
            }),
            RowChange::Put(Row::RatePlan(row)) => Some(Self::RatePlan {
                property: row.command.property.clone(),
                ordinal: row.ordinal,
                room_types: row.command.room_types.clone(),
                base_price: row.command.base_price,
            }),
            _ => None,
        }
    }

    /// What a row of the view of rivals says.
    pub fn of_rivals(key: CompetitorsKey, row: Option<CompetitorsRow>) -> Self {
        Self::Rivals(key.property, key.night, row.as_ref().map(rivals_of))
    }

    /// What a row of the view of demand says; nothing that speaks of all nights together.
    pub fn of_demand(key: DemandKey, row: Option<&DemandRow>) -> Option<Self> {
        let night = key.night?;
        let searches = row.map(Searches::of);
        Some(match key.place {
            DemandPlace::Property(property) => Self::Demand(property, night, searches),
            DemandPlace::Market(market) => Self::MarketDemand(market, night, searches),
        })
    }

    /// What a row of the view of events says.
    pub fn of_market_events(key: MarketEventsKey, row: Option<MarketEventsRow>) -> Self {
        Self::MarketEvents(key.market, key.night, row.map(impacts_of))
    }

    /// The property that it is about; none for a market, of which every worker must hear.
    pub fn property(&self) -> Option<&PropertyId> {
        match self {
            Self::Property { property, .. }
            | Self::RatePlan { property, .. }
            | Self::Policies { property, .. }
            | Self::Rivals(property, ..)
            | Self::Demand(property, ..) => Some(property),
            Self::Pace(key, _) => Some(&key.property),
            Self::Occupancy(key, _) => match &key.of {
                OccupancyOf::Property(property) => Some(property),
                OccupancyOf::Market(_) => None,
            },
            Self::MarketDemand(..) | Self::MarketEvents(..) => None,
        }
    }
}
