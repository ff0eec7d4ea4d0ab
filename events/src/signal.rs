//! Signals: what the world does around the bookings. They decide nothing; views are made of them.

use crate::{
    Attempt, MarketEvent, MarketId, Money, Night, PropertyId, RivalId, SearchId, Slot, SourceId,
    Stamp, Stay,
};

/// One record of a topic of signals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// Who appended it; 0 when nobody waits to hear that it is on the log.
    pub producer: u64,
    /// Which of that producer's batches it belongs to.
    pub sequence: u64,
    /// Who has seen it.
    pub source: SourceId,
    /// When its source saw it. Of two observations of the same thing by the same source the later
    /// one holds, in whatever order they arrive.
    pub observed: Stamp,
    /// Wall time at the appender. Data, not a clock.
    pub stamp: Stamp,
    /// What was seen.
    pub signal: Signal,
}

/// What can be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signal {
    /// Somebody looked for rooms.
    Search(Search),
    /// Another hotel's price.
    CompetitorPrice(CompetitorPrice),
    /// Somebody tried to book.
    Attempt(Box<Attempt>),
    /// Something draws people to a market.
    MarketEvent(MarketEvent),
}

impl Signal {
    /// Its name in the API and in metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Search(_) => "search",
            Self::CompetitorPrice(_) => "competitor_price",
            Self::Attempt(_) => "attempt",
            Self::MarketEvent(_) => "market_event",
        }
    }

    /// The slot it belongs to: that of its property, or else of its market; that of an attempt is
    /// its card's, or else [`Attempt::slot`] says whose.
    pub fn slot(&self) -> Slot {
        match self {
            Self::Search(Search { place: Place::Property(property, _), .. }) => Slot::of(property),
            Self::Search(Search { place: Place::Market(market), .. }) => {
                Slot::of_text(market.as_str())
            }
            Self::CompetitorPrice(price) => Slot::of(&price.property),
            Self::Attempt(attempt) => attempt.slot(),
            Self::MarketEvent(event) => Slot::of_text(event.market.as_str()),
        }
    }
}

/// Where somebody looked for rooms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Anywhere in a market.
    Market(MarketId),
    /// At one property, and in which market if that is known.
    Property(PropertyId, Option<MarketId>),
}

/// Somebody looked for rooms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// Names the search within its source, so that one that is told twice counts once.
    pub id: SearchId,
    /// Where.
    pub place: Place,
    /// For which nights.
    pub stay: Stay,
    /// How many rooms.
    pub rooms: u16,
    /// How many people, grown up or not.
    pub guests: u16,
}

/// What another hotel asks for one room and one night.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompetitorPrice {
    /// For whom the other hotel is a rival.
    pub property: PropertyId,
    /// The other hotel.
    pub rival: RivalId,
    /// For which night.
    pub night: Night,
    /// Its price; `None` says that it has no room to sell, which is not the same as no news.
    pub price: Option<Money>,
}
