//! Restrictions: which stays may be sold at all, whatever rooms are left.

use std::fmt;
use std::str::FromStr;

use crate::{ChannelId, PropertyId, RatePlanId, RoomTypeId, Stay};

/// The longest pattern of lengths of stay.
pub const PATTERN_NIGHTS_MAX: usize = 64;

/// Why a text is not a pattern of lengths of stay.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a pattern of lengths of stay: write one Y or N for each length from one night \
     up to {PATTERN_NIGHTS_MAX}, such as YNNY"
)]
pub struct PatternError(String);

/// Which lengths of stay may be sold for an arrival: `YNNY` is one night or four.
///
/// A stay that is longer than the pattern may not be sold.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct StayPattern {
    /// Bit 0 stands for one night.
    sold: u64,
    /// Of how many lengths it speaks: at least one.
    count: u8,
}

impl StayPattern {
    /// The pattern of so many lengths, of which bit 0 of `sold` is one night.
    pub fn new(sold: u64, count: u8) -> Option<Self> {
        let fits = (1..=PATTERN_NIGHTS_MAX).contains(&usize::from(count));
        let beyond = if count < 64 { sold >> count } else { 0 };
        (fits && beyond == 0).then_some(Self { sold, count })
    }

    /// Bit 0 is set when one night may be sold.
    pub fn sold(self) -> u64 {
        self.sold
    }

    /// Of how many lengths it speaks.
    pub fn count(self) -> u8 {
        self.count
    }

    /// Whether a stay of so many nights may be sold.
    pub fn sells(self, nights_count: i32) -> bool {
        (1..=i32::from(self.count)).contains(&nights_count)
            && self.sold >> (nights_count - 1) & 1 == 1
    }
}

impl fmt::Display for StayPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (1..=i32::from(self.count))
            .try_for_each(|nights| f.write_str(if self.sells(nights) { "Y" } else { "N" }))
    }
}

impl fmt::Debug for StayPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for StayPattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let wrong = || PatternError(text.chars().take(80).collect());
        if !(1..=PATTERN_NIGHTS_MAX).contains(&text.len()) {
            return Err(wrong());
        }
        let mut sold = 0;
        for (bit, letter) in text.bytes().enumerate() {
            match letter {
                b'Y' => sold |= 1 << bit,
                b'N' => {}
                _ => return Err(wrong()),
            }
        }
        Self::new(sold, text.len() as u8).ok_or_else(wrong)
    }
}

/// What is said of one night; the default restricts nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Restrictions {
    /// Who arrives on this night stays at least so many nights.
    pub min_stay_arrival: Option<u16>,
    /// Who stays over this night stays at least so many nights.
    pub min_stay_through: Option<u16>,
    /// Who arrives on this night stays at most so many nights.
    pub max_stay: Option<u16>,
    /// Nobody may arrive on this night.
    pub closed_to_arrival: bool,
    /// Nobody may leave on this date.
    pub closed_to_departure: bool,
    /// Nobody may stay over this night.
    pub stop_sell: bool,
    /// Who arrives on this night has booked at least so many days before.
    pub advance_min_days: Option<u16>,
    /// Who arrives on this night has booked at most so many days before.
    pub advance_max_days: Option<u16>,
    /// Who arrives on this night stays for one of these lengths.
    pub stay_pattern: Option<StayPattern>,
}

/// Whom a restriction is for: all that is not named.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Scope {
    /// Of which room type.
    pub room_type: Option<RoomTypeId>,
    /// On which rate plan.
    pub rate_plan: Option<RatePlanId>,
    /// Through which channel.
    pub channel: Option<ChannelId>,
}

impl Scope {
    /// Whether a sale of that room type, on that rate plan and through that channel is meant.
    pub fn covers(
        &self,
        room_type: &RoomTypeId,
        rate_plan: &RatePlanId,
        channel: &ChannelId,
    ) -> bool {
        self.room_type.as_ref().is_none_or(|named| named == room_type)
            && self.rate_plan.as_ref().is_none_or(|named| named == rate_plan)
            && self.channel.as_ref().is_none_or(|named| named == channel)
    }
}

/// Replaces what a scope says of each night of a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetRestrictions {
    /// Whose nights.
    pub property: PropertyId,
    /// For whom.
    pub scope: Scope,
    /// Which nights; a date on which nobody may leave is in it too.
    pub nights: Stay,
    /// What is said of each from now on.
    pub restrictions: Restrictions,
}

/// Bounds what may be held and not yet paid for; `None` bounds nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetHoldCaps {
    /// Where.
    pub property: PropertyId,
    /// How many holds of one account may be open at once.
    pub open_holds_per_account_max: Option<u16>,
    /// How much of what is not sold yet may be held on a night: at least one room.
    pub unpaid_percent_max: Option<u8>,
}
