//! Reading what the views of bookings and prices say.

use dataflows::views::competitors::{CompetitorsKey, CompetitorsRow};
use dataflows::views::demand::{DemandKey, DemandPlace, DemandRow};
use dataflows::views::limit::{LimitKey, LimitRow};
use dataflows::views::market_events::{MarketEventsKey, MarketEventsRow};
use dataflows::views::occupancy::{OccupancyKey, OccupancyOf, OccupancyRow};
use dataflows::views::pace::{PaceKey, PaceRow};
use dataflows::views::price::{PriceKey, PriceRow};
use events::{MarketId, Minute, PropertyId};

use super::Snapshot;
use crate::Error;
use crate::key::push_text;
use crate::table::{Table, encode_key};
use crate::tables::{
    Competitors, Demand, Limit, LimitCandidate, MarketEvents, Occupancy, Pace, Price, ViewClock,
};

impl Snapshot<'_> {
    /// Where the clock of the views stands; none before the first tick.
    pub fn view_clock(&self) -> Result<Option<Minute>, Error> {
        self.get::<ViewClock>(&())
    }

    /// How the bookings of a property stand, and what is usual there, in order of keys.
    pub fn pace(&self, property: &PropertyId) -> Result<Vec<(PaceKey, PaceRow)>, Error> {
        self.of_property::<Pace>(property)
    }

    /// How full a night was, or a property's figures.
    pub fn occupancy(&self, key: &OccupancyKey) -> Result<Option<OccupancyRow>, Error> {
        Ok(self.get::<Occupancy>(key)?.map(|(_, row)| row))
    }

    /// How full each night was, and a property's figures, in order of keys.
    pub fn occupancies(
        &self,
        of: &OccupancyOf,
    ) -> Result<Vec<(OccupancyKey, OccupancyRow)>, Error> {
        self.of_place::<Occupancy>(&OccupancyKey { of: of.clone(), night: None })
    }

    /// The price of a night that anything touched.
    pub fn price(&self, key: &PriceKey) -> Result<Option<PriceRow>, Error> {
        Ok(self.get::<Price>(key)?.map(|(_, row)| row))
    }

    /// The prices of all touched nights of a property, in order of keys.
    pub fn prices(&self, property: &PropertyId) -> Result<Vec<(PriceKey, PriceRow)>, Error> {
        self.of_property::<Price>(property)
    }

    /// How much is searched and booked at a place; nothing where there is no row.
    pub fn demand(&self, key: &DemandKey) -> Result<Option<DemandRow>, Error> {
        Ok(self.get::<Demand>(key)?.map(|(_, row)| row))
    }

    /// How much is searched and booked at a place and on each of its nights, in order of keys.
    pub fn demands(&self, place: &DemandPlace) -> Result<Vec<(DemandKey, DemandRow)>, Error> {
        self.of_place::<Demand>(&DemandKey { place: place.clone(), night: None })
    }

    /// The rows of a place as a whole and of its nights; the key is that of the whole, which ends
    /// with a byte that says so.
    fn of_place<T: Table>(&self, whole: &T::Key) -> Result<Vec<T::Row>, Error> {
        let mut prefix = Vec::new();
        encode_key::<T>(whole, &mut prefix);
        prefix.pop();
        self.with_prefix::<T>(&prefix)
    }

    /// What the rivals of a property ask, night by night.
    pub fn competitors(
        &self,
        property: &PropertyId,
    ) -> Result<Vec<(CompetitorsKey, CompetitorsRow)>, Error> {
        self.of_property::<Competitors>(property)
    }

    /// What goes on in a market on a night.
    pub fn market_events(&self, key: &MarketEventsKey) -> Result<Option<MarketEventsRow>, Error> {
        Ok(self.get::<MarketEvents>(key)?.map(|(_, row)| row))
    }

    /// What goes on in a market, in order of nights.
    pub fn market_events_of(
        &self,
        market: &MarketId,
    ) -> Result<Vec<(MarketEventsKey, MarketEventsRow)>, Error> {
        let mut prefix = vec![MarketEvents::KIND.byte()];
        push_text(&mut prefix, market.as_str());
        self.with_prefix::<MarketEvents>(&prefix)
    }

    /// How many rooms a property may sell beyond those there are, in order of keys.
    pub fn limit_rows(&self, property: &PropertyId) -> Result<Vec<(LimitKey, LimitRow)>, Error> {
        self.of_property::<Limit>(property)
    }

    /// How many it would be under the candidate, in order of keys.
    pub fn limit_candidate_rows(
        &self,
        property: &PropertyId,
    ) -> Result<Vec<(LimitKey, LimitRow)>, Error> {
        self.of_property::<LimitCandidate>(property)
    }
}
