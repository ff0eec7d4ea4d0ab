//! What can have an effect on a price.

/// In which direction an effect may go as its feature grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Never down: the feature is demand, or what rivals ask.
    Rising,
    /// Never up: the feature is demand that goes away.
    Falling,
    /// Anywhere: the feature is the calendar.
    Free,
}

macro_rules! factors {
    ($($(#[$doc:meta])* $variant:ident = $number:literal, $name:literal, $direction:ident;)*) => {
        /// What can have an effect on a price, in the order in which an explanation tells it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Factor {
            $($(#[$doc])* $variant = $number,)*
        }

        impl Factor {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Its number on the wire; never reused.
            pub fn number(self) -> u8 {
                self as u8
            }

            /// The factor of that number.
            pub fn from_number(number: u8) -> Option<Self> {
                Self::ALL.iter().copied().find(|factor| factor.number() == number)
            }

            /// Its name in policies and in the API.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// In which direction its effect may go as the feature grows.
            pub fn direction(self) -> Direction {
                match self {
                    $(Self::$variant => Direction::$direction,)*
                }
            }
        }
    };
}

factors! {
    /// Days from today to the night.
    DaysToArrival = 1, "days_to_arrival", Free;
    /// The day of the week, 1 being Monday.
    Weekday = 2, "weekday", Free;
    /// The month, 1 being January.
    Month = 3, "month", Free;
    /// 1 on a night of a weekend, otherwise 0.
    Weekend = 4, "weekend", Free;
    /// 1 on a public holiday, otherwise 0.
    Holiday = 5, "holiday", Free;
    /// The season of the policy that holds.
    Season = 6, "season", Free;
    /// Searches for the night within seven days.
    Searches = 7, "searches_7d", Rising;
    /// Bookings for each million of searches.
    LookToBook = 8, "look_to_book", Rising;
    /// Rooms on the books against the curve, 1000 being on it.
    Pace = 9, "pace", Rising;
    /// Share of the rooms that are sold.
    Occupancy = 10, "occupancy", Rising;
    /// The same over the whole market.
    MarketOccupancy = 11, "market_occupancy", Rising;
    /// What rivals ask on average, in thousandths of the base price.
    RivalsAverage = 12, "rivals_average", Rising;
    /// What the cheapest rival asks, in thousandths of the base price.
    RivalsMinimum = 13, "rivals_minimum", Rising;
    /// Share of the rivals that have no room to sell.
    RivalsSoldOut = 14, "rivals_sold_out", Rising;
    /// How much an event of the first rank draws.
    Major = 15, "event_major", Rising;
    /// How much a fair or a conference draws.
    Conference = 16, "event_conference", Rising;
    /// How much a concert draws.
    Concert = 17, "event_concert", Rising;
    /// How much a match draws.
    Sports = 18, "event_sports", Rising;
    /// Share of bookings that were cancelled within seven days.
    CancellationRate = 19, "cancellation_rate_7d", Falling;
    /// Occupancy 364 days earlier.
    OccupancyLastYear = 20, "occupancy_last_year", Rising;
}
