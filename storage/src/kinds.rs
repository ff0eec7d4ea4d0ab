//! The first byte of every key: which table a row belongs to.

use std::fmt;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $byte:literal, $text:literal;)*) => {
        /// A table's byte.
        ///
        /// Bytes are on disk for ever: a number once given is never given to another table, and
        /// the number of a table that is dropped stays here as retired. A table whose format
        /// changes gets a new number too. The ledger's own rows count up from 1 (the next is 23)
        /// and stand in the order in which a restart wants to read them; views count up from 64
        /// (the next is 74), because a restart recomputes them from the rows before. What is
        /// neither counts up from 128 (the next is 136; 134 is kept for a base row of a view).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub(crate) enum Kind { $($(#[$doc])* $name = $byte,)* }

        impl Kind {
            /// Every table, in the order of its rows on disk.
            #[cfg(test)]
            pub(crate) const ALL: &[Self] = &[$(Self::$name),*];

            /// The table of that byte, if there is one.
            pub(crate) fn from_byte(byte: u8) -> Option<Self> {
                match byte { $($byte => Some(Self::$name),)* _ => None }
            }

            /// Its name in errors and in `formats.toml`.
            pub(crate) fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

kinds! {
    /// What the rows reflect: one row.
    Meta = 1, "meta";
    /// Log time of each partition.
    Clock = 2, "clock";
    /// What a slot counts.
    Slot = 3, "slot";
    /// Hotels.
    Property = 4, "property";
    /// Kinds of room.
    RoomType = 5, "room_type";
    /// Terms of sale.
    RatePlan = 6, "rate_plan";
    /// Supply by ranges of nights.
    Inventory = 7, "inventory";
    /// Nights of which something is held, sold or allotted, as the ledger counts them.
    InventoryNight = 8, "inventory_night";
    /// Rooms set aside.
    Hold = 9, "hold";
    /// Rooms sold.
    Booking = 10, "booking";
    /// What was answered, by command id.
    Decision = 11, "decision";
    /// Holds that were withdrawn before they came.
    Tombstone = 12, "tombstone";
    /// Which stays may be sold, by scope and ranges of nights.
    Restrictions = 13, "restrictions";
    /// What may be held and not paid for.
    HoldCaps = 14, "hold_caps";
    /// Nights on which more is held and sold than may be, and since when.
    Oversold = 15, "oversold";
    /// What room types are made of.
    Link = 16, "link";
    /// Rooms set aside for somebody until a date.
    Block = 17, "block";
    /// The day that the books of a property are in.
    BusinessDate = 18, "business_date";
    /// Versions of policies.
    Policy = 19, "policy";
    /// What is recommended of nights.
    Limits = 20, "limits";
    /// Which version of a policy is in force.
    ActivePolicy = 21, "active_policy";
    /// Holds and bookings above the physical rooms.
    Above = 22, "above";
    /// View: rooms left on the nights of which something is held or sold.
    Availability = 64, "availability";
    /// View: how often somebody has tried to book.
    Velocity = 65, "velocity";
    /// View: how much is searched and booked.
    Demand = 66, "demand";
    /// View: what rivals ask for a night.
    Competitors = 67, "competitors";
    /// View: what goes on in a market on a night.
    MarketEvents = 68, "market_events";
    /// View: how full nights are, and what a property's last weeks were like.
    Occupancy = 69, "occupancy";
    /// View: how the bookings of a night stand.
    Pace = 70, "pace";
    /// View: what a room should cost on a night.
    Price = 71, "price";
    /// View: how many rooms may be sold beyond those there are.
    Limit = 72, "limit";
    /// View: how many it would be under a candidate.
    LimitCandidate = 73, "limit_candidate";
    /// How far the topics of signals were read.
    Bookmark = 128, "bookmark";
    /// Attempts to book, with what was known before them.
    Attempt = 129, "attempt";
    /// The searches that were heard, epoch by epoch.
    Search = 130, "search";
    /// What was seen of a rival's night.
    CompetitorPrice = 131, "competitor_price";
    /// What is known of the events of markets.
    MarketEvent = 132, "market_event";
    /// The clock of the views.
    ViewClock = 133, "view_clock";
    /// The searches of a place in an hour that is over.
    SearchHour = 135, "search_hour";
}

impl Kind {
    /// The byte on disk.
    pub(crate) const fn byte(self) -> u8 {
        self as u8
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
