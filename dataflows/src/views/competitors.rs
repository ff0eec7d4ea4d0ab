//! What do rivals ask for a night?
//!
//! ```sql
//! -- prices: one row for each observation; minute = floor(least(observed, stamp) / 60000);
//! -- version orders them: (observed, source, has a price, currency, amount, minute).
//! -- rules: minutes, 2880 where nothing was set, and rivals, empty for all of them;
//! -- clock: the minute now.
//! CREATE VIEW standing AS
//! SELECT property, rival, night, arg_max(price, version) AS price
//! FROM prices JOIN rules USING (property), clock
//! WHERE minute > clock.now - rules.minutes AND (rivals = [] OR rival IN rivals)
//! GROUP BY property, rival, night;
//!
//! -- The currency of a property is its own, or else the one most of its standing prices of that
//! -- night have, and of equally many the first by code.
//! CREATE VIEW competitors AS
//! SELECT property, night,
//!        count(*)                                                      AS rivals_count,
//!        count(*) FILTER (price IS NULL)                               AS sold_out_count,
//!        count(*) FILTER (price.currency <> currency)                  AS foreign_count,
//!        currency,
//!        floor(avg(price.amount) FILTER (price.currency = currency) + 0.5) AS average_minor,
//!        min(price.amount) FILTER (price.currency = currency)          AS minimum_minor
//! FROM standing JOIN currencies USING (property, night)
//! GROUP BY property, night, currency;
//! ```
//!
//! Inputs: the signals `competitor_price`; how old a price may be and whose count, as the pricing
//! policy in force says, and in which currency a property sells, per property.
//!
//! A price that is too old is missing, never zero: its rival is not counted. A rival without a
//! room to sell is counted as sold out. Prices in another currency are counted as foreign and left
//! out of average and minimum, since there is no rate of exchange here.
//!
//! Of what was seen of one rival and night within the age, the latest observation holds, whatever
//! the order of arrival. An observation whose source's clock is ahead ages by its stamp; what came
//! before it may outlive it, and is kept for as long as that can matter.
//!
//! Bound on its state: what was seen of a property, rival and night within
//! [`CompetitorsOptions::age_max_minutes`], nearly always one observation each; and one entry for
//! each property that has a currency or rules.

use std::collections::{BTreeMap, BTreeSet};

use events::{
    CompetitorPrice, Currency, Minute, Money, Night, PropertyId, RivalId, SourceId, Stamp,
};
use rustc_hash::FxHashMap;

use crate::keeper::{Keeper, KeeperSize};

#[cfg(test)]
mod tests;
mod wiring;

/// A night of a property.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CompetitorsKey {
    /// The property whose rivals they are.
    pub property: PropertyId,
    /// The night.
    pub night: Night,
}

/// What rivals ask for a night; there is no row when nothing was seen of late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompetitorsRow {
    /// Rivals of whom something was seen, sold out or not.
    pub rivals_count: u32,
    /// Those without a room to sell.
    pub sold_out_count: u32,
    /// Those whose price is in another currency.
    pub foreign_count: u32,
    /// What the others ask; `None` where there are no others.
    pub prices: Option<RivalPrices>,
}

/// Prices in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RivalPrices {
    /// Which currency.
    pub currency: Currency,
    /// The mean, halves rounded up.
    pub average_minor: i64,
    /// The least.
    pub minimum_minor: i64,
}

/// A night of a rival of a property.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CompetitorPriceKey {
    /// The property whose rival it is.
    pub property: PropertyId,
    /// The night.
    pub night: Night,
    /// The rival.
    pub rival: RivalId,
}

/// What was seen of a rival's night: the base of the view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompetitorPriceRow {
    /// The latest first; one after it is there only because it ages out later.
    pub seen: Vec<SeenPrice>,
}

/// One observation that may hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenPrice {
    /// Who saw it.
    pub source: SourceId,
    /// When its source saw it.
    pub observed: Stamp,
    /// From when its age counts.
    pub minute: Minute,
    /// What was asked; `None` when there was no room.
    pub price: Option<Money>,
}

