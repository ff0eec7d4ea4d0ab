//! What should a room cost on a night, and why?
//!
//! ```sql
//! -- `own` has what other views say of a property's night, `around` what they say of the night in
//! -- its market; what they do not say of demand is zero, of rivals it is unknown.
//! CREATE VIEW price AS
//! SELECT property, branch, room_type, night, features,
//!        (models::pricing::price(policy(property, branch), base, features)).*
//! FROM touched JOIN base_prices USING (property) JOIN policies USING (property)
//! WHERE night >= today - 1;
//!
//! CREATE VIEW touched AS   -- nights of a property of which another view has a row
//! SELECT property, night FROM pace UNION SELECT property, night FROM occupancy
//! UNION SELECT property, night FROM demand UNION SELECT property, night FROM competitors;
//!
//! CREATE VIEW base_prices AS   -- of the first rate plan that sells the room type
//! SELECT property, room_type, arg_min(base_price, ordinal) FROM rate_plans GROUP BY ALL;
//! ```
//!
//! The features of a cell:
//!
//! - *searches*: the larger of those for the property's night and those in its market;
//! - *look to book*: the property's own, or else its market's;
//! - *pace*: rooms on the books against what is expected: the mean of what was there a year before
//!   and of what is usual at this lead time, or the one of them that is known and not zero; of the
//!   room type, or of the whole property where nothing is known of the room type;
//! - *occupancy* of the night, of the night in the market, and of the same night a year before once
//!   that is over;
//! - *rivals*, *events*, and where the policy asks for it the cancellation rate of the last week.
//!
//! All of them are bucketed. The price of a cell without a row is [`price_of_untouched`]: the same
//! function of the same features, the property's own being what an untouched night has.
//!
//! A row tells its features and not its parts: whoever explains it works them out again with
//! [`models::pricing::price`], under the policy of the version that it tells.
//!
//! Inputs: rows of the other views; properties, rate plans and policies of the ledger; the clock.
//! What is said of a market reaches only the properties that have a touched night there.
//!
//! Bound on its state: one entry for each touched night of a property; for each market, the nights
//! of which anything is said. A passing day looks at the nights that come into another bucket of
//! days to arrival, at that whose night a year before is over, and at those that are over; it tells
//! how many.

use std::collections::BTreeMap;
use std::sync::Arc;

use events::{MarketId, Minute, Money, Night, PropertyId, RoomTypeId};
use models::calendar::Country;
use models::pricing::{Features, PricingPolicy};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::keeper::{Agenda, Keeper, KeeperSize};
use crate::views::days::{Day, DayPassed, nights_ahead, nights_crossing};
use crate::views::occupancy::{OccupancyOf, OccupancyRow, Window};
use crate::views::pace::{PaceOf, PaceRow};

mod cell;
mod event;
mod hotel;
#[cfg(test)]
mod tests;

pub use cell::{MarketNight, OwnNight, Usual, price_of_untouched};
pub use event::{PriceEvent, Searches, impacts_of};

use hotel::Hotel;

/// A year of whole weeks: the same weekday.
const YEAR_DAYS: i32 = 364;

/// Under which policy a row was priced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Branch {
    /// Under the one in force.
    Active,
    /// Under one that may come to be in force: nothing is published of it.
    Candidate,
}

/// Which price.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PriceKey {
    /// The property.
    pub property: PropertyId,
    /// Under which policy.
    pub branch: Branch,
    /// The room type.
    pub room_type: RoomTypeId,
    /// The night.
    pub night: Night,
}

/// A price and what it was made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PriceRow {
    /// What it started from: the base price of the first rate plan that sells the room type.
    pub base: Money,
    /// What to ask, in the same currency.
    pub price_minor: i64,
    /// A million and the effects of all features.
    pub multiplier_ppm: i64,
    /// How much of what the policy asks for is known, and from how much data.
    pub confidence_permille: u16,
    /// The price in thousandths of what rivals ask on average; none where that is unknown.
    pub position_permille: Option<u32>,
    /// Under which version of the policy.
    pub policy_version: u64,
    /// What it was made of.
    pub features: Features,
}

/// A row, or that it is gone.
pub type PriceChange = (PriceKey, Option<PriceRow>);

