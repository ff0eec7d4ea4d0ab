//! How full are properties and markets, at what price, and how much of it is cancelled?
//!
//! ```sql
//! -- `supply` has the rooms of a room type on a night, `sold` what the ledger counts as sold of it
//! -- (a linked room type is counted by its parts), `lines` the lines of bookings as they stand.
//! -- Dates are UTC dates; today is that of the clock.
//! CREATE VIEW nights AS SELECT property, night, SUM(sold) AS sold,
//!   (SELECT SUM(greatest(physical - blocked, 0)) FROM supply USING (property, night)) AS rooms
//! FROM sold GROUP BY property, night;
//!
//! CREATE VIEW occupancy AS
//! SELECT property, NULL AS market, night, rooms, sold, 1000 * sold / rooms AS permille
//! FROM nights WHERE sold > 0 AND night >= today - 366
//! UNION ALL  -- all rooms of the market count, also those of properties that sold none
//! SELECT NULL, market, night, SUM(rooms), SUM(sold), 1000 * SUM(sold) / SUM(rooms)
//! FROM supply JOIN properties USING (property) ... WHERE sold > 0 AND night >= today - 366
//! GROUP BY market, night;
//!
//! CREATE VIEW figures AS SELECT property,   -- W is 7 and 30
//!   COUNT(*) FILTER (made > today - W) AS bookings_W,
//!   COUNT(*) FILTER (cancelled_whole > today - W) AS cancellations_W,
//!   least(1000, 1000 * cancellations_W / bookings_W) AS cancelled_permille_W,
//!   -- over the nights n with today - W <= n < today
//!   1000 * SUM(sold) / SUM(rooms) AS occupancy_permille_W,
//!   SUM(line.rooms * line.night_price) / SUM(rooms) AS revenue_per_room_W,   -- not cancelled
//!   -- average price of the room nights booked in the last seven days to that of the seven before
//!   1000 * avg_price(made > today - 7) / avg_price(today - 14 < made <= today - 7) AS price_trend
//! FROM bookings ... GROUP BY property
//! HAVING bookings_30 > 0 OR cancellations_30 > 0 OR sold_30 > 0;
//! ```
//!
//! What would be divided by nothing is null. A booking is cancelled once all its lines are, on the
//! day of the last of them. A line without a known price counts in no price and in no revenue.
//!
//! Inputs: bookings, the supply and the sold nights of the ledger, the market of each property; the
//! clock.
//!
//! Bound on its state: one entry for each stretch of supply, for each night sold within the last
//! 366 days or to come, and for each booking of the last 30 days or with a night not gone for that
//! long. A passing day looks at the figures of properties with any of the latter.

use std::collections::{BTreeMap, BTreeSet};

use events::{MarketId, Minute, Night, PropertyId, RoomTypeId};
use ledger::rows::{InventoryNightRow, SupplyRange};
use ledger::{Row, RowChange, RowKey};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::keeper::{Agenda, Keeper, KeeperSize};
use crate::views::booked::Booked;
use crate::views::days::{Day, DayPassed};

mod hotel;
mod market;
#[cfg(test)]
mod tests;

use hotel::Hotel;
use market::Market;

/// For how many days a night that was sold keeps its row.
const KEPT_DAYS: i32 = 366;

/// The longest window of the figures, in days.
const WINDOW_DAYS: i32 = 30;

/// Whose occupancy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OccupancyOf {
    /// A property's.
    Property(PropertyId),
    /// A market's.
    Market(MarketId),
}

/// Whose, and of which night; without a night, the figures of a property.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OccupancyKey {
    /// Whose.
    pub of: OccupancyOf,
    /// Of which night.
    pub night: Option<Night>,
}

/// How full a night is, or what a property's last weeks were like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OccupancyRow {
    /// Of a night.
    Night(NightOccupancy),
    /// Of a property.
    Figures(Figures),
}

/// How full a night is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NightOccupancy {
    /// Rooms that exist and are not blocked; what may be sold beyond them is not among them.
    pub rooms: u64,
    /// Rooms sold; above `rooms` when oversold.
    pub sold: u64,
    /// Rooms sold of a thousand; none where there are no rooms.
    pub permille: Option<u32>,
}

/// A property's last 7 and 30 days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Figures {
    /// What happened within 7 days.
    pub week: Window,
    /// What happened within 30 days.
    pub month: Window,
    /// The average price of a room night booked in the last 7 days, in thousandths of that of the
    /// 7 days before.
    pub price_trend_7d_permille: Option<u32>,
}

