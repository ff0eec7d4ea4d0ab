//! The prices of a property as they are read: rows of the view, and what that view would say of
//! nights that nobody touched.

use std::collections::BTreeMap;

use dataflows::views::days::Day;
use dataflows::views::demand::{DemandKey, DemandPlace};
use dataflows::views::market_events::MarketEventsKey;
use dataflows::views::occupancy::{OccupancyKey, OccupancyOf, OccupancyRow};
use dataflows::views::pace::PaceOf;
use dataflows::views::policies::version_number;
use dataflows::views::price::{
    Branch, MarketNight, PriceKey, PriceRow, Searches, Usual, cancellation_rate, impacts_of,
    price_of_untouched,
};
use events::{
    Currency, DefineProperty, MarketId, Money, Night, PolicyKind, PropertyId, Reason, RoomTypeId,
};
use models::policy::parse_pricing;
use models::pricing::{self, Cell, Priced, PricingPolicy};

use crate::problem::Problem;
use crate::reading::Reading;

/// A year of whole weeks: the same weekday.
const YEAR_DAYS: i32 = 364;

/// All that a price of a property is read from, at one position.
pub(crate) struct PriceList<'s> {
    reading: Reading<'s>,
    property: PropertyId,
    market: Option<MarketId>,
    /// What each room type starts from, in the order of their ids.
    bases: BTreeMap<RoomTypeId, Money>,
    currency: Currency,
    usual: Usual,
    /// The one in force.
    policy: PricingPolicy,
    today: Day,
}

impl<'s> PriceList<'s> {
    /// What the snapshot knows of a property.
    pub(crate) fn of(reading: Reading<'s>, property: DefineProperty) -> Result<Self, Problem> {
        let DefineProperty { property, market, currency, country, .. } = property;
        let snapshot = reading.snapshot;
        let mut bases = BTreeMap::new();
        for plan in reading.stored(snapshot.rate_plans(&property))?.into_iter().rev() {
            let price = plan.command.base_price;
            bases.extend(plan.command.room_types.into_iter().map(|id| (id, price)));
        }
        let now = reading.stored(snapshot.view_clock())?.unwrap_or_default();
        let mut list = Self {
            reading,
            property,
            market,
            bases,
            currency,
            usual: Usual { country: country.parse().ok(), ..Usual::default() },
            policy: PricingPolicy::default(),
            today: Day::at(now),
        };
        list.look_around()?;
        Ok(list)
    }

    /// Fills in what is usual at the property.
    fn look_around(&mut self) -> Result<(), Problem> {
        let Reading { snapshot, .. } = self.reading;
        let (property, kind) = (&self.property, PolicyKind::Pricing);
        let active = self.reading.stored(snapshot.active_policy(property, kind))?;
        if let Some(version) = active.and_then(|row| row.promoted.last().cloned()) {
            let row = self.reading.stored(snapshot.policy(property, kind, &version))?;
            let policy = row.and_then(|row| {
                let policy = parse_pricing(&row.document).ok()?;
                Some(policy.with_version(version_number(row.ordinal)))
            });
            self.policy = policy.unwrap_or_default();
        }
        let of = OccupancyOf::Property(self.property.clone());
        let figures = self.reading.stored(snapshot.occupancy(&OccupancyKey { of, night: None }))?;
        let rate = match figures {
            Some(OccupancyRow::Figures(figures)) => cancellation_rate(&figures.week),
            _ => 0,
        };
        let kinds: BTreeMap<&RoomTypeId, u16> = self.bases.keys().zip(0..).collect();
        let mut books_milli = Vec::new();
        for (key, row) in self.reading.stored(snapshot.pace(&self.property))? {
            let PaceOf::Lead(days) = key.of else { continue };
            let kind = match &key.room_type {
                None => None,
                Some(room_type) => match kinds.get(room_type) {
                    Some(kind) => Some(*kind),
                    None => continue,
                },
            };
            books_milli.extend(row.mean_milli.map(|mean| (kind, days, mean)));
        }
        self.usual.has_market = self.market.is_some();
        self.usual.cancellation_rate_permille = rate;
        self.usual.books_milli = books_milli;
        Ok(())
    }

