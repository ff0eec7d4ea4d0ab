//! What the view keeps of one property.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use events::{Money, Night, PropertyId, RoomTypeId};
use models::calendar::Country;
use models::pricing::PricingPolicy;
use smallvec::SmallVec;

use super::cell::{Around, MarketNight, OwnNight, Usual, asks_for_cancellations, features, row};
use super::{Branch, PriceRow, YEAR_DAYS};
use crate::keeper::{Fingerprint, fingerprint};
use crate::views::days::Day;

/// Which row of a night.
pub(super) type Place = (Branch, u16);

/// A rate plan, as far as prices go.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Plan {
    room_types: SmallVec<[u16; 8]>,
    base_price: Money,
}

/// A property.
#[derive(Debug)]
pub(super) struct Hotel {
    pub(super) property: PropertyId,
    pub(super) country: Option<Country>,
    pub(super) market: Option<u32>,
    active: Arc<PricingPolicy>,
    candidate: Option<Arc<PricingPolicy>>,
    built_in: Arc<PricingPolicy>,
    room_types: Vec<RoomTypeId>,
    plans: BTreeMap<u16, Plan>,
    /// Room types that have a price, and theirs.
    bases: Vec<(u16, Money)>,
    usual: Usual,
    nights: BTreeMap<i32, OwnNight>,
    /// What was told of each night that was touched then, which may be nothing.
    told: BTreeMap<i32, SmallVec<[(Place, Fingerprint); 2]>>,
}

impl Hotel {
    pub(super) fn new(property: PropertyId, built_in: Arc<PricingPolicy>) -> Self {
        Self {
            property,
            country: None,
            market: None,
            active: Arc::clone(&built_in),
            candidate: None,
            built_in,
            room_types: Vec::new(),
            plans: BTreeMap::new(),
            bases: Vec::new(),
            usual: Usual::default(),
            nights: BTreeMap::new(),
            told: BTreeMap::new(),
        }
    }

    pub(super) fn kind(&mut self, id: &RoomTypeId) -> u16 {
        let known = self.room_types.iter().position(|known| known == id);
        known.unwrap_or_else(|| {
            self.room_types.push(id.clone());
            self.room_types.len() - 1
        }) as u16
    }

    pub(super) fn room_type(&self, kind: u16) -> Option<RoomTypeId> {
        self.room_types.get(usize::from(kind)).cloned()
    }

    pub(super) fn nights_count(&self) -> usize {
        self.nights.len()
    }

    pub(super) fn is_touched(&self, night: i32) -> bool {
        self.nights.contains_key(&night)
    }

    pub(super) fn touched_nights(&self) -> impl Iterator<Item = i32> {
        self.nights.keys().copied()
    }

    pub(super) fn touched_nights_in(&self, nights: Range<i32>) -> impl Iterator<Item = i32> {
        self.nights.range(nights).map(|(night, _)| *night)
    }

    /// Replaces a rate plan; whether any base price is another.
    pub(super) fn plan(
        &mut self,
        ordinal: u16,
        room_types: &[RoomTypeId],
        base_price: Money,
    ) -> bool {
        let room_types = room_types.iter().map(|id| self.kind(id)).collect();
        self.plans.insert(ordinal, Plan { room_types, base_price });
        let mut bases = BTreeMap::new();
        for plan in self.plans.values().rev() {
            bases.extend(plan.room_types.iter().map(|kind| (*kind, plan.base_price)));
        }
        let bases: Vec<(u16, Money)> = bases.into_iter().collect();
        let is_changed = bases != self.bases;
        self.bases = bases;
        is_changed
    }

    /// Replaces the policies; whether any of them is another.
    pub(super) fn govern(
        &mut self,
        active: Option<Arc<PricingPolicy>>,
        candidate: Option<Arc<PricingPolicy>>,
    ) -> bool {
        let active = active.unwrap_or_else(|| Arc::clone(&self.built_in));
        let is_changed = (&active, &candidate) != (&self.active, &self.candidate);
        (self.active, self.candidate) = (active, candidate);
        is_changed
    }