/// What happened within so many days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Window {
    /// Bookings made.
    pub bookings: u32,
    /// Bookings of which the last line was cancelled.
    pub cancellations: u32,
    /// Cancellations to a thousand bookings, at most 1000; none without bookings.
    pub cancelled_permille: Option<u32>,
    /// Rooms sold of a thousand, over the nights gone; none without rooms.
    pub occupancy_permille: Option<u32>,
    /// Revenue of the nights gone by each room that could be sold, in minor units of the
    /// property's currency; none without rooms.
    pub revenue_per_room_minor: Option<i64>,
}

/// A row, or that it is gone.
pub type OccupancyChange = (OccupancyKey, Option<OccupancyRow>);

/// What the view hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OccupancyEvent {
    /// A booking as it stands.
    Booked(Booked),
    /// All the supply of a room type.
    Supply(PropertyId, RoomTypeId, Vec<SupplyRange>),
    /// How many rooms of a type are sold on a night.
    Sold(PropertyId, RoomTypeId, Night, u16),
    /// In which market a property competes.
    Market(PropertyId, Option<MarketId>),
}

impl OccupancyEvent {
    /// What a row of the ledger says to the view, if anything.
    pub fn of(change: &RowChange) -> Option<Self> {
        Some(match change {
            RowChange::Put(Row::Booking(row)) => Self::Booked(Booked::from(row)),
            RowChange::Put(Row::Inventory(row)) => {
                Self::Supply(row.property.clone(), row.room_type.clone(), row.ranges.clone())
            }
            RowChange::Put(Row::InventoryNight(row)) => {
                let InventoryNightRow { property, room_type, night, sold, .. } = row;
                Self::Sold(property.clone(), room_type.clone(), *night, *sold)
            }
            RowChange::Put(Row::Property(row)) => {
                Self::Market(row.command.property.clone(), row.command.market.clone())
            }
            RowChange::Delete(RowKey::Inventory(property, room_type)) => {
                Self::Supply(property.clone(), room_type.clone(), Vec::new())
            }
            RowChange::Delete(RowKey::InventoryNight(property, room_type, night)) => {
                Self::Sold(property.clone(), room_type.clone(), *night, 0)
            }
            _ => return None,
        })
    }
}

/// A property or a market, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Whose {
    Hotel(u32),
    Market(u32),
}

/// The keeper of the view. Its sums over markets need every property, so that there is one.
#[derive(Debug)]
pub struct Occupancy {
    today: Day,
    hotel_numbers: FxHashMap<PropertyId, u32>,
    hotels: Vec<Hotel>,
    market_numbers: FxHashMap<MarketId, u32>,
    markets: Vec<Market>,
    /// What was told, by night.
    told: BTreeMap<i32, FxHashMap<Whose, NightOccupancy>>,
    figures: FxHashMap<u32, Figures>,
    /// The properties whose figures a passing day may change.
    live: FxHashSet<u32>,
    dirty_nights: Vec<(Whose, i32)>,
    dirty_figures: Vec<u32>,
    agenda: Agenda<(Whose, i32)>,
    /// Of the epoch that is being closed, as is the next.
    touched_count: Option<usize>,
    told_count: usize,
    passed: Option<DayPassed>,
    size: KeeperSize,
}

impl Default for Occupancy {
    fn default() -> Self {
        Self {
            today: Day::NEVER,
            hotel_numbers: FxHashMap::default(),
            hotels: Vec::new(),
            market_numbers: FxHashMap::default(),
            markets: Vec::new(),
            told: BTreeMap::new(),
            figures: FxHashMap::default(),
            live: FxHashSet::default(),
            dirty_nights: Vec::new(),
            dirty_figures: Vec::new(),
            agenda: Agenda::default(),
            touched_count: None,
            told_count: 0,
            passed: None,
            size: KeeperSize::default(),
        }
    }
}

impl Keeper for Occupancy {
    type Event = OccupancyEvent;
    type Change = OccupancyChange;

    fn hear(&mut self, event: OccupancyEvent) {
        match event {
            OccupancyEvent::Booked(booked) => {
                let (number, today) = (self.hotel(&booked.property), self.today);
                let hotel = &mut self.hotels[number as usize];
                self.size.held_count -= hotel.bookings_count();
                hotel.book(&booked, today);
                self.size.held_count += hotel.bookings_count();
                self.touch(number);
            }
            OccupancyEvent::Supply(property, room_type, ranges) => {
                let number = self.hotel(&property);
                self.supply(number, &room_type, &ranges);
            }
            OccupancyEvent::Sold(property, room_type, night, sold) => {
                let number = self.hotel(&property);
                self.sell(number, &room_type, night.number(), sold);
            }
            OccupancyEvent::Market(property, market) => {
                let number = self.hotel(&property);
                self.compete(number, market.as_ref());
            }
        }
    }

