//! Bookings as the views hear them: every line with when it was made, given back, and its price.
//!
//! A view is told the whole booking each time any of it changes, and keeps what it needs to take
//! back what it counted before. When nothing of a booking is left inside any window it may forget
//! it: what it would have to take back is then nothing.

use events::{BookingId, ChannelId, Fact, PropertyId, RatePlanId, RoomTypeId, Stamp, Stay};
use ledger::rows::{BookingRow, LineState};
use smallvec::SmallVec;

use crate::views::days::Day;

/// A booking as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booked {
    /// Which.
    pub booking: BookingId,
    /// Where.
    pub property: PropertyId,
    /// Through whom.
    pub channel: ChannelId,
    /// The stamp of its confirmation.
    pub made: Stamp,
    /// What was sold, line 1 first.
    pub lines: SmallVec<[BookedStay; 1]>,
    /// What was recorded last of what happened at the hotel.
    pub fact: Option<Fact>,
}

/// A line of a booking as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookedStay {
    /// What kind of room.
    pub room_type: RoomTypeId,
    /// On which terms.
    pub rate_plan: RatePlanId,
    /// For which nights.
    pub stay: Stay,
    /// How many rooms.
    pub rooms: u16,
    /// When its rooms were given back. A line that was cancelled at a time that is not known
    /// counts as given back when it was made.
    pub cancelled: Option<Stamp>,
    /// What one room cost for one night, in minor units of the property's currency, if known.
    pub night_price_minor: Option<i64>,
}

impl Booked {
    /// The day on which it was made.
    pub(crate) fn made_on(&self) -> Day {
        Day::of(self.made)
    }
}

impl BookedStay {
    /// The day on which its rooms were given back, if they were; never before it was made.
    pub(crate) fn cancelled_on(&self, made_on: Day) -> Option<Day> {
        self.cancelled.map(|stamp| Day::of(stamp).max(made_on))
    }
}

impl From<&BookingRow> for Booked {
    fn from(row: &BookingRow) -> Self {
        let lines = row.lines.iter().map(|booked| {
            let is_cancelled = booked.state == LineState::Cancelled;
            BookedStay {
                room_type: booked.line.room_type.clone(),
                rate_plan: booked.line.rate_plan.clone(),
                stay: booked.line.stay,
                rooms: booked.line.rooms,
                cancelled: is_cancelled.then(|| booked.cancelled.unwrap_or(row.stamp)),
                night_price_minor: booked.night_price_minor,
            }
        });
        Self {
            booking: row.booking,
            property: row.property.clone(),
            channel: row.channel.clone(),
            made: row.stamp,
            lines: lines.collect(),
            fact: row.facts.last().map(|(fact, _)| *fact),
        }
    }
}