/// Which properties have a touched night, by market.
type Touched = FxHashMap<Option<u32>, FxHashSet<u32>>;

/// The keeper of the view; its key is the property.
#[derive(Debug)]
pub struct Price {
    today: Day,
    built_in: Arc<PricingPolicy>,
    hotel_numbers: FxHashMap<PropertyId, u32>,
    hotels: Vec<Hotel>,
    market_numbers: FxHashMap<MarketId, u32>,
    /// What is said of a night in a market, if anything.
    markets: FxHashMap<(u32, i32), MarketNight>,
    touched: BTreeMap<i32, Touched>,
    dirty: Vec<(u32, i32)>,
    agenda: Agenda<(u32, i32)>,
    /// Of the epoch that is being closed, as is the next.
    touched_count: Option<usize>,
    told_count: usize,
    passed: Option<DayPassed>,
    size: KeeperSize,
}

impl Default for Price {
    fn default() -> Self {
        Self {
            today: Day::NEVER,
            built_in: Arc::new(PricingPolicy::default()),
            hotel_numbers: FxHashMap::default(),
            hotels: Vec::new(),
            market_numbers: FxHashMap::default(),
            markets: FxHashMap::default(),
            touched: BTreeMap::new(),
            dirty: Vec::new(),
            agenda: Agenda::default(),
            touched_count: None,
            told_count: 0,
            passed: None,
            size: KeeperSize::default(),
        }
    }
}

impl Keeper for Price {
    type Event = PriceEvent;
    type Change = PriceChange;

    fn hear(&mut self, event: PriceEvent) {
        match event {
            PriceEvent::Property { property, country, market } => {
                self.define(&property, country, market.as_ref());
            }
            PriceEvent::RatePlan { property, ordinal, room_types, base_price } => {
                let changes = |hotel: &mut Hotel| hotel.plan(ordinal, &room_types, base_price);
                self.change_whole(&property, changes);
            }
            PriceEvent::Policies { property, active, candidate } => {
                self.change_whole(&property, |hotel| hotel.govern(active, candidate));
            }
            PriceEvent::Rivals(property, night, rivals) => {
                self.change_night(&property, night, |own| own.rivals = rivals);
            }
            PriceEvent::Demand(property, night, searches) => {
                let searches = searches.map(Searches::bucketed);
                self.change_night(&property, night, |own| own.searches = searches);
            }
            PriceEvent::Pace(key, row) => match key.of {
                PaceOf::Night(night) => self.hear_pace(&key.property, key.room_type, night, row),
                PaceOf::Lead(days) => {
                    let mean = row.and_then(|row| row.mean_milli);
                    self.hear_usual_pace(&key.property, key.room_type.as_ref(), days, mean);
                }
            },
            PriceEvent::Occupancy(key, row) => match (key.of, key.night, row) {
                (OccupancyOf::Property(property), Some(night), row) => {
                    let permille = row.and_then(night_permille);
                    self.hear_occupancy(&property, night, row.is_some(), permille);
                }
                (OccupancyOf::Property(property), None, row) => {
                    let rate = match row {
                        Some(OccupancyRow::Figures(figures)) => cancellation_rate(&figures.week),
                        _ => 0,
                    };
                    self.change_whole(&property, |hotel| hotel.cancel_rate(rate));
                }
                (OccupancyOf::Market(market), Some(night), row) => {
                    let permille = row.and_then(night_permille);
                    self.change_market(&market, night, |around| around.occupancy = permille);
                }
                (OccupancyOf::Market(_), None, _) => {}
            },
            PriceEvent::MarketDemand(market, night, searches) => {
                self.change_market(&market, night, |around| around.searches = searches);
            }
            PriceEvent::MarketEvents(market, night, events) => {
                self.change_market(&market, night, |around| around.events = events);
            }
        }
    }

    fn close(&mut self, now: Minute, tell: &mut dyn FnMut(PriceChange)) {
        while !self.close_part(now, tell) {}
    }

