//! Every row that a keeper tells, under one name, so that one writer stores them all.

use events::Minute;

use crate::views::competitors::{
    CompetitorPriceKey, CompetitorPriceRow, CompetitorsKey, CompetitorsRow,
};
use crate::views::demand::{
    DemandKey, DemandRow, SearchHourKey, SearchHourRow, SearchesKey, SearchesRow,
};
use crate::views::limit::{LimitKey, LimitRow};
use crate::views::market_events::{
    MarketEventKey, MarketEventRow, MarketEventsKey, MarketEventsRow,
};
use crate::views::occupancy::{OccupancyKey, OccupancyRow};
use crate::views::pace::{PaceKey, PaceRow};
use crate::views::price::{PriceKey, PriceRow};
use crate::views::velocity::{AttemptKey, AttemptRow, VelocityKey, VelocityRow};

/// A change of a row of a view; `None` where the row is gone.
pub type ViewChange = (ViewKey, Option<ViewRow>);

/// Lists the tables of the keepers: the variant, its key and its row, and whether only the view
/// itself can tell the row after a restart (`base`) or it follows from other rows (`view`).
macro_rules! view_rows {
    ($($(#[$doc:meta])* $name:ident($key:ty): $row:ty, $role:ident;)*) => {
        /// Which row of which view.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ViewKey { $($(#[$doc])* $name($key),)* }

        /// A row of a view.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum ViewRow { $($(#[$doc])* $name($row),)* }

        impl ViewKey {
            /// Whether nothing but the stored row could tell what it says: it is told again at a
            /// restart, and one that is not told anew stays as it is.
            pub fn is_base(&self) -> bool {
                match self { $(Self::$name(_) => view_rows!(@$role),)* }
            }

            /// The view's name, as in the API and in metrics.
            pub fn view(&self) -> &'static str {
                match self { $(Self::$name(_) => stringify!($name),)* }
            }
        }
    };
    (@base) => { true };
    (@view) => { false };
}

view_rows! {
    /// The clock of the views: the highest minute that a tick has told.
    Clock(()): Minute, base;
    /// How full a night is, or what a property's last weeks were like.
    Occupancy(OccupancyKey): OccupancyRow, view;
    /// How the bookings of a night stand.
    Pace(PaceKey): PaceRow, view;
    /// What a room should cost on a night.
    Price(PriceKey): PriceRow, view;
    /// How many rooms may be sold beyond those there are.
    Limit(LimitKey): LimitRow, view;
    /// How many it would be under the candidate.
    LimitCandidate(LimitKey): LimitRow, view;
    /// How often somebody has tried to book of late.
    Velocity(VelocityKey): VelocityRow, view;
    /// An attempt to book, with what was known before it.
    Attempt(AttemptKey): Box<AttemptRow>, base;
    /// How much is searched and booked at a place.
    Demand(DemandKey): DemandRow, view;
    /// What rivals ask for a night.
    Competitors(CompetitorsKey): CompetitorsRow, view;
    /// What goes on in a market on a night.
    MarketEvents(MarketEventsKey): MarketEventsRow, view;
    /// Searches, as they were heard.
    Searches(SearchesKey): SearchesRow, base;
    /// The searches of a place in an hour that is over.
    SearchHour(SearchHourKey): SearchHourRow, base;
    /// What was seen of a rival's night.
    CompetitorPrice(CompetitorPriceKey): CompetitorPriceRow, base;
    /// What is known of an event of a market.
    MarketEvent(MarketEventKey): MarketEventRow, base;
}

impl ViewRow {
    /// The minute, if it is the clock's.
    pub(crate) fn clock(&self) -> Option<Minute> {
        if let Self::Clock(minute) = self { Some(*minute) } else { None }
    }
}