/// What is heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CompetitorsEvent {
    /// A price was observed.
    Seen {
        /// By whom.
        source: SourceId,
        /// When its source saw it.
        observed: Stamp,
        /// When it was appended.
        stamp: Stamp,
        /// What was seen.
        price: CompetitorPrice,
    },
    /// What counts at a property.
    Rules {
        /// Which property.
        property: PropertyId,
        /// How old what was seen may be; `None` for the default. At least one minute, at most
        /// [`CompetitorsOptions::age_max_minutes`]: held to both.
        age_minutes: Option<u32>,
        /// Whose prices count; everybody's if nobody is named.
        rivals: Vec<RivalId>,
    },
    /// The currency in which a property sells.
    Property {
        /// Which property.
        property: PropertyId,
        /// Its currency.
        currency: Currency,
    },
    /// A row of the base from before a restart.
    Stored(CompetitorPriceKey, CompetitorPriceRow),
}

/// What is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CompetitorsChange {
    /// A row of the view.
    Row(CompetitorsKey, Option<CompetitorsRow>),
    /// A row of its base.
    Base(CompetitorPriceKey, Option<CompetitorPriceRow>),
}

/// Its settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompetitorsOptions {
    /// How old what was seen may be where nothing is said of the property.
    pub age_default_minutes: u32,
    /// The most that may be said. For so long everything is kept, so that an age may be raised.
    pub age_max_minutes: u32,
}

impl Default for CompetitorsOptions {
    fn default() -> Self {
        Self { age_default_minutes: 48 * 60, age_max_minutes: 7 * 24 * 60 }
    }
}

/// The keeper.
#[derive(Debug)]
pub struct Competitors {
    options: CompetitorsOptions,
    properties: FxHashMap<PropertyId, Property>,
    /// What was seen in this epoch.
    heard: Vec<(CompetitorPriceKey, SeenPrice)>,
    dirty: BTreeSet<CompetitorsKey>,
    /// Nights to look at again, by the minute at which something ages out.
    wakes: BTreeMap<i64, Vec<CompetitorsKey>>,
    cells_count: usize,
    seen_count: usize,
}

#[derive(Debug, Default)]
struct Property {
    age_minutes: Option<u32>,
    /// Those that count; all of them if none is named.
    rivals: Vec<RivalId>,
    currency: Option<Currency>,
    cells: BTreeMap<Night, Cell>,
}

/// One night of a property.
#[derive(Debug, Default)]
struct Cell {
    /// In order of rivals.
    rivals: Vec<Rival>,
    told: Option<CompetitorsRow>,
    /// The first minute at which it is looked at again by itself.
    wake: Option<i64>,
}

#[derive(Debug)]
struct Rival {
    id: RivalId,
    seen: Vec<SeenPrice>,
    is_base_told: bool,
}

/// Which observations of a night count.
#[derive(Debug, Clone, Copy)]
struct Counts<'a> {
    /// Those of later minutes,
    after: i64,
    /// of these rivals, or of all if none is named.
    rivals: &'a [RivalId],
}

impl SeenPrice {
    /// Of two tellings the greater one holds.
    fn version(&self) -> impl Ord + '_ {
        let price = self.price.as_ref().map(|price| (price.currency, price.amount_minor));
        (self.observed, &self.source, price, self.minute)
    }
}

impl Rival {
    /// Takes one telling, unless one that is as late in both respects is known.
    fn take(&mut self, new: SeenPrice) -> bool {
        let is_beaten =
            |old: &SeenPrice| old.version() >= new.version() && old.minute >= new.minute;
        if self.seen.iter().any(is_beaten) {
            return false;
        }
        self.seen.retain(|old| old.version() > new.version() || old.minute > new.minute);
        let place = self.seen.partition_point(|old| old.version() > new.version());
        self.seen.insert(place, new);
        self.is_base_told = false;
        true
    }
}

impl Competitors {
    /// A keeper that has heard nothing.
    pub fn new(options: CompetitorsOptions) -> Self {
        Self {
            options,
            properties: FxHashMap::default(),
            heard: Vec::new(),
            dirty: BTreeSet::new(),
            wakes: BTreeMap::new(),
            cells_count: 0,
            seen_count: 0,
        }
    }