    fn close_part(&mut self, now: Minute, tell: &mut dyn FnMut(PriceChange)) -> bool {
        if !self.agenda.is_open() {
            let today = Day::at(now).max(self.today);
            self.touched_count = (today != self.today).then(|| self.pass_to(today));
            self.told_count = 0;
            self.agenda.open(std::mem::take(&mut self.dirty));
        }
        let mut told_count = 0;
        for (number, night) in self.agenda.part() {
            self.tell_night(number, night, &mut |change| {
                told_count += 1;
                tell(change);
            });
        }
        self.told_count += told_count;
        let is_closed = !self.agenda.is_open();
        if let Some(touched_count) = self.touched_count.take_if(|_| is_closed) {
            let (day, told_count) = (self.today, self.told_count);
            self.passed = Some(DayPassed { day, touched_count, told_count });
        }
        is_closed
    }

    fn size(&self) -> KeeperSize {
        KeeperSize { held_count: self.size.held_count + self.markets.len(), ..self.size }
    }

    fn day_passed(&self) -> Option<DayPassed> {
        self.passed
    }
}

fn night_permille(row: OccupancyRow) -> Option<u32> {
    match row {
        OccupancyRow::Night(night) => night.permille,
        OccupancyRow::Figures(_) => None,
    }
}

/// Cancellations to a thousand bookings; where there was no booking, each cancellation is all of
/// them, so that one booking more never makes it larger.
pub fn cancellation_rate(week: &Window) -> u16 {
    let without = if week.cancellations > 0 { 1000 } else { 0 };
    let rate = week.cancelled_permille.unwrap_or(without).min(1000);
    u16::try_from(rate).unwrap_or(1000)
}

impl Price {
    fn hotel(&mut self, property: &PropertyId) -> u32 {
        if let Some(number) = self.hotel_numbers.get(property) {
            return *number;
        }
        let number = self.hotels.len() as u32;
        self.hotels.push(Hotel::new(property.clone(), Arc::clone(&self.built_in)));
        self.hotel_numbers.insert(property.clone(), number);
        number
    }

    fn market(&mut self, market: &MarketId) -> u32 {
        let next = self.market_numbers.len() as u32;
        if let Some(number) = self.market_numbers.get(market) {
            return *number;
        }
        self.market_numbers.insert(market.clone(), next);
        next
    }

    fn define(
        &mut self,
        property: &PropertyId,
        country: Option<Country>,
        market: Option<&MarketId>,
    ) {
        let number = self.hotel(property);
        let market = market.map(|market| self.market(market));
        let hotel = &mut self.hotels[number as usize];
        if (hotel.country, hotel.market) == (country, market) {
            return;
        }
        let before = std::mem::replace(&mut hotel.market, market);
        hotel.country = country;
        self.dirty.extend(hotel.touched_nights().map(|night| (number, night)));
        for night in hotel.nights_told() {
            if let Some(touched) = self.touched.get_mut(&night) {
                remove(touched, before, number);
                touched.entry(market).or_default().insert(number);
            }
        }
    }

    /// Something of a property changes that all its nights may show.
    fn change_whole(&mut self, property: &PropertyId, change: impl FnOnce(&mut Hotel) -> bool) {
        let number = self.hotel(property);
        let hotel = &mut self.hotels[number as usize];
        if change(hotel) {
            let nights = hotel.touched_nights();
            self.dirty.extend(nights.map(|night| (number, night)));
        }
    }

    fn change_night(
        &mut self,
        property: &PropertyId,
        night: Night,
        change: impl FnOnce(&mut OwnNight),
    ) {
        let number = self.hotel(property);
        let hotel = &mut self.hotels[number as usize];
        let held_count = hotel.nights_count();
        if hotel.change_night(night.number(), change) {
            self.dirty.push((number, night.number()));
        }
        self.size.held_count += hotel.nights_count();
        self.size.held_count -= held_count;
    }

    fn hear_pace(
        &mut self,
        property: &PropertyId,
        room_type: Option<RoomTypeId>,
        night: Night,
        row: Option<PaceRow>,
    ) {
        let number = self.hotel(property);
        let kind = room_type.map(|room_type| self.hotels[number as usize].kind(&room_type));
        self.change_night(property, night, |own| own.set_pace(kind, row));
    }

