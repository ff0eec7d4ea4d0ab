//! What of which view somebody follows: which rows of a snapshot, and which of what is told later.

use dataflows::views::demand::DemandPlace;
use dataflows::views::occupancy::OccupancyOf;
use dataflows::views::price::Branch;
use dataflows::views::velocity::VelocityKey;
use dataflows::{ViewKey, ViewRow};
use events::{MarketId, PropertyId};
use storage::Snapshot;

use crate::feed::Told;
use crate::keys::Scope;
use crate::paths;
use crate::policy;
use crate::wire::views::{ViewRowBody, availability_row, view_row};

/// A view that can be followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum View {
    Availability,
    Occupancy,
    Pace,
    Price,
    Limit,
    Demand,
    Competitors,
    MarketEvents,
    Velocity,
}

impl View {
    pub(crate) const ALL: [Self; 9] = [
        Self::Availability,
        Self::Occupancy,
        Self::Pace,
        Self::Price,
        Self::Limit,
        Self::Demand,
        Self::Competitors,
        Self::MarketEvents,
        Self::Velocity,
    ];

    /// Its name in the path.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Availability => "availability",
            Self::Occupancy => "occupancy",
            Self::Pace => "pace",
            Self::Price => "price",
            Self::Limit => "limit",
            Self::Demand => "demand",
            Self::Competitors => "competitors",
            Self::MarketEvents => "market_events",
            Self::Velocity => "velocity",
        }
    }

    /// The view of that name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|view| view.name() == name)
    }

    /// What a caller needs to follow it: what is asked of those who read the same once.
    pub(crate) fn scopes(self) -> &'static [Scope] {
        policy::scopes_of_read(match self {
            Self::Availability => paths::AVAILABILITY,
            Self::Occupancy | Self::MarketEvents => paths::MARKET,
            Self::Pace => paths::PACE,
            Self::Price => paths::PRICES,
            Self::Limit => paths::LIMITS,
            Self::Demand | Self::Competitors => paths::DEMAND,
            Self::Velocity => paths::RISK,
        })
    }
}

/// Whose rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Of {
    Property(PropertyId),
    Market(MarketId),
    Identity(VelocityKey),
}

/// What is followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Followed {
    pub(crate) view: View,
    pub(crate) of: Of,
}

impl Followed {
    /// Everything that the view says of it.
    pub(crate) fn rows(&self, snapshot: &Snapshot<'_>) -> Result<Vec<ViewRowBody>, storage::Error> {
        if let (View::Availability, Of::Property(property)) = (self.view, &self.of) {
            let rows = snapshot.availability_of(property)?;
            return Ok(rows.iter().map(|(key, row)| availability_row(key, Some(row))).collect());
        }
        let rows = self.stored(snapshot)?;
        let rows = rows.iter().filter(|(key, _)| self.is_of(key));
        Ok(rows.filter_map(|(key, row)| view_row(key, Some(row))).collect())
    }

    /// What a write has changed of it.
    pub(crate) fn changes(&self, told: &Told) -> Vec<ViewRowBody> {
        if let (View::Availability, Of::Property(property)) = (self.view, &self.of) {
            let rows = told.availability.iter().filter(|(key, _)| key.property == *property);
            return rows.map(|(key, row)| availability_row(key, row.as_ref())).collect();
        }
        let rows = told.views.iter().filter(|(key, _)| self.is_of(key));
        rows.filter_map(|(key, row)| view_row(key, row.as_ref())).collect()
    }

    fn stored(&self, snapshot: &Snapshot<'_>) -> Result<Vec<(ViewKey, ViewRow)>, storage::Error> {
        fn named<K, R>(
            rows: Vec<(K, R)>,
            key_of: fn(K) -> ViewKey,
            row_of: fn(R) -> ViewRow,
        ) -> Vec<(ViewKey, ViewRow)> {
            rows.into_iter().map(|(key, row)| (key_of(key), row_of(row))).collect()
        }
        Ok(match (self.view, &self.of) {
            (View::Occupancy, Of::Property(property)) => {
                let rows = snapshot.occupancies(&OccupancyOf::Property(property.clone()))?;
                named(rows, ViewKey::Occupancy, ViewRow::Occupancy)
            }
            (View::Occupancy, Of::Market(market)) => {
                let rows = snapshot.occupancies(&OccupancyOf::Market(market.clone()))?;
                named(rows, ViewKey::Occupancy, ViewRow::Occupancy)
            }
            (View::Demand, Of::Property(property)) => {
                let rows = snapshot.demands(&DemandPlace::Property(property.clone()))?;
                named(rows, ViewKey::Demand, ViewRow::Demand)
            }
            (View::Demand, Of::Market(market)) => {
                let rows = snapshot.demands(&DemandPlace::Market(market.clone()))?;
                named(rows, ViewKey::Demand, ViewRow::Demand)
            }
            (View::Pace, Of::Property(property)) => {
                named(snapshot.pace(property)?, ViewKey::Pace, ViewRow::Pace)
            }
            (View::Price, Of::Property(property)) => {
                named(snapshot.prices(property)?, ViewKey::Price, ViewRow::Price)
            }
            (View::Limit, Of::Property(property)) => {
                named(snapshot.limit_rows(property)?, ViewKey::Limit, ViewRow::Limit)
            }
            (View::Competitors, Of::Property(property)) => {
                let rows = snapshot.competitors(property)?;
                named(rows, ViewKey::Competitors, ViewRow::Competitors)
            }
            (View::MarketEvents, Of::Market(market)) => {
                let rows = snapshot.market_events_of(market)?;
                named(rows, ViewKey::MarketEvents, ViewRow::MarketEvents)
            }
            (View::Velocity, Of::Identity(key)) => {
                let row = snapshot.velocity(*key)?.map(|row| (*key, row));
                named(row.into_iter().collect(), ViewKey::Velocity, ViewRow::Velocity)
            }
            _ => Vec::new(),
        })
    }

    /// Whether a row is of what is followed. What a candidate would do is compared, not followed.
    fn is_of(&self, key: &ViewKey) -> bool {
        match (self.view, key, &self.of) {
            (View::Occupancy, ViewKey::Occupancy(key), of) => match (&key.of, of) {
                (OccupancyOf::Property(one), Of::Property(other)) => one == other,
                (OccupancyOf::Market(one), Of::Market(other)) => one == other,
                _ => false,
            },
            (View::Demand, ViewKey::Demand(key), of) => match (&key.place, of) {
                (DemandPlace::Property(one), Of::Property(other)) => one == other,
                (DemandPlace::Market(one), Of::Market(other)) => one == other,
                _ => false,
            },
            (View::Pace, ViewKey::Pace(key), Of::Property(of)) => key.property == *of,
            (View::Price, ViewKey::Price(key), Of::Property(of)) => {
                key.branch == Branch::Active && key.property == *of
            }
            (View::Limit, ViewKey::Limit(key), Of::Property(of)) => key.property == *of,
            (View::Competitors, ViewKey::Competitors(key), Of::Property(of)) => key.property == *of,
            (View::MarketEvents, ViewKey::MarketEvents(key), Of::Market(of)) => key.market == *of,
            (View::Velocity, ViewKey::Velocity(key), Of::Identity(of)) => key == of,
            _ => false,
        }
    }
}
