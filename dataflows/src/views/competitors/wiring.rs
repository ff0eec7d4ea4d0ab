//! How the view meets the others: what it hears of what is told to all, and where its rows go.

use events::{PropertyId, Signal};
use ledger::{Row, RowChange};

use super::{CompetitorsChange, CompetitorsEvent};
use crate::tidings::Tiding;
use crate::view_rows::{ViewChange, ViewKey, ViewRow};

impl CompetitorsEvent {
    /// What a tiding says to this view.
    pub(crate) fn of(tiding: Tiding) -> Option<Self> {
        match tiding {
            Tiding::Observed(seen) => {
                let Signal::CompetitorPrice(price) = seen.signal else { return None };
                let (source, observed, stamp) = (seen.source, seen.observed, seen.stamp);
                Some(Self::Seen { source, observed, stamp, price })
            }
            Tiding::Row(change) => {
                let RowChange::Put(Row::Property(row)) = *change else { return None };
                let (property, currency) = (row.command.property, row.command.currency);
                Some(Self::Property { property, currency })
            }
            Tiding::Stored(stored) => {
                let (ViewKey::CompetitorPrice(key), ViewRow::CompetitorPrice(row)) = *stored else {
                    return None;
                };
                Some(Self::Stored(key, row))
            }
        }
    }

    /// Whose it is.
    pub(crate) fn property(&self) -> &PropertyId {
        match self {
            Self::Seen { price, .. } => &price.property,
            Self::MaxAge { property, .. } | Self::Property { property, .. } => property,
            Self::Stored(key, _) => &key.property,
        }
    }
}

impl From<CompetitorsChange> for ViewChange {
    fn from(change: CompetitorsChange) -> Self {
        match change {
            CompetitorsChange::Row(key, row) => {
                (ViewKey::Competitors(key), row.map(ViewRow::Competitors))
            }
            CompetitorsChange::Base(key, row) => {
                (ViewKey::CompetitorPrice(key), row.map(ViewRow::CompetitorPrice))
            }
        }
    }
}