    /// Replaces what is usual at a lead time; whether it is another.
    pub(super) fn expect(
        &mut self,
        room_type: Option<&RoomTypeId>,
        lead_days: u16,
        mean_milli: Option<u64>,
    ) -> bool {
        let kind = room_type.map(|id| self.kind(id));
        let books = &mut self.usual.books_milli;
        let place = books.binary_search_by_key(&(kind, lead_days), |(of, lead, _)| (*of, *lead));
        match (place, mean_milli) {
            (Ok(index), Some(mean)) => std::mem::replace(&mut books[index].2, mean) != mean,
            (Ok(index), None) => {
                books.remove(index);
                true
            }
            (Err(index), Some(mean)) => {
                books.insert(index, (kind, lead_days, mean));
                true
            }
            (Err(_), None) => false,
        }
    }

    /// Replaces the cancellation rate; whether its bucket is another and any policy asks for it.
    pub(super) fn cancel_rate(&mut self, permille: u16) -> bool {
        let before = std::mem::replace(&mut self.usual.cancellation_rate_permille, permille);
        let is_asked_for = asks_for_cancellations(&self.active)
            || self.candidate.as_ref().is_some_and(|policy| asks_for_cancellations(policy));
        is_asked_for && before / 10 != permille / 10
    }

    /// Changes what is known of a night; whether that is anything new.
    pub(super) fn change_night(&mut self, night: i32, change: impl FnOnce(&mut OwnNight)) -> bool {
        let own = self.nights.entry(night).or_default();
        let before = own.clone();
        change(own);
        let is_changed = *own != before;
        if !own.is_touched() {
            self.nights.remove(&night);
        }
        is_changed
    }

    /// Every row of a touched night, in order.
    pub(super) fn price(
        &mut self,
        night: Night,
        today: Day,
        market: &MarketNight,
    ) -> Vec<(Place, PriceRow)> {
        self.usual.country = self.country;
        self.usual.has_market = self.market.is_some();
        let Some(own) = self.nights.get(&night.number()) else { return Vec::new() };
        // Before that night is over, its occupancy is none that the year ended with.
        let before = night.number() - YEAR_DAYS;
        let is_over = before < today.first_open_night();
        let year_before = self.nights.get(&before).filter(|_| is_over);
        let year_before = year_before.and_then(|own| own.occupancy);
        let around = Around { usual: &self.usual, own, market, year_before, today };
        let branches =
            [(Branch::Active, Some(&self.active)), (Branch::Candidate, self.candidate.as_ref())];
        let mut rows = Vec::new();
        for (branch, policy) in branches {
            let Some(policy) = policy else { continue };
            for (kind, base) in &self.bases {
                let features = features(policy, &around, night, *kind);
                rows.push(((branch, *kind), row(policy, night, *base, features)));
            }
        }
        rows
    }

    /// The nights that were touched when they were told of last.
    pub(super) fn nights_told(&self) -> impl Iterator<Item = i32> {
        self.told.keys().copied()
    }

    pub(super) fn is_told(&self, night: i32) -> bool {
        self.told.contains_key(&night)
    }

    pub(super) fn rows_count(&self, night: i32) -> usize {
        self.told.get(&night).map_or(0, SmallVec::len)
    }

    /// Puts the rows of a night, none of one that is not touched, in the place of those told
    /// before; what is to be told.
    pub(super) fn replace_rows(
        &mut self,
        night: i32,
        rows: Option<Vec<(Place, PriceRow)>>,
    ) -> Vec<(Place, Option<PriceRow>)> {
        let is_touched = rows.is_some();
        let rows = rows.unwrap_or_default();
        let prints = rows.iter().map(|(place, row)| (*place, fingerprint(row)));
        let prints: SmallVec<[_; 2]> = prints.collect();
        let before = match is_touched {
            true => self.told.insert(night, prints.clone()),
            false => self.told.remove(&night),
        };
        let before = before.unwrap_or_default();
        let is_there = |place: &Place| rows.iter().any(|(other, _)| other == place);
        let gone = before.iter().filter(|(place, _)| !is_there(place));
        let mut changes: Vec<_> = gone.map(|(place, _)| (*place, None)).collect();
        for ((place, row), print) in rows.iter().zip(&prints) {
            if !before.contains(print) {
                changes.push((*place, Some(*row)));
            }
        }
        changes
    }
}