    fn rival(&mut self, key: &CompetitorPriceKey) -> &mut Rival {
        let property = self.properties.entry(key.property.clone()).or_default();
        let cell = property.cells.entry(key.night).or_insert_with(|| {
            self.cells_count += 1;
            Cell::default()
        });
        let place = match cell.rivals.binary_search_by(|rival| rival.id.cmp(&key.rival)) {
            Ok(place) => place,
            Err(place) => {
                let rival = Rival { id: key.rival.clone(), seen: Vec::new(), is_base_told: true };
                cell.rivals.insert(place, rival);
                place
            }
        };
        &mut cell.rivals[place]
    }

    /// All nights of a property are looked at again.
    fn touch(&mut self, property: &PropertyId) {
        let Some(state) = self.properties.get(property) else { return };
        let key = |night: &Night| CompetitorsKey { property: property.clone(), night: *night };
        self.dirty.extend(state.cells.keys().map(key));
    }

    /// Takes in what was heard and is not too old ever to count.
    fn take_heard(&mut self, now: Minute) {
        let kept_after = now.0 - i64::from(self.options.age_max_minutes);
        for (key, seen) in std::mem::take(&mut self.heard) {
            if seen.minute.0 <= kept_after {
                continue;
            }
            let rival = self.rival(&key);
            let count_before = rival.seen.len();
            if rival.take(seen) {
                let count = rival.seen.len();
                self.seen_count = self.seen_count + count - count_before;
                self.dirty.insert(CompetitorsKey { property: key.property, night: key.night });
            }
        }
    }

    fn close_cell(
        &mut self,
        key: &CompetitorsKey,
        now: Minute,
        tell: &mut dyn FnMut(CompetitorsChange),
    ) {
        let Some(property) = self.properties.get_mut(&key.property) else { return };
        let Some(cell) = property.cells.get_mut(&key.night) else { return };
        let kept_minutes = i64::from(self.options.age_max_minutes);
        let age_minutes =
            i64::from(property.age_minutes.unwrap_or(self.options.age_default_minutes));
        let freed = cell.prune(now.0 - kept_minutes);
        cell.tell_base(key, tell);
        cell.rivals.retain(|rival| !rival.seen.is_empty());
        let counts = Counts { after: now.0 - age_minutes, rivals: &property.rivals };
        let row = cell.row(counts, property.currency);
        if row != cell.told {
            cell.told = row;
            tell(CompetitorsChange::Row(key.clone(), row));
        }
        if cell.wake.is_some_and(|wake| wake <= now.0) {
            cell.wake = None;
        }
        let next = cell.next_wake(now.0, age_minutes, kept_minutes);
        if let Some(next) = next
            && cell.wake.is_none_or(|wake| next < wake)
        {
            cell.wake = Some(next);
            self.wakes.entry(next).or_default().push(key.clone());
        }
        self.seen_count -= freed;
        if cell.rivals.is_empty() {
            property.cells.remove(&key.night);
            self.cells_count -= 1;
            if property.cells.is_empty() && property.age_minutes.is_none() {
                let is_plain = property.currency.is_none() && property.rivals.is_empty();
                is_plain.then(|| self.properties.remove(&key.property));
            }
        }
    }
}

impl Cell {
    /// Forgets what can never count again; returns how many.
    fn prune(&mut self, kept_after: i64) -> usize {
        let mut freed = 0;
        for rival in &mut self.rivals {
            let count_before = rival.seen.len();
            rival.seen.retain(|seen| seen.minute.0 > kept_after);
            freed += count_before - rival.seen.len();
            rival.is_base_told &= rival.seen.len() == count_before;
        }
        freed
    }

    fn tell_base(&mut self, key: &CompetitorsKey, tell: &mut dyn FnMut(CompetitorsChange)) {
        for rival in self.rivals.iter_mut().filter(|rival| !rival.is_base_told) {
            rival.is_base_told = true;
            let key = CompetitorPriceKey {
                property: key.property.clone(),
                night: key.night,
                rival: rival.id.clone(),
            };
            let row = CompetitorPriceRow { seen: rival.seen.clone() };
            let row = (!row.seen.is_empty()).then_some(row);
            tell(CompetitorsChange::Base(key, row));
        }
    }

    fn standing(&self, counts: Counts<'_>) -> impl Iterator<Item = &SeenPrice> {
        let Counts { after, rivals } = counts;
        let counting =
            self.rivals.iter().filter(|rival| rivals.is_empty() || rivals.contains(&rival.id));
        counting.filter_map(move |rival| rival.seen.iter().find(|seen| seen.minute.0 > after))
    }

