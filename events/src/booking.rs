//! A booking: rooms sold; how it ends, and what happened at the hotel.

use smallvec::SmallVec;

use crate::BookingId;

/// Cancels lines of a booking, or all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancelBooking {
    /// Which booking.
    pub booking: BookingId,
    /// Its lines, counted from 1; none named means the whole booking.
    pub lines: SmallVec<[u16; 4]>,
}

/// What happened at the hotel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fact {
    /// The guests are in the house.
    Arrived,
    /// The guests have left.
    Departed,
    /// The guests did not come.
    NoShow,
}

/// Records a fact; it changes no inventory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordFact {
    /// Of which booking.
    pub booking: BookingId,
    /// What happened.
    pub fact: Fact,
}
