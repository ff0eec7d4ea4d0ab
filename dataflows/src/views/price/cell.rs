//! The features of a cell and its price, as pure functions of what is known around it.

use events::{Money, Night};
use models::calendar::{self, Country};
use models::pricing::{
    self, Cell, Competitors, EventImpacts, Factor, Features, LEAD_EDGES_DAYS, PricingPolicy,
};
use smallvec::SmallVec;

use super::{PriceRow, Searches};
use crate::views::days::{Day, lead_bucket};
use crate::views::pace::PaceRow;

/// What is known of a night of a property itself; the default is what an untouched night has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OwnNight {
    pub(super) rivals: Option<Competitors>,
    pub(super) searches: Option<Searches>,
    /// The view of occupancy has a row of it.
    pub(super) is_sold: bool,
    pub(super) occupancy: Option<u32>,
    /// By room type; none for the whole property.
    paces: SmallVec<[(Option<u16>, Books); 2]>,
}

/// Rooms on the books, and those a year before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Books {
    now: u32,
    year_before: Option<u32>,
}

impl OwnNight {
    pub(super) fn is_touched(&self) -> bool {
        self.rivals.is_some() || self.searches.is_some() || self.is_sold || !self.paces.is_empty()
    }

    pub(super) fn set_pace(&mut self, kind: Option<u16>, row: Option<PaceRow>) {
        self.paces.retain(|(of, _)| *of != kind);
        if let Some(PaceRow { on_the_books, year_before, .. }) = row {
            self.paces.push((kind, Books { now: on_the_books, year_before }));
            self.paces.sort_unstable_by_key(|(of, _)| *of);
        }
    }

    fn books(&self, kind: Option<u16>) -> Books {
        let found = self.paces.iter().find(|(of, _)| *of == kind);
        found.map_or(Books { now: 0, year_before: None }, |(_, books)| *books)
    }
}

/// What is known of a night in the market of a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MarketNight {
    /// What was searched for.
    pub searches: Option<Searches>,
    /// Rooms sold of a thousand.
    pub occupancy: Option<u32>,
    /// What events draw.
    pub events: Option<EventImpacts>,
}

impl MarketNight {
    /// Whether no feature of any cell tells the two apart.
    pub(super) fn is_alike(&self, other: &Self) -> bool {
        let night = Night::MIN;
        let features = |around: &Self| around.put_into(Features::of_night(night, 0, false, None));
        features(self).bucketed() == features(other).bucketed()
    }

    fn put_into(&self, features: Features) -> Features {
        let searches = self.searches.unwrap_or_default();
        Features {
            searches_7d: Some(searches.searches_7d),
            look_to_book_ppm: searches.look_to_book_ppm,
            market_occupancy_permille: Some(share(self.occupancy.unwrap_or(0))),
            events: self.events.unwrap_or_default(),
            ..features
        }
    }
}

/// What is usual at a property, whatever the night.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Usual {
    /// Where it stands.
    pub country: Option<Country>,
    /// It competes in a market.
    pub has_market: bool,
    /// Cancellations to a thousand bookings of the last week.
    pub cancellation_rate_permille: u16,
    /// Thousandths of a room on the books at each lead time, by room type (none is the whole
    /// property) and first day of the bucket.
    pub books_milli: Vec<(Option<u16>, u16, u64)>,
}

impl Usual {
    fn books_milli(&self, kind: Option<u16>, lead_days: u16) -> Option<u64> {
        let of = self.books_milli.iter().find(|(of, lead, _)| (*of, *lead) == (kind, lead_days));
        of.map(|(_, _, mean)| *mean)
    }

    /// Rooms on the books against those to be expected, 1000 being as expected.
    fn pace_permille(&self, kind: Option<u16>, books: Books, lead_days: u16) -> Option<u32> {
        let mean = self.books_milli(kind, lead_days).filter(|mean| *mean > 0);
        let before = books.year_before.map(|rooms| u64::from(rooms) * 1000);
        let expected = match (mean, before.filter(|before| *before > 0)) {
            (Some(mean), Some(before)) => (mean + before).div_ceil(2),
            (mean, before) => mean.or(before)?,
        };
        let permille = u128::from(books.now) * 1_000_000 / u128::from(expected);
        Some(u32::try_from(permille).unwrap_or(u32::MAX))
    }
}