    /// The currency of all its prices.
    pub(crate) fn currency(&self) -> Currency {
        self.currency
    }

    /// Refuses a room type that the property does not have.
    pub(crate) fn has_room_type(&self, room_type: &RoomTypeId) -> Result<(), Problem> {
        let row = self.reading.snapshot.room_type(&self.property, room_type);
        let row = self.reading.stored(row)?;
        row.map(|_| ()).ok_or_else(|| Reason::RoomTypeUnknown.into())
    }

    /// The room types that have a price, with what each starts from.
    pub(crate) fn bases(&self) -> &BTreeMap<RoomTypeId, Money> {
        &self.bases
    }

    /// The price of a night of a room type that has one, and whether anything touched the night.
    pub(crate) fn price(
        &self,
        room_type: &RoomTypeId,
        night: Night,
    ) -> Result<(PriceRow, bool), Problem> {
        self.price_under((Branch::Active, &self.policy), room_type, night)
    }

    /// The same under the policy of that branch.
    pub(crate) fn price_under(
        &self,
        (branch, policy): (Branch, &PricingPolicy),
        room_type: &RoomTypeId,
        night: Night,
    ) -> Result<(PriceRow, bool), Problem> {
        let key = PriceKey {
            property: self.property.clone(),
            branch,
            room_type: room_type.clone(),
            night,
        };
        let row = self.reading.stored(self.reading.snapshot.price(&key))?;
        match row {
            Some(row) => Ok((row, true)),
            None => Ok((self.untouched(policy, room_type, night)?, false)),
        }
    }

    fn untouched(
        &self,
        policy: &PricingPolicy,
        room_type: &RoomTypeId,
        night: Night,
    ) -> Result<PriceRow, Problem> {
        let place = self.bases.iter().position(|(id, _)| id == room_type).unwrap_or_default();
        let base = self.bases.get(room_type).copied().ok_or(Reason::RatePlanUnknown)?;
        let market = match &self.market {
            Some(market) => self.market_night(market, night)?,
            None => MarketNight::default(),
        };
        let of = OccupancyOf::Property(self.property.clone());
        let year_before = self.occupancy(of, night.plus(-YEAR_DAYS))?;
        let is_over = self.today.is_over(night.plus(-YEAR_DAYS));
        Ok(price_of_untouched(
            policy,
            (&self.usual, &market),
            (night, self.today),
            (place as u16, base),
            year_before.filter(|_| is_over),
        ))
    }

    fn market_night(&self, market: &MarketId, night: Night) -> Result<MarketNight, Problem> {
        let Reading { snapshot, .. } = self.reading;
        let occupancy = self.occupancy(OccupancyOf::Market(market.clone()), night)?;
        let key = DemandKey { place: DemandPlace::Market(market.clone()), night: Some(night) };
        let searches = self.reading.stored(snapshot.demand(&key))?.as_ref().map(Searches::of);
        let key = MarketEventsKey { market: market.clone(), night };
        let events = self.reading.stored(snapshot.market_events(&key))?.map(impacts_of);
        Ok(MarketNight { searches, occupancy, events })
    }

    fn occupancy(&self, of: OccupancyOf, night: Night) -> Result<Option<u32>, Problem> {
        let key = OccupancyKey { of, night: Some(night) };
        let row = self.reading.stored(self.reading.snapshot.occupancy(&key))?;
        Ok(match row {
            Some(OccupancyRow::Night(row)) => row.permille,
            _ => None,
        })
    }

    /// All that made a price of that row.
    pub(crate) fn priced(&self, night: Night, row: &PriceRow) -> Priced {
        pricing::price(&self.policy, &Cell::new(row.base, night), &row.features)
    }
}