    fn close(&mut self, now: Minute, tell: &mut dyn FnMut(OccupancyChange)) {
        while !self.close_part(now, tell) {}
    }

    fn close_part(&mut self, now: Minute, tell: &mut dyn FnMut(OccupancyChange)) -> bool {
        if !self.agenda.is_open() {
            let today = Day::at(now).max(self.today);
            self.touched_count = (today != self.today).then(|| self.pass_to(today));
            self.told_count = self.tell_past(tell);
            let mut nights = std::mem::take(&mut self.dirty_nights);
            nights.sort_unstable();
            nights.dedup();
            self.count_markets(&nights);
            self.agenda.open(nights);
        }
        for (whose, night) in self.agenda.part() {
            self.told_count += usize::from(self.tell_night(whose, night, tell));
        }
        if self.agenda.is_open() {
            return false;
        }
        let figures: BTreeSet<u32> = self.dirty_figures.drain(..).collect();
        for number in figures {
            self.told_count += usize::from(self.tell_figures(number, tell));
        }
        if let Some(touched_count) = self.touched_count.take() {
            let (day, told_count) = (self.today, self.told_count);
            self.passed = Some(DayPassed { day, touched_count, told_count });
        }
        true
    }

    fn size(&self) -> KeeperSize {
        self.size
    }

    fn day_passed(&self) -> Option<DayPassed> {
        self.passed
    }
}

impl Occupancy {
    fn hotel(&mut self, property: &PropertyId) -> u32 {
        if let Some(number) = self.hotel_numbers.get(property) {
            return *number;
        }
        let number = self.hotels.len() as u32;
        self.hotels.push(Hotel::new(property.clone()));
        self.hotel_numbers.insert(property.clone(), number);
        number
    }

    fn market(&mut self, market: &MarketId) -> u32 {
        if let Some(number) = self.market_numbers.get(market) {
            return *number;
        }
        let number = self.markets.len() as u32;
        self.markets.push(Market::new(market.clone()));
        self.market_numbers.insert(market.clone(), number);
        number
    }

    /// Notes that a property's figures may be others, now and when days pass.
    fn touch(&mut self, number: u32) {
        self.dirty_figures.push(number);
        self.live.insert(number);
    }

    fn supply(&mut self, number: u32, room_type: &RoomTypeId, ranges: &[SupplyRange]) {
        let hotel = &mut self.hotels[number as usize];
        let changed = hotel.supply(room_type, ranges);
        for (from, to, rooms) in changed {
            let nights = hotel.nights_sold(from..to);
            self.dirty_nights.extend(nights.map(|night| (Whose::Hotel(number), night)));
            if let Some(market) = hotel.market {
                let found = &mut self.markets[market as usize];
                found.add_rooms(from..to, rooms);
                let nights = found.nights_sold(from..to);
                self.dirty_nights.extend(nights.map(|night| (Whose::Market(market), night)));
            }
            if from < self.today.0 && self.live.contains(&number) {
                self.dirty_figures.push(number);
            }
        }
    }

    fn sell(&mut self, number: u32, room_type: &RoomTypeId, night: i32, sold: u16) {
        if night < self.today.plus(-KEPT_DAYS).0 {
            return;
        }
        let hotel = &mut self.hotels[number as usize];
        let difference = hotel.sell(room_type, night, sold);
        if difference == 0 {
            return;
        }
        self.dirty_nights.push((Whose::Hotel(number), night));
        if let Some(market) = hotel.market {
            self.markets[market as usize].add_sold(night, difference);
            self.dirty_nights.push((Whose::Market(market), night));
        }
        self.touch(number);
    }

    /// A property competes in that market from now on, with all that it has.
    fn compete(&mut self, number: u32, market: Option<&MarketId>) {
        let market = market.map(|market| self.market(market));
        let before = self.hotels[number as usize].market;
        if before == market {
            return;
        }
        for (market, sign) in [(before, -1), (market, 1)] {
            let Some(market) = market else { continue };
            let found = &mut self.markets[market as usize];
            let hotel = &self.hotels[number as usize];
            for (from, to, rooms) in hotel.ranges() {
                found.add_rooms(from..to, sign * rooms);
                let nights = found.nights_sold(from..to);
                self.dirty_nights.extend(nights.map(|night| (Whose::Market(market), night)));
            }
            for (night, sold) in hotel.sold() {
                found.add_sold(night, sign * sold);
                self.dirty_nights.push((Whose::Market(market), night));
            }
        }
        self.hotels[number as usize].market = market;
    }