    fn row(&self, counts: Counts<'_>, currency: Option<Currency>) -> Option<CompetitorsRow> {
        let currency = currency.or_else(|| self.usual_currency(counts));
        let mut row =
            CompetitorsRow { rivals_count: 0, sold_out_count: 0, foreign_count: 0, prices: None };
        let (mut sum, mut count, mut minimum_minor) = (0_i128, 0_i128, i64::MAX);
        for seen in self.standing(counts) {
            row.rivals_count += 1;
            match seen.price {
                None => row.sold_out_count += 1,
                Some(price) if Some(price.currency) == currency => {
                    sum += i128::from(price.amount_minor);
                    count += 1;
                    minimum_minor = minimum_minor.min(price.amount_minor);
                }
                Some(_) => row.foreign_count += 1,
            }
        }
        if let Some(currency) = currency.filter(|_| count > 0) {
            // A mean of numbers of 64 bits, rounded to a whole one, lies between them.
            let average_minor = (2 * sum + count).div_euclid(2 * count) as i64;
            row.prices = Some(RivalPrices { currency, average_minor, minimum_minor });
        }
        (row.rivals_count > 0).then_some(row)
    }

    /// The currency of most prices, and of equally many the first by code.
    fn usual_currency(&self, counts: Counts<'_>) -> Option<Currency> {
        let mut found: BTreeMap<Currency, u32> = BTreeMap::new();
        for price in self.standing(counts).filter_map(|seen| seen.price) {
            *found.entry(price.currency).or_default() += 1;
        }
        let mut best: Option<(Currency, u32)> = None;
        for (currency, count) in found {
            if best.is_none_or(|(_, most)| count > most) {
                best = Some((currency, count));
            }
        }
        best.map(|(currency, _)| currency)
    }

    /// The next minute at which something that is seen now ages out or is forgotten.
    fn next_wake(&self, now: i64, age_minutes: i64, kept_minutes: i64) -> Option<i64> {
        let minutes = self.rivals.iter().flat_map(|rival| &rival.seen).map(|seen| seen.minute.0);
        minutes
            .flat_map(|minute| [minute + age_minutes, minute + kept_minutes])
            .filter(|minute| *minute > now)
            .min()
    }
}

impl Keeper for Competitors {
    type Event = CompetitorsEvent;
    type Change = CompetitorsChange;

    fn hear(&mut self, event: CompetitorsEvent) {
        match event {
            CompetitorsEvent::Seen { source, observed, stamp, price } => {
                let CompetitorPrice { property, rival, night, price } = price;
                let minute = observed.min(stamp).minute();
                let key = CompetitorPriceKey { property, night, rival };
                self.heard.push((key, SeenPrice { source, observed, minute, price }));
            }
            CompetitorsEvent::Rules { property, age_minutes, rivals } => {
                let most = self.options.age_max_minutes;
                let state = self.properties.entry(property.clone()).or_default();
                state.age_minutes = age_minutes.map(|minutes| minutes.clamp(1, most));
                state.rivals = rivals;
                self.touch(&property);
            }
            CompetitorsEvent::Property { property, currency } => {
                let state = self.properties.entry(property.clone()).or_default();
                if state.currency != Some(currency) {
                    state.currency = Some(currency);
                    self.touch(&property);
                }
            }
            CompetitorsEvent::Stored(key, row) => {
                self.seen_count += row.seen.len();
                let rival = self.rival(&key);
                rival.seen = row.seen;
                self.dirty.insert(CompetitorsKey { property: key.property, night: key.night });
            }
        }
    }

    fn close(&mut self, now: Minute, tell: &mut dyn FnMut(CompetitorsChange)) {
        self.take_heard(now);
        while let Some(entry) = self.wakes.first_entry().filter(|entry| *entry.key() <= now.0) {
            self.dirty.extend(entry.remove());
        }
        for key in std::mem::take(&mut self.dirty) {
            self.close_cell(&key, now, tell);
        }
    }

    fn size(&self) -> KeeperSize {
        KeeperSize { keys_count: self.cells_count, held_count: self.seen_count }
    }
}
