//! The rows of demand, and the figures that follow from their counts.

use events::{MarketId, Minute, Night, PropertyId, Stamp, Stay};

/// Where somebody searched or booked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DemandPlace {
    /// At a property.
    Property(PropertyId),
    /// In a market.
    Market(MarketId),
}

/// Which place, and which of its nights.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DemandKey {
    /// The place.
    pub place: DemandPlace,
    /// The night that was searched or booked; `None` for all of them, each search counted once.
    pub night: Option<Night>,
}

/// How many in each window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Windows {
    /// In the last 60 minutes.
    pub last_1h: u64,
    /// In this hour and the 23 before it.
    pub last_1d: u64,
    /// In this hour and the 167 before it.
    pub last_7d: u64,
}

/// What was searched and booked; there is no row where nothing was.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DemandRow {
    /// Searches.
    pub searches: Windows,
    /// Bookings that stand.
    pub bookings: Windows,
    /// What is told of a place as a whole alone.
    pub whole: Option<Box<WholeDemand>>,
}

/// What is told of a place as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WholeDemand {
    /// The minutes of the last hour in which anything was, in order.
    pub minutes: Vec<MinuteDemand>,
    /// Thousandths of searches, each halved every 24 hours, by hours, over 7 days.
    pub trending_milli: u64,
    /// The bookings of the last hour of which it is known which search came before them.
    pub searched_before_count: u64,
    /// How many minutes passed between search and booking, over all of those.
    pub search_to_booking_minutes: u64,
}

/// One minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MinuteDemand {
    /// Which minute.
    pub minute: Minute,
    /// Searches in it.
    pub searches: u32,
    /// Bookings made in it that stand.
    pub bookings: u32,
}

impl DemandRow {
    /// Bookings for each million of searches over 7 days; `None` where nobody searched.
    pub fn look_to_book_ppm(&self) -> Option<u64> {
        ppm(self.bookings.last_7d, self.searches.last_7d)
    }

    /// Bookings for each million of searches over the last hour; `None` where nobody searched.
    pub fn conversion_ppm(&self) -> Option<u64> {
        ppm(self.bookings.last_1h, self.searches.last_1h)
    }

    /// The search volume of 7 days on a scale of half octaves, which changes with few searches.
    pub fn search_volume_bucket(&self) -> u8 {
        volume_bucket(self.searches.last_7d)
    }
}

impl WholeDemand {
    /// The mean time from search to booking, rounded down; `None` where none is known.
    pub fn search_to_booking_seconds(&self) -> Option<u64> {
        (self.search_to_booking_minutes * 60).checked_div(self.searched_before_count)
    }
}

fn ppm(part: u64, whole: u64) -> Option<u64> {
    part.saturating_mul(1_000_000).checked_div(whole)
}

/// 0 for none, then 1, 3, 5, 7 from 1, 2, 4, 8 on, and the even numbers from halfway between.
pub fn volume_bucket(count: u64) -> u8 {
    let Some(octave) = count.checked_ilog2() else { return 0 };
    let is_upper = octave > 0 && count >> (octave - 1) & 1 == 1;
    // There are 64 octaves of 64 bits.
    (1 + 2 * octave) as u8 + u8::from(is_upper)
}

/// Which page of searches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SearchesKey {
    /// In the order in which they were heard.
    pub sequence: u64,
}

/// The searches that were heard between two tellings: base of the view.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchesRow {
    /// Where; searches say which of these.
    pub places: Vec<DemandPlace>,
    /// The searches, in the order in which they were heard.
    pub searches: Vec<HeardSearch>,
}

/// A search that counted when it was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeardSearch {
    /// A fingerprint of its source and its id there.
    pub fingerprint: u128,
    /// When its source saw it.
    pub observed: Stamp,
    /// The minute in which it counts.
    pub minute: Minute,
    /// The latest minute at which a search had been appended that was heard by then.
    pub heard: Minute,
    /// The place that was searched: an index of the page's places.
    pub place: u32,
    /// The market that the place is in, where one is known.
    pub market: Option<u32>,
    /// For which nights.
    pub stay: Stay,
}

/// Which hour of which place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SearchHourKey {
    /// Hours since the beginning of 1970.
    pub hour: i32,
    /// The place.
    pub place: DemandPlace,
}

/// The searches of a place in an hour that is over: base of the view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchHourRow {
    /// All of them.
    pub searches: u32,
    /// Those for each night, in order.
    pub nights: Vec<(Night, u32)>,
}
