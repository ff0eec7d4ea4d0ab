//! Amending: other nights, rooms or terms for lines of a booking, as one step.

use smallvec::SmallVec;

use crate::{BookingId, RatePlanId, RoomTypeId, Stay};

/// The lines of one amendment; nearly always one.
pub type AmendLines = SmallVec<[AmendLine; 1]>;

/// Changes lines of a booking: the net change is admitted, or everything stays as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AmendBooking {
    /// Which booking.
    pub booking: BookingId,
    /// Its lines that change, each once; at least one.
    pub lines: AmendLines,
}

/// What a line of a booking is to be; what is left out stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AmendLine {
    /// Which line, counted from 1.
    pub line: u16,
    /// For which nights.
    pub stay: Stay,
    /// What kind of room.
    pub room_type: Option<RoomTypeId>,
    /// On which terms.
    pub rate_plan: Option<RatePlanId>,
    /// How many rooms.
    pub rooms: Option<u16>,
    /// Who stays.
    pub guests: Option<Guests>,
}

/// Who stays in the rooms of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guests {
    /// Grown-ups over all the rooms of the line.
    pub adults: u16,
    /// The age of each child in years.
    pub children: SmallVec<[u8; 8]>,
}
