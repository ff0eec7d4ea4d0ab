//! How the view meets the others: what it hears of what is told to all, and where its rows go.

use events::Signal;
use ledger::rows::{BookingRow, LineState};
use ledger::{Row, RowChange};

use super::{DemandChange, DemandEvent};
use crate::tidings::Tiding;
use crate::view_rows::{ViewChange, ViewKey, ViewRow};
use crate::views::price::PriceEvent;

impl DemandEvent {
    /// What a tiding says to this view.
    pub(crate) fn of(tiding: &Tiding) -> Option<Self> {
        match tiding {
            Tiding::Observed(seen) => {
                let Signal::Search(search) = &seen.signal else { return None };
                let (source, search) = (seen.source.clone(), search.clone());
                Some(Self::Search { source, observed: seen.observed, stamp: seen.stamp, search })
            }
            Tiding::Row(change) => match &**change {
                RowChange::Put(Row::Property(row)) => {
                    let (property, market) =
                        (row.command.property.clone(), row.command.market.clone());
                    Some(Self::Property { property, market })
                }
                RowChange::Put(Row::Booking(row)) => Some(Self::of_booking(row)),
                // A booking that the ledger has forgotten was made long before any window.
                RowChange::Put(_) | RowChange::Delete(_) => None,
            },
            Tiding::Stored(stored) => match &**stored {
                (ViewKey::Searches(key), ViewRow::Searches(row)) => {
                    Some(Self::StoredSearches(*key, row.clone()))
                }
                (ViewKey::SearchHour(key), ViewRow::SearchHour(row)) => {
                    Some(Self::StoredHour(key.clone(), row.clone()))
                }
                _ => None,
            },
        }
    }

    fn of_booking(row: &BookingRow) -> Self {
        let stands = row.lines.iter().filter(|line| line.state == LineState::Confirmed);
        let stays = stands.map(|line| line.line.stay).collect();
        let (property, stamp) = (row.property.clone(), row.stamp);
        Self::Booking { booking: row.booking, property, stamp, stays }
    }
}

impl DemandChange {
    /// What it says to the view of prices.
    pub(crate) fn to_price(&self) -> Option<PriceEvent> {
        match self {
            Self::Row(key, row) => PriceEvent::of_demand(key.clone(), row.as_ref()),
            Self::Searches(..) | Self::Hour(..) => None,
        }
    }
}

impl From<DemandChange> for ViewChange {
    fn from(change: DemandChange) -> Self {
        match change {
            DemandChange::Row(key, row) => (ViewKey::Demand(key), row.map(ViewRow::Demand)),
            DemandChange::Searches(key, row) => {
                (ViewKey::Searches(key), row.map(ViewRow::Searches))
            }
            DemandChange::Hour(key, row) => {
                (ViewKey::SearchHour(key), row.map(ViewRow::SearchHour))
            }
        }
    }
}