    /// Marks what passing days may change; how many rows that are.
    fn pass_to(&mut self, today: Day) -> usize {
        self.today = today;
        self.dirty_figures.extend(&self.live);
        self.live.len()
    }

    fn count_markets(&mut self, nights: &[(Whose, i32)]) {
        for group in nights.chunk_by(|(one, _), (other, _)| one == other) {
            if let Some((Whose::Market(number), _)) = group.first() {
                let nights = group.iter().map(|(_, night)| *night);
                self.markets[*number as usize].count(nights);
            }
        }
    }

    /// Takes back the rows of nights that are long gone, and forgets what was sold there.
    fn tell_past(&mut self, tell: &mut dyn FnMut(OccupancyChange)) -> usize {
        let kept_from = self.today.plus(-KEPT_DAYS).0;
        let kept = self.told.split_off(&kept_from);
        let mut told_count = 0;
        for (night, rows) in std::mem::replace(&mut self.told, kept) {
            let mut whose: Vec<Whose> = rows.into_keys().collect();
            whose.sort_unstable();
            told_count += whose.len();
            self.size.keys_count -= whose.len();
            for whose in whose {
                self.forget(whose, night);
                tell((self.key(whose, Some(night)), None));
            }
        }
        told_count
    }

    fn forget(&mut self, whose: Whose, night: i32) {
        match whose {
            Whose::Hotel(number) => self.hotels[number as usize].forget(night),
            Whose::Market(number) => self.markets[number as usize].forget(night),
        }
    }

    fn tell_night(
        &mut self,
        whose: Whose,
        night: i32,
        tell: &mut dyn FnMut(OccupancyChange),
    ) -> bool {
        if night < self.today.plus(-KEPT_DAYS).0 {
            self.forget(whose, night);
            return false;
        }
        let (rooms, sold) = match whose {
            Whose::Hotel(number) => self.hotels[number as usize].night(night),
            Whose::Market(number) => self.markets[number as usize].night(night),
        };
        let permille = (rooms > 0).then(|| permille(sold, rooms));
        let row = (sold > 0).then_some(NightOccupancy { rooms, sold, permille });
        let rows = self.told.entry(night).or_default();
        let before = match row {
            Some(row) => rows.insert(whose, row),
            None => rows.remove(&whose),
        };
        if rows.is_empty() {
            self.told.remove(&night);
        }
        self.size.keys_count += usize::from(row.is_some());
        self.size.keys_count -= usize::from(before.is_some());
        let is_news = before != row;
        if is_news {
            tell((self.key(whose, Some(night)), row.map(OccupancyRow::Night)));
        }
        is_news
    }

    fn tell_figures(&mut self, number: u32, tell: &mut dyn FnMut(OccupancyChange)) -> bool {
        let today = self.today;
        let hotel = &mut self.hotels[number as usize];
        self.size.held_count -= hotel.bookings_count();
        let is_live = hotel.pass(today);
        self.size.held_count += hotel.bookings_count();
        if !is_live {
            self.live.remove(&number);
        }
        let figures = hotel.figures(today);
        let before = match figures {
            Some(figures) => self.figures.insert(number, figures),
            None => self.figures.remove(&number),
        };
        self.size.keys_count += usize::from(figures.is_some());
        self.size.keys_count -= usize::from(before.is_some());
        let is_news = before != figures;
        if is_news {
            tell((self.key(Whose::Hotel(number), None), figures.map(OccupancyRow::Figures)));
        }
        is_news
    }

    fn key(&self, whose: Whose, night: Option<i32>) -> OccupancyKey {
        let of = match whose {
            Whose::Hotel(number) => {
                OccupancyOf::Property(self.hotels[number as usize].property.clone())
            }
            Whose::Market(number) => {
                OccupancyOf::Market(self.markets[number as usize].market.clone())
            }
        };
        OccupancyKey { of, night: night.and_then(Night::from_number) }
    }
}

/// So many of so many, in thousandths; held within what 32 bits hold.
fn permille(part: u64, whole: u64) -> u32 {
    let permille = u128::from(part) * 1000 / u128::from(whole.max(1));
    u32::try_from(permille).unwrap_or(u32::MAX)
}
