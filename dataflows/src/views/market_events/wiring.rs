//! How the view meets the others: what it hears of what is told to all, and where its rows go.

use events::Signal;

use super::{MarketEventsChange, MarketEventsEvent};
use crate::tidings::Tiding;
use crate::view_rows::{ViewChange, ViewKey, ViewRow};
use crate::views::price::PriceEvent;

impl MarketEventsEvent {
    /// What a tiding says to this view.
    pub(crate) fn of(tiding: &Tiding) -> Option<Self> {
        match tiding {
            Tiding::Observed(seen) => {
                let Signal::MarketEvent(event) = &seen.signal else { return None };
                let (source, event) = (seen.source.clone(), event.clone());
                Some(Self::Seen { source, observed: seen.observed, stamp: seen.stamp, event })
            }
            Tiding::Stored(stored) => {
                let (ViewKey::MarketEvent(key), ViewRow::MarketEvent(row)) = &**stored else {
                    return None;
                };
                Some(Self::Stored(key.clone(), row.clone()))
            }
            Tiding::Row(_) => None,
        }
    }
}

impl MarketEventsChange {
    /// What it says to the view of prices.
    pub(crate) fn to_price(&self) -> Option<PriceEvent> {
        match self {
            Self::Row(key, row) => Some(PriceEvent::of_market_events(key.clone(), *row)),
            Self::Base(..) => None,
        }
    }
}

impl From<MarketEventsChange> for ViewChange {
    fn from(change: MarketEventsChange) -> Self {
        match change {
            MarketEventsChange::Row(key, row) => {
                (ViewKey::MarketEvents(key), row.map(ViewRow::MarketEvents))
            }
            MarketEventsChange::Base(key, row) => {
                (ViewKey::MarketEvent(key), row.map(ViewRow::MarketEvent))
            }
        }
    }
}