    /// What is usual at a lead time is asked for by the nights that far ahead, and by no others.
    fn hear_usual_pace(
        &mut self,
        property: &PropertyId,
        room_type: Option<&RoomTypeId>,
        lead_days: u16,
        mean_milli: Option<u64>,
    ) {
        let number = self.hotel(property);
        let hotel = &mut self.hotels[number as usize];
        if hotel.expect(room_type, lead_days, mean_milli) {
            let nights = hotel.touched_nights_in(nights_ahead(self.today, lead_days));
            self.dirty.extend(nights.map(|night| (number, night)));
        }
    }

    fn hear_occupancy(
        &mut self,
        property: &PropertyId,
        night: Night,
        is_there: bool,
        permille: Option<u32>,
    ) {
        self.change_night(property, night, |own| {
            own.is_sold = is_there;
            own.occupancy = permille;
        });
        let number = self.hotel(property);
        self.dirty.push((number, night.number() + YEAR_DAYS));
    }

    /// What is said of a market reaches the properties that have that night, if it makes a
    /// difference to any feature.
    fn change_market(
        &mut self,
        market: &MarketId,
        night: Night,
        change: impl FnOnce(&mut MarketNight),
    ) {
        let number = self.market(market);
        let night = night.number();
        let around = self.markets.entry((number, night)).or_default();
        let before = *around;
        change(around);
        let is_same = before.is_alike(around);
        if *around == MarketNight::default() {
            self.markets.remove(&(number, night));
        }
        if is_same {
            return;
        }
        let touched = self.touched.get(&night).and_then(|touched| touched.get(&Some(number)));
        self.dirty.extend(touched.into_iter().flatten().map(|hotel| (*hotel, night)));
    }

    /// Marks what passing days change; how many nights of properties those are.
    fn pass_to(&mut self, today: Day) -> usize {
        let from = self.today;
        self.today = today;
        let mut nights: Vec<i32> = Vec::new();
        let days = i64::from(today.0) - i64::from(from.0);
        if days > i64::from(YEAR_DAYS) {
            nights.extend(self.touched.keys());
        } else {
            let days = from.0 + 1..=today.0;
            nights.extend(days.clone().flat_map(|day| nights_crossing(Day(day))));
            // The night before the first open one is over, and something to look back at.
            nights.extend(days.map(|day| Day(day).first_open_night() - 1 + YEAR_DAYS));
            nights.extend(self.touched.range(..today.first_open_night()).map(|(night, _)| *night));
        }
        nights.sort_unstable();
        nights.dedup();
        let before = self.dirty.len();
        for night in nights {
            let hotels = self.touched.get(&night).into_iter().flat_map(FxHashMap::values);
            self.dirty.extend(hotels.flatten().map(|hotel| (*hotel, night)));
        }
        self.dirty.len() - before
    }

    /// Prices a night of a property anew and tells what has changed.
    fn tell_night(&mut self, number: u32, night: i32, tell: &mut dyn FnMut(PriceChange)) {
        let hotel = &mut self.hotels[number as usize];
        let is_open = night >= self.today.first_open_night();
        let is_touched = is_open && hotel.is_touched(night);
        if is_touched != hotel.is_told(night) {
            let touched = self.touched.entry(night).or_default();
            if is_touched {
                touched.entry(hotel.market).or_default().insert(number);
            } else {
                remove(touched, hotel.market, number);
                if touched.is_empty() {
                    self.touched.remove(&night);
                }
            }
        }
        let Some(name) = Night::from_number(night) else { return };
        let none = MarketNight::default();
        let around = hotel.market.and_then(|market| self.markets.get(&(market, night)));
        let rows = is_touched.then(|| hotel.price(name, self.today, around.unwrap_or(&none)));
        let kept_count = hotel.rows_count(night);
        let changes = hotel.replace_rows(night, rows);
        self.size.keys_count += hotel.rows_count(night);
        self.size.keys_count -= kept_count;
        for ((branch, kind), row) in changes {
            let property = hotel.property.clone();
            let Some(room_type) = hotel.room_type(kind) else { continue };
            tell((PriceKey { property, branch, room_type, night: name }, row));
        }
    }
}

fn remove(touched: &mut Touched, market: Option<u32>, number: u32) {
    if let Some(hotels) = touched.get_mut(&market) {
        hotels.remove(&number);
        if hotels.is_empty() {
            touched.remove(&market);
        }
    }
}