/// Everything around a cell that is not of its room type.
pub(super) struct Around<'a> {
    pub usual: &'a Usual,
    pub own: &'a OwnNight,
    pub market: &'a MarketNight,
    /// Occupancy of the same night a year before.
    pub year_before: Option<u32>,
    pub today: Day,
}

/// The features of a cell under a policy, which says what a weekend is; bucketed.
pub(super) fn features(
    policy: &PricingPolicy,
    around: &Around<'_>,
    night: Night,
    kind: u16,
) -> Features {
    let Around { usual, own, market, year_before, today } = around;
    let ahead = today.days_to(night.number());
    let is_weekend = policy.weekend.days(usual.country).contains(calendar::weekday(night));
    let features = market.put_into(Features::of_night(night, ahead, is_weekend, None));
    let lead_days = LEAD_EDGES_DAYS[lead_bucket(ahead)];
    let pace = |kind| usual.pace_permille(kind, own.books(kind), lead_days);
    let searches = own.searches.unwrap_or_default();
    let of_market = features.market_occupancy_permille.filter(|_| usual.has_market);
    Features {
        searches_7d: features.searches_7d.max(Some(searches.searches_7d)),
        look_to_book_ppm: searches.look_to_book_ppm.or(features.look_to_book_ppm),
        pace_permille: pace(Some(kind)).or_else(|| pace(None)),
        occupancy_permille: Some(share(own.occupancy.unwrap_or(0))),
        market_occupancy_permille: of_market,
        competitors: own.rivals,
        cancellation_rate_permille: asks_for_cancellations(policy)
            .then_some(usual.cancellation_rate_permille),
        occupancy_last_year_permille: year_before.map(share),
        ..features
    }
    .bucketed()
}

/// A booking more moves the rate of its property, and with it every night that shows it: only where
/// the policy asks for it does a row tell it.
pub(super) fn asks_for_cancellations(policy: &PricingPolicy) -> bool {
    policy.asks_for(Factor::CancellationRate)
}

fn share(permille: u32) -> u16 {
    u16::try_from(permille).unwrap_or(u16::MAX)
}

/// The row of a cell with those features.
pub(super) fn row(
    policy: &PricingPolicy,
    night: Night,
    base: Money,
    features: Features,
) -> PriceRow {
    let priced = pricing::price(policy, &Cell::new(base, night), &features);
    let rivals = features.competitors.and_then(|rivals| rivals.average);
    let rivals = rivals
        .filter(|average| average.currency == priced.price.currency && average.amount_minor > 0);
    let position = |average: Money| {
        let permille = i128::from(priced.price.amount_minor) * 1000;
        u32::try_from(permille / i128::from(average.amount_minor)).unwrap_or(u32::MAX)
    };
    PriceRow {
        base: priced.base,
        price_minor: priced.price.amount_minor,
        multiplier_ppm: priced.multiplier_ppm,
        confidence_permille: priced.confidence_permille,
        position_permille: rivals.map(position),
        policy_version: priced.policy_version,
        features,
    }
}

/// The price of a cell that has no row: what the view would tell of it if anybody touched it
/// without leaving a trace.
///
/// `year_before` is the occupancy of the same night a year before, if that is over; `room_type`
/// says which of [`Usual::books_milli`] is its own.
pub fn price_of_untouched(
    policy: &PricingPolicy,
    (usual, market): (&Usual, &MarketNight),
    (night, today): (Night, Day),
    (room_type, base): (u16, Money),
    year_before: Option<u32>,
) -> PriceRow {
    let own = OwnNight::default();
    let around = Around { usual, own: &own, market, year_before, today };
    row(policy, night, base, features(policy, &around, night, room_type))
}
