//! Every reason to say no, numbered for ever, in order of precedence.

use std::cmp::Ordering;

use crate::Night;

/// A refusal and the nights at fault, where nights are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// Why.
    pub reason: Reason,
    /// On which nights, in order; empty where no night is at fault.
    pub nights: Box<[Night]>,
}

impl From<Reason> for Rejection {
    fn from(reason: Reason) -> Self {
        Self { reason, nights: Box::default() }
    }
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $text:literal;)*) => {
        /// Why the ledger refuses. When several apply the first in this list is given: reasons are
        /// ordered by their place in it.
        ///
        /// Numbers are stored and never reused, and say nothing of the order. 25 to 45 are kept
        /// for restrictions and caps on holds, of which the next is 38.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Reason { $($(#[$doc])* $name = $number,)* }

        impl Reason {
            /// Every reason, in order of precedence.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its place among all reasons: the lowest is given when several apply.
            pub fn precedence(self) -> usize {
                Self::ALL.iter().position(|reason| *reason == self).unwrap_or(usize::MAX)
            }

            /// Its number in storage and on the wire.
            pub fn number(self) -> u32 {
                self as u32
            }

            /// The reason of that number.
            pub fn from_number(number: u32) -> Option<Self> {
                match number { $($number => Some(Self::$name),)* _ => None }
            }

            /// Its name in the API.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

impl Ord for Reason {
    fn cmp(&self, other: &Self) -> Ordering {
        self.precedence().cmp(&other.precedence())
    }
}

impl PartialOrd for Reason {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

reasons! {
    /// The slot in the envelope is not the slot of what the command speaks of.
    Misrouted = 1, "misrouted";
    /// The command id was used before with another body.
    IdReused = 2, "id_reused";
    /// Log time has passed the command's `not_after`.
    Stale = 3, "stale";
    /// Another owner has announced itself under this epoch or a higher one.
    EpochSuperseded = 4, "epoch_superseded";
    /// More lines, rooms or nights than one command may speak of.
    TooLarge = 5, "too_large";
    /// There is no such property.
    PropertyUnknown = 6, "property_unknown";
    /// A price is in another currency than its property, or the property has prices in another.
    CurrencyMismatch = 7, "currency_mismatch";
    /// The property has no such room type.
    RoomTypeUnknown = 8, "room_type_unknown";
    /// The property has no such rate plan.
    RatePlanUnknown = 9, "rate_plan_unknown";
    /// The rate plan does not sell that room type.
    RatePlanExcludesRoomType = 10, "rate_plan_excludes_room_type";
    /// The rate plan is not sold through that channel.
    RatePlanExcludesChannel = 34, "rate_plan_excludes_channel";
    /// The rate plan is not sold to so few or so many guests a room.
    RatePlanOccupancy = 35, "rate_plan_occupancy";
    /// More rooms are blocked than exist.
    BlockedExceedsRooms = 11, "blocked_exceeds_rooms";
    /// More guests than the rooms may take.
    TooManyGuests = 12, "too_many_guests";
    /// The hold was released before it was placed.
    Withdrawn = 13, "withdrawn";
    /// The account has as many open holds at the property as it may.
    TooManyOpenHolds = 36, "too_many_open_holds";
    /// The property has no such block.
    BlockUnknown = 51, "block_unknown";
    /// The block was released, or its cut-off date has come.
    BlockClosed = 52, "block_closed";
    /// The block is for others.
    NotOfBlock = 54, "not_of_block";
    /// The block is of another room type, or has not those nights.
    BlockMismatch = 57, "block_mismatch";
    /// The date has come already: the business date of the property is not before it.
    DateNotAfter = 56, "date_not_after";
    /// On those nights more is picked up from the block than it would have.
    BlockPickedUp = 55, "block_picked_up";
    /// Those nights are not sold.
    Closed = 25, "closed";
    /// Nobody may arrive on that night.
    ClosedToArrival = 26, "closed_to_arrival";
    /// Nobody may leave on that date.
    ClosedToDeparture = 27, "closed_to_departure";
    /// Who arrives on that night stays longer.
    MinStayArrival = 28, "min_stay_arrival";
    /// Who stays over those nights stays longer.
    MinStayThrough = 29, "min_stay_through";
    /// Who arrives on that night stays shorter.
    MaxStay = 30, "max_stay";
    /// Who arrives on that night stays for another number of nights.
    StayPattern = 31, "stay_pattern";
    /// That night is not sold so long before.
    TooEarly = 32, "too_early";
    /// That night is not sold so shortly before.
    TooLate = 33, "too_late";
    /// On those nights no such room is left.
    NoRoom = 14, "no_room";
    /// On those nights too few rooms of the block are left.
    BlockShort = 53, "block_short";
    /// On those nights as many rooms are held and not paid for as may be.
    UnpaidShareReached = 37, "unpaid_share_reached";
    /// There is no such hold. If it is still on its way it will be refused as withdrawn.
    HoldUnknown = 15, "hold_unknown";
    /// The hold was released.
    HoldReleased = 16, "hold_released";
    /// The hold has expired.
    HoldExpired = 17, "hold_expired";
    /// The hold has become a booking.
    HoldConfirmed = 18, "hold_confirmed";
    /// The hold has expired and on those nights no room is left.
    ConfirmTooLate = 19, "confirm_too_late";
    /// There is no such booking. If it is still on its way it will be refused as withdrawn.
    BookingUnknown = 20, "booking_unknown";
    /// The booking has no such line.
    LineUnknown = 21, "line_unknown";
    /// The booking is cancelled already.
    BookingCancelled = 22, "booking_cancelled";
    /// The line is cancelled already.
    LineCancelled = 23, "line_cancelled";
    /// The slot remembers as many withdrawals of unknown ids as it may.
    TombstonesFull = 24, "tombstones_full";
    /// A line is named twice in one command.
    NamedTwice = 46, "named_twice";
    /// A part has parts of its own, or the room type is itself a part.
    LinkNested = 47, "link_nested";
    /// What is to be made of other room types has rooms of its own.
    RoomTypeHasRooms = 48, "room_type_has_rooms";
    /// Holds or bookings of it are counted in a way that the change would make another.
    RoomTypeClaimed = 49, "room_type_claimed";
    /// It is made of other room types, and has no rooms of its own to set.
    RoomTypeLinked = 50, "room_type_linked";
    /// That version of the policy stands for another text already.
    PolicyVersionTaken = 58, "policy_version_taken";
    /// The property has as many versions of the policy as it may.
    PoliciesFull = 59, "policies_full";
    /// The property has no such version of the policy.
    PolicyUnknown = 60, "policy_unknown";
    /// There is no version of the policy to go back to.
    NothingToRollBack = 61, "nothing_to_roll_back";
    /// The limits were computed by another version of the policy than the active one.
    PolicyNotActive = 62, "policy_not_active";
    /// The limits were computed at a position that the log has not reached.
    LimitsAhead = 63, "limits_ahead";
    /// Limits that were computed later are applied already.
    LimitsOutdated = 64, "limits_outdated";
}
