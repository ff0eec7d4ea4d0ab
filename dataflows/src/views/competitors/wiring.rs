//! How the view meets the others: what it hears of what is told to all, and where its rows go.

use events::{PropertyId, Signal};
use ledger::{Row, RowChange};
use models::pricing::PricingPolicy;

use super::{CompetitorsChange, CompetitorsEvent};
use crate::tidings::Tiding;
use crate::view_rows::{ViewChange, ViewKey, ViewRow};
use crate::views::price::PriceEvent;

impl CompetitorsEvent {
    /// What a tiding says to this view.
    pub(crate) fn of(tiding: &Tiding) -> Option<Self> {
        match tiding {
            Tiding::Observed(seen) => {
                let Signal::CompetitorPrice(price) = &seen.signal else { return None };
                let (source, price) = (seen.source.clone(), price.clone());
                Some(Self::Seen { source, observed: seen.observed, stamp: seen.stamp, price })
            }
            Tiding::Row(change) => {
                let RowChange::Put(Row::Property(row)) = &**change else { return None };
                let (property, currency) = (row.command.property.clone(), row.command.currency);
                Some(Self::Property { property, currency })
            }
            Tiding::Stored(stored) => {
                let (ViewKey::CompetitorPrice(key), ViewRow::CompetitorPrice(row)) = &**stored
                else {
                    return None;
                };
                Some(Self::Stored(key.clone(), row.clone()))
            }
        }
    }

    /// What the pricing policy in force says; without one, what is built in holds.
    pub(crate) fn of_policy(property: PropertyId, active: Option<&PricingPolicy>) -> Self {
        let rules = active.map(|policy| &policy.competitors);
        Self::Rules {
            property,
            age_minutes: rules.map(|rules| rules.age_max_minutes),
            rivals: rules.map(|rules| rules.rivals.clone()).unwrap_or_default(),
        }
    }

    /// Whose it is.
    pub(crate) fn property(&self) -> &PropertyId {
        match self {
            Self::Seen { price, .. } => &price.property,
            Self::Rules { property, .. } | Self::Property { property, .. } => property,
            Self::Stored(key, _) => &key.property,
        }
    }
}

impl CompetitorsChange {
    /// What it says to the view of prices.
    pub(crate) fn to_price(&self) -> Option<PriceEvent> {
        match self {
            Self::Row(key, row) => Some(PriceEvent::of_rivals(key.clone(), *row)),
            Self::Base(..) => None,
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
